"""One media as the editor asks for it: described, in chunks, as peaks, spectra and frame times. Knows no widget."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av.error
import msgspec
import numpy as np
import soundfile

from ..errors import MediaError
from ..wire import CHUNK_BYTES, MAX_CHUNKED_BYTES, MediaInfo, MediaSource
from . import sidecar, spectrogram
from .aligned import join, split
from .container import UnreadableError
from .peaks import Columns, Pyramid
from .probe import Facts, Part, probe
from .reader import AudioReader, reader_for
from .scan import FrameTimes, scan
from .server import served_url
from .source import Place, find
from .spectrogram import Spectrogram

_MIB = 1024 * 1024


def open_media(source: Any) -> Media:
    """Open media for labeling.

    Parameters
    ----------
    source
        A path; a ``file:``, ``http(s):`` or ``s3:`` URL, or one of another store that fsspec reads (extra
        ``remote``); the bytes of a file; a binary file object, which is not closed; or ``(array, rate)``: an array of
        shape (frames,) or (frames, channels), floats in [-1, 1] or int8, uint8, int16, int32, and its samples per
        second. Or a list of these, or of ``(source, offset)`` with offsets in seconds: recordings side by side on one
        time axis, with the channels of all (at most 8) at the highest rate, and at most one picture.

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
        return Media(*join([_part(recording, offset) for recording, offset in split(source)]))
    place = find(source)
    return Media(place, probe(place))


def _part(source: Any, offset: float) -> Part:
    media = open_media(source)
    return Part(media._place, media._facts, offset)  # noqa: SLF001 - of its own kind


class Media:
    """Media that was found; nothing is decoded before it is asked for. Made by :func:`open_media`."""

    def __init__(self, place: Place, facts: Facts) -> None:
        self._place = place
        self._facts = facts
        self._sound: AudioReader | None = None
        self._pyramid: Pyramid | None = None
        self._frame_times = facts.frame_times
        self.source = _source(place, facts.info)

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
        """Give at most ``wire.CHUNK_BYTES`` bytes of the file from ``offset`` on; none from its end on.

        Raises
        ------
        MediaError
            when the media does not travel in this way, or has changed since it was opened.
        """
        if self._place.url or self._place.parts or offset < 0:
            way = "loads its URL" if self._place.url else "gets its sound and picture"
            raise MediaError(f"{self.info().name} has no bytes from {offset} on to send: the browser {way}")
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


def _source(place: Place, described: MediaInfo) -> MediaSource:
    url = place.url or (served_url(place.path) if place.path is not None else "")
    size = place.size if place.size <= MAX_CHUNKED_BYTES else 0
    warnings = [*place.warnings, *described.warnings]
    if place.parts:
        warnings.append(f"{described.name}: recordings side by side have no file that could reach the browser.")
    elif not url and not size:
        warnings.append(
            f"{described.name} has {place.size / _MIB:.0f} MiB and cannot reach the browser (at most "
            f"{MAX_CHUNKED_BYTES // _MIB} MiB can): put it under the folder where Jupyter was started, or give an "
            "http URL of it."
        )
    return MediaSource(info=msgspec.structs.replace(described, warnings=warnings), url=url, bytes=size)
