"""Customers of our own for `lobby eval turns`: made on the spot by the packaged voices, always the same for a seed.

Turns with pauses of 300 to 900 ms inside codes, sentences, lists and dates, with hesitations and a trailing "and";
turns without any, and a yes or no; and what people and rooms sound like while a reply plays. Every case is clean; of
three, one comes in babble and one over a telephone line as well.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge_server.audio import Pcm, from_bytes
from edge_server.evaluation import sound
from edge_server.evaluation.files import CaseKind
from edge_server.evaluation.sound import Spoken
from edge_server.evaluation.turns import ASK, Case
from edge_server.speech.service import SpeechService

Progress = Callable[[str, int, int], None]

SEED = 11
SPEEDS = (0.9, 1.0, 1.1)
PAUSES_MS = (300.0, 450.0, 600.0, 750.0, 900.0)
BABBLE_DB = 12.0
EDGE_MS = 300.0
ROOM_MS = 3_000.0

CODE_ASKED = ("I would like to see my bookings.",)
PIN_ASKED = (*CODE_ASKED, "K7M2QX")
CONFIRM_ASKED = (*PIN_ASKED, "4071", "I want to cancel my flight.")
DAY_ASKED = ("I need a hotel room in Denver.",)

TURNS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("code", CODE_ASKED, ("K, seven, M,", "two, Q, X.")),
    ("code", CODE_ASKED, ("K, seven,", "M, two,", "Q, X.")),
    ("code", CODE_ASKED, ("It's K, seven, M, two,", "Q, X.")),
    ("code", CODE_ASKED, ("My booking code is", "R, three, W, nine, Z, D.")),
    ("code", CODE_ASKED, ("K as in kilo, seven, M as in Mike,", "two, Q, X.")),
    ("pin", PIN_ASKED, ("Four, oh,", "seven, one.")),
    ("pin", PIN_ASKED, ("Four,", "oh, seven,", "one.")),
    ("date", DAY_ASKED, ("From the twenty sixth of", "November.")),
    ("date", DAY_ASKED, ("From Friday", "until Monday, please.")),
    ("sentence", (), ("I'd like to know", "when the flight to Denver leaves.")),
    ("sentence", (), ("Can you tell me if the flight from Boston", "is on time tonight?")),
    ("sentence", (), ("I want to change my flight", "to Friday morning.")),
    ("hesitation", (), ("I need a room in, um,", "Seattle, for tonight.")),
    ("hesitation", (), ("Is there, uh,", "a later flight to Boston?")),
    ("hesitation", (), ("Well, um,", "I was wondering about breakfast.")),
    ("trailing and", (), ("I want a room with a king bed and", "breakfast for two people.")),
    ("trailing and", (), ("Is there a pool and", "can I bring my dog?")),
    ("list", (), ("I could fly to Denver,", "or Boston,", "or maybe Miami.")),
    ("whole", (), ("What is the status of flight L B two oh four?",)),
    ("whole", (), ("When can I check in at Front Range Inn?",)),
    ("whole", (), ("How do I travel with a dog?",)),
    ("whole", (), ("Which gate does the flight to Denver leave from?",)),
    ("whole", (), ("I would like to talk to a person.",)),
    ("whole code", CODE_ASKED, ("K, seven, M, two, Q, X.",)),
    ("whole code", PIN_ASKED, ("Four, oh, seven, one.",)),
    ("yes or no", CONFIRM_ASKED, ("No.",)),
    ("yes or no", CONFIRM_ASKED, ("No, thank you.",)),
    ("yes or no", CONFIRM_ASKED, ("No, leave it as it is.",)),
)
"""Group, what is written before, and the pieces between the pauses."""
INTERRUPTIONS = (
    "Wait.",
    "No, stop.",
    "Stop, please.",
    "Hold on a second.",
    "Actually, I want a hotel room in Denver.",
    "I have another question.",
    "That's not what I meant.",
    "Sorry, when does the flight to Denver leave?",
)
BACKCHANNELS = ("Okay.", "Right.", "Uh-huh.", "Yeah.", "I see.", "Mm-hm.")
REPLIES_TO = (ASK, "How do I travel with a dog?")
"""What the replies answer that are spoken over."""


async def own_cases(speech: SpeechService, progress: Progress) -> list[Case]:
    """All cases of the panel; `speech` must be started."""
    random = np.random.default_rng(SEED)
    done, total = 0, len(TURNS) + len(INTERRUPTIONS) + len(BACKCHANNELS)

    async def spoken(pieces: tuple[str, ...]) -> Spoken:
        nonlocal done
        voice, speed = speech.voices[done % len(speech.voices)], SPEEDS[done % len(SPEEDS)]
        sounds = [from_bytes(await speech.synthesise(piece, voice=voice, speed=speed)) for piece in pieces]
        done += 1
        progress("panel", done, total)
        pauses = [PAUSES_MS[(done + place) % len(PAUSES_MS)] for place in range(len(pieces) - 1)]
        return sound.padded(sound.joined(sounds, pauses), EDGE_MS, 0.0)

    clean: list[Case] = []
    for group, before, pieces in TURNS:
        clean.append(Case(" … ".join(pieces), "turn", group, "clean", before, await spoken(pieces)))
    over: list[tuple[CaseKind, str, Spoken]] = []
    over += [("interruption", line, await spoken((line,))) for line in INTERRUPTIONS]
    over += [("backchannel", line, await spoken((line,))) for line in BACKCHANNELS]
    over.append(("backchannel", "a hummed mm-hm", sound.padded(Spoken.found_in(sound.murmur(random)), EDGE_MS, 0.0)))
    clean += [
        Case(line, kind, "words", "clean", (), one, REPLIES_TO[number % len(REPLIES_TO)])
        for number, (kind, line, one) in enumerate(over)
    ]
    crowd = [case.spoken.pcm for case in clean[:12]]
    cases: list[Case] = []
    for number, case in enumerate(clean):
        cases.append(case)
        if number % 3 == 0:
            bed = sound.babble(crowd, len(case.spoken.pcm), random)
            cases.append(_heard(case, "babble", sound.in_noise(case.spoken, bed, BABBLE_DB)))
        elif number % 3 == 1:
            cases.append(_heard(case, "telephone", sound.telephone(case.spoken.pcm)))
    for name, pcm in _noises(crowd, random).items():
        cases.append(Case(name, "noise", "noise", "clean", (), Spoken(pcm, 0, len(pcm))))
    return cases


def _heard(case: Case, condition: str, pcm: Pcm) -> Case:
    return Case(case.name, case.kind, case.group, condition, case.before, case.spoken.heard_as(pcm), case.ask)


def _noises(crowd: list[Pcm], random: np.random.Generator) -> dict[str, Pcm]:
    length = len(sound.silence(ROOM_MS))
    far = sound.babble(crowd, length, random) // 2
    return {
        "a cough": sound.bursts(2, random),
        "a clearing of the throat": sound.bursts(3, random, -26.0),
        "a cup put down": sound.bursts(1, random)[: sound.FRAME * 4],
        "music": sound.melody(ROOM_MS, random, -32.0),
        "people far away": far.astype(np.int16),
        "ventilation": sound.rumble(ROOM_MS, random),
    }
