"""What customers say in `lobby bench`: short conversations over all agents, with codes and yes or no among the answers.

They are spoken by the packaged voices in turn, at several speeds, with the noise of a quiet room behind them. Voices
and recogniser never trained on each other, but synthetic voices are easier than people are: recordings say more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_server.audio import duration_ms, from_bytes, read_wav
from edge_server.evaluation import sound
from edge_server.evaluation.sound import Spoken
from edge_server.speech.service import SpeechService

Progress = Callable[[str, int, int], None]

CONVERSATIONS: tuple[tuple[str, ...], ...] = (
    ("Hello, what can you do for me?", "What is the status of flight L B two oh four?"),
    ("Which flights go from Boston to Denver tomorrow?", "Is there a gate yet for the first one?"),
    (
        "I would like to see my bookings.",
        "K, seven, M, two, Q, X.",
        "Four, oh, seven, one.",
        "I want to cancel my flight.",
        "No.",
    ),
    ("When can I check in at Front Range Inn?", "And is breakfast included?"),
    ("How do I travel with a dog?", "Do you have a room in Seattle for tonight?"),
)
SPEEDS = (1.0, 0.9, 1.1, 1.2)
"""Speaking rates, one conversation after the other."""
ROOM_DB = 30.0
"""How much quieter than the speech the room is."""
SEED = 20


@dataclass(frozen=True, slots=True)
class Question:
    """One thing a customer says: its words (or the name of the recording) and its sound."""

    words: str
    spoken: Spoken


Script = tuple[Question, ...]
"""What one customer says, question after question in one session."""


async def packaged_script(speech: SpeechService, progress: Progress) -> list[Script]:
    """`CONVERSATIONS`, spoken by the voices of `speech`, which must be started."""
    random = np.random.default_rng(SEED)
    scripts: list[Script] = []
    done, total = 0, sum(map(len, CONVERSATIONS))
    for number, lines in enumerate(CONVERSATIONS):
        script: list[Question] = []
        voice, speed = speech.voices[number % len(speech.voices)], SPEEDS[number % len(SPEEDS)]
        for words in lines:
            pcm = from_bytes(await speech.synthesise(words, voice=voice, speed=speed))
            script.append(Question(words, in_a_room(Spoken.found_in(pcm), random)))
            done += 1
            progress("questions", done, total)
        scripts.append(tuple(script))
    return scripts


async def spoken_by_own_voice(models_dir: Path | None, progress: Progress) -> list[Script]:
    """`packaged_script`, from workers that live only while it is made."""
    speech = SpeechService(models_dir)
    await speech.start(progress)
    try:
        return await packaged_script(speech, progress)
    finally:
        await speech.close()


def recorded(files: Sequence[Path]) -> list[Script]:
    """Each recording as a conversation of its own, its speech found by level. Raises AudioError."""
    return [(Question(file.name, Spoken.found_in(read_wav(file))),) for file in files]


def in_a_room(spoken: Spoken, random: np.random.Generator) -> Spoken:
    """The speech with the quiet rumble of a room behind it."""
    noise = sound.rumble(duration_ms(spoken.pcm) + 1, random)
    return spoken.heard_as(sound.in_noise(spoken, noise, ROOM_DB))


async def scripts_for(files: Sequence[Path], models_dir: Path | None, progress: Progress) -> list[Script]:
    """The recordings given, else the packaged questions. Raises AudioError, ModelError, WorkerError."""
    if files:
        return await asyncio.to_thread(recorded, files)
    return await spoken_by_own_voice(models_dir, progress)
