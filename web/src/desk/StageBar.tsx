import { titled } from "../format";
import { texts } from "../texts";

const HEIGHT = 18;
const GAP = 4;
const LABEL = 132;
const WIDTH = 560;

/** What a turn took, stage by stage, as one small picture. */
export function StageBar({ stages }: { stages: Record<string, number> }) {
  const rows = Object.entries(stages).filter(([, ms]) => Number.isFinite(ms));
  const most = Math.max(1, ...rows.map(([, ms]) => ms));
  const words = rows.map(([name, ms]) => `${titled(name)} ${Math.round(ms)} ms`).join(", ");
  return (
    <details className="behind">
      <summary>{texts.desk.stages}</summary>
      <svg
        className="stage-bar"
        viewBox={`0 0 ${WIDTH} ${rows.length * (HEIGHT + GAP)}`}
        role="img"
        aria-label={words}
      >
        {rows.map(([name, ms], at) => {
          const y = at * (HEIGHT + GAP);
          const width = Math.max(2, (ms / most) * (WIDTH - LABEL - 90));
          return (
            <g key={name}>
              <text x="0" y={y + 13}>
                {titled(name)}
              </text>
              <rect x={LABEL} y={y + 2} width={width} height={HEIGHT - 4} rx="4" />
              <text x={LABEL + width + 8} y={y + 13}>{`${Math.round(ms)} ms`}</text>
            </g>
          );
        })}
      </svg>
    </details>
  );
}
