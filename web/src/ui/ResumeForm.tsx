import { useState } from "react";
import { AccessError, redeem } from "../realtime/access";
import type { Talk } from "../realtime/talk";
import { texts } from "../texts";
import { CodeForm } from "./CodeForm";

interface Props {
  talk: Talk;
  code: string;
  onBack: () => void;
  onKey: (sessionKey: string) => void;
}

export function ResumeForm({ talk, code, onBack, onKey }: Props) {
  const words = texts.resume;
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const go = (given: string) => {
    setBusy(true);
    redeem(given)
      .then(onKey)
      .catch((failed: unknown) => {
        setBusy(false);
        const { code: why, status } = failed instanceof AccessError ? failed : new AccessError("away");
        if (status === 401) talk.keyRefused();
        setError(status === 429 ? words.tooMany : why === "unknown_resume_code" ? words.unknown : words.away);
      });
  };
  return (
    <CodeForm
      heading={words.heading}
      lead={words.lead}
      label={words.label}
      go={words.go}
      error={error}
      busy={busy}
      initial={code}
      digits
      onGo={go}
      foot={
        <>
          <p className="fine">{words.identity}</p>
          <button type="button" className="link" onClick={onBack}>
            {words.back}
          </button>
        </>
      }
    />
  );
}
