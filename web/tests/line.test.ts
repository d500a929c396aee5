import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AccessError } from "../src/realtime/access";
import { LONGEST_MS, waitMs } from "../src/realtime/backoff";
import { Line, type LineEnds, type LineState, type Trouble } from "../src/realtime/line";

/** Stands for the browser's socket; the tests decide what becomes of it. */
class Socket {
  static made: Socket[] = [];
  static readonly OPEN = 1;
  readyState = 0;
  bufferedAmount = 0;
  closed = false;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((closed: { code: number }) => void) | null = null;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    Socket.made.push(this);
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
  accept(): void {
    this.readyState = Socket.OPEN;
    this.onopen?.();
    this.onmessage?.({ data: '{"type":"session.created"}' });
  }
  end(code: number): void {
    this.onclose?.({ code });
  }
}

const states: [LineState, Trouble][] = [];
const ends: LineEnds = {
  state: (state, trouble) => states.push([state, trouble]),
  event: () => undefined,
  secret: () => Promise.resolve(null),
  readiness: () => Promise.resolve("ready"),
};
const settled = () => vi.advanceTimersByTimeAsync(0);
const last = () => Socket.made.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Socket);
  Socket.made = [];
  states.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the line", () => {
  it("opens the session with extensions, and with a short-lived key as a subprotocol", async () => {
    const line = new Line({ ...ends, secret: (key) => Promise.resolve(`ek_${key}`) }, "ws://desk");
    line.open("one");
    await settled();
    expect(last().url).toBe("ws://desk/realtime?session_state_key=one&extensions=1");
    expect(last().protocols).toEqual(["realtime", "openai-insecure-api-key.ek_one"]);
    last().accept();
    expect(line.state).toBe("live");
    expect(line.send({ type: "response.create" })).toBe(true);
  });

  it("comes back by itself with longer and longer waits", async () => {
    const line = new Line(ends, "ws://desk");
    line.open("one");
    await settled();
    last().accept();
    last().end(1006);
    for (let attempt = 2; attempt < 6; attempt++) {
      expect(line.state).toBe("waiting");
      await vi.advanceTimersByTimeAsync(LONGEST_MS);
      expect(Socket.made).toHaveLength(attempt);
      last().end(1006);
      await settled();
    }
    await vi.advanceTimersByTimeAsync(LONGEST_MS);
    last().accept();
    expect(line.state).toBe("live");
  });

  it("tries at once when asked to", async () => {
    const line = new Line(ends, "ws://desk");
    line.open("one");
    await settled();
    last().accept();
    last().end(1012);
    expect(states.at(-1)).toEqual(["waiting", "draining"]);
    line.retry();
    await settled();
    expect(Socket.made).toHaveLength(2);
  });

  it("leaves the session alone when another page has taken it over", async () => {
    const line = new Line(ends, "ws://desk");
    line.open("one");
    await settled();
    last().accept();
    last().end(4001);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(line.state).toBe("elsewhere");
    expect(Socket.made).toHaveLength(1);
  });

  it("asks for another key where the server refuses it, and waits where the server is away", async () => {
    const refused = new Line({ ...ends, secret: () => Promise.reject(new AccessError("invalid_api_key", 401)) }, "ws://desk");
    refused.open("one");
    await settled();
    expect(refused.state).toBe("refused");
    const away = new Line({ ...ends, secret: () => Promise.reject(new AccessError("away")) }, "ws://desk");
    away.open("one");
    await settled();
    expect(away.state).toBe("waiting");
    away.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Socket.made).toHaveLength(0);
  });

  it("drops microphone audio, and nothing else, when the socket is slow", async () => {
    const line = new Line(ends, "ws://desk");
    line.open("one");
    await settled();
    last().accept();
    last().bufferedAmount = 1_000_000;
    expect(line.sendAudio("AAAA")).toBe(false);
    expect(line.send({ type: "response.create" })).toBe(true);
  });

  it("listens to nothing of a socket that it has left", async () => {
    const line = new Line(ends, "ws://desk");
    line.open("one");
    await settled();
    const first = last();
    first.accept();
    const told = first.onclose;
    line.lost();
    expect(first.closed).toBe(true);
    told?.({ code: 4001 });
    expect(line.state).toBe("waiting");
  });
});

describe("the back-off", () => {
  it("doubles up to a limit and never comes at once", () => {
    expect([1, 2, 3, 4, 5, 6].map((failures) => waitMs(failures, 1))).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    expect(waitMs(1, 0)).toBe(375);
    expect(waitMs(1000, 1)).toBe(LONGEST_MS);
  });
});
