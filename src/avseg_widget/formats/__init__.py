"""Reads and writes annotations in the formats of other tools, and says what each of them cannot carry."""

from .loss import Loss, LossReport
from .pyannote import from_pyannote, to_pyannote
from .reading import Reading
from .registry import find_losses, names, read, write
from .table_rows import from_rows, to_dataset, to_rows

__all__ = [
    "Loss",
    "LossReport",
    "Reading",
    "find_losses",
    "from_pyannote",
    "from_rows",
    "names",
    "read",
    "to_dataset",
    "to_pyannote",
    "to_rows",
    "write",
]
