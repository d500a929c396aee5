"""People who say letters, digits and words of the spelling alphabet one at a time, and codes put together from that.

    python -m bench.spelled_people PACKAGES MANIFEST OUT

PACKAGES is a folder with these packages unpacked in it (Debian's with `dpkg-deb -x`, the last one a Python package's
source archive); none of the recordings is part of Lobby:

| package | who says what | licence |
|---|---|---|
| asterisk-core-sounds-en-wav | Allison Smith: letters, digits, the spelling alphabet (8 kHz) | CC BY-SA 3.0 |
| klettres-data | two people: letters (`en` with "zee", `en_GB` with "zed") | GPL-2.0-or-later |
| scid-data | one: A to H, 1 to 8, as chess players need them (11 kHz) | GPL-2.0 |
| collective.captcha | one, into a poor microphone: letters and digits (8 bits, hiss) | GPL |

MANIFEST is one of `lobby eval speech` with people saying digits (`speaker` in each line), who lend theirs to those
who say letters only. OUT becomes a folder with a manifest of its own: codes of the branch's kind and strings of digits,
each put together from one person's single recordings, clean and over a telephone line, and said twice (`hearing` 1 and
2: the same recordings with other pauses, at another level, a little faster or slower; Allison's second time in words).
"""

from __future__ import annotations

import argparse
import json
import marshal
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from agents.understand.words import NATO
from bench.short_sounds import DIGITS
from data.codes import DIGITS as CODE_DIGITS
from data.codes import LETTERS as CODE_LETTERS
from edge_server.audio import RATE, Pcm, read_wav, resample, write_wav
from edge_server.evaluation import sound

SEED = 5
CODES, NUMBERS = 15, 6
"""Codes of each person, and strings of 4 and 6 digits."""
PAUSES_MS = (50.0, 350.0)
LEVEL_DB, LEVELS_APART_DB = -22.0, 2.0
PACES = (0.94, 1.06)
EDGE_MS = 400.0
LENDERS = {"klettres en": "fsdd-jackson", "klettres en_GB": "fsdd-lucas"}
"""Who lends their digits to those who say letters only."""
_FRAME = RATE // 100
_SMOOTH = 5
_IN_HISS = 0.12
"""The share of the loudest that is speech, where there is hiss."""
_WINDOW, _HOP = 512, 128
_WAVES_RATE, _MIDDLE = 22_050, 128.0


@dataclass(frozen=True, slots=True)
class Person:
    """Single recordings of one person: `signs` by letter or digit, `words` of the spelling alphabet by their letter.
    `lender`: the person whose digits these are, where they are not their own."""

    name: str
    signs: dict[str, Pcm]
    words: dict[str, Pcm] = field(default_factory=dict)
    lender: str | None = None


@dataclass(frozen=True, slots=True)
class SpelledSound:
    """A string put together from single recordings. `hearing`: the first or the second time that it is said."""

    text: str
    speaker: str
    kind: str
    condition: str
    hearing: int
    pcm: Pcm


def people_spelling(packages: Path, digits: Mapping[str, Mapping[str, Pcm]]) -> list[Person]:
    """All of them. `digits`: the digits of those who say no letters, by speaker. Raises FileNotFoundError."""
    prompts = _folder(packages, "letters/a.wav")
    said = {sign: _single(read_wav(prompts / f"letters/{sign.lower()}.wav")) for sign in _letters()}
    said |= {digit: _single(read_wav(prompts / f"digits/{digit}.wav")) for digit in "0123456789"}
    words = {sign: _single(read_wav(prompts / f"phonetic/{sign.lower()}_p.wav")) for sign in _letters()}
    everybody = [Person("allison", said, words)]
    for language in ("en", "en_GB"):
        folder = _folder(packages, f"klettres/{language}/sounds.xml") / f"klettres/{language}/alpha"
        letters = {file.stem.upper(): _single(read_wav(file)) for file in sorted(folder.glob("?.ogg"))}
        name = f"klettres {language}"
        lent = {sign: _single(pcm) for sign, pcm in digits.get(LENDERS[name], {}).items()}
        everybody.append(Person(name, letters | lent, lender=LENDERS[name]))
    chess = _folder(packages, "scid/sounds/a.wav") / "scid/sounds"
    everybody.append(
        Person("scid", {sign: _single(read_wav(chess / f"{sign.lower()}.wav")) for sign in "ABCDEFGH12345678"})
    )
    waves = _folder(packages, "browser/waveIndex.zip") / "browser/waveIndex.zip"
    everybody.append(Person("collective", {sign: _single(pcm, hiss=True) for sign, pcm in _waves(waves).items()}))
    return everybody


def put_together(person: Person, dice: random.Random) -> Iterator[SpelledSound]:
    """The codes and numbers of one person, each twice and in both conditions."""
    for number in range(CODES + NUMBERS):
        kind = "code" if number < CODES else "digits"
        text = _code(person, dice) if kind == "code" else _number(person, dice, 4 if number % 2 else 6)
        for hearing in (1, 2):
            words = person.words if kind == "code" and hearing == 2 else {}
            parts = [words.get(sign, person.signs[sign]) for sign in text]
            pcm = said_in_a_row(parts, dice)
            for condition in ("clean", "telephone"):
                heard = sound.telephone(pcm) if condition == "telephone" else pcm
                yield SpelledSound(text, person.name, kind, condition, hearing, heard)


def said_in_a_row(parts: Sequence[Pcm], dice: random.Random) -> Pcm:
    """Single recordings one after another, at nearly one level, with pauses as people make them."""
    levelled = [
        sound.at_level(part.astype(np.float64), LEVEL_DB + dice.uniform(-LEVELS_APART_DB, LEVELS_APART_DB))
        for part in parts
    ]
    pieces = [sound.silence(EDGE_MS)]
    for part in levelled:
        pieces += [part, sound.silence(dice.uniform(*PAUSES_MS))]
    whole = np.concatenate((*pieces[:-1], sound.silence(EDGE_MS)))
    return resample(whole, RATE, int(RATE / dice.uniform(*PACES)))


def lent_digits(manifest: Path) -> dict[str, dict[str, Pcm]]:
    """The digits of those in `manifest` who say all ten, by speaker."""
    said: dict[str, dict[str, Pcm]] = {}
    for line in map(json.loads, manifest.read_text().splitlines()):
        if line["kind"] == "word" and line["text"] in DIGITS:
            pcm = read_wav(manifest.parent / line["file"])
            said.setdefault(str(line["speaker"]), {})[str(DIGITS.index(line["text"]))] = pcm
    return {speaker: own for speaker, own in said.items() if len(own) == len(DIGITS)}


def _letters() -> list[str]:
    return sorted(NATO.values())


def _folder(packages: Path, path: str) -> Path:
    """The folder somewhere in `packages` in which there is `path`."""
    found = next(packages.glob(f"**/{path}"), None)
    if found is None:
        raise FileNotFoundError(f"there is no {path} in {packages}: unpack the package that has it there")
    return found.parents[path.count("/")]


def _waves(packed: Path) -> dict[str, Pcm]:
    """The recordings of a skimpyGimpy index: for each character points of its wave between which lie straight lines."""
    content = marshal.loads(zlib.decompress(packed.read_bytes()))
    waves = {}
    for name, changes in content.items():
        if name.isalnum():
            places, values = np.array(changes).T
            samples = np.interp(np.arange(places[-1] + 1), places, values) - _MIDDLE
            waves[name.decode().upper()] = resample((samples * 200).astype(np.int16), _WAVES_RATE, RATE)
    return waves


def _single(pcm: Pcm, hiss: bool = False) -> Pcm:
    """The speech in `pcm`, found by its level without `hiss`, with soft ends."""
    share = _IN_HISS if hiss else sound.LOUD_SHARE
    clear = _calm(pcm) if hiss else pcm
    frames = clear[: len(clear) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    smooth = np.convolve(levels, np.full(_SMOOTH, 1 / _SMOOTH), "same")
    loud = np.flatnonzero(smooth > share * smooth.max())
    speech = pcm[max(0, int(loud[0]) - 1) * _FRAME : (int(loud[-1]) + 2) * _FRAME].astype(np.float64)
    ramp = np.linspace(0.0, 1.0, _FRAME)
    speech[:_FRAME] *= ramp
    speech[-_FRAME:] *= ramp[::-1]
    return speech.astype(np.int16)


def _calm(pcm: Pcm) -> Pcm:
    """`pcm` with its steady hiss taken down (spectral subtraction: Boll, 1979)."""
    padded = np.pad(pcm.astype(np.float64), (_WINDOW, _WINDOW))
    shape = np.hanning(_WINDOW)
    starts = range(0, len(padded) - _WINDOW, _HOP)
    spectra = np.array([np.fft.rfft(padded[at : at + _WINDOW] * shape) for at in starts])
    power = np.abs(spectra)
    inner = power[_WINDOW // _HOP : -_WINDOW // _HOP]
    hiss = np.quantile(inner, 0.25, axis=0) * 1.3
    share = np.clip(1.0 - (1.5 * hiss / np.maximum(power, 1e-9)) ** 2, 0.03, 1.0)
    calm, weights = np.zeros(len(padded)), np.zeros(len(padded))
    for at, spectrum in zip(starts, spectra * share, strict=True):
        calm[at : at + _WINDOW] += np.fft.irfft(spectrum, _WINDOW) * shape
        weights[at : at + _WINDOW] += shape**2
    return (calm / np.maximum(weights, 1e-3))[_WINDOW:-_WINDOW].astype(np.int16)


def _code(person: Person, dice: random.Random) -> str:
    letters = [sign for sign in CODE_LETTERS if sign in person.signs]
    first = [*letters, *("H" for _ in range(len(letters) // 2))]
    digits = [sign for sign in CODE_DIGITS if sign in person.signs]
    return "".join(dice.choice(kind) for kind in (first, digits, letters, digits, letters, letters))


def _number(person: Person, dice: random.Random, length: int) -> str:
    return "".join(dice.choice([sign for sign in "0123456789" if sign in person.signs]) for _ in range(length))


def main() -> None:
    """Make the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, person in enumerate(people_spelling(options.packages, lent_digits(options.manifest))):
        for one in put_together(person, random.Random(SEED + number)):
            name = f"{one.speaker.replace(' ', '_')}_{one.kind}_{one.text}_{one.condition}_{one.hearing}.wav"
            write_wav(options.out / name, one.pcm)
            told = {"file": name, "text": one.text, "kind": one.kind, "condition": one.condition}
            lines.append(json.dumps(told | {"speaker": one.speaker, "hearing": one.hearing}))
    (options.out / "manifest.jsonl").write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} recordings in {options.out}")


if __name__ == "__main__":
    main()
