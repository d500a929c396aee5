/** What stays on the device: the conversation as long as its tab, the settings as long as the browser keeps them. */
import { EMPTY, next, type Conversation } from "./conversation";

export interface Settings {
  /** Replies are spoken; without it they are read. */
  sound: boolean;
  /** Push to talk. */
  hold: boolean;
  microphone: string | null;
  loudspeaker: string | null;
  /** Several people use this device: a conversation that nobody goes on with is wiped. */
  shared: boolean;
}

export interface Kept {
  key: string;
  conversation: Conversation;
}

const CONVERSATION = "lobby.conversation";
const SETTINGS = "lobby.settings";
const USUAL: Settings = { sound: true, hold: false, microphone: null, loudspeaker: null, shared: true };

export function keepConversation(kept: Kept | null): void {
  if (kept === null) sessionStorage.removeItem(CONVERSATION);
  else sessionStorage.setItem(CONVERSATION, JSON.stringify(kept));
}

export function keptConversation(): Kept | null {
  const kept = parsed(sessionStorage.getItem(CONVERSATION));
  if (typeof kept !== "object" || kept === null || !("key" in kept) || !("conversation" in kept)) return null;
  const { key, conversation } = kept as Kept;
  if (typeof key !== "string" || !Array.isArray(conversation.entries)) return null;
  // what was under way when the page was left does not come any more
  return { key, conversation: next({ ...EMPTY, ...conversation }, { type: "page.lost" }) };
}

export function keepSettings(settings: Settings): void {
  localStorage.setItem(SETTINGS, JSON.stringify(settings));
}

export function keptSettings(): Settings {
  const kept = parsed(localStorage.getItem(SETTINGS));
  return typeof kept === "object" && kept !== null ? { ...USUAL, ...kept } : USUAL;
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
