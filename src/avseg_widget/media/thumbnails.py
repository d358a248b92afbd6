"""Small pictures of a video at given times, decoded when asked for and kept for a while. Knows no browser."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from threading import Lock
from typing import TYPE_CHECKING, Any

import av
import av.error
import numpy as np
import numpy.typing as npt

from ..errors import MediaError
from .film import Film

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

#: Height of a picture and its least and greatest width, in pixels; what is wider still is less high.
HEIGHT = 64
_WIDTHS = (16, 512)
#: Most pictures of one request, and most frames decoded for one of them.
MOST_TIMES = 16
_MOST_FRAMES = 300
#: Most bytes of pictures that are kept.
_MOST_KEPT = 8 * 1024 * 1024
#: Seconds ahead up to which decoding on is cheaper than a jump to the key frame before.
_NEAR = 2.0
#: Seconds to go back when a jump ends behind the time: containers may jump by the order of decoding.
_STEPS_BACK = (0.0, 1.0, 10.0)
#: Rounding of times on their way, in seconds.
_ROUNDING = 1e-6


class Thumbnails:
    """Pictures of the video that ``film`` opens; ``origin`` is the container's time shown as 0, in seconds.

    After ``last``, in seconds, no other picture comes.
    """

    def __init__(self, film: Callable[[], Film], origin: float, last: float) -> None:
        self._film = film
        self._origin = origin
        self._last = last
        self._kept: OrderedDict[tuple[float, float], bytes] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def at(self, times: Sequence[float], within: float) -> list[bytes]:
        """Give a JPEG for each time in seconds, empty where there is no picture.

        A key frame that begins at most ``within`` seconds before the time stands for it; else it is the frame shown
        at the time, as far as a bounded number of frames reaches.

        Raises
        ------
        MediaError
            when more than ``MOST_TIMES`` are asked for, or one is not a number.
        UnreadableError
            when the media cannot be opened any more.
        """
        if not all(map(math.isfinite, [*times, within])):
            raise MediaError("thumbnails are made for times in seconds: one of them is not a finite number")
        if len(times) > MOST_TIMES:
            raise MediaError(f"thumbnails are made for at most {MOST_TIMES} times in one request: ask for fewer")
        with self._lock:
            missing = sorted({time for time in times if (time, within) not in self._kept})
            found = dict(zip(missing, self._decode(missing, within), strict=True)) if missing else {}
            pictures = [found[time] if time in found else self._kept[time, within] for time in times]
            for time in times:
                self._keep((time, within), found.get(time))
            return pictures

    def _keep(self, key: tuple[float, float], picture: bytes | None) -> None:
        if picture is not None and key not in self._kept:
            self._kept[key] = picture
            self._size += len(picture)
        self._kept.move_to_end(key)
        while self._size > _MOST_KEPT and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])

    def _decode(self, times: list[float], within: float) -> Iterator[bytes]:
        with closing(self._film()) as film:
            walk = _Walk(film, self._origin)
            for time in times:
                # Not every container goes to a place outside of it.
                frame = walk.frame_at(min(max(time, 0.0), self._last), within)
                yield b"" if frame is None else _jpeg(frame, film.stream)


class _Walk:
    """Goes through a video for ascending times: jumps to key frames, decodes on where that is nearer."""

    def __init__(self, film: Film, origin: float) -> None:
        self._film = film
        self._origin = origin
        self._left = 0
        self._coming: Iterator[VideoFrame] = iter(())
        #: The frame reached, and the one decoded after it.
        self._reached: VideoFrame | None = None
        self._next: VideoFrame | None = None

    def frame_at(self, time: float, within: float) -> VideoFrame | None:
        self._left = _MOST_FRAMES
        if self._reached is None or not 0 <= time - self._time(self._reached) <= _NEAR:
            demuxed, key = self._jump(time)
            if key is None:
                return None
            if time - self._time(key) <= within and self._film.shows(key):
                self._reached = None
                return next(self._decoded(iter([key, None])), None)
            self._coming, self._reached = self._decoded(_chain(key, demuxed)), None
            self._next = next(self._coming, None)
        while self._next is not None and (self._reached is None or self._time(self._next) <= time + _ROUNDING):
            self._reached, self._next = self._next, next(self._coming, None) if self._left > 0 else None
        return self._reached

    def _jump(self, time: float) -> tuple[Iterator[Any], Any]:
        """Go to the last key frame that is shown at or before a time, or to the first; None when there is none."""
        demuxed: Iterator[Any] = iter(())
        key = None
        for back in _STEPS_BACK:
            target = time - back + self._origin
            try:
                demuxed = self._film.packets_from(round(target / self._film.base))
            except av.error.FFmpegError:
                continue
            key = next((packet for packet in demuxed if packet.is_keyframe and packet.pts is not None), None)
            if key is not None and self._time(key) <= time + _ROUNDING:
                break
        return demuxed, key

    def _decoded(self, demuxed: Iterator[Any]) -> Iterator[VideoFrame]:
        for packet in demuxed:
            try:
                frames = self._film.decode(packet)
            except av.error.FFmpegError:
                continue
            for frame in frames:
                self._left -= 1
                if frame.pts is not None:
                    yield frame

    def _time(self, item: Any) -> float:
        return float(item.pts * self._film.base) - self._origin


def _chain(key: Any, demuxed: Iterator[Any]) -> Iterator[Any]:
    yield key
    yield from demuxed


def _jpeg(frame: VideoFrame, stream: Any) -> bytes:
    """Encode a frame as it is shown: its pixels square, turned upright."""
    aspect = frame.width / frame.height * float(stream.sample_aspect_ratio or 1)
    turns = round(frame.rotation / 90) % 4
    shown = 1 / aspect if turns % 2 else aspect
    width, height = max(round(HEIGHT * shown), _WIDTHS[0]), HEIGHT
    if width > _WIDTHS[1]:
        width, height = _WIDTHS[1], max(2, round(_WIDTHS[1] / shown))
    size = (height, width) if turns % 2 else (width, height)
    pixels = frame.reformat(*size, format="rgb24").to_ndarray()
    turned: npt.NDArray[np.uint8] = np.ascontiguousarray(np.rot90(pixels, turns), np.uint8)
    upright = av.VideoFrame.from_ndarray(turned, format="rgb24")
    codec = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = width, height, "yuvj420p", Fraction(1, 25)
    codec.options = {"flags": "+qscale", "global_quality": str(4 * 118)}
    packed = upright.reformat(format="yuvj420p")
    packed.pts = 0
    return b"".join(bytes(packet) for packet in [*codec.encode(packed), *codec.encode(None)])
