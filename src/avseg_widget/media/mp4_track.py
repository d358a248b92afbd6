"""One track of an MP4: what its packets are, and lists of some of them as files have. Knows no decoder.

The boxes: ISO/IEC 14496-12, sections 8.3 to 8.7.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
#: How many packets have a value, and the values.
RunsOf: TypeAlias = tuple[Ints, Ints]

#: Packets that are read together where all are.
BLOCK = 1 << 18
#: Packets that are shown so much later than they are decoded are damage, in the track's units; and longer tracks.
MOST_LATE, MOST_TIME = 1 << 28, 1 << 52
#: Packets at the end of which some may be shown after the last one.
_LATEST = 100
#: Packets among which one is looked for at first from which decoding can begin.
_LOOKED_THROUGH = 1000
#: Most packets in a second; uncompressed sound has one for each sample.
_MOST_A_SECOND = 2_000
#: The greatest length that is believed, in seconds: 1,000 hours.
_MOST_SECONDS = 3_600_000


class OddError(Exception):
    """A track is not of the plain kind that is read here."""


class Edit(NamedTuple):
    """What is shown from one time to another, in seconds: a track from its time ``first`` on; nothing where it is None.

    The box: ISO/IEC 14496-12, section 8.6.6.
    """

    start: Fraction
    stop: Fraction
    first: Fraction | None


@dataclass(frozen=True)
class Track(ABC):
    """One track: the times of its packets are in units of ``1 / rate`` seconds."""

    #: What it is, by the name of its handler.
    kind: bytes
    rate: int
    #: The boxes that are copied into a header: of the track, its edits, its media, and what says how to decode it.
    copied: dict[str, bytes]
    #: Whether something else than its lists says where decoding can begin.
    odd_keys: bool
    count: int
    #: How long it says that it is, 0 where it does not.
    stated: int
    #: Its edits where they are several, one after another; the track is told as one without an edit then.
    edits: list[Edit]
    #: The time that is shown at 0, how long nothing is shown from there on, and then how much, None for all there is.
    first: int
    empty: int
    shown: int | None

    @abstractmethod
    def check(self) -> None:
        """Raise ``OddError`` where what lists the packets is not whole."""

    @abstractmethod
    def time(self, packet: int) -> int:
        """Return when a packet is decoded, or when the last one ends."""

    @abstractmethod
    def packet_at(self, time: int) -> int:
        """Return the last packet that is decoded at or before a time."""

    @abstractmethod
    def steps(self, first: int, last: int) -> RunsOf:
        """Return from each of the packets ``[first, last)`` to the next one."""

    @abstractmethod
    def late(self, first: int, last: int) -> RunsOf | None:
        """Return by how much packets are shown later than they are decoded; None where none is."""

    @abstractmethod
    def sizes(self, first: int, last: int) -> Ints:
        """Return the bytes of packets."""

    @abstractmethod
    def places(self, first: int, last: int) -> Ints:
        """Return where packets lie in the file."""

    @property
    def kinds(self) -> int:
        """How many descriptions there are."""
        return int.from_bytes(self.copied["stsd"][12:16], "big")

    def descriptions(self, first: int, last: int) -> RunsOf:
        """Return which description holds for packets, from 1 on."""
        return np.array([last - first]), np.array([1])

    @abstractmethod
    def keys(self, first: int, last: int) -> Ints | None:
        """Return the packets from which decoding can begin; None where it can from each."""

    def key_before(self, packet: int) -> int:
        """Return the last packet at or before one from which decoding can begin."""
        keys = self.keys(0, packet + 1)
        return packet if keys is None else int(keys.max(initial=0))

    def key_after(self, packet: int) -> int:
        """Return the first packet from one on from which decoding can begin, or the end."""
        size = _LOOKED_THROUGH
        while packet < self.count:
            keys = self.keys(packet, min(packet + size, self.count))
            if keys is None:
                return packet
            if len(keys):
                return int(keys[0])
            packet, size = packet + size, 2 * size
        return self.count

    @property
    def end(self) -> int:
        """The time after the last packet."""
        return self.time(self.count)

    def within(self, size: int) -> Track:
        """Return the track without what begins or ends beyond the first bytes of a file."""
        count = self.count
        for first in range((count - 1) // BLOCK * BLOCK, -1, -BLOCK):
            last = min(first + BLOCK, self.count)
            beyond = np.flatnonzero(self.places(first, last) + self.sizes(first, last) > size)
            if not len(beyond):
                break
            count = first + int(beyond[0])
        return replace(self, count=count)

    def stamps(self, most: int = BLOCK) -> Iterator[Ints]:
        """Yield the times at which packets are shown, in the order of the file, of at most so many together."""
        for first in range(0, self.count, most):
            yield self.shown_at(first, min(first + most, self.count)) - self.first

    def shown_at(self, first: int, last: int) -> Ints:
        """Return the times of the track at which the packets ``[first, last)`` are shown."""
        steps = spread(self.steps(first, last))
        decoded = np.cumsum(steps) - steps + self.time(first)
        late = self.late(first, last)
        return decoded if late is None else decoded + spread(late)

    @property
    def last_shown(self) -> int:
        """When what is shown last ends: a cut file may lack what is decoded later and shown before."""
        first = max(0, self.count - _LATEST)
        late = self.late(first, self.count) if self.count else None
        if late is None:
            return self.end - self.first
        steps = spread(self.steps(first, self.count))
        ends = np.cumsum(steps) + (self.time(first) - self.first)
        return int((ends + spread(late)).max())

    def seen(self, count: int) -> list[tuple[int, int]]:
        """Return when each of the first packets is shown, and its place; none where there are not so many."""
        if not 0 < count <= self.count:
            return []
        return list(zip(next(self.stamps(count)).tolist(), self.places(0, count).tolist(), strict=True))

    def listed(self, first: int, last: int, shift: int, *, edited: bool) -> bytes:
        """Return the track with the packets ``[first, last)`` alone, which lie ``shift`` bytes later in the part."""
        late, keys = self.late(first, last), self.keys(first, last)
        sizes, places = self.sizes(first, last), self.places(first, last) + shift
        tables = [
            self.copied["stsd"],
            _runs_box(b"stts", *self.steps(first, last)),
            b"" if late is None else _runs_box(b"ctts", *late),
            b"" if keys is None else _listed_box(b"stss", keys - first + 1, ">u4"),
            _chunks_box(*self.descriptions(first, last)),
            _full(b"stsz", struct.pack(">2I", 0, last - first), sizes.astype(">u4").tobytes()),
            _listed_box(b"co64", places, ">u8"),
        ]
        info = box(b"minf", self.copied["minf"], box(b"stbl", *tables))
        media = box(b"mdia", self.copied["mdhd"], self.copied["hdlr"], info)
        return box(b"trak", self.copied["tkhd"], self.copied["edts"] + self.copied["tref"] if edited else b"", media)


def check_length(track: Track) -> None:
    """Raise ``OddError`` where a track is too long, or too short for its packets."""
    length = track.end - track.time(0)
    if not track.count * track.rate // _MOST_A_SECOND <= length <= _MOST_SECONDS * track.rate:
        raise OddError


def box(name: bytes, *parts: bytes) -> bytes:
    """Return a box of a name with what it holds."""
    return struct.pack(">I4s", 8 + sum(map(len, parts)), name) + b"".join(parts)


def spread(runs: RunsOf) -> Ints:
    """Return the value of each packet."""
    counts, values = runs
    return np.repeat(values, counts)


def _full(name: bytes, *parts: bytes) -> bytes:
    return box(name, bytes(4), *parts)


def _listed_box(name: bytes, values: Ints, kind: str) -> bytes:
    return _full(name, struct.pack(">I", len(values)), values.astype(kind).tobytes())


def _chunks_box(counts: Ints, descriptions: Ints) -> bytes:
    """Return the box of chunks of a packet each."""
    changes = np.flatnonzero(np.diff(descriptions, prepend=0))
    starts = (np.cumsum(counts) - counts + 1)[changes]
    entries = np.stack([starts, np.ones(len(starts)), descriptions[changes]], axis=1).astype(">u4").tobytes()
    return _full(b"stsc", struct.pack(">I", len(starts)), entries)


def _runs_box(name: bytes, counts: Ints, values: Ints) -> bytes:
    entries = np.stack([counts, values], axis=1).astype(">i4").tobytes()
    return _full(name, struct.pack(">I", len(counts)), entries)
