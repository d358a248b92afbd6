"""Open media with PyAV, safely, and say what is wrong in plain words. Knows no browser and no peaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, cast

import av
import av.container
import av.error
import av.stream

from ..errors import MediaError
from .source import Place

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.video.stream import VideoStream

#: Most pixels of one picture that are decoded, twice those of 8K film.
MAX_PIXELS = 8192 * 8192

# Playlists and the like would make the library open whatever path or URL the text in them names.
_FORMATS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,asf,amr,ac3,eac3,"
    "m4v,h264,hevc,dts,truehd,ape,wv,tta,rm,mxf"
)


class UnreadableError(MediaError):
    """PyAV could not open it; the message is the bare reason."""


@contextmanager
def open_container(place: Place) -> Iterator[av.container.InputContainer]:
    """Open media for demuxing; closed at the end of the block.

    Raises
    ------
    UnreadableError
        when it cannot be opened; the message never holds a URL.
    """
    place = place.picture or place
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file", "max_pixels": str(MAX_PIXELS)}
    with place.open() if place.path is None else nullcontext(str(place.path)) as file:
        place.check()
        try:
            container = av.open(file, options=options, metadata_errors="replace")
        except MediaError:
            raise
        except (av.error.FFmpegError, OSError, ValueError, MemoryError) as error:
            raise UnreadableError(getattr(error, "strerror", None) or type(error).__name__) from None
        try:
            for stream in container.streams.video:
                stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
            yield cast("av.container.InputContainer", container)
        finally:
            container.close()


def audio_stream(container: av.container.InputContainer) -> AudioStream | None:
    """Give the first stream of sound."""
    return container.streams.audio[0] if container.streams.audio else None


def video_stream(container: av.container.InputContainer) -> VideoStream | None:
    """Give the first video stream that is not a cover picture."""
    covers = av.stream.Disposition.attached_pic
    return next((stream for stream in container.streams.video if not stream.disposition & covers), None)


def origin_of(container: av.container.InputContainer) -> float:
    """Give the container's time, in seconds, that a browser shows as 0.

    Browsers keep a late start and move a negative one to 0; the encoder delay of an MP3 is cut away.
    """
    start = (container.start_time or 0) / av.time_base
    return start if start < 0 or container.format.name == "mp3" else 0.0


def packets(container: av.container.InputContainer, stream: Any) -> Iterator[Any]:
    """Demux one stream up to its end or to where the data is damaged; the last packet flushes the decoder."""
    demuxed = container.demux(stream)
    while True:
        try:
            packet = next(demuxed, None)
        except (av.error.FFmpegError, OSError):
            return
        if packet is None:
            return
        yield packet


def frames(
    container: av.container.InputContainer, stream: Any, note: Callable[[Any], None] | None = None
) -> Iterator[Any]:
    """Decode one stream, leaving out what is damaged; ``note`` is told of each packet."""
    for packet in packets(container, stream):
        if note is not None:
            note(packet)
        try:
            decoded = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from decoded
