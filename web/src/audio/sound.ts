/** The device's loudspeaker and microphone. One audio context serves both; it begins with a touch of the customer. */
import captureUrl from "./capture.worklet.ts?worker&url";
import type { FromCapture, FromPlayback, ToPlayback } from "./messages";
import playbackUrl from "./playback.worklet.ts?worker&url";
import type { Heard } from "./playqueue";

export interface SoundDevices {
  microphone: string | null;
  loudspeaker: string | null;
}

/** Why there is no microphone: `denied` by the person, `none` there, `insecure` page, `busy` or broken. */
export type MicrophoneTrouble = "denied" | "none" | "insecure" | "busy";

export class MicrophoneError extends Error {
  constructor(readonly trouble: MicrophoneTrouble) {
    super(trouble);
  }
}

export class Loudspeaker {
  private node: AudioWorkletNode | null = null;
  private requests = 0;
  private readonly asked = new Map<number, (heard: Heard | null) => void>();
  busy = false;

  constructor(
    private readonly context: AudioContext,
    private readonly tell: (busy: boolean) => void,
  ) {}

  async open(): Promise<void> {
    if (this.node !== null) return;
    await this.context.audioWorklet.addModule(playbackUrl);
    const node = new AudioWorkletNode(this.context, "lobby-playback", { numberOfInputs: 0, outputChannelCount: [1] });
    node.port.onmessage = (message: MessageEvent<FromPlayback>) => this.take(message.data);
    node.connect(this.context.destination);
    this.node = node;
  }

  play(item: string, pcm: ArrayBuffer): void {
    if (pcm.byteLength < 2) return;
    this.busy = true;
    this.post({ kind: "play", item, pcm }, [pcm]);
  }

  end(): void {
    this.post({ kind: "end" });
  }

  /** Be silent at once; what was heard of the item that played, less what the device had not yet let out. */
  async flush(): Promise<Heard | null> {
    if (this.node === null || !this.busy) return null;
    this.busy = false;
    const request = ++this.requests;
    const answer = new Promise<Heard | null>((resolve) => this.asked.set(request, resolve));
    this.post({ kind: "flush", request });
    const heard = await answer;
    if (heard === null) return null;
    return { ...heard, ms: Math.max(0, heard.ms - Math.round((this.context.outputLatency || 0) * 1000)) };
  }

  private post(message: ToPlayback, transfer: Transferable[] = []): void {
    this.node?.port.postMessage(message, transfer);
  }

  private take(message: FromPlayback): void {
    if (message.kind === "flushed") {
      this.asked.get(message.request)?.(message.heard);
      this.asked.delete(message.request);
      this.tell(false);
      return;
    }
    this.busy = message.busy;
    this.tell(message.busy);
  }
}

export class Microphone {
  private stream: MediaStream | null = null;
  private node: AudioWorkletNode | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private added = false;

  constructor(
    private readonly context: AudioContext,
    private readonly hear: (frame: FromCapture) => void,
    private readonly lost: () => void,
  ) {}

  get open(): boolean {
    return this.stream !== null;
  }

  /** Begin to listen; asks the person for leave the first time. Throws MicrophoneError. */
  async start(device: string | null): Promise<void> {
    this.stop();
    const stream = await askForMicrophone(device);
    if (!this.added) {
      await this.context.audioWorklet.addModule(captureUrl);
      this.added = true;
    }
    this.stream = stream;
    this.source = this.context.createMediaStreamSource(stream);
    this.node = new AudioWorkletNode(this.context, "lobby-capture", { numberOfOutputs: 0 });
    this.node.port.onmessage = (message: MessageEvent<FromCapture>) => {
      if (this.stream === stream) this.hear(message.data);
    };
    this.source.connect(this.node);
    stream.getAudioTracks()[0]?.addEventListener("ended", () => {
      if (this.stream !== stream) return;
      this.stop();
      this.lost();
    });
  }

  /** Let go of the microphone: the browser's sign for it goes out. */
  stop(): void {
    this.source?.disconnect();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = this.node = this.source = null;
  }
}

async function askForMicrophone(device: string | null): Promise<MediaStream> {
  if (!globalThis.isSecureContext || navigator.mediaDevices === undefined) throw new MicrophoneError("insecure");
  const wishes: MediaTrackConstraints = {
    channelCount: 1,
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
  };
  const asked = device === null ? wishes : { ...wishes, deviceId: { ideal: device } };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: asked, video: false });
  } catch (error) {
    throw new MicrophoneError(troubleOf(error instanceof DOMException ? error.name : ""));
  }
}

function troubleOf(name: string): MicrophoneTrouble {
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "none" : "busy";
}
