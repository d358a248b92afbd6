"""Which place of the marks is heard in recorded sound, and where sound begins and ends. Knows no browser."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .clicks import PITCHES, RATE, STEP, pitch_of

Floats = npt.NDArray[np.float64]
#: Seconds around a mark's middle in which its weight is taken, at normal speed.
_REACH = 0.04
#: The least loudness of a mark, beside full scale.
_LOUD = 0.15
_QUANTUM = 128
#: Seconds of the pieces that are looked for in the media, between two of them, and how much of each end they are of.
_PIECE, _PIECE_STEP, _ENDS = 0.004, 0.0005, 0.06
#: The least likeness of a piece that is taken to be heard.
_ALIKE = 0.9
#: Quanta on each side whose moments tell that of one, some 0.1 s.
_AROUND = 36


@dataclass(frozen=True)
class Recording:
    """Sound rendered without a gap, and the moment of each quantum's first sample, in ms since 1970."""

    samples: Floats
    moments: Floats
    #: By how many ms the device was late at most, beside its best.
    unsteady: float

    def moment(self, places: Floats | float) -> Any:
        """Give the moments of samples, in ms."""
        return np.interp(places, np.arange(len(self.moments)) * _QUANTUM, self.moments)

    def place(self, moments: Floats) -> Floats:
        """Give the samples of moments."""
        return np.interp(moments, self.moments, np.arange(len(self.moments)) * float(_QUANTUM))


@dataclass(frozen=True)
class Marks:
    """The marks found: their middles in samples of the recording, and in seconds of the media."""

    at: Floats
    media: Floats


class LostSoundError(RuntimeError):
    """The machine was too busy to record all that was heard."""


def recording(taken: Mapping[str, Any]) -> Recording:
    """Join what the recorder gave.

    A device asks for several quanta at once, so that the moments are a stair: they are taken from the middle line of
    those around, which follows where a busy machine let the device wait.
    """
    frames = np.array(taken["frames"], np.int64)
    if len(frames) == 0 or np.any(np.diff(frames) != _QUANTUM):
        raise LostSoundError("the recorder lost sound")
    samples = np.frombuffer(base64.b64decode(taken["samples"]), "<i2").astype(np.float64) / 32768
    even = np.arange(len(frames)) * (_QUANTUM * 1000 / RATE)
    late = np.pad(np.array(taken["times"], np.float64) - even, _AROUND, mode="edge")
    line = np.median(np.lib.stride_tricks.sliding_window_view(late, 2 * _AROUND + 1), axis=1)
    moments = np.asarray(np.maximum.accumulate(line + even), np.float64)
    return Recording(samples, moments, float(np.ptp(line)))


def find_marks(samples: Floats, speed: float, near: float, shift: float = 0.0) -> Marks:
    """Find the whole marks; ``near`` is the media time of the first within 3 s, ``shift`` how late the file has them.

    The middle is that of a mark's weight, as slow and fast playing repeat or leave out parts of it.
    """
    power = samples**2
    width = round(0.01 * RATE)
    smooth = np.sqrt(np.convolve(power, np.ones(width) / width, "same"))
    reach = round(_REACH * RATE / min(1.0, speed))
    gap = round(STEP * RATE / speed / 2)
    found: list[tuple[float, int]] = []
    loud = np.flatnonzero(smooth > _LOUD)
    while len(loud):
        group = loud[loud < loud[0] + gap]
        loud = loud[loud >= loud[0] + gap]
        middle = float(np.average(group, weights=power[group] + 1e-12))
        low, high = round(middle) - reach, round(middle) + reach + 1
        if low < 0 or high > len(samples) or not np.all(samples[low:high].reshape(-1)[::64].any()):
            continue
        weight = np.where(smooth[low:high] > _LOUD / 10, power[low:high], 0)
        found.append((float(np.average(np.arange(low, high), weights=weight)), _pitch(samples[low:high])))
    # The pitches count the marks round and round: the nearest round is meant.
    numbers = []
    for place, pitch in found:
        about = (near - shift + (place - found[0][0]) / RATE * speed) / STEP - 0.5
        numbers.append(pitch + PITCHES * round((about - pitch) / PITCHES))
    media = (np.array(numbers, np.float64) + 0.5) * STEP + shift
    return Marks(np.array([place for place, _ in found]), media)


def _pitch(samples: Floats) -> int:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 15))
    peak = float(np.argmax(spectrum)) * RATE / (1 << 15)
    return round((peak - pitch_of(0)) / (pitch_of(1) - pitch_of(0)))


def heard_at(marks: Marks, places: Floats, speed: float) -> Floats:
    """Give the media times heard at places of a recording: between marks along a line, beyond them at the speed."""
    media = np.interp(places, marks.at, marks.media)
    media = np.where(places < marks.at[0], marks.media[0] + (places - marks.at[0]) / RATE * speed, media)
    return np.asarray(np.where(places > marks.at[-1], marks.media[-1] + (places - marks.at[-1]) / RATE * speed, media))


def sounding(samples: Floats) -> tuple[int, int]:
    """Give the first sample that is not silent and the one after the last; the noise between marks is not silent."""
    loud = np.flatnonzero(np.abs(samples) > 1.5 / 32768)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)


def extent(sound: Floats, heard: Floats) -> tuple[float, float]:
    """Give the first and the last place of a sound, in samples, that was heard in the ends of ``heard``.

    Only what is nearly the same as the sound counts: at other speeds browsers fade pieces into each other, and where
    the last one has ended, the rest of the one before may still be heard, softly. To 2 ms where it fades in or out.
    """
    size = round(_PIECE * RATE)
    reach = range(0, round(_ENDS * RATE), round(_PIECE_STEP * RATE))
    loudness = np.convolve(sound**2, np.ones(size), "valid")
    begun = [_find(sound, loudness, heard[at : at + size]) for at in reach]
    ended = [_find(sound, loudness, heard[len(heard) - at - size : len(heard) - at]) for at in reach]
    firsts, lasts = ([place for place, alike in found if alike >= _ALIKE] for found in (begun, ended))
    if not firsts or not lasts:
        raise RuntimeError("what was heard is not the sound that was asked for")
    return min(firsts), max(lasts) + size


def _find(sound: Floats, loudness: Floats, piece: Floats) -> tuple[int, float]:
    """Give the place in a sound where a piece is most alike, whatever its loudness, and how alike it is."""
    alike = np.correlate(sound, piece, "valid") / (np.sqrt(loudness * np.sum(piece**2)) + 1e-9)
    place = int(np.argmax(alike))
    return place, float(alike[place])
