"""What goes wrong with a branch's data, said so that the person at the terminal knows what to do next."""

from __future__ import annotations


class DataError(Exception):
    """The branch's data cannot be used. The message is one line that says what to do."""
