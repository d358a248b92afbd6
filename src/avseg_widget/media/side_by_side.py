"""Read several readers of one rate side by side, as one with the channels of all. Knows no file and no format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import tee
from typing import TYPE_CHECKING

import numpy as np

from .samples import Block

if TYPE_CHECKING:
    from .reader import AudioReader

#: Samples of all channels together in one block, 1 MiB of int16.
_BLOCK_SAMPLES = 1 << 19


class AlignedReader:
    """Reads several readers of one rate side by side; ``starts`` are the samples at which they begin."""

    index = b""

    def __init__(self, readers: list[AudioReader], starts: list[int], frames: int) -> None:
        self.rate = readers[0].rate
        self.channels = sum(reader.channels for reader in readers)
        self._readers, self._starts, self._frames = readers, starts, frames

    @property
    def is_exact(self) -> bool:
        return all(reader.is_exact for reader in self._readers)

    def blocks(self) -> Iterator[Block]:
        feeds = [Feed(reader.blocks(), reader.channels, -start) for reader, start in self._pairs()]
        count = max(1, _BLOCK_SAMPLES // self.channels)
        for first in range(0, self._frames, count):
            stop = min(first + count, self._frames)
            yield np.concatenate(
                [feed.upto(stop - start) for feed, start in zip(feeds, self._starts, strict=True)], axis=1
            )

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[Block]:
        asked = tee(spans, len(self._readers))
        each = [reader.windows(_earlier(own, start)) for own, (reader, start) in zip(asked, self._pairs(), strict=True)]
        for found in zip(*each, strict=True):
            yield np.concatenate(found, axis=1)

    def _pairs(self) -> list[tuple[AudioReader, int]]:
        return list(zip(self._readers, self._starts, strict=True))


def _earlier(spans: Iterable[tuple[int, int]], by: int) -> Iterator[tuple[int, int]]:
    for start, stop in spans:
        yield start - by, stop - by


class Feed:
    """Blocks cut anew: each call gives what follows up to a sample, with zeros before sample 0 and after the end."""

    def __init__(self, blocks: Iterator[Block], channels: int, first: int = 0) -> None:
        self._blocks = blocks
        self._rest: Block = np.empty((0, channels), np.int16)
        self._position = first

    def upto(self, stop: int) -> Block:
        """Give the samples from the end of the last call on to ``stop``."""
        result = np.zeros((stop - self._position, self._rest.shape[1]), np.int16)
        done = min(max(0, -self._position), len(result))
        while done < len(result):
            if not len(self._rest):
                found = next(self._blocks, None)
                if found is None:
                    break
                self._rest = found
            taken = min(len(self._rest), len(result) - done)
            result[done : done + taken] = self._rest[:taken]
            self._rest = self._rest[taken:]
            done += taken
        self._position = stop
        return result
