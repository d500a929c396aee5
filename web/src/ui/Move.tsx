import { useEffect, useState } from "react";
import { AccessError, resumeCode, type ResumeCode } from "../realtime/access";
import type { Talk, View } from "../realtime/talk";
import { LOCALE, texts } from "../texts";
import { Dialog } from "./Dialog";
import { QrCode } from "./QrCode";
import { resumeLink } from "./resume-link";

/** A code, and a picture of it, with which another device goes on with this conversation. */
export function Move({ talk, view, onClose }: { talk: Talk; view: View; onClose: () => void }) {
  const words = texts.move;
  const { sessionKey } = view;
  const [asked, setAsked] = useState(0);
  const [code, setCode] = useState<ResumeCode | "failed" | "over" | null>(null);
  useEffect(() => {
    let wanted = true;
    setCode(null);
    resumeCode(sessionKey).then(
      (given) => {
        talk.codeGiven();
        if (wanted) setCode(given);
      },
      (failed: unknown) => {
        if (failed instanceof AccessError && failed.status === 401) talk.keyRefused();
        if (wanted) setCode("failed");
      },
    );
    return () => {
      wanted = false;
    };
  }, [talk, sessionKey, asked]);
  const expires = code !== null && typeof code !== "string" ? code.expiresAtMs : null;
  useEffect(() => {
    if (expires === null) return;
    const timer = setTimeout(() => setCode("over"), Math.max(0, expires - Date.now()));
    return () => clearTimeout(timer);
  }, [expires]);
  return (
    <Dialog heading={words.heading} onClose={onClose}>
      {code === "failed" && <p role="alert">{words.unavailable}</p>}
      {code === "over" && <p role="alert">{words.over}</p>}
      {code !== null && typeof code !== "string" && <Code code={code} address={view.server?.address ?? null} />}
      <div className="dialog-actions">
        {typeof code === "string" && (
          <button className="button primary" onClick={() => setAsked(asked + 1)}>
            {words.another}
          </button>
        )}
        <button className={`button ${typeof code === "string" ? "quiet" : "primary"}`} onClick={onClose}>
          {words.close}
        </button>
      </div>
    </Dialog>
  );
}

function Code({ code, address }: { code: ResumeCode; address: string | null }) {
  const words = texts.move;
  const link = resumeLink(location.origin, address, code.code);
  return (
    <>
      <p>{link === null ? words.leadTyped : words.lead}</p>
      {link !== null && <QrCode text={link} label={words.picture} />}
      <p className="big-code">{`${code.code.slice(0, 3)} ${code.code.slice(3)}`}</p>
      <p className="fine centred">{words.expires(clock(code.expiresAtMs))}</p>
    </>
  );
}

function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString(LOCALE, { hour: "numeric", minute: "2-digit" });
}
