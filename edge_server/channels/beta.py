"""The beta dialect of the protocol, for clients that ask for it: other names and flat session fields.

| beta | GA |
|---|---|
| session `modalities`, `voice`, `turn_detection` ... | `output_modalities`, `audio.output.voice` ... |
| `pcm16`, `g711_ulaw`, `g711_alaw` | `audio/pcm`, `audio/pcmu`, `audio/pcma` |
| `max_response_output_tokens` | `max_output_tokens` |
| `response.text.*`, `response.audio.*`, `response.audio_transcript.*` | `response.output_text.*` ... |
| `conversation.item.created` | `conversation.item.added` (and `.done`, which the beta has not) |
| content types `text`, `audio` of an assistant | `output_text`, `output_audio` |

`temperature` is taken and shown, and changes nothing: no language model samples here.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from edge_server.realtime.ids import conversation_id

HEADER = "openai-beta"
HEADER_VALUE = "realtime=v1"
SUBPROTOCOL = "openai-beta.realtime-v1"

_FORMATS = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
_FORMAT_NAMES = {ga: beta for beta, ga in _FORMATS.items()}
_INPUT_FIELDS = {
    "input_audio_transcription": "transcription",
    "input_audio_noise_reduction": "noise_reduction",
    "turn_detection": "turn_detection",
}
_RENAMED = {"max_response_output_tokens": "max_output_tokens"}
_SAME = ("instructions", "tools", "tracing", "id", "model", "prompt", "include")
_EVENTS = {
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "conversation.item.added": "conversation.item.created",
}
_CONTENT = {"output_text": "text", "output_audio": "audio"}
DEFAULT_TEMPERATURE = 0.8

Body = dict[str, JsonValue]


class BetaDialect:
    """Translates one client's events. Keeps the temperature that it set, since GA has no place for it."""

    def __init__(self) -> None:
        self._temperature: JsonValue = DEFAULT_TEMPERATURE

    # From the client

    def from_client(self, body: Body) -> Body:
        """The client's event in GA form. What is not known is left for the checks of GA."""
        match body.get("type"), body:
            case "session.update", {"session": dict(fields)}:
                self._temperature = fields.get("temperature") or self._temperature
                return {**body, "session": session_from_beta(fields)}
            case "response.create", {"response": dict(wish)}:
                return {**body, "response": _wish(wish)}
        return body

    # To the client

    def to_client(self, body: Mapping[str, object]) -> list[dict[str, object]]:
        """The beta events for a GA event; none where the beta has none."""
        kind = str(body["type"])
        out = {**body, "type": _EVENTS.get(kind, kind)}
        match kind, body:
            case (("session.created" | "session.updated"), {"session": dict(config)}):
                out["session"] = session_to_beta(config, self._temperature)
                if kind == "session.created":
                    conversation = {"id": conversation_id(str(config["id"])), "object": "realtime.conversation"}
                    return [out, {"type": "conversation.created", "conversation": conversation}]
            case "conversation.item.done", _:
                return []
            case _, {"item": dict(item)}:
                out["item"] = _item(item)
            case _, {"response": dict(given)}:
                out["response"] = self._response(given)
        if kind == "input_audio_buffer.timeout_triggered":
            return []
        return [out]

    def _response(self, given: Mapping[str, object]) -> dict[str, object]:
        out = dict(given)
        speech = _at(_at(out.pop("audio", None), "output"), "format")
        voice = _at(_at(given.get("audio"), "output"), "voice")
        out["modalities"] = _modalities(out.pop("output_modalities", None))
        out["output_audio_format"] = _FORMAT_NAMES[str(_at(speech, "type"))]
        out["voice"] = voice
        out["temperature"] = self._temperature
        output = given.get("output")
        out["output"] = [_item(item) for item in output if isinstance(item, dict)] if isinstance(output, list) else []
        return out


def session_from_beta(fields: Body) -> Body:
    """A beta session configuration in GA form."""
    session: Body = {"type": "realtime", **{name: fields[name] for name in _SAME if name in fields}}
    session |= {ga: fields[beta] for beta, ga in _RENAMED.items() if beta in fields}
    if "modalities" in fields:
        session["output_modalities"] = _spoken_or_written(fields["modalities"])
    if "tool_choice" in fields:
        session["tool_choice"] = _choice(fields["tool_choice"])
    incoming: Body = {ga: fields[beta] for beta, ga in _INPUT_FIELDS.items() if beta in fields}
    if fields.get("input_audio_format") is not None:
        incoming["format"] = _format(fields["input_audio_format"])
    outgoing: Body = {name: fields[name] for name in ("voice", "speed") if fields.get(name) is not None}
    if fields.get("output_audio_format") is not None:
        outgoing["format"] = _format(fields["output_audio_format"])
    audio: Body = {side: given for side, given in (("input", incoming), ("output", outgoing)) if given}
    return {**session, "audio": audio} if audio else session


def session_to_beta(config: Mapping[str, object], temperature: JsonValue = DEFAULT_TEMPERATURE) -> dict[str, object]:
    """A GA session object in beta form."""
    incoming, outgoing = _at(config.get("audio"), "input"), _at(config.get("audio"), "output")
    out: dict[str, object] = {
        "object": "realtime.session",
        **{name: config[name] for name in ("id", "model", "expires_at", "instructions", "tools") if name in config},
        "modalities": _modalities(config.get("output_modalities")),
        "voice": _at(outgoing, "voice"),
        "speed": _at(outgoing, "speed"),
        "input_audio_format": _FORMAT_NAMES[str(_at(_at(incoming, "format"), "type"))],
        "output_audio_format": _FORMAT_NAMES[str(_at(_at(outgoing, "format"), "type"))],
        "tool_choice": config.get("tool_choice"),
        "temperature": temperature,
        "max_response_output_tokens": config.get("max_output_tokens"),
    }
    for beta, ga in _INPUT_FIELDS.items():
        out[beta] = _at(incoming, ga)
    choice = out["tool_choice"]
    out["tool_choice"] = choice if isinstance(choice, str) else _at(choice, "name")
    return out


def _wish(wish: Body) -> Body:
    kept = ("conversation", "input", "instructions", "metadata", "tools")
    out: Body = {name: wish[name] for name in kept if name in wish}
    out |= {ga: wish[beta] for beta, ga in _RENAMED.items() if beta in wish}
    if wish.get("max_output_tokens") is not None:
        out["max_output_tokens"] = wish["max_output_tokens"]
    if wish.get("modalities") is not None:
        out["output_modalities"] = _spoken_or_written(wish["modalities"])
    if wish.get("tool_choice") is not None:
        out["tool_choice"] = _choice(wish["tool_choice"])
    outgoing: Body = {"voice": wish["voice"]} if wish.get("voice") is not None else {}
    if wish.get("output_audio_format") is not None:
        outgoing["format"] = _format(wish["output_audio_format"])
    return {**out, "audio": {"output": outgoing}} if outgoing else out


def _spoken_or_written(modalities: JsonValue) -> JsonValue:
    """The beta asks for text together with audio where GA has audio with its transcript."""
    if isinstance(modalities, list) and "audio" in modalities and set(map(str, modalities)) <= {"text", "audio"}:
        return ["audio"]
    return modalities


def _modalities(ga: object) -> list[str]:
    return ["text", "audio"] if isinstance(ga, list | tuple) and "audio" in ga else ["text"]


def _choice(choice: JsonValue) -> JsonValue:
    """`{"type": "function", "function": {"name": ...}}` is how some clients write a named tool."""
    match choice:
        case {"function": {"name": str(name)}}:
            return {"type": "function", "name": name}
    return choice


def _format(name: JsonValue) -> JsonValue:
    return {"type": _FORMATS.get(name, name) if isinstance(name, str) else name}


def _item(item: Mapping[str, object]) -> dict[str, object]:
    content = item.get("content")
    if not isinstance(content, list):
        return dict(item)
    parts = [{**part, "type": _CONTENT.get(part["type"], part["type"])} for part in content]
    return {**item, "content": parts}


def _at(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else None
