"""Look at the bytes of a file for what the decoders do not tell: its length tags and boxes. Decodes nothing."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

from .source import Place

_MP4_STARTS = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}
_LENGTH_TAGS = (b"Xing", b"Info", b"VBRI")


def is_cut_mp4(place: Place) -> bool | None:
    """Say whether an MP4's boxes reach beyond its end; None when it is no MP4 or its index is missing."""
    names: list[bytes] = []
    cut = False
    with _bytes_of(place) as file:
        position = 0
        while position + 8 <= place.size:
            file.seek(position)
            header = file.read(16)
            length, name = struct.unpack(">I4s", header[:8])
            if not names and name not in _MP4_STARTS:
                return None
            if length == 1 and len(header) == 16:
                length = struct.unpack(">Q", header[8:])[0]
            elif length == 0:
                length = place.size - position
            names.append(name)
            cut = cut or position + length > place.size
            if length < 8:
                break
            position += length
    return cut if b"moov" in names else None


def has_mp4_start(place: Place) -> bool:
    """Say whether the file begins as an MP4 does."""
    with _bytes_of(place) as file:
        return file.read(8)[4:] == b"ftyp"


def _bytes_of(place: Place) -> BinaryIO:
    return place.path.open("rb") if place.path is not None else io.BytesIO(place.data or b"")


def has_mp3_length(place: Place) -> bool:
    """Say whether an MP3 states its length in its first packet; without it decoders guess from the bit rate."""
    with _bytes_of(place) as file:
        head = file.read(10)
        tag_bytes = 0
        if head.startswith(b"ID3") and len(head) == 10:
            # ID3 writes sizes with seven bits in a byte.
            tag_bytes = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        file.seek(tag_bytes)
        start = file.read(2048)
    return any(tag in start for tag in _LENGTH_TAGS)
