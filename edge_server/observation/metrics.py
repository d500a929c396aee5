"""Prometheus metrics of one server (docs/observation.md lists them), in a registry of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from edge_server.observation.turns import BargeIn, Observed, TurnRecord
from sync.store import StoreHealth

BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Finer around the budgets: 0.1, 0.2, 0.5 and 0.8 s."""
CONTENT_TYPE = CONTENT_TYPE_LATEST

Restarts = Callable[[], Mapping[str, int]]
"""Tells how often workers were started again, by what they do."""


class Metrics:
    """The metrics of one server. Call it with what observers tell."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._turns = self._counter(
            "turns", "Turns, by who answered and how it ended.", "engine", "agent", "status", "by"
        )
        self._unanswered = self._counter("unanswered_turns", "Completed turns without the wanted answer.", "agent")
        self._ungrounded = self._counter(
            "ungrounded_clauses", "Clauses not spoken because nothing in the session gave what they said.", "agent"
        )
        self._errors = self._counter("error_events", "Error events sent to clients, by code.", "code")
        self._refused = self._counter("refused_connections", "Connections refused or ended by a limit.", "limit")
        self._sessions = self._counter("sessions", "Connections that held a conversation, by channel.", "channel")
        self._switches = self._counter(
            "engine_switches", "Sessions that went on with another engine.", "previous", "engine", "reason"
        )
        self._stages = self._histogram(
            "turn_stage_seconds", "Stages of turns (docs/observation.md).", "engine", "stage"
        )
        self._waits = self._histogram(
            "voice_to_voice_seconds", "From the end of the customer's speech to the reply's first sound.", "engine"
        )
        self._barge_ins = self._histogram(
            "barge_in_seconds", "From the onset of the customer's speech to the stop of the reply.", "engine"
        )
        self._tools = self._histogram("tool_seconds", "Runs of agents' tools.", "agent", "tool")
        self._open = Gauge("lobby_sessions_open", "Open conversations.", ["channel"], registry=self._registry)
        self._shared = Gauge("lobby_sessions_shared", "1 while Redis keeps the sessions.", registry=self._registry)
        self._waiting = Gauge(
            "lobby_sessions_waiting", "Sessions whose newest state Redis does not have yet.", registry=self._registry
        )
        self._conflicts = Gauge(
            "lobby_session_conflicts",
            "Sessions that went on at two nodes while Redis was gone.",
            registry=self._registry,
        )
        self._ready = Gauge("lobby_ready", "1 when models are loaded and data are open.", registry=self._registry)

    def __call__(self, observed: Observed, engine: str) -> None:
        """Count what was observed of this engine."""
        match observed:
            case BargeIn(ms=ms):
                self._barge_ins.labels(engine).observe(ms / 1000)
            case TurnRecord():
                self._count(observed, engine)

    def _count(self, record: TurnRecord, engine: str) -> None:
        agent = record.agent or "none"
        self._turns.labels(engine, agent, record.status, "voice" if record.by_voice else "text").inc()
        if record.status == "completed" and not record.answered:
            self._unanswered.labels(agent).inc()
        if record.ungrounded:
            self._ungrounded.labels(agent).inc(record.ungrounded)
        for stage, ms in record.stages_ms.items():
            self._stages.labels(engine, stage).observe(max(0.0, ms) / 1000)
        for tool in record.tools:
            self._tools.labels(tool.agent, tool.name).observe(tool.ms / 1000)
        if (wait := record.voice_to_voice_ms) is not None:
            self._waits.labels(engine).observe(wait / 1000)

    def session_opened(self, channel: str) -> None:
        """A conversation begins."""
        self._sessions.labels(channel).inc()
        self._open.labels(channel).inc()

    def session_closed(self, channel: str) -> None:
        """A conversation is over."""
        self._open.labels(channel).dec()

    def engine_switched(self, previous: str, engine: str, reason: str) -> None:
        """A session goes on with another engine, for one of the reasons in `engines.failures`."""
        self._switches.labels(previous, engine, reason).inc()

    def error_sent(self, code: str) -> None:
        """A client was told an error."""
        self._errors.labels(code).inc()

    def refused(self, limit: str) -> None:
        """A connection was refused, or ended, by this limit."""
        self._refused.labels(limit).inc()

    def watch(
        self, ready: Callable[[], bool], restarts: Restarts, store: Callable[[], StoreHealth] = StoreHealth
    ) -> None:
        """Read these whenever somebody looks. Once only."""
        self._ready.set_function(lambda: float(ready()))
        self._registry.register(_Workers(restarts))
        self._shared.set_function(lambda: float(store().state == "shared"))
        self._waiting.set_function(lambda: float(store().waiting))
        self._conflicts.set_function(lambda: float(store().conflicts))

    def page(self) -> bytes:
        """All metrics in Prometheus's text format; its type is `CONTENT_TYPE`."""
        return generate_latest(self._registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"lobby_{name}", what, labels, registry=self._registry)

    def _histogram(self, name: str, what: str, *labels: str) -> Histogram:
        return Histogram(f"lobby_{name}", what, labels, buckets=BUCKETS_S, registry=self._registry)


class _Workers(Collector):
    """Restarts of worker processes, read when somebody looks."""

    def __init__(self, restarts: Restarts) -> None:
        self._restarts = restarts

    def collect(self) -> Iterator[Metric]:
        """The counter, with a line for each kind of worker."""
        family = CounterMetricFamily(
            "lobby_worker_restarts", "Worker processes that died and were started again.", labels=["work"]
        )
        for work, count in self._restarts().items():
            family.add_metric([work], count)
        yield family

    def describe(self) -> Iterable[Metric]:
        """Nothing: the registry need not ask for it when it is registered."""
        return []
