"""Sound whose streams follow one another in one file, each read on its own. Knows no format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from .parted import PartedReader, PartOfSound, PartReader
from .resample import ResampledReader
from .samples import Block

if TYPE_CHECKING:
    from .probe import Facts, Part
    from .reader import AudioReader
    from .source import Place


def chained(facts: Facts, open_reader: Callable[[Place, Facts], AudioReader]) -> PartedReader:
    """Read the streams of a chain at the rate of the first, with as many channels as any of them has."""
    rate, channels = facts.info.sample_rate, facts.info.channels

    def opened(part: Part) -> PartReader:
        reader = open_reader(part.place, part.facts)
        if reader.rate != rate:
            frames = round((part.facts.info.duration or 0.0) * reader.rate)
            reader = ResampledReader(reader, rate, frames)
        return reader if reader.channels == channels else _WidenedReader(reader, channels)

    starts = [round(part.offset * rate) for part in facts.parts]
    stops = [*starts[1:], round((facts.info.duration or 0.0) * rate)]
    parts = [
        PartOfSound(start, start, stop, partial(opened, part))
        for part, start, stop in zip(facts.parts, starts, stops, strict=True)
    ]
    return PartedReader(parts, rate, channels)


class _WidenedReader:
    """Reads a reader of fewer channels as one of more: one channel is heard on all, else the others are silent."""

    def __init__(self, reader: AudioReader, channels: int) -> None:
        self._reader = reader
        self._channels = channels

    def blocks(self) -> Iterator[Block]:
        return map(self._widened, self._reader.blocks())

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[Block]:
        return map(self._widened, self._reader.windows(spans))

    def _widened(self, block: Block) -> Block:
        missing = self._channels - block.shape[1]
        return np.pad(block, ((0, 0), (0, missing)), mode="edge" if block.shape[1] == 1 else "constant")
