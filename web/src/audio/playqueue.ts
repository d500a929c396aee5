/**
 * What is to be played, as an audio thread asks for it: a jitter buffer with soft edges.
 *
 * | state   | event                                   | next    | heard                     |
 * |---------|-----------------------------------------|---------|---------------------------|
 * | waiting | `lead` of sound is there, or it ended   | playing | fades in over 3 ms        |
 * | playing | it runs dry                             | waiting | decays over 3 ms; the next lead is longer |
 * | any     | `flush`                                 | waiting | fades out over 4 ms       |
 *
 * Items are played one behind the other. What was heard of an item is counted in its own samples at 24 000 Hz.
 */
import { Resampler } from "./resampler";

export const WIRE_RATE = 24_000;
const FADE_IN_S = 0.003;
const FADE_OUT_S = 0.004;
const DECAY_S = 0.001;
const FIRST_LEAD_S = 0.06;
const MORE_LEAD_S = 0.08;
const LONGEST_LEAD_S = 0.4;

export interface Heard {
  item: string;
  ms: number;
}

interface Segment {
  item: string;
  /** Place of its first sample among all that was pushed. */
  start: number;
  samples: number;
}

export class PlayQueue {
  private resampler: Resampler;
  private segments: Segment[] = [];
  private pushed = 0;
  private ended = true;
  private playing = false;
  private lead = FIRST_LEAD_S;
  private fadedIn = 0;
  private last = 0;
  private tail = new Float32Array(0);

  constructor(private readonly rate: number) {
    this.resampler = new Resampler(WIRE_RATE, rate);
  }

  /** Whether there is anything that is heard now or will be. */
  get busy(): boolean {
    return this.segments.length > 0;
  }

  /** Sound of an item: PCM16 at 24 000 Hz. */
  push(item: string, pcm: Int16Array): void {
    const sound = new Float32Array(pcm.length);
    for (let n = 0; n < pcm.length; n++) sound[n] = pcm[n]! / 32768;
    let segment = this.segments.at(-1);
    if (segment === undefined || segment.item !== item) {
      segment = { item, start: this.pushed, samples: 0 };
      this.segments.push(segment);
    }
    segment.samples += sound.length;
    this.pushed += sound.length;
    this.ended = false;
    this.resampler.push(sound);
  }

  /** Nothing more comes of what was pushed last. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.resampler.finish();
    this.pushed += this.resampler.half;
  }

  /** What was heard of the item that plays; null when none does. */
  heard(): Heard | null {
    const segment = this.segments[0];
    if (segment === undefined) return null;
    const samples = Math.min(Math.max(0, this.resampler.consumed - segment.start), segment.samples);
    return { item: segment.item, ms: Math.floor((samples * 1000) / WIRE_RATE) };
  }

  /** Drop all that was not heard; gives what was heard of the item that played. */
  flush(): Heard | null {
    const heard = this.heard();
    if (this.playing) {
      const tail = new Float32Array(Math.round(this.rate * FADE_OUT_S));
      const made = this.resampler.pull(tail);
      for (let n = 0; n < tail.length; n++) {
        const gain = 1 - (n + 1) / tail.length;
        tail[n] = (n < made ? tail[n]! : this.last) * gain * this.gainIn(n);
      }
      this.tail = tail;
    }
    this.forget();
    return heard;
  }

  /** Fill `out` (at the rate of the device); gives the items that were heard to their end by then. */
  render(out: Float32Array): string[] {
    out.fill(0);
    const begin = this.renderTail(out);
    if (!this.playing && this.mayBegin()) {
      this.playing = true;
      this.fadedIn = 0;
    }
    if (!this.playing) {
      this.decay(out, begin);
      return [];
    }
    const part = out.subarray(begin);
    const made = this.resampler.pull(part);
    for (let n = 0; n < made && this.fadedIn < this.rate * FADE_IN_S; n++) {
      part[n]! *= this.gainIn(0);
      this.fadedIn++;
    }
    if (made > 0) this.last = part[made - 1]!;
    if (made < part.length) {
      this.playing = false;
      if (!this.ended) this.lead = Math.min(LONGEST_LEAD_S, this.lead + MORE_LEAD_S);
      this.decay(out, begin + made);
    }
    return this.takeHeard();
  }

  private mayBegin(): boolean {
    const waiting = this.resampler.available;
    return waiting > 0 && (this.ended || waiting >= this.lead * this.rate);
  }

  private takeHeard(): string[] {
    const over: string[] = [];
    for (;;) {
      const segment = this.segments[0];
      if (segment === undefined) break;
      const followed = this.segments.length > 1;
      const allOut = this.ended && this.resampler.available === 0;
      const played = allOut || this.resampler.consumed >= segment.start + segment.samples;
      if (!played || (!followed && !this.ended)) break;
      over.push(segment.item);
      this.segments.shift();
    }
    if (this.segments.length === 0) this.forget();
    return over;
  }

  private forget(): void {
    this.resampler = new Resampler(WIRE_RATE, this.rate);
    this.segments = [];
    this.pushed = 0;
    this.ended = true;
    this.playing = false;
    if (this.tail.length > 0) this.last = 0;
  }

  private gainIn(ahead: number): number {
    return Math.min(1, (this.fadedIn + ahead + 1) / (this.rate * FADE_IN_S));
  }

  private renderTail(out: Float32Array): number {
    const count = Math.min(out.length, this.tail.length);
    out.set(this.tail.subarray(0, count));
    this.tail = this.tail.subarray(count);
    return count;
  }

  private decay(out: Float32Array, from: number): void {
    const factor = Math.exp(-1 / (this.rate * DECAY_S));
    for (let n = from; n < out.length && this.last !== 0; n++) {
      this.last *= factor;
      if (Math.abs(this.last) < 1e-5) this.last = 0;
      out[n] = this.last;
    }
  }
}
