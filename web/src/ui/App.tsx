import { useEffect, useState, useSyncExternalStore } from "react";
import type { Talk } from "../realtime/talk";
import { texts } from "../texts";
import { Conversation } from "./Conversation";
import { Pairing } from "./Pairing";
import { Moved } from "./Moved";
import { Receipt } from "./Receipt";
import { resumeCodeIn } from "./resume-link";
import { ResumeForm } from "./ResumeForm";
import { Welcome } from "./Welcome";

export function App({ talk }: { talk: Talk }) {
  const view = useSyncExternalStore(talk.subscribe, talk.snapshot);
  const [code, setCode] = useState(() => resumeCodeIn(location.hash));
  const [resuming, setResuming] = useState(code !== null);
  useEffect(() => {
    // the code is used once: it has no place in the history of a browser
    if (code !== null) history.replaceState(null, "", location.pathname);
  }, [code]);
  useEffect(() => {
    // an address with a code that is opened where the page is open already
    const look = () => {
      const given = resumeCodeIn(location.hash);
      if (given === null) return;
      setCode(given);
      setResuming(true);
    };
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  useEffect(() => {
    // browsers let a page sound only from a touch or a key on
    const unlock = () => {
      if (talk.snapshot().phase === "talking" && talk.snapshot().settings.sound) void talk.unlock();
    };
    window.addEventListener("pointerup", unlock);
    window.addEventListener("keyup", unlock);
    return () => {
      window.removeEventListener("pointerup", unlock);
      window.removeEventListener("keyup", unlock);
    };
  }, [talk]);
  if (view.phase === "loading") return null;
  if (view.phase === "away") return <Away onRetry={() => void talk.start()} />;
  if (view.phase === "pairing") return <Pairing talk={talk} view={view} />;
  if (resuming) {
    const back = () => {
      setResuming(false);
      setCode(null);
    };
    return (
      <ResumeForm
        key={code}
        talk={talk}
        code={code ?? ""}
        onBack={back}
        onKey={(key) => {
          back();
          talk.resume(key);
        }}
      />
    );
  }
  if (view.phase === "welcome") return <Welcome talk={talk} onResume={() => setResuming(true)} />;
  if (view.phase === "moved") return <Moved talk={talk} view={view} />;
  if (view.phase === "receipt") return <Receipt talk={talk} view={view} />;
  return <Conversation talk={talk} view={view} />;
}

function Away({ onRetry }: { onRetry: () => void }) {
  useEffect(() => {
    const timer = setInterval(onRetry, 3000);
    return () => clearInterval(timer);
  }, [onRetry]);
  return (
    <main className="screen">
      <div className="panel" role="status">
        <h1>{texts.away.heading}</h1>
        <p className="lead">{texts.away.lead}</p>
        <button className="button primary" onClick={onRetry}>
          {texts.away.retry}
        </button>
      </div>
    </main>
  );
}
