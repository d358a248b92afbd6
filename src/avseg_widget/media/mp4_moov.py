"""Read the header of a long MP4, and where its packets are listed. Knows no decoder.

The boxes: ISO/IEC 14496-12, sections 8.2 to 8.8.
"""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, islice
from typing import Any, BinaryIO

import numpy as np

from ..errors import MediaError
from .boxes import boxes, boxes_in, exactly, inside, rescaled, time_scale
from .layout import is_cut_mp4, is_encrypted_mp4
from .mp4_fragment_track import FragmentTrack
from .mp4_fragments import Defaults, Listing, list_fragments
from .mp4_kept import KeptLists
from .mp4_movie import HEAD, Movie
from .mp4_segments import is_indexed
from .mp4_tables import Table, TableTrack
from .mp4_track import Edit, OddError, Track, box
from .source import Place

#: Most bytes of a box that is copied.
_MOST_COPIED = 1 << 20
#: Most bytes of a header that are kept when they were fetched.
_MOST_KEPT = 12 << 20
#: Packets in fragments that tell what a file from far is, as all of them are fetched for that.
_FAR_HEAD = 200
_MOST_TRACKS, _MOST_EDITS = 64, 1000
#: Seconds by which an edit may end after its track.
_MOST_AFTER = 1
#: What some encoders note of the sound that they begin with, in place of an edit; and the most bytes of such notes.
_GAPLESS, _MOST_NOTED = b"iTunSMPB", 1 << 24
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
_MEDIA, _LIST = (b"mdia", b"minf"), (b"mdia", b"minf", b"stbl")


def movie_of(place: Place) -> Movie | None:
    """Return the tables of an MP4 that is long, or that decoders tell wrong; None of all else and odd kinds."""
    if not place.is_whole or place.parts:
        return None
    try:
        with place.open() as file:
            sized = replace(place, size=file.seek(0, io.SEEK_END))
            found = _read(sized, file)
        if found is None or not (found.is_in_fragments or found.is_noted or found.is_in_parts):
            return None
        _check(sized, found)
    except MediaError:
        raise
    except (OddError, struct.error, ArithmeticError, LookupError, ValueError, OSError, MemoryError):
        # Whatever is wrong with it is for decoders to say.
        return None
    return found


def _check(place: Place, movie: Movie) -> None:
    """Raise ``OddError`` where something is not as it is read here; leave out what a cut file lacks."""
    if is_encrypted_mp4(place):
        raise OddError
    for track in movie.tracks:
        track.check()
        _check_edits(movie, track)
        if not movie.is_begun(track):
            raise OddError
    if _is_cut(place, movie):
        if movie.is_edited:
            raise OddError
        movie.cut()
    elif any(isinstance(track, FragmentTrack) and track.listing.place > place.size for track in movie.tracks):
        raise OddError


def _is_cut(place: Place, movie: Movie) -> bool:
    """Say whether boxes reach beyond the end; of fragments from far only the last one is asked for."""
    kept = next((track.kept for track in movie.tracks if isinstance(track, FragmentTrack)), None)
    if kept is None:
        return bool(is_cut_mp4(place))
    with place.open() as file:
        return any(end > place.size for _, _, end in boxes(file, kept.latest, place.size))


def _check_edits(movie: Movie, track: Track) -> None:
    """Raise ``OddError`` where one of several edits shows more than there is, or it cannot be said what they show."""
    end = Fraction(track.end, track.rate) + _MOST_AFTER
    if any(edit.first is not None and edit.first + edit.stop - edit.start > end for edit in track.edits):
        raise OddError
    if track.edits and track.kind == b"vide":
        # A decoder hears of another description within a file only.
        if track.odd_keys or track.kinds > 1:
            raise OddError
        movie.pieces(track)


def _read(place: Place, file: BinaryIO) -> Movie | None:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if file.read(8)[4:] != b"ftyp":
        return None
    start = next((_copied(file, *found) for found in boxes(file, 0, size)), b"")
    movie = inside(file, 0, size, b"moov")
    if place.is_far and movie[1] - movie[0] <= _MOST_KEPT:
        # In order takes fewer requests than by its boxes, and decoders read all of it, too.
        file.seek(movie[0])
        for at in range(*movie, _MOST_COPIED):
            file.read(min(_MOST_COPIED, movie[1] - at))
    head = inside(file, *movie, b"mvhd")
    spans = [(body, min(end, movie[1])) for name, body, end in boxes(file, *movie) if name == b"trak"]
    if head[0] == head[1] or not 0 < len(spans) <= _MOST_TRACKS:
        return None
    units = time_scale(file, head[0]) or 1
    stop = 0
    is_in_fragments = any(name == b"mvex" for name, _, _ in boxes(file, *movie))
    if is_in_fragments and place.is_far and is_indexed(file, movie, size):
        # Decoders read no more lists than they need, and here all would be.
        return None
    if not is_in_fragments:
        tracks: list[Track] = [_table_track(place, file, span, units) for span in spans]
    else:
        tracks, stop = _fragment_tracks(place, file, movie, units)
    is_edited = any(track.edits for track in tracks)
    is_all = not is_edited and any(track.shown is None for track in tracks)
    notes = _notes(file, movie, spans) if is_all else (0, 0)
    return Movie(place, start, _copied(file, b"mvhd", *head), tracks, stop=stop, notes=notes)


def _notes(file: BinaryIO, movie: tuple[int, int], tracks: list[tuple[int, int]]) -> tuple[int, int]:
    """Return where the notes lie that tell of sound without an edit; both are 0 where there are none."""
    found = [
        (name, body, min(end, parent[1]))
        for parent in (movie, *tracks)
        for name, body, end in boxes(file, *parent)
        if name in {b"udta", b"meta"} and _holds(file, body, min(end, parent[1]), _GAPLESS)
    ]
    if not found:
        return 0, 0
    ((name, body, end),) = found
    # Decoders take them for what comes before.
    if name != b"udta" or body < tracks[-1][1] or end - body > _MOST_NOTED:
        raise OddError
    return body, end


def _described(file: BinaryIO, start: int, stop: int) -> dict[str, Any]:
    """Return what any kind of track is told by."""

    def found(*path: bytes) -> tuple[int, int]:
        return inside(file, start, stop, *path)

    rate = time_scale(file, found(b"mdia", b"mdhd")[0])
    others = [_copied(file, name, body, end) for name, body, end in boxes(file, *found(*_MEDIA)) if name != b"stbl"]
    copied = {
        "tref": _copied(file, b"tref", *found(b"tref")),
        "tkhd": _copied(file, b"tkhd", *found(b"tkhd")),
        "edts": _copied(file, b"edts", *found(b"edts")),
        "mdhd": _copied(file, b"mdhd", *found(b"mdia", b"mdhd")),
        "hdlr": _copied(file, b"hdlr", *found(b"mdia", b"hdlr")),
        "stsd": _copied(file, b"stsd", *found(*_LIST, b"stsd")),
        "minf": b"".join(others),
    }
    if not rate or not (copied["tkhd"] and copied["hdlr"]) or len(copied["minf"]) > _MOST_COPIED:
        raise OddError
    kind = copied["hdlr"][16:20]
    _check_descriptions(copied["stsd"], kind)
    # Decoding of sound can begin at each packet, but where a table says otherwise.
    names = {name for name, _, _ in boxes(file, *found(*_LIST))}
    is_odd = bool(names & _ENTRIES) and (kind != b"soun" or b"stss" in names)
    return {"kind": kind, "rate": rate, "copied": copied, "odd_keys": is_odd}


def _check_descriptions(table: bytes, kind: bytes) -> None:
    """Raise ``OddError`` where descriptions are of several codecs, or of sound of several rates."""
    count = int.from_bytes(table[12:16], "big")
    entries = list(islice(boxes_in(table, 16, len(table)), count))
    # All begin with where the packets are, and those of sound go on with its channels and its rate.
    found = {(name, table[body : body + (28 if kind == b"soun" else 8)]) for name, body, _ in entries}
    if len(found) != 1 or len(entries) != count:
        raise OddError


def _table_track(place: Place, file: BinaryIO, span: tuple[int, int], units: int) -> TableTrack:
    start, stop = span
    described = _described(file, start, stop)
    listed = _edits(file, *inside(file, start, stop, b"edts", b"elst"))
    edits: list[Edit] = []
    if _are_several(listed):
        described["copied"]["edts"] = b""
        if described["kind"] in {b"soun", b"vide"}:
            edits, listed = _several_edits(listed, described["kind"], described["rate"], units), []
        else:
            # Of texts and the like it matters only how long they are.
            listed = [(sum(length for length, _ in listed), 0)]
    tables = {
        name: _table(place, file, inside(file, start, stop, *_LIST, name), width, kind) for name, width, kind in _TABLES
    }
    places = tables[b"stco"] or tables[b"co64"]
    body, end = inside(file, start, stop, *_LIST, b"stsz")
    file.seek(body + 4)
    even, count = struct.unpack(">2I", exactly(file, 8))
    is_whole = tables[b"stts"] and tables[b"stsc"] and end >= body + 12 + (0 if even else 4 * count)
    if not places or not is_whole or even * count > place.size:
        raise OddError
    kept = {name: table for name, table in tables.items() if table is not None and name != b"co64"}
    kept |= {b"stco": places, b"stsz": Table(place, body + 12, count)}
    if described["kind"] == b"soun" and tables[b"stss"] and tables[b"stss"].counts_to(count):
        del kept[b"stss"]
    first, empty, shown = _edit(listed, described["rate"], units)
    return TableTrack(
        **described,
        count=count,
        stated=_stated(described["copied"]["mdhd"]),
        edits=edits,
        first=first,
        empty=empty,
        shown=shown,
        tables=kept,
        even=even,
    )


def _fragment_tracks(place: Place, file: BinaryIO, movie: tuple[int, int], units: int) -> tuple[list[Track], int]:
    """Return the tracks of a file of fragments, which follow its header, and where the first packets of these end."""
    spans = [(body, min(end, movie[1])) for name, body, end in boxes(file, *movie) if name == b"trak"]
    defaults = _defaults(file, *inside(file, *movie, b"mvex"))
    listings = {_number(file, *inside(file, *span, b"tkhd")): Listing(_before(place, file, span)) for span in spans}
    if len(listings) < len(spans) or not listings.keys() <= defaults.keys():
        raise OddError
    kept = KeptLists() if place.is_far else None
    head = min(HEAD, _FAR_HEAD) if place.is_far else HEAD
    stop = list_fragments(file, movie[1], listings, defaults, head, most=HEAD, kept=kept)
    tracks: list[Track] = []
    for (number, listing), span in zip(listings.items(), spans, strict=True):
        described = _described(file, *span)
        # An edit of fragments is no more than a shift, and not of what a part lists.
        described["copied"]["edts"] = b""
        edit = inside(file, *span, b"edts", b"elst")
        tracks.append(
            FragmentTrack(
                **described,
                count=listing.count,
                stated=0,
                edits=[],
                first=_shift(file, *edit, described["rate"], units),
                empty=0,
                shown=None,
                place=place,
                number=number,
                listing=listing,
                defaults=defaults,
                kept=kept,
            )
        )
    return tracks, stop


def _defaults(file: BinaryIO, start: int, stop: int) -> dict[int, Defaults]:
    """Return what holds for the packets of each track, by its number."""
    found = {}
    for name, body, _ in boxes(file, start, stop):
        if name == b"trex":
            file.seek(body + 4)
            number, described, *given = struct.unpack(">5I", exactly(file, 20))
            if described != 1:
                raise OddError
            found[number] = Defaults(*given)
    return found


def _number(file: BinaryIO, start: int, end: int) -> int:
    """Return the number of a track."""
    if end <= start:
        raise OddError
    file.seek(start)
    (version,) = exactly(file, 1)
    file.seek(start + (20 if version == 1 else 12))
    return int.from_bytes(exactly(file, 4), "big")


def _before(place: Place, file: BinaryIO, span: tuple[int, int]) -> TableTrack | None:
    """Return the packets of a track that are not in fragments."""
    body, end = inside(file, *span, *_LIST, b"stsz")
    file.seek(body + 8)
    if end <= body or not int.from_bytes(exactly(file, 4), "big"):
        return None
    # Without an edit no units are needed.
    track = _table_track(place, file, span, 1)
    track.check()
    if track.shown is not None or track.edits or (track.kind == b"soun" and b"stss" in track.tables):
        raise OddError
    return track


def _holds(file: BinaryIO, start: int, stop: int, text: bytes) -> bool:
    for at in range(start, stop, _MOST_COPIED):
        file.seek(at)
        if text in exactly(file, min(_MOST_COPIED + len(text), stop - at)):
            return True
    return False


def _stated(header: bytes) -> int:
    """Return the length that the header of a track's media states, 0 for none."""
    size, at = (8, 32) if header[8] == 1 else (4, 24)
    length = int.from_bytes(header[at : at + size], "big")
    return 0 if length == (1 << (8 * size)) - 1 else length


def _edit(edits: list[tuple[int, int]], rate: int, units: int) -> tuple[int, int, int | None]:
    """Return a track's time that is shown at 0, how long nothing is shown from there on, and then how much."""
    if not edits:
        return 0, 0, None
    empty = rescaled(edits[0][0], rate, units) if edits[0][1] == -1 else 0
    length, first = edits[-1]
    if not length or first < 0:
        raise OddError
    return first - empty, empty, rescaled(length, rate, units)


def _shift(file: BinaryIO, start: int, end: int, rate: int, units: int) -> int:
    """Return the time that is shown at 0 of a track in fragments, of whose edits the length has no meaning."""
    edits = _edits(file, start, end)
    empty = edits.pop(0)[0] if edits and edits[0][1] == -1 else 0
    if len(edits) > 1 or any(first < 0 for _, first in edits):
        raise OddError
    return sum(first for _, first in edits) - rescaled(empty, rate, units)


def _are_several(edits: list[tuple[int, int]]) -> bool:
    """Say whether edits show a track in more than one piece."""
    return len(edits) > 2 or (len(edits) == 2 and edits[0][1] != -1)


def _several_edits(edits: list[tuple[int, int]], kind: bytes, rate: int, units: int) -> list[Edit]:
    """Return the edits of a track of sound or pictures."""
    if any(not length or first < -1 for length, first in edits) or all(first == -1 for _, first in edits):
        raise OddError
    # Sound goes on where it was to the sample; of pictures each edit is rounded, as decoders do.
    lengths = [
        Fraction(length, units) if kind == b"soun" else Fraction(rescaled(length, rate, units), rate)
        for length, _ in edits
    ]
    stops = list(accumulate(lengths, initial=Fraction(0)))
    firsts = [None if first == -1 else Fraction(first, rate) for _, first in edits]
    return [Edit(*edit) for edit in zip(stops, stops[1:], firsts, strict=False)]


def _edits(file: BinaryIO, start: int, end: int) -> list[tuple[int, int]]:
    """Return how long each edit of a track is, in the movie's units, and where it begins in the track's."""
    if end <= start:
        return []
    file.seek(start)
    version, count = struct.unpack(">B3xI", exactly(file, 8))
    kind = struct.Struct(">Qqi" if version == 1 else ">Iii")
    if count > _MOST_EDITS or start + 8 + count * kind.size > end:
        raise OddError
    found = [kind.unpack(exactly(file, kind.size)) for _ in range(count)]
    if any(speed != 1 << 16 for _, _, speed in found):
        raise OddError
    return [(length, first) for length, first, _ in found]


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
