import type { Talk, View } from "../realtime/talk";
import { texts } from "../texts";

/** A bar that says what is wrong with the line or the microphone, and what to do. */
export function Trouble({ talk, view }: { talk: Talk; view: View }) {
  const words = texts.trouble;
  if (view.line === "elsewhere") {
    return (
      <div className="trouble" role="alert">
        <span>{words.elsewhere}</span>
        <button className="button small" onClick={() => talk.reconnect()}>
          {words.takeBack}
        </button>
      </div>
    );
  }
  if (view.line === "waiting" || (view.line === "connecting" && view.trouble !== null)) {
    return (
      <div className="trouble" role="alert">
        <span>{words[view.trouble ?? "away"]}</span>
        <button className="button small" onClick={() => talk.reconnect()}>
          {words.retry}
        </button>
      </div>
    );
  }
  if (view.microphoneTrouble !== null) {
    return (
      <div className="trouble" role="alert">
        <span>{texts.microphone[view.microphoneTrouble]}</span>
      </div>
    );
  }
  return null;
}
