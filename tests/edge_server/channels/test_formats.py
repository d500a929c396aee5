"""Telephone audio at the channel's edge: G.711 in and out, with PCM inside."""

from __future__ import annotations

import base64
from itertools import pairwise

import numpy as np
import pytest

from edge_server.channels import g711
from edge_server.channels.formats import InputAudio, OutputAudio
from edge_server.realtime import effects as do
from edge_server.realtime.events.session import PcmaFormat, PcmFormat, PcmuFormat
from tests.conversation_tools import Client

FORMATS = (PcmuFormat(type="audio/pcmu"), PcmaFormat(type="audio/pcma"))
LAWS: tuple[g711.Law, ...] = ("ULAW", "ALAW")


def tone(rate: int, seconds: float = 1.0) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return (8_000 * np.sin(np.arange(round(rate * seconds)) * 2 * np.pi * 440 / rate)).astype(np.int16)


def loudness_db(signal: np.ndarray, noise: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(signal.astype(float) ** 2) / max(np.mean(noise.astype(float) ** 2), 1e-9)))


@pytest.mark.parametrize("law", LAWS)
def test_every_code_of_g711_comes_back_as_itself(law: g711.Law) -> None:
    samples = g711.decode(bytes(range(256)), law)
    assert np.array_equal(g711.decode(g711.encode(samples, law), law), samples)
    assert len(set(samples.tolist())) in (255, 256)  # µ-law has two zeros


@pytest.mark.parametrize(("law", "silence"), [("ULAW", b"\xff"), ("ALAW", b"\xd5")])
def test_silence_is_the_byte_that_telephones_know(law: g711.Law, silence: bytes) -> None:
    assert g711.encode(np.zeros(1, np.int16), law) == silence


@pytest.mark.parametrize("law", LAWS)
def test_speech_keeps_its_shape(law: g711.Law) -> None:
    pcm = tone(8_000)
    decoded = g711.decode(g711.encode(pcm, law), law)
    assert loudness_db(pcm, decoded.astype(int) - pcm) > 30


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("piece", [80, 160, 1_000, 8_000])
def test_a_stream_is_the_same_in_whatever_pieces_it_comes(format_: PcmuFormat | PcmaFormat, piece: int) -> None:
    law: g711.Law = "ULAW" if isinstance(format_, PcmuFormat) else "ALAW"
    sent = g711.encode(tone(8_000), law)
    stream = InputAudio()
    stream.format = format_
    heard = b"".join(stream.feed(sent[at : at + piece]) for at in range(0, len(sent), piece)) + stream.feed(
        b"", last=True
    )
    pcm = np.frombuffer(heard, np.int16)
    assert len(pcm) == 24_000
    middle = slice(2_000, 22_000)
    assert loudness_db(tone(24_000)[middle], pcm[middle].astype(int) - tone(24_000)[middle]) > 25
    reply = OutputAudio(format_)
    told = b"".join(reply.feed(heard[at : at + 9_600]) for at in range(0, len(heard), 9_600)) + reply.flush()
    assert abs(len(told) - 8_000) <= 1


def test_pcm_passes_untouched() -> None:
    pcm = tone(24_000).tobytes()
    assert InputAudio().feed(pcm) == pcm
    assert OutputAudio(PcmFormat()).feed(pcm) == pcm
    assert OutputAudio(PcmFormat()).flush() == b""


@pytest.fixture
def client() -> Client:
    return Client()


def configure(client: Client, **audio: object) -> list[str]:
    return client.send(type="session.update", session={"type": "realtime", "audio": audio})


@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
def test_a_caller_speaks_and_hears_g711_while_pcm_is_used_inside(client: Client, kind: str) -> None:
    law: g711.Law = "ULAW" if kind == "audio/pcmu" else "ALAW"
    configure(client, input={"format": {"type": kind}, "turn_detection": None}, output={"format": {"type": kind}})
    sent = g711.encode(tone(8_000), law)
    for at in range(0, len(sent), 160):
        client.send(type="input_audio_buffer.append", audio=base64.b64encode(sent[at : at + 160]).decode())
    assert client.send(type="input_audio_buffer.commit")[0] == "input_audio_buffer.committed"
    heard = b"".join(command.pcm for command in client.commands if isinstance(command, do.Hear))
    assert len(heard) == 48_000
    client.engine(do.Transcribed(str(client.last("input_audio_buffer.committed")["item_id"]), "Hello", 1.0))
    client.send(type="response.create")
    client.engine(do.ReplyText(1, "Good morning."))
    for part in np.array_split(tone(24_000), 5):
        client.engine(do.ReplyAudio(1, part.tobytes()))
    client.finish()
    assert abs(len(client.speech()) - 8_000) <= 1
    told = g711.decode(client.speech(), law)
    assert loudness_db(tone(8_000)[700:7_300], told[700:7_300].astype(int) - tone(8_000)[700:7_300]) > 25
    kinds = [str(event["type"]) for event in client.events]
    assert ("response.output_audio.delta", "response.output_audio.done") in pairwise(kinds)


def test_input_and_output_may_differ(client: Client) -> None:
    configure(client, output={"format": {"type": "audio/pcma"}})
    session = client.body("session.updated", "session")["audio"]
    assert session["input"]["format"] == {"type": "audio/pcm", "rate": 24_000}
    assert session["output"]["format"] == {"type": "audio/pcma"}
    client.send(
        type="response.create", response={"audio": {"output": {"format": {"type": "audio/pcm", "rate": 24_000}}}}
    )
    client.reply("Good morning.")
    assert len(client.speech()) == 48_000


def test_a_clip_in_a_message_is_in_the_input_format_too(client: Client) -> None:
    configure(client, input={"format": {"type": "audio/pcmu"}})
    content = [{"type": "input_audio", "audio": base64.b64encode(bytes(800)).decode()}]
    client.send(type="conversation.item.create", item={"type": "message", "role": "user", "content": content})
    transcribe = next(command for command in client.commands if isinstance(command, do.Transcribe))
    assert transcribe.pcm is not None
    assert len(transcribe.pcm) == 4_800


@pytest.mark.parametrize(
    ("format_", "param"),
    [
        ({"type": "audio/pcm", "rate": 16_000}, "session.audio.input.format.rate"),
        ({"type": "audio/opus"}, "session.audio.input.format"),
        ({"rate": 24_000}, "session.audio.input.format"),
    ],
)
def test_other_formats_and_rates_are_refused_by_name(client: Client, format_: dict[str, object], param: str) -> None:
    assert configure(client, input={"format": format_}) == ["error"]
    assert client.body("error", "error")["param"] == param
    client.say("Hello")
    assert client.send(type="response.create") == ["response.created"]
