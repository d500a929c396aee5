"""For whoever looks after the terminal, behind the code: the server, its sessions and stages, sound, troubles."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ItemGrid, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Static

from kiosk_tui.audio_blocks import RATE
from kiosk_tui.operator_view import Stage, View, look
from kiosk_tui.widgets.cards import table
from kiosk_tui.widgets.keys import Keys
from kiosk_tui.widgets.stages import StageRow
from kiosk_tui.widgets.status import meter

if TYPE_CHECKING:
    from kiosk_tui.serving import Serving

REFRESH_S = 2.0
OWN_VOICE = "the desk's own"
VOICES = (None, "marin", "cedar", "alloy")
TONE_HZ, TONE_S, TONE_SHARE = 440.0, 1.0, 0.2


class OperatorScreen(Screen[None]):
    """Closes with Esc; the terminal is left from here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back"),
        Binding("t", "tone", "Test tone"),
        Binding("l", "loop_back", "Loop-back"),
        Binding("minus", "volume(-10)", "Quieter"),
        Binding("plus", "volume(10)", "Louder"),
        Binding("v", "voice", "Voice"),
        Binding("m", "device('microphone')", "Microphone"),
        Binding("s", "device('loudspeaker')", "Loudspeaker"),
        Binding("d", "find", "Find desk"),
        Binding("q", "leave", "Leave"),
    ]
    KEYS: ClassVar = (
        ("tone", "Test tone"),
        ("loop_back", "Loop-back check"),
        ("volume(-10)", "Quieter"),
        ("volume(10)", "Louder"),
        ("voice", "Voice"),
        ("device('microphone')", "Microphone"),
        ("device('loudspeaker')", "Loudspeaker"),
        ("find", "Find a desk"),
        ("leave", "Leave the terminal"),
        ("dismiss", "Back"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._checked = "not checked yet"
        self._rows: list[StageRow] = []

    @property
    def kiosk(self) -> Serving:
        """The terminal."""
        return cast("Serving", self.app)

    def compose(self) -> ComposeResult:
        """Buttons over panels."""
        yield Static(Content(" Operator"), id="operator-title")
        with ItemGrid(min_column_width=20, id="operator-keys"):
            for action, label in self.KEYS:
                yield Button(label, name=action, classes="operator-key")
        with VerticalScroll(id="panels"):
            for name, title in (("desk", "Desk"), ("sound", "Sound"), ("sessions", "Sessions")):
                yield Static(Content(title), classes="panel-title")
                yield Static(Content("…"), id=f"panel-{name}", classes="panel")
            yield Static(Content("Latency by stage, ms (p50 / p95)"), classes="panel-title")
            with VerticalScroll(id="stages"):
                yield Static(Content("…"), id="no-stages", classes="panel")
            yield Static(Content("Troubles"), classes="panel-title")
            yield Static(Content("…"), id="panel-troubles", classes="panel")
        yield Keys()

    def on_mount(self) -> None:
        """Show what is known already."""
        self.show_sound()
        self.show_view(View())

    # What is shown

    def show_sound(self) -> None:
        """Devices, level, volume, the last check."""
        ear = self.kiosk.ear
        sound, kept = ear.sound, self.kiosk.kept
        level = meter(sound.level) if sound.hears else ""
        state = sound.hands_free.state.value if sound.hands_free is not None else "no canceller"
        rows = (
            ("Microphone", f"{kept.microphone or 'default'}   {level or 'none'}"),
            ("Loudspeaker", f"{kept.loudspeaker or 'default'}   {'open' if sound.speaks else 'none'}"),
            ("Volume", f"{ear.volume} %"),
            ("Voice", f"{kept.voice or OWN_VOICE}   (others only where a cloud model speaks)"),
            ("Over replies", state),
            ("Loop-back", self._checked),
        )
        lines = [table(rows), *(Content(notice) for notice in sound.notices)]
        self.query_one("#panel-sound", Static).update(Content("\n").join(lines))

    async def refresh_desk(self) -> None:
        """Ask the server, and show it."""
        desk = self.kiosk.desk
        if desk is not None:
            view = await look(desk, self.kiosk.options.operator_key)
            if self.is_mounted:
                self.show_view(view)

    def show_view(self, view: View) -> None:
        """What the server tells."""
        desk, kiosk = self.kiosk.desk, self.kiosk
        where = desk.url if desk is not None else "none"
        rows = (("Address", where), *view.server)
        lines = [table(rows)] + ([Content(view.problem)] if view.problem else [])
        self.query_one("#panel-desk", Static).update(Content("\n").join(lines))
        sessions = "\n".join(view.sessions) or ("none" if not view.problem else "not told")
        self.query_one("#panel-sessions", Static).update(Content(sessions))
        self._show_stages(view.stages)
        troubles = [*view.errors, *reversed(kiosk.troubles)]
        self.query_one("#panel-troubles", Static).update(Content("\n".join(troubles) or "none"))

    def _show_stages(self, stages: tuple[Stage, ...]) -> None:
        self.query_one("#no-stages", Static).update(Content("" if stages else "not told"))
        self.query_one("#no-stages").display = not stages
        if [row.stage for row in self._rows] != [stage.name for stage in stages]:
            for row in self._rows:
                row.remove()
            self._rows = [StageRow(stage) for stage in stages]
            self.query_one("#stages", VerticalScroll).mount(*self._rows)
        for row, stage in zip(self._rows, stages, strict=True):
            row.show(stage)

    # What is done

    @on(Button.Pressed, ".operator-key")
    async def pressed(self, event: Button.Pressed) -> None:
        """A button does what its key does."""
        event.stop()
        await self.run_action(event.button.name or "")

    def action_tone(self) -> None:
        """T: one second of a tone."""
        playback = self.kiosk.ear.sound.playback
        if playback is None:
            self._checked = "there is no loudspeaker"
        else:
            playback.add("test-tone", tone())

    async def action_loop_back(self) -> None:
        """L: play a sound and measure what the microphone hears of it."""
        self._checked = "checking: a sound plays for four seconds …"
        self.run_worker(self._check(), group="check", exclusive=True, exit_on_error=False)

    async def _check(self) -> None:
        from kiosk_tui.audio_check import check_sound

        ear = self.kiosk.ear
        ear.close()
        verdict = await check_sound()
        self._checked = verdict.line
        await ear.open()

    def action_volume(self, change: int) -> None:
        """+ and -: how loud replies are."""
        ear = self.kiosk.ear
        ear.set_volume(ear.volume + change)
        self.kiosk.operator.keep(replace(self.kiosk.kept, volume=ear.volume))

    def action_voice(self) -> None:
        """V: the next voice, from the next conversation on."""
        kept = self.kiosk.kept
        place = VOICES.index(kept.voice) if kept.voice in VOICES else 0
        self.kiosk.operator.keep(replace(kept, voice=VOICES[(place + 1) % len(VOICES)]))

    async def action_device(self, side: str) -> None:
        """M and S: the next device."""
        from kiosk_tui.audio_devices import Chosen, listed

        kept, ear = self.kiosk.kept, self.kiosk.ear
        devices = await asyncio.to_thread(listed, "input" if side == "microphone" else "output")
        names: list[str | None] = [None, *(device.name for device in devices)]
        now = kept.microphone if side == "microphone" else kept.loudspeaker
        name = names[(names.index(now) + 1) % len(names)] if now in names else None
        kept = replace(kept, microphone=name) if side == "microphone" else replace(kept, loudspeaker=name)
        self.kiosk.operator.keep(kept)
        ear.chosen = Chosen(kept.microphone, kept.loudspeaker)
        await ear.open(again=True)
        self.kiosk.sound_changed("")

    def action_find(self) -> None:
        """D: look for desks on this network."""
        self.kiosk.operator.find_desk(asked=True)

    def action_leave(self) -> None:
        """Q: end the terminal."""
        self.app.exit()


def tone() -> bytes:
    """TONE_S of TONE_HZ: PCM16 mono at 24 kHz."""
    import numpy as np

    seconds = np.arange(int(RATE * TONE_S)) / RATE
    return (np.sin(2 * math.pi * TONE_HZ * seconds) * 32767 * TONE_SHARE).astype(np.int16).tobytes()
