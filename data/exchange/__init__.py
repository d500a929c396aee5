"""A branch's records as files: one CSV file a table and a manifest, in a folder or a zip file.

For moving a branch from one kind of database to the other, for back-ups that a person can read, and for data of one's
own. The format is described in docs/data.md.
"""

from data.exchange.bundle import ExchangeError, Problem
from data.exchange.incoming import import_records
from data.exchange.outgoing import export_records

__all__ = ["ExchangeError", "Problem", "export_records", "import_records"]
