import { useState } from "react";
import { AccessError, clientSecret, forgetKey, pair, rememberAccessKey } from "../realtime/access";
import type { Talk, View } from "../realtime/talk";
import { texts } from "../texts";
import { CodeForm } from "./CodeForm";

export function Pairing({ talk, view }: { talk: Talk; view: View }) {
  const words = texts.pairing;
  const [error, setError] = useState<string | null>(view.keyRefused ? words.refused : null);
  const [busy, setBusy] = useState(false);
  const [name, setName] = useState("");
  const [withKey, setWithKey] = useState(false);
  const attempt = (doing: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    doing()
      .then(() => talk.paired())
      .catch((failed: unknown) => setError(explained(failed)))
      .finally(() => setBusy(false));
  };
  if (view.server?.pairing !== true || withKey) {
    return (
      <CodeForm
        heading={words.keyHeading}
        lead={words.keyLead}
        label={words.key}
        go={words.keyGo}
        error={error}
        busy={busy}
        digits={false}
        onGo={(key) =>
          attempt(async () => {
            rememberAccessKey(key);
            await clientSecret(view.sessionKey).catch((failed: unknown) => {
              forgetKey();
              throw failed;
            });
          })
        }
      />
    );
  }
  const { fingerprint } = view.server;
  return (
    <CodeForm
      heading={words.heading}
      lead={words.lead}
      label={words.code}
      go={words.go}
      error={error}
      busy={busy}
      digits
      onGo={(code) => attempt(() => pair(code, name.trim() || words.namePlaceholder))}
      foot={
        <>
          <button type="button" className="link" onClick={() => setWithKey(true)}>
            {words.useKey}
          </button>
          {fingerprint !== null && (
            <details className="fine">
              <summary>{words.fingerprint}</summary>
              <code className="fingerprint">{fingerprint.match(/.{1,4}/g)?.join(" ")}</code>
            </details>
          )}
        </>
      }
    >
      <label htmlFor="device-name">{words.name}</label>
      <input
        id="device-name"
        className="text-input"
        autoComplete="off"
        maxLength={60}
        value={name}
        placeholder={words.namePlaceholder}
        onChange={(event) => setName(event.target.value)}
      />
    </CodeForm>
  );
}

function explained(failed: unknown): string {
  const words = texts.pairing;
  if (!(failed instanceof AccessError)) return words.failed;
  if (failed.status === 429) return words.tooMany;
  if (failed.code === "away") return words.away;
  if (failed.code === "wrong_pairing_code") return words.wrong;
  return failed.status === 401 ? words.keyWrong : words.failed;
}
