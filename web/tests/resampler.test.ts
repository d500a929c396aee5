import { describe, expect, it } from "vitest";
import { Resampler } from "../src/audio/resampler";

/** A tone of `hz` at `rate`, `seconds` long. */
export function tone(hz: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from({ length: Math.round(rate * seconds) }, (_, n) => 0.5 * Math.sin((2 * Math.PI * hz * n) / rate));
}

function resampled(sound: Float32Array, from: number, to: number, piece: number): Float32Array {
  const resampler = new Resampler(from, to);
  const out: number[] = [];
  const take = () => {
    const block = new Float32Array(128);
    for (;;) {
      const made = resampler.pull(block);
      out.push(...block.subarray(0, made));
      if (made < block.length) break;
    }
  };
  for (let at = 0; at < sound.length; at += piece) {
    resampler.push(sound.subarray(at, at + piece));
    take();
  }
  resampler.finish();
  take();
  return Float32Array.from(out);
}

/** Power of the tone against power of all else, in dB, away from the ends. */
function purity(sound: Float32Array, hz: number, rate: number): number {
  const middle = sound.subarray(600, sound.length - 600);
  let [re, im] = [0, 0];
  middle.forEach((value, n) => {
    re += value * Math.cos((2 * Math.PI * hz * n) / rate);
    im += value * Math.sin((2 * Math.PI * hz * n) / rate);
  });
  const [a, b] = [(2 * re) / middle.length, (2 * im) / middle.length];
  let [signal, rest] = [0, 0];
  middle.forEach((value, n) => {
    const pure = a * Math.cos((2 * Math.PI * hz * n) / rate) + b * Math.sin((2 * Math.PI * hz * n) / rate);
    signal += pure * pure;
    rest += (value - pure) ** 2;
  });
  return 10 * Math.log10(signal / Math.max(rest, 1e-12));
}

describe("the resampler", () => {
  const ways: [number, number][] = [
    [24_000, 48_000],
    [24_000, 44_100],
    [48_000, 24_000],
    [44_100, 24_000],
    [16_000, 24_000],
    [96_000, 24_000],
    [24_000, 24_000],
  ];
  it.each(ways)("keeps a tone clean from %i to %i Hz, in pieces of any size", (from, to) => {
    for (const piece of [128, 1000, 24_000]) {
      const out = resampled(tone(440, from, 1), from, to, piece);
      expect(Math.abs(out.length - to)).toBeLessThanOrEqual(2);
      expect(purity(out, 440, to)).toBeGreaterThan(50);
    }
  });

  it("lets nothing through that the lower rate cannot hold", () => {
    const out = resampled(tone(15_000, 48_000, 0.5), 48_000, 24_000, 512);
    const loudest = Math.max(...out.subarray(200, out.length - 200).map(Math.abs));
    expect(loudest).toBeLessThan(0.005);
  });

  it("keeps time over minutes", () => {
    const resampler = new Resampler(44_100, 24_000);
    const block = new Float32Array(441);
    const out = new Float32Array(4096);
    let made = 0;
    for (let n = 0; n < 100 * 120; n++) {
      resampler.push(block);
      made += resampler.pull(out);
    }
    expect(Math.abs(made - 24_000 * 120)).toBeLessThan(40);
    expect(Math.abs(resampler.consumed - 44_100 * 120)).toBeLessThan(40);
  });
});
