import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { LOCALE, texts } from "../texts";
import { agentName } from "../ui/agents";
import { NOTHING, sorted, whenMs, withDetail, withEvent, type Board } from "./board";
import type { Operator, OperatorEvent, SessionDetail, SessionRow } from "./operator";
import { OperatorError } from "./operator";
import { TranscriptView } from "./TranscriptView";

const AGAIN_MS = 3000;

type Change = OperatorEvent | { type: "rows"; rows: SessionRow[] } | { type: "open"; detail: SessionDetail };

function changed(was: Board, change: Change): Board {
  if (change.type === "rows") return { ...was, sessions: change.rows };
  if (change.type === "open") return withDetail(was, change.detail);
  return withEvent(was, change);
}

interface Props {
  operator: Operator;
  onRefused: (failed: unknown) => void;
}

/** The sessions of the desk as they go on, and one of them in full. */
export function Sessions({ operator, onRefused }: Props) {
  const words = texts.desk;
  const [board, tell] = useReducer(changed, NOTHING);
  const [away, setAway] = useState(false);
  const refused = useRef(onRefused);
  refused.current = onRefused;
  const open = useRef<string | null>(null);
  const look = useCallback(
    (id: string) => {
      open.current = id;
      // the answer to an earlier question may come late
      const take = (detail: SessionDetail) => open.current === id && tell({ type: "open", detail });
      operator.session(id).then(take, (failed: unknown) => refused.current(failed));
    },
    [operator],
  );
  useEffect(() => {
    const over = new AbortController();
    const watch = async () => {
      while (!over.signal.aborted) {
        try {
          tell({ type: "rows", rows: await operator.sessions() });
          setAway(false);
          await operator.events((event) => {
            tell(event);
            // its row has changed, or the stream has just begun: what was missed in between is asked for
            if (event.type === "session" && event.data.id === open.current) look(event.data.id);
          }, over.signal);
        } catch (failed) {
          if (over.signal.aborted) return;
          refused.current(failed);
          setAway(!(failed instanceof OperatorError));
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    };
    void watch();
    return () => over.abort();
  }, [operator, look]);
  const rows = sorted(board.sessions);
  return (
    <div className="sessions">
      <section className="session-list" aria-label={words.tabs.sessions}>
        {away && <p className="alert">{words.away}</p>}
        {board.alerts.slice(0, 3).map((alert) => (
          <p className="alert" key={`${alert.at} ${alert.message}`} role="alert">
            {alert.message}
          </p>
        ))}
        {rows.length === 0 && !away && <p className="fine">{words.none}</p>}
        <ul>
          {rows.map((row) => (
            <li key={row.id}>
              <button
                className={`session-row${board.open?.id === row.id ? " open" : ""}`}
                aria-pressed={board.open?.id === row.id}
                onClick={() => look(row.id)}
              >
                <span className={`live ${row.live ? "on" : ""}`} />
                <strong>{row.agent === null ? words.noAgent : agentName(row.agent)}</strong>
                <span className="when">{clock(row.last_turn_at ?? row.started_at)}</span>
                <span className="tags">
                  <Tag>{row.live ? words.live : words.over}</Tag>
                  <Tag>{row.channel}</Tag>
                  <Tag>{row.engine}</Tag>
                  <Tag>{words.turns(row.turns)}</Tag>
                  {row.verified && <Tag good>{words.verified}</Tag>}
                  {row.taken_over && <Tag warn>{words.takenOver}</Tag>}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      <section className="session-open" aria-label={words.transcript}>
        {board.open === null ? (
          <p className="fine centred">{words.choose}</p>
        ) : (
          <OpenSession operator={operator} session={board.open} onChanged={() => look(board.open!.id)} />
        )}
      </section>
    </div>
  );
}

function Tag({ children, good, warn }: { children: string; good?: boolean; warn?: boolean }) {
  return <span className={`tag${good ? " good" : ""}${warn ? " warn" : ""}`}>{children}</span>;
}

function OpenSession(props: { operator: Operator; session: SessionDetail; onChanged: () => void }) {
  const { operator, session, onChanged } = props;
  const words = texts.desk;
  const [error, setError] = useState<string | null>(null);
  const [text, setText] = useState("");
  const attempt = (doing: Promise<void>) => {
    setError(null);
    doing.then(onChanged, (failed: unknown) => {
      setError(failed instanceof OperatorError ? failed.message : words.away);
    });
  };
  return (
    <>
      <TranscriptView transcript={session.transcript} />
      <div className="take-over">
        {error !== null && (
          <p className="error" role="alert">
            {error}
          </p>
        )}
        {session.taken_over ? (
          <form
            className="say"
            onSubmit={(event) => {
              event.preventDefault();
              const said = text.trim();
              if (said === "") return;
              attempt(operator.say(session.id, said));
              setText("");
            }}
          >
            <label className="visually-hidden" htmlFor="say">
              {words.sayLabel}
            </label>
            <input
              id="say"
              className="text-input"
              placeholder={words.sayLabel}
              autoComplete="off"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
            <button className="button primary" type="submit">
              {words.say}
            </button>
            <button className="button quiet" type="button" onClick={() => attempt(operator.act(session.id, "give_back"))}>
              {words.giveBack}
            </button>
          </form>
        ) : (
          <div className="say">
            <button
              className="button primary"
              disabled={!session.live}
              onClick={() => attempt(operator.act(session.id, "take_over"))}
            >
              {words.takeOver}
            </button>
            <button
              className="button quiet"
              disabled={!session.live}
              onClick={() => attempt(operator.act(session.id, "end"))}
            >
              {words.end}
            </button>
          </div>
        )}
      </div>
    </>
  );
}

export function clock(at: string | number): string {
  const date = new Date(whenMs(at));
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString(LOCALE, { hour: "numeric", minute: "2-digit" });
}
