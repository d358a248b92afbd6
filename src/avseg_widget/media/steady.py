"""Time stamps of frames that follow each other without a gap, as their neighbours agree on them. Knows no container."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from statistics import median_low
from typing import Any

#: Neighbours on each side that are asked.
_REACH = 8


def steadied(frames: Iterable[Any]) -> Iterator[tuple[int | None, Any]]:
    """Yield each frame with the stamp, in samples, that most of those around it give it by their own.

    At the end of a page of Ogg, where blocks of Vorbis change their size, encoders and libav count the last of them
    wrong by up to 2,000 samples. Where some are lost, all that follow agree on another count.

    Parameters
    ----------
    frames
        With ``pts`` in samples, None where a frame has no stamp, and ``samples``.
    """
    waiting: deque[tuple[int, Any]] = deque()
    offsets: deque[int | None] = deque(maxlen=2 * _REACH + 1)
    counted = 0
    for frame in frames:
        offsets.append(None if frame.pts is None else frame.pts - counted)
        waiting.append((counted, frame))
        counted += frame.samples
        if len(waiting) > _REACH:
            yield _stamped(*waiting.popleft(), offsets)
    while waiting:
        if len(offsets) > _REACH + len(waiting):
            offsets.popleft()
        yield _stamped(*waiting.popleft(), offsets)


def _stamped(counted: int, frame: Any, offsets: Iterable[int | None]) -> tuple[int | None, Any]:
    known = [offset for offset in offsets if offset is not None]
    return (counted + median_low(known) if known else None), frame
