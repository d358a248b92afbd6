"""A pyramid of the lowest and highest sample of each stretch of sound, for drawing. Knows no file and no format."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import MediaError
from ..wire import PEAK_TILE_COLUMNS
from .samples import Block
from .tiles import Entry, TileStore

#: int16 of shape (channels, columns, 2): the lowest and the highest sample of each column.
Columns: TypeAlias = npt.NDArray[np.int16]

#: The finest level kept: 4**4 = 256 samples in a column. Finer ones are read when asked for.
BASE_LEVEL = 4
#: 4**31 samples are more than any file holds.
MAX_LEVEL = 31
_SHORT = 32


def check_tile(level: int, tile: int) -> None:
    """Raise MediaError when there can be no such tile."""
    if not 0 <= level <= MAX_LEVEL or tile < 0:
        raise MediaError(f"there is no peak tile {tile} of level {level}: levels are 0 to {MAX_LEVEL}")


def columns_of(block: Block, width: int) -> Columns:
    """Reduce samples to columns of ``width`` (a power of two) samples each; the last may have fewer."""
    missing = -len(block) % width
    padded = np.pad(block, ((0, missing), (0, 0)), mode="edge") if missing else block
    channels = padded.shape[1]
    low = high = padded.reshape(-1, width * channels)
    # Folding in halves is many times faster than min(axis=1): at first halves of columns, and when those get short,
    # all columns at once, side by side.
    while width > _SHORT:
        width //= 2
        half = width * channels
        low, high = np.minimum(low[:, :half], low[:, half:]), np.maximum(high[:, :half], high[:, half:])
    low, high = low.T.copy(), high.T.copy()
    while width > 1:
        width //= 2
        half = width * channels
        low, high = np.minimum(low[:half], low[half:]), np.maximum(high[:half], high[half:])
    return np.stack([low, high], axis=2)


def joined(columns: Columns, count: int) -> Columns:
    """Reduce each ``count`` columns to one; the last may be of fewer."""
    starts = np.arange(0, columns.shape[1], count)
    if not len(starts):
        return columns
    low = np.minimum.reduceat(columns[:, :, 0], starts, axis=1)
    return np.stack([low, np.maximum.reduceat(columns[:, :, 1], starts, axis=1)], axis=2)


def bytes_of(columns: Columns) -> bytes:
    """Give columns as the browser takes them: int16, little endian."""
    return columns.astype("<i2", copy=False).tobytes()


class Columnizer:
    """Makes columns of ``width`` samples, any number, out of blocks of any size."""

    def __init__(self, width: int, channels: int) -> None:
        self._width = width
        self._rest = np.empty((0, channels), np.int16)

    def add(self, block: Block) -> Columns:
        """Take samples; return the columns that are whole now."""
        samples = np.concatenate([self._rest, block]) if len(self._rest) else block
        whole = len(samples) - len(samples) % self._width
        self._rest = samples[whole:].copy()
        return self._reduced(samples[:whole])

    def finish(self) -> Columns:
        """Return the last column, of fewer samples, if there are any left."""
        return self._reduced(self._rest)

    def _reduced(self, samples: Block) -> Columns:
        if self._width & (self._width - 1) == 0:
            return columns_of(samples, self._width)
        return joined(np.stack([samples.T, samples.T], axis=2), self._width)


class _Level:
    """The columns of one level: whole tiles in the store, and the columns of the tile that grows."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = list(entries)
        self.growing: list[Columns] = []
        #: Columns that the next level has not taken yet, fewer than 4.
        self.carry: Columns | None = None
        self.count = 0


class Pyramid:
    """Peaks of level ``base`` and coarser, grown at its end; any thread may ask for a tile meanwhile.

    Only the tiles that are not full yet are in memory, so it takes no more memory for a longer sound.
    """

    def __init__(self, channels: int, store: TileStore, base: int = BASE_LEVEL) -> None:
        self.base = base
        self.finished = False
        self.store = store
        self._channels = channels
        self._levels: list[_Level] = [_Level()]
        #: Held while the store is used.
        self.lock = threading.Lock()

    @classmethod
    def loaded(cls, channels: int, store: TileStore, base: int, levels: list[list[Entry]]) -> Pyramid:
        """Give the pyramid whose tiles a store holds already."""
        pyramid = cls(channels, store, base)
        pyramid._levels = [_Level(entries) for entries in levels]
        pyramid.finished = True
        return pyramid

    @property
    def entries(self) -> list[list[Entry]]:
        """Where the store holds the tiles of each level, from the base on."""
        return [level.entries for level in self._levels]

    def extend(self, columns: Columns) -> None:
        """Add columns of the base level."""
        with self.lock:
            self._grow(0, columns)

    def finish(self) -> None:
        """Say that there are no more columns."""
        with self.lock:
            depth = 0
            while depth < len(self._levels):
                level = self._levels[depth]
                rest = level.carry
                if level.count > 1 and rest is not None and rest.shape[1]:
                    level.carry = None
                    self._grow(depth + 1, joined(rest, 4))
                self._flush(level, 1)
                depth += 1
            self.finished = True

    def tile(self, level: int, tile: int) -> Columns:
        """Give what there is of columns ``tile * PEAK_TILE_COLUMNS`` and on, at the base level or above."""
        check_tile(level, tile)
        with self.lock:
            depth = level - self.base
            if depth >= len(self._levels) and self.finished:
                # One column holds all.
                depth = len(self._levels) - 1
            found = self._levels[depth] if depth < len(self._levels) else _Level()
            if tile < len(found.entries):
                data = np.frombuffer(self.store.read(found.entries[tile]), "<i2")
                return data.reshape(self._channels, -1, 2).astype(np.int16, copy=False)
            if tile == len(found.entries) and found.growing:
                return np.concatenate(found.growing, axis=1)
            return np.empty((self._channels, 0, 2), np.int16)

    def columns(self) -> Iterable[Columns]:
        """Give all columns of the base level, tile by tile."""
        return (self.tile(self.base, tile) for tile in range(len(self._levels[0].entries)))

    def _grow(self, depth: int, columns: Columns) -> None:
        if depth == len(self._levels):
            self._levels.append(_Level())
        level = self._levels[depth]
        level.count += columns.shape[1]
        level.growing.append(columns)
        self._flush(level, PEAK_TILE_COLUMNS)
        if level.carry is not None and level.carry.shape[1]:
            columns = np.concatenate([level.carry, columns], axis=1)
        whole = columns.shape[1] - columns.shape[1] % 4
        level.carry = columns[:, whole:].copy()
        if whole:
            self._grow(depth + 1, _coarser(columns[:, :whole]))

    def _flush(self, level: _Level, least: int) -> None:
        size = sum(part.shape[1] for part in level.growing)
        if size < least:
            return
        columns = np.concatenate(level.growing, axis=1)
        while columns.shape[1] >= least:
            full, columns = columns[:, :PEAK_TILE_COLUMNS], columns[:, PEAK_TILE_COLUMNS:]
            level.entries.append(self.store.append(np.ascontiguousarray(full, "<i2").tobytes()))
        level.growing = [columns.copy()] if columns.shape[1] else []


def _coarser(columns: Columns) -> Columns:
    low, high = columns[:, :, 0], columns[:, :, 1]
    for _ in range(2):
        low, high = np.minimum(low[:, 0::2], low[:, 1::2]), np.maximum(high[:, 0::2], high[:, 1::2])
    return np.stack([low, high], axis=2)
