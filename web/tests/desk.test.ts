import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NOTHING, sorted, whenMs, withDetail, withEvent } from "../src/desk/board";
import { EventParser, Operator, OperatorError, type OperatorEvent, type SessionRow, type TranscriptEntry } from "../src/desk/operator";
import { sparkline } from "../src/desk/sparkline";

const ROW: SessionRow = {
  id: "s1",
  agent: "flight",
  engine: "embedded",
  channel: "websocket",
  live: true,
  verified: false,
  taken_over: false,
  started_at: 1000,
  last_turn_at: 1060,
  turns: 2,
};

/** A server that speaks the operator's side of the wire: keys, rows, events, take-over. */
class Desk {
  readonly asked: string[] = [];
  readonly said: string[] = [];
  streams: ServerResponse[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`);
      const answer = (status: number, body: object) =>
        response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
      if (request.headers.authorization !== "Bearer right") {
        answer(401, { error: { type: "invalid_request_error", code: "invalid_operator_key", message: "Wrong key." } });
        return;
      }
      switch (`${request.method} ${request.url}`) {
        case "GET /v1/operator/sessions":
          return answer(200, { sessions: [ROW] });
        case "GET /v1/operator/events":
          response.writeHead(200, { "Content-Type": "text/event-stream" });
          response.write(": hello\n\n");
          this.streams.push(response);
          return;
        case "POST /v1/operator/sessions/s1/say":
          request.on("data", (body: Buffer) => this.said.push(body.toString()));
          request.on("end", () => answer(200, {}));
          return;
        case "POST /v1/operator/sessions/s1/take_over":
          return answer(409, { error: { code: "already_taken_over", message: "A colleague has it already." } });
        default:
          return answer(404, { error: { code: "not_found", message: "no" } });
      }
    });
  }
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe("the operator's side of the wire", () => {
  let desk: Desk;
  const real = globalThis.fetch;
  beforeEach(async () => {
    desk = new Desk();
    const base = await desk.open();
    vi.stubGlobal("fetch", (path: string, init: RequestInit) => real(base + path, init));
  });
  afterEach(() => {
    desk.close();
    vi.unstubAllGlobals();
  });

  it("shows its key with every question, and says why it is refused", async () => {
    expect(await new Operator("right").sessions()).toEqual([ROW]);
    const refused = await new Operator("wrong").sessions().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OperatorError);
    expect(refused).toMatchObject({ status: 401, code: "invalid_operator_key" });
    await expect(new Operator("right").act("s1", "take_over")).rejects.toMatchObject({ status: 409 });
  });

  it("speaks as a person", async () => {
    await new Operator("right").say("s1", "Hello, this is Ana.");
    expect(desk.said).toEqual(['{"text":"Hello, this is Ana."}']);
  });

  it("reads events as they come, until it is told to stop", async () => {
    const events: OperatorEvent[] = [];
    const over = new AbortController();
    const watching = new Operator("right").events((event) => events.push(event), over.signal);
    await vi.waitFor(() => expect(desk.streams).toHaveLength(1));
    desk.streams[0]!.write(`event: session\ndata: ${JSON.stringify(ROW)}\n\nevent: go`);
    desk.streams[0]!.write('ne\ndata: {"id":"s1"}\n\n');
    await vi.waitFor(() => expect(events.map((event) => event.type)).toEqual(["session", "gone"]));
    over.abort();
    await expect(watching).rejects.toThrow();
  });
});

describe("the event parser", () => {
  it("takes events in pieces of any size", () => {
    const text = 'event: gone\r\ndata: {"id":\r\ndata: "ä"}\r\n\r\n: a comment\n\ndata: no json\n\nevent: gone\ndata: {"id":"b"}\n\n';
    for (const size of [1, 3, 1000]) {
      const seen: OperatorEvent[] = [];
      const parser = new EventParser((event) => seen.push(event));
      for (let at = 0; at < text.length; at += size) parser.take(text.slice(at, at + size));
      expect(seen).toEqual([
        { type: "gone", data: { id: "ä" } },
        { type: "gone", data: { id: "b" } },
      ]);
    }
  });
});

describe("the supervisor's board", () => {
  it("follows sessions and the transcript that is open", () => {
    const entry = { at: 1061, role: "agent" as const, text: "Of course", agent: "flight", item_id: "i1" };
    let board = withEvent(NOTHING, { type: "session", data: ROW });
    board = { ...board, open: { ...ROW, transcript: [] } };
    board = withEvent(board, { type: "turn", data: { id: "s1", entry } });
    board = withEvent(board, { type: "turn", data: { id: "s1", entry: { ...entry, text: "Of course, Maria." } } });
    board = withEvent(board, { type: "turn", data: { id: "other", entry } });
    expect(board.open!.transcript.map((one) => one.text)).toEqual(["Of course, Maria."]);
    board = withEvent(board, { type: "session", data: { ...ROW, taken_over: true } });
    expect(board.sessions).toHaveLength(1);
    expect(board.open!.taken_over).toBe(true);
    board = withEvent(board, { type: "gone", data: { id: "s1" } });
    expect(board.open!.live).toBe(false);
    expect(board.sessions).toEqual([]);
    for (let n = 0; n < 40; n++) board = withEvent(board, { type: "alert", data: { at: n, message: "!" } });
    expect(board.alerts).toHaveLength(20);
  });

  it("shows live sessions first, the latest on top", () => {
    const rows = [
      { ...ROW, id: "over", live: false, last_turn_at: 9000 },
      { ...ROW, id: "old" },
      { ...ROW, id: "new", last_turn_at: "1970-01-01T00:20:00Z" },
    ];
    expect(sorted(rows).map((row) => row.id)).toEqual(["new", "old", "over"]);
    expect(whenMs("1970-01-01T00:00:01Z")).toBe(whenMs(1));
  });
});

describe("a sparkline", () => {
  it("stays in its box whatever the numbers are", () => {
    expect(sparkline([], 100, 40)).toEqual({ line: "", last: null });
    expect(sparkline([5], 100, 40).last).toEqual({ x: 5, y: 5 });
    const { line } = sparkline([0, 50, Number.NaN, 100, -3], 100, 40);
    expect(line).toBe("5,35 35,20 65,5 95,35");
  });
});

describe("a session that is asked for while it goes on", () => {
  const entry = (item_id: string): TranscriptEntry => ({ at: 1, role: "customer", text: item_id, agent: null, item_id });

  it("keeps what was told before a late answer came", () => {
    const asked = { ...ROW, transcript: [entry("a")] };
    const opened = withDetail(NOTHING, asked);
    const told = withEvent(opened, { type: "turn", data: { id: "s1", entry: entry("b") } });
    expect(withDetail(told, asked).open?.transcript.map((one) => one.text)).toEqual(["a", "b"]);
    const other = { ...ROW, id: "s2", transcript: [] };
    expect(withDetail(told, other).open?.transcript).toEqual([]);
  });
});
