"""Scales of frequency: where a row of a spectrogram lies, in Hz. Pure; knows no sound.

The editor has the same functions in ``frequencies.ts``; one fixture holds both.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Scale: TypeAlias = Literal["linear", "log", "mel"]
Values: TypeAlias = npt.NDArray[np.float64]

#: A logarithm has no zero: its axis starts here, in Hz, below all hearing.
LEAST_LOG = 20.0


def clamp_range(scale: Scale, low: float, high: float, rate: float) -> tuple[float, float]:
    """Return the part of a range in Hz that sound of a rate in Hz has, never empty.

    >>> clamp_range("log", 0, 20000, 16000)
    (20.0, 8000.0)
    """
    top = rate / 2
    bottom = min(LEAST_LOG, top / 2) if scale == "log" else 0.0
    first, last = max(low, bottom), min(high, top)
    return (float(first), float(last)) if first < last else (bottom, top)


def to_scale(hertz: Values, scale: Scale) -> Values:
    """Return places on an axis; mel by 2595 log10(1 + f / 700) (O'Shaughnessy 1987, as in HTK)."""
    if scale == "log":
        return np.log2(hertz)
    return 2595 * np.log10(1 + hertz / 700) if scale == "mel" else hertz


def from_scale(places: Values, scale: Scale) -> Values:
    """Return the frequencies in Hz of places on an axis."""
    if scale == "log":
        return np.exp2(places)
    return 700 * (np.power(10.0, places / 2595) - 1) if scale == "mel" else places


def row_edges(scale: Scale, low: float, high: float, rows: int) -> Values:
    """Return the ``rows + 1`` edges in Hz of rows that are equally high on the axis."""
    first, last = to_scale(np.array([low, high], np.float64), scale)
    edges = from_scale(first + np.arange(rows + 1) / rows * (last - first), scale)
    edges[0], edges[-1] = low, high
    return edges


def row_centres(scale: Scale, low: float, high: float, rows: int) -> Values:
    """Return the frequencies in Hz in the middle of those rows."""
    first, last = to_scale(np.array([low, high], np.float64), scale)
    return from_scale(first + (np.arange(rows) + 0.5) / rows * (last - first), scale)
