"""Media as fragments for the stretch that is being played, in constant memory. Knows no widget and no browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock

import numpy as np

from ..errors import MediaError
from .film import film_of
from .fragments import SOUND_TYPE, Fragment, encode_sound, sent_rate
from .pictures import Pictures
from .probe import Facts
from .reader import AudioReader
from .source import Place

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

    def silence(self, seconds: float) -> Fragment:
        """Give samples that are all 0, of the sound's rate and channels, from 0 s on."""
        rate = self._reader.rate
        count = min(max(1, round(seconds * rate)), _MOST_SAMPLES // self._reader.channels)
        block = np.zeros((count, self._reader.channels), np.int16)
        return Fragment(encode_sound(block, rate, 0), SOUND_TYPE, 0.0, count / rate)

    def _spans(self) -> Iterator[tuple[int, int]]:
        while True:
            yield self._span


class Stream:
    """Both of one media; each file is opened when it is first asked for."""

    def __init__(self, place: Place, facts: Facts, reader: AudioReader | None) -> None:
        self._place = place
        self._facts = facts
        self._duration = facts.info.duration or 0.0
        self._sound = None if reader is None else SoundStream(reader, self._duration)
        self._pictures: Pictures | None = None
        self._lock = Lock()

    def sound(self, start: float, end: float) -> Fragment:
        """Give the sound of a stretch, in seconds."""
        self._check(start, end)
        with self._lock:
            return self._sounding().fragment(start, end)

    def silence(self, seconds: float) -> Fragment:
        """Give silence like the sound, up to ``MOST_SECONDS``."""
        self._check(0.0, seconds)
        return self._sounding().silence(seconds)

    def pictures(self, start: float, end: float, codecs: Sequence[str], *, resume: bool) -> Fragment:
        """Give the pictures of a stretch, as :meth:`Pictures.fragment` does."""
        self._check(start, end)
        with self._lock:
            if self._pictures is None:
                self._pictures = Pictures(film_of(self._place, self._facts)(), self._facts.origin, self._duration)
            return self._pictures.fragment(start, end, codecs, resume=resume)

    def _sounding(self) -> SoundStream:
        if self._sound is None:
            raise MediaError(f"{self._place.name} has no sound")
        return self._sound

    def _check(self, start: float, end: float) -> None:
        if not (0 <= start < end <= start + MOST_SECONDS and start < self._duration):
            raise MediaError(
                f"there is no stretch from {start} s to {end} s to play: give a start from 0 s to before "
                f"{self._duration} s, and an end at most {MOST_SECONDS:.0f} s later"
            )
        self._place.check()
