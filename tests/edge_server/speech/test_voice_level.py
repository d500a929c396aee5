"""Speech over a telephone goes on while it is as loud as before, and nothing else prolongs a turn."""

from __future__ import annotations

from edge_server.speech.voice_level import VoiceLevel

LINE_DB, WORD_DB = -60.0, -20.0


def after_a_word(floor_db: float = LINE_DB) -> VoiceLevel:
    """The levels after a word of 0.3 s and a gap of as long."""
    level = VoiceLevel()
    for _ in range(10):
        level.goes_on(floor_db, False)
    for _ in range(10):
        level.goes_on(WORD_DB, True)
    for _ in range(10):
        level.goes_on(floor_db, False)
    return level


def test_the_next_word_goes_on_though_the_network_hears_none() -> None:
    level = after_a_word()
    assert [level.goes_on(WORD_DB - 5, False) for _ in range(3)] == [False, True, True]
    assert not level.goes_on(LINE_DB, False)


def test_a_click_and_a_soft_voice_do_not() -> None:
    level = after_a_word()
    assert not level.goes_on(WORD_DB, False) and not level.goes_on(LINE_DB, False)
    assert not any(level.goes_on(WORD_DB - 20, False) for _ in range(20))


def test_nothing_goes_on_among_others_who_talk_nor_before_the_first_word() -> None:
    babble = after_a_word(floor_db=WORD_DB - 12)
    assert not any(babble.goes_on(WORD_DB - 2, False) for _ in range(20))
    silent = VoiceLevel()
    for _ in range(10):
        silent.goes_on(LINE_DB, False)
    assert not any(silent.goes_on(WORD_DB, False) for _ in range(5))
