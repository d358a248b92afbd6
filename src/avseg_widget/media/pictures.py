"""A video's pictures as fragments: the file's own packets, or encoded anew for what plays them not. Knows no sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain, pairwise
from typing import Any

import av
import av.container
import numpy as np

from ..errors import MediaError
from .film import Film
from .fragments import Fragment, without_header, write_mp4

#: Seconds added to a fragment's times, as those of MP4 cannot be negative: the first packets are decoded before 0.
SHIFT = 10.0
#: Most bytes of the packets in one fragment; what is more is asked for next.
_MOST_BYTES = 8 * 1024 * 1024
#: Seconds that a browser may lack of the end.
_CLOSE = 0.01
#: Longest stretch that is encoded at once, in seconds, and the longest shorter and longer side of its pictures.
_MOST_ENCODED, _MOST_ROWS, _MOST_COLUMNS = 2.0, 720, 4096
_CODECS = {"h264": "h264", "vp9": "vp9", "libvpx-vp9": "vp9", "av1": "av1", "libdav1d": "av1"}
_ENCODERS = {
    "h264": ("libx264", {"preset": "superfast", "tune": "zerolatency", "crf": "24", "g": "9999"}),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "crf": "32", "lag-in-frames": "0"}),
}
_MIMES = {"h264": "avc1.640028", "vp9": "vp09.00.10.08", "av1": "av01.0.08M.08"}


class Pictures:
    """The pictures of a video, which stays open. ``duration`` is the media's, in seconds."""

    def __init__(self, film: Film, origin: float, duration: float) -> None:
        self._film = film
        self._stream, self._base, self._first = film.stream, film.base, film.first
        self._shift = round((SHIFT - origin) / self._base)
        self._end = round((SHIFT + duration) / self._base)
        self._codec = _CODECS.get(self._stream.codec_context.name, "")
        self._pending: Iterator[Any] = iter(())
        self._next: Any = None
        #: When the picture shown last of those that were copied begins and ends.
        self._latest: tuple[int, int] | None = None

    def fragment(self, start: float, end: float, codecs: Sequence[str], *, resume: bool) -> Fragment:
        """Give the pictures from the key frame before ``start`` up to ``end``, with ``resume`` from ``start`` itself.

        ``codecs`` are those that the browser plays, of h264, vp9 and av1.
        """
        if self._codec in codecs and self._can_be_copied():
            return self._copied(start, end, resume=resume)
        target = next((codec for codec in _ENCODERS if codec in codecs), None)
        if target is None:
            raise MediaError("this browser plays none of H.264, VP9 and AV1 from Python: use another browser")
        return self._encoded(start, min(end, start + _MOST_ENCODED), target, resume=resume)

    # The file's own packets.

    def _can_be_copied(self) -> bool:
        first, extra = self._first, self._stream.codec_context.extradata
        if not self._film.is_plain or first.dts is None or not first.is_keyframe or first.is_discard:
            return False
        # Packets of a broadcast's kind lack the header that MP4 needs.
        has_header = self._codec == "vp9" or bool(extra and extra[0] in {1, 0x81})
        return has_header and first.pts + self._shift >= round(SHIFT / self._base) - 1

    def _copied(self, start: float, end: float, *, resume: bool) -> Fragment:
        stop = self._ticks(end)
        if not (resume and self._next is not None and self._next.dts == self._ticks(start)):
            self._go_to(self._ticks(start), by_decoding=resume)
        taken: list[Any] = []
        size = 0
        packet = self._next
        while packet is not None and (not taken or (packet.dts < stop and size < _MOST_BYTES)):
            taken.append(packet)
            size += packet.size
            packet = self._read()
        self._next = packet
        if not taken:
            raise MediaError(f"there are no pictures after {start} s")
        begin = self._seconds(taken[0].dts if resume else taken[0].pts)
        after = self._seconds(packet.dts) if packet is not None else self._end * float(self._base) - SHIFT
        # Packets are others once they are muxed.
        shown = self._shown_until(taken, packet, resume=resume)
        data = self._muxed(taken, packet)
        if resume:
            data = without_header(data)
        if packet is None:
            data += self._held(shown)
        mime = f'video/mp4; codecs="{self._mime()}"'
        return Fragment(data, mime, begin, max(after, end if packet is None else 0), -SHIFT)

    def _go_to(self, ticks: int, *, by_decoding: bool) -> None:
        """Let the next packet be the last key frame shown at or before a time, or the packet decoded there."""
        for target in self._targets(ticks):
            self._pending = self._film.packets_from(max(target, self._first.dts))
            packet = self._read()
            # After the last picture some files have none but sound.
            if packet is not None and packet.pts <= ticks:
                break
        if by_decoding:
            while packet is not None and packet.dts < ticks:
                packet = self._read()
        self._next = packet

    def _targets(self, ticks: int) -> Iterator[int]:
        """Yield where to jump for what is shown at a time, farther and farther back: it is decoded before."""
        back = 0
        while back <= 120 / self._base:
            yield ticks - back
            back = 2 * back or round(1 / self._base)

    def _read(self) -> Any:
        # Where a packet has no time for decoding, it is decoded when it is shown.
        for packet in self._pending:
            # Browsers give up on a picture that is cut.
            if packet.pts is not None and not packet.is_corrupt:
                if packet.dts is None:
                    packet.dts = packet.pts
                return packet
        return None

    def _muxed(self, taken: list[Any], following: Any) -> bytes:
        first = taken[0].pts == self._first.pts
        stamps = [packet.dts for packet in taken]
        for packet, after in zip(taken, [*stamps[1:], following.dts if following is not None else None], strict=True):
            # The last picture stays until the media's end.
            ahead = self._end - packet.pts - self._shift if after is None else after - packet.dts
            packet.duration = max(ahead, packet.duration or 1, 1) if after is None else max(ahead, 1)
            packet.pts += self._shift
            packet.dts += self._shift
        if first:
            # A browser waits for a picture at 0: a late first one is shown from there on.
            shown = min(taken[0].pts, round(SHIFT / self._base))
            taken[0].dts = min(taken[0].dts, shown)
            taken[0].pts = shown

        def fill(out: av.container.OutputContainer) -> None:
            # As it is: for the decoders of some codecs there is no encoder of the same name.
            stream = out.add_stream_from_template(self._stream, opaque=True)
            stream.time_base = self._base
            for packet in taken:
                packet.stream = stream
                out.mux(packet)

        return write_mp4(fill)

    def _shown_until(self, taken: list[Any], following: Any, *, resume: bool) -> int:
        """Return the end of the picture shown last; one that is decoded last stays until the media's end."""
        last, after = max(pairwise([*taken, following]), key=lambda pair: pair[0].pts)
        end = self._end - self._shift if after is None else last.pts + max(after.dts - last.dts, 1)
        # It may be one that was sent before.
        if self._latest is None or not resume or last.pts > self._latest[0]:
            self._latest = last.pts, end
        return self._latest[1]

    def _held(self, shown_until: int) -> bytes:
        """Give the picture shown last from its end to the media's, where others that are decoded later come before.

        A browser has pictures no longer than to that end, and would wait there for ever.
        """
        start = shown_until + self._shift
        if self._end - start <= _CLOSE / self._base or self._codec not in _ENCODERS:
            return b""
        shown = max(self._frames_from(shown_until), key=lambda frame: frame.pts, default=None)
        if shown is None:
            return b""
        aspect = float(self._stream.sample_aspect_ratio or 1)
        return _encode(iter([_upright(shown, aspect)]), [start, self._end], self._base, self._codec)

    def _mime(self) -> str:
        extra = self._stream.codec_context.extradata
        if self._codec == "h264" and extra:
            return f"avc1.{extra[1:4].hex()}"
        return _MIMES[self._codec]

    # Encoded anew.

    def _encoded(self, start: float, end: float, codec: str, *, resume: bool) -> Fragment:
        # Before the first picture there is none but that one.
        first, stop = self._ticks(start), max(self._ticks(end), self._first.pts + 1)
        shown: list[Any] = []
        after: int | None = None
        for frame in self._frames_from(first):
            if frame.pts >= stop:
                after = frame.pts
                break
            # After damage they come in any order.
            if shown and frame.pts <= shown[-1].pts:
                continue
            if frame.pts <= first or (resume and frame.pts < first):
                shown.clear()
            shown.append(frame)
        if not shown:
            raise MediaError(f"there are no pictures from {start} s to {end} s")
        stamps = [frame.pts + self._shift for frame in shown]
        if not resume and shown[0].pts > first and shown[0].pts <= self._first.pts:
            stamps[0] = round(SHIFT / self._base)
        stamps.append(after + self._shift if after is not None else max(self._end, stamps[-1] + 1))
        begin, until = (stamp * float(self._base) - SHIFT for stamp in (stamps[0], stamps[-1]))
        aspect = float(self._stream.sample_aspect_ratio or 1)
        data = _encode((_upright(frame, aspect) for frame in shown), stamps, self._base, codec)
        return Fragment(data, f'video/mp4; codecs="{_MIMES[codec]}"', begin, until, -SHIFT)

    def _frames_from(self, ticks: int) -> Iterator[Any]:
        self._next = None
        found: Iterator[Any] = iter(())
        key: Any = None
        for target in self._targets(ticks):
            found = self._film.packets_from(max(target, self._first.dts or 0))
            # Some containers are gone to between key frames.
            key = next((packet for packet in found if packet.is_keyframe or packet.pts is None), None)
            if key is not None and key.size and (key.pts is None or key.pts <= max(ticks, self._first.pts)):
                break
        for packet in chain([key], found):
            try:
                decoded = self._film.decode(packet)
            except av.error.FFmpegError:
                continue
            yield from (frame for frame in decoded if frame.pts is not None)

    def _ticks(self, time: float) -> int:
        """Give a time on the browser's timeline as the file's own."""
        return round((time + SHIFT) / self._base) - self._shift

    def _seconds(self, ticks: int) -> float:
        return (ticks + self._shift) * float(self._base) - SHIFT


def _encode(pictures: Iterator[Any], stamps: list[int], base: Fraction, codec: str) -> bytes:
    name, options = _ENCODERS[codec]
    picture = next(pictures)
    rate = max(1, round((len(stamps) - 1) / max(float((stamps[-1] - stamps[0]) * base), 1e-3)))
    durations = {stamp: after - stamp for stamp, after in pairwise(stamps)}

    def fill(out: av.container.OutputContainer) -> None:
        stream: Any = out.add_stream(name, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
        stream.codec_context.time_base = stream.time_base = base

        def mux(encoded: list[Any]) -> None:
            for packet in encoded:
                packet.duration = durations.get(packet.pts, packet.duration)
                out.mux(packet)

        for frame, stamp in zip([picture, *pictures], stamps, strict=False):
            frame.pts, frame.time_base, frame.pict_type = stamp, base, av.video.frame.PictureType.NONE
            mux(stream.encode(frame))
        mux(stream.encode(None))

    return write_mp4(fill)


def _upright(frame: Any, aspect: float) -> Any:
    """Bring a picture to at most 720 rows, square pixels, an even size and its right side up.

    ``aspect`` is how many times wider than high its pixels are shown.
    """
    wide = frame.width * aspect
    scale = min(1.0, _MOST_ROWS / min(wide, frame.height), _MOST_COLUMNS / max(wide, frame.height))
    size = {"width": max(2, round(wide * scale / 2) * 2), "height": max(2, round(frame.height * scale / 2) * 2)}
    if not frame.rotation:
        return frame.reformat(format="yuv420p", **size)
    pixels = frame.reformat(format="rgb24", **size).to_ndarray()
    turned = np.ascontiguousarray(np.rot90(pixels, frame.rotation // 90))
    return av.VideoFrame.from_ndarray(turned, format="rgb24").reformat(format="yuv420p")
