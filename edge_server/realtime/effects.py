"""What the conversation wants done: frames to send, and commands to the engine.

And the other way: what the engine tells the conversation. Both are plain values; the conversation never
awaits, the engine never touches the conversation's state. `generation` counts responses: what an engine says
for an older generation than the running one is stale, and dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.client_offer import ClientToolCall, Offer
from agents.turn import AgentChanged, Asked, SourcesFound, ToolCalled
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.events.session import TurnDetection


@dataclass(frozen=True, slots=True)
class Send:
    """Send this event to the client."""

    event: ServerEvent


@dataclass(frozen=True, slots=True)
class Listen:
    """How to hear turns from now on. None: the client says when a turn ends (push to talk)."""

    turn_detection: TurnDetection | None


@dataclass(frozen=True, slots=True)
class Hear:
    """More input audio: PCM16 mono 24 kHz."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class ForgetAudio:
    """Drop the input audio that no item holds yet."""


@dataclass(frozen=True, slots=True)
class Transcribe:
    """Write down what was said for `item_id`: the buffered turn, or `pcm` where the client sent a whole clip."""

    item_id: str
    pcm: bytes | None = None


@dataclass(frozen=True, slots=True)
class Think:
    """Answer `utterance` as response `generation`; empty: the customer has not said anything yet.

    `speak`: reply with audio as well as text. `remember`: the turn becomes part of the session's history. `offer`: the
    client's own tools, and outputs of theirs that are to be told. `instructions`: the client's, for engines that a
    language model thinks for. `silences`: how often in a row the customer has let `idle_timeout_ms` pass; 0 when
    something was said or asked for.
    """

    generation: int
    utterance: str
    speak: bool
    remember: bool
    speed: float
    voice: str
    offer: Offer = field(default_factory=Offer)
    instructions: str = ""
    silences: int = 0


@dataclass(frozen=True, slots=True)
class ThinkAhead:
    """The customer pauses, and may have ended: rehearse what `think` asks for (its generation means nothing yet).

    Nothing of it is told or kept; a `Think` that is alike takes it over.
    """

    think: Think


@dataclass(frozen=True, slots=True)
class Resume:
    """Say the rest of the reply of generation `of`, which was cut off for nothing, as response `generation`.

    An engine that cannot ends the response at once (`ReplyDone`).
    """

    generation: int
    of: int
    think: Think
    """How to say it; its words mean nothing here."""


@dataclass(frozen=True, slots=True)
class StopThinking:
    """Drop all work for `generation` and older."""

    generation: int


@dataclass(frozen=True, slots=True)
class KeepHeard:
    """The reply of `generation` was cut off: the history keeps only `text`, the first `audio_ms` of its speech."""

    generation: int
    text: str
    audio_ms: int = 0


Command = Listen | Hear | ForgetAudio | Transcribe | Think | ThinkAhead | Resume | StopThinking | KeepHeard
Effect = Send | Command


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to speak `at_ms` into the audio heard so far (prefix padding taken off)."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The turn has ended: speech stopped at `at_ms`, which includes `waited_ms` of silence (0: not known)."""

    at_ms: int
    waited_ms: int = 0


@dataclass(frozen=True, slots=True)
class HeardSoFar:
    """The customer pauses after `text`, all words of the turn up to here; they may go on, or have ended.

    `aside`: over a reply they would only mean that it is heard.
    """

    text: str
    aside: bool = False


@dataclass(frozen=True, slots=True)
class SpokeOn:
    """After a pause the customer speaks on: what was thought ahead is void. For the engine itself."""


@dataclass(frozen=True, slots=True)
class TranscribedPartly:
    """More words of a turn whose recognition has not ended, to be appended to those told before.

    `item_id` None: the turn that is being spoken. Only words that will not change any more belong here; a space
    between two deltas is part of the later one.
    """

    item_id: str | None
    text_delta: str


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The words of an item's audio of `seconds`; empty when nothing was said in it.

    `aside`: said over a reply they only mean that it is heard, or they are its own echo.
    """

    item_id: str
    text: str
    seconds: float
    aside: bool = False


@dataclass(frozen=True, slots=True)
class TranscriptionBroke:
    """Recognition failed for this item, with a `message` for the client."""

    item_id: str
    message: str


@dataclass(frozen=True, slots=True)
class ReplyText:
    """The next clause of the reply."""

    generation: int
    text: str


@dataclass(frozen=True, slots=True)
class ReplyAudio:
    """Speech of the clause last given: PCM16 mono 24 kHz."""

    generation: int
    pcm: bytes


@dataclass(frozen=True, slots=True)
class ReplyCall:
    """The client is to run one of its own tools. Nothing more is said in this reply."""

    generation: int
    call: ClientToolCall


@dataclass(frozen=True, slots=True)
class ReplyNotice:
    """Something that happened while thinking, for clients that want to know."""

    generation: int
    notice: AgentChanged | ToolCalled | SourcesFound


@dataclass(frozen=True, slots=True)
class ReplyDone:
    """The reply is complete. `stages_ms`: what its making took (`engines.reply.Stages`). `ungrounded`: clauses that
    were not spoken because nothing in the session gave what they said. `asked`: what the desk waits for now; None:
    the reply says nothing about that."""

    generation: int
    agent: str | None
    answered: bool
    stages_ms: dict[str, float]
    ungrounded: int = 0
    asked: Asked | None = None


@dataclass(frozen=True, slots=True)
class ReplyBroke:
    """The reply cannot be completed, with a `message` for the client."""

    generation: int
    message: str


@dataclass(frozen=True, slots=True)
class EngineSwitched:
    """Another engine answers from here on, and why, in a word for a trace."""

    previous: str
    engine: str
    reason: str


EngineEvent = (
    SpeechStarted
    | SpeechStopped
    | HeardSoFar
    | SpokeOn
    | TranscribedPartly
    | Transcribed
    | TranscriptionBroke
    | ReplyText
    | ReplyAudio
    | ReplyCall
    | ReplyNotice
    | ReplyDone
    | ReplyBroke
    | EngineSwitched
)
