/** The server's events, as far as the page reads them (docs/protocol.md). All others are passed over. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Fields = { [name: string]: Json };

export interface Source {
  id: string;
  title: string;
  text: string;
}

export interface Choice {
  label: string;
  say: string;
}

export interface Expecting {
  asks: string | null;
  secret: boolean;
  choices: Choice[];
  quote: Fields | null;
}

export type ServerEvent =
  | { type: "session.created" }
  | { type: "input_audio_buffer.speech_started"; item_id: string }
  | { type: "input_audio_buffer.speech_stopped"; item_id: string }
  | { type: "conversation.item.input_audio_transcription.delta"; item_id: string; delta: string }
  | { type: "conversation.item.input_audio_transcription.completed"; item_id: string; transcript: string }
  | { type: "conversation.item.input_audio_transcription.failed"; item_id: string }
  | { type: "conversation.item.truncated"; item_id: string; audio_end_ms: number }
  | { type: "conversation.item.retrieved"; item: Item }
  | { type: "response.created"; response: { id: string } }
  | { type: "response.output_item.added"; response_id: string; item: Item }
  | { type: "response.output_audio_transcript.delta"; response_id: string; item_id: string; delta: string }
  | { type: "response.output_audio_transcript.done"; response_id: string; item_id: string; transcript: string }
  | { type: "response.output_text.delta"; response_id: string; item_id: string; delta: string }
  | { type: "response.output_text.done"; response_id: string; item_id: string; text: string }
  | { type: "response.output_audio.delta"; response_id: string; item_id: string; delta: string }
  | { type: "response.output_audio.done"; response_id: string; item_id: string }
  | { type: "response.done"; response: { id: string; status: string } }
  | { type: "error"; error: { code: string | null; message: string; event_id: string | null } }
  | { type: "extension.agent_changed"; response_id: string; previous: string | null; agent: string; reason: string }
  | { type: "extension.tool_call"; response_id: string; call_id: string; name: string; result: Json }
  | { type: "extension.sources"; response_id: string; sources: Source[] }
  | {
      type: "extension.booking_changed";
      event_id: string;
      response_id: string;
      agent: string;
      kind: string;
      code: string | null;
      details: Fields;
    }
  | { type: "extension.handoff"; response_id: string; ticket: number | string; summary: string }
  | ({ type: "extension.expecting"; response_id: string; agent: string } & Expecting)
  | { type: "extension.person"; active: boolean; name: string | null }
  | { type: "extension.engine_changed"; previous: string; engine: string; reason: string };

export interface Item {
  id: string;
  type: string;
  role?: string;
  status?: string;
  content?: { type: string; text?: string; transcript?: string | null }[];
}

/** A frame as an event; null when it is none. */
export function parseEvent(frame: string): ServerEvent | null {
  try {
    const value: unknown = JSON.parse(frame);
    const isEvent = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
    return isEvent ? (value as ServerEvent) : null;
  } catch {
    return null;
  }
}
