import { describe, expect, it } from "vitest";
import { PlayQueue, WIRE_RATE } from "../src/audio/playqueue";

const RATE = 48_000;

function pcm(seconds: number, hz = 300): Int16Array {
  const samples = Math.round(WIRE_RATE * seconds);
  return Int16Array.from({ length: samples }, (_, n) => Math.round(12_000 * Math.sin((2 * Math.PI * hz * n) / WIRE_RATE)));
}

function played(queue: PlayQueue, seconds: number): Float32Array {
  const blocks = Math.round((RATE * seconds) / 128);
  const out = new Float32Array(blocks * 128);
  for (let n = 0; n < blocks; n++) queue.render(out.subarray(n * 128, (n + 1) * 128));
  return out;
}

/** The largest step between neighbours: what a click is made of. A 300 Hz tone of this level has 0.015. */
function largestStep(sound: Float32Array): number {
  let most = 0;
  for (let n = 1; n < sound.length; n++) most = Math.max(most, Math.abs(sound[n]! - sound[n - 1]!));
  return most;
}

function loudest(sound: Float32Array): number {
  return sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

describe("the play queue", () => {
  it("waits until there is enough to play, unless no more comes", () => {
    const queue = new PlayQueue(RATE);
    queue.push("a", pcm(0.02));
    expect(loudest(played(queue, 0.1))).toBe(0);
    queue.push("a", pcm(0.1));
    expect(loudest(played(queue, 0.05))).toBeGreaterThan(0.3);
    const short = new PlayQueue(RATE);
    short.push("b", pcm(0.02));
    short.end();
    expect(loudest(played(short, 0.05))).toBeGreaterThan(0.3);
  });

  it("counts what was heard of an item in the item's own time", () => {
    const queue = new PlayQueue(RATE);
    queue.push("a", pcm(2));
    played(queue, 0.5);
    expect(queue.heard()).toMatchObject({ item: "a" });
    expect(Math.abs(queue.heard()!.ms - 500)).toBeLessThan(5);
    queue.push("b", pcm(1));
    queue.end();
    played(queue, 2);
    expect(queue.heard()!.item).toBe("b");
    expect(Math.abs(queue.heard()!.ms - 500)).toBeLessThan(8);
    played(queue, 1);
    expect(queue.heard()).toBeNull();
    expect(queue.busy).toBe(false);
  });

  it("is silent within 5 ms of a flush, without a click, and says what was heard", () => {
    const queue = new PlayQueue(RATE);
    queue.push("a", pcm(3));
    const before = played(queue, 1);
    const heard = queue.flush()!;
    const after = played(queue, 0.2);
    expect(heard.item).toBe("a");
    expect(Math.abs(heard.ms - 1000)).toBeLessThan(5);
    expect(loudest(after.subarray(RATE * 0.005))).toBe(0);
    const joined = Float32Array.from([...before, ...after]);
    expect(largestStep(joined)).toBeLessThan(0.025);
    expect(queue.busy).toBe(false);
  });

  it("has no click where sound comes too late, and then waits longer", () => {
    const queue = new PlayQueue(RATE);
    queue.push("a", pcm(0.2));
    const gap = played(queue, 0.4);
    queue.push("a", pcm(0.1));
    const early = played(queue, 0.05);
    expect(loudest(early.subarray(2400))).toBe(0);
    queue.push("a", pcm(0.4));
    const on = played(queue, 0.3);
    expect(loudest(on)).toBeGreaterThan(0.3);
    expect(largestStep(Float32Array.from([...gap, ...early, ...on]))).toBeLessThan(0.03);
  });

  it("plays what comes in small pieces exactly as what comes in one", () => {
    const sound = pcm(1);
    const whole = new PlayQueue(RATE);
    whole.push("a", sound);
    whole.end();
    const pieces = new PlayQueue(RATE);
    for (let at = 0; at < sound.length; at += 777) pieces.push("a", sound.subarray(at, at + 777));
    pieces.end();
    const [one, many] = [played(whole, 1.1), played(pieces, 1.1)];
    expect(many.every((value, n) => Math.abs(value - one[n]!) < 1e-6)).toBe(true);
  });

  it("goes on with the next item after a flush", () => {
    const queue = new PlayQueue(RATE);
    queue.push("a", pcm(1));
    played(queue, 0.3);
    queue.flush();
    queue.push("b", pcm(0.5));
    queue.end();
    expect(loudest(played(queue, 0.3))).toBeGreaterThan(0.3);
    expect(queue.heard()!.item).toBe("b");
    expect(Math.abs(queue.heard()!.ms - 300)).toBeLessThan(8);
  });
});
