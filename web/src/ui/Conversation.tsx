import { useState } from "react";
import type { Talk, View } from "../realtime/talk";
import { texts } from "../texts";
import { agentName } from "./agents";
import { Brand } from "./Brand";
import { Dialog } from "./Dialog";
import { Dock } from "./Dock";
import { Idle } from "./Idle";
import { DoneIcon, NewIcon, PhoneIcon, SettingsIcon } from "./icons";
import { Log } from "./Log";
import { Move } from "./Move";
import { SettingsDialog } from "./SettingsDialog";
import { Trouble } from "./Trouble";

type Open = "settings" | "move" | "new" | null;

export function Conversation({ talk, view }: { talk: Talk; view: View }) {
  const [open, setOpen] = useState<Open>(null);
  const words = texts.header;
  const agent = view.conversation.person ? "person" : view.conversation.agent;
  const close = () => setOpen(null);
  const leave = () => (view.conversation.entries.length > 0 ? setOpen("new") : talk.newConversation());
  return (
    <div className="page talking">
      <a className="skip" href="#log">
        {texts.skip}
      </a>
      <header className="top">
        <h1 className="visually-hidden">{texts.title}</h1>
        <Brand />
        {agent !== null && (
          <p className="agent-pill" key={agent}>
            {agentName(agent)}
          </p>
        )}
        <nav className="top-actions" aria-label={texts.title}>
          <button className="icon-button" onClick={() => setOpen("move")} aria-label={words.move} title={words.move}>
            <PhoneIcon />
          </button>
          <button
            className="icon-button"
            onClick={() => setOpen("settings")}
            aria-label={words.settings}
            title={words.settings}
          >
            <SettingsIcon />
          </button>
          <button className="icon-button" onClick={leave} aria-label={words.renew} title={words.renew}>
            <NewIcon />
          </button>
          <button className="button finish" onClick={() => talk.end()}>
            <DoneIcon />
            <span>{words.end}</span>
          </button>
        </nav>
      </header>
      <Log view={view} />
      <div className="bottom">
        <Trouble talk={talk} view={view} />
        <Dock talk={talk} view={view} />
      </div>
      {open === "settings" && <SettingsDialog talk={talk} view={view} onClose={close} />}
      {open === "move" && <Move talk={talk} view={view} onClose={close} />}
      {open === "new" && (
        <Dialog heading={texts.confirmNew.heading} onClose={close} urgent>
          <p>{texts.confirmNew.lead}</p>
          <div className="dialog-actions">
            <button className="button quiet" onClick={close}>
              {texts.confirmNew.no}
            </button>
            <button className="button primary" onClick={() => talk.newConversation()}>
              {texts.confirmNew.yes}
            </button>
          </div>
        </Dialog>
      )}
      {view.settings.shared && <Idle talk={talk} view={view} />}
    </div>
  );
}
