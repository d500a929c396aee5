import { useState } from "react";
import { AccessError, redeem } from "../realtime/access";
import { texts } from "../texts";
import { CodeForm } from "./CodeForm";

interface Props {
  code: string;
  onBack: () => void;
  onKey: (sessionKey: string) => void;
}

export function ResumeForm({ code, onBack, onKey }: Props) {
  const words = texts.resume;
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const go = (given: string) => {
    setBusy(true);
    redeem(given)
      .then(onKey)
      .catch((failed: unknown) => {
        setBusy(false);
        const away = failed instanceof AccessError && failed.code === "away";
        const tooMany = failed instanceof AccessError && failed.status === 429;
        setError(away ? words.away : tooMany ? words.tooMany : words.unknown);
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
