"""A picture of where the time of a turn goes: one bar a question, as SVG that any browser shows."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from edge_server.bench.latency import LatencyFigures, QuestionFigures

COLOURS = ("#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#bab0ac")
"""One for each step, told apart by people who see red and green alike, too."""
_WIDTH, _LABEL, _ROW, _TOP, _FOOT = 960, 330, 24, 78, 34
_FONT = "font-family='system-ui, sans-serif'"


def svg(figures: LatencyFigures) -> str:
    """The steps of every question, median over its turns, and the whole beside them."""
    rows = [*figures.questions]
    names = tuple(dict.fromkeys(name for row in rows for name in row.steps))
    longest = max((sum(row.steps.values()) for row in rows), default=0.0) or 1.0
    tick = next(step for step in (50, 100, 200, 500, 1000, 2000, 5000, 10**9) if longest / step <= 10)
    scale = (_WIDTH - _LABEL - 70) / longest
    height = _TOP + _ROW * len(rows) + _FOOT
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height}' width='{_WIDTH}' height='{height}'>",
        f"<rect width='{_WIDTH}' height='{height}' fill='white'/>",
        _text(12, 24, _title(figures), size=15, weight="bold"),
        *_legend(names),
        *_axis(longest, tick, scale, height),
    ]
    for number, row in enumerate(rows):
        parts += _row(row, names, scale, _TOP + _ROW * number)
    return "\n".join([*parts, "</svg>\n"])


def _title(figures: LatencyFigures) -> str:
    p50, p95 = figures.voice_to_voice_ms_p50, figures.voice_to_voice_ms_p95
    told = f"p50 {p50:.0f} ms, p95 {p95:.0f} ms" if p50 is not None and p95 is not None else "no turn was answered"
    return f"From the last sound of a question to the first sound of its answer: {told}, {figures.turns} turns"


def _legend(names: Sequence[str]) -> list[str]:
    parts: list[str] = []
    at = 12
    for name, colour in zip(names, COLOURS, strict=False):
        parts += [f"<rect x='{at}' y='38' width='12' height='12' fill='{colour}'/>", _text(at + 17, 48, name)]
        at += 40 + 7 * len(name)
    return parts


def _axis(longest: float, tick: int, scale: float, height: int) -> list[str]:
    parts: list[str] = []
    for ms in range(0, int(longest) + 1, tick):
        x = _LABEL + ms * scale
        parts.append(f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{_TOP - 8}' y2='{height - _FOOT}' stroke='#ddd'/>")
        parts.append(_text(x, height - _FOOT + 16, f"{ms} ms" if ms else "0", anchor="middle", fill="#555"))
    return parts


def _row(row: QuestionFigures, names: Sequence[str], scale: float, y: int) -> list[str]:
    words = row.question if len(row.question) <= 50 else row.question[:49].rstrip() + "…"
    parts = [_text(_LABEL - 10, y + 13, words, anchor="end")]
    x = float(_LABEL)
    for name, colour in zip(names, COLOURS, strict=False):
        width = row.steps.get(name, 0.0) * scale
        told = f"<title>{escape(name)}: {row.steps.get(name, 0.0):.0f} ms</title>"
        parts.append(f"<rect x='{x:.1f}' y='{y}' width='{width:.1f}' height='{_ROW - 7}' fill='{colour}'>{told}</rect>")
        x += width
    return [*parts, _text(x + 6, y + 13, f"{row.voice_to_voice_ms_p50:.0f}", fill="#555")]


def _text(
    x: float, y: int, text: str, *, anchor: str = "start", size: int = 12, weight: str = "normal", fill: str = "#222"
) -> str:
    style = f"{_FONT} font-size='{size}' font-weight='{weight}' fill='{fill}' text-anchor='{anchor}'"
    return f"<text x='{x:.1f}' y='{y}' {style}>{escape(text)}</text>"
