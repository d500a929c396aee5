"""Whether the server can serve yet, and if not, what it waits for."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_server.services import Services


@dataclass(slots=True)
class Readiness:
    """Loading until `services` are there. `loading` maps each step under way to how far it is."""

    services: Services | None = None
    loading: dict[str, str] = field(default_factory=dict)
    draining: bool = False
    """The server is about to stop: running responses end, no session begins."""

    def progress(self, step: str, done: int, total: int) -> None:
        """A step of loading has come to `done` of `total` parts. Safe to call from any thread."""
        self.loading[step] = f"{done} of {total}"

    @property
    def reason(self) -> str:
        """One line for people and probes."""
        if self.draining:
            return "the server restarts: try again in a moment"
        if self.services is not None:
            return "ready"
        steps = "; ".join(f"{step}: {far}" for step, far in dict(self.loading).items())
        return f"still loading ({steps})" if steps else "still loading"
