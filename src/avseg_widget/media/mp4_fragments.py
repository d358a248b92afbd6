"""The lists of packets in the fragments of an MP4. Knows no decoder.

The boxes: ISO/IEC 14496-12, section 8.8.
"""

from __future__ import annotations

import io
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from .boxes import boxes, boxes_in
from .mp4_kept import KeptLists
from .mp4_tables import TableTrack
from .mp4_track import MOST_TIME, Ints, OddError, spread

#: Whole numbers in less memory, and yes or no.
Some: TypeAlias = npt.NDArray[np.int32] | npt.NDArray[np.uint32]
Flags: TypeAlias = npt.NDArray[np.bool_]

#: Packets of which one place is remembered, at least.
STRETCH = 1_000
#: What stands for the place of packets that are in tables.
IN_TABLES = -1
#: What stands for the place of a fragment, from which those of its packets are counted.
AT_MOOF = -1
#: Numbers as they are in a file.
_NUMBER, _SIGNED = np.dtype(">u4"), np.dtype(">i4")
#: Most boxes between two fragments; most bytes of one's list, and most packets of a track in it.
_MOST_BETWEEN, _MOST_LISTED, _MOST_PACKETS = 10_000, 1 << 24, 1 << 15
#: Most units from a packet to the next one, as files have it.
_MOST_STEP = 0x7FFFFFFF
#: Flags of the headers of a track's fragment and of a run.
_BASE, _DESCRIPTION, _DURATION, _SIZE, _FLAGS, _AT_MOOF = 1, 2, 8, 0x10, 0x20, 0x20000
_OFFSET, _FIRST_FLAGS = 1, 4
#: What each packet of a run may have of its own: how long it lasts, its bytes, its flags, and how late it is shown.
_OWN = (0x100, 0x200, 0x400, 0x800)
#: Flags of packets from which decoding cannot begin: these say so, or that they depend on others.
_NO_KEY = 0x01010000


class Defaults(NamedTuple):
    """What holds for the packets of a track that do not say otherwise."""

    duration: int
    size: int
    flags: int


@dataclass(frozen=True, slots=True)
class Run:
    """Packets of one track whose bytes follow one another; what they have of their own is at ``at``."""

    content: bytes
    at: int
    flags: int
    count: int
    place: int
    given: Defaults
    first_flags: int | None

    def own(self, flag: int) -> npt.NDArray[np.uint32] | None:
        """Return what each packet has of its own of a kind; None where all have what is given."""
        if not self.flags & flag:
            return None
        width = sum(self.flags & each != 0 for each in _OWN)
        before = sum(self.flags & each != 0 for each in _OWN if each < flag)
        return np.frombuffer(self.content, _NUMBER, self.count * width, self.at)[before::width]

    def durations(self) -> tuple[int, int, int]:
        """Return how long all packets last, the longest, and the last one."""
        own = self.own(_OWN[0])
        if own is None:
            return self.count * self.given.duration, self.given.duration, self.given.duration
        return int(own.sum(dtype=np.int64)), int(own.max()), int(own[-1])

    def stands(self) -> bool:
        """Say whether one is decoded when the one before is."""
        own = self.own(_OWN[0])
        return (self.count > 1 and not self.given.duration) if own is None else not np.all(own[:-1])

    def late(self) -> tuple[int, int]:
        """Return the least and the greatest time by which one is shown later."""
        own = self.own(_OWN[3])
        if own is None:
            return 0, 0
        late = own.view(_SIGNED)
        return int(late.min()), int(late.max())

    def are_keys(self) -> bool:
        """Say whether decoding can begin at each packet."""
        own = self.own(_OWN[2])
        if own is None:
            flags = self.given.flags if self.count > 1 or self.first_flags is None else 0
            return (flags | (self.first_flags or 0)) & _NO_KEY == 0
        return not bool(np.any(own & _NO_KEY))

    def end(self) -> int:
        """Return the place after the last packet."""
        own = self.own(_OWN[1])
        return self.place + (self.count * self.given.size if own is None else int(own.sum(dtype=np.int64)))

    def packets(self) -> tuple[Ints, Some, Ints, Ints, Flags]:
        """Return how long each lasts, how late it is shown, its bytes, its place, and whether decoding can begin."""
        found = [self.own(flag) for flag in _OWN]
        durations, sizes, kinds, late = (
            np.full(self.count, value) if own is None else own.astype(np.int64)
            for own, value in zip(found, (*self.given, 0), strict=True)
        )
        if self.first_flags is not None and found[2] is None:
            kinds[:1] = self.first_flags
        return durations, late.astype(np.int32), sizes, self.place + np.cumsum(sizes) - sizes, kinds & _NO_KEY == 0


class Packets(NamedTuple):
    """Packets that follow one another in one track: when each is decoded, and by how much later it is shown."""

    times: Ints
    late: Some
    sizes: Some
    places: Ints
    keys: Flags


@dataclass
class Listing:
    """Where the packets of a track are listed in a file."""

    #: Packets before the first fragment, in tables.
    before: TableTrack | None = None
    #: Of some packets: where the fragment is that begins with them, their number, and when they are decoded.
    fragments: array[int] = field(default_factory=lambda: array("q"))
    packets: array[int] = field(default_factory=lambda: array("q"))
    times: array[int] = field(default_factory=lambda: array("q"))
    count: int = 0
    end: int = 0
    #: The least and the greatest time by which one is shown later; whether decoding can begin at each packet.
    least: int = 0
    most: int = 0
    all_keys: bool = True
    #: The last place of the file at which packets begin.
    place: int = 0
    #: The bytes of all packets.
    bytes: int = 0
    _last: int = 0
    #: The latest fragment, and the packets in it.
    _latest: int = IN_TABLES
    _packets: int = 0
    #: Whether a packet is decoded when the one before is.
    stands: bool = False

    def __post_init__(self) -> None:
        if self.before is not None:
            found = of_tables(self.before)
            self._note(IN_TABLES, 0)
            self.count, self.end, self._last = self.before.count, self.before.end, int(found.times[-1])
            self.least, self.most = min(0, int(found.late.min())), max(0, int(found.late.max()))
            self.all_keys = bool(found.keys.all())

    def add(self, fragment: int, time: int | None, runs: list[Run]) -> None:
        """Count the packets of a fragment, which begins at a time or where the one before ends."""
        start = self.end if time is None else time
        if self.count and not 0 <= start - self._last <= _MOST_STEP:
            raise OddError
        if fragment != self._latest:
            self._note(fragment, start)
            self._latest, self._packets = fragment, 0
        self.end = start
        for run in runs:
            self.stands = self.stands or (self.count > 0 and self.end == self._last) or run.stands()
            length, longest, last = run.durations()
            least, most = run.late()
            self.count += run.count
            self._packets += run.count
            self.bytes += run.end() - run.place
            self.end += length
            self._last = self.end - last
            self.least, self.most = min(self.least, least), max(self.most, most)
            self.all_keys = self.all_keys and run.are_keys()
            self.place = max(self.place, run.place)
            if longest > _MOST_STEP or self.end > MOST_TIME or self._packets > _MOST_PACKETS:
                raise OddError

    def _note(self, fragment: int, start: int) -> None:
        is_first = not self.fragments or self.fragments[-1] == IN_TABLES
        if is_first or self.count - self.packets[-1] >= STRETCH:
            self.fragments.append(fragment)
            self.packets.append(self.count)
            self.times.append(start)


def list_fragments(
    file: BinaryIO,
    start: int,
    listings: dict[int, Listing],
    defaults: dict[int, Defaults],
    head: int,
    *,
    most: int,
    kept: KeptLists | None = None,
) -> int:
    """List the packets of each track, by its number, and return where the first ``head`` ones end in the file.

    These go on until each track has one, but no further than the first ``most``.

    Where lists are ``kept``, those places of fragments are noted that they have there.

    Raises
    ------
    OddError
        where a fragment is of an odd kind.
    """
    size = file.seek(0, io.SEEK_END)
    stop = 0
    for position, content in fragments(file, start, size):
        # More than there are bytes is no list that any writer wrote.
        if sum(each.bytes for each in listings.values()) > size:
            raise OddError
        counts = [each.count for each in listings.values()]
        if not stop and sum(counts) >= (head if all(counts) else most):
            if not all(counts):
                raise OddError
            stop = position
        place = position if kept is None else kept.add(position, content)
        for number, time, runs in parsed(content, position, defaults):
            listings[number].add(place, time, runs)
    return stop or size


def fragments(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Yield where each fragment begins and what its list holds, from a place between two boxes on.

    A list that is cut is left out.
    """
    position, between = start, 0
    for name, body, end in boxes(file, start, stop, most=stop):
        between = 0 if name == b"moof" else between + 1
        if between > _MOST_BETWEEN or (name == b"moof" and end - body > _MOST_LISTED):
            raise OddError
        if name == b"moof" and end <= stop:
            file.seek(body)
            yield position, file.read(end - body)
        position = end


def parsed(content: bytes, position: int, defaults: dict[int, Defaults]) -> Iterator[tuple[int, int | None, list[Run]]]:
    """Yield the number of each track of a fragment, when its first packet is decoded, and its runs of packets."""
    latest: Run | None = None
    for name, body, end in boxes_in(content, 0, len(content)):
        if name != b"traf":
            continue
        time: int | None = None
        number, base, given = 0, position, Defaults(0, 0, 0)
        runs: list[Run] = []
        for inner, start, stop in boxes_in(content, body, end):
            if inner == b"tfhd":
                number, given, place = _header(content[start:stop], defaults)
                # Else the packets follow those of the track before.
                if place is None:
                    place = latest.end() if latest is not None else AT_MOOF
                base = position if place == AT_MOOF else place
            elif inner == b"tfdt":
                (time,) = struct.unpack_from(">Q" if content[start] == 1 else ">I", content, start + 4)
            elif inner == b"trun":
                run = _run(content[start:stop], base, given, is_first=not runs)
                if run is not None:
                    runs.append(run)
                    latest = run
        if runs:
            yield number, time, runs


def _header(content: bytes, defaults: dict[int, Defaults]) -> tuple[int, Defaults, int | None]:
    """Return the number of a track, what holds for its packets, and the place that theirs are counted from."""
    flags, number = struct.unpack_from(">II", content)
    duration, size, kind = defaults[number]
    place = AT_MOOF if flags & _AT_MOOF else None
    at = 8
    if flags & _BASE:
        (place,) = struct.unpack_from(">Q", content, at)
        at += 8
    if flags & _DESCRIPTION:
        if struct.unpack_from(">I", content, at) != (1,):
            raise OddError
        at += 4
    if flags & _DURATION:
        (duration,) = struct.unpack_from(">I", content, at)
        at += 4
    if flags & _SIZE:
        (size,) = struct.unpack_from(">I", content, at)
        at += 4
    if flags & _FLAGS:
        (kind,) = struct.unpack_from(">I", content, at)
    return number, Defaults(duration, size, kind), place


def _run(content: bytes, base: int, given: Defaults, *, is_first: bool) -> Run | None:
    flags, count = struct.unpack_from(">II", content)
    at = 8
    place = base
    if flags & _OFFSET:
        place += struct.unpack_from(">i", content, at)[0]
        at += 4
    elif not is_first:
        raise OddError
    first_flags = None
    if flags & _FIRST_FLAGS:
        (first_flags,) = struct.unpack_from(">I", content, at)
        at += 4
    width = sum(flags & each != 0 for each in _OWN)
    is_sized = flags & _OWN[1] or given.size or not count
    if not 0 <= place <= MOST_TIME or not is_sized or at + 4 * count * width > len(content):
        raise OddError
    return Run(content, at, flags, count, place, given, first_flags) if count else None


def timed(runs: list[Run], time: int) -> tuple[Packets, int]:
    """Return the packets of runs, of which the first is decoded at a time, and when the last one ends."""
    found = [run.packets() for run in runs]
    durations, late, sizes, places, keys = map(np.concatenate, zip(*found, strict=True))
    ends = time + np.cumsum(durations)
    return Packets(ends - durations, late, sizes.astype(np.uint32), places, keys), int(ends[-1])


def of_tables(track: TableTrack) -> Packets:
    """Return all packets that tables list."""
    if track.count > _MOST_PACKETS:
        raise OddError
    late, keys = track.late(0, track.count), track.keys(0, track.count)
    durations = spread(track.steps(0, track.count))
    is_key = np.full(track.count, keys is None)
    if keys is not None:
        is_key[keys] = True
    return Packets(
        np.cumsum(durations) - durations,
        (np.zeros(track.count) if late is None else spread(late)).astype(np.int32),
        track.sizes(0, track.count).astype(np.uint32),
        track.places(0, track.count),
        is_key,
    )
