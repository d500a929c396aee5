/** Numbers as the points of a line in a box; the largest touches the top, 0 is the bottom. */

const EDGE = 5;

export interface Point {
  x: number;
  y: number;
}

export function sparkline(values: readonly number[], width: number, height: number): { line: string; last: Point | null } {
  const known = values.filter((value) => Number.isFinite(value));
  const most = Math.max(1, ...known);
  const step = known.length > 1 ? (width - 2 * EDGE) / (known.length - 1) : 0;
  const points = known.map((value, at) => ({
    x: round(EDGE + at * step),
    y: round(height - EDGE - (Math.max(0, value) / most) * (height - 2 * EDGE)),
  }));
  return { line: points.map(({ x, y }) => `${x},${y}`).join(" "), last: points.at(-1) ?? null };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
