/**
 * The sound of a conversation: the microphone open or shut or held, and what is to be heard.
 *
 * | microphone | event                                   | next     |
 * |------------|-----------------------------------------|----------|
 * | off        | `openMicrophone`                        | starting |
 * | starting   | it is there                             | on       |
 * | starting   | it is not: `microphoneTrouble` says why | off      |
 * | on         | `press` (push to talk)                  | held     |
 * | held       | `release`                               | on       |
 * | any        | `closeMicrophone`, or it is pulled out  | off      |
 */
import { fromBase64, toBase64 } from "../audio/base64";
import { Hold } from "../audio/hold";
import type { FromCapture } from "../audio/messages";
import { MicrophoneError, type MicrophoneTrouble } from "../audio/microphone";
import type { Heard } from "../audio/playqueue";
import { Sound, type SoundEnds, type SoundTrouble } from "../audio/sound";
import type { Settings } from "./kept";

export type MicrophoneState = "off" | "starting" | "on" | "held";

export interface VoiceState {
  playing: boolean;
  microphone: MicrophoneState;
  microphoneTrouble: MicrophoneTrouble | null;
  soundTrouble: SoundTrouble | null;
}

export const SILENT: VoiceState = { playing: false, microphone: "off", microphoneTrouble: null, soundTrouble: null };

export interface VoiceEnds {
  changed: (change: Partial<VoiceState>) => void;
  send: (event: object) => void;
  /** Microphone audio in base64: PCM16 at 24 kHz. */
  sendAudio: (audio: string) => void;
  settings: () => Settings;
}

export class Voice {
  private now = SILENT;
  private readonly sound: Sound;
  private readonly hold = new Hold();
  private readonly levelWatchers = new Set<(level: number) => void>();

  constructor(
    private readonly ends: VoiceEnds,
    make: (ends: SoundEnds) => Sound = (sound) => new Sound(sound),
  ) {
    this.sound = make({
      playing: (playing) => this.become({ playing }),
      frame: (frame) => this.hear(frame),
      microphoneLost: () => this.lost(),
      trouble: (soundTrouble) => this.become({ soundTrouble }),
    });
  }

  get state(): VoiceState {
    return this.now;
  }

  /** Whether replies can be played and are wanted. */
  get audible(): boolean {
    return this.ends.settings().sound && this.sound.audible;
  }

  /** Told of the microphone's level, 0 to 1, for each 40 ms; gives what ends it. */
  watchLevel(watcher: (level: number) => void): () => void {
    this.levelWatchers.add(watcher);
    return () => this.levelWatchers.delete(watcher);
  }

  /** Make sound possible: browsers allow it from a touch or a key on. Where it cannot be, replies are read. */
  async unlock(): Promise<void> {
    await this.sound.choose(this.ends.settings().loudspeaker);
    await this.sound.unlock();
  }

  /** Sound again, where the browser held it back while the page was not to be seen. */
  wake(): void {
    void this.sound.wake();
  }

  async openMicrophone(): Promise<void> {
    if (this.now.microphone !== "off") return;
    this.become({ microphone: "starting", microphoneTrouble: null });
    try {
      await this.sound.listen(this.ends.settings().microphone);
      this.become({ microphone: "on" });
    } catch (error) {
      const microphoneTrouble = error instanceof MicrophoneError ? error.trouble : "busy";
      this.become({ microphone: "off", microphoneTrouble });
    }
  }

  closeMicrophone(): void {
    this.sound.deafen();
    this.tellLevel(0);
    // half a turn that nobody finishes would wait for ever
    this.tellHeld(this.hold.drop());
    this.become({ microphone: "off" });
  }

  /** Push to talk: from `press` to `release` the microphone is heard. Whether it is now. */
  press(): boolean {
    if (this.now.microphone !== "on") return false;
    this.hold.press();
    this.become({ microphone: "held" });
    return true;
  }

  release(): void {
    const said = this.hold.release();
    if (said === null) return;
    this.become({ microphone: "on" });
    this.tellLevel(0);
    this.tellHeld(said);
  }

  /** The settings are others than `before`. */
  set(before: Settings): void {
    const settings = this.ends.settings();
    if (before.loudspeaker !== settings.loudspeaker) void this.sound.choose(settings.loudspeaker);
    if (before.microphone !== settings.microphone && this.now.microphone === "on") {
      void this.sound.listen(settings.microphone).catch(() => this.lost());
    }
  }

  /** Play a piece of a reply (base64 of PCM16 at 24 kHz). */
  play(item: string, audio: string): void {
    if (!this.audible) return;
    this.sound.play(item, fromBase64(audio));
    this.become({ playing: true });
  }

  /** The reply is whole. */
  end(): void {
    this.sound.end();
  }

  /** Be silent at once; how much of which item was heard. */
  async flush(): Promise<Heard | null> {
    const heard = await this.sound.flush();
    this.become({ playing: false });
    return heard;
  }

  /** What went wrong with the microphone concerns nobody any more. */
  forgive(): void {
    this.become({ microphoneTrouble: null });
  }

  private hear({ pcm, level }: FromCapture): void {
    if (this.ends.settings().hold && !this.hold.frame()) return;
    this.tellLevel(level);
    this.ends.sendAudio(toBase64(pcm));
  }

  private lost(): void {
    this.hold.drop();
    this.become({ microphone: "off", microphoneTrouble: "none" });
    this.tellLevel(0);
  }

  private tellHeld(said: "commit" | "clear" | null): void {
    if (said !== null) this.ends.send({ type: `input_audio_buffer.${said}` });
    if (said === "commit") this.ends.send({ type: "response.create" });
  }

  private tellLevel(level: number): void {
    for (const watcher of this.levelWatchers) watcher(level);
  }

  private become(change: Partial<VoiceState>): void {
    const now = { ...this.now, ...change };
    const same = (Object.keys(change) as (keyof VoiceState)[]).every((name) => this.now[name] === now[name]);
    if (same) return;
    this.now = now;
    this.ends.changed(change);
  }
}
