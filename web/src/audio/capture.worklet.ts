/** The audio thread's side of the microphone: frames for the wire. */
import { Framer } from "./framer";
import type { FromCapture } from "./messages";

class Capture extends AudioWorkletProcessor {
  private readonly framer = new Framer(sampleRate);

  override process(inputs: Float32Array[][]): boolean {
    for (const { pcm, level } of this.framer.take(inputs[0] ?? [])) {
      const message: FromCapture = { pcm: pcm.buffer, level };
      this.port.postMessage(message, [pcm.buffer]);
    }
    return true;
  }
}

registerProcessor("lobby-capture", Capture);
