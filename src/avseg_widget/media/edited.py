"""Sound of which some ranges are shown one after another, each to its sample. Knows no file and no format."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice, tee
from typing import NamedTuple

import numpy as np

from .parted import PartedReader
from .samples import Block
from .side_by_side import Feed

#: Samples from which on a range is read from the beginning of a part on: in order is faster than at any place.
LONG = 1 << 25
#: Samples of all channels together in one block, 256 KiB of int16.
_BLOCK_SAMPLES = 1 << 17


class Range(NamedTuple):
    """Samples ``[start, stop)`` of what is shown, which are those of the sound from sample ``first`` on."""

    start: int
    stop: int
    first: int


class EditedReader:
    """Shows ranges of a sound, ascending in what is shown; there is silence between them, and up to ``frames``."""

    is_exact = True
    index = b""

    def __init__(self, sound: PartedReader, ranges: list[Range], frames: int) -> None:
        self.rate = sound.rate
        self.channels = sound.channels
        self._sound, self._ranges, self._frames = sound, ranges, frames

    def blocks(self) -> Iterator[Block]:
        done = 0
        for start, stop, first in self._ranges:
            if stop - start >= LONG:
                yield from self.windows(self._cut(done, start))
                feed = Feed(self._sound.blocks(first), self.channels)
                yield from (feed.upto(each) for _, each in self._cut(0, stop - start))
                done = stop
        yield from self.windows(self._cut(done, self._frames))

    def _cut(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        count = max(1, _BLOCK_SAMPLES // self.channels)
        for first in range(start, stop, count):
            yield first, min(first + count, stop)

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[Block]:
        asked, again = tee(spans)
        found = self._sound.windows(
            (each.first, each.first + each.stop - each.start) for span in asked for each in self._within(*span)
        )
        for start, stop in again:
            block = np.zeros((stop - start, self.channels), np.int16)
            for each in self._within(start, stop):
                block[each.start - start : each.stop - start] = next(found)
            yield block

    def _within(self, start: int, stop: int) -> Iterator[Range]:
        for each in islice(self._ranges, bisect_right(self._ranges, start, key=lambda each: each.stop), None):
            if each.start >= stop:
                return
            low = max(start, each.start)
            yield Range(low, min(stop, each.stop), each.first + low - each.start)
