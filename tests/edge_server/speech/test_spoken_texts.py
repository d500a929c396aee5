"""Speech made ahead: only of fixed sentences, only for this voice, never beyond its folder's limit."""

from __future__ import annotations

import os
from pathlib import Path

from edge_server.speech.spoken_texts import SpokenTexts

PCM = bytes(2_000)


def test_a_fixed_sentence_is_there_after_a_restart(tmp_path: Path) -> None:
    first = SpokenTexts(tmp_path / "speech")
    first.expect(["One moment."])
    first.put("One moment.", "joe 1", 1.0, PCM)
    again = SpokenTexts(tmp_path / "speech")
    again.expect(["One moment."])
    assert again.get("One moment.", "joe 1", 1.0) == PCM


def test_another_voice_another_model_or_speed_is_not_served_by_it(tmp_path: Path) -> None:
    kept = SpokenTexts(tmp_path)
    kept.expect(["One moment."])
    kept.put("One moment.", "joe 1", 1.0, PCM)
    assert kept.get("One moment.", "joe 2", 1.0) is None
    assert kept.get("One moment.", "amy 1", 1.0) is None
    assert kept.get("One moment.", "joe 1", 1.2) is None


def test_what_nobody_named_as_fixed_is_never_kept(tmp_path: Path) -> None:
    kept = SpokenTexts(tmp_path)
    kept.expect(["One moment."])
    kept.put("Thank you, Maria.", "joe 1", 1.0, PCM)
    assert kept.get("Thank you, Maria.", "joe 1", 1.0) is None
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_private_and_does_not_outgrow_its_limit(tmp_path: Path) -> None:
    folder = tmp_path / "speech"
    texts = [f"Sentence {number}." for number in range(10)]
    kept = SpokenTexts(folder, largest=5 * len(PCM))
    kept.expect(texts)
    for number, text in enumerate(texts):
        kept.put(text, "joe 1", 1.0, PCM)
        for path in folder.iterdir():
            if path.stat().st_mtime > 1_000_000:
                os.utime(path, (number, number))
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 5 * len(PCM)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())
    fresh = SpokenTexts(folder)
    fresh.expect(texts)
    assert fresh.get(texts[-1], "joe 1", 1.0) == PCM
