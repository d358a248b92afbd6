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

from .boxes import boxes
from .mp4_tables import TableTrack
from .mp4_track import MOST_TIME, Ints, OddError, spread

#: Whole numbers in less memory, and yes or no.
Some: TypeAlias = npt.NDArray[np.int32] | npt.NDArray[np.uint32]
Flags: TypeAlias = npt.NDArray[np.bool_]

#: Packets of which one place is remembered, at least.
STRETCH = 1_000
#: What stands for the place of packets that are in tables.
IN_TABLES = -1
#: Most boxes between two fragments; most bytes of one's list, and most packets in a run.
_MOST_BETWEEN, _MOST_LISTED, _MOST_IN_RUN = 10_000, 1 << 24, 1 << 20
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


class Run(NamedTuple):
    """Packets of one track whose bytes follow one another: how long each lasts, and how much later it is shown."""

    durations: Ints
    late: Some
    sizes: Ints
    places: Ints
    keys: Flags


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
    _last: int = 0

    def __post_init__(self) -> None:
        if self.before is not None:
            self.add(IN_TABLES, of_tables(self.before), self.before.end)

    def add(self, fragment: int, found: Packets, end: int) -> None:
        """Count the packets of a fragment, which ends at a time."""
        steps = np.diff(found.times, prepend=self._last if self.count else found.times[0], append=end)
        if np.any(steps < 0) or np.any(steps > _MOST_STEP) or end > MOST_TIME:
            raise OddError
        latest = self.fragments[-1] if self.fragments else None
        is_full = latest in {None, IN_TABLES} or self.count - self.packets[-1] >= STRETCH
        if is_full and latest != fragment:
            self.fragments.append(fragment)
            self.packets.append(self.count)
            self.times.append(int(found.times[0]))
        self.count += len(found.times)
        self.end, self._last = end, int(found.times[-1])
        self.least = int(found.late.min(initial=self.least))
        self.most = int(found.late.max(initial=self.most))
        self.all_keys = self.all_keys and bool(found.keys.all())


def list_fragments(
    file: BinaryIO, start: int, listings: dict[int, Listing], defaults: dict[int, Defaults], head: int
) -> int:
    """List the packets of each track, by its number, and return where the first ``head`` ones end in the file.

    Raises
    ------
    OddError
        where a fragment is of an odd kind, or reaches beyond the end of the file.
    """
    size = file.seek(0, io.SEEK_END)
    stop = 0
    for position, content in fragments(file, start, size):
        if not stop and sum(each.count for each in listings.values()) >= head:
            stop = position
            if any(each.count == 0 for each in listings.values()):
                raise OddError
        for number, time, runs in parsed(content, position, defaults):
            found, end = timed(runs, listings[number].end if time is None else time)
            if int((found.places + found.sizes).max()) > size:
                raise OddError
            listings[number].add(position, found, end)
    return stop or size


def fragments(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Yield where each fragment begins and what its list holds, from a place between two boxes on."""
    position, between = start, 0
    for name, body, end in boxes(file, start, stop, most=stop):
        between = 0 if name == b"moof" else between + 1
        if between > _MOST_BETWEEN or end > stop or (name == b"moof" and end - body > _MOST_LISTED):
            raise OddError
        if name == b"moof":
            file.seek(body)
            yield position, file.read(end - body)
        position = end


def parsed(content: bytes, position: int, defaults: dict[int, Defaults]) -> Iterator[tuple[int, int | None, list[Run]]]:
    """Yield the number of each track of a fragment, when its first packet is decoded, and its runs of packets."""
    file = io.BytesIO(content)
    after = position
    for name, body, end in boxes(file, 0, len(content)):
        if name != b"traf":
            continue
        time: int | None = None
        number, base, given = 0, after, Defaults(0, 0, 0)
        runs: list[Run] = []
        for inner, start, stop in boxes(file, body, min(end, len(content))):
            if inner == b"tfhd":
                number, base, given = _header(content[start:stop], position, after, defaults)
            elif inner == b"tfdt":
                (time,) = struct.unpack_from(">Q" if content[start] == 1 else ">I", content, start + 4)
            elif inner == b"trun":
                run = _run(content[start:stop], base, given, is_first=not runs)
                if run is not None:
                    runs.append(run)
                    after = int(run.places[-1] + run.sizes[-1])
        if runs:
            yield number, time, runs


def _header(content: bytes, moof: int, after: int, defaults: dict[int, Defaults]) -> tuple[int, int, Defaults]:
    """Return the number of a track, the place from which its packets are counted, and what holds for them."""
    flags, number = struct.unpack_from(">II", content)
    if number not in defaults:
        raise OddError
    base = moof if flags & _AT_MOOF else after
    given = defaults[number]._asdict()
    at = 8
    if flags & _BASE:
        (base,) = struct.unpack_from(">Q", content, at)
        at += 8
    if flags & _DESCRIPTION:
        if struct.unpack_from(">I", content, at) != (1,):
            raise OddError
        at += 4
    for flag, name in ((_DURATION, "duration"), (_SIZE, "size"), (_FLAGS, "flags")):
        if flags & flag:
            (given[name],) = struct.unpack_from(">I", content, at)
            at += 4
    return number, base, Defaults(**given)


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
    own = [flag for flag in _OWN if flags & flag]
    if place < 0 or count > _MOST_IN_RUN:
        raise OddError
    rows = np.frombuffer(content, ">u4", count * len(own), at).reshape(count, len(own))

    def column(flag: int, value: int) -> Ints:
        return rows[:, own.index(flag)].astype(np.int64) if flags & flag else np.full(count, value)

    durations, sizes, kinds, late = map(column, _OWN, (*given, 0))
    if first_flags is not None:
        kinds[:1] = first_flags
    places = place + np.cumsum(sizes) - sizes
    return Run(durations, late.astype(np.int32), sizes, places, kinds & _NO_KEY == 0) if count else None


def timed(runs: list[Run], time: int) -> tuple[Packets, int]:
    """Return the packets of runs, of which the first is decoded at a time, and when the last one ends."""
    durations, late, sizes, places, keys = map(np.concatenate, zip(*runs, strict=True))
    ends = time + np.cumsum(durations)
    return Packets(ends - durations, late, sizes.astype(np.uint32), places, keys), int(ends[-1])


def of_tables(track: TableTrack) -> Packets:
    """Return all packets that tables list."""
    if track.count > _MOST_IN_RUN:
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
