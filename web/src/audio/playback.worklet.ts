/** The audio thread's side of the loudspeaker: plays what `PlayQueue` gives. */
import { PlayQueue } from "./playqueue";
import type { FromPlayback, ToPlayback } from "./messages";

const REPORT_EVERY_S = 0.05;

class Playback extends AudioWorkletProcessor {
  private readonly queue = new PlayQueue(sampleRate);
  private busy = false;
  private reportedAt = 0;

  constructor() {
    super();
    this.port.onmessage = (message: MessageEvent<ToPlayback>) => this.take(message.data);
  }

  private take(message: ToPlayback): void {
    switch (message.kind) {
      case "play":
        this.queue.push(message.item, new Int16Array(message.pcm));
        break;
      case "end":
        this.queue.end();
        break;
      case "flush":
        this.tell({ kind: "flushed", request: message.request, heard: this.queue.flush() });
        break;
    }
  }

  override process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [first, ...others] = outputs[0]!;
    if (first === undefined) return true;
    this.queue.render(first);
    for (const channel of others) channel.set(first);
    const due = currentTime - this.reportedAt >= REPORT_EVERY_S;
    if (this.queue.busy !== this.busy || (this.busy && due)) {
      this.busy = this.queue.busy;
      this.reportedAt = currentTime;
      this.tell({ kind: "progress", busy: this.busy, heard: this.queue.heard() });
    }
    return true;
  }

  private tell(message: FromPlayback): void {
    this.port.postMessage(message);
  }
}

registerProcessor("lobby-playback", Playback);
