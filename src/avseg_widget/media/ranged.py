"""A file that is read in ranges: blocks kept and read ahead, tries repeated. Knows no server and no format."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Protocol

from ..errors import MediaError
from .positioned import PositionedFile

#: Bytes of one block.
BLOCK_BYTES = 256 * 1024
#: Blocks kept of one media, 16 MiB.
_MOST_KEPT = 64
#: Most blocks of one request when the reading goes on from block to block, 4 MiB.
_MOST_AHEAD = 16
#: Seconds to wait before the second and the third try.
_PAUSES = (0.2, 0.8)


class LostError(Exception):
    """The connection failed in a way that may be over with the next try, the message is the bare reason.

    ``wait`` are the seconds that the next try should wait.
    """

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class Ranges(Protocol):
    """An object of which parts can be read."""

    #: Reading costs time on a network.
    far: bool
    #: What the user should know of it, found out by the first read.
    warnings: list[str]
    #: What no other content at its address is told by, found out by the first read; "" where it is not told.
    version: str

    def fetch(self, start: int, stop: int) -> tuple[bytes, int]:
        """Give at least the first byte of ``[start, stop)``, and the size of the whole.

        Raises
        ------
        LostError
            when another try may help.
        MediaError
            when none will.
        """


class Blocks:
    """The blocks of one object, the latest used ones kept; safe to use from several threads."""

    def __init__(self, name: str, source: Ranges) -> None:
        self.name = name
        self.source = source
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._size: int | None = None
        self._lock = threading.Lock()
        self._next, self._ahead = -1, 1
        self._is_failing = False

    def size(self) -> int:
        """Give the bytes of the whole; the first time that reads the first block."""
        with self._lock:
            return self._known_size()

    def read(self, start: int, most: int) -> bytes:
        """Give 1 to ``most`` bytes from ``start`` on, none from the end on.

        Raises
        ------
        MediaError
            when they cannot be had, after some tries.
        """
        with self._lock:
            if start >= self._known_size():
                return b""
            number, offset = divmod(start, BLOCK_BYTES)
            return self._block(number)[offset : offset + most]

    def _known_size(self) -> int:
        if self._size is None:
            self._block(0)
        return self._size or 0

    def _block(self, number: int) -> bytes:
        if number not in self._kept:
            self._ahead = min(2 * self._ahead, _MOST_AHEAD) if number == self._next else 1
            self._load(number, self._ahead)
        self._kept.move_to_end(number)
        return self._kept[number]

    def _load(self, first: int, count: int) -> None:
        start, stop = first * BLOCK_BYTES, (first + count) * BLOCK_BYTES
        found = bytearray()
        while start + len(found) < min(stop, self._size or stop):
            found += self._tried(start + len(found), min(stop, self._size or stop))
        for offset in range(0, len(found), BLOCK_BYTES):
            self._kept[first + offset // BLOCK_BYTES] = bytes(found[offset : offset + BLOCK_BYTES])
        self._next = first + count
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    def _tried(self, start: int, stop: int) -> bytes:
        # Who waits for an answer that did not come the last time should not wait for three of them again.
        pauses = () if self._is_failing else _PAUSES
        for pause in (*pauses, None):
            try:
                data, size = self.source.fetch(start, stop)
            except LostError as error:
                if pause is None:
                    self._is_failing = True
                    raise MediaError(
                        f"{self.name} cannot be read at byte {start:,} ({error}): check the connection and try again"
                    ) from None
                time.sleep(max(pause, error.wait))
                # Over a bad connection less comes through at once.
                self._ahead, stop = 1, min(stop, start + BLOCK_BYTES)
                continue
            self._is_failing = False
            self._learn_size(size)
            if data or start >= size:
                return data
            raise MediaError(f"{self.name} gives no bytes from {start:,} of {size:,} on: open it again")
        raise AssertionError

    def _learn_size(self, size: int) -> None:
        if size == 0:
            raise MediaError(f"{self.name} has 0 bytes: copy or upload it again")
        if self._size not in {None, size}:
            raise changed(self.name)
        self._size = size


def changed(name: str, *, grown: bool = False) -> MediaError:
    """Say that media is not any more what was opened; what has ``grown`` may be a recording that goes on."""
    if grown:
        return MediaError(f"{name} has changed since it was opened, it grew: open it again when complete", gone=True)
    return MediaError(f"{name} has changed since it was opened: open it again", gone=True)


class RangedFile(PositionedFile):
    """The blocks as a file of their own position; once a read has failed, all that follow fail in the same way."""

    def __init__(self, blocks: Blocks) -> None:
        super().__init__()
        self._blocks = blocks
        self._error: MediaError | None = None

    def _size(self) -> int:
        return self._blocks.size()

    def _read_at(self, position: int, most: int) -> bytes:
        if self._error is not None:
            raise self._error
        try:
            return self._blocks.read(position, most)
        except MediaError as error:
            # Decoders go on reading after an error, and would wait for each read.
            error.gone = True
            self._error = error
            raise
