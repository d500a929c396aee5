"""What a library remembers of words once painted: caches of widths, styles and lines. Emptied when a customer goes."""

from __future__ import annotations

import functools
import gc

from textual.cache import FIFOCache, LRUCache

PAINTERS = ("textual", "rich", "kiosk_tui")
_Cached = type(functools.lru_cache(lambda: None))


def forget_painted() -> None:
    """Empty every cache of the painting libraries, and let go of what nothing holds any more. Some tens of ms.

    Objects are asked for their `type`, never by `isinstance`: that would wake every stand-in for a module that is not
    imported yet, of which the `openai` client has many.
    """
    for one in gc.get_objects():
        kind = type(one)
        if kind is LRUCache or kind is FIFOCache:
            one.clear()
        elif kind is _Cached and str(getattr(one, "__module__", "")).split(".")[0] in PAINTERS:
            one.cache_clear()
    gc.collect()
