"""Labels in one file that survives crashes: every edit is on disk before it is acknowledged."""

from .record import Change, Record
from .store import Edition, Entry, Mark, RefusedEdit, Store

__all__ = ["Change", "Edition", "Entry", "Mark", "Record", "RefusedEdit", "Store"]
