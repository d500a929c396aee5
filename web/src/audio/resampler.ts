/**
 * Resampling of a stream from any rate to any rate: a windowed sinc, evaluated between the samples of a table.
 *
 * `push` takes input, `pull` gives output as far as the input reaches. The filter looks `half` input samples ahead, so
 * the output comes that much later; `finish` pushes the silence that lets the last samples out.
 */

const ZERO_CROSSINGS = 16;
const STEPS = 512;
/** Share of the lower Nyquist frequency that passes; the rest is the filter's slope. */
const PASS = 0.92;

/** `table[k]` is the filter at `k / STEPS` zero crossings from its middle. */
function makeTable(): Float32Array {
  const table = new Float32Array(ZERO_CROSSINGS * STEPS + 2);
  for (let k = 0; k < table.length; k++) {
    const x = k / STEPS;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    const at = Math.min(1, x / ZERO_CROSSINGS);
    // Blackman window
    const window = 0.42 + 0.5 * Math.cos(Math.PI * at) + 0.08 * Math.cos(2 * Math.PI * at);
    table[k] = sinc * window;
  }
  return table;
}

const TABLE = makeTable();

export class Resampler {
  /** Input samples on either side of an output sample that count for it. */
  readonly half: number;
  private readonly step: number;
  private readonly scale: number;
  private buffer = new Float32Array(8192);
  private filled = 0;
  /** Place of the next output sample in `buffer`. */
  private at: number;
  private passed = 0;

  constructor(
    readonly from: number,
    readonly to: number,
  ) {
    this.step = from / to;
    this.scale = Math.min(1, to / from) * PASS;
    this.half = from === to ? 0 : Math.ceil(ZERO_CROSSINGS / this.scale);
    this.at = this.half;
    this.filled = this.half; // silence before the stream
  }

  /** Input samples that output has been made for. */
  get consumed(): number {
    return Math.max(0, Math.floor(this.passed + this.at - this.half));
  }

  /** Output samples that can be pulled now. */
  get available(): number {
    const last = this.filled - 1 - this.half - this.at;
    return last < 0 ? 0 : Math.floor(last / this.step + 1e-9) + 1;
  }

  push(input: Float32Array): void {
    this.makeRoom(input.length);
    this.buffer.set(input, this.filled);
    this.filled += input.length;
  }

  /** The stream has ended (for now): let out what waits for samples to come. */
  finish(): void {
    this.push(new Float32Array(this.half));
  }

  /** Fill `out` from its start; gives how many samples were made. */
  pull(out: Float32Array): number {
    const count = Math.min(out.length, this.available);
    if (this.half === 0) {
      out.set(this.buffer.subarray(this.at, this.at + count));
      this.at += count;
      return count;
    }
    for (let n = 0; n < count; n++) {
      out[n] = this.sampleAt(this.at + n * this.step);
    }
    this.at += count * this.step;
    return count;
  }

  private sampleAt(place: number): number {
    const { buffer, scale, half } = this;
    const middle = Math.floor(place);
    let sum = 0;
    for (let k = middle - half + 1; k <= middle + half; k++) {
      const x = Math.abs(place - k) * scale * STEPS;
      const low = x | 0;
      if (low >= ZERO_CROSSINGS * STEPS) continue;
      const a = TABLE[low]!;
      sum += buffer[k]! * (a + (TABLE[low + 1]! - a) * (x - low));
    }
    return sum * scale;
  }

  private makeRoom(more: number): void {
    const unused = Math.max(0, Math.floor(this.at) - this.half);
    if (unused > 4096 || this.filled + more > this.buffer.length) {
      this.buffer.copyWithin(0, unused, this.filled);
      this.filled -= unused;
      this.at -= unused;
      this.passed += unused;
    }
    if (this.filled + more > this.buffer.length) {
      const larger = new Float32Array(Math.max(this.buffer.length * 2, this.filled + more));
      larger.set(this.buffer.subarray(0, this.filled));
      this.buffer = larger;
    }
  }
}
