import { useCallback } from "react";
import { titled } from "../format";
import { texts } from "../texts";
import type { Operator, StageFigures } from "./operator";
import { sparkline } from "./sparkline";
import { useAsked } from "./useAsked";

const WIDTH = 240;
const HEIGHT = 64;

/** How long customers wait, stage by stage. */
export function LatencyView({ operator, onRefused }: { operator: Operator; onRefused: (failed: unknown) => void }) {
  const words = texts.desk;
  const { answer, failed } = useAsked(
    useCallback(() => operator.latency(), [operator]),
    5000,
    onRefused,
  );
  if (answer === null) return <p className="fine">{failed ? words.away : ""}</p>;
  const stages = Object.entries(answer.stages);
  return (
    <section>
      <h2>{words.latencyHeading(answer.turns)}</h2>
      {stages.length === 0 && <p className="fine">{words.noFigures}</p>}
      <ul className="stages">
        {stages.map(([name, figures]) => (
          <li key={name} className="card">
            <h3>{titled(name)}</h3>
            <Picture name={name} figures={figures} />
            <p className="facts">
              <span>
                {words.p50} <strong>{milliseconds(figures.p50)}</strong>
              </span>
              <span>
                {words.p95} <strong>{milliseconds(figures.p95)}</strong>
              </span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Picture({ name, figures }: { name: string; figures: StageFigures }) {
  const { line, last } = sparkline(figures.recent, WIDTH, HEIGHT);
  const label = `${titled(name)}: ${texts.desk.recent(figures.recent.length)}`;
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {line !== "" && <polyline points={line} />}
      {last !== null && <circle cx={last.x} cy={last.y} r="3.5" />}
    </svg>
  );
}

function milliseconds(value: number | null): string {
  return value === null ? "–" : `${Math.round(value)} ms`;
}
