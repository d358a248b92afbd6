"""A long MP4 by its own tables: parts of it that decoders open as files, and its frame times. Knows no decoder.

libav keeps some 50 bytes for each packet of what it opens, and a film has 260,000 of them an hour. Here the tables
stay in the file; a part is a header that lists some packets only, before the file's own bytes.
"""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from ..errors import MediaError
from .boxes import boxes, exactly, inside, rescaled, time_scale
from .layout import is_cut_mp4, is_encrypted_mp4
from .mp4_track import OddError, Table, Track, box
from .source import Place

#: Packets from which on a file is read in parts: six hours of AAC, or four of a film.
LONG = 1_000_000
#: Packets of each track that tell what a file is.
_HEAD = 5_000
#: Most bytes of a box that is copied.
_MOST_COPIED = 1 << 20
_MOST_TRACKS = 64
#: Tracks of sound and pictures; how much later texts may end to count, in seconds.
_SEEN, _TEXT_AFTER = {b"soun", b"vide"}, 1.0
#: What some encoders note of the sound that they begin with, in place of an edit.
_GAPLESS = b"iTunSMPB"
#: What says in ways of its own where decoding can begin.
_ENTRIES = {b"stps", b"sbgp", b"sgpd"}
#: The tables of a track, the numbers in each entry, and what they are: only the delay of what is shown may be below 0.
_TABLES = (
    (b"stts", 2, ">u4"),
    (b"ctts", 2, ">i4"),
    (b"stss", 1, ">u4"),
    (b"stsc", 3, ">u4"),
    (b"stco", 1, ">u4"),
    (b"co64", 1, ">u8"),
)


class Movie:
    """The tracks of a long MP4, in its order."""

    def __init__(self, place: Place, start: bytes, head: bytes, units: int, tracks: list[Track]) -> None:
        self._place = place
        self._start = start
        self._head = head
        self._units = units
        self.tracks = tracks

    @property
    def end(self) -> float:
        """Where what is shown ends, in seconds, as decoders tell it."""
        seen = max((self._end(track) for track in self.tracks if track.kind in _SEEN), default=0.0)
        text = max((self._end(track) for track in self.tracks if track.kind not in _SEEN), default=0.0)
        return text if not seen or seen < text < seen + _TEXT_AFTER else seen

    def _end(self, track: Track) -> float:
        return round(min(self.shown(track), track.end, track.stated or track.end) / track.rate, 6)

    def shown(self, track: Track) -> int:
        """Return how much of a track is shown, in its units; an edit may be longer than what there is."""
        return track.end if track.shown is None else rescaled(track.shown, track.rate, self._units)

    def head(self) -> Place:
        """Return the beginning as a file: what all of it is, but for how long."""
        return self._headed([(track, 0, min(track.count, _HEAD)) for track in self.tracks], edited=True)

    def part(self, track: Track, first: int, last: int) -> Place:
        """Return the packets ``[first, last)`` of one track as a file, the first at 0 s."""
        return self._headed([(track, first, last)], edited=False)

    def only(self, track: Track) -> Place:
        """Return one track as a file, of which its edit shows the same as in the whole."""
        return self._headed([(track, 0, track.count)], edited=True)

    def frame_times(self, track: Track) -> npt.NDArray[np.float64]:
        """Return when the frames of a track are shown, in seconds, ascending."""
        found = np.empty(track.count)
        at = 0
        for stamps in track.stamps():
            kept = stamps[(stamps >= 0) & (stamps < self.shown(track))] if track.shown is not None else stamps
            found[at : at + len(kept)] = kept
            at += len(kept)
        times = found[:at]
        times.sort()
        if track.shown is not None:
            # An edit that begins between two frames is moved to the second, as decoders do.
            times -= times[:1]
        times /= track.rate
        # Of frames that begin at the same time one is shown.
        return times[np.diff(times, prepend=-1) > 0] if np.any(times[1:] == times[:-1]) else times

    def _headed(self, parts: list[tuple[Track, int, int]], *, edited: bool) -> Place:
        def written(shift: int) -> bytes:
            tracks = [track.listed(first, last, shift, edited=edited) for track, first, last in parts]
            # All of the file is the content of one box, so that no decoder reads its tables.
            rest = struct.pack(">I4sQ", 1, b"mdat", 16 + self._place.size)
            return self._start + box(b"moov", self._head, *tracks) + rest

        return replace(self._place, header=written(len(written(0))))


def movie_of(place: Place) -> Movie | None:
    """Return the tables of a long MP4 of the plain kind, with at most one edit in each track; None for all else."""
    if place.path is None or place.header or place.parts:
        return None
    try:
        with place.open() as file:
            found = _read(place, file)
        if found is None or sum(track.count for track in found.tracks) < LONG:
            return None
        if is_cut_mp4(place) or is_encrypted_mp4(place):
            return None
        for track in found.tracks:
            track.check()
            # What tells what the track is has to be shown.
            if track.packet_at(track.first) > _HEAD // 2:
                return None
    except MediaError:
        raise
    except (OddError, struct.error, ArithmeticError, LookupError, ValueError, OSError):
        # Whatever is wrong with it is for decoders to say.
        return None
    return found


def _read(place: Place, file: BinaryIO) -> Movie | None:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if file.read(8)[4:] != b"ftyp":
        return None
    start = next(_copied(file, *found) for found in boxes(file, 0, size))
    movie = inside(file, 0, size, b"moov")
    head = inside(file, *movie, b"mvhd")
    # In a file of fragments the tables are empty.
    if head[0] == head[1] or any(name == b"mvex" for name, _, _ in boxes(file, *movie)):
        return None
    spans = [(body, min(end, movie[1])) for name, body, end in boxes(file, *movie) if name == b"trak"]
    if not 0 < len(spans) <= _MOST_TRACKS:
        return None
    tracks = [_track(place, file, *span) for span in spans]
    if any(track.shown is None for track in tracks) and _holds(file, *inside(file, *movie, b"udta"), _GAPLESS):
        return None
    return Movie(place, start, _copied(file, b"mvhd", *head), time_scale(file, head[0]) or 1, tracks)


def _track(place: Place, file: BinaryIO, start: int, stop: int) -> Track:
    def found(*path: bytes) -> tuple[int, int]:
        return inside(file, start, stop, *path)

    media, list_path = (b"mdia", b"minf"), (b"mdia", b"minf", b"stbl")
    rate = time_scale(file, found(b"mdia", b"mdhd")[0])
    others = [_copied(file, name, body, end) for name, body, end in boxes(file, *found(*media)) if name != b"stbl"]
    if sum(map(len, others)) > _MOST_COPIED:
        raise OddError
    copied = {
        "tref": _copied(file, b"tref", *found(b"tref")),
        "tkhd": _copied(file, b"tkhd", *found(b"tkhd")),
        "edts": _copied(file, b"edts", *found(b"edts")),
        "mdhd": _copied(file, b"mdhd", *found(b"mdia", b"mdhd")),
        "hdlr": _copied(file, b"hdlr", *found(b"mdia", b"hdlr")),
        "stsd": _copied(file, b"stsd", *found(*list_path, b"stsd")),
        "minf": b"".join(others),
    }
    tables = {name: _table(place, file, found(*list_path, name), width, kind) for name, width, kind in _TABLES}
    places = tables[b"stco"] or tables[b"co64"]
    body, end = found(*list_path, b"stsz")
    file.seek(body + 4)
    even, count = struct.unpack(">2I", exactly(file, 8))
    is_whole = tables[b"stts"] and tables[b"stsc"] and end >= body + 12 + (0 if even else 4 * count)
    is_described = all(copied[name] for name in ("tkhd", "hdlr")) and copied["stsd"][12:16] == b"\0\0\0\1"
    if not rate or not places or not is_whole or not is_described or even * count > place.size:
        raise OddError
    if _begins_oddly(file, copied["hdlr"][16:20], *found(*list_path)):
        raise OddError
    kept = {name: table for name, table in tables.items() if table is not None and name != b"co64"}
    kept |= {b"stco": places, b"stsz": Table(place, body + 12, count)}
    return Track(
        copied["hdlr"][16:20],
        rate,
        copied,
        kept,
        even,
        count,
        _stated(copied["mdhd"]),
        *_edit(file, *found(b"edts", b"elst")),
    )


def _holds(file: BinaryIO, start: int, stop: int, text: bytes) -> bool:
    for at in range(start, stop, _MOST_COPIED):
        file.seek(at)
        if text in exactly(file, min(_MOST_COPIED + len(text), stop - at)):
            return True
    return False


def _begins_oddly(file: BinaryIO, kind: bytes, start: int, stop: int) -> bool:
    """Say whether decoding may begin elsewhere than at each packet of sound, or at the listed ones of pictures."""
    names = {name for name, _, _ in boxes(file, start, stop)}
    return b"stss" in names if kind == b"soun" else bool(names & _ENTRIES)


def _stated(header: bytes) -> int:
    """Return the length that the header of a track's media states, 0 for none."""
    size, at = (8, 32) if header[8] == 1 else (4, 24)
    length = int.from_bytes(header[at : at + size], "big")
    return 0 if length == (1 << (8 * size)) - 1 else length


def _edit(file: BinaryIO, start: int, end: int) -> tuple[int, int | None]:
    """Return where the part that is shown begins, in the track's units, and its length in the movie's."""
    if end <= start:
        return 0, None
    file.seek(start)
    version, count = struct.unpack(">B3xI", exactly(file, 8))
    length, first, speed = struct.unpack(">Qqi" if version == 1 else ">Iii", exactly(file, 20 if version == 1 else 12))
    if count != 1 or not length or first < 0 or speed != 1 << 16:
        raise OddError
    return first, length


def _table(place: Place, file: BinaryIO, span: tuple[int, int], width: int, kind: str) -> Table | None:
    start, end = span
    if end <= start:
        return None
    file.seek(start + 4)
    count = int.from_bytes(exactly(file, 4), "big")
    if start + 8 + count * width * np.dtype(kind).itemsize > end or not count:
        raise OddError
    return Table(place, start + 8, count, width, kind)


def _copied(file: BinaryIO, name: bytes, start: int, end: int) -> bytes:
    if end <= start:
        return b""
    if end - start > _MOST_COPIED:
        raise OddError
    file.seek(start)
    return box(name, exactly(file, end - start))
