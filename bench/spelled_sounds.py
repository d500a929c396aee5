"""The sounds that `bench/spelled_signs.py` learns from: letters and digits in a row by people and synthetic voices.

People say one at a time: their strings are put together from single recordings with pauses of 0 to 350 ms, each string
a little higher and faster, or lower and slower, than the person is. Synthetic voices say strings as a whole, alone and
behind words like "my booking code is", and single characters that are put together in the same way.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agents.understand.words import NATO
from bench.short_sounds import DIGITS, ESPEAK, LETTERS, Say, Surroundings
from bench.spelled_people import Person
from edge_server.audio import RATE, Pcm, resample
from edge_server.evaluation import sound
from edge_server.evaluation.own_speech import SENTENCES
from edge_server.evaluation.sound import Spoken
from edge_server.speech.spelled_signs import WORD

CHANGES = (
    *("", "", "telephone", "telephone", "babble", "noise", "telephone babble", "telephone noise", "slower", "faster"),
)
PAUSES_MS = (0, 20, 40, 80, 120, 180, 250, 350)
LENGTHS = (1, 2, 3, 4, 4, 4, 5, 6, 6, 6, 6, 7, 8)
BEFORE = ("My booking code is", "It is", "Yes, it is", "The number is", "My PIN is", "The code is", "Okay, so that is")
BEHIND = (", please.", ", thank you.")
STRINGS_OF_A_PERSON, MIXED_STRINGS, STRETCHES, NOISES = 50, 130, 35, 40
STRINGS_OF_A_SPELLER, IN_WORDS = 160, 30
"""Of each person who says letters; of each who says the spelling alphabet, where its words are no characters."""
HIGHER = (0.85, 1.2)
"""Between these factors a person's pitch and pace are moved, for each string anew."""
WHOLE = {"espeak": 32, "piper": 60, "kokoro": 7}
"""Strings said as a whole by each voice of a kind; the last is slow."""
JOINED = {"espeak": 16, "piper": 30, "kokoro": 30}

OTHERWISE = {"espeak": 14, "piper": 30, "kokoro": 2}
"""Codes and numbers said otherwise than sign by sign, by each voice: what is no sign is a word."""
_OTHER_ANSWERS = """
I need a room for three nights.|Two of us, for the ninth.|I don't have the code here.|It was for four people.|
Sorry, what?|Can I talk to somebody?|We are at gate nine.|I don't know it.|One moment, please.|
I have two bags and one seat.|Hold on.|Wait, I'll find it.|Is it on the ticket?|What do you mean?|
It's in my e-mail, I think.|No, I never got one.|At six or seven.|It's under my wife's name.|
A room for one, please.|Do I need that?|I want to go to Seattle.|The flight at nine, for two.|
Could you say that again?|For eight nights or so.|I see.|Oh, I see, okay.|Are you there?|Why do you ask?|
He has it.|I'd like a seat by the window.|There are five of us.|Can we leave at four?|See you at two, then.|
I'm in a queue.|Oh no.|My customer number, or the code?|It begins with an A, I think.|Do you have a pen?|
Three of the rooms are for you.|Too late."""
OTHER_ANSWERS = [answer.strip() for answer in _OTHER_ANSWERS.split("|")]
"""What a customer may say in place of a code."""
ANSWERS = {"espeak": 14, "piper": 24, "kokoro": 2}
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True, slots=True)
class Said:
    """A sound; `text` is what was said in it, of `edge_server.speech.spelled_signs.SIGNS`."""

    text: str
    speaker: str
    change: str
    pcm: Pcm


def people(recordings: Sequence[tuple[str, str, Pcm]], around: Surroundings) -> Iterator[Said]:
    """Strings of the digits of each person who says all ten, and of anybody's `recordings` (word, speaker, sound)."""
    dice = around.dice
    by_speaker: dict[str, dict[str, Pcm]] = {}
    for word, speaker, pcm in recordings:
        by_speaker.setdefault(speaker, {})[_sign(word)] = pcm
    whole = {speaker for speaker, own in by_speaker.items() if len(own.keys() - {WORD}) == len(DIGITS)}
    for speaker in sorted(whole):
        own = by_speaker[speaker]
        for _ in range(STRINGS_OF_A_PERSON):
            signs = [dice.choice(sorted(own)) for _ in range(dice.choice(LENGTHS))]
            even = dice.random() < 0.5
            parts = [_at_one_level(own[sign], dice) if even else own[sign] for sign in signs]
            yield _heard("".join(signs), speaker, _joined(parts, dice), around)
    rest = [(_sign(word), pcm) for word, speaker, pcm in recordings if speaker not in whole]
    for _ in range(MIXED_STRINGS if rest else 0):
        chosen = [dice.choice(rest) for _ in range(dice.randint(1, 6))]
        parts = [_at_one_level(pcm, dice) for _, pcm in chosen]
        yield _heard("".join(sign for sign, _ in chosen), "people", _joined(parts, dice), around)


def spellers(everybody: Sequence[Person], around: Surroundings) -> Iterator[Said]:
    """Strings of each person's own letters and digits; of lent digits only a few stand among their letters."""
    dice = around.dice
    for person in everybody:
        letters = [sign for sign in person.signs if sign.isalpha()]
        digits = [sign for sign in person.signs if sign.isdigit()]
        for _ in range(STRINGS_OF_A_SPELLER):
            share = dice.choice((0.55, 0.65, 1.0)) if person.lender else dice.choice((0.3, 0.65, 0.65, 1.0))
            signs = [dice.choice(letters if dice.random() < share else digits) for _ in range(dice.choice(LENGTHS))]
            parts = [_at_one_level(person.signs[sign], dice) for sign in signs]
            yield _heard("".join(signs), person.name, _higher(_joined(parts, dice), dice), around)
        for _ in range(IN_WORDS if person.words else 0):
            signs = [dice.choice(letters if dice.random() < 0.65 else digits) for _ in range(dice.choice(LENGTHS))]
            parts = [_at_one_level(person.words.get(sign, person.signs[sign]), dice) for sign in signs]
            text = re.sub(f"{WORD}+", WORD, "".join(WORD if sign in person.words else sign for sign in signs))
            yield _heard(text, person.name, _higher(_joined(parts, dice), dice), around)


def _higher(pcm: Pcm, dice: random.Random) -> Pcm:
    return resample(pcm, RATE, int(RATE / dice.uniform(*HIGHER)))


def other_speech(readings: Sequence[Pcm], said: Mapping[str, Say], around: Surroundings) -> Iterator[Said]:
    """People reading, sentences, and noises: no characters."""
    dice = around.dice
    for reading in readings:
        for _ in range(STRETCHES):
            length = int(dice.uniform(1, 5) * RATE)
            begins = dice.randrange(len(reading) - length)
            yield _heard(WORD, "reading", reading[begins : begins + length], around)
    for voice, say in said.items():
        for text in dice.sample(SENTENCES, 2):
            yield _heard(WORD, voice, say(text, 1.0), around)
    for number in range(NOISES):
        random_numbers = around.numbers
        noise = (
            sound.hiss(1_500, random_numbers),
            sound.murmur(random_numbers),
            around.babble(RATE * 3 // 2),
            sound.melody(1_500, random_numbers),
        )[number % 4]
        yield Said("", "noise", "noise", around.heard(noise, dice.choice(("", "telephone"))))


def voices_spelling(said: Mapping[str, Say], around: Surroundings) -> Iterator[Said]:
    """Strings by synthetic voices."""
    dice = around.dice
    for voice, say in said.items():
        kind = "espeak" if voice in ESPEAK else "piper" if voice in ("joe", "june") else "kokoro"
        for _ in range(WHOLE[kind]):
            text, words = _announced(_signs(dice), dice)
            yield _heard(text, voice, say(words, dice.choice((0.85, 1.0, 1.0, 1.15))), around)
        for _ in range(OTHERWISE[kind]):
            parts = [dice.choice((_number, _spelled_out, _doubled))(dice) for _ in range(dice.randint(1, 4))]
            words = dice.choice((" ", ", ")).join(spoken for _, spoken in parts)
            text = re.sub(f"{WORD}+", WORD, "".join(signs for signs, _ in parts))
            yield _heard(text, voice, say(f"{words}.", dice.choice((0.85, 1.0, 1.0, 1.15))), around)
        for answer in dice.sample(OTHER_ANSWERS, ANSWERS[kind]):
            yield _heard(WORD, voice, say(answer, dice.choice((0.85, 1.0, 1.0, 1.15))), around)
        single: dict[str, Pcm] = {}
        for _ in range(JOINED[kind]):
            signs = _signs(dice)
            names = [_name(sign, dice) for sign in signs]
            for name in names:
                if name not in single:
                    single[name] = say(f"{name}.", dice.choice((0.9, 1.0, 1.1)))
            yield _heard("".join(signs), voice, _joined([single[name] for name in names], dice), around)


def _announced(signs: Sequence[str], dice: random.Random) -> tuple[str, str]:
    """The text of `signs`, sometimes with words around them, and how it is spoken."""
    words = dice.choice((", ", ", ", " ", ". ", ", ")).join(_name(sign, dice) for sign in signs)
    draw = dice.random()
    if draw < 0.25:
        return WORD + "".join(signs), dice.choice(BEFORE) + dice.choice((" ", ", ")) + words + "."
    if draw < 0.33:
        return "".join(signs) + WORD, words + dice.choice(BEHIND)
    return "".join(signs), words + "."


def _number(dice: random.Random) -> tuple[str, str]:
    """A number of two or three digits, the way numbers are said: its text and words."""
    draw = dice.random()
    digit = dice.randrange(1, 10)
    if draw < 0.3:
        return WORD, dice.choice(TEENS)
    if draw < 0.7:
        return f"{WORD}{digit}", f"{dice.choice(TENS)} {DIGITS[digit]}"
    return (WORD, dice.choice(TENS)) if draw < 0.85 else (f"{digit}{WORD}", f"{DIGITS[digit]} hundred")


def _spelled_out(dice: random.Random) -> tuple[str, str]:
    """A word of the spelling alphabet, or a letter with a word for it, and a digit."""
    word, letter = dice.choice(sorted(NATO.items()))
    digit = dice.randrange(10)
    if dice.random() < 0.6:
        return f"{WORD}{digit}", f"{word} {DIGITS[digit]}"
    return f"{letter}{WORD}{digit}", f"{letter} as in {word}, {DIGITS[digit]}"


def _doubled(dice: random.Random) -> tuple[str, str]:
    digit = dice.randrange(10)
    return f"{WORD}{digit}", f"{dice.choice(('double', 'triple'))} {DIGITS[digit]}"


def _signs(dice: random.Random) -> list[str]:
    """Digits, letters, or most often both."""
    draw = dice.random()
    letters = 0.0 if draw < 0.3 else 1.0 if draw < 0.5 else 0.6
    return [
        dice.choice(LETTERS) if dice.random() < letters else str(dice.randrange(10))
        for _ in range(dice.choice(LENGTHS))
    ]


def _name(sign: str, dice: random.Random) -> str:
    if sign == "0" and dice.random() < 0.25:
        return "oh"
    return DIGITS[int(sign)] if sign.isdigit() else sign


def _sign(word: str) -> str:
    return str(DIGITS.index(word)) if word in DIGITS else WORD


def _joined(parts: Sequence[Pcm], dice: random.Random) -> Pcm:
    return sound.joined(parts, [dice.choice(PAUSES_MS) for _ in parts[1:]]).pcm


def _at_one_level(pcm: Pcm, dice: random.Random) -> Pcm:
    """The speech in `pcm` at nearly the level of all others."""
    one = Spoken.found_in(pcm)
    return sound.at_level(one.pcm[one.begins : one.ends].astype(np.float64), -22.0 + dice.uniform(-3.0, 3.0))


def _heard(text: str, speaker: str, pcm: Pcm, around: Surroundings) -> Said:
    change = around.dice.choice(CHANGES)
    return Said(text, speaker, change, around.heard(pcm, change))
