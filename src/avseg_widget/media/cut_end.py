"""Say of a file that its end is missing, by what its bytes state. Decodes nothing."""

from __future__ import annotations

import io
from typing import BinaryIO

from .layout import wav_header
from .source import Place

#: How each warning of it begins.
CUT = "The file is damaged or cut: "
#: Most bytes of an Ogg page, and of its header with the table of its segments.
_PAGE, _PAGE_HEADER = 65_307, 282
_OGG_PAGE = b"OggS\x00"
#: Most chunks that are gone through on the way to the sound.
_MOST_CHUNKS = 200
#: From here on a length in AU is what writers put that did not know it.
_UNKNOWN_LENGTH = 0xFFFFFFFF
#: What the two elements of Matroska begin with, that of its kind and that of all the rest.
_MATROSKA = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
#: Objects of ASF: its header, what that says of the whole file, and what holds the packets.
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
#: Bytes of what names and measures an object of ASF, of the latter before its packets, and of the file's object.
_ASF_OBJECT, _ASF_DATA_HEAD, _ASF_FILE_SIZE = 24, 50, 104


def cut_warning(end: float, stated: float) -> str:
    """Say up to where a file plays that states to be longer, in seconds."""
    return f"{CUT}it plays until {end:.1f} s of {stated:.1f} s."


def warnings_of_end(place: Place, duration: float | None) -> list[str]:
    """Say it of WAV, AIFF, AU, CAF, W64, ASF and Ogg; ``duration`` is that of what is there, in seconds."""
    with place.open() as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        kind = file.read(4)
        if kind == b"OggS":
            whole = _ends_with_page(file, size)
            return [] if whole else [f"{CUT}its last page is not whole, and what followed is lost."]
        if kind == _ASF[:4] and duration is not None and _is_cut_asf(file, size):
            return [f"{CUT}it plays until {duration:.1f} s, and what followed is lost."]
        known = {b".snd": _au, b"caff": _caf, b"riff": _w64}.get(kind)
        found = None if known is None else known(file, size)
    if known is None and (header := wav_header(place)) is not None:
        found = header.stated, header.there
    if found is None or duration is None or not 0 < found[1] < found[0]:
        return []
    stated, there = found
    return [cut_warning(duration, duration * stated / there)]


def is_cut_matroska(place: Place) -> bool:
    """Say whether a Matroska's one element with all the rest reaches beyond its end."""
    with place.open() as file:
        size = file.seek(0, io.SEEK_END)
        end = 0
        for mark in _MATROSKA:
            file.seek(min(end, size))
            head = file.read(12)
            length = 9 - head[4].bit_length() if len(head) == 12 and head.startswith(mark) else 9
            if length > 8:
                return False
            most = (1 << 7 * length) - 1
            stated = int.from_bytes(head[4 : 4 + length], "big") & most
            if stated == most:
                # Written as it was recorded, it does not know its length.
                return False
            end += 4 + length + stated
        return end > size


def _ends_with_page(file: BinaryIO, size: int) -> bool:
    start = max(0, size - _PAGE - _PAGE_HEADER)
    file.seek(start)
    data = file.read()
    at = data.rfind(_OGG_PAGE)
    if at < 0:
        return True
    segments = data[at + 27 : at + 27 + data[at + 26]] if len(data) > at + 26 else b""
    return (
        len(data) > at + 26 and len(segments) == data[at + 26] and at + 27 + len(segments) + sum(segments) <= len(data)
    )


def _au(file: BinaryIO, size: int) -> tuple[int, int] | None:
    """Give how many bytes of sound are stated, and how many are there."""
    file.seek(4)
    start, stated = (int.from_bytes(file.read(4), "big") for _ in range(2))
    return None if stated == _UNKNOWN_LENGTH else (stated, size - start)


def _caf(file: BinaryIO, size: int) -> tuple[int, int] | None:
    position = 8
    for _ in range(_MOST_CHUNKS):
        if position > size:
            return None
        file.seek(position)
        name, length = file.read(4), int.from_bytes(file.read(8), "big", signed=True)
        if name == b"data" or length < 0:
            return (length, size - position - 12) if name == b"data" and length > 0 else None
        position += 12 + length
    return None


def _w64(file: BinaryIO, size: int) -> tuple[int, int] | None:
    position = 40
    for _ in range(_MOST_CHUNKS):
        if position > size:
            return None
        file.seek(position)
        name, length = file.read(16)[:4], int.from_bytes(file.read(8), "little")
        if name == b"data" or length < 24:
            return (length - 24, size - position - 24) if name == b"data" and length > 24 else None
        position += -(-length // 8) * 8
    return None


def _is_cut_asf(file: BinaryIO, size: int) -> bool:
    """Count the packets, all as long: only a file that was sent as it was recorded does not know how many it has."""
    stated = 0
    position = 30
    for _ in range(_MOST_CHUNKS):
        if position > size:
            return False
        file.seek(position)
        head = file.read(_ASF_FILE_SIZE)
        name, length = head[:16], int.from_bytes(head[16:24], "little")
        if name == _ASF_DATA:
            return size < position + _ASF_DATA_HEAD + stated
        if length < _ASF_OBJECT:
            return False
        if name == _ASF_FILE and len(head) == _ASF_FILE_SIZE:
            count = int.from_bytes(head[56:64], "little")
            flags, least, most = (int.from_bytes(head[at : at + 4], "little") for at in (88, 92, 96))
            stated = count * least if least == most and not flags & 1 else 0
        position += length
    return False
