/**
 * The line to the server: one WebSocket at a time, opened again when it is lost.
 *
 * | state      | event                         | next       |
 * |------------|-------------------------------|------------|
 * | closed     | `open`                        | connecting |
 * | connecting | the server accepts            | live       |
 * | connecting | it does not                   | waiting    |
 * | connecting | it refuses the key            | refused    |
 * | live       | the socket closes             | waiting    |
 * | live       | it closes with 4001           | elsewhere  |
 * | waiting    | the wait is over, or `retry`  | connecting |
 * | any        | `close`                       | closed     |
 *
 * `elsewhere`: another page took the session over; opening it again is the customer's choice, or two pages would fight.
 */
import { AccessError } from "./access";
import { waitMs } from "./backoff";
import { parseEvent, type ServerEvent } from "./events";

export type LineState = "closed" | "connecting" | "live" | "waiting" | "refused" | "elsewhere";
export type Trouble = "away" | "loading" | "draining" | "busy" | null;

const TAKEN_OVER = 4001;
/** Bytes that may wait in the socket before microphone audio is dropped rather than sent late. */
const AUDIO_BACKLOG = 200_000;
const OPEN_MS = 8000;

export interface LineEnds {
  state: (state: LineState, trouble: Trouble, retryInMs: number) => void;
  event: (event: ServerEvent) => void;
  /** A key for a connection, null for none. Throws AccessError. */
  secret: (sessionKey: string) => Promise<string | null>;
  readiness: () => Promise<"ready" | "loading" | "draining" | "away">;
}

export class Line {
  private socket: WebSocket | null = null;
  private current: LineState = "closed";
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts attempts, so that what an earlier one still has to say is not listened to. */
  private attempt = 0;
  private key = "";

  constructor(
    private readonly ends: LineEnds,
    private readonly base = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`,
  ) {}

  get state(): LineState {
    return this.current;
  }

  open(sessionKey: string): void {
    this.key = sessionKey;
    this.failures = 0;
    void this.connect();
  }

  close(): void {
    this.drop();
    this.enter("closed");
  }

  /** Try now, whatever wait is left. */
  retry(): void {
    if (this.current === "waiting") void this.connect();
  }

  /** The network is gone: do not wait for the socket to notice. */
  lost(): void {
    if (this.current !== "live" && this.current !== "connecting") return;
    this.drop();
    this.wait("away");
  }

  send(event: object): boolean {
    if (this.current !== "live" || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(event));
    return true;
  }

  /** Send microphone audio (base64), unless the line is too slow for it. */
  sendAudio(audio: string): boolean {
    if (this.socket === null || this.socket.bufferedAmount > AUDIO_BACKLOG) return false;
    return this.send({ type: "input_audio_buffer.append", audio });
  }

  private async connect(): Promise<void> {
    this.drop();
    const attempt = this.attempt;
    this.enter("connecting");
    let secret: string | null;
    try {
      secret = await this.ends.secret(this.key);
    } catch (error) {
      if (attempt !== this.attempt) return;
      const refused = error instanceof AccessError && (error.status === 401 || error.status === 403);
      if (refused) this.enter("refused");
      else this.wait("away");
      return;
    }
    if (attempt !== this.attempt) return;
    const protocols = secret === null ? ["realtime"] : ["realtime", `openai-insecure-api-key.${secret}`];
    const query = new URLSearchParams({ session_state_key: this.key, extensions: "1" });
    const socket = new WebSocket(`${this.base}/realtime?${query.toString()}`, protocols);
    this.socket = socket;
    this.timer = setTimeout(() => socket.close(), OPEN_MS);
    let opened = false;
    socket.onopen = () => {
      if (attempt !== this.attempt) return;
      clearTimeout(this.timer);
      opened = true;
      this.enter("live");
    };
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (attempt !== this.attempt || typeof message.data !== "string") return;
      const event = parseEvent(message.data);
      if (event === null) return;
      if (event.type === "session.created") this.failures = 0;
      this.ends.event(event);
    };
    socket.onclose = (closed) => {
      if (attempt !== this.attempt) return;
      void this.ended(closed.code, opened);
    };
  }

  private async ended(code: number, opened: boolean): Promise<void> {
    this.drop();
    if (code === TAKEN_OVER) {
      this.enter("elsewhere");
      return;
    }
    const attempt = this.attempt;
    if (opened) {
      this.wait(code === 1012 ? "draining" : "away");
      return;
    }
    const ready = await this.ends.readiness();
    if (attempt !== this.attempt) return;
    this.wait(ready === "ready" ? "busy" : ready);
  }

  private wait(trouble: Trouble): void {
    this.failures += 1;
    const ms = waitMs(this.failures, Math.random());
    this.timer = setTimeout(() => void this.connect(), ms);
    this.enter("waiting", trouble, ms);
  }

  private drop(): void {
    this.attempt += 1;
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private enter(state: LineState, trouble: Trouble = null, retryInMs = 0): void {
    this.current = state;
    this.ends.state(state, trouble, retryInMs);
  }
}
