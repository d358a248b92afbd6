"""Join decoded frames of some milliseconds into long blocks of int16, mostly in C. Knows no container and no place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import av
import numpy as np

from .samples import Block, to_int16

#: From so many channels on PyAV looks for one more than there are, in memory that is not the frame's.
_MOST_PLANES = 8


class PlacedFrame(Protocol):
    """A decoded frame and the place of its first sample."""

    @property
    def start(self) -> int: ...

    @property
    def frame(self) -> Any: ...


def samples_of(frame: Any) -> Block:
    """Give a frame's samples, of shape (frames, channels)."""
    if frame.format.is_planar and frame.layout.nb_channels >= _MOST_PLANES:
        frame.pts = None
        (frame,) = av.AudioResampler(frame.format.packed, frame.layout, frame.sample_rate).resample(frame)
    found = frame.to_ndarray()
    return to_int16(found.T if frame.format.is_planar else found.reshape(-1, frame.layout.nb_channels))


def join_frames(placed: Iterable[PlacedFrame], size: int) -> Iterator[tuple[int, Block]]:
    """Yield blocks of about ``size`` values with the place of their first sample; frames that follow each other join.

    A frame's own conversion takes as long as decoding it does, so frames are gathered first.
    """
    run = _Run()
    for item in placed:
        if not run.take(item):
            yield from run.end()
            if not run.take(item):
                yield item.start, samples_of(item.frame)
        if run.values >= size:
            yield from run.end()
    yield from run.end()


class _Run:
    """Frames of one kind without a gap between them."""

    def __init__(self) -> None:
        self._begin = 0
        self._fifo: av.AudioFifo | None = None
        #: Made for frames of one kind.
        self._resampler: av.AudioResampler | None = None
        self._kind: tuple[str, str, int] | None = None
        self._stop = 0
        self._channels = 0

    @property
    def values(self) -> int:
        return (self._stop - self._begin) * self._channels

    def take(self, item: PlacedFrame) -> bool:
        """Add a frame; False when it does not follow or is of another kind."""
        frame = item.frame
        if self._fifo is None:
            self._fifo = av.AudioFifo()
            self._begin = self._stop = item.start
            self._channels = frame.layout.nb_channels
        elif item.start != self._stop or frame.layout.nb_channels != self._channels:
            return False
        # The place is counted here; stamps with a jitter would be refused.
        frame.pts = None
        try:
            self._fifo.write(frame)
        except ValueError:
            return False
        self._stop += frame.samples
        return True

    def end(self) -> Iterator[tuple[int, Block]]:
        fifo, self._fifo = self._fifo, None
        frame = fifo.read(0, partial=True) if fifo is not None and self._stop > self._begin else None
        if frame is not None:
            yield self._begin, self._converted(frame)
        self._begin = self._stop

    def _converted(self, frame: Any) -> Block:
        # The stamp of one block does not follow from the one before, as one of them may be a gap away.
        frame.pts = None
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or kind != self._kind:
            self._resampler, self._kind = av.AudioResampler("s16", frame.layout, frame.sample_rate), kind
        try:
            found = self._resampler.resample(frame)
        except ValueError:
            self._resampler = None
            return samples_of(frame)
        return np.concatenate([part.to_ndarray().reshape(-1, self._channels) for part in found])
