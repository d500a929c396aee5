/** Waits between attempts to reach the server: doubled each time, with some chance so that a room of tablets spreads. */

export const FIRST_MS = 500;
export const LONGEST_MS = 8000;

/** The wait in milliseconds after so many failures in a row (at least one); `chance` is 0 to 1. */
export function waitMs(failures: number, chance: number): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(Math.max(0, failures - 1), 16));
  return Math.round(whole * (0.75 + 0.25 * chance));
}
