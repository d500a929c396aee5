"""The client events that a call makes, and what of a caller's words is a resume code."""

from __future__ import annotations

from edge_server.phone.keypad import RESUME_CODE_LENGTH
from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.events import input_audio, items, response
from edge_server.realtime.events.session import ServerVad, SessionUpdate, UpdateSession

_AROUND_A_CODE = frozenset({"my", "code", "is", "the", "resume", "it's", "here", "number"})


def sound(pcm: bytes) -> AnyClientEvent:
    """Sound of the caller: PCM16 mono 24 kHz."""
    return input_audio.AppendAudio.model_construct(type="input_audio_buffer.append", audio=pcm)


def stop_reply() -> AnyClientEvent:
    """The reply that runs is cut; of it is kept what was heard."""
    return input_audio.ClearOutputAudio(type="output_audio_buffer.clear")


def answer() -> AnyClientEvent:
    """The desk is to say something."""
    return response.CreateResponse(type="response.create")


def written(text: str) -> tuple[AnyClientEvent, AnyClientEvent]:
    """Words of the customer that were not spoken, and the wish for an answer."""
    content = (items.NewContent(type="input_text", text=text),)
    item = items.NewItem(type="message", role="user", content=content)
    return items.CreateItem(type="conversation.item.create", item=item), answer()


def heard(item_id: str, heard_ms: float) -> AnyClientEvent:
    """So much of a reply was heard."""
    return items.TruncateItem(
        type="conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=round(heard_ms)
    )


def listening(detection: ServerVad | None) -> UpdateSession:
    """Turns are heard so, or (None) not at all."""
    heard = None if detection is None else {"type": detection.type, **detection.model_dump(exclude_unset=True)}
    update = SessionUpdate.model_validate({"audio": {"input": {"turn_detection": heard}}})
    return UpdateSession(type="session.update", session=update)


def code_in(transcript: str) -> str | None:
    """A resume code that was said, and nothing else beside it."""
    digits = "".join(letter for letter in transcript if letter.isdigit())
    words = [word for word in transcript.lower().replace(",", " ").split() if not any(map(str.isdigit, word))]
    alone = all(word.strip(".!?") in _AROUND_A_CODE for word in words)
    return digits if len(digits) == RESUME_CODE_LENGTH and alone else None
