"""Whether the desk takes its turn at the right time, and gives it up at the right time.

Customers speak to a running server in real time, each in a session of their own:

| kind | what happens | right is |
|---|---|---|
| turn | speech, perhaps with pauses in it | its end is decided after its last word, and soon |
| interruption | speech while a reply plays | the reply stops for good |
| backchannel, noise | "mm-hm", "okay", a cough, music while a reply plays | the reply is heard to its end |

A turn is cut when `speech_stopped` comes before its last word has been sent. A reply stops for a customer when
`speech_started` comes (at which clients drop what they have not played), or it is truncated or cancelled; it goes on
when another response then says nothing but the rest of it, to its last word.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge_server.audio import RATE, Pcm
from edge_server.bench.caller import Caller, Received, Said, call, played
from edge_server.bench.figures import p50, p95
from edge_server.client import AskError
from edge_server.evaluation.files import CaseKind, TurnCase
from edge_server.evaluation.sound import Spoken
from edge_server.evaluation.wording import canonical

Progress = Callable[[str, int, int], None]

ASK = "Hello, what can you do for me?"
"""Gets a reply of about 14 s."""
INTO_REPLY_S = 1.5
"""How long a reply has been heard when somebody speaks over it."""
LONGEST_WAIT_S = 5.0
"""A turn that has not been ended by then after its last word never will be."""
UNDISTURBED_S = 1.0
"""A reply that still plays so long after the sound over it was not stopped by it."""
GOES_ON_WITHIN_S = 10.0
"""A reply that was stopped for nothing has been sent to its end by then, or is lost."""
WORST = 20

STOPPED = "input_audio_buffer.speech_stopped"
STARTED = "input_audio_buffer.speech_started"
SOUND = "response.output_audio.delta"
SAYS = "response.output_audio_transcript.delta"
DONE = "response.done"


@dataclass(frozen=True, slots=True)
class Case:
    """One customer. `before`: what they write first. `ask`: what the reply that they speak over answers."""

    name: str
    kind: CaseKind
    group: str
    condition: str
    before: tuple[str, ...]
    spoken: Spoken
    ask: str = ASK

    @classmethod
    def of(cls, case: TurnCase, pcm: Pcm) -> Case:
        """The case of a manifest's line."""
        found = Spoken.found_in(pcm)
        begins = found.begins if case.begins_ms is None else min(len(pcm) - 1, int(case.begins_ms * RATE / 1000))
        ends = found.ends if case.ends_ms is None else min(len(pcm), int(case.ends_ms * RATE / 1000))
        spoken = Spoken(pcm, begins, max(begins + 1, ends))
        return cls(case.file, case.kind, case.group, case.condition, case.before, spoken, case.ask or ASK)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case.

    Of a turn: `cut`, whether its end was decided before its last word, `answered_early`, whether the reply was heard
    before it, and `delay_ms` from its last word to the decision (None: cut, or never decided). Of the others:
    `stopped_ms` from the onset of the sound until the reply stopped (None: it did not), and `went_on`. `broken`: why a
    case could not be played to its end; it then counts in no share.
    """

    case: Case
    cut: bool = False
    answered_early: bool = False
    delay_ms: float | None = None
    stopped_ms: float | None = None
    went_on: bool = False
    broken: str | None = None

    @property
    def right(self) -> bool:
        """Whether the desk did as it should."""
        if self.broken is not None:
            return False
        match self.case.kind:
            case "turn":
                return not self.cut and self.delay_ms is not None
            case "interruption":
                return self.stopped_ms is not None and not self.went_on
            case _:
                return self.stopped_ms is None or self.went_on


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One group in one condition: how many cases, and the share that was dealt with rightly."""

    kind: str
    group: str
    condition: str
    cases: int
    right: float
    endpoint_delay_ms_p50: float | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that was not dealt with rightly."""

    case: str
    kind: str
    group: str
    condition: str
    what: str


@dataclass(frozen=True, slots=True)
class TurnsFigures:
    """`false_cutoff_rate`: share of turns whose end was decided before their last word; `answered_early_rate`: share
    whose customer also heard the reply before it. `endpoint_delay_ms`: from the last word to the decision, of the
    turns that were not cut. `backchannels_ignored`: share of back-channels and noises after which the reply was heard
    to its end; `interrupted_for_nothing` is the share of them that stopped it for a while. `interruptions_obeyed`:
    share of interruptions that stopped the reply for good, `barge_in_ms` how long that took from their onset. A figure
    of nothing is None."""

    false_cutoff_rate: float | None
    endpoint_delay_ms_p50: float | None
    endpoint_delay_ms_p95: float | None
    answered_early_rate: float | None
    backchannels_ignored: float | None
    interrupted_for_nothing: float | None
    interruptions_obeyed: float | None
    barge_in_ms_p50: float | None
    barge_in_ms_p95: float | None
    turns: int
    never_ended: int
    backchannels: int
    interruptions: int
    broken: int
    groups: list[GroupFigures]
    worst: list[Failure]


async def evaluate_turns(
    url: str, cases: Sequence[Case], *, at_once: int, api_key: str | None, progress: Progress
) -> TurnsFigures:
    """Play every case to the server at `url`, `at_once` customers at a time. Raises AskError when all of them break."""
    waiting = list(reversed(cases))
    outcomes: list[Outcome] = []

    async def customers() -> None:
        while waiting:
            case = waiting.pop()
            try:
                async with call(url, f"eval-{uuid.uuid4()}", api_key) as caller:
                    for words in case.before:
                        await caller.write(words)
                    play = take_turn if case.kind == "turn" else speak_over
                    outcomes.append(await play(caller, case))
            except AskError as error:
                outcomes.append(Outcome(case, broken=str(error)))
            progress("cases", len(outcomes), len(cases))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(at_once):
            tasks.create_task(customers())
    reasons = [one.broken for one in outcomes if one.broken is not None]
    if reasons and len(reasons) == len(outcomes):
        raise AskError(reasons[0])
    return figures_of(outcomes)


async def take_turn(caller: Caller, case: Case) -> Outcome:
    """Speak, and see when the desk takes the turn to be over."""
    since = len(caller.log)
    said = await caller.say(case.spoken.pcm, case.spoken.begins, case.spoken.ends)
    await caller.until(lambda one: one.type == STOPPED and one.at >= said.ends, since, LONGEST_WAIT_S)
    return turn_outcome(case, said, caller.log[since:])


def turn_outcome(case: Case, said: Said, log: Sequence[Received]) -> Outcome:
    """What came of a turn, from what was received since it began."""
    cut = any(one.type == STOPPED and one.at < said.ends for one in log)
    early = any(one.type == SOUND and one.at < said.ends for one in log)
    decided = next((one.at for one in log if one.type == STOPPED and one.at >= said.ends), None)
    delay = None if cut or decided is None else round((decided - said.ends) * 1000, 1)
    return Outcome(case, cut=cut, answered_early=early, delay_ms=delay)


async def speak_over(caller: Caller, case: Case) -> Outcome:
    """Speak while a reply plays, and see what becomes of it. Raises AskError when there is no reply."""
    since = len(caller.log)
    await caller.ask_in_writing(case.ask)
    whole = await caller.until(lambda one: one.type == DONE, since, 20.0)
    reply = played(caller.log[since:])
    if whole is None or reply is None or reply.audible is None:
        raise AskError(f"there was no spoken reply to {case.ask!r} to speak over")
    await asyncio.sleep(max(0.0, reply.audible + INTO_REPLY_S - time.perf_counter()))
    before = len(caller.log)
    words = _words(caller.log[since:before])
    said = await caller.say(case.spoken.pcm, case.spoken.begins, case.spoken.ends)
    if await caller.until(stops, before, UNDISTURBED_S) is not None:
        await caller.until(completes, before, GOES_ON_WITHIN_S)
    return over_outcome(case, said, words, caller.log[before:])


def over_outcome(case: Case, said: Said, words: Sequence[str], log: Sequence[Received]) -> Outcome:
    """What came of a reply of these `words`, from what was received since somebody spoke over it."""
    stopped = next((one.at for one in log if stops(one)), None)
    if stopped is None:
        return Outcome(case)
    took = round((stopped - said.begins) * 1000, 1)
    return Outcome(case, stopped_ms=took, went_on=goes_on(words, log))


def stops(one: Received) -> bool:
    """Whether a customer hears no more of the reply after this."""
    cancelled = one.type == DONE and one.get("response", "status") == "cancelled"
    return cancelled or one.type in (STARTED, "conversation.item.truncated")


def completes(one: Received) -> bool:
    """Whether a response has been sent to its end."""
    return one.type == DONE and one.get("response", "status") == "completed"


def goes_on(words: Sequence[str], log: Sequence[Received]) -> bool:
    """Whether a later response says the rest of the reply of these `words`, and nothing after it.

    An answer of its own may end alike, or begin alike.
    """
    ends = max((place for place, one in enumerate(log) if completes(one)), default=0)
    later = _words(log[:ends])
    return len(later) > 0 and list(words[-len(later) :]) == later


def _words(log: Sequence[Received]) -> list[str]:
    """The words of the last reply in these events."""
    said: dict[str, str] = {}
    for one in log:
        if one.type == SAYS:
            item = str(one.get("item_id"))
            said[item] = said.get(item, "") + str(one.get("delta"))
    return canonical(list(said.values())[-1]) if said else []


def figures_of(outcomes: Sequence[Outcome]) -> TurnsFigures:
    """What the cases come to."""
    played_out = [one for one in outcomes if one.broken is None]
    turns = [one for one in played_out if one.case.kind == "turn"]
    over = [one for one in played_out if one.case.kind in ("backchannel", "noise")]
    interruptions = [one for one in played_out if one.case.kind == "interruption"]
    delays = [one.delay_ms for one in turns if one.delay_ms is not None]
    stopped = [one.stopped_ms for one in interruptions if one.stopped_ms is not None]
    return TurnsFigures(
        false_cutoff_rate=_share([one.cut for one in turns]),
        endpoint_delay_ms_p50=p50(delays),
        endpoint_delay_ms_p95=p95(delays),
        answered_early_rate=_share([one.answered_early for one in turns]),
        backchannels_ignored=_share([one.right for one in over]),
        interrupted_for_nothing=_share([one.stopped_ms is not None for one in over]),
        interruptions_obeyed=_share([one.right for one in interruptions]),
        barge_in_ms_p50=p50(stopped),
        barge_in_ms_p95=p95(stopped),
        turns=len(turns),
        never_ended=sum(not one.cut and one.delay_ms is None for one in turns),
        backchannels=len(over),
        interruptions=len(interruptions),
        broken=len(outcomes) - len(played_out),
        groups=_groups(played_out),
        worst=[_failure(one) for one in outcomes if not one.right][:WORST],
    )


def _groups(outcomes: Sequence[Outcome]) -> list[GroupFigures]:
    groups: dict[tuple[str, str, str], list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault((one.case.kind, one.case.group, one.case.condition), []).append(one)
    figures = []
    for (kind, group, condition), members in sorted(groups.items()):
        right = round(sum(one.right for one in members) / len(members), 4)
        delay = p50(one.delay_ms for one in members if one.delay_ms is not None)
        figures.append(GroupFigures(kind, group, condition, len(members), right, delay))
    return figures


def _failure(one: Outcome) -> Failure:
    match one.case.kind:
        case _ if one.broken is not None:
            what = one.broken
        case "turn":
            what = "cut" if one.cut else "its end was never decided"
        case "interruption":
            what = "the reply went on" if one.stopped_ms is None else "the reply stopped, but came back"
        case _:
            what = "the reply was stopped, and lost"
    return Failure(one.case.name, one.case.kind, one.case.group, one.case.condition, what)


def _share(hits: Sequence[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None
