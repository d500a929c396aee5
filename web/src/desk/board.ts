/** What the supervisor's screen knows, as a pure function of what the server tells. */
import type { OperatorEvent, SessionDetail, SessionRow, TranscriptEntry } from "./operator";

export interface Board {
  sessions: SessionRow[];
  /** The session that is looked at, with its transcript. */
  open: SessionDetail | null;
  alerts: { at: string | number; message: string }[];
}

export const NOTHING: Board = { sessions: [], open: null, alerts: [] };
const ALERTS = 20;

export function withEvent(was: Board, event: OperatorEvent): Board {
  switch (event.type) {
    case "session": {
      const row = event.data;
      const known = was.sessions.some((one) => one.id === row.id);
      const sessions = known ? was.sessions.map((one) => (one.id === row.id ? row : one)) : [row, ...was.sessions];
      return { ...was, sessions, open: was.open?.id === row.id ? { ...was.open, ...row } : was.open };
    }
    case "turn": {
      const { id, entry } = event.data;
      if (was.open?.id !== id) return was;
      return { ...was, open: { ...was.open, transcript: withEntry(was.open.transcript, entry) } };
    }
    case "gone": {
      const { id } = event.data;
      const open = was.open?.id === id ? { ...was.open, live: false } : was.open;
      return { ...was, open, sessions: was.sessions.filter((one) => one.id !== id) };
    }
    case "alert":
      return { ...was, alerts: [event.data, ...was.alerts].slice(0, ALERTS) };
    default:
      return was;
  }
}

/** A session as it was asked for; what was told of it while the answer was under way stays. */
export function withDetail(was: Board, detail: SessionDetail): Board {
  const before = was.open?.id === detail.id ? was.open.transcript : [];
  const known = new Set(detail.transcript.map((entry) => entry.item_id));
  const newer = before.filter((entry) => entry.item_id != null && !known.has(entry.item_id));
  return { ...was, open: { ...detail, transcript: [...detail.transcript, ...newer] } };
}

/** An entry that is told again (now whole, or cut to what was heard) takes the place of what it was. */
function withEntry(transcript: TranscriptEntry[], entry: TranscriptEntry): TranscriptEntry[] {
  const same = (one: TranscriptEntry) => entry.item_id != null && one.item_id === entry.item_id;
  return transcript.some(same) ? transcript.map((one) => (same(one) ? entry : one)) : [...transcript, entry];
}

/** Live ones first, the newest turn on top. */
export function sorted(sessions: readonly SessionRow[]): SessionRow[] {
  const last = (row: SessionRow) => new Date(whenMs(row.last_turn_at ?? row.started_at)).getTime();
  return [...sessions].sort((a, b) => Number(b.live) - Number(a.live) || last(b) - last(a));
}

/** A moment of the wire, seconds since 1970 or ISO text, in milliseconds. */
export function whenMs(at: string | number): number {
  return typeof at === "number" ? at * 1000 : Date.parse(at);
}
