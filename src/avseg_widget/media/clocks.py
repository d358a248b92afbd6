"""Recordings of MPEG-TS or MPEG-PS that follow one another in a file, each with a clock of its own. Decodes nothing.

They are read as stretches, in each of which the times are later by as much as puts it after the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from .stretches import OddError, StretchedContainer

if TYPE_CHECKING:
    from av.container import InputContainer

    from .source import Place

#: Containers of streams that run on a clock, of so many ticks a second.
CLOCKED, TICKS = {"mpegts", "mpeg"}, 90_000
#: Ticks by which the times of decoding go back where another recording begins, or leap where they are wrong: less is
#: jitter.
_BACK = TICKS
#: Ticks of silence where the sound does not follow at once: readers close gaps that are shorter than half of it.
_PAUSE = TICKS // 50
#: Ticks after which a clock begins anew; libav adds them to each time that lies before the first one.
_TURN = 1 << 33
#: Of the bytes after the last packet, how many, and what part of all, are more than the end of a recording.
_MOST_AFTER, _PART_AFTER = 1 << 16, 1 / 50
#: Bytes before the first packet of a recording within which it begins.
_NEAR = 1 << 20
#: Bytes of a packet that tell what it is.
_HEAD = 8
#: Bytes of a packet of MPEG-TS, with those in it before its mark; so many marks tell which it is.
_PACKETS, _MARK, _ALIKE = {188: 0, 192: 4, 204: 0}, 0x47, 4
#: What each pack of MPEG-PS begins with.
_PACK = b"\x00\x00\x01\xba"
#: Times of packets are up to one tick late, or half a tick early: in ticks, what is in the middle.
_MIDDLE = 0.25


def is_clocked(container: InputContainer) -> bool:
    """Return whether recordings of the container's kind are joined by writing one after the other."""
    return container.format.name in CLOCKED


class _Times:
    """When the packets of one stream of a recording are decoded and shown, in ticks, and where the first one lies.

    libav tells each by ``added`` ticks too late.
    """

    __slots__ = ("added", "begin", "end", "first", "last", "leapt", "place")

    def __init__(self, packet: Any, added: int) -> None:
        self.added = added
        self.first: int = packet.dts - added
        self.last: int = self.first
        #: The time after which it leapt for the first time.
        self.leapt: int | None = None
        self.begin: int = packet.pts - added
        self.end: int = self.begin + (packet.duration or 0)
        self.place: int | None = packet.pos

    def note(self, packet: Any) -> None:
        decoded, shown = packet.dts - self.added, packet.pts - self.added
        if self.leapt is None and decoded > self.last + _BACK:
            self.leapt = self.last
        self.last = decoded
        self.begin, self.end = min(self.begin, shown), max(self.end, shown + (packet.duration or 0))
        if self.place is None:
            self.place = packet.pos


class Clocks:
    """Notes the times of all packets of a file, and finds out where they begin anew."""

    def __init__(self) -> None:
        #: Of each stream the times of its recordings.
        self._times: dict[int, list[_Times]] = {}
        #: The stream of the sound, and its samples a second.
        self._sound: int | None = None
        self._rate = 0
        self._is_odd = False
        #: Where what is in packets ends, but for what lies between its parts.
        self._end = 0

    @property
    def joined_at(self) -> int | None:
        """The time, in ticks, at which the first recording ends; None where there is no other in all streams."""
        counts = {len(found) for found in self._times.values()}
        if self._is_odd or len(counts) != 1 or counts == {1}:
            return None
        return max(found[0].end for found in self._times.values())

    def is_more(self, size: int) -> bool:
        """Return whether so large a file goes on after its last packet, as with a recording of other streams."""
        return size - self._end > max(_MOST_AFTER, size * _PART_AFTER)

    def watch(self, packets: Iterator[Any]) -> Iterator[Any]:
        """Yield packets, and note them."""
        for packet in packets:
            if packet.dts is not None and packet.pts is not None and not packet.is_corrupt:
                self._note(packet)
            self._end = max(self._end, (packet.pos or 0) + packet.size)
            yield packet

    def cut(self, place: Place, origin: float) -> None:
        """Let a file have the recordings as its stretches; ``origin`` is the container's time shown as 0, in seconds.

        Raises
        ------
        OddError
            where it is not clear where one begins.
        """
        count = max(map(len, self._times.values()))
        with place.open() as file:
            begins = [0, *(self._begin(file, number) for number in range(1, count))]
        later, stretches = 0, place.stretches
        for number, begin in enumerate(begins):
            later = self._later(number, later, origin) if number else 0
            stretches.add(begin, begin)
            stretches.later.append(later)
            for stream, found in self._times.items():
                stretches.meet(stream, found[number].first + later)

    def _note(self, packet: Any) -> None:
        found = self._times.setdefault(packet.stream_index, [])
        added = _added(packet.dts, found[-1]) if found else 0
        decoded: int = packet.dts - added
        is_turned = bool(found) and added < found[-1].added
        if not found or is_turned or decoded < found[-1].last - _BACK:
            self._is_odd = self._is_odd or (bool(found) and _is_right_again(found, decoded, is_turned=is_turned))
            found.append(_Times(packet, added))
            if packet.stream.type == "audio":
                self._sound, self._rate = packet.stream_index, packet.stream.codec_context.sample_rate
            return
        if len(found) > 1 and decoded > found[-1].last + _BACK and decoded >= found[-2].last - _BACK:
            # The same, with the clock of before.
            self._is_odd = True
        found[-1].note(packet)

    def _begin(self, file: BinaryIO, number: int) -> int:
        places = [found[number].place for found in self._times.values()]
        first = min((place for place in places if place is not None), default=0)
        start = max(0, first - _NEAR)
        file.seek(start)
        return start + _begin_in(file.read(first + _HEAD - start), first - start)

    def _later(self, number: int, before: int, origin: float) -> int:
        """Return by how many ticks a recording is later than its clock, of which the one before is so much later."""
        pairs = [(found[number - 1], found[number]) for found in self._times.values()]
        follows = max(max(one.end - other.begin, one.last + 1 - other.first) for one, other in pairs)
        if self._sound is None or not self._rate:
            return before + follows
        one, other = (self._times[self._sound][each] for each in (number - 1, number))
        at_once = one.end - other.begin
        begin = other.begin + before + (at_once if follows == at_once else max(follows, at_once + _PAUSE))
        # Samples are counted, and the first one has to be found by its time, too.
        sample = round((begin / TICKS - origin) * self._rate)
        return round((sample / self._rate + origin) * TICKS - _MIDDLE) - other.begin


def _added(decoded: int, latest: _Times) -> int:
    """Return by how many ticks libav tells a packet too late that comes after others."""
    if decoded < latest.added:
        return 0
    own = decoded - latest.added
    is_before_first = own >= _TURN and own > latest.last + _TURN // 2
    return latest.added + _TURN * is_before_first


def _is_right_again(found: list[_Times], decoded: int, *, is_turned: bool) -> bool:
    """Return whether times were wrong for a while, so that no other recording begins."""
    latest = found[-1]
    if is_turned:
        after = decoded - found[-2].last
        return -_BACK <= after <= latest.last - latest.first + _BACK
    return latest.leapt is not None and decoded >= latest.leapt - _BACK


class ClockedContainer(StretchedContainer):
    """A file of recordings of which the first and one other are open.

    Raises
    ------
    OddError
        on the way, where a recording has other streams than the first one.
    """

    def demux(self, streams: Any) -> Iterator[Any]:
        """Yield the packets of one or more streams from here on."""
        wanted = [stream.index for stream in (streams if isinstance(streams, list) else [streams])]
        own = list(self._head.streams)
        while True:
            later, is_last = self._later(0), self._number + 1 == len(self._stretches.firsts)
            for packet in self._part.demux([self._part.streams[index] for index in wanted]):
                # With the one that is empty a decoder is told of the end.
                if packet.dts is None and not packet.size and not is_last:
                    continue
                if packet.pts is not None:
                    packet.pts += later
                if packet.dts is not None:
                    packet.dts += later
                packet.stream = own[packet.stream_index]
                yield packet
            if is_last:
                return
            self._go_to(self._number + 1)

    def _place_of(self, number: int) -> Place:
        begins = self._stretches.begins
        stop = begins[number + 1] if number + 1 < len(begins) else self._place.size
        return replace(self._place, start=begins[number], stop=stop)

    def _later(self, stream: int) -> int:  # noqa: ARG002 - all run on one clock
        return self._stretches.later[self._number]

    def _go_to(self, number: int) -> None:
        super()._go_to(number)
        if [_about(stream) for stream in self._part.streams] != [_about(stream) for stream in self._head.streams]:
            raise OddError


def _about(stream: Any) -> tuple[Any, ...]:
    context = stream.codec_context
    if context is None:
        return (stream.type,)
    kind = stream.type, stream.time_base, context.name
    return (*kind, context.sample_rate) if stream.type == "audio" else (*kind, getattr(context, "width", 0))


def _begin_in(data: bytes, last: int) -> int:
    """Return where a recording begins that has its first packet at a place of the data."""
    for size, sync in _PACKETS.items():
        marks = range(last + sync, -1, -size)
        if len(marks) > _ALIKE and all(data[mark] == _MARK for mark in marks[:_ALIKE]):
            # A list of the programmes, which has number 0, comes first.
            begins = (mark - sync for mark in marks[1:] if data[mark + 1] & 0x1F == 0 and data[mark + 2] == 0)
            begin = next(begins, -1)
            break
    else:
        begin = data.rfind(_PACK, 0, last + 1)
    if begin < 0:
        raise OddError
    return begin
