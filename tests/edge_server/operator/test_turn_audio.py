"""Which sound is kept of a conversation: whole turns, no secrets, nothing in between."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_server.audio import BYTES_PER_MS
from edge_server.operator.recording.turn_audio import KEPT_MS, Segment, TurnAudio
from edge_server.realtime import effects as fx
from edge_server.realtime.events.items import Item, ItemAdded
from edge_server.realtime.events.session import ServerVad


class Line:
    """A customer's line whose every millisecond of sound tells its place: its sample values are the millisecond."""

    def __init__(self) -> None:
        self.given: list[Segment] = []
        self.secret = False
        self.audio = TurnAudio(self.given.append, lambda: self.secret)
        self.audio.did(fx.Listen(ServerVad()))
        self.ms = 0

    def hear(self, ms: int) -> None:
        places = np.repeat(np.arange(self.ms, self.ms + ms) % 30_000, BYTES_PER_MS // 2)
        self.ms += ms
        self.audio.did(fx.Hear(places.astype("<i2").tobytes()))

    def turn(self, item_id: str, *, starts: int, stops: int, words: str = "hello") -> None:
        self.audio.heard(fx.SpeechStarted(starts))
        self.audio.heard(fx.SpeechStopped(stops))
        self.audio.did(fx.Transcribe(item_id))
        self.audio.heard(fx.Transcribed(item_id, words, (stops - starts) / 1000))

    def reply(self, generation: int, ms: int) -> None:
        think = fx.Think(generation, "", speak=True, remember=True, speed=1.0, voice="default")
        self.audio.did(think)
        item = Item(f"reply_{generation}", "message", "in_progress", role="assistant", content=())
        self.audio.did(fx.Send(ItemAdded(item)))
        self.audio.heard(fx.ReplyAudio(generation, bytes(ms * BYTES_PER_MS)))
        self.audio.heard(fx.ReplyDone(generation, "flight", True, {}))

    def places(self) -> list[tuple[str, int, int]]:
        """Each piece of the customer's speech: its item, its first millisecond, and how many there are."""
        return [
            (one.item_id, int(np.frombuffer(one.pcm, "<i2")[0]), len(one.pcm) // BYTES_PER_MS)
            for one in self.given
            if not one.item_id.startswith("reply")
        ]


def test_a_turn_is_kept_from_its_beginning_to_its_end_and_the_room_around_it_is_not() -> None:
    line = Line()
    line.hear(10_000)
    line.turn("one", starts=8_000, stops=9_200)
    line.hear(5_000)
    line.turn("two", starts=13_000, stops=14_000)
    assert line.places() == [("one", 8_000, 1_200), ("two", 13_000, 1_000)]


def test_a_turn_in_which_a_secret_was_asked_for_is_left_out_also_when_it_is_no_more_by_its_end() -> None:
    line = Line()
    line.hear(2_000)
    line.secret = True
    line.turn("pin", starts=500, stops=1_500)
    line.hear(2_000)
    line.audio.heard(fx.SpeechStarted(2_500))
    line.secret = False
    line.audio.heard(fx.SpeechStopped(3_500))
    line.audio.did(fx.Transcribe("again"))
    line.audio.heard(fx.Transcribed("again", "four oh seven one", 1.0))
    line.hear(2_000)
    line.turn("after", starts=4_500, stops=5_500)
    assert [item_id for item_id, _, _ in line.places()] == ["after"]


def test_push_to_talk_keeps_what_was_sent_since_the_last_turn() -> None:
    line = Line()
    line.audio.did(fx.Listen(None))
    line.hear(1_000)
    line.audio.did(fx.ForgetAudio())
    line.hear(3_000)
    line.audio.did(fx.Transcribe("one"))
    line.audio.heard(fx.Transcribed("one", "hello", 3.0))
    assert line.places() == [("one", 1_000, 3_000)]


def test_of_a_reply_what_was_heard_is_kept_before_the_turn_that_cut_it() -> None:
    line = Line()
    line.reply(1, 4_000)
    line.hear(3_000)
    line.audio.did(fx.KeepHeard(1, "Your flight", 1_500))
    line.turn("cut", starts=1_000, stops=2_000)
    line.reply(2, 700)
    line.audio.flush()
    assert [(one.item_id, len(one.pcm) // BYTES_PER_MS) for one in line.given] == [
        ("reply_1", 1_500),
        ("cut", 1_000),
        ("reply_2", 700),
    ]


@given(st.lists(st.tuples(st.integers(0, 9_000), st.integers(20, 4_000), st.booleans()), max_size=12))
def test_no_sound_is_kept_that_belongs_to_no_turn_or_to_a_secret(turns: list[tuple[int, int, bool]]) -> None:
    line = Line()
    expected: list[tuple[str, int, int]] = []
    for number, (quiet, speech, secret) in enumerate(turns):
        line.hear(quiet)
        starts = line.ms
        line.hear(speech)
        line.secret = secret
        line.turn(str(number), starts=starts, stops=line.ms)
        kept = min(speech, KEPT_MS * 2)
        if not secret and speech <= KEPT_MS:
            expected.append((str(number), starts % 30_000, kept))
        elif not secret:
            expected.append((str(number), line.places()[-1][1], line.places()[-1][2]))
    assert line.places() == expected
