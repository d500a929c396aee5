"""What a library remembers of words once painted: caches of widths, styles and lines. Emptied when a customer goes."""

from __future__ import annotations

import functools
import gc

from textual.cache import FIFOCache, LRUCache

PAINTERS = ("textual", "rich", "kiosk_tui")
_Cached = type(functools.lru_cache(lambda: None))


def forget_painted() -> None:
    """Empty every cache of the painting libraries, and let go of what nothing holds any more. Some tens of ms."""
    for one in gc.get_objects():
        if isinstance(one, LRUCache | FIFOCache):
            one.clear()
        elif isinstance(one, _Cached) and str(getattr(one, "__module__", "")).split(".")[0] in PAINTERS:
            one.cache_clear()
    gc.collect()
