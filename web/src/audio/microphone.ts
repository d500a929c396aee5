/** The device's microphone, from the person's leave to frames of 40 ms. */
import captureUrl from "./capture.worklet.ts?worker&url";
import type { FromCapture } from "./messages";

/** Why there is no microphone: `denied` by the person, `none` there, `insecure` page, `busy` or broken. */
export type MicrophoneTrouble = "denied" | "none" | "insecure" | "busy";

export class MicrophoneError extends Error {
  constructor(readonly trouble: MicrophoneTrouble) {
    super(trouble);
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
