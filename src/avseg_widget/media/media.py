"""One media as the editor asks for it: described, in chunks, as peaks, spectra and frame times. Knows no widget."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from ..errors import MediaError
from ..wire import MediaInfo, PeakProgress, SpectrogramAnalysis
from . import audiowaveform, proxy, sidecar
from .aligned import join, split
from .curves import CurveTiles
from .film import film_of
from .fragments import Fragment
from .once import Once
from .peaks import Columns, Pyramid, bytes_of
from .probe import Facts, Part, probe
from .readable import explained, readable
from .reader import AudioReader
from .readers import reader_for
from .resample import ResampledReader
from .samples import Block
from .scan import FrameTimes, scan
from .source import Place, find
from .spectrogram import SpectrogramTiles
from .stream import Stream
from .thumbnails import Thumbnails
from .waveform import Waveform
from .ways import Way, source_of

T = TypeVar("T")

#: Bytes of one chunk of a file, 4 MiB.
CHUNK_BYTES = 4 * 1024 * 1024


def open_media(source: Any, *, peaks: str | os.PathLike[str] | None = None, way: Way = "auto") -> Media:
    """Open media for labeling.

    Parameters
    ----------
    source
        A path; a ``file:``, ``http(s):`` or ``s3:`` URL, or one of another store that fsspec reads (extra ``remote``);
        the bytes of a file; a binary file object, which is not closed; media, for another way or other peaks; or
        ``(array, rate)``: an array of shape (frames,) or (frames, channels), floats in [-1, 1] or int8, uint8, int16,
        int32, and its samples per second. Or a list of these, or of ``(source, offset)`` with offsets in seconds: side
        by side on one time axis, with the channels of all (at most 8) at the highest rate, and at most one picture.
    peaks
        A file of its peaks, ``.dat`` or ``.json`` as BBC audiowaveform or :meth:`Media.write_peaks` write them: the
        sound is then not read for a waveform, but for what is zoomed in further.
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
        when there is no such media, or it or the file of peaks cannot be read; when the peaks are not this media's.

    Examples
    --------
    >>> import numpy as np
    >>> open_media((np.zeros(8000), 16000)).info().duration
    0.5
    """
    if isinstance(source, Media):
        if peaks is None and way == "auto":
            return source
        place, facts = _found(source)
        peaks = peaks or source._peaks_file  # noqa: SLF001 - of its own kind
    elif isinstance(source, list):
        place, facts = join([Part(*_found(open_media(recording)), offset) for recording, offset in split(source)])
    else:
        place = find(source)
        facts = probe(place)
    return Media(place, facts, way, None if peaks is None else Path(peaks))


def _found(media: Media) -> tuple[Place, Facts]:
    return media._place, media._facts  # noqa: SLF001 - of its own kind


def make_proxy(source: Any, path: str | os.PathLike[str] | None = None, **options: Any) -> Media:
    """Open media and write its proxy; see :meth:`Media.make_proxy`."""
    return open_media(source).make_proxy(path, **options)


class Media:
    """Media that was found; nothing is decoded before it is asked for. Made by :func:`open_media`."""

    def __init__(self, place: Place, facts: Facts, way: Way = "auto", peaks: Path | None = None) -> None:
        self._place, self._facts, self._peaks_file = place, facts, peaks
        given = None if peaks is None else audiowaveform.read(peaks, facts.info)
        # Made without this object, so that it goes as soon as nobody has it.
        reader = Once(partial(_reader, place, facts))
        self._reader = reader
        self._peaks = Once(lambda: _waveform(reader(), place, facts, given))
        self._spectra = Once(lambda: _tiles(SpectrogramTiles, reader(), facts))
        self._curves = Once(lambda: _tiles(CurveTiles, reader(), facts))
        self._streamed = Once(lambda: Stream(place, facts, reader()))
        self._thumbnails = Once(lambda: Thumbnails(film_of(place, facts), facts.origin, facts.last_picture))
        self._frame_times = facts.frame_times
        self.source = source_of(place, facts, way)

    def __enter__(self) -> Media:  # noqa: PYI034 - no class is made of it
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Media {self.info().name}: {self.info().kind}, {self.info().duration} s>"

    def info(self) -> MediaInfo:
        """Describe the media: name, length, rate, channels, picture, and warnings in plain words."""
        return self.source.info

    @property
    def path(self) -> Path | None:
        """The local file, None for all else."""
        return self._place.path

    def identity(self, folder: Path) -> str:
        """Return a name by which the media is known again, as :func:`identify` makes it.

        Raises
        ------
        MediaError
            when its bytes are needed for that and cannot be read.
        """
        from .identity import identify  # which opens what a batch names

        with self._readable():
            return identify(self._place, folder)

    def read_bytes(self, offset: int) -> bytes:
        """Give at most ``CHUNK_BYTES`` bytes of the file from ``offset`` on; none from its end on.

        Raises
        ------
        MediaError
            when there is no file of the bytes, or it has changed since it was opened.
        """
        if self._place.url or self._place.parts or offset < 0:
            raise MediaError(f"{self.info().name} has no bytes of a file from {offset} on")
        with self._readable(), self._place.open() as file:
            file.seek(offset)
            return file.read(CHUNK_BYTES)

    def sound_blocks(self, rate: int | None = None) -> Iterator[Block]:
        """Yield the whole sound in order, int16 of shape (frames, channels), at its own rate or at ``rate`` in Hz."""
        with self._readable():
            self._reader()  # says what keeps it from being read
            # An own one, as this may go on in a thread for long.
            reader = reader_for(self._place, self._facts)
            if reader is None:
                raise MediaError(f"{self.info().name} has no sound")
            if rate is not None and rate != reader.rate:
                reader = ResampledReader(reader, rate, _frames(reader, self._facts))
            yield from reader.blocks()

    def sound_fragment(self, start: float, end: float, speed: float = 1.0) -> Fragment:
        """Give the sound of a stretch, in seconds, as FLAC in fragmented MP4: sample-exact, whatever the file is.

        At another ``speed`` it is stretched at its pitch and begins at ``start`` all the same; it ends on the stretch's
        last sample, and goes on in that of the next.
        """
        with self._readable():
            return self._streamed().sound(start, end, speed)

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

    def peak_tile(self, level: int, tile: int) -> bytes:
        """Give peaks for drawing: ``wire.PEAK_TILE_COLUMNS`` columns of ``4**level`` samples.

        Returns
        -------
        bytes
            int16, little endian: for each channel in turn the lowest and highest sample of every column; fewer at
            the end of the sound, none after it, none without sound.
        """
        with self._readable():
            waveform = self._peaks()
            return b"" if waveform is None else bytes_of(waveform.whole_tile(level, tile))

    def peaks_so_far(self, level: int, tile: int) -> tuple[bytes, PeakProgress]:
        """Give what there is of a tile, at once, and how far the pass is; it goes on in a thread."""
        with self._readable():
            waveform = self._peaks()
            if waveform is None:
                return b"", PeakProgress(progress=1.0, running=False)
            found = waveform.tile(level, tile)
            return bytes_of(found.columns), waveform.progress(complete=found.complete)

    def build_peaks(self, *, run: bool = True) -> PeakProgress:
        """Begin or go on making the peaks in a thread, again after an error; or stop that with ``run=False``."""
        with self._readable():
            waveform = self._peaks()
        if waveform is None:
            return PeakProgress(progress=1.0, running=False)
        (waveform.start if run else waveform.stop)()
        return waveform.progress()

    def close(self) -> None:
        """End what goes on in the background, as a ``with`` block does; it begins again when it is asked for."""
        if (waveform := self._peaks.made) is not None:
            waveform.stop(wanted=True)

    def write_peaks(
        self, path: str | os.PathLike[str], *, samples_per_pixel: int = 256, bits: int = 16, version: int = 2
    ) -> None:
        """Write the peaks as BBC audiowaveform does, by the name's ending: ``.dat`` or ``.json``.

        Parameters
        ----------
        samples_per_pixel
            Samples in each pair of lowest and highest value, 2 or more.
        bits
            8 or 16 of each value.
        version
            2 for every channel; 1, for old programs, holds one channel only.

        Raises
        ------
        MediaError
            when there is no sound, or the file cannot be written.

        Notes
        -----
        The format: https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md
        """
        with self._readable():
            waveform, reader = self._peaks(), self._reader()
            if waveform is None or reader is None:
                raise MediaError(f"{self.info().name} has no sound: there are no peaks to write")
            parts = audiowaveform.columns(waveform, reader, samples_per_pixel)
            header = audiowaveform.Header(reader.rate, samples_per_pixel, bits, 0, version, reader.channels)
            audiowaveform.write(Path(path), header, parts)

    def spectrogram_tile(self, analysis: SpectrogramAnalysis, level: int, tile: int) -> bytes:
        """Give spectra for drawing, as :meth:`SpectrogramTiles.tile` describes them; none without sound."""
        with self._readable():
            spectra = self._spectra()
            return b"" if spectra is None else spectra.tile(analysis, level, tile)

    def curve_tile(self, tile: int, floor: float, ceiling: float) -> bytes:
        """Give pitch and intensity for drawing, as :meth:`CurveTiles.tile` describes them; none without sound."""
        with self._readable():
            curves = self._curves()
            return b"" if curves is None else curves.tile(tile, floor, ceiling)

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
            return self._thumbnails().at(times, within)

    def write_sidecar(self, path: str | os.PathLike[str]) -> None:
        """Write the peaks file that a worker page loads beside the media.

        Raises
        ------
        MediaError
            when the file cannot be written.
        """
        with self._readable():
            waveform = self._peaks()
            columns: Columns = np.empty((0, 0, 2), np.int16) if waveform is None else waveform.base_columns()
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

    def _readable(self) -> AbstractContextManager[None]:
        return readable(self.info().name)


def _reader(place: Place, facts: Facts) -> AudioReader | None:
    if facts.info.duration is None:
        raise MediaError(facts.info.warnings[0])
    return reader_for(place, facts)


def _frames(reader: AudioReader, facts: Facts) -> int:
    return round((facts.info.duration or 0) * reader.rate)


def _waveform(reader: AudioReader | None, place: Place, facts: Facts, given: Pyramid | None) -> Waveform | None:
    if reader is None:
        return None
    return Waveform(reader, place, _frames(reader, facts), partial(explained, facts.info.name), given)


def _tiles(kind: Callable[[AudioReader, int], T], reader: AudioReader | None, facts: Facts) -> T | None:
    return None if reader is None else kind(reader, _frames(reader, facts))
