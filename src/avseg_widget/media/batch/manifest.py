"""What was made of which input, kept beside the outputs so that a run can be resumed. Knows no media.

``avseg-media.jsonl`` has one line for each item that was begun and one for each that was done; the last line of an
item holds. Only the process that runs the batch writes it. An output that no line names is somebody else's.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...errors import MediaError

NAME = "avseg-media.jsonl"


@dataclass(frozen=True)
class Stamp:
    """What tells a file's content: bytes and time of change at once, the digest when only the time differs."""

    size: int
    mtime_ns: int
    digest: str = ""


@dataclass(frozen=True)
class Record:
    """One item: what is made (``task``), by which ``options``, of what, and, when it is done, the output."""

    task: str
    name: str
    source: str
    options: dict[str, Any]
    stamp: Stamp | None = None
    output: str = ""
    output_size: int = 0


def stamp_of(source: str, *, digest: bool = False) -> Stamp | None:
    """Give the stamp of a file, None for a URL."""
    if "://" in source:
        return None
    status = os.stat(source)  # noqa: PTH116 - a name is used as it is
    return Stamp(status.st_size, status.st_mtime_ns, _digest(source) if digest else "")


def _digest(source: str) -> str:
    found = hashlib.blake2b(digest_size=16)
    with open(source, "rb") as file:  # noqa: PTH123 - a name is used as it is
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


class Manifest:
    """The manifest of one output folder, open for adding."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._records = {(record.task, record.name): record for record in _read(self._path)}
        folder.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("ab")
        if self._path.stat().st_size and not self._path.read_bytes().endswith(b"\n"):
            # The run before was killed while it wrote this line.
            self._file.write(b"\n")

    def close(self) -> None:
        """Close the file."""
        # What could not be written has been told.
        with suppress(OSError):
            self._file.close()

    def get(self, task: str, name: str) -> Record | None:
        """Give the last record of an item, None when it was never begun."""
        return self._records.get((task, name))

    def add(self, record: Record) -> None:
        """Write one line; it is in the file when this returns.

        Raises
        ------
        MediaError
            when it cannot be written, as on a disk that is full.
        """
        self._records[record.task, record.name] = record
        try:
            self._file.write(json.dumps(asdict(record)).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise MediaError(
                f"what was made cannot be noted in {self._path} ({error.strerror}): make room, or choose another "
                "folder, and start it again to go on"
            ) from None


def begun_in(folder: Path) -> set[tuple[str, str]]:
    """Give task and name of all items whose outputs are in the folder, or may be."""
    return {(record.task, record.name) for record in _read(folder / NAME)}


def _read(path: Path) -> list[Record]:
    try:
        lines = path.read_bytes().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = []
    for line in lines:
        try:
            values = json.loads(line)
            stamp = values.pop("stamp")
            found.append(Record(stamp=Stamp(**stamp) if stamp else None, **values))
        except (ValueError, TypeError, KeyError, AttributeError):  # noqa: PERF203 - a cut line ends nothing
            continue
    return found
