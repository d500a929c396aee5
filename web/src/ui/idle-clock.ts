/** How long a conversation on a shared device may lie still. */

export const STILL_S = 180;
export const WARNING_S = 30;

/** After `ms` without anything happening: `no`, the seconds that are left of the warning, or `over`. */
export function isIdle(ms: number): "no" | "over" | number {
  const over = ms / 1000 - STILL_S;
  if (over < 0) return "no";
  return over >= WARNING_S ? "over" : Math.ceil(WARNING_S - over);
}
