"""What of a model's speech is passed on, and when; no model and no socket."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_server.audio import BYTES_PER_MS
from edge_server.engines.cloud.speaking import FASTEST_MS, Piece, Speaking

WORDS = ["the", "desk", "can", "help", "you", "with", "that", "and", "tell", "you", "what", "it", "costs", "."]


def forty_two(text: str) -> bool:
    return "42" in text


def speaking(*, speaks: bool = True) -> Speaking:
    """A check for which 42 is the only fact, and an invented one."""
    return Speaking(lambda text: not forty_two(text), forty_two, speaks)


def text_of(pieces: list[Piece]) -> str:
    return " ".join(piece for piece in pieces if isinstance(piece, str))


def sound_of(pieces: list[Piece]) -> bytes:
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))


def test_audio_waits_for_the_first_words_and_words_come_before_it() -> None:
    said = speaking()
    assert said.audio(bytes(100 * BYTES_PER_MS)) == []
    pieces = said.words("Good morning to you. ")
    assert isinstance(pieces[0], str)
    assert sound_of(pieces) == bytes(100 * BYTES_PER_MS)


def test_an_invented_fact_stops_words_and_audio_from_its_sentence_on() -> None:
    said = speaking()
    before = said.words("I can tell you. It costs 42")
    before += said.audio(bytes(400 * BYTES_PER_MS))
    after = said.words(" dollars. Really.") + said.audio(bytes(400 * BYTES_PER_MS)) + said.end()
    assert said.invented
    assert "42" not in text_of(before)
    assert after == []


def test_a_fact_is_free_as_soon_as_it_is_known_to_be_true() -> None:
    said = Speaking(lambda text: True, forty_two)
    said.words("It costs 42 dollars and")
    assert sound_of(said.audio(bytes(500 * BYTES_PER_MS)))


def test_a_written_reply_needs_no_audio() -> None:
    said = speaking(speaks=False)
    assert text_of(said.words("Good morning. What can I") + said.end()) == "Good morning. What can I"


def test_once_the_words_are_known_audio_only_passes_through() -> None:
    said = speaking()
    said.words("I repeat.")
    said.words_done()
    assert said.flowing
    assert said.audio(b"ab" * 480) == [b"ab" * 480]


@given(
    st.lists(st.one_of(st.sampled_from(WORDS), st.just("42"), st.integers(1, 30)), max_size=60),
    st.booleans(),
)
def test_all_is_passed_on_in_order_or_nothing_after_what_was_invented(steps: list[str | int], speaks: bool) -> None:
    said = speaking(speaks=speaks)
    given_text, given_sound, out = "", b"", list[Piece]()
    for number, step in enumerate(steps):
        if isinstance(step, str):
            given_text += f"{step} "
            out += said.words(f"{step} ")
        elif speaks:
            pcm = bytes([number % 251]) * (step * 10 * BYTES_PER_MS)
            given_sound += pcm
            out += said.audio(pcm)
            if not said.invented:
                assert len(sound_of(out)) / BYTES_PER_MS <= len(given_text) * FASTEST_MS
    out += said.end()
    assert said.end() == []
    words = text_of(out).split()
    assert given_text.split()[: len(words)] == words
    assert given_sound.startswith(sound_of(out))
    if forty_two(given_text):
        assert said.invented
        assert "42" not in words
    else:
        assert words == given_text.split()
        assert sound_of(out) == given_sound
    assert said.sent_ms * BYTES_PER_MS == len(sound_of(out))
