import type { Talk, View } from "../realtime/talk";
import { texts } from "../texts";

interface Told {
  words: string;
  /** What can be done about it. */
  button?: { words: string; go: () => void };
}

/** A bar that says what is wrong with the line, the microphone or the sound, and what to do. */
export function Trouble({ talk, view }: { talk: Talk; view: View }) {
  const told = troubleOf(talk, view);
  if (told === null) return null;
  return (
    <div className="trouble" role="alert">
      <span>{told.words}</span>
      {told.button !== undefined && (
        <button className="button small" onClick={told.button.go}>
          {told.button.words}
        </button>
      )}
    </div>
  );
}

/** The worst of what is wrong; null: nothing is. */
function troubleOf(talk: Talk, view: View): Told | null {
  const words = texts.trouble;
  if (view.line === "elsewhere") {
    return { words: words.elsewhere, button: { words: words.takeBack, go: () => talk.reconnect() } };
  }
  if (view.line === "waiting" || (view.line === "connecting" && view.trouble !== null)) {
    return { words: words[view.trouble ?? "away"], button: { words: words.retry, go: () => talk.reconnect() } };
  }
  if (view.listening) return { words: words.listening };
  if (view.microphoneTrouble === "insecure") return { words: texts.microphone.insecure(view.server?.address ?? null) };
  if (view.microphoneTrouble !== null) {
    const again = { words: words.retry, go: () => void talk.openMicrophone() };
    return { words: texts.microphone[view.microphoneTrouble], button: again };
  }
  if (!view.settings.sound) return null;
  if (view.soundTrouble === "held") {
    return { words: words.soundHeld, button: { words: words.soundOn, go: () => void talk.unlock() } };
  }
  if (view.soundTrouble === "none") {
    return { words: words.soundNone, button: { words: words.soundOff, go: () => talk.set({ sound: false }) } };
  }
  return null;
}
