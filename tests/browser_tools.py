"""A real browser on the page: headless Chromium with a voice for a microphone, and a tap on what it plays."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from playwright.async_api import BrowserContext, Page, WebSocket, async_playwright, expect

from edge_server.audio import Pcm, resample
from edge_server.speech.synthesiser import Synthesiser

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
IS_BUILT = (ROOT / "web" / "dist" / "index.html").is_file()
PHONE, TABLET, DESKTOP = (390, 844), (820, 1180), (1440, 900)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
WIRE_RATE = 24_000
PATIENCE_MS = 25_000
expect.set_options(timeout=PATIENCE_MS)

Sound = npt.NDArray[np.float32]

TAP = """
registerProcessor("tap", class extends AudioWorkletProcessor {
  constructor() { super(); this.block = []; }
  process(inputs) {
    if (inputs[0].length > 0) {
      this.block.push(...inputs[0][0]);
      if (this.block.length >= 2048) { this.port.postMessage(this.block); this.block = []; }
    }
    return true;
  }
});
"""
"""An audio thread that hands on what the loudspeaker gets."""
LISTEN = """
const connect = AudioNode.prototype.connect;
window.played = [];
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode) {
    window.playedRate = this.context.sampleRate;
    const module = URL.createObjectURL(new Blob([window.tap], { type: "text/javascript" }));
    this.context.audioWorklet.addModule(module).then(() => {
      const tap = new AudioWorkletNode(this.context, "tap", { numberOfOutputs: 0 });
      tap.port.onmessage = (message) => window.played.push(...message.data);
      connect.call(this, tap);
    });
  }
  return connect.call(this, to, ...rest);
};
"""
"""In the page, before its own scripts: what goes to the loudspeaker goes to the tap too (`window.tap`: its code)."""


PACK = """(sound) => {
  const pcm = Int16Array.from(sound, (value) => Math.round(value * 32767));
  const bytes = new Uint8Array(pcm.buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}"""
"""Samples (-1 to 1) of the page as PCM16 in base64: handed over in one piece, where numbers go one by one."""


def unpacked(text: str) -> Pcm:
    """What `PACK` packed."""
    return np.frombuffer(base64.b64decode(text), dtype=np.int16)


@dataclass
class Microphone:
    """The file that Chromium takes for a microphone; it is played from its start whenever the microphone is opened."""

    path: Path

    def holds(self, words: str = "") -> None:
        """From the next opening on, this is said after 300 ms, then silence."""
        pause = np.zeros(WIRE_RATE * 3 // 10, np.int16)
        spoken = np.concatenate((pause, _voice().synthesise(words, speed=0.9), pause)) if words else pause
        soundfile.write(self.path, spoken, WIRE_RATE, subtype="PCM_16")


@cache
def _voice() -> Synthesiser:
    """Piper: here it is the page that is tried, so the customer speaks as clearly as can be had."""
    return Synthesiser.load()


@dataclass
class Wire:
    """What went over the page's sockets, in order: events as JSON objects, as far as they are told here."""

    sent: list[dict[str, object]] = field(default_factory=list)
    received: list[dict[str, object]] = field(default_factory=list)
    audio: dict[str, list[bytes]] = field(default_factory=dict)

    def watch(self, socket: WebSocket) -> None:
        """Take down every event of `socket`."""
        socket.on("framesent", lambda frame: self.sent.append(json.loads(frame)))
        socket.on("framereceived", lambda frame: self._take(json.loads(frame)))

    def _take(self, event: dict[str, object]) -> None:
        self.received.append(event)
        if event["type"] == "response.output_audio.delta":
            self.audio.setdefault(str(event["item_id"]), []).append(base64.b64decode(str(event["delta"])))

    def item_audio(self, item: str) -> Pcm:
        """The sound of one item: int16 mono at 24 kHz."""
        return np.frombuffer(b"".join(self.audio.get(item, [])), dtype=np.int16)

    def of_type(self, kind: str) -> list[dict[str, object]]:
        """All events of this type that the server sent."""
        return [event for event in self.received if event["type"] == kind]


class Visitor:
    """A person at the page."""

    def __init__(self, page: Page, microphone: Microphone, wire: Wire, faults: list[str]) -> None:
        self.page = page
        self.microphone = microphone
        self.wire = wire
        self.faults = faults

    async def open(self, url: str) -> None:
        """Open the page."""
        await self.page.goto(url)
        await self.page.locator("h1").first.wait_for()

    async def press(self, name: str) -> None:
        """Press the button of this name."""
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def write(self, words: str) -> None:
        """Type a message and send it."""
        await self.page.fill("#message", words)
        await self.page.keyboard.press("Enter")

    async def say(self, words: str) -> None:
        """Speak into the microphone, which is turned off and on for it."""
        self.microphone.holds(words)
        if await self.page.get_by_role("button", name="Turn the microphone off").count():
            await self.press("Turn the microphone off")
        await self.press("Turn the microphone on")

    async def reads(self, words: str) -> None:
        """Wait until the conversation shows these words."""
        await expect(self.page.locator("#log")).to_contain_text(words, timeout=PATIENCE_MS)

    async def hears_the_end(self) -> None:
        """Wait until every reply that was begun has ended and was played."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while len(self.wire.of_type("response.created")) > len(self.wire.of_type("response.done")):
                await self.page.wait_for_timeout(50)
        await expect(self.page.locator(".status.ready, .status.quiet")).to_have_count(1)

    async def played(self) -> Sound:
        """What the loudspeaker got so far, at 24 kHz."""
        rate, packed = await self.page.evaluate(f"() => [window.playedRate, ({PACK})(window.played)]")
        return resample(unpacked(packed), rate, WIRE_RATE).astype(np.float32)


@asynccontextmanager
async def visiting(
    tmp_path: Path,
    size: tuple[int, int] = DESKTOP,
    *,
    dark: bool = False,
    installed: bool = False,
    tapped: bool = False,
) -> AsyncIterator[Visitor]:
    """A browser of its own, with an empty profile. Skips the test where there is no Chromium or no built page.

    `installed`: the page's service worker may run; what it fetches is not seen here. `tapped`: what is played is kept,
    for `Visitor.played`; the tap is code that the page's own policy would not let in, so it is off then.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium: deploy/install-system-packages installs it")
    if not IS_BUILT:
        pytest.skip("the page is not built: python3 run.py web")
    microphone = Microphone(tmp_path / "microphone.wav")
    microphone.holds()
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone.path}%noloop"]
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=CHROMIUM,
            args=flags,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            service_workers="allow" if installed else "block",
            bypass_csp=tapped,
        )
        try:
            if tapped:
                await context.add_init_script(f"window.tap = {json.dumps(TAP)};{LISTEN}")
            yield _visitor(context, microphone)
        finally:
            await context.close()


def _visitor(context: BrowserContext, microphone: Microphone) -> Visitor:
    page = context.pages[0]
    wire, faults = Wire(), list[str]()
    page.on("websocket", wire.watch)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    page.set_default_timeout(PATIENCE_MS)
    return Visitor(page, microphone, wire, faults)


async def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA on the page as it stands: rule and element, one line each."""
    # what moves is half transparent meanwhile: nothing begins to move any more, and what does is at its end
    await page.emulate_media(reduced_motion="reduce")
    await page.evaluate(
        "() => Promise.allSettled(document.getAnimations().map((one) => { try { one.finish() } catch {} }))"
    )
    await page.evaluate(await asyncio.to_thread(AXE.read_text, "utf-8"))
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = await page.evaluate("(rules) => axe.run(document, {runOnly: {type: 'tag', values: rules}})", rules)
    return [f"{rule['id']}: {node['target']}" for rule in found["violations"] for node in rule["nodes"]]


def likeness_db(sent: Pcm, played: Sound) -> float:
    """How much louder `sent` is in `played` than all else there (dB), at the delay and level where it fits best.

    Both at 24 kHz. `played` must hold all of `sent`.
    """
    wanted = sent.astype(np.float64)
    played = np.pad(played, (128, 128))
    size = 1 << int(np.ceil(np.log2(len(wanted) + len(played))))
    product = np.fft.rfft(played, size) * np.conj(np.fft.rfft(wanted, size))
    # a device has its own clock: the best delay may lie between two samples
    fine = 8
    correlation = np.fft.irfft(np.pad(product, (0, size * fine // 2 + 1 - len(product))), size * fine)
    best = int(np.argmax(correlation))
    shift = best / fine if best < size * fine // 2 else best / fine - size
    whole = int(np.floor(shift))
    spectrum = np.fft.rfft(np.pad(wanted, (64, 64)))
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(len(wanted) + 128) * (shift - whole))
    moved = np.fft.irfft(spectrum * turn, len(wanted) + 128)
    start = max(0, whole - 64)
    heard = played[start : start + len(moved)].astype(np.float64)
    moved = moved[: len(heard)]
    gain = float(heard @ moved) / float(moved @ moved)
    error = heard - gain * moved
    return float(10 * np.log10(((gain * moved) ** 2).sum() / (error**2).sum()))
