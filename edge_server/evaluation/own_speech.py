"""Recordings of our own for `lobby eval speech`: made on the spot by the packaged voices, always the same for a seed.

Sentences, spelled codes and strings of digits, each at one of several speeds, clean, in babble and over a telephone
line; codes and digits once more without pauses; and noises in which nobody speaks. Synthetic voices are easier than
people are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge_server.audio import Pcm, from_bytes
from edge_server.evaluation import sound
from edge_server.evaluation.sound import Spoken
from edge_server.evaluation.speech import Clip
from edge_server.speech.service import SpeechService

Progress = Callable[[str, int, int], None]

SEED = 7
SPEEDS = (0.9, 1.0, 1.1, 1.2)
BABBLE_DB = 10.0
"""How much louder the customer is than the people around."""
VOICES_AROUND = 5
EDGE_MS = 400.0

SENTENCES = (
    "I'd like to know if the flight to Denver leaves on time tonight.",
    "Can you tell me which gate the evening flight from Boston goes from?",
    "My wife and I need a room with two beds from Friday until Monday.",
    "How much would it cost to change my seat to one by the window?",
    "Is there a later flight to San Francisco on Sunday afternoon?",
    "I booked a king room last week and I want to stay one night longer.",
    "What time does breakfast start and is it included in the price?",
    "Please cancel my reservation, I won't be able to travel.",
    "Do you have somewhere to leave our luggage after we check out?",
    "We are travelling with a small dog, is that a problem on board?",
    "I think my connection is too short, what happens if I miss it?",
    "Could somebody call me a taxi for a quarter past six in the morning?",
    "The card was charged one hundred and forty dollars, that can't be right.",
    "No, not Tuesday, I said Thursday the twenty sixth of November.",
)
CODES = ("K7M2QX", "R3W9ZD", "H4N8TP", "B6F1JY", "V2C5SG", "D9T3NE", "P8B4MZ", "X1G7AL")
DIGITS = ("4071", "9356", "2280", "617402", "505981", "8613470952")
NOISES = ("hiss", "rumble", "hum", "beep", "chord", "melody", "coughs", "clicks")


async def own_clips(speech: SpeechService, progress: Progress) -> list[Clip]:
    """All clips of the panel; `speech` must be started."""
    random = np.random.default_rng(SEED)
    lines = [("sentence", text, text) for text in SENTENCES]
    lines += [("code", code, ", ".join(code) + ".") for code in CODES]
    lines += [("digits", digits, ", ".join(digits) + ".") for digits in DIGITS]
    again = [(kind, text, " ".join(text) + ".") for kind, text, _ in lines[len(SENTENCES) :]]
    spoken: list[Spoken] = []
    for number, (_, _, words) in enumerate([*lines, *again]):
        voice, speed = speech.voices[number % len(speech.voices)], SPEEDS[number % len(SPEEDS)]
        pcm = from_bytes(await speech.synthesise(words, voice=voice, speed=speed))
        spoken.append(sound.padded(Spoken.found_in(pcm), EDGE_MS, EDGE_MS))
        progress("panel", number + 1, len(lines) + len(again))
    crowd = [one.pcm for one in spoken[: len(SENTENCES)]]
    clips: list[Clip] = []
    for number, ((kind, text, _), one) in enumerate(zip([*lines, *again], spoken, strict=True)):
        hearing = 1 if number < len(lines) else 2
        around = [crowd[place] for place in random.choice(len(crowd), VOICES_AROUND, replace=False)]
        bed = sound.babble(around, len(one.pcm), random)
        for condition, pcm in (
            ("clean", one.pcm),
            ("babble", sound.in_noise(one, bed, BABBLE_DB)),
            ("telephone", sound.telephone(one.pcm)),
        ):
            clips.append(Clip(f"{text} ({condition})", text, kind, condition, pcm, hearing=hearing))
    return [*clips, *(Clip(name, "", "noise", name, noise(name, random)) for name in NOISES)]


def noise(name: str, random: np.random.Generator) -> Pcm:
    """One of `NOISES`, about 3 s of it."""
    match name:
        case "hiss":
            return sound.hiss(3_000, random)
        case "rumble":
            return sound.rumble(3_000, random)
        case "hum":
            return sound.tones(3_000, (60.0, 120.0, 180.0))
        case "beep":
            return sound.tones(1_500, (1_000.0,))
        case "chord":
            return sound.tones(3_000, (262.0, 330.0, 392.0))
        case "melody":
            return sound.melody(3_000, random)
        case "coughs":
            return np.concatenate((sound.silence(500), sound.bursts(2, random), sound.silence(1_500)))
        case _:
            click = sound.bursts(1, random)[: sound.FRAME]
            return np.concatenate([np.concatenate((click, sound.silence(600))) for _ in range(4)])
