"""One media as the editor asks for it: described, in chunks, as peaks, spectra and frame times. Knows no widget."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import soundfile

from ..errors import MediaError
from ..wire import CHUNK_BYTES, MAX_CHUNKED_BYTES, MediaInfo, MediaSource, SpectrogramAnalysis
from . import proxy, sidecar
from .container import UnreadableError
from .curves import CurveTiles
from .peaks import Columns, Pyramid
from .probe import Facts, probe
from .reader import AudioReader, reader_for
from .scan import FrameTimes, scan
from .server import served_url
from .source import Place, find
from .spectrogram import SpectrogramTiles
from .thumbnails import Thumbnails

_MIB = 1024 * 1024


def open_media(source: Any) -> Media:
    """Open media for labeling.

    Parameters
    ----------
    source
        A path, an http or https URL, the bytes of a file, or ``(array, rate)``: an array of shape (frames,) or
        (frames, channels), floats in [-1, 1] or int8, uint8, int16, int32, and its samples per second.

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
    place = find(source)
    return Media(place, probe(place))


def make_proxy(source: Any, path: str | os.PathLike[str] | None = None, **options: Any) -> Media:
    """Open media and write its proxy; see :meth:`Media.make_proxy`."""
    return open_media(source).make_proxy(path, **options)


class Media:
    """Media that was found; nothing is decoded before it is asked for. Made by :func:`open_media`."""

    def __init__(self, place: Place, facts: Facts) -> None:
        self._place = place
        self._facts = facts
        self._sound: AudioReader | None = None
        self._pyramid: Pyramid | None = None
        self._spectra: SpectrogramTiles | None = None
        self._curves: CurveTiles | None = None
        self._thumbnails = Thumbnails(place, facts.origin)
        self._frame_times = facts.frame_times
        self.source = _source(place, facts.info)

    def __repr__(self) -> str:
        return f"<Media {self.info().name}: {self.info().kind}, {self.info().duration} s>"

    def info(self) -> MediaInfo:
        """Describe the media: name, length, rate, channels, picture, and warnings in plain words."""
        return self.source.info

    @property
    def path(self) -> Path | None:
        """The local file, None for a URL and for what lies in memory."""
        return self._place.path

    def read_bytes(self, offset: int) -> bytes:
        """Give at most ``wire.CHUNK_BYTES`` bytes of the file from ``offset`` on; none from its end on.

        Raises
        ------
        MediaError
            when the media is a URL's, or has changed since it was opened.
        """
        if self._place.url or offset < 0:
            raise MediaError(f"{self.info().name} has no bytes from {offset} on to send: the browser loads its URL")
        if self._place.path is None:
            return (self._place.data or b"")[offset : offset + CHUNK_BYTES]
        try:
            with self._place.path.open("rb") as file:
                if os.fstat(file.fileno()).st_size != self._place.size:
                    raise MediaError(f"{self.info().name} has changed since it was opened: open it again")
                file.seek(offset)
                return file.read(CHUNK_BYTES)
        except OSError as error:
            raise MediaError(f"{self.info().name} cannot be read any more ({error.strerror}): open it again") from None

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

    def spectrogram_tile(self, analysis: SpectrogramAnalysis, level: int, tile: int) -> bytes:
        """Give spectra for drawing, as :meth:`SpectrogramTiles.tile` describes them; none without sound."""
        with self._readable():
            if self._spectra is None and (reader := self._reader()):
                self._spectra = SpectrogramTiles(reader, self._frames(reader))
            return b"" if self._spectra is None else self._spectra.tile(analysis, level, tile)

    def curve_tile(self, tile: int, floor: float, ceiling: float) -> bytes:
        """Give pitch and intensity for drawing, as :meth:`CurveTiles.tile` describes them; none without sound."""
        with self._readable():
            if self._curves is None and (reader := self._reader()):
                self._curves = CurveTiles(reader, self._frames(reader))
            return b"" if self._curves is None else self._curves.tile(tile, floor, ceiling)

    def frame_times(self) -> FrameTimes:
        """Give the presentation times of the video's frames: float64 seconds, ascending, as the browser has them."""
        if self._frame_times is None:
            is_known = self.info().kind == "video" and self.info().duration is not None
            with self._readable():
                self._frame_times = scan(self._place, self._facts.origin).frame_times if is_known else np.empty(0)
        return self._frame_times

    def thumbnails(self, times: Sequence[float], within: float) -> list[bytes]:
        """Give a small JPEG for each time in seconds, empty where there is no picture.

        A key frame at most ``within`` seconds before a time stands for it; else it is the frame shown at the time.

        Raises
        ------
        MediaError
            when the media is not readable any more, or too many are asked for.
        """
        if self.info().kind != "video" or self.info().duration is None:
            return [b""] * len(times)
        with self._readable():
            return self._thumbnails.at(times, within)

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

    def make_proxy(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        sound: proxy.Sound | None = None,
        max_height: int | None = None,
        overwrite: bool = False,
        progress: Callable[[float], None] | None = None,
        cancel: proxy.Cancel | None = None,
    ) -> Media:
        """Write a copy that every browser plays and seeks exactly, with the same times; streamed, never half there.

        Parameters
        ----------
        path
            where to; None is beside the file, ``call.mp3`` giving ``call.proxy.flac``. Sound alone ends in .flac,
            .m4a or .opus, as ``sound`` says, video in .mp4.
        sound
            ``"flac"`` holds the samples that Python reads (16 bit) to the last one, ``"aac"`` and ``"opus"`` (48 kHz)
            are small. None is FLAC for sound alone, and AAC beside pictures.
        max_height
            pictures higher than this, in pixels, are made smaller; None keeps their size. H.264 that needs no change
            is copied; other pictures are encoded, with a key frame each second and every frame at its time.
        overwrite
            replace a file that is there already.
        progress
            called with the part that is done, 0 to 1; what it raises stops the writing.
        cancel
            asked by ``is_set()`` whether to stop, such as a ``threading.Event``.

        Returns
        -------
        Media
            the proxy, opened.

        Raises
        ------
        MediaError
            when the media cannot be read or the proxy not written; ``proxy.CancelledError`` when it was cancelled.
        """
        target = Path(path) if path is not None else self._beside(f".proxy{proxy.suffix_of(self.info(), sound)}")
        if target.exists() and not overwrite:
            raise MediaError(f"{target} is there already: remove it, choose another name, or give overwrite=True")
        with self._readable():
            proxy.write(
                self._place,
                self._facts,
                target.absolute(),
                sound=sound,
                max_height=max_height,
                progress=progress,
                cancel=cancel,
            )
        return open_media(target)

    def _beside(self, suffix: str) -> Path:
        if self.path is None:
            raise MediaError(f"{self.info().name} is no local file: say where its proxy is written, by path=")
        return self.path.with_name(self.path.stem + suffix)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (UnreadableError, soundfile.LibsndfileError, OSError) as error:
            reason = getattr(error, "strerror", None) or getattr(error, "error_string", None) or str(error)
            raise MediaError(f"{self.info().name} cannot be read any more ({reason}): open it again") from None

    def _peaks(self) -> Pyramid | None:
        if self._pyramid is None:
            reader = self._reader()
            self._pyramid = None if reader is None else Pyramid(reader)
        return self._pyramid

    def _frames(self, reader: AudioReader) -> int:
        return round((self.info().duration or 0) * reader.rate)

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
    if not url and not size:
        warnings.append(
            f"{described.name} has {place.size / _MIB:.0f} MiB and cannot reach the browser (at most "
            f"{MAX_CHUNKED_BYTES // _MIB} MiB can): put it under the folder where Jupyter was started, or give an "
            "http URL of it."
        )
    return MediaSource(info=msgspec.structs.replace(described, warnings=warnings), url=url, bytes=size)
