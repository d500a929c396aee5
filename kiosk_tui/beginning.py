"""What is opened behind the first screen: sound, then the desk; and the look at the desk while nobody is served."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

from kiosk_tui import watchdog
from kiosk_tui.access import is_ready
from kiosk_tui.audio_devices import Chosen

if TYPE_CHECKING:
    from kiosk_tui.serving import Serving

PROBE_S = 3.0
"""How often the desk is asked whether it is there."""
NOT_READY = "The desk is not ready. Please ask a member of staff."
NO_DESK = "No desk is known yet: looking for one on this network …"


async def begin(app: Serving) -> None:
    """Open sound and desk; then look at the desk for as long as the terminal runs."""
    app.ear.chosen = Chosen(app.kept.microphone, app.kept.loudspeaker)
    app.ear.volume = app.kept.volume
    await asyncio.to_thread(importlib.import_module, "httpx")
    watchdog.notify("READY=1")
    if (every_s := watchdog.interval_s()) is not None:
        app.set_interval(every_s, lambda: watchdog.notify("WATCHDOG=1"))
    await app.ear.open()
    if app.options.session_key is not None or app.options.hands is not None:
        app.begin(session_key=app.options.session_key)
    if app.options.hands is not None:
        from kiosk_tui.hands import Hands

        app.run_worker(Hands(app, *app.options.hands).run(), group="hands", exit_on_error=False)
    while True:
        await look_at_desk(app)
        await asyncio.sleep(PROBE_S)


async def look_at_desk(app: Serving) -> None:
    """Show on the first screen whether the desk is there; where none is known, try the one near by, and look."""
    if app.desk is None:
        near = app.options.near
        if near is not None and await is_ready(near):
            app.desk = near
            app.operator.desk_known()
        else:
            trouble = NO_DESK if near is None else f"No desk answers at {near.url}. Start it with: lobby serve"
            app.attract.show_desk(online=False, trouble=trouble, hears=app.ear.hears)
            app.operator.find_desk()
            return
    if app.visit is not None:
        return
    ready = await is_ready(app.desk)
    if not app.is_running:
        return
    why = NOT_READY if app.options.kiosk else f"No desk answers at {app.desk.url}. Start it with: lobby serve"
    lines = [*([] if ready else [why]), *app.ear.sound.notices]
    app.attract.show_desk(online=ready, trouble="\n".join(lines), hears=app.ear.hears)
