"""Find the frames of a regular MP3 by their headers, many at once: a demuxer takes seconds. Knows no index."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]

#: Bytes that are looked at together.
_CHUNK_BYTES = 16 * 1024 * 1024
_HEADER_BYTES = 4
_ID3V1_BYTES, _ID3V2_BYTES, _APE_BYTES = 128, 10, 32
#: Most bytes of a LYRICS3 tag, whose size is at its end.
_LYRICS_BYTES = 1_000_100
_LYRICS_ENDS = (b"LYRICS200", b"LYRICSEND")
#: Where the count of frames lies behind the names of the tags that state it: after flags, and after other values.
_COUNTS = ((b"Xing", 8), (b"Info", 8), (b"VBRI", 14))
#: Bit rates in kbit/s of layer III by their index, of MPEG 1 and of the lower sample rates of MPEG 2 and 2.5.
_RATES = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}


@dataclass
class Frames:
    """How many frames there are, the place in bytes of each ``step``-th, and the least and the greatest size."""

    step: int
    count: int = 0
    places: list[int] = field(default_factory=list)
    least: int = 1 << 62
    most: int = 0

    def add(self, places: Positions, sizes: Positions) -> None:
        """Add the frames that follow."""
        self.places += places[-self.count % self.step :: self.step].tolist()
        self.count += len(places)
        self.least, self.most = min(self.least, int(sizes.min())), max(self.most, int(sizes.max()))


def find_frames(file: BinaryIO, first: int, rate: int, step: int = 1) -> Frames | None:
    """Find every frame from the one at ``first`` on, and keep each ``step``-th; ``rate`` is its sample rate in Hz.

    None where the frames do not follow each other up to the end, or to tags that reach to it, as in files that were
    joined with the tags between them: that takes a demuxer.

    Source of the header's layout: ISO/IEC 11172-3 and 13818-3, section 2.4.2.3.
    """
    file.seek(first)
    header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    sizes_of = _sizes(header, rate)
    found = Frames(step)
    at = first
    while True:
        file.seek(at)
        data = file.read(_CHUNK_BYTES)
        is_last = len(data) < _CHUNK_BYTES
        places, sizes = _candidates(np.frombuffer(data, np.uint8), header, sizes_of)
        chain = _chain(places, sizes)
        if not len(chain):
            return found if is_last and found.count and _ends_in_tags(data) else None
        found.add(places[chain] + at, sizes[chain])
        reached = int(places[chain[-1]] + sizes[chain[-1]])
        if is_last and reached >= len(data):
            # The last frame may be cut, which is for a demuxer to judge.
            return found if reached == len(data) else None
        at += reached


def stated_frames(head: bytes) -> int | None:
    """Give the count of frames that an MP3 states before its first frame; ``head`` is what lies before that.

    The formats are those of Xing and LAME, and of Fraunhofer's VBRI: http://gabriel.mp3-tech.org/mp3infotag.html.
    """
    for name, after in _COUNTS:
        place = head.rfind(name)
        # The first bit of the flags of Xing says whether there is a count.
        if place >= 0 and len(head) >= place + after + 4 and (name == b"VBRI" or head[place + 7] & 1):
            return int.from_bytes(head[place + after : place + after + 4], "big") or None
    return None


def _ends_in_tags(data: bytes) -> bool:
    """Return whether there are but tags up to the end, where one may be cut, and zeros after them."""
    at = 0
    while data[at:].strip(b"\0"):
        size = _tag_bytes(data, at)
        if not size:
            return False
        at += size
    return True


def _tag_bytes(data: bytes, at: int) -> int:
    """Give the bytes of the tag at a place, 0 where there is none.

    The formats: https://id3.org/id3v2.4.0-structure, https://wiki.hydrogenaud.io/index.php?title=APEv2_specification
    and https://id3.org/Lyrics3v2.
    """
    head = data[at : at + _APE_BYTES]
    if head.startswith(b"TAG"):
        return _ID3V1_BYTES
    if head.startswith(b"ID3") and len(head) >= _ID3V2_BYTES:
        # Sizes have seven bits in a byte.
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        return _ID3V2_BYTES * (2 if head[5] & 0x10 else 1) + size
    if head.startswith(b"APETAGEX") and len(head) == _APE_BYTES:
        # The size has the items and the footer, and the header, which is there when this is one, beside it.
        is_header = bool(head[23] & 0x20)
        return int.from_bytes(head[12:16], "little") + _APE_BYTES if is_header else _APE_BYTES
    if head.startswith(b"LYRICSBEGIN"):
        ends = [data.find(end, at, at + _LYRICS_BYTES) for end in _LYRICS_ENDS]
        return min((end - at + len(_LYRICS_ENDS[0]) for end in ends if end >= 0), default=0)
    return 0


def _sizes(header: bytes, rate: int) -> npt.NDArray[np.int64]:
    """Give the size in bytes for each third byte of a header, 0 where it is no header of the same stream."""
    is_first = bool(header[1] & 0x08)
    factor = 144_000 if is_first else 72_000
    table = np.zeros(256, np.int64)
    for third in range(256):
        kbits = _RATES[is_first][third >> 4]
        if kbits and third & 0x0C == header[2] & 0x0C:
            table[third] = factor * kbits // rate + (third >> 1 & 1)
    return table


def _candidates(data: npt.NDArray[np.uint8], header: bytes, sizes_of: npt.NDArray[np.int64]) -> tuple[Any, Any]:
    places = np.flatnonzero(data[: max(0, len(data) - _HEADER_BYTES + 1)] == 0xFF)
    # The last bit of the second byte says whether there is a checksum.
    places = places[data[places + 1] | 1 == header[1] | 1]
    sizes = sizes_of[data[places + 2]]
    return places[sizes > 0], sizes[sizes > 0]


def _chain(places: Positions, sizes: Positions) -> npt.NDArray[np.intp]:
    """Follow the frames from place 0 on, each to the one that begins where it ends; gives their numbers."""
    if not len(places) or places[0] != 0:
        return np.empty(0, np.intp)
    following = np.searchsorted(places, places + sizes)
    following[following == len(places)] = 0
    follows = places[following] == places + sizes
    numbers = np.where(follows, following, -1).tolist()
    chain = []
    number = 0
    while number >= 0:
        chain.append(number)
        number = numbers[number]
    return np.array(chain, np.intp)
