import { useEffect, useRef } from "react";
import { CardView } from "../cards/CardView";
import type { Entry, Note, Said } from "../realtime/conversation";
import type { View } from "../realtime/talk";
import { texts } from "../texts";
import { agentName } from "./agents";
import { DoneIcon, PersonIcon, SourceIcon, SwitchIcon } from "./icons";

/** How near to its end the log must be to follow what is added, in pixels. */
const NEAR = 160;

export function Log({ view }: { view: View }) {
  const { entries, activity, responding } = view.conversation;
  const log = useRef<HTMLElement>(null);
  const follow = useRef(true);
  useEffect(() => {
    const shown = log.current;
    if (shown !== null && follow.current) shown.scrollTop = shown.scrollHeight;
  }, [entries, activity, view.conversation.expecting]);
  useEffect(() => {
    const shown = log.current;
    if (shown === null) return;
    // what stands below grows and shrinks, and so does the log
    const sized = new ResizeObserver(() => {
      if (follow.current) shown.scrollTop = shown.scrollHeight;
    });
    sized.observe(shown);
    return () => sized.disconnect();
  }, []);
  const waiting = (activity === "thinking" || responding !== null) && !entries.some((entry) => speaks(entry, responding));
  return (
    <main
      id="log"
      ref={log}
      className="log"
      tabIndex={0}
      aria-label={texts.log.label}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        follow.current = scrollHeight - scrollTop - clientHeight < NEAR;
      }}
    >
      <ol className="entries">
        {entries.map((entry) => (
          <li key={entry.id} className="entry">
            <EntryView entry={entry} />
          </li>
        ))}
        {waiting && (
          <li className="entry dots" aria-hidden="true">
            <span />
            <span />
            <span />
          </li>
        )}
      </ol>
      <Announcements view={view} />
    </main>
  );
}

function speaks(entry: Entry, responding: string | null): boolean {
  return entry.kind === "said" && responding !== null && entry.response === responding && entry.text !== "";
}

function EntryView({ entry }: { entry: Entry }) {
  if (entry.kind === "card") return <CardView card={entry.card} />;
  if (entry.kind === "note") return <NoteView note={entry} />;
  return <SaidView said={entry} />;
}

function SaidView({ said }: { said: Said }) {
  if (said.text === "") return null;
  const who = said.who === "customer" ? texts.you : agentName(said.who === "person" ? "person" : (said.agent ?? ""));
  return (
    <div className={`said ${said.who}${said.done ? "" : " open"}`}>
      <p className="who">{who || texts.brand}</p>
      <p className="words">
        {said.text}
        {said.cut && <span className="cut"> – {texts.log.cut}</span>}
      </p>
      {said.sources.length > 0 && (
        <ul className="sources" aria-label={texts.log.sources}>
          {said.sources.map((source) => (
            <li key={source.id}>
              <details className="source">
                <summary>
                  <SourceIcon />
                  {source.title}
                </summary>
                <blockquote>{source.text}</blockquote>
              </details>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function NoteView({ note }: { note: Note }) {
  return (
    <p className={`note-line ${note.note}`}>
      {note.note === "agent" ? <SwitchIcon /> : note.note === "ticket" || note.note === "person" ? <PersonIcon /> : <DoneIcon />}
      {noteText(note)}
    </p>
  );
}

function noteText(note: Note): string {
  switch (note.note) {
    case "agent":
      return texts.log.agent(agentName(note.agent));
    case "person":
      return texts.log.person(note.name);
    case "ticket":
      return texts.log.ticket(note.ticket);
    case "refused":
      return note.message;
    default:
      return texts.log[note.note];
  }
}

/**
 * What a screen reader says by itself: each reply once it is whole, unless it is spoken aloud anyway, and every note.
 * The log itself is no live region: words that come one by one would be read again and again.
 */
function Announcements({ view }: { view: View }) {
  const last = view.conversation.entries.findLast((entry) =>
    entry.kind === "note" ? true : entry.kind === "said" && entry.who !== "customer" && entry.done && !view.settings.sound,
  );
  const words = last === undefined ? "" : last.kind === "note" ? noteText(last) : last.kind === "said" ? last.text : "";
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {words}
    </p>
  );
}
