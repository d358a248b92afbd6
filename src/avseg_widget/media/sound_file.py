"""Open sound with soundfile from any place; what fails underneath is raised, not printed. Knows no browser."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import soundfile

from ..errors import MediaError
from .samples import Block, to_int16

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from .source import Place

# Subtypes whose values libsndfile scales to int16 by itself; it does not scale floats.
_INTEGER_SUBTYPES = ("PCM", "ULAW", "ALAW")
#: Frames read before a place in Vorbis: after a jump of libsndfile's up to some thousand frames are wrong.
_VORBIS_PREROLL = 16384
#: Where the channels of Opus are, by their count, in the order that all else has: front left, right and centre, LFE,
#: back, side. As RFC 7845, 5.1.1.2 has them; libsndfile leaves them so.
_OPUS_ORDER = {
    3: (0, 2, 1),
    5: (0, 2, 1, 3, 4),
    6: (0, 2, 1, 5, 3, 4),
    7: (0, 2, 1, 6, 5, 3, 4),
    8: (0, 2, 1, 7, 5, 6, 3, 4),
}
#: The beginning of an Opus stream, and how far behind it lies which order its channels have; 1 is the one above.
_OPUS_HEAD, _FAMILY_AT, _SURROUND = b"OpusHead", 18, 1


class _Guarded:
    """A file for libsndfile's callbacks, in which an exception would be printed and forgotten."""

    def __init__(self, file: Any) -> None:
        self.error: MediaError | None = None
        self._file = file

    def readinto(self, buffer: WriteableBuffer) -> int:
        try:
            return int(self._file.readinto(buffer))
        except MediaError as error:
            self.error = error
            return 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return int(self._file.seek(offset, whence))
        except MediaError as error:
            self.error = error
            return -1

    def tell(self) -> int:
        return int(self._file.tell())


class SoundFile:
    """What soundfile reads, open; ``info`` is its description."""

    def __init__(self, place: Place, file: soundfile.SoundFile, guard: _Guarded | None) -> None:
        self.info = file
        self._place, self._guard = place, guard
        self._dtype = "int16" if file.subtype.startswith(_INTEGER_SUBTYPES) else "float32"
        self._order = _OPUS_ORDER.get(file.channels) if _is_surround(place, file) else None

    def seek(self, frame: int) -> None:
        before = min(frame, _VORBIS_PREROLL) if self.info.subtype == "VORBIS" else 0
        self.info.seek(frame - before)
        if before:
            self.info.read(before, dtype=self._dtype)
        self._check()

    def read(self, count: int) -> Block:
        """Read on, less than ``count`` frames at the end or where the data is damaged.

        Raises
        ------
        MediaError
            when the file changed, or what it lies on fails.
        """
        try:
            block = to_int16(self.info.read(count, dtype=self._dtype, always_2d=True))
        except soundfile.LibsndfileError:
            # Damaged from here on: what was read before stays usable.
            block = to_int16(self.info.read(0, dtype=self._dtype, always_2d=True))
        self._check()
        return block if self._order is None else block.take(self._order, axis=1)

    def _check(self) -> None:
        if self._guard is not None and self._guard.error is not None:
            raise self._guard.error
        self._place.check()


def _is_surround(place: Place, file: soundfile.SoundFile) -> bool:
    if file.subtype != "OPUS":
        return False
    with place.open() as bare:
        beginning = bare.read(1 << 10)
    head = beginning.find(_OPUS_HEAD)
    return head >= 0 and beginning[head + _FAMILY_AT : head + _FAMILY_AT + 1] == bytes([_SURROUND])


@contextmanager
def open_sound(place: Place) -> Iterator[SoundFile]:
    """Open sound; closed at the end of the block.

    Raises
    ------
    soundfile.LibsndfileError
        when it is nothing that soundfile reads.
    MediaError
        when the file changed, or what it lies on fails.
    """
    if place.path is not None and place.is_file:
        place.check()
        with _closing(soundfile.SoundFile(place.path)) as file:
            yield SoundFile(place, file, None)
        return
    with place.open() as bare:
        guard = _Guarded(bare)
        try:
            opened = soundfile.SoundFile(guard)
        except (soundfile.LibsndfileError, TypeError):
            if guard.error is not None:
                raise guard.error from None
            raise
        with _closing(opened) as file:
            yield SoundFile(place, file, guard)


@contextmanager
def _closing(file: soundfile.SoundFile) -> Iterator[soundfile.SoundFile]:
    try:
        yield file
    finally:
        # While Python itself ends, closing fails half-way, and the file's own end would free its memory again.
        if not sys.is_finalizing():
            file.close()
