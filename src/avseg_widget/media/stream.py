"""Media as fragments for the stretch that is being played, in constant memory. Knows no widget and no browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Lock

from ..errors import MediaError
from .film import film_of
from .fragments import SOUND_TYPE, Fragment, encode_sound, sent_rate
from .pictures import Pictures
from .probe import Facts
from .reader import AudioReader
from .source import Place
from .time_stretch import SPEEDS, stretched, stretched_place

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

    def fragment(self, start: float, end: float, speed: float) -> Fragment:
        """Give the samples nearest to ``[start, end)`` seconds, fewer at the end of the media or for many channels."""
        rate, part = self._reader.rate, sent_rate(self._reader.rate).denominator
        first = max(0, round(start * rate))
        most = int(_MOST_SAMPLES // self._reader.channels * min(1.0, speed))
        last = min(round(end * rate), self._count, first + most)
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
        count = max(1, stretched_place(last, speed) - stretched_place(first, speed))
        block = stretched(block, count, rate)
        return Fragment(encode_sound(block, rate, first), SOUND_TYPE, first / rate, last / rate)

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

    def sound(self, start: float, end: float, speed: float) -> Fragment:
        """Give the sound of a stretch, in seconds, as it is heard at a speed."""
        self._check(start, end)
        if not SPEEDS[0] <= speed <= SPEEDS[1]:
            raise MediaError(f"sound is not played {speed} times as fast: give a speed from {SPEEDS[0]} to {SPEEDS[1]}")
        if self._sound is None:
            raise MediaError(f"{self._place.name} has no sound")
        with self._lock:
            return self._sound.fragment(start, end, speed)

    def pictures(self, start: float, end: float, codecs: Sequence[str], *, resume: bool) -> Fragment:
        """Give the pictures of a stretch, as :meth:`Pictures.fragment` does."""
        self._check(start, end)
        with self._lock:
            if self._pictures is None:
                self._pictures = Pictures(film_of(self._place, self._facts)(), self._facts.origin, self._duration)
            return self._pictures.fragment(start, end, codecs, resume=resume)

    def _check(self, start: float, end: float) -> None:
        if not (0 <= start < end <= start + MOST_SECONDS and start < self._duration):
            raise MediaError(
                f"there is no stretch from {start} s to {end} s to play: give a start from 0 s to before "
                f"{self._duration} s, and an end at most {MOST_SECONDS:.0f} s later"
            )
        self._place.check()
