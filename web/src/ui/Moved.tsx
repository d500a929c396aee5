import type { Talk, View } from "../realtime/talk";
import { texts } from "../texts";
import { Countdown } from "./Countdown";

const FREE_AFTER_S = 20;

/** The conversation went on at another device by its code: this one is free for whoever comes next. */
export function Moved({ talk, view }: { talk: Talk; view: View }) {
  const words = texts.moved;
  return (
    <main className="screen">
      <div className="panel" role="status">
        <h1>{words.heading}</h1>
        <p className="lead">{words.lead}</p>
        <button className="button primary wide" autoFocus onClick={() => talk.newConversation()}>
          {words.renew}
        </button>
        {view.settings.shared && (
          <Countdown seconds={FREE_AFTER_S} words={words.frees} onOver={() => talk.newConversation()} />
        )}
      </div>
    </main>
  );
}
