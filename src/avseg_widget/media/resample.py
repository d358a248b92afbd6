"""Sound at another rate, the same samples wherever the reading begins. Knows no file and no format."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import numpy.typing as npt

from ..errors import MediaError
from .samples import MAX_RATE, Block, to_int16, whole_rate_of
from .side_by_side import Feed

if TYPE_CHECKING:
    from .reader import AudioReader

#: Seconds of a part that is resampled at once, about.
_PART_SECONDS = 2.0
#: Samples on each side, at the lower of the two rates, that a filter of libswresample reaches at most.
_REACH = 64


class ResampledReader:
    """Reads a reader of ``frames`` samples at another rate, in parts of whole numbers of samples at both rates.

    Every part is computed from the same samples of the source, whatever was read before, so that a window is the same
    as that stretch of the whole.
    """

    index = b""

    def __init__(self, reader: AudioReader, rate: int, frames: int) -> None:
        whole_rate = whole_rate_of(rate)
        if whole_rate is None or whole_rate > MAX_RATE:
            raise MediaError(
                f"sound cannot be given at {rate!r} samples a second: give a whole number, 1 to {MAX_RATE:,}"
            )
        self.rate = rate = whole_rate
        self.channels = reader.channels
        self._reader = reader
        self._ratio = Fraction(rate, reader.rate)
        step = self._ratio.denominator
        self._below = math.ceil(_PART_SECONDS * reader.rate / step) * step
        self._above = int(self._below * self._ratio)
        self._margin = math.ceil(_REACH * max(1.0, reader.rate / rate) / step) * step
        self._source_frames, self._frames = frames, math.ceil(frames * self._ratio)

    @property
    def is_exact(self) -> bool:
        return self._reader.is_exact

    def blocks(self) -> Iterator[Block]:
        feed = Feed(self._reader.blocks(), self.channels, -self._margin)
        source: Block = np.empty((0, self.channels), np.int16)
        for part in range(math.ceil(self._source_frames / self._below)):
            more = feed.upto((part + 1) * self._below + self._margin)
            source = np.concatenate([source[-2 * self._margin :], more])
            yield self._resampled(source)[: self._frames - part * self._above]

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[Block]:
        wanted: deque[tuple[int, int]] = deque()
        sources = self._reader.windows(iter(wanted.popleft, None))
        kept: tuple[int, Block] = (-1, np.empty((0, self.channels), np.int16))
        for start, stop in spans:
            result = np.zeros((stop - start, self.channels), np.int16)
            position = max(start, 0)
            while position < min(stop, self._frames):
                part, skipped = divmod(position, self._above)
                if kept[0] != part:
                    wanted.append((part * self._below - self._margin, (part + 1) * self._below + self._margin))
                    kept = part, self._resampled(next(sources))[: self._frames - part * self._above]
                found = kept[1][skipped : skipped + stop - position]
                result[position - start : position - start + len(found)] = found
                position += len(found)
            yield result

    def _resampled(self, source: Block) -> Block:
        first = int(self._margin * self._ratio)
        channels = [_resample(channel, self._reader.rate, self.rate) for channel in source.T]
        return to_int16(np.stack(channels, axis=1)[first : first + self._above])


def _resample(samples: npt.NDArray[np.int16], from_rate: int, to_rate: int) -> npt.NDArray[np.float32]:
    scaled = samples.astype(np.float32)[None, :] / 32768
    frame = av.AudioFrame.from_ndarray(scaled, format="fltp", layout="mono")
    frame.sample_rate = from_rate
    resampler = av.AudioResampler("fltp", "mono", to_rate)
    done = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([found.to_ndarray()[0] for found in done])
