/**
 * All sound of a page, behind one small interface: one audio context serves loudspeaker and microphone.
 *
 * | state  | event                                   | next                                   |
 * |--------|-----------------------------------------|----------------------------------------|
 * | shut   | `unlock`                                | open, or shut with the trouble `none`  |
 * | open   | the browser lets the page sound         | open, no trouble                       |
 * | open   | it waits for a touch, or a call came in | open, trouble `held`                   |
 *
 * Nothing here throws but `listen`: a page without sound goes on in writing.
 */
import { Loudspeaker } from "./loudspeaker";
import type { FromCapture } from "./messages";
import { Microphone, MicrophoneError } from "./microphone";
import type { Heard } from "./playqueue";

/** Why nothing is heard: `held` back by the browser until the page is touched, `none`: it cannot play here. */
export type SoundTrouble = "held" | "none";

export interface SoundEnds {
  playing: (playing: boolean) => void;
  frame: (frame: FromCapture) => void;
  microphoneLost: () => void;
  trouble: (trouble: SoundTrouble | null) => void;
}

/** How long a browser may take to let the page sound before the person is told. */
export const PATIENCE_MS = 2500;

type Context = AudioContext & { setSinkId?: (id: string) => Promise<void> };

export class Sound {
  private context: Context | null = null;
  private loudspeaker: Loudspeaker | null = null;
  private microphone: Microphone | null = null;
  private opening: Promise<boolean> | null = null;
  private output: string | null = null;

  /** `make` gives the browser's audio context. */
  constructor(
    private readonly ends: SoundEnds,
    private readonly make: () => AudioContext = () => new AudioContext({ latencyHint: "interactive" }),
  ) {}

  /** Whether replies can be played here. */
  get audible(): boolean {
    return this.loudspeaker !== null;
  }

  /** Make sound possible, from a touch or a key on. Whether it is; `ends.trouble` says why not. */
  async unlock(): Promise<boolean> {
    this.opening ??= this.open();
    if (!(await this.opening)) {
      this.opening = null;
      this.ends.trouble("none");
      return false;
    }
    await this.wake();
    return true;
  }

  /** Sound again after the browser held it back; waits for that a moment and no longer. */
  async wake(): Promise<void> {
    const { context } = this;
    if (context === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([context.resume().catch(() => undefined), late]);
    clearTimeout(timer);
    this.look();
  }

  play(item: string, pcm: ArrayBuffer): void {
    this.loudspeaker?.play(item, pcm);
  }

  /** The reply is whole: what is left of it need not wait for more. */
  end(): void {
    this.loudspeaker?.end();
  }

  /** Be silent at once; how much of which item was heard. */
  async flush(): Promise<Heard | null> {
    return (await this.loudspeaker?.flush()) ?? null;
  }

  /** Open this microphone (null: the usual one). Throws MicrophoneError. */
  async listen(device: string | null): Promise<void> {
    const able = await this.unlock();
    if (!globalThis.isSecureContext) throw new MicrophoneError("insecure");
    if (!able || this.microphone === null) throw new MicrophoneError("busy");
    await this.microphone.start(device);
  }

  deafen(): void {
    this.microphone?.stop();
  }

  /** Play through this device from now on (null: the usual one), where the browser lets a page choose. */
  async choose(output: string | null): Promise<void> {
    this.output = output;
    if (this.context?.setSinkId === undefined || output === null) return;
    await this.context.setSinkId(output).catch(() => undefined); // a device that is gone: the usual one plays
  }

  private async open(): Promise<boolean> {
    let context: Context | null = null;
    try {
      context = this.make();
      const loudspeaker = new Loudspeaker(context, this.ends.playing);
      await loudspeaker.open();
      this.context = context;
      this.loudspeaker = loudspeaker;
      this.microphone = new Microphone(context, this.ends.frame, this.ends.microphoneLost);
      context.addEventListener("statechange", () => this.look());
      await this.choose(this.output);
      return true;
    } catch {
      // no audio worklets: an insecure page, or a browser of old
      void context?.close().catch(() => undefined);
      return false;
    }
  }

  private look(): void {
    if (this.context !== null) this.ends.trouble(this.context.state === "running" ? null : "held");
  }
}
