"""The line of keys at the foot of a screen. It is made anew only when other keys hold than before.

Textual's own footer ties every key that it makes to itself and lets go of none while its screen lives. The
invitation's screen lives for as long as the terminal, and would hold all keys that it ever showed.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import HorizontalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static


@dataclass(frozen=True, slots=True)
class Field:
    """A `key` as it is pressed, how it is called, and what it does."""

    key: str
    display: str
    does: str


class Key(Static):
    """One key; a touch presses it."""

    def __init__(self, field: Field) -> None:
        super().__init__(Content.assemble((f" {field.display} ", "bold $footer-key-foreground"), f"{field.does} "))
        self._key = field.key

    def on_mouse_down(self) -> None:
        """The key is pressed."""
        self.app.simulate_key(self._key)


class Keys(HorizontalScroll, can_focus=False):
    """Keys that do something on this screen."""

    def __init__(self) -> None:
        super().__init__()
        self._fields: list[Field] = []

    def compose(self) -> ComposeResult:
        """One after the other."""
        for field in self._fields:
            yield Key(field)

    def on_mount(self) -> None:
        """Hear of changes."""
        self.screen.bindings_updated_signal.subscribe(self, self._look)
        self._look(self.screen)

    def on_unmount(self) -> None:
        """Hear of none any more."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _look(self, screen: Screen[object]) -> None:
        """What may be pressed may have changed."""
        found: dict[str, Field] = {}
        for active in screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled:
                field = Field(binding.key, _called(self.app.get_key_display(binding)), binding.description)
                found.setdefault(binding.action, field)
        if (fields := list(found.values())) != self._fields and self.is_attached:
            self._fields = fields
            self.call_after_refresh(self.recompose)


def _called(display: str) -> str:
    """As it is printed on a keyboard: "F1", "Esc", "T"."""
    return display[0].upper() + display[1:]
