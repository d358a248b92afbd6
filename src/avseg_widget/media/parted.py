"""Read the sound of a long file from parts of it, each decoded as a file of its own. Knows no format."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np

from .samples import Block


class PartReader(Protocol):
    """What reads a part; sample 0 is the part's first."""

    def blocks(self) -> Iterator[Block]: ...

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[Block]: ...


@dataclass(frozen=True)
class PartOfSound:
    """Sound from sample ``start`` to ``stop`` of the whole; the part's own sample 0 is ``begin`` of the whole.

    It begins before ``start``, as decoders need some packets to be right.
    """

    begin: int
    start: int
    stop: int
    open: Callable[[], PartReader]


class PartedReader:
    """Sound whose parts follow one another."""

    is_exact = True
    index = b""

    def __init__(self, parts: list[PartOfSound], rate: int, channels: int) -> None:
        self.rate = rate
        self.channels = channels
        self._parts = parts

    def blocks(self, first: int = 0) -> Iterator[Block]:
        """Yield all samples in order, from ``first`` on."""
        yield from self._silence(self._parts[0].start - first)
        for part in self._parts:
            if part.stop <= first:
                continue
            start, position = max(part.start, first), part.begin
            for block in part.open().blocks():
                kept = block[max(0, start - position) : max(0, part.stop - position)]
                position += len(block)
                if len(kept):
                    yield kept
            # Where a part cannot be decoded to its end, the next one is still at its place.
            missing = part.stop - max(position, start)
            if part is not self._parts[-1]:
                yield from self._silence(missing)

    def _silence(self, count: int) -> Iterator[Block]:
        for done in range(0, count, self.rate):
            yield np.zeros((min(self.rate, count - done), self.channels), np.int16)

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[Block]:
        asked: deque[tuple[int, int]] = deque()
        found: list[Block] = []
        for block in self._pieces(spans, asked):
            found.append(block)
            count, start = asked[0]
            if len(found) == count:
                asked.popleft()
                whole = np.concatenate(found)
                # What the first part holds before that is for its decoder.
                whole[: max(0, self._parts[0].start - start)] = 0
                yield whole
                found.clear()

    def _pieces(self, spans: Iterable[tuple[int, int]], asked: deque[tuple[int, int]]) -> Iterator[Block]:
        """Yield what each span takes of each part; ``asked`` grows by how many pieces a span has, and its start."""
        for number, pieces in groupby(self._split(spans, asked), lambda piece: piece[0]):
            part = self._parts[number]
            yield from part.open().windows((start - part.begin, stop - part.begin) for _, start, stop in pieces)

    def _split(self, spans: Iterable[tuple[int, int]], asked: deque[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
        last = len(self._parts) - 1
        for start, stop in spans:
            pieces = []
            for number, part in enumerate(self._parts):
                # What lies outside is asked of the first and of the last.
                low = start if number == 0 else max(start, part.start)
                high = stop if number == last else min(stop, part.stop)
                if low < high:
                    pieces.append((number, low, high))
            pieces = pieces or [(last, start, stop)]
            asked.append((len(pieces), start))
            yield from pieces
