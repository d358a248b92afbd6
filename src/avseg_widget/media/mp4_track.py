"""One track of an MP4 by its tables, which stay in the file; lists of some of its packets. Knows no decoder.

Its tables: ISO/IEC 14496-12, sections 8.6 and 8.7.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .boxes import exactly
from .source import Place

Ints: TypeAlias = npt.NDArray[np.int64]

#: Most entries of a table that is read at once.
_MOST_ENTRIES = 1 << 23
#: Entries that are read together where all are.
_BLOCK = 1 << 18
#: Most packets in a second; uncompressed sound has one for each sample.
_MOST_A_SECOND = 1_000
#: The greatest length that is believed, in seconds: 1,000 hours.
_MOST_SECONDS = 3_600_000
#: Packets that are shown so much later than they are decoded are damage, in the track's units; and longer tracks.
_MOST_LATE, _MOST_TIME = 1 << 28, 1 << 52
#: Entries of a table of runs that are read together.
_RUNS = 1 << 12


class OddError(Exception):
    """A track is not of the plain kind that is read here."""


@dataclass(frozen=True)
class Table:
    """Entries of ``width`` numbers, as NumPy names their ``kind``, in the file from ``start`` on."""

    place: Place
    start: int
    count: int
    width: int = 1
    kind: str = ">u4"

    def read(self, first: int, last: int) -> Ints:
        """Return the entries ``[first, last)``, of shape (count, width)."""
        size = self.width * np.dtype(self.kind).itemsize
        with self.place.open() as file:
            file.seek(self.start + first * size)
            data = exactly(file, (last - first) * size)
        return np.frombuffer(data, self.kind).reshape(-1, self.width).astype(np.int64)

    def all(self) -> Ints:
        """Return all entries.

        Raises
        ------
        OddError
            where they are more than any file needs.
        """
        if self.count > _MOST_ENTRIES:
            raise OddError
        return self.read(0, self.count)


class Runs:
    """Values of packets, each for some packets on: how long they last, or how much later they are shown."""

    def __init__(self, table: Table) -> None:
        self._table = table
        before = [(0, 0)]
        #: The least and the greatest value.
        self.least, self.most = _MOST_TIME, -_MOST_TIME
        for first in range(0, table.count, _RUNS):
            counts, values = self._entries(first, first + _RUNS)
            packets, total = before[-1]
            reached = total + float(counts.astype(float) @ np.abs(values))
            if np.any(counts < 0) or reached > _MOST_TIME:
                raise OddError
            self.least = int(values.min(initial=self.least))
            self.most = int(values.max(initial=self.most))
            before.append((packets + int(counts.sum()), total + int((counts * values).sum())))
        #: The packets before each block of entries, and the sum of their values; last of all those of the whole.
        self._packets, self._sums = np.array(before, np.int64).T

    @property
    def count(self) -> int:
        """How many packets there are."""
        return int(self._packets[-1])

    def between(self, first: int, last: int) -> tuple[Ints, Ints]:
        """Return the counts and values of the runs of the packets ``[first, last)``."""
        low = self._block(self._packets, first)
        high = int(np.searchsorted(self._packets, last, "left"))
        counts, values = self._entries(low * _RUNS, max(low + 1, high) * _RUNS)
        ends = np.clip(self._packets[low] + np.cumsum(counts), first, last)
        counts = np.diff(ends, prepend=first)
        return counts[counts > 0], values[counts > 0]

    def spread(self, first: int, last: int) -> Ints:
        """Return the value of each of the packets ``[first, last)``."""
        counts, values = self.between(first, last)
        return np.repeat(values, counts)

    def sum(self, packet: int) -> int:
        """Return the sum of the values of all packets before one."""
        block = self._block(self._packets, packet)
        counts, values = self.between(int(self._packets[block]), packet)
        return int(self._sums[block] + (counts * values).sum())

    def reaching(self, total: int) -> int:
        """Return the last packet before which the sum of the values is at most a total."""
        total = max(0, total)
        block = self._block(self._sums, total)
        counts, values = self._entries(block * _RUNS, (block + 1) * _RUNS)
        sums = np.concatenate([[0], np.cumsum(counts * values)]) + self._sums[block]
        run = min(int(np.searchsorted(sums, total, "right")), len(counts)) - 1
        into = max(0, total - int(sums[run])) // max(1, int(values[run]))
        return int(self._packets[block] + counts[:run].sum() + min(into, int(counts[run])))

    def _block(self, ascending: Ints, value: int) -> int:
        return max(0, min(int(np.searchsorted(ascending, value, "right")), len(ascending) - 1) - 1)

    def _entries(self, first: int, last: int) -> tuple[Ints, Ints]:
        found = self._table.read(first, min(last, self._table.count))
        return found[:, 0], found[:, 1]


@dataclass(frozen=True)
class Track:
    """One track: the times of its packets are in units of ``1 / rate`` seconds."""

    #: What it is, by the name of its handler.
    kind: bytes
    rate: int
    #: The boxes that are copied into a header: of the track, its edits, its media, and what says how to decode it.
    copied: dict[str, bytes]
    tables: dict[bytes, Table]
    #: The bytes of each packet where all have as many, else 0.
    even: int
    count: int
    #: How long it says that it is, 0 where it does not.
    stated: int
    #: Where the part that is shown begins, and how long it is in units of the movie, None for all there is.
    first: int
    shown: int | None

    @cached_property
    def _steps(self) -> Runs:
        return Runs(self.tables[b"stts"])

    @cached_property
    def _late(self) -> Runs | None:
        return Runs(self.tables[b"ctts"]) if b"ctts" in self.tables else None

    @cached_property
    def _chunks(self) -> tuple[Ints, Ints, Ints]:
        """The first chunk of each run of chunks, the packets in each, and the packets before the run."""
        first, each, described = self.tables[b"stsc"].all().T
        after = np.append(first[1:] - 1, self.tables[b"stco"].count)
        counts = after - (first - 1)
        if first[0] != 1 or np.any(counts < 0) or np.any(each < 1) or np.any(described != 1):
            raise OddError
        before = np.cumsum(counts * each)
        if before[-1] < self.count:
            raise OddError
        return first - 1, each, np.concatenate([[0], before[:-1]])

    def check(self) -> None:
        """Raise ``OddError`` where a table is not whole."""
        _ = self._chunks
        is_short = not self.count or self._steps.count < self.count
        if is_short or not self.count * self.rate // _MOST_A_SECOND <= self.end <= _MOST_SECONDS * self.rate:
            raise OddError
        late = self._late
        if late is not None and (late.count < self.count or late.most > _MOST_LATE or late.least < -_MOST_LATE):
            raise OddError
        if b"stss" in self.tables and self.tables[b"stss"].count > _MOST_ENTRIES:
            raise OddError

    @property
    def end(self) -> int:
        """The time after the last packet."""
        return self.time(self.count)

    def time(self, packet: int) -> int:
        """Return when a packet is decoded."""
        return self._steps.sum(packet)

    def packet_at(self, time: int) -> int:
        """Return the last packet that is decoded at or before a time."""
        return min(self._steps.reaching(time), self.count - 1)

    def stamps(self) -> Iterator[Ints]:
        """Yield the times at which packets are shown, in the order of the file."""
        for first in range(0, self.count, _BLOCK):
            last = min(first + _BLOCK, self.count)
            steps = self._steps.spread(first, last)
            shown = np.cumsum(steps) - steps + (self.time(first) - self.first)
            yield shown if self._late is None else shown + self._late.spread(first, last)

    def sizes(self, first: int, last: int) -> Ints:
        """Return the bytes of packets."""
        return np.full(last - first, self.even) if self.even else self.tables[b"stsz"].read(first, last)[:, 0]

    def places(self, first: int, last: int) -> Ints:
        """Return where packets lie in the file."""
        starts, each, before = self._chunks
        low = self._chunk_of(first)
        chunks = np.arange(low, self._chunk_of(last - 1) + 1)
        runs = np.searchsorted(starts, chunks, "right") - 1
        begins = before[runs] + (chunks - starts[runs]) * each[runs]
        # Of the first chunk some packets may come before.
        skipped = sum(int(self.sizes(at, min(at + _BLOCK, first)).sum()) for at in range(int(begins[0]), first, _BLOCK))
        sizes = self.sizes(first, last)
        inside_all = np.cumsum(sizes) - sizes
        begins[0] = first
        counts = np.diff(np.append(begins, last))
        offsets = self.tables[b"stco"].read(low, low + len(chunks))[:, 0]
        offsets -= inside_all[begins - first]
        offsets[0] += skipped
        return np.repeat(offsets, counts) + inside_all

    def _chunk_of(self, packet: int) -> int:
        starts, each, before = self._chunks
        run = int(np.searchsorted(before, packet, "right")) - 1
        return int(starts[run] + (packet - before[run]) // each[run])

    def listed(self, first: int, last: int, shift: int, *, edited: bool) -> bytes:
        """Return the track with the packets ``[first, last)`` alone, which lie ``shift`` bytes later in the part."""
        times = _runs_box(b"stts", *self._steps.between(first, last))
        late = b"" if self._late is None else _runs_box(b"ctts", *self._late.between(first, last))
        sizes, places = self.sizes(first, last), self.places(first, last) + shift
        tables = [
            self.copied["stsd"],
            times,
            late,
            self._keys(first, last),
            _full(b"stsc", struct.pack(">4I", 1, 1, 1, 1)),
            _full(b"stsz", struct.pack(">2I", 0, last - first), sizes.astype(">u4").tobytes()),
            _full(b"co64", struct.pack(">I", last - first), places.astype(">u8").tobytes()),
        ]
        info = box(b"minf", self.copied["minf"], box(b"stbl", *tables))
        media = box(b"mdia", self.copied["mdhd"], self.copied["hdlr"], info)
        return box(b"trak", self.copied["tkhd"], self.copied["edts"] + self.copied["tref"] if edited else b"", media)

    def _keys(self, first: int, last: int) -> bytes:
        table = self.tables.get(b"stss")
        if table is None:
            return b""
        keys = table.all()[:, 0] - 1
        found = keys[(keys >= first) & (keys < last)] - first + 1
        return _full(b"stss", struct.pack(">I", len(found)), found.astype(">u4").tobytes())


def box(name: bytes, *parts: bytes) -> bytes:
    """Return a box of a name with what it holds."""
    return struct.pack(">I4s", 8 + sum(map(len, parts)), name) + b"".join(parts)


def _full(name: bytes, *parts: bytes) -> bytes:
    return box(name, bytes(4), *parts)


def _runs_box(name: bytes, counts: Ints, values: Ints) -> bytes:
    entries = np.stack([counts, values], axis=1).astype(">i4").tobytes()
    return _full(name, struct.pack(">I", len(counts)), entries)
