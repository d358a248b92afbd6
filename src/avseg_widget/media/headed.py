"""A file with other bytes before its own. Knows no format."""

from __future__ import annotations

import io
from typing import BinaryIO

from .positioned import PositionedFile


class HeadedFile(PositionedFile):
    """Reads ``header``, then ``file`` from its first byte; closes the file with itself."""

    def __init__(self, header: bytes, file: BinaryIO) -> None:
        super().__init__()
        self._header = header
        self._file = file
        self._end = len(header) + file.seek(0, io.SEEK_END)

    def _size(self) -> int:
        return self._end

    def _read_at(self, position: int, most: int) -> bytes:
        after = position - len(self._header)
        if after < 0:
            return self._header[position : position + most]
        self._file.seek(after)
        return self._file.read(most)

    def close(self) -> None:
        self._file.close()
        super().close()
