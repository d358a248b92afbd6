"""A file for reading that keeps a position of its own. Knows no bytes."""

from __future__ import annotations

import io
from abc import abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class PositionedFile(io.RawIOBase):
    """What has a size and gives bytes from a place on, as a file."""

    def __init__(self) -> None:
        self._position = 0

    @abstractmethod
    def _size(self) -> int:
        """Give the bytes of the whole."""

    @abstractmethod
    def _read_at(self, position: int, most: int) -> bytes:
        """Give 1 to ``most`` bytes from a position on, none from the end on."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}.get(whence)
        self._position = max(0, (self._size() if base is None else base) + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._read_at(self._position, len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)
