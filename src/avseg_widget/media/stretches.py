"""A long FLV in stretches, opened in turn, as libav lists each packet of sound that it comes by. Decodes nothing.

Its packets have times of their own, so that a stretch is the beginning of the file and then its bytes from a packet on.
Those of an AVI are cut by its index.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.container import InputContainer

    from .avi_stretches import AviCuts
    from .mp4_segments import Segments
    from .source import Place

#: Packets of the first stretch, and of each other one, which go on to the next key frame: an hour, or four minutes.
FIRST, PART = 250_000, 1 << 14
#: Bytes of the beginning that each stretch has for libav to tell what it is; and the most of them, for long packets.
HEAD, _MOST_HEAD = 1 << 20, 1 << 25
#: Bytes after the last packet of a stream within which a stretch may begin, so that no stream's settings are missed.
_NEAR = 1 << 24
#: Streams that are looked at.
_KINDS = ("video", "audio")
#: How many times longer than the beginning each stretch is at least.
_TIMES = 4
#: A list of where the key frames lie, in the file as it was, and another name, under which libav does not look for it.
_LIST, _NO_LIST = b"\x00\x09keyframes", b"\x00\x09key_moved"


class OddError(Exception):
    """A file is not of the plain kind that can be read in stretches."""


class Stretches:
    """Where the stretches of a file begin; none where it is read as one."""

    def __init__(self) -> None:
        #: The beginning of the file, which each but the first has before its own bytes.
        self.head = b""
        #: Of an AVI, what makes its stretches.
        self.avi: AviCuts | None = None
        #: The same of an MP4 from far.
        self.segments: Segments | None = None
        #: Where each runs on a clock of its own, by how many ticks it is later than that.
        self.later = array("q")
        #: The byte from which on each is read, and that of its own first packet.
        self.begins, self.firsts = array("q"), array("q")
        #: For each stream when its first packet of each stretch, or after it, is decoded.
        self._stamps: dict[int, array[int]] = {}

    def __bool__(self) -> bool:
        return len(self.firsts) > (self.segments is None)

    def take(self, learned: Stretches) -> None:
        """Be as others that were learned; whoever reads meanwhile sees all of them or none."""
        self.head, self.begins, self._stamps = learned.head, learned.begins, learned._stamps
        self.firsts = learned.firsts

    def clear(self) -> None:
        """Let it be read as one."""
        del self.begins[:], self.firsts[:], self.later[:]
        self._stamps.clear()
        self.head, self.avi, self.segments = b"", None, None

    def add(self, begin: int, first: int) -> None:
        """Add a stretch after the others."""
        self.begins.append(begin)
        self.firsts.append(first)

    def meet(self, stream: int, stamp: int) -> None:
        """Note a packet of the last stretch, by when it is decoded.

        Raises
        ------
        OddError
            where times go back.
        """
        stamps = self._stamps.setdefault(stream, array("q"))
        if len(stamps) < len(self.firsts):
            if stamps and stamp < stamps[-1]:
                raise OddError
            stamps.extend([stamp] * (len(self.firsts) - len(stamps)))

    def at(self, stream: int, stamp: int) -> int:
        """Return the stretch of the last packet of a stream that is decoded at or before a time."""
        return max(0, bisect_right(self._stamps.get(stream, array("q")), stamp) - 1)


class StretchedContainer:
    """A file of which the first and one other stretch are open; ``opened`` opens what is no more than a stretch."""

    def __init__(self, place: Place, opened: Callable[[Place], AbstractContextManager[InputContainer]]) -> None:
        self._place = replace(place, stretches=Stretches())
        self._stretches = place.stretches
        self._opened = opened
        self._stack = ExitStack()
        first = self._place_of(0)
        #: How much later a packet lies in the file than in each of the two that are open.
        self._head_shift = self._shift = first.start - len(first.header)
        self._head = self._part = self._stack.enter_context(opened(first))
        self._other = self._stack.enter_context(ExitStack())
        self._number = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._head, name)

    def close(self) -> None:
        """Close the file."""
        self._stack.close()

    def seek(self, stamp: int, *, stream: Any, backward: bool) -> None:
        """Go to the last key packet of a stream that is decoded at or before a time.

        Raises
        ------
        av.error.FFmpegError
            where there is none.
        """
        for each in self._head.streams:
            if each.codec_context is not None:
                each.codec_context.flush_buffers()
        self._go_to(self._at(stream, stamp))
        own = self._part.streams[stream.index]
        self._part.seek(stamp - self._later(stream.index), stream=own, backward=backward)

    def demux(self, streams: Any) -> Iterator[Any]:
        """Yield the packets of one or more streams from here on."""
        wanted = [stream.index for stream in (streams if isinstance(streams, list) else [streams])]
        own = list(self._head.streams)
        while True:
            shift, first = self._shift, self._stretches.firsts[self._number]
            for packet in self._part.demux([self._part.streams[index] for index in wanted]):
                place = packet.pos
                if place is not None:
                    place += shift
                    if place < first:
                        continue
                if self._is_beyond(packet, place):
                    break
                if self._number:
                    packet.stream = own[packet.stream.index]
                yield packet
            else:
                return
            self._go_to(self._number + 1)

    def _place_of(self, number: int) -> Place:
        if not number:
            return self._place
        return replace(self._place, header=self._stretches.head, start=self._stretches.begins[number])

    def _at(self, stream: Any, stamp: int) -> int:
        return self._stretches.at(stream.index, stamp)

    def _later(self, stream: int) -> int:  # noqa: ARG002 - an AVI's streams differ
        """Return how much later a packet is in the whole than in the stretch that is open."""
        return 0

    def _is_beyond(self, packet: Any, place: int | None) -> bool:  # noqa: ARG002 - what is read first learns of it
        """Return whether a packet belongs to the next stretch."""
        following = self._number + 1
        is_last = following == len(self._stretches.firsts)
        return not is_last and place is not None and place >= self._stretches.firsts[following]

    def _go_to(self, number: int) -> None:
        if number == self._number:
            return
        self._number, self._part, self._shift = 0, self._head, self._head_shift
        self._other.close()
        if number:
            found = self._place_of(number)
            self._part = self._other.enter_context(self._opened(found))
            self._number, self._shift = number, found.start - len(found.header)
            for stream, first in zip(self._part.streams, self._head.streams, strict=False):
                stream.discard = first.discard

    def _seen_kinds(self) -> list[tuple[Any, ...]]:
        return [(stream.type, stream.time_base, stream.codec_context is None) for stream in self._part.streams]


class LearningContainer(StretchedContainer):
    """A file that is read through once, and taken apart in stretches on the way.

    Raises
    ------
    OddError
        on the way, where stretches would not be read as the whole is.
    """

    def __init__(self, place: Place, opened: Callable[[Place], AbstractContextManager[InputContainer]]) -> None:
        super().__init__(place, opened)
        self._stretches.add(0, 0)
        self._main = next((stream.index for stream in (*self._head.streams.video, *self._head.streams.audio)), -1)
        self._kinds = self._seen_kinds()
        self._count = self._head_end = 0
        self._last: dict[int, int] = {}
        #: Streams of which the stretch has a packet.
        self._met: set[int] = set()
        self._expected: tuple[Any, ...] | None = None

    def demux(self, streams: Any) -> Iterator[Any]:
        """Yield the packets of some streams, and learn of those of all."""
        wanted = {stream.index for stream in (streams if isinstance(streams, list) else [streams])}
        known = [stream for stream, kind in zip(self._head.streams, self._kinds, strict=False) if kind[0] in _KINDS]
        return (packet for packet in super().demux(known) if packet.stream.index in wanted)

    def _is_beyond(self, packet: Any, place: int | None) -> bool:
        if place is None and not packet.size:
            return False
        index, stamp = packet.stream.index, packet.dts
        # Packets without a place came together with another one.
        if place is None or stamp is None or (self._expected is not None and self._expected != about(packet, place)):
            raise OddError
        self._expected = None
        if self._count >= (PART if self._number else FIRST) and index == self._main and packet.is_keyframe:
            begin = min(self._last.values())
            is_long = place - self._stretches.firsts[-1] >= _TIMES * self._head_end
            if self._head_end and self._head_end <= begin and place - begin <= _NEAR and is_long:
                self._begin(begin, place)
                self._expected = about(packet, place)
                return True
        if not self._head_end and place >= HEAD:
            self._head_end = place
        self._count += 1
        self._last[index] = place
        if index not in self._met:
            self._met.add(index)
            self._stretches.meet(index, stamp)
        return False

    def _begin(self, begin: int, first: int) -> None:
        if not self._stretches.head:
            if self._head_end > _MOST_HEAD:
                raise OddError
            with self._place.open() as file:
                self._stretches.head = file.read(self._head_end).replace(_LIST, _NO_LIST)
        self._stretches.add(begin, first)
        self._count = 0
        self._met.clear()

    def _go_to(self, number: int) -> None:
        super()._go_to(number)
        if self._seen_kinds() != self._kinds:
            raise OddError


def about(packet: Any, place: int | None) -> tuple[Any, ...]:
    """Return what tells a packet from others, first of all its place, its stream and when it is decoded."""
    return place, packet.stream.index, packet.dts, packet.pts, packet.size, packet.duration, packet.is_keyframe
