"""Where tiles of peaks lie: a file that only grows, in memory when there is no disk. Knows no peaks and no media.

A finished file is ``MAGIC``, the tiles, the trailer (msgpack), its length (uint32), its CRC-32 (uint32), ``MAGIC``. It
is read by plain reads, not mapped into memory: another process may cut a mapped file short, and that ends the kernel.
"""

from __future__ import annotations

import io
import os
import struct
import tempfile
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar, cast

import msgspec

MAGIC = b"AVSEGPK1"
_ENDING = struct.Struct("<II8s")
#: Bytes of tiles without a file of their own that stay in memory.
_MOST_IN_MEMORY = 8 * 1024 * 1024

Trailer = TypeVar("Trailer")


class DamagedError(Exception):
    """A file is cut, of another kind, or holds other bytes than were written."""


class Entry(NamedTuple):
    """One tile in a file: where it begins, its bytes and their CRC-32."""

    offset: int
    size: int
    crc: int


class TileStore:
    """Tiles, appended and read; not for several threads at once.

    Parameters
    ----------
    path
        A new file, or one that is finished; None for a file without a name, which ends with the store.

    Raises
    ------
    OSError
        when the file cannot be made or read.
    """

    def __init__(self, path: Path | None = None, *, new: bool = True) -> None:
        self.path = path
        #: Why the file could not be written; the tiles are in memory then.
        self.problem = ""
        if path is None:
            self._file = cast("BinaryIO", tempfile.SpooledTemporaryFile(_MOST_IN_MEMORY))  # noqa: SIM115 - kept open
        else:
            self._file = cast("BinaryIO", path.open("x+b" if new else "rb", buffering=0))
        self._end = 0
        if new:
            self._write(MAGIC)

    def append(self, data: bytes) -> Entry:
        """Add a tile; when the disk takes no more, all tiles move into memory."""
        entry = Entry(self._end, len(data), zlib.crc32(data))
        self._write(data)
        return entry

    def read(self, entry: Entry) -> bytes:
        """Give a tile's bytes.

        Raises
        ------
        DamagedError
            when they are not those that were written.
        """
        self._file.seek(entry.offset)
        data = self._file.read(entry.size)
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise DamagedError
        return data

    def finish(self, trailer: object, target: Path) -> None:
        """Complete the file and give it its name; a reader never sees half of it."""
        if self.path is None or self.problem:
            return
        data = msgspec.msgpack.encode(trailer)
        self._file.seek(self._end)
        self._write_all(data + _ENDING.pack(len(data), zlib.crc32(data), MAGIC))
        self._file.close()
        try:
            self.path.replace(target)
            self.path = target
        finally:
            # Windows replaces no open file, and none that another process has open.
            self._file = cast("BinaryIO", self.path.open("rb", buffering=0))

    def trailer(self, type_: type[Trailer]) -> Trailer:
        """Read the trailer of a finished file.

        Raises
        ------
        DamagedError
            when the file is not whole.
        """
        size = os.fstat(self._file.fileno()).st_size
        if size < len(MAGIC) + _ENDING.size or self._file.read(len(MAGIC)) != MAGIC:
            raise DamagedError
        self._file.seek(size - _ENDING.size)
        length, crc, magic = _ENDING.unpack(self._file.read(_ENDING.size))
        if magic != MAGIC or length > size - _ENDING.size - len(MAGIC):
            raise DamagedError
        self._file.seek(size - _ENDING.size - length)
        data = self._file.read(length)
        if zlib.crc32(data) != crc:
            raise DamagedError
        try:
            return msgspec.msgpack.decode(data, type=type_)
        except msgspec.DecodeError:
            raise DamagedError from None

    def close(self) -> None:
        """Let go of the file; one that is not finished is removed."""
        self._file.close()
        if self.path is not None and self.path.suffix == ".part":
            self.path.unlink(missing_ok=True)

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self.close()

    def _write(self, data: bytes) -> None:
        try:
            self._file.seek(self._end)
            self._write_all(data)
        except OSError as error:
            self._to_memory(error)
            self._file.write(data)
        self._end += len(data)

    def _write_all(self, data: bytes) -> None:
        # A file without a buffer may take a part of it.
        while data:
            data = data[self._file.write(data) :]

    def _to_memory(self, error: OSError) -> None:
        self.problem = error.strerror or type(error).__name__
        self._file.seek(0)
        memory = io.BytesIO()
        memory.write(self._file.read(self._end))
        self.close()
        self.path = None
        self._file = memory
