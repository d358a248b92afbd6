"""One media as the editor asks for it: described, in chunks, as peaks, spectra and frame times. Knows no widget."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av.error
import msgspec
import numpy as np
import soundfile

from ..errors import MediaError
from ..wire import MediaInfo, MediaSource
from . import sidecar, spectrogram
from .aligned import join, split
from .container import UnreadableError
from .fragments import Fragment
from .peaks import Columns, Pyramid
from .probe import Facts, Part, probe
from .reader import AudioReader, reader_for
from .scan import FrameTimes, scan
from .source import Place, find
from .spectrogram import Spectrogram
from .stream import Stream
from .ways import Choice, Way, choose

#: Bytes of one chunk of a file, 4 MiB.
CHUNK_BYTES = 4 * 1024 * 1024


def open_media(source: Any, *, way: Way = "auto") -> Media:
    """Open media for labeling.

    Parameters
    ----------
    source
        A path; a ``file:``, ``http(s):`` or ``s3:`` URL, or one of another store that fsspec reads (extra
        ``remote``); the bytes of a file; a binary file object, which is not closed; or ``(array, rate)``: an array of
        shape (frames,) or (frames, channels), floats in [-1, 1] or int8, uint8, int16, int32, and its samples per
        second. Or a list of these, or of ``(source, offset)`` with offsets in seconds: recordings side by side on one
        time axis, with the channels of all (at most 8) at the highest rate, and at most one picture.
    way
        How it comes to the browser: "auto" lets the browser load it by itself where it does so exactly, and streams
        all else from Python; "stream" streams it in any case. ``info().way`` says which it is, and why.

    Returns
    -------
    Media
        Its ``info.warnings`` say in plain words what will not work well.

    Raises
    ------
    MediaError
        when there is no such media, or it is not readable as audio or video.

    Examples
    --------
    >>> import numpy as np
    >>> open_media((np.zeros(8000), 16000)).info().duration
    0.5
    """
    if isinstance(source, Media):
        return source
    if isinstance(source, list):
        return Media(*join([_part(recording, offset) for recording, offset in split(source)]), way)
    place = find(source)
    return Media(place, probe(place), way)


def _part(source: Any, offset: float) -> Part:
    media = open_media(source)
    return Part(media._place, media._facts, offset)  # noqa: SLF001 - of its own kind


class Media:
    """Media that was found; nothing is decoded before it is asked for. Made by :func:`open_media`."""

    def __init__(self, place: Place, facts: Facts, way: Way = "auto") -> None:
        self._place = place
        self._facts = facts
        self._sound: AudioReader | None = None
        self._pyramid: Pyramid | None = None
        self._frame_times = facts.frame_times
        self._stream: Stream | None = None
        self.source = _source(place, facts, choose(place, facts, way))

    def __repr__(self) -> str:
        return f"<Media {self.info().name}: {self.info().kind}, {self.info().duration} s>"

    def info(self) -> MediaInfo:
        """Describe the media: name, length, rate, channels, picture, and warnings in plain words."""
        return self.source.info

    @property
    def path(self) -> Path | None:
        """The local file, None for all else."""
        return self._place.path

    def read_bytes(self, offset: int) -> bytes:
        """Give at most ``CHUNK_BYTES`` bytes of the file from ``offset`` on; none from its end on.

        Raises
        ------
        MediaError
            when the media does not travel in this way, or has changed since it was opened.
        """
        if self._place.url or self._place.parts or offset < 0:
            raise MediaError(f"{self.info().name} has no bytes of a file from {offset} on")
        with self._readable(), self._place.open() as file:
            file.seek(offset)
            return file.read(CHUNK_BYTES)

    def peak_tile(self, level: int, tile: int) -> bytes:
        """Give peaks for drawing: ``wire.PEAK_TILE_COLUMNS`` columns of ``4**level`` samples.

        Returns
        -------
        bytes
            int16, little endian: for each channel in turn the lowest and highest sample of every column; fewer at
            the end of the sound, none after it, none without sound.
        """
        with self._readable():
            pyramid = self._peaks()
            return b"" if pyramid is None else pyramid.tile(level, tile).astype("<i2").tobytes()

    def sound_fragment(self, start: float, end: float) -> Fragment:
        """Give the sound of a stretch, in seconds, as FLAC in fragmented MP4: sample-exact, whatever the file is."""
        with self._readable():
            return self._streamed().sound(start, end)

    def picture_fragment(self, start: float, end: float, codecs: Sequence[str], *, resume: bool) -> Fragment:
        """Give the pictures of a stretch, in seconds, as fragmented MP4.

        They begin at the key frame before ``start``, with ``resume`` where the fragment before ended. ``codecs`` are
        those that the browser plays, of "h264", "vp9" and "av1": a file's own packets, or encoded anew.
        """
        with self._readable():
            return self._streamed().pictures(start, end, codecs, resume=resume)

    def use_stream(self, reason: str) -> None:
        """Note that the browser did not get the media by the address it was given, and is streamed to."""
        info = msgspec.structs.replace(self.info(), way=f"stream: {reason}")
        self.source = msgspec.structs.replace(self.source, info=info, url="")

    def spectrogram(self, start: float, end: float, columns: int) -> Spectrogram:
        """Compute ``columns`` spectra between two times in seconds; without sound there are no rows."""
        with self._readable():
            reader = self._reader()
            return Spectrogram(b"", 0, 0.0) if reader is None else spectrogram.compute(reader, start, end, columns)

    def frame_times(self) -> FrameTimes:
        """Give the presentation times of the video's frames: float64 seconds, ascending, as the browser has them."""
        if self._frame_times is None:
            is_known = self.info().kind == "video" and self.info().duration is not None
            with self._readable():
                self._frame_times = scan(self._place, self._facts.origin).frame_times if is_known else np.empty(0)
        return self._frame_times

    def write_sidecar(self, path: str | os.PathLike[str]) -> None:
        """Write the peaks file that a worker page loads beside the media.

        Raises
        ------
        MediaError
            when the file cannot be written.
        """
        with self._readable():
            pyramid = self._peaks()
        columns: Columns = np.empty((0, 0, 2), np.int16) if pyramid is None else pyramid.base
        frame_times = self.frame_times()
        try:
            sidecar.write(Path(path), self._facts.info, columns, frame_times)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise MediaError(f"the peaks file {path} cannot be written ({reason}): choose another place") from None

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (UnreadableError, soundfile.LibsndfileError, av.error.FFmpegError, OSError, MemoryError) as error:
            reason = getattr(error, "strerror", None) or getattr(error, "error_string", None) or str(error)
            raise MediaError(f"{self.info().name} cannot be read any more ({reason}): open it again") from None

    def _streamed(self) -> Stream:
        if self._stream is None:
            self._stream = Stream(self._place, self._facts, self._reader())
        return self._stream

    def _peaks(self) -> Pyramid | None:
        if self._pyramid is None:
            reader = self._reader()
            self._pyramid = None if reader is None else Pyramid(reader)
        return self._pyramid

    def _reader(self) -> AudioReader | None:
        if self.info().duration is None:
            raise MediaError(f"Python could not open {self.info().name}, so there is no waveform: download it first")
        if self._sound is None:
            self._sound = reader_for(self._place, self._facts)
        return self._sound


def _source(place: Place, facts: Facts, choice: Choice) -> MediaSource:
    # The stream comes round what browsers do not do well.
    warnings = [warning for warning in facts.info.warnings if warning not in facts.hindrances]
    info = msgspec.structs.replace(facts.info, way=choice.line, warnings=[*place.warnings, *warnings])
    return MediaSource(info=info, url=choice.url, stream=facts.info.duration is not None)
