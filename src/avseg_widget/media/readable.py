"""Says in words why media that could be opened cannot be read any more. Knows errors, no media."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import av.error
import soundfile

from ..errors import MediaError
from .container import UnreadableError


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn what the libraries and the system say while media is read into a ``MediaError`` that names it."""
    try:
        yield
    except (UnreadableError, soundfile.LibsndfileError, av.error.FFmpegError, OSError, MemoryError) as error:
        raise explained(name, error) from None


def explained(name: str, error: Exception) -> MediaError:
    """Return the error that says why the media of a name is not read."""
    if isinstance(error, MediaError) and not isinstance(error, UnreadableError):
        return error
    reason = getattr(error, "strerror", None) or getattr(error, "error_string", None) or str(error)
    return MediaError(f"{name} cannot be read any more ({reason}): open it again")
