"""A pyramid of the lowest and highest sample of each stretch of sound, for drawing. Knows no file and no format."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import MediaError
from ..wire import PEAK_TILE_COLUMNS
from .reader import AudioReader
from .samples import Block

#: int16 of shape (channels, columns, 2): the lowest and the highest sample of each column.
Columns: TypeAlias = npt.NDArray[np.int16]

#: The finest level kept: 4**4 = 256 samples in a column. Finer ones are read when asked for.
BASE_LEVEL = 4
_BASE_SAMPLES = 4**BASE_LEVEL
#: 4**31 samples are more than any file holds.
_MAX_LEVEL = 31


class Pyramid:
    """Peaks of level 4 and coarser, built in one pass over the sound; ``frames`` is how many samples there are."""

    def __init__(self, reader: AudioReader) -> None:
        self._reader = reader
        base, self.frames = _build(reader)
        self._levels = [base]

    @property
    def base(self) -> Columns:
        """The columns of level 4."""
        return self._levels[0]

    def tile(self, level: int, tile: int) -> Columns:
        """Give the columns ``tile * PEAK_TILE_COLUMNS`` and on; fewer at the end of the sound, none after it."""
        if not 0 <= level <= _MAX_LEVEL or tile < 0:
            raise MediaError(f"there is no peak tile {tile} of level {level}: levels are 0 to {_MAX_LEVEL}")
        first = tile * PEAK_TILE_COLUMNS
        if level < BASE_LEVEL:
            return self._read(4**level, first)
        return self._level(level)[:, first : first + PEAK_TILE_COLUMNS]

    def _read(self, width: int, first: int) -> Columns:
        start = first * width
        stop = min(start + PEAK_TILE_COLUMNS * width, self.frames)
        if start >= stop:
            return np.empty((self._reader.channels, 0, 2), np.int16)
        (block,) = self._reader.windows([(start, stop)])
        return _columns(block, width)

    def _level(self, level: int) -> Columns:
        while len(self._levels) <= level - BASE_LEVEL:
            self._levels.append(_coarser(self._levels[-1]))
        return self._levels[level - BASE_LEVEL]


def _build(reader: AudioReader) -> tuple[Columns, int]:
    parts: list[Columns] = [np.empty((reader.channels, 0, 2), np.int16)]
    rest = np.empty((0, reader.channels), np.int16)
    frames = 0
    for block in reader.blocks():
        frames += len(block)
        joined = np.concatenate([rest, block]) if len(rest) else block
        whole = len(joined) - len(joined) % _BASE_SAMPLES
        if whole:
            parts.append(_columns(joined[:whole], _BASE_SAMPLES))
        rest = joined[whole:].copy()
    if len(rest):
        parts.append(_columns(rest, _BASE_SAMPLES))
    return np.concatenate(parts, axis=1), frames


def _columns(block: Block, width: int) -> Columns:
    """Reduce samples to columns of ``width`` (a power of two) samples each; the last may have fewer."""
    missing = -len(block) % width
    padded = np.pad(block, ((0, missing), (0, 0)), mode="edge") if missing else block
    low = high = padded.reshape(-1, width * padded.shape[1])
    # Folding each column in halves, long runs against long runs, is many times faster than min(axis=1).
    while width > 1:
        width //= 2
        half = width * padded.shape[1]
        low, high = np.minimum(low[:, :half], low[:, half:]), np.maximum(high[:, :half], high[:, half:])
    return np.stack([low.T, high.T], axis=2)


def _coarser(columns: Columns) -> Columns:
    missing = -columns.shape[1] % 4
    padded = np.pad(columns, ((0, 0), (0, missing), (0, 0)), mode="edge") if missing else columns
    low, high = padded[:, :, 0], padded[:, :, 1]
    for _ in range(2):
        low, high = np.minimum(low[:, 0::2], low[:, 1::2]), np.maximum(high[:, 0::2], high[:, 1::2])
    return np.stack([low, high], axis=2)
