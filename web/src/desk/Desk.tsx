import { useEffect, useMemo, useState } from "react";
import { texts } from "../texts";
import { Brand } from "../ui/Brand";
import { CodeForm } from "../ui/CodeForm";
import { LatencyView } from "./LatencyView";
import { Operator, OperatorError } from "./operator";
import { Recordings } from "./Recordings";
import { Sessions } from "./Sessions";
import { StatusView } from "./StatusView";
import "../styles/talk.css";
import "./desk.css";

const KEY = "lobby.operator-key";
type Tab = "sessions" | "latency" | "recordings" | "status";
const TABS: Tab[] = ["sessions", "latency", "recordings", "status"];

/** The supervisor's screen, behind the operator key. */
export default function Desk() {
  const words = texts.desk;
  const [key, setKey] = useState(() => sessionStorage.getItem(KEY));
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = words.title;
  }, [words.title]);
  const out = (why: string | null) => {
    sessionStorage.removeItem(KEY);
    setKey(null);
    setError(why);
  };
  const enter = (given: string) => {
    setBusy(true);
    new Operator(given)
      .status()
      .then(() => {
        sessionStorage.setItem(KEY, given);
        setError(null);
        setKey(given);
      })
      .catch((failed: unknown) => setError(explained(failed)))
      .finally(() => setBusy(false));
  };
  if (key === null) {
    return (
      <CodeForm
        heading={words.keyHeading}
        lead={words.keyLead}
        label={words.key}
        go={words.keyGo}
        error={error}
        busy={busy}
        digits={false}
        onGo={enter}
      />
    );
  }
  return <Board operatorKey={key} onOut={out} />;
}

function explained(failed: unknown): string {
  const words = texts.desk;
  if (!(failed instanceof OperatorError)) return words.away;
  if (failed.status === 401 || failed.status === 403) return words.keyWrong;
  return failed.status === 404 ? words.off : failed.message;
}

function Board({ operatorKey, onOut }: { operatorKey: string; onOut: (why: string | null) => void }) {
  const words = texts.desk;
  const operator = useMemo(() => new Operator(operatorKey), [operatorKey]);
  const [tab, setTab] = useState<Tab>("sessions");
  const refused = (failed: unknown) => {
    if (failed instanceof OperatorError && failed.status === 401) onOut(words.keyWrong);
  };
  return (
    <div className="page desk">
      <header className="top">
        <Brand />
        <h1 className="desk-title">{words.title}</h1>
        <nav aria-label={words.title} className="tabs">
          {TABS.map((name) => (
            <button key={name} aria-current={tab === name ? "page" : undefined} onClick={() => setTab(name)}>
              {words.tabs[name]}
            </button>
          ))}
        </nav>
        <button className="button quiet small" onClick={() => onOut(null)}>
          {words.out}
        </button>
      </header>
      <main className="desk-main" tabIndex={0}>
        {tab === "sessions" && <Sessions operator={operator} onRefused={refused} />}
        {tab === "latency" && <LatencyView operator={operator} onRefused={refused} />}
        {tab === "recordings" && <Recordings operator={operator} onRefused={refused} />}
        {tab === "status" && <StatusView operator={operator} onRefused={refused} />}
      </main>
    </div>
  );
}
