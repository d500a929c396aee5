import { useEffect, useRef, useState } from "react";
import { texts } from "../texts";
import { DeleteIcon } from "./icons";

const LONGEST = 8;
const USUAL = 4;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Digits that nobody can read over a shoulder. Keys of a keyboard work too. */
export function PinPad({ onPin }: { onPin: (pin: string) => void }) {
  const words = texts.expecting;
  const [pin, setPin] = useState("");
  const pad = useRef<HTMLFormElement>(null);
  useEffect(() => pad.current?.focus(), []);
  const press = (digit: string) => setPin((was) => (was + digit).slice(0, LONGEST));
  const erase = () => setPin((was) => was.slice(0, -1));
  const send = () => {
    if (pin === "") return;
    onPin(pin);
    setPin("");
  };
  return (
    <form
      ref={pad}
      className="pin"
      tabIndex={-1}
      aria-label={words.pinHeading}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (/^\d$/.test(event.key)) press(event.key);
        else if (event.key === "Backspace") erase();
        else if (event.key === "Enter" && event.target === pad.current) send();
      }}
    >
      <div className="pin-head">
        <p className="pin-title">{words.pinHeading}</p>
        <p className="fine">{words.pinLead}</p>
        <p className="pin-dots" role="status">
          <span className="visually-hidden">{words.pinFilled(pin.length)}</span>
          {Array.from({ length: Math.max(USUAL, pin.length) }, (_, at) => (
            <span key={at} className={at < pin.length ? "filled" : ""} aria-hidden="true" />
          ))}
        </p>
      </div>
      <div className="pin-keys">
        {KEYS.map((digit) => (
          <button key={digit} type="button" onClick={() => press(digit)}>
            {digit}
          </button>
        ))}
        <button type="button" onClick={erase} aria-label={words.pinDelete} disabled={pin === ""}>
          <DeleteIcon />
        </button>
        <button type="button" onClick={() => press("0")}>
          0
        </button>
        <button type="submit" className="pin-send" disabled={pin.length < USUAL}>
          {words.pinSend}
        </button>
      </div>
    </form>
  );
}
