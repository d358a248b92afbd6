"""The lists of an MP4's fragments that were fetched from far, kept beside the memory. Knows no box and no track."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock
from typing import BinaryIO, cast

#: Before each list: where its fragment lies in the media, and its bytes.
_HEAD = struct.Struct("<QI")
#: Most bytes that stay in memory: the lists of half an hour to an hour.
_MOST_IN_MEMORY = 4 * 1024 * 1024


class KeptLists:
    """Lists one after another in a file without a name, which ends with them; safe to use from several threads.

    Fetching a list again would cost a request, and there is one each few seconds.
    """

    def __init__(self) -> None:
        self._file = cast("BinaryIO", tempfile.SpooledTemporaryFile(_MOST_IN_MEMORY))  # noqa: SIM115 - kept open
        self._end = 0
        self._lock = Lock()
        #: Where the last fragment lies in the media.
        self.latest = 0

    def add(self, position: int, content: bytes) -> int:
        """Keep the list of a fragment at a position of the media, and return its place here.

        Raises
        ------
        OSError
            when the disk takes no more.
        """
        place = self._end
        with self._lock:
            self._file.seek(place)
            self._file.write(_HEAD.pack(position, len(content)) + content)
        self._end += _HEAD.size + len(content)
        self.latest = position
        return place

    def lists_from(self, place: int) -> Iterator[tuple[int, bytes]]:
        """Yield where fragments lie in the media and what their lists hold, from a place here on."""
        while place < self._end:
            with self._lock:
                self._file.seek(place)
                position, size = _HEAD.unpack(self._file.read(_HEAD.size))
                content = self._file.read(size)
            yield position, content
            place += _HEAD.size + size

    def close(self) -> None:
        """Let go of the lists, whatever a disk that is full says to it."""
        with suppress(OSError):
            self._file.close()

    def __del__(self) -> None:
        # There is no file where none could be made.
        with suppress(AttributeError):
            self.close()
