"""A long MP4 from far in stretches, by the index of its segments that lies before its fragments. Decodes nothing.

libav reads such a file by this index, and lists each packet that it comes by. A stretch is the file's header with an
index of its own segments, and the bytes from its first one on; what comes after these is told as few large segments.

The index: ISO/IEC 14496-12, section 8.16.3.
"""

from __future__ import annotations

import io
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from functools import partial, reduce
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np

from .boxes import boxes, exactly, inside, rescaled, time_scale
from .mp4_track import MOST_TIME, Ints, box
from .stretches import Stretches

if TYPE_CHECKING:
    from .source import Place

#: Seconds of a stretch, which goes on to the next segment.
PART = 600
#: Most bytes before the first segment, and of one segment; most units of time that one lasts.
_MOST_HEADER, _MOST_BYTES, _MOST_UNITS = 1 << 24, (1 << 31) - 1, (1 << 32) - 1
#: Most segments in which a key frame is looked for.
_MOST_BACK = 100
#: Most indices of a file, and bytes of one: it counts to 65,535.
_MOST_INDICES, _MOST_INDEX = 64, 1 << 20
#: Where the table of a track lies that says how many packets are not in fragments.
_SIZES = (b"mdia", b"minf", b"stbl", b"stsz")
#: Notes of sound to leave out, which decoders would do at the beginning of each stretch.
_GAPLESS = b"iTunSMPB"
#: What a segment may begin with.
_STARTS = {b"moof", b"styp", b"sidx", b"emsg", b"prft", b"free", b"skip"}


class _Index(NamedTuple):
    """The segments of one track: where the box of the index lies, and each segment; the first begins at a ``time``."""

    start: int
    end: int
    track: int
    units: int
    time: int
    first: int
    #: Of each its bytes, how long it lasts, and how it begins.
    segments: Ints

    @property
    def last(self) -> int:
        return self.first + int(self.segments[:, 0].sum())

    def places(self) -> Ints:
        """Return where each segment begins."""
        return self.first + np.cumsum(self.segments[:, 0]) - self.segments[:, 0]

    def time_of(self, segment: int) -> int:
        return self.time + int(self.segments[:segment, 1].sum())

    def time_in(self, rate: int, segment: int) -> int:
        """Return when a segment begins, in units of ``1 / rate`` seconds."""
        return rescaled(self.time_of(segment), rate, self.units)

    def of_some(self, first: int, last: int) -> Ints:
        """Return the segments ``[first, last)``, and what comes after as few ones."""
        size, time = map(int, self.segments[last:, :2].sum(axis=0))
        count = max(-(-size // _MOST_BYTES), -(-time // _MOST_UNITS))
        parts = [
            (size * (at + 1) // count - size * at // count, time * (at + 1) // count - time * at // count, 0)
            for at in range(count)
        ]
        return np.concatenate([self.segments[first:last], np.array(parts, np.int64).reshape(-1, 3)])


class Segments:
    """The stretches of a file by its indices, of which the first says where they begin."""

    def __init__(self, header: bytes, indices: list[_Index], begins: list[int]) -> None:
        self._begins = begins
        self._header = header
        self._indices = indices
        self._numbers = [[int(at) for at in np.searchsorted(index.places(), begins)] for index in indices]

    def end(self, rate: int) -> int:
        """Return when the last segment of all tracks ends, in units of ``1 / rate`` seconds."""
        return max(index.time_in(rate, len(index.segments)) for index in self._indices)

    def stretches(self) -> Stretches:
        """Give where the stretches begin."""
        found = Stretches()
        for begin in self._begins:
            found.add(begin, begin)
        return found

    def place(self, whole: Place, number: int) -> Place:
        """Give a stretch and what follows as a file."""
        return replace(whole, header=self._headed(number), start=self._begins[number], stop=self._indices[0].last)

    def at(self, track: int, stamp: int, rate: int) -> int:
        """Return the stretch that libav looks in for a time of a track, in units of ``1 / rate`` seconds."""
        each = self._of(track)
        times = [self._indices[each].time_in(rate, number) for number in self._numbers[each]]
        return max(0, bisect_right(times, stamp) - 1)

    def before(self, track: int, stamp: int, rate: int) -> Iterator[tuple[int, int]]:
        """Yield the latest time in some segments that end at one, from the last one back, and where each begins."""
        index = self._indices[self._of(track)]
        places, time_of = index.places(), partial(index.time_in, rate)
        last = max(0, bisect_right(range(len(places)), stamp, key=time_of) - 1)
        for segment in range(last, max(-1, last - _MOST_BACK), -1):
            yield stamp, int(places[segment])
            stamp = time_of(segment) - 1

    def _of(self, track: int) -> int:
        return next((at for at, index in enumerate(self._indices) if index.track == track), 0)

    def _headed(self, number: int) -> bytes:
        end, rest = len(self._header), b""
        for index, numbers in zip(reversed(self._indices), reversed(self._numbers), strict=True):
            rest = self._header[index.end : end] + rest
            last = numbers[number + 1] if number + 1 < len(numbers) else len(index.segments)
            time, found = index.time_of(numbers[number]), index.of_some(numbers[number], last)
            rest = _box(index, time, len(rest), found) + rest
            end = index.start
        return self._header[:end] + rest


def is_indexed(file: BinaryIO, movie: tuple[int, int], size: int) -> bool:
    """Say whether all indices tell of all segments, so that decoders read by them; ``movie`` is where the header is."""
    found, _ = _indices(file, movie, size)
    return _are_alike(found) and _reaches_end(file, found[0].last, size)


def cut_segments(place: Place) -> None:
    """Let an MP4 from far have stretches, where an index tells of its segments; a short one has a single one."""
    if not place.is_far or not place.is_whole:
        return
    with place.open() as file:
        try:
            found = _found(file)
        except (struct.error, ArithmeticError, LookupError, ValueError):
            return
    if found is not None:
        place.stretches.segments = found
        place.stretches.take(found.stretches())


def without_index(place: Place) -> Place:
    """Give a local MP4 as a file without the indices of its segments, so that decoders list its packets instead.

    By an index libav goes to segments without a key frame, too, and gives wrong pictures from there on.
    """
    if place.is_far or not place.is_whole:
        return place
    with place.open() as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(4)
        if file.read(4) != b"ftyp":
            return place
        start, end = inside(file, 0, min(size, _MOST_HEADER), b"moov")
        # A header at the end is of a file without fragments.
        after = _before_fragments(file, end, size) if start < end else ()
        found = [position for position, name, _, _ in after if name == b"sidx"]
        if not found:
            return place
        file.seek(0)
        header = bytearray(exactly(file, found[-1] + 8))
    for position in found:
        header[position + 4 : position + 8] = b"free"
    return replace(place, header=bytes(header), start=len(header))


def begins_segment(place: Place) -> bool:
    """Say whether there is what a segment begins with where a stretch begins."""
    with place.open() as file:
        file.seek(len(place.header) + 4)
        return file.read(4) in _STARTS


def _found(file: BinaryIO) -> Segments | None:
    size = file.seek(0, io.SEEK_END)
    file.seek(4)
    if file.read(4) != b"ftyp":
        return None
    movie = inside(file, 0, min(size, _MOST_HEADER), b"moov")
    if not any(name == b"mvex" for name, _, _ in boxes(file, *movie)):
        return None
    indices, fragment = _indices(file, movie, size)
    if not _are_alike(indices):
        return None
    if not max(index.end for index in indices) <= indices[0].first <= fragment < _MOST_HEADER:
        return None
    file.seek(0)
    header = exactly(file, indices[0].first)
    if _GAPLESS in header or _has_packets(file, *movie) or not _reaches_end(file, indices[0].last, size):
        return None
    return Segments(header, indices, _begins(indices))


def _are_alike(indices: list[_Index]) -> bool:
    return len({(index.first, index.last) for index in indices}) == 1


def _has_packets(file: BinaryIO, start: int, stop: int) -> bool:
    for name, body, end in boxes(file, start, stop):
        if name == b"trak":
            sizes, _ = inside(file, body, min(end, stop), *_SIZES)
            file.seek(sizes + 8)
            if int.from_bytes(exactly(file, 4), "big"):
                return True
    return False


def _begins(indices: list[_Index]) -> list[int]:
    """Return where stretches begin: where segments of all tracks do."""
    main = indices[0]
    common = reduce(np.intersect1d, [index.places() for index in indices])
    places = main.places()
    times = np.cumsum(main.segments[:, 1]) - main.segments[:, 1]
    begins, latest = [main.first], 0
    for place in common[1:]:
        time = int(times[np.searchsorted(places, place)])
        if time - latest >= PART * main.units:
            begins.append(int(place))
            latest = time
    return begins


def _indices(file: BinaryIO, movie: tuple[int, int], size: int) -> tuple[list[_Index], int]:
    """Return the indices before the first fragment, and where this is."""
    found: list[_Index] = []
    rates, last = _rates(file, *movie), movie[1]
    for position, name, body, end in _before_fragments(file, last, size):
        index = _index(file, position, body, end) if name == b"sidx" else None
        # libav takes other units for those of the track.
        if index is not None and rates.get(index.track) == index.units:
            found.append(index)
        last = end
    return found, last


def _rates(file: BinaryIO, start: int, stop: int) -> dict[int, int]:
    """Return the units in a second of each track, by its number."""
    found = {}
    for name, body, end in boxes(file, start, stop):
        if name == b"trak":
            # The number of a track lies in its box where the units do in theirs.
            number = time_scale(file, inside(file, body, min(end, stop), b"tkhd")[0])
            found[number] = time_scale(file, inside(file, body, min(end, stop), b"mdia", b"mdhd")[0])
    return found


def _before_fragments(file: BinaryIO, start: int, size: int) -> Iterator[tuple[int, bytes, int, int]]:
    """Yield where each box before the first fragment begins, its name, and where its content begins and ends."""
    position, count = start, 0
    for name, body, end in boxes(file, start, size):
        count += name == b"sidx"
        if name in {b"moof", b"mdat"} or end > size or end - start > _MOST_HEADER or count > _MOST_INDICES:
            return
        yield position, name, body, end
        position = end


def _index(file: BinaryIO, start: int, body: int, end: int) -> _Index | None:
    file.seek(body)
    data = exactly(file, min(end - body, _MOST_INDEX))
    version, track, units = struct.unpack_from(">B3xII", data)
    kind = ">IIHH" if version == 0 else ">QQHH"
    time, ahead, _, count = struct.unpack_from(kind, data, 12)
    at = 12 + struct.calcsize(kind)
    is_known = version <= 1 and units and count and max(time, ahead) <= MOST_TIME
    if not is_known or at + 12 * count > len(data):
        return None
    segments = np.frombuffer(data, ">u4", 3 * count, at).reshape(-1, 3).astype(np.int64)
    # Some tell of further indices.
    is_plain = 0 < segments[:, 0].min() <= segments[:, 0].max() <= _MOST_BYTES
    return _Index(start, end, track, units, time, end + ahead, segments) if is_plain else None


def _reaches_end(file: BinaryIO, last: int, size: int) -> bool:
    """Say whether nothing but another index lies after the segments."""
    if last >= size:
        return last == size
    file.seek(size - 4)
    return last == size - int.from_bytes(exactly(file, 4), "big")


def _box(index: _Index, time: int, ahead: int, segments: Ints) -> bytes:
    head = struct.pack(">B3xIIQQHH", 1, index.track, index.units, time, ahead, 0, len(segments))
    return box(b"sidx", head, segments.astype(">u4").tobytes())
