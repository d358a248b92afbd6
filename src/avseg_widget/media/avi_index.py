"""The header of an AVI and the list of its chunks, which is read from the file in blocks. Knows no demuxer.

A file lists its chunks once at its end (idx1), or for each stream in parts of 1 GB (OpenDML).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from .stretches import OddError

Rows = npt.NDArray[Any]
Steps = npt.NDArray[np.int64]

#: Most bytes of what lies before the first chunk, and most pieces that are looked through for something.
_MOST_HEADER, _MOST_PIECES = 1 << 20, 1000
#: Entries of a list that are read at once.
_BLOCK = 1 << 15
#: Flags: chunks lie in another order than their times; decoding can begin at a chunk.
_MUST_USE_INDEX, _IS_KEY = 0x20, 0x10
#: Of an entry that is not a key, in OpenDML.
_NO_KEY = 1 << 31
#: Sounds of which demuxers do not believe some sizes, by the format's tag.
_MP3, _AAC = 0x55, {0xFF, 0x706D, 0x4143, 0xA106}
_NO_STREAM = 255

_IDX1 = np.dtype([("tag", "<u4"), ("flags", "<u4"), ("place", "<u4"), ("size", "<u4")])
_ODML = np.dtype([("place", "<u4"), ("size", "<u4")])
#: A chunk: its stream, its list and number there, the place of its own header of 8 bytes, and the bytes after that.
_ROW = np.dtype([("stream", "u1"), ("key", "?"), ("list", "u1"), ("number", "i8"), ("place", "i8"), ("size", "i8")])


@dataclass
class Stream:
    """A stream as the header tells it: a unit of its time is ``scale / rate`` seconds."""

    is_picture: bool
    scale: int
    rate: int
    #: When it begins, in units.
    start: int
    #: Where this is written, and the bytes of a sample 20 bytes after it.
    start_at: int
    #: Bytes for which time goes on by one unit, 0 where it does for each chunk, or for each ``align`` bytes begun.
    sample: int
    align: int = 0
    #: Where its lists are listed.
    lists_at: int = 0
    #: How each of its chunks is named.
    tag: int = 0

    def steps(self, sizes: Steps) -> Steps:
        """Return how far time goes on with each chunk, in units, or in bytes of sound with samples."""
        if self.sample:
            return sizes
        return -(-sizes // self.align) if self.align else np.ones_like(sizes)

    def seconds(self, times: Any) -> Any:
        """Return one or more times, as :meth:`steps` counts them, in seconds."""
        return times / max(1, self.sample) * (self.scale / self.rate)


class _Part(NamedTuple):
    """Entries that lie one after another in a file, from a place on, and what is added to the places in them."""

    at: int
    length: int
    base: int


class _List:
    """A list of chunks, of one stream or of all."""

    def __init__(self, parts: list[_Part], stream: int | None, streams: list[Stream]) -> None:
        self._parts = parts
        self._stream = stream
        self._streams = streams
        self.count = sum(part.length for part in parts)

    def rows(self, file: BinaryIO, first: int, last: int) -> Rows:
        """Read the chunks of entries from one on up to another."""
        found = [np.empty(0, _ROW)]
        begin = 0
        for part in self._parts:
            start, stop = max(first - begin, 0), min(last - begin, part.length)
            if start < stop:
                rows = self._read(file, part, start, stop)
                rows["number"] += begin
                found.append(rows[rows["stream"] != _NO_STREAM])
            begin += part.length
        return np.concatenate(found)

    def _read(self, file: BinaryIO, part: _Part, start: int, stop: int) -> Rows:
        kind = _IDX1 if self._stream is None else _ODML
        file.seek(part.at + start * kind.itemsize)
        data = file.read((stop - start) * kind.itemsize)
        if len(data) < (stop - start) * kind.itemsize:
            raise OddError
        entries = np.frombuffer(data, kind)
        rows = np.zeros(len(entries), _ROW)
        rows["number"] = np.arange(start, stop)
        rows["place"] = entries["place"]
        rows["place"] += part.base
        rows["size"] = entries["size"]
        if self._stream is None:
            rows["stream"] = self._streams_of(entries["tag"])
            # What is empty is not gone to.
            rows["key"] = (entries["flags"] & _IS_KEY != 0) & (rows["size"] > 0)
        else:
            rows["stream"], rows["key"] = self._stream, rows["size"] < _NO_KEY
            rows["size"] %= _NO_KEY
        return rows

    def _streams_of(self, tags: Any) -> Any:
        found = np.full(len(tags), _NO_STREAM)
        for number, stream in enumerate(self._streams):
            own = np.flatnonzero(tags % (1 << 16) == int.from_bytes(b"%02d" % number, "little"))
            if len(own):
                stream.tag = stream.tag or int(tags[own[0]])
                if np.any(tags[own] != stream.tag):
                    raise OddError
            found[own] = number
        return found


class AviIndex:
    """The header of an AVI with one picture, and its lists of chunks.

    Raises
    ------
    OddError
        where they are not of the plain kind.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._size = size
        self.streams: list[Stream] = []
        self._header = file.read(_MOST_HEADER)
        #: The first byte after the header, and after the chunks that follow it.
        self._begin, self._end = self._read_header()
        self._header = self._header[: self._begin]
        pictures = [number for number, stream in enumerate(self.streams) if stream.is_picture]
        if len(pictures) != 1 or len(self.streams) >= 100:
            raise OddError
        self.picture = pictures[0]
        is_odml = any(stream.lists_at for stream in self.streams)
        self._lists = self._odml(file) if is_odml else [self._idx1(file)]

    @property
    def count(self) -> int:
        """How many entries there are."""
        return sum(each.count for each in self._lists)

    def rows(self, file: BinaryIO, spans: list[tuple[int, int]]) -> Rows:
        """Read the chunks of a span of entries of each list, in the order of the file."""
        return _sorted([each.rows(file, *span) for each, span in zip(self._lists, spans, strict=True)])

    def blocks(self, file: BinaryIO) -> Iterator[Rows]:
        """Yield all chunks in the order of the file.

        Raises
        ------
        OddError
            where some overlap, or do not lie in the file.
        """
        held = [np.empty(0, _ROW) for _ in self._lists]
        read = [0] * len(held)
        end = self._begin
        while True:
            for number, each in enumerate(self._lists):
                while not len(held[number]) and read[number] < each.count:
                    held[number] = each.rows(file, read[number], read[number] + _BLOCK)
                    held[number]["list"] = number
                    if np.any(np.diff(held[number]["place"]) <= 0):
                        raise OddError
                    read[number] += _BLOCK
            # What comes after the last one read of a list may come after some that are not read.
            lasts = [rows["place"][-1] for rows in held if len(rows)]
            if not lasts:
                return
            counts = [int(np.searchsorted(rows["place"], min(lasts), "right")) for rows in held]
            found = _sorted([rows[:count] for rows, count in zip(held, counts, strict=True)])
            held = [rows[count:] for rows, count in zip(held, counts, strict=True)]
            ends = found["place"] + 8 + found["size"]
            if np.any(found["place"] < np.concatenate([[end], ends[:-1]])) or ends[-1] > self._size:
                raise OddError
            end = int(ends[-1])
            yield found

    def spans(self, rows: Rows) -> list[tuple[int, int]]:
        """Return the span of each list that holds some chunks."""
        numbers = [rows["number"][rows["list"] == number] for number in range(len(self._lists))]
        return [(int(each[0]), int(each[-1]) + 1) if len(each) else (0, 0) for each in numbers]

    def header(self, rows: Rows, starts: list[int] | None) -> bytes:
        """Return what comes before the bytes of some chunks to make a file of them, of which streams begin at times."""
        header = bytearray(self._header[: self._begin - 12])
        for number, stream in enumerate(self.streams):
            if stream.lists_at:
                header[stream.lists_at : stream.lists_at + 4] = b"JUNK"
            if starts is not None:
                struct.pack_into("<I", header, stream.start_at, starts[number])
                struct.pack_into("<I", header, stream.start_at + 16, stream.sample)
        own = [rows[rows["stream"] == number] for number in range(len(self.streams))]
        length = len(header) + sum(32 + len(each) * _ODML.itemsize for each in own) + 12
        begin, end = int(rows["place"][0]), int(rows["place"][-1] + 8 + rows["size"][-1])
        for number, each in enumerate(own):
            entries = np.empty(len(each), _ODML)
            entries["place"] = each["place"] - begin + length + 8
            entries["size"] = each["size"] + np.where(each["key"], 0, _NO_KEY)
            size = 24 + entries.nbytes
            header += struct.pack("<4sIHBBI2s2xQI", b"indx", size, 2, 0, 1, len(each), b"%02d" % number, 0, 0)
            header += entries.tobytes()
        header += struct.pack("<4sI4s", b"LIST", 4 + end - begin, b"movi")
        struct.pack_into("<I", header, 4, len(header) + end - begin - 8)
        return bytes(header)

    def _read_header(self) -> tuple[int, int]:
        if self._header[:4] != b"RIFF" or self._header[8:12] != b"AVI " or self._number(4) + 8 > self._size:
            raise OddError
        at = 12
        for _ in range(_MOST_PIECES):
            name, size = self._header[at : at + 4], self._number(at + 4)
            if name == b"LIST":
                if self._header[at + 8 : at + 12] == b"movi":
                    # What is written anew lies in the header.
                    if any(stream.start_at + 20 > at for stream in self.streams):
                        raise OddError
                    return at + 12, at + 8 + size + size % 2
                at += 12
                continue
            self._note(name, at + 8)
            at += 8 + size + size % 2
        raise OddError

    def _note(self, name: bytes, at: int) -> None:
        if name == b"avih" and self._number(at + 12) & _MUST_USE_INDEX:
            raise OddError
        if name == b"strh":
            kind = self._header[at : at + 4]
            scale, rate, start, count = (self._number(at + more) for more in (20, 24, 28, 32))
            is_picture = kind == b"vids"
            # Without a count the length would be told by the bytes of the whole.
            if kind not in {b"vids", b"auds"} or not scale or not rate or (is_picture and not count):
                raise OddError
            sample = 0 if is_picture else self._number(at + 44)
            self.streams.append(Stream(is_picture, scale, rate, start, at + 28, sample))
        elif name in {b"strf", b"indx"} and not self.streams:
            raise OddError
        elif name == b"strf":
            self._note_format(self.streams[-1], at)
        elif name == b"indx":
            self.streams[-1].lists_at = at - 8

    def _note_format(self, stream: Stream, at: int) -> None:
        if stream.is_picture:
            # Colours that change on the way are in no list.
            if self._number(at + 14, 2) <= 8:
                raise OddError
            return
        tag, align = self._number(at, 2), self._number(at + 12, 2)
        stream.align = 0 if tag in _AAC and align <= 4 else align
        is_by_packet = stream.sample == align and (
            (tag == _MP3 and align == 1152) or (tag in _AAC and align in {1024, 4096})
        )
        if (stream.sample and align not in {0, stream.sample}) or (stream.start and is_by_packet):
            raise OddError
        if is_by_packet:
            stream.sample = 0

    def _number(self, at: int, size: int = 4) -> int:
        if at + size > len(self._header):
            raise OddError
        return int.from_bytes(self._header[at : at + size], "little")

    def _idx1(self, file: BinaryIO) -> _List:
        first = self._first_chunk(file)
        at = self._end
        for _ in range(_MOST_PIECES):
            name, size = _piece(file, at)
            if name == b"idx1":
                found = _List([_Part(at + 8, size // _IDX1.itemsize, 0)], None, self.streams)
                rows = found.rows(file, 0, _BLOCK)
                if not len(rows) or self._size >= 1 << 32:
                    raise OddError
                # Places are counted from one or another byte.
                base = first - int(rows["place"][0])
                return _List([_Part(at + 8, size // _IDX1.itemsize, base)], None, self.streams)
            at += 8 + size + size % 2
        raise OddError

    def _first_chunk(self, file: BinaryIO) -> int:
        at = self._begin
        for _ in range(_MOST_PIECES):
            name, size = _piece(file, at)
            if name[:2].isdigit() and int(name[:2]) < len(self.streams):
                return at
            if name not in {b"LIST", b"JUNK"} and name[:2] != b"ix":
                raise OddError
            at += 12 if name == b"LIST" else 8 + size + size % 2
        raise OddError

    def _odml(self, file: BinaryIO) -> list[_List]:
        found = []
        for number, stream in enumerate(self.streams):
            if not stream.lists_at:
                raise OddError
            file.seek(stream.lists_at)
            _, size, width, sub, kind, count = struct.unpack("<4sIHBBI", _exactly(file, 16))
            if (width, sub, kind) != (4, 0, 0) or not 0 < count <= (size - 24) // 16:
                raise OddError
            file.seek(16, 1)
            places = [place for place, _, _ in struct.iter_unpack("<QII", _exactly(file, 16 * count))]
            found.append(_List([self._part(file, place, number) for place in places], number, self.streams))
        return found

    def _part(self, file: BinaryIO, at: int, stream: int) -> _Part:
        if at >= self._size:
            raise OddError
        file.seek(at)
        _, size, width, sub, kind, count, name, base, _ = struct.unpack("<4sIHBBI2s2xQI", _exactly(file, 32))
        if (width, sub, kind, name) != (2, 0, 1, b"%02d" % stream) or count > (size - 24) // 8 or base >= self._size:
            raise OddError
        return _Part(at + 32, count, base - 8)


def _sorted(lists: list[Rows]) -> Rows:
    found = np.concatenate(lists)
    return found if len(lists) == 1 else found[np.argsort(found["place"], kind="stable")]


def _piece(file: BinaryIO, at: int) -> tuple[bytes, int]:
    file.seek(at)
    name, size = struct.unpack("<4sI", _exactly(file, 8))
    return name, size


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise OddError
    return data
