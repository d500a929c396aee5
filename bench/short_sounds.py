"""The sounds that `bench/short_words.py` learns from: people, synthetic voices and noises, as a desk may hear them."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.model_files import read_verified
from edge_server.audio import RATE, Pcm, resample
from edge_server.evaluation import sound
from edge_server.evaluation.sound import Spoken
from edge_server.evaluation.speech import speech_window
from edge_server.speech.kokoro_voice import STYLES, KokoroVoice
from edge_server.speech.synthesiser import Synthesiser
from edge_server.speech.vad import VoiceActivity, VoiceModel
from tests.speech_tools import speak_with_other_voice

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
WORDS = (*DIGITS, "yes", "no", "yeah", "okay", "stop", "go", "on", "off", "up", "down", "left", "right")
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_OTHER_WORDS = """
bye hi hello thanks please time fine nice night light wide dive drive find file mine line sign wine knife
life hive heaven second send sudden open even eleven take think thing sick sex fix mix box next text ship sheep see sea
tea tree free street cheap sleep key we me he you do shoe blue too food room soon move who true school pool boot cat bed
bird dog happy house wow learn follow visual forward backward and at it in an us all hall ball call talk walk door floor
more store poor fall form for from phone home own don't known stone row slow low show so grow oh won when went want what
run sun done fun some come back bag map cap hot got not lot shop top step help held bad add head said red ten tent
twenty eighty ate late wait weight hate gate date great day say way may make name game plane train rain seat suite king
queen taxi window aisle towel card breakfast luggage boarding Denver Boston Dallas Monday Friday Sunday today tomorrow
later cancel change repeat again sorry pardon correct wrong sure maybe never nothing anything goodbye morning evening
hotel flight ticket price money dollars receipt"""
OTHER_WORDS = _OTHER_WORDS.split()
_PHRASES = (
    "yes please|no thanks|one way|two nights|go back|no no|stop it|right now|turn left|five people|six o'clock|not now|"
    "okay great|seven days|four bags|get off|sit down|stand up|twenty one|for two|at nine|oh no|thank you|good morning|"
    "all right|what now|hold on|I know|yes it is|no it isn't|that's right|next one"
)
PHRASES = _PHRASES.split("|")
DESK_WORDS = (
    "Bye",
    "Thanks",
    "Great",
    "Sure",
    "Uh-huh",
    "Mm-hm",
    "Um",
    "Ah",
    "Hmm",
    "Hi",
    "Nice",
    "What",
    "Fine",
    "Take",
)
"""Other words that are said alone to a desk, or that the list is easily taken for: in all voices, twice."""
ESPEAK = (
    *("en-us+m1", "en-us+m3", "en-us+m7", "en-us+f2", "en-us+f4", "en-us+klatt"),
    *("en-gb", "en-gb-x-rp+f1", "en-gb-scotland+m2", "en-029+m4"),
)
PACES = (0.85, 1.0, 1.15)
CHANGES = ("", "telephone", "babble", "slower", "noise faster", "telephone slower", "telephone babble")
"""How each recording of a person is heard."""
SYNTHETIC_CHANGES = ("", "telephone", "babble", "noise", "telephone noise")
VOICES_OF_OTHERS = 4
STRETCHES, PAIRS, NOISES = 160, 14, 90


@dataclass(frozen=True, slots=True)
class Sound:
    """What is heard as one utterance; `text` is a word of the list, "other" or "noise". `speaker`: of a person only."""

    text: str
    speaker: str
    change: str
    pcm: Pcm


Say = Callable[[str, float], Pcm]


class Surroundings:
    """What changes a sound, always the same way for a seed. `crowd`: voices for the babble."""

    def __init__(self, seed: int, crowd: Sequence[Pcm]) -> None:
        self.dice = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self._crowd = crowd

    def babble(self, length: int) -> Pcm:
        """People talking all at once."""
        around = self.numbers.choice(len(self._crowd), min(5, len(self._crowd)), replace=False)
        return sound.babble([self._crowd[one] for one in around], length, self.numbers)

    def heard(self, pcm: Pcm, change: str) -> Pcm:
        """The speech in `pcm`, changed, at some level, about 120 ms of silence before and after it."""
        one = sound.padded(Spoken.found_in(pcm), 120, 130)
        for wanted, (low, high) in {"slower": (0.88, 0.95), "faster": (1.06, 1.15)}.items():
            if wanted in change:
                one = Spoken.found_in(resample(one.pcm, RATE, int(RATE / self.dice.uniform(low, high))))
        heard = one.pcm
        if "babble" in change:
            heard = sound.in_noise(one, self.babble(len(heard)), self.dice.uniform(6, 14))
        if "noise" in change:
            made = self.dice.choice((sound.hiss, sound.rumble))(len(heard) * 1000 / RATE, self.numbers)
            heard = sound.in_noise(one, made, self.dice.uniform(8, 22))
        if "telephone" in change:
            heard = sound.telephone(heard)
        return (heard * self.dice.uniform(0.4, 1.0)).astype(np.int16)

    def untouched(self, pcm: Pcm) -> Iterator[tuple[str, Pcm]]:
        """A recording as it is, over a telephone, and 400 ms after others have begun to talk, with how it is heard."""
        longer = Spoken.found_in(np.concatenate((sound.silence(400), pcm, sound.silence(400))))
        yield "", pcm
        yield "telephone", sound.telephone(pcm)
        yield "babble", sound.in_noise(longer, self.babble(len(longer.pcm)), 10.0)


def voices(more_styles: Path | None = None) -> dict[str, Say]:
    """The synthetic voices by name. `more_styles`: a folder with further styles of Kokoro (float32[510, 256] in files
    `.bin`, as the package kokoro-js has them)."""
    own = Synthesiser.load()
    own.warm("alma")
    kokoro, _ = own._voice("alma")
    assert isinstance(kokoro, KokoroVoice)
    with np.load(io.BytesIO(read_verified(STYLES, None)), allow_pickle=False) as stored:
        styles = {name: np.asarray(stored[name], dtype=np.float32).reshape(-1, 256) for name in stored.files}
    for file in sorted(more_styles.glob("*.bin")) if more_styles is not None else ():
        styles[file.stem] = np.fromfile(file, dtype=np.float32).reshape(-1, 256)
    said: dict[str, Say] = {}
    for name in ("joe", "june"):
        said[name] = lambda text, pace, voice=name: own.synthesise(text, voice=voice, speed=pace)  # type: ignore[misc]
    for name, style in styles.items():
        speaker = KokoroVoice(kokoro._session, style, kokoro._symbols)
        said[name] = lambda text, pace, speaker=speaker: _as_pcm(speaker, text, pace)  # type: ignore[misc]
    for name in ESPEAK:
        said[name] = lambda text, pace, voice=name: speak_with_other_voice(  # type: ignore[misc]
            text, words_a_minute=int(150 * pace), voice=voice
        )
    return said


def _as_pcm(speaker: KokoroVoice, text: str, pace: float) -> Pcm:
    samples = np.concatenate(list(speaker.speak(text, pace)))
    peak = float(np.abs(samples).max(initial=1e-6))
    return resample((samples * (0.6 * 32767 / peak)).astype(np.int16), speaker.rate, RATE)


def human_sounds(words: Sequence[tuple[str, str, Pcm]], around: Surroundings) -> Iterator[Sound]:
    """People saying one word (`words`: the word, the speaker, the recording), each in all ways, also as voice activity
    detection finds it, and pairs of them."""
    activity = VoiceModel.load()
    by_speaker: dict[str, list[Pcm]] = {}
    for word, speaker, pcm in words:
        by_speaker.setdefault(speaker, []).append(pcm)
        for change in CHANGES:
            yield Sound(word, speaker, change, around.heard(pcm, change))
        for change, heard in around.untouched(pcm):
            window = speech_window(heard, VoiceActivity(activity))
            if window is not None:
                yield Sound(word, speaker, f"found, {change or 'clean'}", window)
    for speaker, said in by_speaker.items():
        for _ in range(PAIRS if len(said) > PAIRS // 2 else 0):
            pair = sound.joined(around.dice.sample(said, 2), [around.dice.choice((0, 30, 80, 150))])
            yield Sound("other", speaker, "pair", around.heard(pair.pcm, around.dice.choice(("", "telephone"))))


def synthetic_sounds(said: dict[str, Say], around: Surroundings) -> Iterator[Sound]:
    """The words of the list in all voices, other words and phrases in some."""
    wanted = [(word, word, voice, 2) for word in WORDS for voice in said]
    wanted += [(letter, letter, voice, 1) for letter in LETTERS for voice in said]
    wanted += [("other", word, voice, 2) for word in DESK_WORDS for voice in said]
    for text in (*OTHER_WORDS, *PHRASES):
        wanted += [("other", text, voice, 1) for voice in around.dice.sample(sorted(said), VOICES_OF_OTHERS)]
    for name, text, voice, times in wanted:
        pcm = said[voice](f"{text}.", around.dice.choice(PACES))
        for change in around.dice.sample(SYNTHETIC_CHANGES, times):
            yield Sound(name, "", change, around.heard(pcm, change))


def noise_sounds(readings: Sequence[Pcm], around: Surroundings) -> Iterator[Sound]:
    """Stretches of people reading ("other"), and what is no speech ("noise")."""
    dice = around.dice
    for _ in range(STRETCHES):
        reading = dice.choice(list(readings))
        length = int(dice.uniform(0.3, 0.9) * RATE)
        begins = dice.randrange(len(reading) - length)
        stretch = reading[begins : begins + length]
        if np.abs(stretch).max() > 1500:
            yield Sound("other", "", "stretch", sound.telephone(stretch) if dice.random() < 0.3 else stretch)
    for number in range(NOISES):
        quiet = (_no_speech(number, dice.uniform(300, 1000), around) * dice.uniform(0.3, 1.0)).astype(np.int16)
        yield Sound("noise", "", "noise", sound.telephone(quiet) if number % 2 else quiet)


def _no_speech(number: int, length_ms: float, around: Surroundings) -> Pcm:
    """One of six kinds of noise; babble is one: nobody speaks to the desk."""
    samples = int(length_ms * RATE / 1000)
    match number % 6:
        case 0:
            return sound.hiss(length_ms, around.numbers)
        case 1:
            return sound.rumble(length_ms, around.numbers)
        case 2:
            return around.babble(samples)
        case 3:
            return sound.melody(length_ms, around.numbers)
        case 4:
            return np.concatenate((sound.bursts(2, around.numbers), sound.murmur(around.numbers)))[:samples]
        case _:
            return sound.murmur(around.numbers)
