/** Cuts a stream at the device's rate into frames of PCM16 at 24 000 Hz, 40 ms each. */
import { Resampler } from "./resampler";

export const FRAME_SAMPLES = 960;

export interface Frame {
  pcm: Int16Array<ArrayBuffer>;
  level: number;
}

export class Framer {
  private readonly resampler: Resampler;
  private readonly sound = new Float32Array(FRAME_SAMPLES);

  constructor(rate: number) {
    this.resampler = new Resampler(rate, 24_000);
  }

  /** Takes a block with any number of channels (all of one length) and gives the frames that are full by it. */
  take(channels: readonly Float32Array[]): Frame[] {
    const first = channels[0];
    if (first === undefined) return [];
    this.resampler.push(channels.length === 1 ? first : mixed(channels));
    const frames: Frame[] = [];
    while (this.resampler.available >= FRAME_SAMPLES) {
      this.resampler.pull(this.sound);
      frames.push(toFrame(this.sound));
    }
    return frames;
  }
}

function mixed(channels: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(channels[0]!.length);
  for (const channel of channels) {
    for (let n = 0; n < sum.length; n++) sum[n]! += channel[n]! / channels.length;
  }
  return sum;
}

function toFrame(sound: Float32Array): Frame {
  const pcm = new Int16Array(sound.length);
  let power = 0;
  for (let n = 0; n < sound.length; n++) {
    const value = Math.max(-1, Math.min(1, sound[n]!));
    power += value * value;
    pcm[n] = Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
  }
  return { pcm, level: Math.sqrt(power / sound.length) };
}
