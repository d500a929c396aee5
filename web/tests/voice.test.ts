import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MicrophoneError } from "../src/audio/microphone";
import { PATIENCE_MS, Sound, type SoundEnds, type SoundTrouble } from "../src/audio/sound";
import type { Settings } from "../src/realtime/kept";
import { Voice } from "../src/realtime/voice";

const SETTINGS: Settings = { sound: true, hold: false, microphone: null, loudspeaker: null, shared: true };
const frame = () => ({ pcm: new ArrayBuffer(4), level: 0.1 });

/** Stands for the device: tests decide whether it has a microphone. */
class Device {
  audible = true;
  refuses: Error | null = null;
  listened: (string | null)[] = [];
  played: string[] = [];

  constructor(readonly ends: SoundEnds) {}

  unlock = async () => this.audible;
  wake = async () => undefined;
  choose = async () => undefined;
  listen = async (device: string | null) => {
    if (this.refuses !== null) throw this.refuses;
    this.listened.push(device);
  };
  deafen = () => undefined;
  play = (item: string) => this.played.push(item);
  end = () => undefined;
  flush = async () => ({ item: "item", ms: 120 });
}

describe("the voice of a conversation", () => {
  let device: Device;
  let settings: Settings;
  let sent: object[];
  let frames: number;
  let voice: Voice;

  beforeEach(() => {
    settings = { ...SETTINGS };
    sent = [];
    frames = 0;
    const ends = {
      changed: () => undefined,
      send: (event: object) => sent.push(event),
      sendAudio: () => (frames += 1),
      settings: () => settings,
    };
    voice = new Voice(ends, (sound) => (device = new Device(sound)) as unknown as Sound);
  });

  it("sends what the open microphone hears", async () => {
    await voice.openMicrophone();
    device.ends.frame(frame());
    expect([voice.state.microphone, frames]).toEqual(["on", 1]);
  });

  it.each(["denied", "none", "insecure", "busy"] as const)("says that the microphone is %s, and stays off", async (why) => {
    device.refuses = new MicrophoneError(why);
    await voice.openMicrophone();
    expect(voice.state).toMatchObject({ microphone: "off", microphoneTrouble: why });
    device.refuses = null;
    await voice.openMicrophone();
    expect(voice.state).toMatchObject({ microphone: "on", microphoneTrouble: null });
  });

  it("hears a held button only while it is held, and sends the turn", async () => {
    settings = { ...settings, hold: true };
    await voice.openMicrophone();
    device.ends.frame(frame());
    expect(frames).toBe(0);
    expect(voice.press()).toBe(true);
    for (let count = 0; count < 5; count += 1) device.ends.frame(frame());
    voice.release();
    expect(frames).toBe(5);
    expect(sent).toEqual([{ type: "input_audio_buffer.commit" }, { type: "response.create" }]);
    expect(voice.state.microphone).toBe("on");
  });

  it("takes a slip of the finger and a microphone shut in mid-word for nothing", async () => {
    settings = { ...settings, hold: true };
    await voice.openMicrophone();
    voice.press();
    device.ends.frame(frame());
    voice.release();
    voice.press();
    for (let count = 0; count < 9; count += 1) device.ends.frame(frame());
    voice.closeMicrophone();
    expect(sent).toEqual([{ type: "input_audio_buffer.clear" }, { type: "input_audio_buffer.clear" }]);
    expect(voice.state.microphone).toBe("off");
    voice.release();
    expect(sent).toHaveLength(2);
  });

  it("says so when the microphone is pulled out, also while it is held", async () => {
    settings = { ...settings, hold: true };
    await voice.openMicrophone();
    voice.press();
    device.ends.microphoneLost();
    voice.release();
    expect(voice.state).toMatchObject({ microphone: "off", microphoneTrouble: "none" });
  });

  it("plays replies unless they are read, and tells how much was heard", async () => {
    voice.play("a", "AAAA");
    expect([device.played, voice.state.playing]).toEqual([["a"], true]);
    settings = { ...settings, sound: false };
    voice.play("b", "AAAA");
    expect(device.played).toEqual(["a"]);
    expect(await voice.flush()).toEqual({ item: "item", ms: 120 });
    expect(voice.state.playing).toBe(false);
  });
});

/** Stands for the browser's audio context, as far as the sound needs one. */
class Context extends EventTarget {
  state: AudioContextState = "suspended";
  allowed = true;
  closed = false;
  destination = {};
  audioWorklet: { addModule: () => Promise<void> } | undefined = { addModule: async () => undefined };

  resume(): Promise<void> {
    if (!this.allowed) return new Promise(() => undefined);
    this.become("running");
    return Promise.resolve();
  }
  become(state: AudioContextState): void {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

describe("the sound of a page", () => {
  let context: Context;
  let troubles: (SoundTrouble | null)[];
  let sound: Sound;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal(
      "AudioWorkletNode",
      class {
        port = { postMessage: () => undefined };
        connect = () => undefined;
      },
    );
    context = new Context();
    troubles = [];
    const ends = { playing: () => undefined, frame: () => undefined, microphoneLost: () => undefined };
    const trouble = (one: SoundTrouble | null) => troubles.push(one);
    sound = new Sound({ ...ends, trouble }, () => context as unknown as AudioContext);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("is there after a touch", async () => {
    expect(sound.audible).toBe(false);
    expect(await sound.unlock()).toBe(true);
    expect([sound.audible, troubles.at(-1)]).toEqual([true, null]);
  });

  it("does not wait for ever where the browser holds it back, and says when it is let go", async () => {
    context.allowed = false;
    const unlocked = sound.unlock();
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(await unlocked).toBe(true);
    expect(troubles).toEqual(["held"]);
    context.become("running");
    expect(troubles.at(-1)).toBeNull();
  });

  it("leaves the page to writing where there are no audio worklets, as on an insecure page", async () => {
    context.audioWorklet = undefined;
    expect(await sound.unlock()).toBe(false);
    expect([troubles, sound.audible, context.closed]).toEqual([["none"], false, true]);
    vi.stubGlobal("isSecureContext", false);
    await expect(sound.listen(null)).rejects.toMatchObject({ trouble: "insecure" });
    expect(await sound.flush()).toBeNull();
  });
});
