"""Slow or fast sound at its own pitch, beginning and ending on its samples. Knows no file and no codec.

Overlap-add of pieces that go on alike (WSOLA: W. Verhelst and M. Roelands, ICASSP 1993). Unlike a browser's, the first
piece is the sound's beginning and the last one its end, so that nothing of either is left out. The same sums as in
js/src/core/time-stretch.ts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .samples import Block

#: The slowest and the fastest speed, beside the sound's own.
SPEEDS = (1 / 16, 16.0)
#: Seconds of a piece, of which one half fades into the next.
_PIECE = 0.02
#: Seconds from its place that a piece may be taken: one that goes on evenly falls behind at fast speeds, and so is
#: looked for farther ahead than behind, at slow ones the other way round; on average it is where it should be.
_NEAR, _FAR = 0.008, 0.016
#: The rate at which pieces are first compared, in Hz.
_COARSE = 8000


def stretched_place(frame: int, speed: float) -> int:
    """Give the frame of stretched sound where a frame is heard."""
    return int(np.floor(frame / speed + 0.5))


def stretched(block: Block, count: int, rate: int) -> Block:
    """Make samples ``count`` frames long, at least 1, of the pitch that they have at ``rate`` in Hz."""
    frames = len(block)
    size = min(round(_PIECE * rate / 2) * 2, frames, count)
    if count == frames or size < 2:
        return block[np.arange(count) * frames // count]
    starts = [0, *range(size // 2, count - size, size // 2), count - size]
    out = np.zeros((count, block.shape[1]))
    end = 0
    for start, place in zip(starts, _places(block, starts, size, rate), strict=True):
        shared = min(max(0, end - start), size // 2)
        fade = (0.5 - 0.5 * np.cos(np.pi * (np.arange(shared) + 0.5) / max(1, shared)))[:, None]
        out[start : start + shared] *= 1 - fade
        out[start : start + shared] += fade * block[place : place + shared]
        out[start + shared : start + size] = block[place + shared : place + size]
        end = start + size
    return np.rint(out).astype(np.int16)


def _places(block: Block, starts: list[int], size: int, rate: int) -> list[int]:
    """Choose where in the sound each piece is taken, the first at its beginning and the last at its end."""
    part = max(1, rate // _COARSE)
    # Channels of opposite sign are not to cancel; a piece may go on past the end.
    mix = np.pad(block @ (1 / np.arange(1, block.shape[1] + 1)), (0, size + part))
    coarse = mix[: len(mix) // part * part].reshape(-1, part).mean(axis=1)
    fine, rougher = _Likeness(mix), _Likeness(coarse)
    most = len(block) - size
    speed = len(block) / (starts[-1] + size)
    behind, ahead = (_NEAR, _FAR) if speed > 1 else (_FAR, _NEAR)
    places = [0]
    for before, start, after in zip(starts, starts[1:], starts[2:], strict=False):
        goals = [(places[-1] + start - before, 0)]
        limit = most
        if after == starts[-1]:
            # The last one but one goes on in the last.
            goals.append((most, after - start))
            limit -= after - start
        # The middle of a piece is heard where it should be.
        ideal = start * speed + (speed - 1) * size / 2
        high = max(0, min(limit, round(ideal + ahead * rate)))
        low = max(0, min(high, round(ideal - behind * rate)))
        rough = [(goal // part, step // part) for goal, step in goals]
        near = part * rougher.best(rough, low // part, high // part, max(1, size // part))
        places.append(fine.best(goals, max(low, near - part), min(high, near + part), size))
    return [*places, most]


class _Likeness:
    """Compares pieces of a sound with each other."""

    def __init__(self, sound: npt.NDArray[np.float64]) -> None:
        self._sound = sound
        self._powers = np.concatenate([[0.0], np.cumsum(sound**2)])

    def best(self, goals: list[tuple[int, int]], low: int, high: int, size: int) -> int:
        """Give the place from ``low`` to ``high`` where a piece is most alike that at each goal, some steps later."""
        alike = np.zeros(high - low + 1)
        for goal, step in goals:
            first, last = low + step, high + step + size
            wanted = self._powers[goal + size] - self._powers[goal]
            power = self._powers[first + size : last + 1] - self._powers[first : last - size + 1]
            product = np.correlate(self._sound[first:last], self._sound[goal : goal + size], "valid")
            alike += product / np.sqrt(np.maximum(0, power) * max(0.0, wanted) + 1)
        return low + int(np.argmax(alike))
