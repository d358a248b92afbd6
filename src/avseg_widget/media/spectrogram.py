"""Spectra of a stretch of sound, as many as columns are drawn. Knows no file and no format."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import MediaError
from .reader import AudioReader
from .samples import Block

#: The level in dB that becomes 0; full scale (0 dB) becomes 255.
FLOOR_DB = -80.0
#: Most spectra of one request: more than a screen is wide.
MAX_COLUMNS = 8192

#: Seconds of one window, about: a compromise between syllables and harmonics.
_WINDOW_SECONDS = 0.03
_MIN_WINDOW, _MAX_WINDOW = 64, 2048


@dataclass(frozen=True)
class Spectrogram:
    """Spectra as bytes, 0 to 255 for -80 to 0 dB of full scale: column after column, low to high frequencies in each.

    ``rows`` is the number of frequencies of a column, from 0 to ``top`` Hz.
    """

    bytes: bytes
    rows: int
    top: float


def compute(reader: AudioReader, start: float, end: float, columns: int) -> Spectrogram:
    """Compute spectra at the centres of ``columns`` equal parts of ``[start, end)`` seconds.

    Each is one FFT with a Hann window of the mean of all channels, so the cost does not depend on the length.

    Raises
    ------
    MediaError
        when the times or the number of columns make no sense.
    """
    if not (math.isfinite(start) and math.isfinite(end) and start < end and 1 <= columns <= MAX_COLUMNS):
        raise MediaError(
            f"there is no spectrogram of {columns} columns from {start} s to {end} s: "
            f"give a start before the end, and 1 to {MAX_COLUMNS} columns"
        )
    size = _window_size(reader.rate)
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    # A sine of full scale gives 0 dB.
    scale = 2 / float(window.sum()) / 32768
    centres = start + (np.arange(columns) + 0.5) * ((end - start) / columns)
    firsts = np.round(centres * reader.rate).astype(np.int64) - size // 2
    rows = size // 2 + 1
    result = np.empty((columns, rows), np.uint8)
    spans = ((int(first), int(first) + size) for first in firsts)
    for column, block in enumerate(reader.windows(spans)):
        result[column] = _levels(block, window, scale)
    return Spectrogram(result.tobytes(), rows, reader.rate / 2)


def _window_size(rate: int) -> int:
    return min(_MAX_WINDOW, max(_MIN_WINDOW, 1 << round(math.log2(rate * _WINDOW_SECONDS))))


def _levels(block: Block, window: npt.NDArray[np.float32], scale: float) -> Block:
    mono = block.mean(axis=1, dtype=np.float32)
    magnitude = np.abs(np.fft.rfft(mono * window)) * scale
    decibels = 20 * np.log10(np.maximum(magnitude, 1e-9))
    return np.clip(np.rint((decibels - FLOOR_DB) * (255 / -FLOOR_DB)), 0, 255).astype(np.int16)
