"""Open media with PyAV, safely, and say what is wrong in plain words. Knows no browser and no peaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import av
import av.container
import av.error
import av.stream

from ..errors import MediaError
from .avi_stretches import AviContainer
from .browser import family_of
from .clocks import ClockedContainer
from .in_order import InOrder
from .layout import sound_edit
from .mp4_segmented import SegmentedContainer
from .mp4_segments import without_index
from .raw_stamps import before, restamped, runs_slow
from .source import Place
from .stretches import LearningContainer, StretchedContainer, Stretches

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.video.stream import VideoStream

#: Most pixels of one picture that are decoded, twice those of 8K film.
MAX_PIXELS = 8192 * 8192

#: For the demuxer, where :func:`sound_edit` finds one: all is shown from the edit's start on, half the memory is taken,
#: and what follows the edit's end is there, too.
PLAIN_EDIT = {"advanced_editlist": "0"}

# Playlists and the like would make the library open whatever path or URL the text in them names.
_FORMATS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,asf,amr,ac3,eac3,"
    "m4v,h264,hevc,dts,truehd,ape,wv,tta,rm,mxf,gif"
)
#: Families whose time stamps are those of a clock that ran before; browsers play none of them by themselves.
_CLOCKED = {"mpegts", "mpeg", "asf"}


class UnreadableError(MediaError):
    """PyAV could not open it; the message is the bare reason."""


@contextmanager
def open_container(place: Place) -> Iterator[av.container.InputContainer]:
    """Open media for demuxing; closed at the end of the block. What has stretches is read in these.

    Raises
    ------
    UnreadableError
        when it cannot be opened; the message never holds a URL.
    """
    place = place.picture or place
    if not place.stretches:
        with _open_whole(place) as whole:
            yield whole
        return
    with closing(_stretched(place)) as stretched:
        yield cast("av.container.InputContainer", stretched)


def _stretched(place: Place) -> StretchedContainer:
    stretches = place.stretches
    if stretches.avi is not None:
        return AviContainer(place, stretches.avi, _open_whole)
    if stretches.segments is not None:
        return SegmentedContainer(place, stretches.segments, _open_whole)
    return (ClockedContainer if stretches.later else StretchedContainer)(place, _open_whole)


@contextmanager
def learn_stretches(place: Place) -> Iterator[av.container.InputContainer]:
    """Open a file that is demuxed once from its beginning to its end: from then on it has stretches if it is long.

    Raises
    ------
    UnreadableError
        when it cannot be opened.
    OddError
        at the end of the block, where it cannot be read in stretches; it has none then.
    """
    learning = replace(place, stretches=Stretches())
    with closing(LearningContainer(learning, _open_whole)) as container:
        yield cast("av.container.InputContainer", container)
    place.stretches.take(learning.stretches)


@contextmanager
def _open_whole(place: Place) -> Iterator[av.container.InputContainer]:
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file", "max_pixels": str(MAX_PIXELS)}
    if sound_edit(place) is not None:
        options |= PLAIN_EDIT
    place = without_index(place)
    with nullcontext(str(place.path)) if place.is_file else place.open() as file:
        place.check()
        try:
            container = av.open(file, options=options, metadata_errors="replace")
        except MediaError:
            raise
        except av.error.ArgumentError:
            raise UnreadableError("its format is none of those read here") from None
        except (av.error.FFmpegError, OSError, ValueError, MemoryError) as error:
            raise UnreadableError(getattr(error, "strerror", None) or type(error).__name__) from None
        try:
            for stream in filter(_has_decoder, container.streams.video):
                stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            yield cast("av.container.InputContainer", container)
        finally:
            container.close()


def _has_decoder(stream: Any) -> bool:
    return stream.codec_context is not None


def audio_streams(container: av.container.InputContainer) -> list[AudioStream]:
    """Give the streams of sound that have a decoder."""
    return list(filter(_has_decoder, container.streams.audio))


def audio_stream(container: av.container.InputContainer) -> AudioStream | None:
    """Give the first of them, which is the one that is read."""
    return next(iter(audio_streams(container)), None)


def video_streams(container: av.container.InputContainer) -> list[VideoStream]:
    """Give the video streams that have a decoder and are not cover pictures."""
    covers = av.stream.Disposition.attached_pic
    films = (stream for stream in container.streams.video if not stream.disposition & covers)
    return list(filter(_has_decoder, films))


def video_stream(container: av.container.InputContainer) -> VideoStream | None:
    """Give the first of them, which is the one that is shown."""
    return next(iter(video_streams(container)), None)


def seek_sound(container: av.container.InputContainer, sound: AudioStream, seconds: float) -> None:
    """Go to where the sound at a time of the container, in seconds, or some sound before it is read next."""
    film = video_stream(container)
    # A Matroska film lists places of its picture only: for its sound it would be read from the start.
    is_listed_by_picture = film is not None and family_of(container.format.name) == "matroska"
    stream = film if film is not None and is_listed_by_picture else sound
    if runs_slow(container.format.name, sound.rate):
        seconds = before(seconds)
    if stream.time_base is not None:
        container.seek(round(seconds / stream.time_base), stream=stream, backward=True)


def origin_of(container: av.container.InputContainer) -> float:
    """Give the container's time, in seconds, that a browser shows as 0.

    Browsers keep a late start and move a negative one to 0; the encoder delay of an MP3 is cut away. A broadcast's
    clock, which may be hours on when the recording begins, is no browser's.
    """
    start = (container.start_time or 0) / av.time_base
    is_clock = family_of(container.format.name) in _CLOCKED
    return start if start < 0 or is_clock or container.format.name == "mp3" else 0.0


def packets(container: av.container.InputContainer, stream: Any) -> Iterator[Any]:
    """Demux one stream up to its end or to where the data is damaged; the last packet flushes the decoder."""
    demuxed: Iterator[Any] = container.demux(stream)
    sound = audio_stream(container)
    if sound is not None and runs_slow(container.format.name, sound.rate):
        demuxed = restamped(demuxed, sound.rate)
    while True:
        try:
            packet = next(demuxed, None)
        except (av.error.FFmpegError, OSError, IndexError):
            # The last is of PyAV, at the end of a file in which damage looks like one more stream.
            return
        if packet is None:
            return
        yield packet


def frames(
    container: av.container.InputContainer,
    stream: Any,
    note: Callable[[Any], None] | None = None,
    found: Iterable[Any] | None = None,
) -> Iterator[Any]:
    """Decode one stream, leaving out what is damaged; ``note`` is told of each packet, ``found`` are other packets."""
    in_order = InOrder(container, stream)
    for packet in packets(container, stream) if found is None else found:
        if note is not None:
            note(packet)
        try:
            decoded = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from in_order.take(packet, decoded)
