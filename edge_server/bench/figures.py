"""Medians and percentiles, as all measuring commands give them."""

from __future__ import annotations

import math
from collections.abc import Iterable


def percentile(values: Iterable[float], share: float) -> float | None:
    """The smallest of `values` that is not below `share` (0 to 1) of them, in tenths; None without values."""
    ordered = sorted(values)
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 1)


def p50(values: Iterable[float]) -> float | None:
    """The median."""
    return percentile(values, 0.5)


def p95(values: Iterable[float]) -> float | None:
    """What 95 of 100 do not exceed."""
    return percentile(values, 0.95)
