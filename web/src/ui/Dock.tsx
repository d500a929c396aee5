import { useEffect, useRef, useState } from "react";
import type { Talk, View } from "../realtime/talk";
import { texts } from "../texts";
import { Answers } from "./Answers";
import { MicIcon, MicOffIcon, SendIcon, StopIcon } from "./icons";
import { PinPad } from "./PinPad";

/** Everything that the customer acts with: the microphone, the answers that fit, the keyboard. */
export function Dock({ talk, view }: { talk: Talk; view: View }) {
  const { expecting } = view.conversation;
  const secret = expecting?.secret === true;
  return (
    <section className="dock" aria-label={texts.compose.label}>
      {expecting !== null && !secret && <Answers talk={talk} expecting={expecting} />}
      {secret && <PinPad onPin={(pin) => talk.say(pin)} />}
      <p className={`status ${mood(view)}`} role="status">
        {statusText(view)}
      </p>
      <div className="dock-row">
        <MicButton talk={talk} view={view} />
        {!secret && <Compose talk={talk} />}
        {view.playing && (
          <button
            className="icon-button stop"
            onClick={() => void talk.interrupt(true)}
            aria-label={texts.microphone.stop}
            title={texts.microphone.stop}
          >
            <StopIcon />
          </button>
        )}
      </div>
    </section>
  );
}

function MicButton({ talk, view }: { talk: Talk; view: View }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(
    () =>
      talk.voice.watchLevel((level) => {
        // a quiet voice has about 0.02, a loud one 0.2
        const shown = Math.min(1, Math.sqrt(level * 5));
        button.current?.style.setProperty("--level", shown.toFixed(2));
      }),
    [talk],
  );
  const { microphone, settings } = view;
  const open = microphone === "on" || microphone === "held";
  const holds = settings.hold && open;
  const words = texts.microphone;
  const label = microphone === "starting" ? words.starting : holds ? words.hold : open ? words.on : words.off;
  const hold = {
    onPointerDown: (event: React.PointerEvent<HTMLButtonElement>) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      talk.press();
    },
    onPointerUp: () => talk.voice.release(),
    onPointerCancel: () => talk.voice.release(),
    onContextMenu: (event: React.MouseEvent) => event.preventDefault(),
    onKeyDown: (event: React.KeyboardEvent) => {
      if ((event.key === " " || event.key === "Enter") && !event.repeat) {
        event.preventDefault();
        talk.press();
      }
    },
    onKeyUp: (event: React.KeyboardEvent) => {
      if (event.key === " " || event.key === "Enter") talk.voice.release();
    },
    onBlur: () => talk.voice.release(),
  };
  const toggle = { onClick: () => (open ? talk.voice.closeMicrophone() : void talk.openMicrophone()) };
  return (
    <button
      ref={button}
      className={`mic ${open ? "on" : "off"} ${mood(view)}${microphone === "held" ? " held" : ""}`}
      aria-label={label}
      aria-pressed={holds ? microphone === "held" : open}
      title={label}
      disabled={microphone === "starting"}
      {...(holds ? hold : toggle)}
    >
      <span className="mic-ring" aria-hidden="true" />
      {open ? <MicIcon /> : <MicOffIcon />}
    </button>
  );
}

function Compose({ talk }: { talk: Talk }) {
  const [words, setWords] = useState("");
  return (
    <form
      className="compose"
      onSubmit={(event) => {
        event.preventDefault();
        talk.say(words);
        setWords("");
      }}
    >
      <label className="visually-hidden" htmlFor="message">
        {texts.compose.label}
      </label>
      <input
        id="message"
        value={words}
        placeholder={texts.compose.placeholder}
        autoComplete="off"
        enterKeyHint="send"
        maxLength={2000}
        onChange={(event) => setWords(event.target.value)}
      />
      <button className="icon-button send" type="submit" aria-label={texts.compose.send} disabled={words.trim() === ""}>
        <SendIcon />
      </button>
    </form>
  );
}

type Mood = "quiet" | "ready" | "hearing" | "thinking" | "speaking";

function mood(view: View): Mood {
  if (view.line !== "live") return "quiet";
  if (view.conversation.activity === "hearing" || view.microphone === "held") return "hearing";
  if (view.playing) return "speaking";
  if (view.conversation.activity === "thinking") return "thinking";
  return view.microphone === "on" ? "ready" : "quiet";
}

function statusText(view: View): string {
  const words = texts.status;
  if (view.line === "connecting") return words.connecting;
  if (view.line !== "live") return "";
  switch (mood(view)) {
    case "hearing":
      return view.microphone === "held" ? words.held : words.hearing;
    case "speaking":
      return view.microphone === "on" ? words.speaking : words.speakingMuted;
    case "thinking":
      return view.conversation.person ? words.person : words.thinking;
    default:
      if (view.conversation.person) return words.person;
      if (view.microphone === "on") return view.settings.hold ? words.readyHold : words.ready;
      return view.microphoneTrouble === null ? words.readyMuted : words.readyText;
  }
}
