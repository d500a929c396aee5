import { useEffect, useState } from "react";
import { resumeCode, type ResumeCode } from "../realtime/access";
import { LOCALE, texts } from "../texts";
import { Dialog } from "./Dialog";
import { QrCode } from "./QrCode";
import { resumeLink } from "./resume-link";

/** A code, and a picture of it, with which another device goes on with this conversation. */
export function Move({ sessionKey, onClose }: { sessionKey: string; onClose: () => void }) {
  const words = texts.move;
  const [code, setCode] = useState<ResumeCode | "failed" | null>(null);
  useEffect(() => {
    let wanted = true;
    resumeCode(sessionKey).then(
      (given) => wanted && setCode(given),
      () => wanted && setCode("failed"),
    );
    return () => {
      wanted = false;
    };
  }, [sessionKey]);
  return (
    <Dialog heading={words.heading} onClose={onClose}>
      {code === "failed" && <p role="alert">{words.unavailable}</p>}
      {code !== null && code !== "failed" && (
        <>
          <p>{words.lead}</p>
          <QrCode text={resumeLink(location.origin, code.code)} label={words.picture} />
          <p className="big-code">{`${code.code.slice(0, 3)} ${code.code.slice(3)}`}</p>
          {code.expiresAt > 0 && <p className="fine centred">{words.expires(clock(code.expiresAt))}</p>}
        </>
      )}
      <div className="dialog-actions">
        <button className="button primary" onClick={onClose}>
          {words.close}
        </button>
      </div>
    </Dialog>
  );
}

function clock(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toLocaleTimeString(LOCALE, { hour: "numeric", minute: "2-digit" });
}
