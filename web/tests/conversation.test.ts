import { describe, expect, it } from "vitest";
import { EMPTY, next, type Conversation, type Happening, type Said } from "../src/realtime/conversation";

function after(...events: Happening[]): Conversation {
  return events.reduce(next, EMPTY);
}

const shown = (conversation: Conversation) =>
  conversation.entries.map((entry) => {
    if (entry.kind === "said") return `${entry.who}: ${entry.text}`;
    return entry.kind === "card" ? `card: ${entry.card.kind}` : `note: ${entry.note}`;
  });

const asksForPin: Happening = {
  type: "extension.expecting",
  response_id: "r0",
  agent: "flight",
  asks: "pin",
  secret: true,
  choices: [],
  quote: null,
};

const heard = (id: string, transcript: string): Happening => ({
  type: "conversation.item.input_audio_transcription.completed",
  item_id: id,
  transcript,
});

const reply = (response: string, item: string, text: string): Happening[] => [
  { type: "response.created", response: { id: response } },
  { type: "response.output_item.added", response_id: response, item: { id: item, type: "message" } },
  { type: "response.output_audio_transcript.delta", response_id: response, item_id: item, delta: text },
];

describe("a conversation", () => {
  it("shows a turn as it is heard, and in the end what counts", () => {
    const delta = (text: string): Happening => ({
      type: "conversation.item.input_audio_transcription.delta",
      item_id: "i1",
      delta: text,
    });
    const partly = after({ type: "input_audio_buffer.speech_started", item_id: "i1" }, delta("What is "), delta("the"));
    expect(shown(partly)).toEqual(["customer: What is the"]);
    expect((partly.entries[0] as Said).done).toBe(false);
    expect(partly.activity).toBe("hearing");
    const whole = next(partly, heard("i1", "What is the status?"));
    expect(shown(whole)).toEqual(["customer: What is the status?"]);
    expect((whole.entries[0] as Said).done).toBe(true);
  });

  it("shows nothing of sound without words", () => {
    const quiet = after(
      { type: "input_audio_buffer.speech_started", item_id: "i1" },
      { type: "input_audio_buffer.speech_stopped", item_id: "i1" },
      heard("i1", ""),
    );
    expect(shown(quiet)).toEqual([]);
    expect(quiet.activity).toBe("ready");
  });

  it("puts cards behind the words about them, and sources to the words they ground", () => {
    const flights = { outcome: "found", number: "LB204", origin: "Boston", destination: "Denver" };
    const result = { ...flights, day: "2026-11-23", departs: "2026-11-23T18:40", arrives: "2026-11-23T21:25" };
    const told = after(
      { type: "response.created", response: { id: "r1" } },
      { type: "extension.tool_call", response_id: "r1", call_id: "c1", name: "flight_status", result },
      { type: "extension.sources", response_id: "r1", sources: [{ id: "flight:LB204", title: "Flight LB204", text: "…" }] },
      { type: "extension.sources", response_id: "r1", sources: [{ id: "quote:seat", title: "Quote", text: "seat 14C" }] },
      ...reply("r1", "i2", "LB204 is on time."),
      { type: "response.done", response: { id: "r1", status: "completed" } },
    );
    expect(shown(told)).toEqual(["desk: LB204 is on time.", "card: flights"]);
    expect((told.entries[0] as Said).sources.map((source) => source.title)).toEqual(["Flight LB204"]);
    expect(told.activity).toBe("ready");
  });

  it("never shows or keeps a secret, whether it is typed or spoken", () => {
    const typed = after(asksForPin, { type: "page.typed", id: "i1", text: "4071" });
    const spoken = after(
      asksForPin,
      { type: "input_audio_buffer.speech_started", item_id: "i1" },
      { type: "conversation.item.input_audio_transcription.delta", item_id: "i1", delta: "four zero" },
      heard("i1", "Four zero seven one."),
    );
    for (const conversation of [typed, spoken]) {
      expect(shown(conversation)).toEqual(["customer: ••••"]);
      expect(JSON.stringify(conversation).toLowerCase()).not.toMatch(/4071|seven/);
    }
    const other = after(asksForPin, { type: "input_audio_buffer.speech_started", item_id: "i1" }, heard("i1", "Never mind."));
    expect(shown(other)).toEqual(["customer: Never mind."]);
  });

  it("says when another agent takes over, but not who is there first", () => {
    const changed = (previous: string | null, agent: string): Happening => ({
      type: "extension.agent_changed",
      response_id: "r",
      previous,
      agent,
      reason: "",
    });
    const conversation = after(changed(null, "concierge"), changed("concierge", "hotel"), changed("hotel", "hotel"));
    expect(conversation.agent).toBe("hotel");
    expect(shown(conversation)).toEqual(["note: agent"]);
  });

  it("shows a person's words as a person's, from the take-over to the giving back", () => {
    const person = (active: boolean): Happening => ({ type: "extension.person", active, name: active ? "Ann" : null });
    const conversation = after(
      asksForPin,
      person(true),
      ...reply("r1", "i1", "Hello, this is Ann."),
      person(false),
      ...reply("r2", "i2", "What else can I do?"),
    );
    expect(shown(conversation)).toEqual([
      "note: person",
      "person: Hello, this is Ann.",
      "note: agents",
      "desk: What else can I do?",
    ]);
    expect(conversation.expecting).toBeNull();
  });

  it("keeps of an interrupted reply what was heard", () => {
    const cut = after(
      ...reply("r1", "i2", "A second bag costs $45, and it may weigh 50 pounds."),
      { type: "conversation.item.truncated", item_id: "i2", audio_end_ms: 900 },
      {
        type: "conversation.item.retrieved",
        item: { id: "i2", type: "message", content: [{ type: "output_audio", transcript: "A second bag" }] },
      },
    );
    expect(shown(cut)).toEqual(["desk: A second bag"]);
    expect((cut.entries[0] as Said).cut).toBe(true);
    const unheard = next(cut, {
      type: "conversation.item.retrieved",
      item: { id: "i2", type: "message", content: [{ type: "output_audio", transcript: "" }] },
    });
    expect(shown(unheard)).toEqual([]);
  });

  it("says that an answer was lost with the connection, once, and that the desk is back", () => {
    const lost = after(...reply("r1", "i1", "There are"), { type: "page.lost" }, { type: "page.lost" });
    expect(shown(lost)).toEqual(["desk: There are", "note: lost"]);
    expect(lost.responding).toBeNull();
    expect(shown(next(lost, { type: "page.connected", again: true })).at(-1)).toBe("note: back");
    expect(after({ type: "page.connected", again: false }).entries).toEqual([]);
  });

  it("keeps what was written for the receipt", () => {
    const details = { hotel_name: "Front Range Inn", total_cents: 34600 };
    const conversation = after(
      {
        type: "extension.booking_changed",
        event_id: "e1",
        response_id: "r1",
        agent: "hotel",
        kind: "stay",
        code: "H3D4PR",
        details,
      },
      { type: "extension.handoff", response_id: "r2", ticket: 101, summary: "" },
      { type: "extension.handoff", response_id: "r3", ticket: 101, summary: "" },
    );
    expect(conversation.changes).toEqual([{ id: "e1", kind: "stay", code: "H3D4PR", details }]);
    expect(conversation.tickets).toEqual(["101"]);
    expect(shown(conversation)).toEqual(["card: done", "note: ticket"]);
  });

  it("shows errors that matter in the server's words, and passes over those that do not", () => {
    const error = (code: string, message: string): Happening => ({ type: "error", error: { code, message, event_id: null } });
    const conversation = after(error("response_cancel_not_active", "no"), error("too_many_turns", "Wait a moment."));
    expect(conversation.entries).toMatchObject([{ note: "refused", message: "Wait a moment." }]);
  });

  it("stays as it is for events that it does not know", () => {
    expect(after({ type: "rate_limits.updated" } as unknown as Happening)).toBe(EMPTY);
  });

  it("leaves with the code that was given for it, by touch or by voice", () => {
    expect(next(EMPTY, { type: "page.code_given" }).leaving).toBe(true);
    const source = { id: "resume code", title: "Code to go on elsewhere", text: "4 8 2, 9 1 3; 10 minutes" };
    expect(next(EMPTY, { type: "extension.sources", response_id: "r", sources: [source] }).leaving).toBe(true);
  });

  it("knows the agent of a conversation that was begun elsewhere", () => {
    const asked = { type: "extension.expecting", response_id: "r", agent: "hotel", asks: "pin", secret: true } as const;
    expect(next(EMPTY, { ...asked, choices: [], quote: null }).agent).toBe("hotel");
  });

  it("says once that another window holds the conversation, however much was refused", () => {
    const refused = { type: "error", error: { code: "listening_only", message: "", event_id: null } } as const;
    const typed = next(EMPTY, { type: "page.typed", id: "a", text: "Hello" });
    const told = next(next(typed, refused), refused);
    expect(told.entries.map((entry) => entry.kind === "note" && entry.note)).toEqual([false, "not_sent"]);
    expect(told.activity).toBe("ready");
  });
});
