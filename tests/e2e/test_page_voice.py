"""The page in Chromium, by voice, against the real server: what it hears, what it plays, what it shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import expect

from edge_server.audio import resample
from tests.browser_tools import PACK, PHONE, WIRE_RATE, likeness_db, unpacked, visiting
from tests.server_tools import Server

ROOT = Path(__file__).resolve().parents[2]

RENDER = """
async ([module, rate, pieces]) => {
  const seconds = pieces.reduce((sum, piece) => sum + piece.length, 0) / 24000;
  const context = new OfflineAudioContext(1, Math.ceil((seconds + 0.5) * rate), rate);
  await context.audioWorklet.addModule(module);
  const node = new AudioWorkletNode(context, "lobby-playback", { numberOfInputs: 0, outputChannelCount: [1] });
  for (const piece of pieces) {
    const pcm = Int16Array.from(piece).buffer;
    node.port.postMessage({ kind: "play", item: "item", pcm }, [pcm]);
  }
  node.port.postMessage({ kind: "end" });
  node.connect(context.destination);
  // messages reach the audio thread before it begins
  await new Promise((resolve) => setTimeout(resolve, 300));
  const rendered = await context.startRendering();
  return (PACK)(rendered.getChannelData(0));
}
"""


async def test_the_loudspeaker_code_changes_nothing_of_a_known_sound(server: Server, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    at = np.arange(WIRE_RATE) / WIRE_RATE
    voice = sum(3_000 / k * np.sin(2 * np.pi * 140 * k * at + random.uniform(0, 6)) for k in range(1, 24))
    # a voice begins and ends in silence; the first 3 ms of what is played are faded in
    edges = np.clip(np.minimum(at, 1 - at) / 0.05, 0, 1)
    sent = np.asarray(voice * (1 + 0.5 * np.sin(2 * np.pi * 3 * at)) * edges, dtype=np.int16)
    pieces = [piece.tolist() for piece in np.array_split(sent, 17)]
    async with visiting(tmp_path) as visitor:
        await visitor.open(server.url)
        [module] = [path.name for path in (ROOT / "web" / "dist" / "assets").glob("playback*.js")]
        for rate in (44_100, 48_000, 16_000):
            wishes = [f"/assets/{module}", rate, pieces]
            packed = await visitor.page.evaluate(RENDER.replace("PACK", PACK), wishes)
            rendered = resample(unpacked(packed), rate, WIRE_RATE)
            assert likeness_db(sent, rendered.astype(np.float32)) > 40, rate


@pytest.mark.slow
async def test_a_spoken_question_is_shown_answered_and_played_as_it_was_sent(server: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path, PHONE, tapped=True) as visitor:
        await visitor.open(server.url)
        visitor.microphone.holds("What is the status of flight LB204?")
        await visitor.press("Start talking")
        await visitor.reads("35 minutes")
        await visitor.hears_the_end()
        await expect(visitor.page.locator(".said.customer .words").first).to_contain_text("204")
        await expect(visitor.page.locator(".card.flight h3")).to_have_text("LB204")
        [*_, answer] = visitor.wire.audio
        sent = visitor.wire.item_audio(answer)
        assert len(sent) > 2 * WIRE_RATE
        assert likeness_db(sent, await visitor.played()) > 25
        assert visitor.faults == []


@pytest.mark.slow
async def test_speaking_over_a_reply_silences_it_and_tells_how_much_was_heard(server: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        await visitor.open(server.url)
        await visitor.press("What is the status of flight LB204?")
        await expect(visitor.page.locator(".status.speaking")).to_have_count(1)
        await visitor.say("How much is a second checked bag?")
        cut = visitor.page.locator(".said.desk", has=visitor.page.locator(".cut")).first
        await expect(cut).to_be_visible()
        # what was said over it is heard and answered
        await expect(visitor.page.locator(".said.customer")).to_have_count(2)
        await visitor.hears_the_end()
        await expect(visitor.page.locator(".said.desk")).to_have_count(2)
        told = [event for event in visitor.wire.sent if event["type"] == "conversation.item.truncate"]
        item = str(told[0]["item_id"])
        sounded_ms = len(visitor.wire.item_audio(item)) / WIRE_RATE * 1000
        assert 0 < int(str(told[0]["audio_end_ms"])) < sounded_ms
        [whole] = [
            str(event["transcript"])
            for event in visitor.wire.of_type("response.output_audio_transcript.done")
            if event["item_id"] == item
        ]
        shown = (await cut.locator(".words").inner_text()).split("\N{EN DASH}")[0].strip()
        assert 0 < len(shown) < len(whole)
        assert whole.startswith(shown), "no more is shown than was heard"
        assert visitor.faults == []


@pytest.mark.slow
async def test_a_whole_booking_by_voice(server: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        page = visitor.page
        await visitor.open(server.url)
        visitor.microphone.holds("I would like to book a hotel room in Denver for next Friday, for two nights.")
        await visitor.press("Start talking")
        await visitor.reads("booking code")
        await expect(page.locator(".agent-pill")).to_have_text("Hotels")
        await visitor.hears_the_end()
        await visitor.say("K 7 M 2 Q X")
        await expect(page.locator(".pin")).to_be_visible()
        await visitor.hears_the_end()
        await visitor.say("Four, zero, seven, one.")
        await visitor.reads("Thank you, Maria")
        log = await page.locator("#log").inner_text()
        assert "4071" not in log
        assert "••••" in log
        await visitor.hears_the_end()
        await visitor.say("A twin room, please.")
        await expect(page.locator(".card.quote")).to_contain_text("Twin")
        await visitor.hears_the_end()
        await visitor.say("Yes, please.")
        done = page.locator(".card.done")
        await expect(done).to_contain_text("Confirmed")
        [changed] = visitor.wire.of_type("extension.booking_changed")
        await visitor.press("Finish")
        await expect(page.locator(".receipt .card.done")).to_contain_text(str(changed["code"]))
        await visitor.press("New conversation")
        kept = await page.evaluate("() => JSON.stringify({...sessionStorage, ...localStorage})")
        assert str(changed["code"]) not in kept
        assert visitor.faults == []
