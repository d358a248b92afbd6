"""The packets of an MP4's track by its fragments, whose lists stay in the file. Knows no decoder."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

import numpy as np

from .mp4_fragments import IN_TABLES, Defaults, Listing, Packets, fragments, of_tables, parsed, timed
from .mp4_kept import KeptLists
from .mp4_track import MOST_LATE, Ints, OddError, RunsOf, Track, check_length
from .ranged import changed
from .source import Place

#: Stretches of packets that are kept once read.
_KEPT = 300


@dataclass(frozen=True)
class FragmentTrack(Track):
    """A track whose packets are listed in fragments; it is the one of a ``number`` there."""

    place: Place
    number: int
    listing: Listing
    #: What holds for the packets of each track.
    defaults: dict[int, Defaults]
    #: The lists, where they were fetched from far.
    kept: KeptLists | None = None

    def check(self) -> None:
        check_length(self)
        # Decoders count sound from such packets on in another way after a jump.
        if self.kind == b"soun" and self.listing.stands:
            raise OddError
        if self.listing.most > MOST_LATE or self.listing.least < -MOST_LATE:
            raise OddError

    def time(self, packet: int) -> int:
        if packet == 0 and self.count:
            return self.listing.times[0]
        for found, at, _ in self._spans(packet, min(packet + 1, self.listing.count)):
            return int(found.times[at])
        return self.listing.end

    def packet_at(self, time: int) -> int:
        number = max(0, bisect_right(self.listing.times, time) - 1)
        inside = int(np.searchsorted(self._stretch(number).times, time, "right")) - 1
        return self.listing.packets[number] + max(0, inside)

    def steps(self, first: int, last: int) -> RunsOf:
        found = []
        for packets, low, high in self._spans(first, last):
            first += high - low
            found.append(_runs(np.diff(packets.times[low:high], append=self.time(first))))
        return _joined(found)

    def late(self, first: int, last: int) -> RunsOf | None:
        least, most = self.listing.least, self.listing.most
        if least == most == 0:
            return None
        # Decoders take the earliest of a track for what is shown when it is decoded, and all others for as much later.
        return _joined(
            [_runs(found.late[low:high].astype(np.int64) - least) for found, low, high in self._spans(first, last)]
        )

    def sizes(self, first: int, last: int) -> Ints:
        return np.concatenate([found.sizes[low:high] for found, low, high in self._spans(first, last)])

    def places(self, first: int, last: int) -> Ints:
        return np.concatenate([found.places[low:high] for found, low, high in self._spans(first, last)])

    def keys(self, first: int, last: int) -> Ints | None:
        if self.listing.all_keys or self.kind == b"soun":
            return None
        found = np.concatenate([found.keys[low:high] for found, low, high in self._spans(first, last)])
        return np.flatnonzero(found) + first

    def _spans(self, first: int, last: int) -> Iterator[tuple[Packets, int, int]]:
        """Yield packets that are read together, and which of them are those from ``first`` to ``last``."""
        starts = self.listing.packets
        last = min(last, self.listing.count)
        while first < last:
            number = bisect_right(starts, first) - 1
            stop = min(last, self._stop(number))
            yield self._stretch(number), first - starts[number], stop - starts[number]
            first = stop

    def _stop(self, number: int) -> int:
        starts = self.listing.packets
        return starts[number + 1] if number + 1 < len(starts) else self.listing.count

    @cached_property
    def _stretch(self) -> Callable[[int], Packets]:
        # A method of itself would keep it, and the file of its lists, until such circles are looked for.
        return lru_cache(_KEPT)(partial(FragmentTrack._read, replace(self)))

    def _read(self, number: int) -> Packets:
        """Read the packets of one of the places that are remembered."""
        listing = self.listing
        if listing.before is not None and listing.fragments[number] == IN_TABLES:
            return of_tables(listing.before)
        missing, end = self._stop(number) - listing.packets[number], listing.times[number]
        found: list[Packets] = []
        with closing(self._lists(listing.fragments[number])) as lists:
            for position, content in lists:
                for track, time, runs in parsed(content, position, self.defaults):
                    if track == self.number:
                        packets, end = timed(runs, end if time is None else time)
                        found.append(packets)
                        missing -= len(packets.times)
                if missing <= 0:
                    break
        if missing:
            raise changed(self.place.name)
        return Packets(*map(np.concatenate, zip(*found, strict=True)))

    def _lists(self, place: int) -> Generator[tuple[int, bytes], None, None]:
        if self.kept is not None:
            yield from self.kept.lists_from(place)
            return
        with self.place.open() as file:
            yield from fragments(file, place, self.place.size)


def _runs(values: Ints) -> RunsOf:
    starts = np.flatnonzero(np.diff(values, prepend=values[0] - 1))
    return np.diff(starts, append=len(values)), values[starts]


def _joined(runs: list[RunsOf]) -> RunsOf:
    counts, values = map(np.concatenate, zip(*runs, strict=True))
    return counts, values
