"""The packets of an MP4's track by its tables, which stay in the file. Knows no decoder.

The tables: ISO/IEC 14496-12, sections 8.6 and 8.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .boxes import exactly
from .mp4_track import BLOCK, MOST_LATE, MOST_TIME, Ints, OddError, RunsOf, Track, check_length
from .source import Place

#: Most entries of a table that is read at once.
_MOST_ENTRIES = 1 << 23
#: Most packets of sound from one at which decoding can begin to the next.
_MOST_APART = 10_000
#: Entries of a table of runs that are read together.
_RUNS = 1 << 12


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

    def counts_to(self, last: int) -> bool:
        """Say whether the entries are the numbers from 1 to a last one."""
        blocks = ((first, min(first + BLOCK, last)) for first in range(0, last, BLOCK))
        return self.count == last and all(
            np.array_equal(self.read(first, stop)[:, 0], np.arange(first, stop) + 1) for first, stop in blocks
        )


class Runs:
    """Values of packets, each for some packets on: how long they last, or how much later they are shown."""

    def __init__(self, table: Table) -> None:
        self._table = table
        before = [(0, 0)]
        #: The least and the greatest value.
        self.least, self.most = MOST_TIME, -MOST_TIME
        for first in range(0, table.count, _RUNS):
            counts, values = self._entries(first, first + _RUNS)
            packets, total = before[-1]
            reached = total + float(counts.astype(float) @ np.abs(values))
            if np.any(counts < 0) or reached > MOST_TIME:
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

    def between(self, first: int, last: int) -> RunsOf:
        """Return the counts and values of the runs of the packets ``[first, last)``."""
        low = self._block(self._packets, first)
        high = int(np.searchsorted(self._packets, last, "left"))
        counts, values = self._entries(low * _RUNS, max(low + 1, high) * _RUNS)
        ends = np.clip(self._packets[low] + np.cumsum(counts), first, last)
        counts = np.diff(ends, prepend=first)
        return counts[counts > 0], values[counts > 0]

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

    def _entries(self, first: int, last: int) -> RunsOf:
        found = self._table.read(first, min(last, self._table.count))
        return found[:, 0], found[:, 1]


@dataclass(frozen=True)
class TableTrack(Track):
    """A track whose tables list all that it holds."""

    tables: dict[bytes, Table]
    #: The bytes of each packet where all have as many, else 0.
    even: int

    @cached_property
    def _steps(self) -> Runs:
        return Runs(self.tables[b"stts"])

    @cached_property
    def _late(self) -> Runs | None:
        return Runs(self.tables[b"ctts"]) if b"ctts" in self.tables else None

    @cached_property
    def _chunks(self) -> tuple[Ints, Ints, Ints, Ints]:
        """The first chunk of each run of chunks, the packets in each, those before the run, and their description."""
        first, each, described = self.tables[b"stsc"].all().T
        after = np.append(first[1:] - 1, self.tables[b"stco"].count)
        counts = after - (first - 1)
        is_described = 0 < described.min() <= described.max() <= self.kinds
        if first[0] != 1 or np.any(counts < 0) or np.any(each < 1) or not is_described:
            raise OddError
        before = np.cumsum(counts * each)
        if before[-1] < self.count:
            raise OddError
        return first - 1, each, np.concatenate([[0], before[:-1]]), described

    def check(self) -> None:
        _ = self._chunks
        if not self.count or self._steps.count < self.count:
            raise OddError
        check_length(self)
        late = self._late
        if late is not None and (late.count < self.count or late.most > MOST_LATE or late.least < -MOST_LATE):
            raise OddError
        if b"stss" in self.tables and self.tables[b"stss"].count > _MOST_ENTRIES:
            raise OddError
        keys = self.keys(0, self.count) if self.kind == b"soun" else None
        if keys is not None:
            apart = np.diff(keys, append=self.count)
            is_whole = len(keys) == self.tables[b"stss"].count and keys[0] == 0
            if self.odd_keys or not is_whole or not 0 < apart.min() <= apart.max() <= _MOST_APART:
                raise OddError

    def time(self, packet: int) -> int:
        return self._steps.sum(packet)

    def packet_at(self, time: int) -> int:
        return min(self._steps.reaching(time), self.count - 1)

    def steps(self, first: int, last: int) -> RunsOf:
        return self._steps.between(first, last)

    def late(self, first: int, last: int) -> RunsOf | None:
        return None if self._late is None else self._late.between(first, last)

    def sizes(self, first: int, last: int) -> Ints:
        return np.full(last - first, self.even) if self.even else self.tables[b"stsz"].read(first, last)[:, 0]

    def places(self, first: int, last: int) -> Ints:
        if first >= last:
            return np.empty(0, np.int64)
        starts, each, before, _ = self._chunks
        low = self._chunk_of(first)
        chunks = np.arange(low, self._chunk_of(last - 1) + 1)
        runs = np.searchsorted(starts, chunks, "right") - 1
        begins = before[runs] + (chunks - starts[runs]) * each[runs]
        # Of the first chunk some packets may come before.
        skipped = sum(int(self.sizes(at, min(at + BLOCK, first)).sum()) for at in range(int(begins[0]), first, BLOCK))
        sizes = self.sizes(first, last)
        inside_all = np.cumsum(sizes) - sizes
        begins[0] = first
        counts = np.diff(np.append(begins, last))
        offsets = self.tables[b"stco"].read(low, low + len(chunks))[:, 0]
        offsets -= inside_all[begins - first]
        offsets[0] += skipped
        return np.repeat(offsets, counts) + inside_all

    def _chunk_of(self, packet: int) -> int:
        starts, each, before, _ = self._chunks
        run = int(np.searchsorted(before, packet, "right")) - 1
        return int(starts[run] + (packet - before[run]) // each[run])

    def descriptions(self, first: int, last: int) -> RunsOf:
        _, _, before, described = self._chunks
        low, high = (int(np.searchsorted(before, packet, "right")) for packet in (first, last - 1))
        starts = np.append(before[low - 1 : high], last)
        starts[0] = first
        counts = np.diff(starts)
        return counts[counts > 0], described[low - 1 : high][counts > 0]

    def keys(self, first: int, last: int) -> Ints | None:
        table = self.tables.get(b"stss")
        if table is None:
            return None
        keys = table.all()[:, 0] - 1
        return keys[(keys >= first) & (keys < last)]
