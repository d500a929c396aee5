import { useEffect, useRef, useState } from "react";
import type { Talk, View } from "../realtime/talk";
import { texts } from "../texts";
import { Dialog } from "./Dialog";
import { isIdle, WARNING_S } from "./idle-clock";

/** Asks who does nothing for long whether they are there, and wipes the conversation when nobody answers. */
export function Idle({ talk, view }: { talk: Talk; view: View }) {
  const [left, setLeft] = useState<number | null>(null);
  const active = useRef(Date.now());
  useEffect(() => {
    active.current = Date.now();
    setLeft(null);
  }, [view.conversation, view.playing]);
  useEffect(() => {
    const stir = () => {
      active.current = Date.now();
    };
    const timer = setInterval(() => {
      const still = isIdle(Date.now() - active.current);
      if (still === "over") talk.newConversation();
      setLeft(typeof still === "number" ? still : null);
    }, 500);
    window.addEventListener("pointerdown", stir);
    window.addEventListener("keydown", stir);
    return () => {
      clearInterval(timer);
      window.removeEventListener("pointerdown", stir);
      window.removeEventListener("keydown", stir);
    };
  }, [talk]);
  if (left === null) return null;
  const stay = () => {
    active.current = Date.now();
    setLeft(null);
  };
  return (
    <Dialog heading={texts.idle.heading} onClose={stay} urgent>
      <p>{texts.idle.lead(Math.min(left, WARNING_S))}</p>
      <div className="dialog-actions">
        <button className="button quiet" onClick={() => talk.newConversation()}>
          {texts.idle.wipe}
        </button>
        <button className="button primary" onClick={stay}>
          {texts.idle.stay}
        </button>
      </div>
    </Dialog>
  );
}
