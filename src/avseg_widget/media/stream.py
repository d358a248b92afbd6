"""Media as fragments for the stretch that is being played, in constant memory. Knows no widget and no browser."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

from ..errors import MediaError
from .fragments import SOUND_TYPE, Fragment, encode_sound, sent_rate
from .reader import AudioReader

#: Longest stretch of one fragment, in seconds.
MOST_SECONDS = 30.0
#: Most samples of all channels in one fragment, 16 MiB of int16.
_MOST_SAMPLES = 1 << 23


class SoundStream:
    """The sound in FLAC fragments; the file stays open, so that the next stretch costs no search for its place."""

    def __init__(self, reader: AudioReader, duration: float) -> None:
        self._reader = reader
        self._count = round(duration * reader.rate)
        self._span = (0, 0)
        self._blocks = reader.windows(self._spans())

    def fragment(self, start: float, end: float) -> Fragment:
        """Give the samples nearest to ``[start, end)`` seconds, fewer at the end of the media or for many channels."""
        rate, part = self._reader.rate, sent_rate(self._reader.rate).denominator
        first = max(0, round(start * rate))
        last = min(round(end * rate), self._count, first + _MOST_SAMPLES // self._reader.channels)
        first -= first % part
        if first >= last:
            raise MediaError(f"there is no sound from {start} s to {end} s: it ends at {self._count / rate} s")
        self._span = (first, last)
        try:
            block = next(self._blocks)
        except BaseException:
            # A generator that raised is over.
            self._blocks = self._reader.windows(self._spans())
            raise
        return Fragment(encode_sound(block, rate, first), SOUND_TYPE, first / rate, last / rate)

    def _spans(self) -> Iterator[tuple[int, int]]:
        while True:
            yield self._span


class PictureStream(Protocol):
    """Pictures in fragments, either the file's own packets or encoded anew."""

    def fragment(self, start: float, end: float, *, resume: bool) -> Fragment:
        """Give a stretch from the key frame before ``start``, or with ``resume`` from exactly there on."""


def check_span(start: float, end: float) -> None:
    """Raise when times in seconds are no stretch that can be sent."""
    if not (math.isfinite(start) and math.isfinite(end) and 0 <= start < end <= start + MOST_SECONDS):
        raise MediaError(
            f"there is no stretch from {start} s to {end} s to play: "
            f"give a start from 0 s on, and an end at most {MOST_SECONDS:.0f} s later"
        )
