import { describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "../src/audio/base64";
import { FRAME_SAMPLES, Framer } from "../src/audio/framer";
import { day, money, time } from "../src/format";
import { parseEvent } from "../src/realtime/events";
import { isIdle, STILL_S, WARNING_S } from "../src/ui/idle-clock";
import { resumeCodeIn, resumeLink } from "../src/ui/resume-link";

describe("the microphone's frames", () => {
  it.each([16_000, 44_100, 48_000])("hold 40 ms at 24 kHz, from a device at %i Hz", (rate) => {
    const framer = new Framer(rate);
    const frames = Array.from({ length: Math.round(rate / 128) }, () => {
      const block = new Float32Array(128).fill(0.25);
      return framer.take([block, block]);
    }).flat();
    expect(frames.every((frame) => frame.pcm.length === FRAME_SAMPLES)).toBe(true);
    expect(Math.abs(frames.length - 25)).toBeLessThanOrEqual(1);
    expect(Math.abs(frames.at(-1)!.pcm[500]! - 8192)).toBeLessThan(20);
    expect(frames.at(-1)!.level).toBeCloseTo(0.25, 2);
  });

  it("clip what is too loud instead of turning it over", () => {
    const framer = new Framer(24_000);
    const [frame] = framer.take([new Float32Array(FRAME_SAMPLES).fill(1.7)]);
    expect(frame!.pcm.every((value) => value === 32767)).toBe(true);
  });

  it("are nothing while there is no input", () => {
    expect(new Framer(48_000).take([])).toEqual([]);
  });
});

describe("small things", () => {
  it("carries sound over base64 unharmed", () => {
    const pcm = Int16Array.from({ length: 70_000 }, (_, n) => (n * 7919) % 65_536);
    expect(new Int16Array(fromBase64(toBase64(pcm.buffer)))).toEqual(pcm);
  });

  it("writes amounts, days and times as people read them", () => {
    expect([money(24400), money(1250), money(-500)]).toEqual(["$244", "$12.50", "-$5"]);
    expect(day("2026-11-27T18:40").replaceAll("\u00a0", " ")).toBe("Fri, Nov 27");
    expect(time("2026-11-27T18:40").replaceAll("\u202f", " ")).toBe("6:40 PM");
    expect(day("soon")).toBe("soon");
  });

  it("takes a resume code from an address only where it is one", () => {
    expect(resumeCodeIn("#resume=482913")).toBe("482913");
    const link = resumeLink("https://desk", null, "482913");
    expect(resumeCodeIn(new URL(link ?? "").hash)).toBe("482913");
    for (const hash of ["", "#resume=48291", "#resume=4829134", "#resume=<b>123"]) expect(resumeCodeIn(hash)).toBeNull();
  });

  it("leads another device to an address that it can reach, or nowhere", () => {
    const lan = "https://10.0.0.2:8443";
    expect(resumeLink(lan, null, "482913")).toBe(`${lan}/#resume=482913`);
    for (const own of ["http://127.0.0.1:8484", "http://localhost:8484", "http://[::1]:8484"]) {
      expect(resumeLink(own, lan, "482913")).toBe(`${lan}/#resume=482913`);
      expect(resumeLink(own, null, "482913")).toBeNull();
    }
  });

  it("warns before it wipes", () => {
    expect(isIdle(0)).toBe("no");
    expect(isIdle((STILL_S + 1) * 1000)).toBe(WARNING_S - 1);
    expect(isIdle((STILL_S + WARNING_S) * 1000)).toBe("over");
  });

  it("passes over frames that are no events", () => {
    expect(parseEvent("no json")).toBeNull();
    expect(parseEvent("[1]")).toBeNull();
    expect(parseEvent('{"type":5}')).toBeNull();
    expect(parseEvent('{"type":"session.created"}')).toEqual({ type: "session.created" });
  });
});
