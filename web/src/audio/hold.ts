/**
 * Push to talk: what becomes of what was said while a button is held.
 *
 * | state | event                          | next | the server is told |
 * |-------|--------------------------------|------|--------------------|
 * | up    | `press`                        | held |                    |
 * | held  | `release` after 160 ms of sound | up   | `commit`           |
 * | held  | `release` before               | up   | `clear`            |
 * | held  | `drop`: the microphone is shut | up   | `clear`            |
 */

/** Frames of 40 ms; less than this was no word but a slip of the finger. */
const SHORTEST = 4;

export class Hold {
  private frames = 0;
  private down = false;

  get held(): boolean {
    return this.down;
  }

  press(): void {
    this.frames = 0;
    this.down = true;
  }

  /** A frame of the microphone came; whether it belongs to what is said. */
  frame(): boolean {
    if (this.down) this.frames += 1;
    return this.down;
  }

  release(): "commit" | "clear" | null {
    if (!this.down) return null;
    this.down = false;
    return this.frames < SHORTEST ? "clear" : "commit";
  }

  drop(): "clear" | null {
    const was = this.down;
    this.down = false;
    return was ? "clear" : null;
  }
}
