/**
 * What the page shows of a conversation, as a pure function of what happens: `next(conversation, happening)`.
 *
 * | activity  | means                                     |
 * |-----------|-------------------------------------------|
 * | ready     | the customer's turn                       |
 * | hearing   | the server hears the customer speak       |
 * | thinking  | a turn has ended and its answer is coming |
 *
 * Whether a reply sounds just now is the loudspeaker's to say, and not kept here.
 */
import { cardOf, type Card } from "../cards/cards";
import type { Expecting, Fields, Item, ServerEvent, Source } from "./events";

export type Activity = "ready" | "hearing" | "thinking";

export interface Said {
  kind: "said";
  id: string;
  who: "customer" | "desk" | "person";
  agent: string | null;
  text: string;
  done: boolean;
  /** The customer spoke over it: `text` is what was heard of it. */
  cut: boolean;
  response: string | null;
  sources: Source[];
}

export interface Shown {
  kind: "card";
  id: string;
  card: Card;
  response: string;
}

export type Note =
  | { kind: "note"; id: string; note: "agent"; agent: string }
  | { kind: "note"; id: string; note: "person"; name: string | null }
  | { kind: "note"; id: string; note: "ticket"; ticket: string }
  | { kind: "note"; id: string; note: "lost" | "not_heard" | "back" | "agents" | "resumed" | "not_sent" }
  | { kind: "note"; id: string; note: "refused"; message: string };

export type Entry = Said | Shown | Note;

/** A change that was written, for the receipt. */
export interface Change {
  id: string;
  kind: string;
  code: string | null;
  details: Fields;
}

export interface Conversation {
  entries: Entry[];
  agent: string | null;
  /** A person of the branch answers in place of the agents. */
  person: boolean;
  engine: string | null;
  activity: Activity;
  responding: string | null;
  expecting: Expecting | null;
  changes: Change[];
  tickets: string[];
  /** A code was given: whoever enters it takes the conversation along. */
  leaving: boolean;
  /** Sources that came before the words they belong to, by response. */
  early: Record<string, Source[]>;
  /** Items of the customer that were said while something secret was asked for. */
  secret: string[];
}

export const EMPTY: Conversation = {
  entries: [],
  agent: null,
  person: false,
  engine: null,
  activity: "ready",
  responding: null,
  expecting: null,
  changes: [],
  tickets: [],
  leaving: false,
  early: {},
  secret: [],
};

/** What happens besides the server's events. */
export type Happening =
  | { type: "page.typed"; id: string; text: string }
  | { type: "page.connected"; again: boolean }
  | { type: "page.resumed" }
  | { type: "page.code_given" }
  | { type: "page.lost" }
  | ServerEvent;

const HIDDEN = "••••";
const LONGEST = 400;
/** Code of the error that says that another window holds the conversation, and this one may listen only. */
export const LISTENING = "listening_only";
/** The passage that a spoken code to go on elsewhere rests on. */
const RESUME_CODE = "resume code";
/** Notes that say the same however often they come. */
const ONCE = new Set(["lost", "back", "not_sent"]);
/** Errors about something that has settled itself meanwhile. */
const HARMLESS = new Set([
  "response_cancel_not_active",
  "conversation_already_has_active_response",
  "item_not_found",
  "input_audio_buffer_commit_empty",
]);

export function next(was: Conversation, event: Happening): Conversation {
  switch (event.type) {
    case "page.typed":
      return typed(was, event.id, event.text);
    case "page.connected":
      return event.again && was.entries.length > 0 ? noted(was, { kind: "note", id: noteId(was), note: "back" }) : was;
    case "page.resumed":
      return noted(was, { kind: "note", id: noteId(was), note: "resumed" });
    case "page.code_given":
      return { ...was, leaving: true };
    case "page.lost":
      return lost(was);
    case "input_audio_buffer.speech_started":
      return { ...was, activity: "hearing", secret: remembered(was, event.item_id) };
    case "input_audio_buffer.speech_stopped":
      return { ...was, activity: "thinking" };
    case "conversation.item.input_audio_transcription.delta":
      return heard(was, event.item_id, (text) => text + event.delta, false);
    case "conversation.item.input_audio_transcription.completed":
      return heard(was, event.item_id, () => event.transcript.trim(), true);
    case "conversation.item.input_audio_transcription.failed":
      return noted(heard(was, event.item_id, () => "", true), { kind: "note", id: noteId(was), note: "not_heard" });
    case "conversation.item.truncated":
      return changed(was, event.item_id, (said) => ({ ...said, cut: true, done: true }));
    case "conversation.item.retrieved":
      return retrieved(was, event.item);
    case "response.created":
      return { ...was, activity: "thinking", responding: event.response.id, expecting: null };
    case "response.output_item.added":
      return event.item.type === "message" ? spoken(was, event.response_id, event.item.id) : was;
    case "response.output_audio_transcript.delta":
    case "response.output_text.delta":
      return changed(spoken(was, event.response_id, event.item_id), event.item_id, (said) => ({
        ...said,
        text: said.text + event.delta,
      }));
    case "response.output_audio_transcript.done":
      return finished(was, event.item_id, event.transcript);
    case "response.output_text.done":
      return finished(was, event.item_id, event.text);
    case "response.done":
      return answered(was, event.response.id, event.response.status);
    case "error":
      return refused(was, event.error.code, event.error.message);
    case "extension.agent_changed":
      return handedOver(was, event.previous, event.agent);
    case "extension.tool_call": {
      const card = cardOf(event.result);
      return card === null ? was : added(was, { kind: "card", id: event.call_id, card, response: event.response_id });
    }
    case "extension.sources":
      return grounded(was, event.response_id, event.sources);
    case "extension.booking_changed":
      return written(was, event);
    case "extension.handoff": {
      const ticket = String(event.ticket);
      if (was.tickets.includes(ticket)) return was;
      const told = noted(was, { kind: "note", id: noteId(was), note: "ticket", ticket });
      return { ...told, tickets: [...was.tickets, ticket] };
    }
    case "extension.expecting": {
      const { asks, secret, choices, quote } = event;
      // a conversation that was begun elsewhere has an agent that nothing else names
      return { ...was, agent: was.agent ?? event.agent, expecting: { asks, secret, choices, quote } };
    }
    case "extension.person":
      return attended(was, event.active, event.name);
    case "extension.engine_changed":
      return { ...was, engine: event.engine };
    default:
      return was;
  }
}

function typed(was: Conversation, id: string, text: string): Conversation {
  const shown = was.expecting?.secret === true ? HIDDEN : text;
  const said: Said = { ...blank(id, "customer"), text: shown, done: true };
  return { ...added(was, said), activity: "thinking", expecting: null };
}

function heard(was: Conversation, id: string, change: (text: string) => string, done: boolean): Conversation {
  const there = was.entries.find((entry): entry is Said => entry.kind === "said" && entry.id === id);
  const secret = was.secret.includes(id);
  const text = change(secret ? "" : (there?.text ?? ""));
  const idle = done && text === "" && was.responding === null;
  const activity: Activity = idle ? "ready" : was.activity;
  if (text === "") return { ...was, activity, entries: was.entries.filter((entry) => entry !== there) };
  const said: Said = { ...(there ?? blank(id, "customer")), text: secret ? hidden(text) : text, done };
  const entries = there ? was.entries.map((entry) => (entry === there ? said : entry)) : limited([...was.entries, said]);
  return { ...was, activity, entries, expecting: done ? null : was.expecting };
}

/** Digits, and digits as words, are what a secret is made of; other words may be shown. */
function hidden(text: string): string {
  const secret = /\d|\b(zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|double|triple)\b/i;
  return secret.test(text) ? HIDDEN : text;
}

function remembered(was: Conversation, id: string): string[] {
  return was.expecting?.secret === true ? [...was.secret.slice(-20), id] : was.secret;
}

function spoken(was: Conversation, response: string, id: string): Conversation {
  if (was.entries.some((entry) => entry.id === id)) return was;
  const who = was.person ? "person" : "desk";
  const said: Said = { ...blank(id, who), agent: was.agent, response, sources: was.early[response] ?? [] };
  const { [response]: _taken, ...early } = was.early;
  // what the tools showed stands behind the words about it
  const at = was.entries.findIndex((entry) => entry.kind === "card" && entry.response === response);
  const entries = at < 0 ? [...was.entries, said] : [...was.entries.slice(0, at), said, ...was.entries.slice(at)];
  return { ...was, early, entries: limited(entries) };
}

function finished(was: Conversation, id: string, text: string): Conversation {
  return changed(was, id, (said) => ({ ...said, text: text.trim() || said.text, done: true }));
}

function retrieved(was: Conversation, item: Item): Conversation {
  const words = (item.content ?? []).map((part) => part.transcript ?? part.text ?? "").join(" ").trim();
  const kept = changed(was, item.id, (said) => (said.cut ? { ...said, text: words } : said));
  return { ...kept, entries: kept.entries.filter((entry) => entry.kind !== "said" || !entry.cut || entry.text !== "") };
}

function answered(was: Conversation, response: string, status: string): Conversation {
  if (was.responding !== response && was.responding !== null) return was;
  const entries = was.entries
    .map((entry) => (entry.kind === "said" && entry.response === response ? { ...entry, done: true } : entry))
    .filter((entry) => entry.kind !== "said" || entry.response !== response || entry.text !== "");
  const over: Conversation = {
    ...was,
    entries,
    responding: null,
    activity: was.activity === "hearing" ? "hearing" : "ready",
  };
  return status === "failed" ? noted(over, { kind: "note", id: noteId(over), note: "lost" }) : over;
}

function lost(was: Conversation): Conversation {
  const waited = was.responding !== null || was.activity === "thinking";
  const entries = was.entries
    .map((entry) => (entry.kind === "said" && !entry.done ? { ...entry, done: true, cut: entry.who !== "customer" } : entry))
    .filter((entry) => entry.kind !== "said" || entry.text !== "");
  const over: Conversation = { ...was, entries, responding: null, activity: "ready" };
  return waited ? noted(over, { kind: "note", id: noteId(over), note: "lost" }) : over;
}

function refused(was: Conversation, code: string | null, message: string): Conversation {
  if (code !== null && HARMLESS.has(code)) return was;
  const activity: Activity = was.responding === null ? "ready" : was.activity;
  if (code === LISTENING) return noted({ ...was, activity }, { kind: "note", id: noteId(was), note: "not_sent" });
  return noted({ ...was, activity }, { kind: "note", id: noteId(was), note: "refused", message });
}

function handedOver(was: Conversation, previous: string | null, agent: string): Conversation {
  if (agent === was.agent) return was;
  const now = { ...was, agent };
  return previous === null ? now : noted(now, { kind: "note", id: noteId(was), note: "agent", agent });
}

function attended(was: Conversation, active: boolean, name: string | null): Conversation {
  if (active === was.person) return was;
  const now: Conversation = { ...was, person: active, expecting: null };
  const id = noteId(was);
  return noted(now, active ? { kind: "note", id, note: "person", name } : { kind: "note", id, note: "agents" });
}

function grounded(before: Conversation, response: string, sources: Source[]): Conversation {
  const leaving = before.leaving || sources.some(({ id }) => id === RESUME_CODE);
  const was = leaving === before.leaving ? before : { ...before, leaving };
  const shown = sources.filter((source) => !source.id.startsWith("quote:"));
  if (shown.length === 0) return was;
  const there = was.entries.some((entry) => entry.kind === "said" && entry.response === response);
  if (!there) {
    return { ...was, early: { ...was.early, [response]: [...(was.early[response] ?? []), ...shown] } };
  }
  const entries = was.entries.map((entry) =>
    entry.kind === "said" && entry.response === response ? { ...entry, sources: [...entry.sources, ...shown] } : entry,
  );
  return { ...was, entries };
}

function written(was: Conversation, event: Extract<ServerEvent, { type: "extension.booking_changed" }>): Conversation {
  const change: Change = { id: event.event_id, kind: event.kind, code: event.code, details: event.details };
  const card: Card = { kind: "done", change: event.kind, code: event.code, fields: event.details };
  const shown = added(was, { kind: "card", id: event.event_id, card, response: event.response_id });
  return { ...shown, changes: [...was.changes, change] };
}

function blank(id: string, who: Said["who"]): Said {
  return { kind: "said", id, who, agent: null, text: "", done: false, cut: false, response: null, sources: [] };
}

function changed(was: Conversation, id: string, change: (said: Said) => Said): Conversation {
  const entries = was.entries.map((entry) => (entry.kind === "said" && entry.id === id ? change(entry) : entry));
  return { ...was, entries };
}

function added(was: Conversation, entry: Entry): Conversation {
  if (was.entries.some((there) => there.id === entry.id)) return was;
  return { ...was, entries: limited([...was.entries, entry]) };
}

function noted(was: Conversation, note: Note): Conversation {
  const before = was.entries.at(-1);
  const again = before?.kind === "note" && before.note === note.note && ONCE.has(note.note);
  return again ? was : added(was, note);
}

function noteId(was: Conversation): string {
  const last = was.entries.reduce((most, entry) => {
    const found = /^note-(\d+)$/.exec(entry.id);
    return found ? Math.max(most, Number(found[1])) : most;
  }, 0);
  return `note-${last + 1}`;
}

function limited(entries: Entry[]): Entry[] {
  return entries.length > LONGEST ? entries.slice(-LONGEST) : entries;
}
