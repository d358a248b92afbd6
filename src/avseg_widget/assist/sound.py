"""The sound of media as one channel of floats, block by block, with progress. Knows no detector."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import AssistError
from ..media import Media

Samples: TypeAlias = npt.NDArray[np.float32]
#: Told the part that is done, 0 to 1; what it raises ends the work.
Progress: TypeAlias = Callable[[float], None]


def check_number(name: str, value: object, low: float, high: float = math.inf) -> None:
    """Raise an AssistError unless a number lies from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        wanted = f"of {low} or more" if high == math.inf else f"from {low} to {high}"
        raise AssistError(f"{name} is a number {wanted}, not {value!r}")


def frames_of(media: Media, rate: int, size: int, channel: int | None, progress: Progress | None) -> Iterator[Samples]:
    """Yield the sound in pieces of ``size`` samples, many in each array of shape (pieces, size), the end with zeros.

    Parameters
    ----------
    rate
        Samples per second, in Hz.
    channel
        Counted from 0; None for the mean of all.

    Raises
    ------
    AssistError
        When there is no such channel.
    MediaError
        When there is no sound, or it cannot be read.
    """
    info = media.info()
    if channel is not None and channel not in range(info.channels):
        raise AssistError(f"{info.name} has no channel {channel!r}: channels go from 0 to {info.channels - 1}")
    expected = max(1.0, (info.duration or 0.0) * rate)
    rest: Samples = np.empty(0, np.float32)
    done = 0
    for block in media.sound_blocks(rate):
        chosen = range(info.channels) if channel is None else [channel]
        # Several times as fast as the mean of an axis of two.
        mono = sum((block[:, each].astype(np.float32) for each in chosen), np.zeros(len(block), np.float32))
        rest = np.concatenate([rest, mono / np.float32(32768 * len(chosen))])
        whole = len(rest) // size * size
        yield rest[:whole].reshape(-1, size)
        rest = rest[whole:]
        done += len(block)
        if progress is not None:
            progress(min(1.0, done / expected))
    if len(rest):
        yield np.pad(rest, (0, size - len(rest)))[None]
