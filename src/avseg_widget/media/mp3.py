"""Where the packets of an MP3 lie, and decoding from any of them: its own seek lands beside. Knows no browser."""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import av
import av.error

from .container import audio_stream, open_container, packets
from .mp3_frames import Frames, stated_frames
from .source import Place

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext

#: One packet in so many is kept: 11 kB for an hour.
STEP = 16
#: Packets decoded before the one that is wanted: an MP3's packets borrow up to 511 bytes of those before.
_PREROLL_PACKETS = 18
_CHUNK_BYTES = 16 * 1024
#: Bytes before the first packet within which the frame lies that states the length.
_HEAD_BYTES = 2048
#: Decoders of the other layers, by libav's names of these: others carry what they round on from packet to packet.
FLOATS = {"mp1": "mp1float", "mp2": "mp2float"}


class PacketIndex:
    """The byte and the time stamp of every 16th packet, as far as a pass over the packets has come."""

    def __init__(self) -> None:
        self._stamps, self._positions = array("q"), array("q")
        self._last = -1 << 62
        self._duration = 0
        self._count = 0
        #: Whether every packet is known.
        self.is_complete = False
        self._lock = threading.Lock()

    @classmethod
    def of(cls, frames: Frames, stamp: int, duration: int) -> PacketIndex:
        """Make the whole index of frames found at steps of ``STEP``, the first with a time stamp, each as long."""
        index = cls()
        index._positions = array("q", frames.places)
        index._stamps = array("q", range(stamp, stamp + frames.count * duration, STEP * duration))
        index._last, index._duration, index._count = stamp + (frames.count - 1) * duration, duration, frames.count
        index.is_complete = True
        return index

    def note(self, packet: Any) -> None:
        """Note a packet; those that were noted before are left out, so any pass from the start on may call this."""
        if packet.pts is None or packet.pos is None or packet.pos < 0 or not packet.duration:
            return
        with self._lock:
            if packet.pts <= self._last:
                return
            if self._count % STEP == 0:
                # In this order, as another thread may be looking for a place.
                self._positions.append(packet.pos)
                self._stamps.append(packet.pts)
            self._last, self._duration = packet.pts, packet.duration
            self._count += 1

    def finish(self) -> None:
        """Say that a pass came to the end."""
        self.is_complete = True

    def stated_end(self, place: Place, end: float) -> float | None:
        """Give the end that the file states, in seconds, when all its packets end at ``end``; None where it does not.

        libav takes its own guess for stated where the file's size is not the one that is written beside the length.
        """
        if not self._positions:
            return None
        with place.open() as file:
            file.seek(max(0, self._positions[0] - _HEAD_BYTES))
            count = stated_frames(file.read(min(self._positions[0], _HEAD_BYTES)))
        return None if count is None else end * count / self._count

    def frames(self, place: Place, stamp: int, codec: str) -> Iterator[tuple[int, Any]]:
        """Decode from some packets before the time stamp on; yields each frame's own stamp with it.

        ``codec`` is mp3, or mp2 or mp1, which have their packets in such files as well.

        A part that no pass has come to yet is looked through first, without decoding.
        """
        if stamp > self._last and not self.is_complete:
            self._extend(place, stamp)
        if not self._stamps:
            return
        first = max(0, bisect_right(self._stamps, stamp - _PREROLL_PACKETS * self._duration) - 1)
        at = self._stamps[first]
        context = cast("AudioCodecContext", av.CodecContext.create(FLOATS.get(codec, "mp3float"), "r"))
        for packet in _packets_at(place, self._positions[first], context):
            try:
                decoded: list[Any] = list(context.decode(packet))
            except av.error.FFmpegError:
                decoded = []
            for frame in decoded[:1]:
                yield at, frame
            # Also a packet that cannot be decoded takes its time.
            at += self._duration

    def _extend(self, place: Place, stamp: int) -> None:
        with open_container(place) as container:
            for packet in packets(container, audio_stream(container)):
                self.note(packet)
                if packet.pts is not None and packet.pts > stamp:
                    return
        self.finish()


def _packets_at(place: Place, position: int, context: AudioCodecContext) -> Iterator[Any]:
    with place.open() as file:
        file.seek(position)
        while data := file.read(_CHUNK_BYTES):
            yield from context.parse(data)
        yield from context.parse(None)
