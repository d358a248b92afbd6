"""The journal beside a store: a line for each operation since the last backup. Knows lines and files, no SQL."""

from __future__ import annotations

import errno
import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from .files import beside, sync_folder


class Line(NamedTuple):
    """One operation of the journal, as JSON, with its number in the store's history."""

    serial: int
    data: bytes


class Written(NamedTuple):
    """What a journal holds: the store it belongs to, the number it begins after, and its lines in order."""

    store: str
    base: int
    lines: list[Line]
    #: Whether bytes in the midst of it cannot be read.
    damaged: bool
    #: Bytes of the whole file.
    size: int

    @property
    def last(self) -> int:
        """The number of the last operation."""
        return self.lines[-1].serial if self.lines else self.base

    def after(self, serial: int) -> list[Line]:
        """Return the lines past a number; where two have the same, the later one counts."""
        return list({line.serial: line for line in self.lines if line.serial > serial}.values())


class _Head(msgspec.Struct):
    store: str
    base: int


_VOID = b"void"


class Journal:
    """The file that gets each operation before the database commits it, so that either may be damaged.

    A line is ``checksum serial JSON`` and is written behind a line break, so that one that was torn by a crash or a
    full disk does not spoil the next. It is opened anew for each: another process may have begun a new one meanwhile.
    """

    def __init__(self, store: Path) -> None:
        self.path = beside(store, "journal")

    def head(self) -> str | None:
        """Return the name of the store that the journal belongs to; None where it has no first line that says so."""
        try:
            with self.path.open("rb") as file:
                head = _read_head(file.read(1024).lstrip(b"\n").partition(b"\n")[0])
        except FileNotFoundError:
            return None
        return None if head is None else head.store

    def read(self) -> Written | None:
        """Return what the journal holds; None where there is none, or its first line cannot be read."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        pieces = [piece for piece in data.split(b"\n") if piece]
        head = _read_head(pieces[0]) if pieces else None
        if head is None:
            return None
        read = [_read_line(piece) for piece in pieces[1:]]
        lines: list[Line] = []
        for line in read:
            if line and line.data.startswith(_VOID):
                void = line.data.removeprefix(_VOID).strip()
                lines = [kept for kept in lines if b"%08x" % _checksum(kept) != void]
            elif line:
                lines.append(line)
        # The last line may be torn: nobody was told that it is written.
        return Written(head.store, head.base, lines, None in read[:-1], len(data))

    def begin(self, store: str, base: int) -> None:
        """Begin anew, for what follows the number ``base``."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        with fresh.open("wb") as file:
            file.write(_whole(Line(0, msgspec.json.encode(_Head(store, base)))))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        sync_folder(self.path)

    def append(self, lines: list[Line]) -> None:
        """Write lines, and return when the disk has them."""
        data = b"".join(map(_whole, lines))
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            if os.write(file, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        finally:
            os.close(file)

    def void(self, lines: list[Line]) -> None:
        """Take back lines whose operations did not come about."""
        self.append([Line(line.serial, b"%s %08x" % (_VOID, _checksum(line))) for line in lines])


def _checksum(line: Line) -> int:
    return zlib.crc32(b"%d %s" % line)


def _whole(line: Line) -> bytes:
    return b"\n%08x %d %s" % (_checksum(line), *line)


def _read_head(piece: bytes) -> _Head | None:
    line = _read_line(piece)
    with suppress(msgspec.DecodeError):
        return line and msgspec.json.decode(line.data, type=_Head)
    return None


def _read_line(piece: bytes) -> Line | None:
    checksum, _, rest = piece.partition(b" ")
    serial, _, data = rest.partition(b" ")
    if not serial.isdigit():
        return None
    line = Line(int(serial), data)
    return line if checksum == b"%08x" % _checksum(line) else None
