"""Labels in one file that survives crashes: every edit is on disk before it is acknowledged."""

from .record import Record
from .store import Edition, Entry, Mark, RefusedEdit, Store
from .who import user_name

__all__ = ["Edition", "Entry", "Mark", "Record", "RefusedEdit", "Store", "user_name"]
