"""Look at the bytes of a file for what the decoders do not tell: lengths, boxes, headers. Decodes nothing."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from .boxes import MOST_BOXES, boxes, exactly, inside, rescaled, time_scale
from .source import Place

_MP4_STARTS = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp", b"sidx"}
_LENGTH_TAGS = (b"Xing", b"Info", b"VBRI")
#: Boxes on the way to what an MP4's tracks hold.
_TRACK_PATH = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
#: Sample entries of encrypted tracks: of Common Encryption, and of Apple's older one.
_ENCRYPTED = {b"encv", b"enca", b"enct", b"encs", b"drms", b"drmi"}
_MOST_FAR_BOXES = 50
#: From here on a WAV's length is what writers put that did not know it.
_UNKNOWN_LENGTH = 0x7FFFF000


@dataclass(frozen=True)
class WavHeader:
    """What a WAV or AIFF says of itself: ``stated`` bytes of sound, of which ``there`` are in the file.

    ``stated`` is 0 when the writer did not know, and all that follows is sound; ``channels`` and ``rate`` are None in
    an AIFF, whose reader checks them.
    """

    channels: int | None
    rate: int | None
    stated: int
    there: int


def wav_header(place: Place) -> WavHeader | None:
    """Read the header of a WAV, RF64 or AIFF; None when it is none, or has no sound."""
    with place.open() as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        start = file.read(12)
        kind = start[:4]
        if kind not in {b"RIFF", b"RF64", b"BW64", b"FORM"} or start[8:] not in {b"WAVE", b"AIFF", b"AIFC"}:
            return None
        endian = ">" if kind == b"FORM" else "<"
        channels = rate = None
        long_length = 0
        for name, position, length in _chunks(file, size, endian):
            file.seek(position)
            if name == b"ds64":
                long_length = int.from_bytes(file.read(16)[8:], "little")
            elif name == b"fmt " and len(body := file.read(8)) == 8:
                channels, rate = struct.unpack("<2xHI", body)
            elif name in {b"data", b"SSND"}:
                # RF64 writes the length elsewhere.
                stated = long_length if length == 0xFFFFFFFF and long_length else length
                is_known = stated < _UNKNOWN_LENGTH or stated == long_length
                rest = size - position
                return WavHeader(channels, rate, *((stated, min(stated, rest)) if is_known and stated else (0, rest)))
    return None


def _chunks(file: BinaryIO, size: int, endian: str) -> Iterator[tuple[bytes, int, int]]:
    position = 12
    for _ in range(_MOST_FAR_BOXES):
        if position + 8 > size:
            return
        file.seek(position)
        name, length = struct.unpack(f"{endian}4sI", file.read(8))
        yield name, position + 8, length
        position += 8 + length + length % 2


def is_cut_mp4(place: Place) -> bool | None:
    """Say whether an MP4's boxes reach beyond its end; None when it is no MP4 or its index is missing."""
    found = False
    end = 0
    with place.open() as file:
        size = file.seek(0, io.SEEK_END)
        most = _MOST_FAR_BOXES if place.is_far else MOST_BOXES
        for count, (name, _, end) in enumerate(boxes(file, 0, size)):  # noqa: B007 - the last end is used
            if count == 0 and name not in _MP4_STARTS:
                return None
            found = found or name == b"moov"
            if count == most:
                break
    return end > size if found else None


def has_mp4_start(place: Place) -> bool:
    """Say whether the file begins as an MP4 does."""
    with place.open() as file:
        return file.read(8)[4:] == b"ftyp"


def is_joined_mp4(place: Place) -> bool:
    """Say whether several descriptions hold for the packets of an MP4's picture, as in one joined of several films."""
    with place.open() as file:
        size = file.seek(0, io.SEEK_END)
        if next((name for name, _, _ in boxes(file, 0, size)), b"") not in _MP4_STARTS:
            return False
        start, stop = inside(file, 0, size, b"moov")
        tracks = [(body, min(end, stop)) for name, body, end in boxes(file, start, stop) if name == b"trak"]
        return any(_is_joined(file, *track) for track in tracks)


def _is_joined(file: BinaryIO, start: int, stop: int) -> bool:
    file.seek(inside(file, start, stop, b"mdia", b"hdlr")[0] + 8)
    kind = exactly(file, 4)
    file.seek(inside(file, start, stop, *_TRACK_PATH[2:])[0] + 4)
    return kind == b"vide" and int.from_bytes(exactly(file, 4), "big") > 1


def is_encrypted_mp4(place: Place) -> bool:
    """Say whether a track of an MP4 is encrypted."""
    with place.open() as file:
        size = file.seek(0, io.SEEK_END)
        return any(name in _ENCRYPTED for name in _sample_entries(file, 0, size, 0))


def sound_edit(place: Place) -> float | None:
    """Return the seconds that are shown of an MP4 with sound alone, in one track of which its edit list shows one part.

    None for all else, and for what is far, as each look costs a request. Where there is one, libav needs no second list
    of all packets, in the order of the edits.
    """
    if not place.is_file:
        return None
    with place.open() as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(4)
        if file.read(4) != b"ftyp":
            return None
        movie = next((body_end for name, *body_end in boxes(file, 0, size) if name == b"moov"), None)
        if movie is None:
            return None
        found = [(name, body, min(end, size)) for name, body, end in boxes(file, movie[0], min(movie[1], size))]
        tracks = [(body, end) for name, body, end in found if name == b"trak"]
        if len(tracks) != 1 or any(name == b"mvex" for name, _, _ in found):
            return None
        units = next((time_scale(file, body) for name, body, _ in found if name == b"mvhd"), 0)
        return _edit_of(file, *tracks[0], units)


def _edit_of(file: BinaryIO, start: int, stop: int, units: int) -> float | None:
    parts = {}
    for path in ((b"mdia", b"mdhd"), (b"mdia", b"hdlr"), (b"edts", b"elst")):
        parts[path[-1]] = body, end = inside(file, start, stop, *path)
        if end <= body:
            return None
    rate = time_scale(file, parts[b"mdhd"][0])
    file.seek(parts[b"hdlr"][0])
    if file.read(12)[8:] != b"soun" or not rate or not units:
        return None
    # Decoders take where it begins for a number of samples.
    described, _ = inside(file, start, stop, b"mdia", b"minf", b"stbl", b"stsd")
    file.seek(described + 40)
    if int.from_bytes(exactly(file, 4), "big") >> 16 != rate:
        return None
    file.seek(parts[b"elst"][0])
    version, count = struct.unpack(">B3xI", exactly(file, 8))
    length, first, speed = struct.unpack(">Qqi" if version == 1 else ">Iii", exactly(file, 20 if version == 1 else 12))
    if count != 1 or not length or first < 0 or speed != 1 << 16:
        return None
    # As libav rounds: to the track's units, then to microseconds.
    return float(round(rescaled(length, rate, units) / rate, 6))


def _sample_entries(file: BinaryIO, start: int, stop: int, depth: int) -> Iterator[bytes]:
    for name, body, end in boxes(file, start, stop):
        if depth == len(_TRACK_PATH):
            yield name
        elif name == _TRACK_PATH[depth]:
            # The list of sample entries begins with a version and a count.
            head = 8 if name == b"stsd" else 0
            yield from _sample_entries(file, body + head, min(end, stop), depth + 1)
        if name == b"moov":
            return


def has_mp3_length(place: Place) -> bool:
    """Say whether an MP3 states its length in its first packet; without it decoders guess from the bit rate."""
    with place.open() as file:
        head = file.read(10)
        tag_bytes = 0
        if head.startswith(b"ID3") and len(head) == 10:
            # ID3 writes sizes with seven bits in a byte.
            tag_bytes = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        file.seek(tag_bytes)
        start = file.read(2048)
    return any(tag in start for tag in _LENGTH_TAGS)
