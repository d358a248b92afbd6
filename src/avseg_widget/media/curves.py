"""Pitch and intensity of sound as Praat has them, in tiles on a fixed grid. Knows no file and no picture.

Needs praat-parselmouth, which is imported when curves are asked for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import MediaError
from ..wire import CURVE_TILE_SECONDS
from .reader import AudioReader
from .tile_cache import TileCache

if TYPE_CHECKING:
    import parselmouth

Values = npt.NDArray[np.float64]

#: Seconds between values, Praat's own at its usual floor of 75 Hz.
STEP = 0.01
#: Seconds of sound around a tile that are analysed with it: the path of the pitch settles within that.
MARGIN = 2.0
_LEAST_FLOOR, _MOST_CEILING = 30.0, 3000.0
#: Periods of the floor in the windows of Praat's intensity, its longest.
_PERIODS = 6.4
_CACHE_BYTES = 4 * 1024 * 1024
_MISSING = (
    "Pitch and intensity need praat-parselmouth, which is not installed where Python runs: "
    'pip install "avseg-widget[curves]", then switch the curves on again'
)


class CurveTiles:
    """The curves of one sound that has ``frames`` samples, CURVE_TILE_SECONDS in a tile."""

    def __init__(self, reader: AudioReader, frames: int) -> None:
        self._reader = reader
        self._frames = frames
        self._cache = TileCache(_CACHE_BYTES)

    def tile(self, tile: int, floor: float, ceiling: float) -> bytes:
        """Give the curves from ``tile * CURVE_TILE_SECONDS`` on.

        The pitch is of Praat's method "raw autocorrelation" (Boersma 1993) with its usual settings, between floor and
        ceiling in Hz. As in Praat's own editor, silence is judged by the loudest sample near, not of the whole file.

        Returns
        -------
        bytes
            float64, little endian: all times in seconds, then the pitch in Hz at each (NaN: no voice), then the
            intensity in dB re 20 uPa, as if samples were Pa: a sine at full scale has 91 dB.

        Raises
        ------
        MediaError
            when praat-parselmouth is missing, or the numbers make no sense.
        """
        if not (_LEAST_FLOOR <= floor < ceiling <= _MOST_CEILING and 0 <= tile < 1 << 40):
            raise MediaError(
                f"there is no pitch from {floor} to {ceiling} Hz in tile {tile}: give a floor of {_LEAST_FLOOR:g} Hz "
                f"or more, and a ceiling above it of {_MOST_CEILING:g} Hz at most"
            )
        praat = _praat()
        return self._cache.get((tile, floor, ceiling), lambda: self._compute(praat, tile, floor, ceiling))

    def _compute(self, praat: Any, tile: int, floor: float, ceiling: float) -> bytes:
        rate = self._reader.rate
        start, end = tile * CURVE_TILE_SECONDS, (tile + 1) * CURVE_TILE_SECONDS
        # Praat's frames lie evenly about the middle of what it is given: whole steps cut off at both ends leave them
        # where they are for the whole sound.
        before = max(0, math.floor((start - MARGIN) / STEP))
        after = max(0, math.floor((self._frames / rate - end - MARGIN) / STEP))
        first, last = round(before * STEP * rate), self._frames - round(after * STEP * rate)
        # A ceiling above half the rate would be cut by Praat; a floor there leaves nothing to find.
        if (last - first) / rate <= _PERIODS / floor or floor >= rate / 2:
            return b""
        (block,) = self._reader.windows([(first, last)])
        mono = block.mean(axis=1, dtype=np.float64) / 32768
        times, pitch, intensity = _analyse(praat, mono, rate, floor, ceiling)
        times = times + first / rate
        inside = (times >= start) & (times < end)
        return np.stack([times, pitch, intensity])[:, inside].astype("<f8").tobytes()


def _praat() -> Any:
    try:
        import parselmouth
    except ImportError:
        raise MediaError(_MISSING) from None
    return parselmouth


def _analyse(praat: Any, mono: Values, rate: int, floor: float, ceiling: float) -> tuple[Values, Values, Values]:
    sound: parselmouth.Sound = praat.Sound(mono, rate)
    pitch = sound.to_pitch_ac(time_step=STEP, pitch_floor=floor, pitch_ceiling=ceiling)
    loudness = sound.to_intensity(minimum_pitch=floor, time_step=STEP)
    times = np.asarray(pitch.xs(), np.float64)
    hertz = np.array(pitch.selected_array["frequency"], np.float64)
    hertz[hertz == 0] = np.nan
    levels = np.interp(times, loudness.xs(), loudness.values[0], left=np.nan, right=np.nan)
    return times, hertz, levels
