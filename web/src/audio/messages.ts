/** What the page and its audio threads say to each other. */
import type { Heard } from "./playqueue";

export type ToPlayback =
  | { kind: "play"; item: string; pcm: ArrayBuffer }
  | { kind: "end" }
  | { kind: "flush"; request: number };

export type FromPlayback =
  | { kind: "progress"; busy: boolean; heard: Heard | null }
  | { kind: "flushed"; request: number; heard: Heard | null };

/** `pcm`: PCM16 at 24 000 Hz, 40 ms; `level`: root mean square of it, 0 to 1. */
export interface FromCapture {
  pcm: ArrayBuffer;
  level: number;
}
