"""What goes wrong with a branch's data, said so that the person at the terminal knows what to do next."""

from __future__ import annotations


class DataError(Exception):
    """The branch's data cannot be used; nothing was written. The message is one line that says what to do."""


class UnavailableError(DataError):
    """The database server does not answer now. Nothing was written; the next try may find it back."""


class OutcomeUnknownError(UnavailableError):
    """The database server went away while a change was being committed: it may have been written, or not.

    The same change with the same idempotency key settles it: it is then found, or made.
    """
