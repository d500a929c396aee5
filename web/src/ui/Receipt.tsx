import { CardView } from "../cards/CardView";
import type { Talk, View } from "../realtime/talk";
import { LOCALE, texts } from "../texts";
import { Brand } from "./Brand";
import { Countdown } from "./Countdown";

const WIPED_AFTER_S = 120;

/** What was done in the conversation, to be read, printed or photographed. */
export function Receipt({ talk, view }: { talk: Talk; view: View }) {
  const words = texts.receipt;
  const { changes, tickets } = view.conversation;
  const nothing = changes.length === 0 && tickets.length === 0;
  return (
    <div className="page">
      <header className="top">
        <Brand />
      </header>
      <main className="receipt">
        <h1>{words.heading}</h1>
        <p className="lead">{nothing ? words.nothing : words.lead}</p>
        <p className="fine">{new Date().toLocaleString(LOCALE, { dateStyle: "long", timeStyle: "short" })}</p>
        {changes.map(({ id, kind, code, details }) => (
          <CardView key={id} card={{ kind: "done", change: kind, code, fields: details }} />
        ))}
        {tickets.map((ticket) => (
          <p key={ticket} className="ticket">
            {words.ticket} <strong>{ticket}</strong>
          </p>
        ))}
        <div className="receipt-actions">
          {!nothing && (
            <button className="button quiet" onClick={() => window.print()}>
              {words.print}
            </button>
          )}
          <button className="button primary" onClick={() => talk.newConversation()}>
            {words.renew}
          </button>
        </div>
        {view.settings.shared && <Countdown seconds={WIPED_AFTER_S} words={words.wipes} onOver={() => talk.newConversation()} />}
      </main>
    </div>
  );
}
