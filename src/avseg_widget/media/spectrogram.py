"""Spectra of sound in tiles on a fixed grid, calibrated in dB. Knows no file, no format and no colour.

A column is one FFT of the mean of all channels, so that a tile costs the same wherever it lies and however long the
sound is. A row shows the highest level among the FFT's bins that lie in it and the level at its middle, which is
interpolated in dB between the two nearest bins: the positive peak detector of a spectrum analyser. A tone is then
neither lost between rows nor diluted in them, on any scale; noise reads some dB higher in a row that holds many bins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import MediaError
from ..wire import SPECTROGRAM_COLUMNS, SPECTROGRAM_ROWS, SpectrogramAnalysis
from .frequencies import clamp_range, row_centres, row_edges
from .reader import AudioReader
from .samples import Block
from .tile_cache import TileCache

Window: TypeAlias = Literal["hann", "hamming", "blackman", "gaussian"]
Values: TypeAlias = npt.NDArray[np.float64]

#: The level in dB that byte 0 stands for, and dB of one step; 248 is 0 dB, a sine at full scale.
FLOOR_DB = -124.0
STEP_DB = 0.5

#: 2**30 samples between columns: longer than any file at any rate.
_MAX_LEVEL = 30
_LEAST_WINDOW, _MOST_WINDOW = 4, 1 << 16
_SHORTEST, _LONGEST = 0.001, 0.2
#: Most values of one batch: 8 MB as float64.
_BATCH = 1 << 20
_CACHE_BYTES = 16 * 1024 * 1024


class SpectrogramTiles:
    """The tiles of one sound that has ``frames`` samples; those asked for lately are kept, 16 MiB of them."""

    def __init__(self, reader: AudioReader, frames: int) -> None:
        self._reader = reader
        self._frames = frames
        self._cache = TileCache(_CACHE_BYTES)

    def tile(self, analysis: SpectrogramAnalysis, level: int, tile: int) -> bytes:
        """Give the columns ``tile * SPECTROGRAM_COLUMNS`` and on, each centred in its ``2**level`` samples.

        Returns
        -------
        bytes
            uint8: SPECTROGRAM_ROWS levels a column, low to high frequencies, 0 to 255 for -124 to 3.5 dB of full
            scale; fewer columns at the end of the sound, none after it.

        Raises
        ------
        MediaError
            when the numbers make no sense.
        """
        _check(analysis, level, tile)
        return self._cache.get((analysis, level, tile), lambda: self._compute(analysis, level, tile))

    def _compute(self, analysis: SpectrogramAnalysis, level: int, tile: int) -> bytes:
        hop = 1 << level
        first = tile * SPECTROGRAM_COLUMNS
        count = min(SPECTROGRAM_COLUMNS, -(-self._frames // hop) - first)
        if count <= 0:
            return b""
        spectrum = Spectrum(analysis, self._reader.rate)
        result = np.empty((count, SPECTROGRAM_ROWS), np.uint8)
        done = 0
        for frames in self._batches(first * hop + hop // 2 - spectrum.size // 2, hop, count, spectrum.size):
            result[done : done + len(frames)] = spectrum.levels(frames)
            done += len(frames)
        return result.tobytes()

    def _batches(self, start: int, hop: int, count: int, size: int) -> Iterator[Values]:
        """Yield the samples of the columns, of shape (columns, size), in full scale."""
        # Windows that overlap are cut from one stretch; those far apart are read one by one.
        joined = hop <= size
        width = max(hop, size)
        most = max(1, min(count, _BATCH // (width * (self._reader.channels if joined else 1))))
        starts = [start + hop * column for column in range(count)]
        groups = [starts[at : at + most] for at in range(0, count, most)]
        if joined:
            spans = ((group[0], group[-1] + size) for group in groups)
            for block, group in zip(self._reader.windows(spans), groups, strict=True):
                views = np.lib.stride_tricks.sliding_window_view(_mono(block), size)
                yield views[::hop][: len(group)]
            return
        blocks = self._reader.windows((first, first + size) for first in starts)
        for group in groups:
            yield np.stack([_mono(next(blocks)) for _ in group])


class Spectrum:
    """One analysis at one rate in Hz: the window of ``size`` samples, its FFT, and the rows it is drawn in."""

    def __init__(self, analysis: SpectrogramAnalysis, rate: float) -> None:
        # A Gaussian reaches twice as far as its length says, as in Praat.
        length = analysis.length * (2 if analysis.window == "gaussian" else 1)
        self.size = min(_MOST_WINDOW, max(_LEAST_WINDOW, math.floor(length * rate + 0.5)))
        # Twice the samples at least: between its bins a tone then loses less than 0.5 dB.
        self._count = 1 << math.ceil(math.log2(2 * self.size))
        self._window = window_of(analysis.window, self.size)
        self._scale = 2 / float(self._window.sum())
        step = rate / self._count
        low, high = clamp_range(analysis.scale, analysis.low, analysis.high, rate)
        middles = row_centres(analysis.scale, low, high, SPECTROGRAM_ROWS) / step
        self._below = np.minimum(np.floor(middles).astype(np.int64), self._count // 2 - 1)
        self._part = middles - self._below
        edges = np.ceil(row_edges(analysis.scale, low, high, SPECTROGRAM_ROWS) / step).astype(np.int64)
        edges[-1] = math.floor(high / step) + 1
        self._filled = np.flatnonzero(edges[1:] > edges[:-1])
        self._firsts, self._stop = edges[self._filled], int(edges[-1])

    def levels(self, frames: Values) -> npt.NDArray[np.uint8]:
        """Give the levels of samples of shape (columns, size), as bytes of shape (columns, SPECTROGRAM_ROWS)."""
        magnitude = np.abs(np.fft.rfft(frames * self._window, self._count, axis=1)) * self._scale
        decibels = 20 * np.log10(np.maximum(magnitude, 1e-9))
        rows = decibels[:, self._below] * (1 - self._part) + decibels[:, self._below + 1] * self._part
        if len(self._filled):
            highest = np.maximum.reduceat(decibels[:, : self._stop], self._firsts, axis=1)
            rows[:, self._filled] = np.maximum(rows[:, self._filled], highest)
        return np.clip(np.floor((rows - FLOOR_DB) / STEP_DB + 0.5), 0, 255).astype(np.uint8)


def window_of(name: Window, size: int) -> Values:
    """Make a window of ``size`` samples; the Gaussian is Praat's, exp(-12) at its ends and that taken off."""
    phase = np.arange(size) / size
    if name == "gaussian":
        edge = math.exp(-12)
        return (np.exp(-48 * (phase - 0.5) ** 2) - edge) / (1 - edge)
    turn = np.cos(2 * np.pi * phase)
    if name == "hamming":
        return 0.54 - 0.46 * turn
    return 0.42 - 0.5 * turn + 0.08 * np.cos(4 * np.pi * phase) if name == "blackman" else 0.5 - 0.5 * turn


def _mono(block: Block) -> Values:
    mean: Values = block.mean(axis=1, dtype=np.float64)
    return mean / 32768


def _check(analysis: SpectrogramAnalysis, level: int, tile: int) -> None:
    if not (0 <= level <= _MAX_LEVEL and 0 <= tile < 1 << 40):
        raise MediaError(f"there is no spectrogram tile {tile} of level {level}: levels are 0 to {_MAX_LEVEL}")
    if not _SHORTEST <= analysis.length <= _LONGEST:
        raise MediaError(f"a spectrogram's window cannot be {analysis.length} s long: give {_SHORTEST} to {_LONGEST} s")
    if not (math.isfinite(analysis.high) and 0 <= analysis.low < analysis.high):
        raise MediaError(
            f"there is no spectrogram from {analysis.low} to {analysis.high} Hz: give a lowest frequency from 0 on, "
            "and a higher one"
        )
