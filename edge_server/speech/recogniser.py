"""Speech recognition: Whisper in CTranslate2 format on one thread, with a mel front end of its own.

The window is as long as the utterance and `TAIL_S` of silence, not Whisper's 30 s, which makes recognition many
times faster. A short window invites repetition, so timestamps stay on, the number of tokens is limited by the
length of the utterance, what is stamped after the end of the speech is dropped, and so are repeated phrases.
`hearing` says what is believed. The words that are expected are brought in only where the first hearing is in doubt.
A word said alone is also judged by `short_words`, digits in a row are read by `spelled_signs`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agents.understand.words import NATO
from data.code_sounds import CodeSound
from data.model_files import ModelError, read_verified
from edge_server.audio import RATE, Pcm, duration_ms, resample
from edge_server.speech.characters import (
    explained,
    half_spelled,
    is_character_token,
    only_characters,
    spelling_words,
)
from edge_server.speech.code_shape import code_in, code_read
from edge_server.speech.encoder_states import states_of
from edge_server.speech.hearing import Hearing, log_probabilities, log_probability, refusal
from edge_server.speech.mel import MODEL_RATE, Floats, log_mel
from edge_server.speech.repetition import before_loop, without_echoes
from edge_server.speech.short_words import LONGEST_S as LONGEST_WORD_S
from edge_server.speech.short_words import MARGIN as WORD_MARGIN
from edge_server.speech.short_words import ShortWords, several_words
from edge_server.speech.spelled_signs import MARGIN as SIGNS_MARGIN
from edge_server.speech.spelled_signs import SpelledSigns, code_alone_in, run_in
from edge_server.speech.whisper_files import WHISPER_BASE, WhisperFiles, own_files

if TYPE_CHECKING:
    import ctranslate2
    from tokenizers import Tokenizer

LEAD_S, TAIL_S = 0.4, 3.0
"""Silence before and after the speech in the window, in seconds. With 0 and 2 s, 31 of 108 single words looped."""
LONGEST_S = 26.0
"""The longest piece recognised at once: with lead and tail it fits Whisper's 30 s."""
MOST_TOKENS = 448
"""Whisper's own limit for prompt and text together."""
SHORTEST_MS = 60.0
"""Less audio than this holds no word."""
TOKENS_A_SECOND, TOKENS_EXTRA = 7, 12
"""Limit of tokens for an utterance: fast talkers reach 6 a second, timestamps and punctuation included."""
VOCABULARY_TOKENS = 200
"""Whisper reads at most 223 tokens of prompt; the last ones count most."""
DOUBTFUL_WORDS, DOUBTFUL_WORD = -0.18, -0.7
"""A sentence whose tokens have no higher mean log probability, or one token of which has no higher one, is heard again
with the vocabulary in the prompt; the likelier hearing counts. With the vocabulary from the start, 27 of 137 utterances
were written over and over until the limit of tokens, without it 3 of 145. Hearing all sentences twice made 2 of
2652 words fewer wrong than this; with -1.0 for one token, 7.7 % of 884 clean words were wrong in place of 6.7 %."""
PROMPT_FROM_S = 1.2
"""A shorter utterance ("yes", "two") is never heard with the vocabulary, which makes Whisper write it twice."""
MORE_TOKENS = 8
"""The second hearing is given so many more tokens than the first had."""
NOBODY_NO_SPEECH = 0.4
"""What is refused, and gets at least so much doubt that anybody spoke, is not heard again: words that are expected
are easily found in babble."""
SPELLING = f"My booking code is, PIN, as in, {', '.join(word.capitalize() for word in NATO)}."
"""What to expect instead of a vocabulary where characters are spelled with the spelling alphabet."""
NAMES = 2
"""So many words of the spelling alphabet heard at first tell that it is used. Around a code in a sentence ("my booking
code is ...") the vocabulary does better: 16 of 30 exact, 11 with `SPELLING`."""
LIKELY_CHARACTERS = -0.6
"""Characters alone are believed above this mean log probability, which has only characters to choose from."""
TIMESTAMP_S = 0.02
"""Whisper's timestamp tokens are 20 ms apart."""
SLACK_S = 0.3
"""A segment may open this much after the end of the audio and still belong to it."""
LAST_LATIN = "\u2026"
"""The last letter in Unicode's order (an ellipsis) that an English text may need."""
QUIETEST_RMS = 8.0
"""Quieter than this (int16 units, about -72 dB of full scale) is silence."""

SPELLED = Hearing("", 0.0, 0.0, None, 0)
"""What the decoder has written where it was not asked."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood of one utterance.

    `text` is "" when `refused` says why nothing is believed. `avg_logprob` is the mean log probability of a
    token, `no_speech_prob` Whisper's own doubt that anybody spoke (0..1); `audio_ms` the length of the utterance,
    `took_ms` the time that recognition took. `code`: how it sounds as a code of the desk's shape, where one
    was expected and may have been said.
    """

    text: str
    avg_logprob: float
    no_speech_prob: float
    audio_ms: float
    took_ms: float
    refused: str | None = None
    code: CodeSound | None = None


class Recogniser:
    """A loaded Whisper model. Not for several threads at once; a worker process has one."""

    def __init__(
        self,
        model: ctranslate2.models.Whisper,
        tokenizer: Tokenizer,
        short_words: ShortWords | None = None,
        spelled_signs: SpelledSigns | None = None,
    ) -> None:
        self._model = model
        self._short_words = short_words
        self._spelled_signs = spelled_signs
        self._tokenizer = tokenizer
        start = self._token("<|startoftranscript|>")
        self._task = [start, self._token("<|en|>"), self._token("<|transcribe|>")] if model.is_multilingual else [start]
        self._previous = self._token("<|startofprev|>")
        self._end = self._token("<|endoftext|>")
        self._first_timestamp = self._token("<|notimestamps|>") + 1
        written = self._tokenizer.decode_batch([[token] for token in range(self._end)])
        self._suppressed = [-1, *(token for token, text in enumerate(written) if text and max(text) > LAST_LATIN)]
        """Tokens with letters that English is not written with (also halves of such letters)."""
        self._not_characters = [-1, *(token for token, text in enumerate(written) if not is_character_token(text))]

    @classmethod
    def load(cls, files: WhisperFiles = WHISPER_BASE, models_dir: Path | None = None) -> Recogniser:
        """The checked model on one thread, in int8; nothing is written to disk.

        A folder `whisper` in `models_dir` with a model.bin is taken as a whole instead: any Whisper in CTranslate2
        format, English or multilingual. Raises ModelError.
        """
        import ctranslate2
        from tokenizers import Tokenizer

        own = own_files(models_dir)
        content = own or {
            Path(file.name).name: read_verified(file, models_dir)
            for file in (files.model, files.config, files.tokenizer, files.vocabulary)
        }
        try:
            tokenizer = Tokenizer.from_buffer(content.pop("tokenizer.json"))
            model = ctranslate2.models.Whisper(
                files.name, device="cpu", compute_type="int8", inter_threads=1, intra_threads=1, files=content
            )
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"the speech recognition model does not load ({error}); see `lobby doctor`") from error
        if own or files is not WHISPER_BASE:
            return cls(model, tokenizer)
        return cls(model, tokenizer, ShortWords.load(tokenizer), SpelledSigns.load())

    def transcribe(self, pcm: Pcm, vocabulary: str = "", *, spelled: bool = False, digits: bool = True) -> Transcript:
        """What was said in `pcm` (int16 mono at 24 kHz, one utterance of any length).

        `vocabulary` are words to expect (names, cities, terms), best as a short list or sentence without examples
        of codes. `spelled`: a code, a PIN or another run of letters and digits is expected: characters alone are
        heard without a vocabulary, which spoils them, and `SPELLING` takes its place with words of that alphabet.
        `digits`: a digit alone would mean something; else a hum is not taken for one.
        """
        began = time.perf_counter()
        audio_ms = duration_ms(pcm)
        level = float(np.sqrt(np.mean(np.square(pcm, dtype=np.float64)))) if len(pcm) else 0.0
        if audio_ms < SHORTEST_MS or level < QUIETEST_RMS:
            return Transcript("", 0.0, 1.0, audio_ms, _since(began), "silence")
        samples = resample(pcm, RATE, MODEL_RATE).astype(np.float32) / 32768.0
        pieces = [self._piece(piece, vocabulary, spelled, digits) for piece in _pieces(samples)]
        scored = [piece for piece in pieces if piece.text and not piece.refused]
        logprob = sum(piece.logprob for piece in scored) / len(scored) if scored else 0.0
        no_speech = min(piece.no_speech for piece in pieces)
        text = " ".join(piece.text for piece in scored)
        refused = None if text else pieces[0].refused
        code = next((piece.code for piece in pieces if piece.code is not None), None)
        logprob = logprob if text else pieces[0].logprob
        return Transcript(text, logprob, no_speech, audio_ms, _since(began), refused, code)

    def _piece(self, samples: Floats, vocabulary: str, spelled: bool, digits: bool) -> Hearing:
        """Recognise at most `LONGEST_S` of audio, and how it sounds as a code where one is expected."""
        encoded = self.encoded(samples)
        speech_s = len(samples) / MODEL_RATE
        frames = self._sign_frames(encoded, speech_s) if spelled else None
        heard = self._words(encoded, speech_s, frames, vocabulary, spelled, digits or spelled)
        read = None if frames is None else code_read(frames)
        if frames is None or read is None:
            return heard
        if not explained(heard.text) and (code := code_in(read, frames, heard.code_said())) is not None:
            heard = heard.with_signs(code) if heard.may_be_spelled(len(code.text)) else heard
        return replace(heard, code=read.sound if read.likely else None)

    def _words(
        self,
        encoded: ctranslate2.StorageView,
        speech_s: float,
        frames: Floats | None,
        vocabulary: str,
        spelled: bool,
        digits: bool,
    ) -> Hearing:
        """What was said in a piece; heard again with what is expected, when in doubt.

        A code that its sound alone tells is not written by the decoder, which takes two thirds of the time: of codes by
        people as many are exact, and the pauses in one are many."""
        if frames is not None and (code := code_alone_in(frames)):
            return SPELLED.with_signs(code)
        most = TOKENS_EXTRA + int(TOKENS_A_SECOND * speech_s)
        first = self._hearing(encoded, speech_s, [], most)
        if word := self._short_word(encoded, speech_s, first, spelled, digits):
            return word
        if frames is not None and (read := run_in(frames)) and first.may_be_spelled(len(read.text)):
            return first.with_signs(read)
        return self._in_doubt(encoded, speech_s, first, most, vocabulary, spelled)

    def _sign_frames(self, encoded: ctranslate2.StorageView, speech_s: float) -> Floats | None:
        """What `spelled_signs` makes of a sound; None for a model that it was not trained for."""
        if self._spelled_signs is None:
            return None
        return self._spelled_signs.frames(states_of(np.asarray(encoded)[0], LEAD_S, speech_s, SIGNS_MARGIN))

    def _in_doubt(
        self,
        encoded: ctranslate2.StorageView,
        speech_s: float,
        first: Hearing,
        most: int,
        vocabulary: str,
        spelled: bool,
    ) -> Hearing:
        """`first`, or what is heard when more is expected, where that is in doubt."""
        if spelled and half_spelled(first.text) and (heard := self._spelling(encoded, speech_s, most, first.text)):
            return heard
        expected = SPELLING if spelled and spelling_words(first.text) >= NAMES else vocabulary
        prompt = self._prompt(expected) if speech_s >= PROMPT_FROM_S else []
        nobody = first.refused is not None and first.no_speech > NOBODY_NO_SPEECH
        if not prompt or nobody:
            return first
        if not spelled:
            if first.logprob > DOUBTFUL_WORDS and first.least > DOUBTFUL_WORD:
                return first
            again = self._hearing(encoded, speech_s, prompt, min(most, first.tokens + MORE_TOKENS), first.no_speech)
            return again if again.text and again.logprob > first.logprob else first
        enough = first.has_enough_characters(speech_s)
        if enough and not first.refused and only_characters(first.text):
            return first
        limit = min(most, first.tokens + MORE_TOKENS) if enough else most
        again = self._hearing(encoded, speech_s, prompt, limit, first.no_speech)
        return max(first, again, key=lambda one: (not one.refused, one.has_enough_characters(speech_s), one.logprob))

    def encoded(self, samples: Floats) -> ctranslate2.StorageView:
        """What the encoder makes of at most `LONGEST_S` of sound (16 kHz, -1..1): its own float32[1, frames, width],
        50 frames a second, the sound from `LEAD_S` on."""
        import ctranslate2

        lead, tail = (np.zeros(int(seconds * MODEL_RATE), dtype=np.float32) for seconds in (LEAD_S, TAIL_S))
        picture = log_mel(np.concatenate((lead, samples, tail)), self._model.n_mels)[np.newaxis]
        return self._model.encode(ctranslate2.StorageView.from_array(picture))

    def _short_word(
        self, encoded: ctranslate2.StorageView, speech_s: float, first: Hearing, spelled: bool, digits: bool
    ) -> Hearing | None:
        """The word of the list that was said alone, where `first` is short enough to be one."""
        several = not first.refused and several_words(first.text)
        if self._short_words is None or speech_s > LONGEST_WORD_S or several:
            return None
        states = states_of(np.asarray(encoded)[0], LEAD_S, speech_s, WORD_MARGIN)
        written = "" if first.refused else first.text
        word = self._short_words.heard(states, first.opening, letters=spelled, digits=digits, written=written)
        return None if word is None else replace(first, text=word.text, logprob=word.logprob, refused=None)

    def _spelling(self, encoded: ctranslate2.StorageView, speech_s: float, most: int, text: str) -> Hearing | None:
        """What is heard in place of `text` when nothing but capitals and digits may be written; None when that is not
        believed, or says less."""
        heard = self._hearing(encoded, speech_s, [], most, suppressed=self._not_characters)
        less = sum(map(str.isalnum, heard.text)) < len(text.split())
        return None if heard.refused or less or heard.logprob <= LIKELY_CHARACTERS else heard

    def _hearing(
        self,
        encoded: ctranslate2.StorageView,
        speech_s: float,
        prompt: list[int],
        most: int,
        no_speech: float | None = None,
        suppressed: list[int] | None = None,
    ) -> Hearing:
        """What at most `most` tokens write of `encoded` (the model's own float32[1, frames, width]).

        `no_speech`: the doubt that anybody spoke, when it is known from a hearing without a prompt."""
        before = [*prompt, *self._task]
        limit = min(most, MOST_TOKENS - len(before))
        [result] = self._model.generate(
            encoded,
            [before],
            beam_size=1,
            max_length=min(MOST_TOKENS, max(2 * limit, len(before) + limit)),
            suppress_tokens=suppressed or self._suppressed,
            return_no_speech_prob=True,
            return_logits_vocab=True,
        )
        doubt = result.no_speech_prob if no_speech is None else no_speech
        tokens = result.sequences_ids[0]
        segments = self._segments(tokens, LEAD_S + speech_s + SLACK_S)
        said = [place for segment in segments for place in segment]
        if not said:
            return Hearing("", 0.0, doubt, "no words", len(tokens))
        logprobs = [log_probability(np.asarray(result.logits[0][place]), tokens[place]) for place in said]
        logprob = sum(logprobs) / len(said)
        text = without_echoes(" ".join(self._tokenizer.decode([tokens[at] for at in one]).strip() for one in segments))
        refused = refusal(logprob, len(said), doubt) if any(map(str.isalnum, text)) else "no words"
        opening = log_probabilities(np.asarray(result.logits[0][said[0]])) if speech_s <= LONGEST_WORD_S else None
        return Hearing(text, logprob, doubt, refused, len(tokens), min(logprobs), opening)

    def _prompt(self, vocabulary: str) -> list[int]:
        if not vocabulary.strip():
            return []
        words = self._tokenizer.encode(" " + vocabulary.strip(), add_special_tokens=False).ids
        return [self._previous, *words[-VOCABULARY_TOKENS:]]

    def _segments(self, tokens: Sequence[int], end_s: float) -> list[list[int]]:
        """The places in `tokens` of the words of each segment that opens before `end_s` seconds, loops cut."""
        segments: list[list[int]] = [[]]
        for place, token in enumerate(tokens):
            if token < self._end:
                segments[-1].append(place)
            elif token >= self._first_timestamp:
                if segments[-1]:
                    segments.append([])
                elif (token - self._first_timestamp) * TIMESTAMP_S > end_s:
                    break
        places = [place for segment in segments for place in segment]
        said = before_loop([tokens[place] for place in places])
        last = places[said - 1] if said else -1
        return [kept for segment in segments if (kept := [place for place in segment if place <= last])]

    def _token(self, name: str) -> int:
        token = self._tokenizer.token_to_id(name)
        if token is None:
            raise ModelError(f"the speech recognition model's tokenizer.json has no {name}: it is not Whisper's")
        return int(token)


def _pieces(samples: Floats) -> list[Floats]:
    """`samples` cut into pieces of at most `LONGEST_S`, each at the quietest 100 ms of its last third."""
    longest, block = int(LONGEST_S * MODEL_RATE), MODEL_RATE // 10
    pieces = []
    while len(samples) > longest:
        first = longest * 2 // 3 // block
        energy = np.square(samples[first * block : longest // block * block]).reshape(-1, block).sum(axis=1)
        cut = (first + int(energy.argmin())) * block + block // 2
        pieces.append(samples[:cut])
        samples = samples[cut:]
    return [*pieces, samples]


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
