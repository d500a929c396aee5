"""Sound goes down the line in real time, and what was heard of it is known."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edge_server.phone.frames import FRAME_MS
from edge_server.phone.pacer import LEAD_S, Pacer

FRAME = bytes(640)


def run(pacer: Pacer, until: float, now: float = 0.0, step: float = 0.005) -> list[tuple[float, bytes]]:
    """Send what is due from `now` on, looking every 5 ms."""
    sent: list[tuple[float, bytes]] = []
    while now <= until:
        sent += [(now, frame) for frame in pacer.due(now)]
        now += step
    return sent


def test_a_second_of_sound_takes_a_second() -> None:
    pacer = Pacer(16_000)
    pacer.feed("a", FRAME * 50)
    sent = run(pacer, 2.0)
    assert len(sent) == 50
    assert sent[0][0] == 0.0
    assert abs(sent[-1][0] - (1.0 - 0.02 - LEAD_S)) <= 0.03
    assert pacer.heard_ms("a", 2.0) == 1000


def test_what_was_cut_off_was_not_heard() -> None:
    pacer = Pacer(24_000)
    pacer.feed("a", bytes(960 * 100))
    run(pacer, 0.5)
    assert pacer.flush(0.5)
    assert round(pacer.heard_ms("a", 9.0) or 0) == 500
    assert not pacer.due(1.0) and not pacer.playing(0.5)
    assert not pacer.flush(1.0), "there is nothing left to stop"


def test_the_last_piece_of_a_reply_is_filled_up_with_silence() -> None:
    pacer = Pacer(16_000)
    pacer.feed("a", b"\1" * 700)
    assert pacer.due(0.0) == [b"\1" * 640]
    pacer.end()
    assert pacer.due(0.02) == [b"\1" * 60 + bytes(580)]


def test_a_reply_that_begins_later_is_counted_by_itself() -> None:
    pacer = Pacer(16_000)
    pacer.feed("a", FRAME * 10)
    run(pacer, 0.3)
    pacer.feed("b", FRAME * 10)
    run(pacer, 1.1, now=1.0)
    assert pacer.heard_ms("a", 1.1) == 200
    assert abs((pacer.heard_ms("b", 1.1) or 0) - 100) < 1e-6
    assert pacer.heard_ms("never", 1.1) is None


def test_a_gap_in_the_midst_of_speech_is_noticed() -> None:
    pacer = Pacer(16_000)
    pacer.feed("a", FRAME * 50)
    pacer.due(0.0)
    assert pacer.late_ms(0.05) == 0.0
    assert abs(pacer.late_ms(0.5) - (500 - LEAD_S * 1000 - 20)) < 21
    run(pacer, 3.0, now=0.5)
    assert pacer.late_ms(5.0) == 0.0


class AnyOrder(RuleBasedStateMachine):
    """However sound comes, is flushed and time passes: no frame is early, lost or sent twice."""

    def __init__(self) -> None:
        super().__init__()
        self.pacer, self.now = Pacer(16_000), 0.0
        self.fed = self.sent = 0
        self.began: list[float] = []

    @rule(frames=st.integers(1, 30), part=st.integers(0, 639))
    def feed(self, frames: int, part: int) -> None:
        self.pacer.feed(f"item-{self.fed}", FRAME * frames + bytes(part - part % 2))
        self.pacer.end()
        self.fed += 1

    @rule(passed=st.floats(0.0, 0.5))
    def wait(self, passed: float) -> None:
        self.now += passed
        for frame in self.pacer.due(self.now):
            assert len(frame) == 640
            self.sent += 1
            self.began.append(self.now)

    @rule()
    def flush(self) -> None:
        self.pacer.flush(self.now)
        assert self.pacer.left_ms(self.now) == 0

    @invariant()
    def never_more_ahead_than_the_lead(self) -> None:
        waiting_ms = len(self.pacer._waiting) * FRAME_MS
        assert self.pacer.left_ms(self.now) - waiting_ms <= LEAD_S * 1000 + FRAME_MS + 1e-3

    @invariant()
    def no_more_is_heard_than_was_sent(self) -> None:
        heard = sum(self.pacer.heard_ms(f"item-{at}", self.now) or 0 for at in range(self.fed))
        assert heard <= self.sent * FRAME_MS + 1e-3
        assert heard <= self.now * 1000 + LEAD_S * 1000 + FRAME_MS + 1e-3


TestAnyOrder = AnyOrder.TestCase


@given(st.lists(st.binary(min_size=2, max_size=3000).map(lambda data: data[: len(data) // 2 * 2]), max_size=20))
def test_every_byte_comes_out_in_order(pieces: list[bytes]) -> None:
    pacer = Pacer(16_000)
    for piece in pieces:
        pacer.feed("a", piece)
    pacer.end()
    out = b"".join(frame for _, frame in run(pacer, 8.0, step=0.02))
    whole = b"".join(pieces)
    assert out[: len(whole)] == whole and not any(out[len(whole) :])
