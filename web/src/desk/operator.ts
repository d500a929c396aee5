/** The operator's side of the server: what it answers, and how it is asked. The key stays in this tab. */

export interface SessionRow {
  id: string;
  agent: string | null;
  engine: string;
  channel: string;
  live: boolean;
  verified: boolean;
  taken_over: boolean;
  started_at: string | number;
  last_turn_at: string | number | null;
  turns: number;
}

export interface ToolUse {
  name: string;
  arguments: unknown;
  result: unknown;
  duration_ms: number;
}

export interface TranscriptEntry {
  at: string | number;
  role: "customer" | "agent" | "person";
  text: string;
  agent: string | null;
  item_id?: string | null;
  sources?: { id: string; title: string; text: string }[];
  tools?: ToolUse[];
  stages_ms?: Record<string, number>;
  /** In a recording: where it begins and ends in the sound; null: it is not in it. */
  audio_ms?: [number, number] | null;
}

export interface SessionDetail extends SessionRow {
  transcript: TranscriptEntry[];
}

export interface StageFigures {
  p50: number | null;
  p95: number | null;
  recent: number[];
}

export interface Latency {
  turns: number;
  stages: Record<string, StageFigures>;
}

export interface Status {
  version: string;
  engine: string;
  ready: boolean;
  data: { schema: unknown; sample_day: string | null } | null;
  models: { name: string; role: string; sha256: string }[];
  sessions: { live: number; store: string };
  errors: { at: string | number; message: string }[];
}

export interface RecordingRow {
  id: string;
  started_at: string | number;
  ended_at: string | number | null;
  agent: string | null;
  turns: number;
  has_audio: boolean;
}

export interface PairingCode {
  code: string;
  expires_at: number;
}

export type OperatorEvent =
  | { type: "session"; data: SessionRow }
  | { type: "turn"; data: { id: string; entry: TranscriptEntry } }
  | { type: "gone"; data: { id: string } }
  | { type: "alert"; data: { at: string | number; message: string } };

export class OperatorError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const BASE = "/v1/operator";

export class Operator {
  constructor(private readonly key: string) {}

  status(): Promise<Status> {
    return this.get("/status");
  }

  async sessions(): Promise<SessionRow[]> {
    return (await this.get<{ sessions: SessionRow[] }>("/sessions")).sessions;
  }

  session(id: string): Promise<SessionDetail> {
    return this.get(`/sessions/${encodeURIComponent(id)}`);
  }

  latency(): Promise<Latency> {
    return this.get("/latency");
  }

  async recordings(): Promise<RecordingRow[]> {
    return (await this.get<{ recordings: RecordingRow[] }>("/recordings")).recordings;
  }

  recording(id: string): Promise<{ transcript: TranscriptEntry[] }> {
    return this.get(`/recordings/${encodeURIComponent(id)}`);
  }

  /** The sound of a recording, as an address inside this page; give it back with URL.revokeObjectURL. */
  async recordingAudio(id: string): Promise<string> {
    const answer = await this.ask("GET", `/recordings/${encodeURIComponent(id)}/audio`);
    return URL.createObjectURL(await answer.blob());
  }

  async deleteRecording(id: string): Promise<void> {
    await this.ask("DELETE", `/recordings/${encodeURIComponent(id)}`);
  }

  pairingCode(): Promise<PairingCode> {
    return this.get("/pairing_code");
  }

  async newPairingCode(): Promise<PairingCode> {
    return (await (await this.ask("POST", "/pairing_code")).json()) as PairingCode;
  }

  async act(id: string, what: "take_over" | "give_back" | "end"): Promise<void> {
    await this.ask("POST", `/sessions/${encodeURIComponent(id)}/${what}`);
  }

  async say(id: string, text: string): Promise<void> {
    await this.ask("POST", `/sessions/${encodeURIComponent(id)}/say`, { text });
  }

  /** Tell every event until `signal`; ends when the server ends it. EventSource cannot show a key, so this reads it. */
  async events(tell: (event: OperatorEvent) => void, signal: AbortSignal): Promise<void> {
    const answer = await this.ask("GET", "/events", undefined, signal);
    if (answer.body === null) return;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser(tell);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.take(value);
    }
  }

  private async get<T>(path: string): Promise<T> {
    return (await (await this.ask("GET", path)).json()) as T;
  }

  private async ask(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.key}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const content = body === undefined ? null : JSON.stringify(body);
    const answer = await fetch(BASE + path, { method, headers, body: content, cache: "no-store", signal: signal ?? null });
    if (answer.ok) return answer;
    const said = (await answer.json().catch(() => null)) as { error?: { code?: string; message?: string } } | null;
    throw new OperatorError(answer.status, said?.error?.code ?? "refused", said?.error?.message ?? answer.statusText);
  }
}

/** Server-sent events from pieces of text as they come. */
export class EventParser {
  private rest = "";

  constructor(private readonly tell: (event: OperatorEvent) => void) {}

  take(piece: string): void {
    this.rest = (this.rest + piece).replaceAll("\r\n", "\n");
    for (;;) {
      const end = this.rest.indexOf("\n\n");
      if (end < 0) return;
      this.block(this.rest.slice(0, end));
      this.rest = this.rest.slice(end + 2);
    }
  }

  private block(text: string): void {
    let type = "";
    const data: string[] = [];
    for (const line of text.split("\n")) {
      const [, name, value] = /^(event|data): ?(.*)$/.exec(line) ?? [];
      if (name === "event") type = value ?? "";
      if (name === "data") data.push(value ?? "");
    }
    if (data.length === 0) return;
    try {
      this.tell({ type, data: JSON.parse(data.join("\n")) } as OperatorEvent);
    } catch {
      // a piece that is no JSON is none of ours
    }
  }
}
