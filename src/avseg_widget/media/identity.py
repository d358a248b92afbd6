"""A name for media that stays the same: where it lies, or what it holds. Knows places, no widget and no store."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .batch.inputs import without_secrets
from .source import Place

_CHUNK = 1 << 20


def identify(place: Place, folder: Path) -> str:
    """Return a name by which the same media is known again.

    A local file's is its path, relative to ``folder`` where it lies in it, with ``/`` on every system; that of a URL is
    the URL without its user, query and fragment; that of anything else is a checksum of its bytes.
    """
    if place.parts:
        return " + ".join(identify(part, folder) for part in place.parts)
    if place.path is not None:
        inside = place.path.is_relative_to(folder)
        return (place.path.relative_to(folder) if inside else place.path).as_posix()
    if place.address:
        return without_secrets(place.address)
    found = hashlib.sha256()
    with place.open() as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return f"sha256:{found.hexdigest()}"
