"""A long MP4 from far, opened in stretches in turn; read whole from where these turn out wrong. Decodes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import av
import av.error

from ..errors import MediaError
from .mp4_segments import Segments, begins_segment
from .stretches import StretchedContainer, Stretches, about

if TYPE_CHECKING:
    from av.container import InputContainer

    from .source import Place

#: What tells decoders how much sound to leave out.
_LEFT_OUT = "skip_samples"
#: What of :func:`about` tells where a packet is.
_WHERE = slice(0, 3)


class SegmentedContainer(StretchedContainer):
    """An MP4 of which the first and one other stretch are open.

    Where one stretch follows another the packets of both are compared. If these differ, the file is read as one from
    there on, and so is all that opens it later.
    """

    def __init__(
        self, place: Place, segments: Segments, opened: Callable[[Place], AbstractContextManager[InputContainer]]
    ) -> None:
        self._segments = segments
        self._is_whole = False
        #: What the next packet is, as the stretch before told it.
        self._expected: tuple[Any, ...] | None = None
        #: For each stream how long its latest packet lasts.
        self._durations: dict[int, int] = {}
        super().__init__(place, opened)
        # Others may find meanwhile that these are wrong, and clear them.
        self._shared, self._stretches = place.stretches, segments.stretches()
        self._kinds = self._seen_kinds()

    @property
    def duration(self) -> int:
        """How long it lasts, in microseconds: to libav what comes before the first picture lasts twice as long."""
        return self._segments.end(av.time_base) - (self._head.start_time or 0)

    def seek(self, stamp: int, *, stream: Any, backward: bool) -> None:
        self._expected = None
        super().seek(self._time_of_key(stamp, stream), stream=stream, backward=backward)

    def demux(self, streams: Any) -> Iterator[Any]:
        """Yield the packets of one or more streams from here on."""
        wanted = [stream.index for stream in (streams if isinstance(streams, list) else [streams])]
        own = list(self._head.streams)
        while True:
            part = self._part
            for packet in part.demux([part.streams[index] for index in wanted]):
                place = None if packet.pos is None else packet.pos + self._shift
                self._fill_duration(packet)
                if not self._is_expected(packet, place):
                    if self._is_whole:
                        continue
                    self._read_whole()
                    break
                self._expected = None
                if not self._is_whole and self._is_beyond(packet, place):
                    self._expected = about(packet, place)
                    self._go_to(self._number + 1)
                    break
                packet.stream = own[packet.stream.index]
                yield self._begun(packet)
            else:
                return

    def _time_of_key(self, stamp: int, stream: Any) -> int:
        """Return a time in the last segment that has a key packet of a stream at or before a time.

        From a segment without one libav goes to any other one that it knows, and then on to the one after that without.
        """
        for latest, place in self._segments.before(stream.id, stamp, stream.time_base.denominator):
            if self._is_whole:
                return stamp
            if self._has_key(latest, stream, place):
                return latest
        self._read_whole()
        return stamp

    def _has_key(self, stamp: int, stream: Any, place: int) -> bool:
        """Say whether a key packet is found that is decoded at or before a time, and lies at or after a place."""
        if place == self._stretches.firsts[0]:
            return True
        try:
            super().seek(stamp, stream=stream, backward=True)
            packet = next(self._part.demux([self._part.streams[stream.index]]))
        except (av.error.FFmpegError, StopIteration):
            return False
        if packet.pos is None or packet.dts is None:
            return False
        return bool(packet.is_keyframe and packet.dts <= stamp and packet.pos + self._shift >= place)

    def _fill_duration(self, packet: Any) -> None:
        """Let a packet last as long as the one before where libav does not know, as of VP9 where a stretch begins."""
        if packet.duration:
            self._durations[packet.stream.index] = packet.duration
        elif packet.size and self._number and not self._is_whole:
            packet.duration = self._durations.get(packet.stream.index, 0)

    def _begun(self, packet: Any) -> Any:
        """Let no sound be left out of a packet, as where a stream begins: only the first stretch is a beginning."""
        if self._number and not self._is_whole and packet.has_sidedata(_LEFT_OUT):
            left_out = packet.get_sidedata(_LEFT_OUT)
            left_out.update(bytes(len(bytes(left_out))))
            packet.set_sidedata(left_out)
        return packet

    def _is_expected(self, packet: Any, place: int | None) -> bool:
        if self._expected is None:
            return True
        found = about(packet, place)
        return found[_WHERE] == self._expected[_WHERE] if self._is_whole else found == self._expected

    def _place_of(self, number: int) -> Place:
        return self._segments.place(self._place, number)

    def _at(self, stream: Any, stamp: int) -> int:
        return self._segments.at(stream.id, stamp, stream.time_base.denominator)

    def _go_to(self, number: int) -> None:
        if self._is_whole:
            return
        try:
            super()._go_to(number)
            is_odd = self._seen_kinds() != self._kinds or not begins_segment(self._place_of(number))
        except MediaError as error:
            # What is lost is so for all.
            if error.gone:
                raise
            is_odd = True
        if is_odd:
            self._read_whole()

    def _read_whole(self) -> None:
        self._shared.take(Stretches())
        self._is_whole = True
        self._other.close()
        self._part, self._shift = self._other.enter_context(self._opened(self._place)), 0
        for stream, first in zip(self._part.streams, self._head.streams, strict=False):
            stream.discard = first.discard
