"""A long AVI in stretches: files of their own, each with a part of the index that libav holds. Decodes nothing.

Packets of an AVI have no times but their count, and so a stretch has times of its own, which come later in the whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np

from .avi_index import AviIndex, Rows, Steps
from .stretches import OddError, StretchedContainer, Stretches

if TYPE_CHECKING:
    from av.container import InputContainer

    from .source import Place

#: Chunks of a file that is cut into stretches, and those of a stretch, which goes on to the next key frame: an hour,
#: or a quarter of one.
FIRST, PART = 250_000, 1 << 15
#: Bytes of a stretch after which it goes on to the next key frame, too, and the most, as places in it have 32 bits.
_LONG, _MOST_BYTES = 1 << 30, 1 << 32
#: Chunks among which a key frame is looked for.
_MOST_CHUNKS = 4
#: Chunks of each stream that a stretch begins before its first key frame and ends after the next one's, where they are
#: near, in chunks and in bytes: frames of sound may begin in one chunk and end in another.
_BEFORE, _AFTER, _NEAR, _NEAR_BYTES = 16, 6, 1 << 11, 1 << 25
#: Seconds that streams may lie apart: libav reads in another order from 2 s on.
_APART = 1.9
#: A stretch's times are earlier than those of the whole by a multiple of so many seconds. That is a whole number of
#: frames of any sound, to which libav rounds times, and less than the hour after which it believes no stream to begin.
_STEP = 2304
#: Packets of each stream that are compared where one stretch follows another.
_COMPARED = 3


class _Cut(NamedTuple):
    """A stretch: its span of each list of the index, its bytes, and when its streams begin in it and in the whole."""

    spans: list[tuple[int, int]]
    start: int
    stop: int
    starts: list[int] | None
    later: list[int]


class AviCuts:
    """The stretches of an AVI, as its index tells them.

    Raises
    ------
    OddError
        where it does not tell enough.
    """

    def __init__(self, index: AviIndex, file: BinaryIO, stretches: Stretches) -> None:
        self.main = index.picture
        #: Whether packets have been compared where stretches follow each other.
        self.is_proved = False
        self._index = index
        self._cuts: list[_Cut] = []
        cutter = _Cutter(index, stretches, self._cuts)
        for rows in index.blocks(file):
            cutter.add(rows)
        cutter.finish()

    def place(self, whole: Place, number: int) -> Place:
        """Give a stretch as a file."""
        cut = self._cuts[number]
        with whole.open() as file:
            rows = self._index.rows(file, cut.spans)
        return replace(whole, header=self._index.header(rows, cut.starts), start=cut.start, stop=cut.stop)

    def later(self, number: int, stream: int) -> int:
        """Return how much later a packet of a stream is in the whole than in a stretch."""
        return self._cuts[number].later[stream]


class _Cutter:
    """Finds stretches as it is given chunks, of which it holds those of a stretch and some before."""

    def __init__(self, index: AviIndex, stretches: Stretches, cuts: list[_Cut]) -> None:
        self._index, self._stretches, self._cuts = index, stretches, cuts
        self._streams = index.streams
        self._held: Rows | None = None
        self._times: Steps = np.empty(0, np.int64)
        #: Of the chunks that are held, the first of the stretch, and the first one of its key frame or after it.
        self._begin = self._first = 0
        #: When each stream ends so far, and the last time of all, in seconds.
        self._reached = [stream.start * max(1, stream.sample) for stream in self._streams]
        self._latest = -np.inf
        self._starts: list[int] | None = None
        self._later = [0] * len(self._streams)

    def add(self, rows: Rows) -> None:
        """Take the chunks that follow, and cut where that can be told."""
        times = self._timed(rows)
        if self._held is None:
            self._stretches.add(int(rows["place"][0]), 0)
            self._held, self._times = rows, times
        else:
            self._held, self._times = np.concatenate([self._held, rows]), np.concatenate([self._times, times])
        while (key := self._key(self._held)) is not None:
            self._cut(self._held, key)

    def finish(self) -> None:
        """Take what is left as the last stretch."""
        held = self._held
        if held is None:
            raise OddError
        self._close(held, len(held), len(held))
        if len(np.unique(held["stream"][self._first :])) < len(self._streams):
            raise OddError

    def _timed(self, rows: Rows) -> Steps:
        times = np.empty(len(rows), np.int64)
        seconds = np.empty(len(rows))
        for number, stream in enumerate(self._streams):
            own = rows["stream"] == number
            steps = stream.steps(rows["size"][own])
            ends = self._reached[number] + np.cumsum(steps)
            times[own] = ends - steps
            seconds[own] = stream.seconds(times[own])
            self._reached[number] = int(ends[-1]) if len(ends) else self._reached[number]
            # Where decoding of sound can begin at some chunks only, these may lie in other stretches.
            if not stream.is_picture and not np.all(rows["key"][own] | (rows["size"][own] == 0)):
                raise OddError
        latest = np.maximum.accumulate(np.concatenate([[self._latest], seconds]))
        if np.any(latest[:-1] - seconds > _APART):
            raise OddError
        self._latest = float(latest[-1])
        return times

    def _key(self, held: Rows) -> int | None:
        """Return the chunk with which the next stretch begins, None before enough chunks are held."""
        first = self._first
        far = int(np.searchsorted(held["place"], held["place"][first] + _LONG))
        begin, end = min(first + PART, max(far, first + 1)), len(held) - _NEAR
        found = held[begin : max(begin, end)]
        keys = np.flatnonzero((found["stream"] == self._index.picture) & found["key"] & (found["size"] > 0))
        if len(keys):
            return begin + int(keys[0])
        if len(held) - first > _MOST_CHUNKS * (PART + _NEAR):
            raise OddError
        return None

    def _cut(self, held: Rows, key: int) -> None:
        place = held["place"]
        near = (
            int(np.searchsorted(place, place[key] - _NEAR_BYTES)),
            int(np.searchsorted(place, place[key] + _NEAR_BYTES)),
        )
        before, after = slice(max(near[0], key - _NEAR), key), slice(key, min(near[1], key + _NEAR))
        begins, ends = [key], [key + 1]
        for number in range(len(self._streams)):
            earlier, later = (np.flatnonzero(held["stream"][part] == number) for part in (before, after))
            begins.extend(before.start + earlier[-_BEFORE:][:1])
            ends.extend(key + 1 + later[:_AFTER][-1:])
        begin = int(min(begins))
        self._close(held, key, int(max(ends)))
        self._set_times(held, begin)
        self._stretches.add(int(place[begin]), int(place[key]) + 8)
        kept = min(begin, key)
        self._held, self._times = held[kept:].copy(), self._times[kept:].copy()
        self._begin, self._first = begin - kept, key - kept

    def _close(self, held: Rows, end: int, stop: int) -> None:
        """End the stretch before a chunk, but let it have the bytes and the index up to another."""
        for number, stream in enumerate(self._streams):
            own = (held["stream"][self._first : end] == number) & (held["size"][self._first : end] > 0)
            found = np.flatnonzero(own)
            if len(found):
                self._stretches.meet(number, -(-int(self._times[self._first + found[0]]) // max(1, stream.sample)))
        rows = held[self._begin : stop]
        start, last = int(rows["place"][0]), int(rows["place"][-1] + 8 + rows["size"][-1])
        if last - start > _MOST_BYTES - (1 << 25):
            raise OddError
        self._cuts.append(_Cut(self._index.spans(rows), start, last, self._starts, self._later))

    def _set_times(self, held: Rows, begin: int) -> None:
        """Let the streams of a stretch be as far apart as in the whole."""
        times = list(self._reached)
        for number in range(len(times)):
            own = np.flatnonzero(held["stream"][begin:] == number)
            times[number] = int(self._times[begin + own[0]]) if len(own) else times[number]
        earliest = min(float(stream.seconds(time)) for stream, time in zip(self._streams, times, strict=True))
        seconds = int(earliest // _STEP) * _STEP
        self._starts, self._later = [], []
        for stream, time in zip(self._streams, times, strict=True):
            start, rest = divmod(time, max(1, stream.sample))
            later, part = divmod(seconds * stream.rate, stream.scale)
            if rest or (part and not stream.is_picture) or start - later >= 1 << 31:
                raise OddError
            self._starts.append(start - later)
            self._later.append(later)


def cut_avi(place: Place) -> None:
    """Let a long AVI have stretches, which are to be proved by reading them in order."""
    if not place.is_file:
        return
    with place.open() as file:
        if file.read(4) != b"RIFF":
            return
        file.seek(0)
        try:
            index = AviIndex(file, place.size)
            if index.count >= FIRST:
                place.stretches.avi = AviCuts(index, file, place.stretches)
        except OddError:
            place.stretches.clear()
        if not place.stretches:
            place.stretches.clear()


class AviContainer(StretchedContainer):
    """An AVI of which the first and one other stretch are open.

    Several streams are to be read from the beginning on, one also after a jump. Until all has been read so, packets are
    compared where one stretch follows another.

    Raises
    ------
    OddError
        on the way, where stretches would not be read as the whole is.
    """

    def __init__(
        self, place: Place, cuts: AviCuts, opened: Callable[[Place], AbstractContextManager[InputContainer]]
    ) -> None:
        self._cuts = cuts
        super().__init__(place, opened)
        #: Whether what is read next lies in the stretch before.
        self._is_before = False
        #: By how much libav's times are late since a jump to where chunks are empty, which goes on in the whole.
        self._late = 0
        self._kinds = self._seen_kinds()

    def seek(self, stamp: int, *, stream: Any, backward: bool) -> None:
        """Go to the last key packet of a stream that is decoded at or before a time."""
        self._is_before, self._late = False, 0
        super().seek(stamp, stream=stream, backward=backward)

    def demux(self, streams: Any) -> Iterator[Any]:
        """Yield the packets of one or more streams from here on."""
        wanted = [stream.index for stream in (streams if isinstance(streams, list) else [streams])]
        # Frames of sound that begin in a chunk may come after the next chunk of the picture.
        telling = wanted[0] if len(wanted) == 1 else self._cuts.main
        expected: list[tuple[Any, ...]] = []
        reached: int | None = None
        while True:
            is_last = self._number + 1 == len(self._stretches.firsts)
            found = self._timed(self._part.demux([self._part.streams[index] for index in wanted]), telling, reached)
            reached = None
            end = 1 << 62 if is_last else self._stretches.firsts[self._number + 1] - self._shift
            for packet in found:
                if packet.stream_index == telling and (packet.pos or 0) >= end:
                    reached = packet.dts if self._cuts.is_proved else None
                    expected = [] if self._cuts.is_proved else _about_some(packet, found, wanted)
                    break
                if expected and expected.pop(0) != _about(packet):
                    raise OddError
                yield packet
            if not is_last:
                self._is_before = True
                self._go_to(self._number + 1)
                continue
            if expected:
                raise OddError
            # What reads one stream alone does not tell of the others.
            self._cuts.is_proved |= len(wanted) > 1 or len(self._kinds) == 1
            return

    def _timed(self, found: Iterator[Any], telling: int, reached: int | None) -> Iterator[Any]:
        """Yield packets of the stretch that is open as those of the whole, which are known to have reached a time."""
        first = self._stretches.firsts[self._number] - self._shift
        later = [self._later(stream) for stream in range(len(self._kinds))]
        later[telling] += self._late
        heads, is_last = list(self._head.streams), self._number + 1 == len(self._stretches.firsts)
        is_before = self._is_before
        for packet in found:
            if is_before:
                if packet.stream_index != telling or (packet.pos or 0) < first:
                    continue
                is_before = self._is_before = False
                if reached is not None and packet.dts is not None:
                    self._late += reached - packet.dts - later[telling]
                    later[telling] = reached - packet.dts
            stamp = packet.dts
            if stamp is None:
                # With which a decoder is told of the end.
                if packet.size or is_last:
                    packet.stream = heads[packet.stream.index]
                    yield packet
                continue
            index = packet.stream_index
            if later[index]:
                packet.dts = stamp + later[index]
                if packet.pts is not None:
                    packet.pts += later[index]
            packet.stream = heads[index]
            yield packet

    def _place_of(self, number: int) -> Place:
        return self._cuts.place(self._place, number)

    def _later(self, stream: int) -> int:
        return self._cuts.later(self._number, stream)

    def _go_to(self, number: int) -> None:
        super()._go_to(number)
        if not self._cuts.is_proved and self._seen_kinds() != self._kinds:
            raise OddError


def _about(packet: Any) -> tuple[Any, ...]:
    times = packet.dts, packet.pts, packet.duration
    return packet.stream_index, *times, packet.is_keyframe, packet.is_corrupt, packet.is_discard, bytes(packet)


def _about_some(packet: Any, found: Iterator[Any], wanted: list[int]) -> list[tuple[Any, ...]]:
    """Return what tells a packet and some that follow it from others."""
    about = [_about(packet)]
    left = Counter(dict.fromkeys(wanted, _COMPARED))
    while +left:
        left[packet.stream_index] -= 1
        packet = next(found, None)
        # The end may have cut the last of each stream.
        if packet is None:
            return about[: -len(wanted)]
        about.append(_about(packet))
    return about
