/** The device's loudspeaker: what is played, and how much of it was heard. */
import type { FromPlayback, ToPlayback } from "./messages";
import playbackUrl from "./playback.worklet.ts?worker&url";
import type { Heard } from "./playqueue";

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
