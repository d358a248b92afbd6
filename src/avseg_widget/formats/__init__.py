"""Reads and writes annotations in the formats of other tools, and says what each of them cannot carry."""

from .loss import Loss, LossReport
from .reading import Reading
from .registry import find_losses, names, read, write

__all__ = ["Loss", "LossReport", "Reading", "find_losses", "names", "read", "write"]
