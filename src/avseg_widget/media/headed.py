"""A file with other bytes before its own, or a part of it. Knows no format."""

from __future__ import annotations

import io
from typing import BinaryIO

from .positioned import PositionedFile


class HeadedFile(PositionedFile):
    """Reads ``header``, then ``file`` from ``start`` to ``stop``, 0 for its end; closes the file with itself."""

    def __init__(self, header: bytes, file: BinaryIO, stop: int = 0, start: int = 0) -> None:
        super().__init__()
        self._header = header
        self._file = file
        self._start = start
        self._end = len(header) + (stop or file.seek(0, io.SEEK_END)) - start

    def _size(self) -> int:
        return self._end

    def _read_at(self, position: int, most: int) -> bytes:
        after = position - len(self._header)
        if after < 0:
            return self._header[position : position + most]
        self._file.seek(self._start + after)
        return self._file.read(max(0, min(most, self._end - position)))

    def close(self) -> None:
        self._file.close()
        super().close()
