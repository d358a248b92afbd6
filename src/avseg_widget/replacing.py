"""Files that take their name when all of them is written, so that nobody sees half of one. Knows no format."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a file beside ``path`` to write into; it takes its name when the disk has all of it, and else is removed."""
    part = path.with_name(f"{part_prefix(path)}{secrets.token_hex(4)}.part")
    try:
        yield part
        sync_file(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def part_prefix(path: Path) -> str:
    """Give what the name of an unfinished file begins with; short, however long the name of ``path`` is."""
    return f".avseg-{blake2b(os.fsencode(path.name), digest_size=8).hexdigest()}-"


def sync_file(path: Path) -> None:
    """Have the disk hold all of a file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
