"""How long a customer waits: recordings are spoken to a running server in real time, and the answers timed.

    .venv/bin/python bench/voice_to_voice.py --url http://127.0.0.1:8484 --repeat 5 question1.wav question2.wav

For each turn, seen from the client: `voice_to_voice_ms` from the last sample of speech sent to the first
audio received, `end_pointing_ms` from that sample to `speech_stopped`, `first_audio_ms` from `speech_stopped` to the
first audio. Each recording is followed by silence until the answer comes. Prints medians and 95th percentiles as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import statistics
import time
import uuid
from pathlib import Path

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from edge_server.audio import RATE, Pcm, read_wav

FRAME_MS = 20
FRAME = RATE * FRAME_MS // 1000
LOUD = 0.02
"""A frame is speech when its loudness is above this share of the recording's loudest frame."""
LONGEST_WAIT_S = 20.0

Timing = dict[str, float]


def speech_of(pcm: Pcm) -> Pcm:
    """The recording without the silence after its last loud frame."""
    frames = pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    power = np.sqrt((frames**2).mean(axis=1))
    last = int(np.nonzero(power > LOUD * power.max())[0][-1])
    return pcm[: (last + 1) * FRAME]


async def send(socket: ClientConnection, speech: Pcm, times: Timing, answered: asyncio.Event) -> None:
    """Speak in real time, then keep silent until the answer comes."""
    began = time.perf_counter()
    silence = np.zeros(FRAME, np.int16)
    number = 0
    while not answered.is_set():
        start = number * FRAME
        frame = speech[start : start + FRAME] if start < len(speech) else silence
        audio = base64.b64encode(frame.tobytes()).decode()
        await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
        if start < len(speech) <= start + FRAME:
            times["speech_end"] = time.perf_counter()
        number += 1
        await asyncio.sleep(max(0.0, began + number * FRAME_MS / 1000 - time.perf_counter()))


async def one_turn(url: str, speech: Pcm) -> Timing | None:
    """The timings of one turn, None when no answer came."""
    times: Timing = {}
    answered = asyncio.Event()
    address = f"{url.replace('http', 'ws', 1)}/realtime?session_state_key={uuid.uuid4()}"
    async with connect(address, max_size=2**24, proxy=None) as socket:
        sending = asyncio.create_task(send(socket, speech, times, answered))
        try:
            async with asyncio.timeout(len(speech) / RATE + LONGEST_WAIT_S):
                async for message in socket:
                    kind = json.loads(message)["type"]
                    times.setdefault(kind, time.perf_counter())
                    if kind == "input_audio_buffer.speech_stopped":
                        times[kind] = time.perf_counter()
                    if kind == "response.output_audio.delta":
                        break
        except TimeoutError:
            return None
        finally:
            answered.set()
            await sending
    first, stopped = times["response.output_audio.delta"], times["input_audio_buffer.speech_stopped"]
    return {
        "voice_to_voice_ms": (first - times["speech_end"]) * 1000 if "speech_end" in times else float("nan"),
        "end_pointing_ms": (stopped - times["speech_end"]) * 1000 if "speech_end" in times else float("nan"),
        "first_audio_ms": (first - stopped) * 1000,
    }


async def main() -> None:
    """Run all turns one after the other and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8484")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("recordings", nargs="+", type=Path)
    given = parser.parse_args()
    turns: list[Timing] = []
    asked = 0
    for _ in range(given.repeat):
        for recording in given.recordings:
            asked += 1
            timing = await one_turn(given.url, speech_of(read_wav(recording)))
            # an answer that began before the speech ended was cut early: counted apart
            if timing is not None:
                turns.append(timing)
    whole = [turn for turn in turns if turn["voice_to_voice_ms"] > 0]
    report: dict[str, float] = {"turns": asked, "answered": len(turns), "cut_early": len(turns) - len(whole)}
    for name in ("voice_to_voice_ms", "end_pointing_ms", "first_audio_ms"):
        values = sorted(turn[name] for turn in whole)
        if len(values) > 1:
            report[f"{name}_p50"] = round(statistics.median(values))
            report[f"{name}_p95"] = round(values[min(len(values) - 1, int(len(values) * 0.95))])
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    asyncio.run(main())
