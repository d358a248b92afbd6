"""A file with other bytes before its own. Knows no format."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class HeadedFile(io.RawIOBase):
    """Reads ``header``, then ``file`` from its first byte; closes the file with itself."""

    def __init__(self, header: bytes, file: BinaryIO) -> None:
        self._header = header
        self._file = file
        self._size = len(header) + file.seek(0, io.SEEK_END)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}.get(whence, self._size)
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        ahead = len(self._header) - self._position
        if ahead > 0:
            data = self._header[self._position : self._position + len(view)]
        else:
            self._file.seek(-ahead)
            data = self._file.read(len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
