"""Walk through the boxes that an MP4 is made of. Knows no codec and no track's tables.

Their layout is that of ISO/IEC 14496-12, section 4.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

_HEAD = struct.Struct(">I4s")
#: Most boxes looked at in one file; a film in fragments of a second has 7,200 an hour.
MOST_BOXES = 500_000


def boxes(file: BinaryIO, start: int, stop: int, most: int = MOST_BOXES) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, the start of the content and the stated end of each box; the end may lie beyond ``stop``.

    One that ends before its content begins is the end of all.
    """
    position = start
    for _ in range(most):
        if position + 8 > stop:
            return
        file.seek(position)
        header = file.read(16)
        length, name = _HEAD.unpack_from(header)
        head = 8
        if length == 1 and len(header) == 16:
            length, head = struct.unpack(">Q", header[8:])[0], 16
        elif length == 0:
            length = stop - position
        if length < head:
            return
        yield name, position + head, position + length
        position += length


def boxes_in(data: bytes, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the same of what is in memory; none ends beyond ``stop``."""
    while start + 8 <= stop:
        length, name = _HEAD.unpack_from(data, start)
        head = 8
        if length == 1 and start + 16 <= stop:
            length, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        if length and length < head:
            return
        end = min(start + length, stop) if length else stop
        yield name, start + head, end
        start = end


def inside(file: BinaryIO, start: int, stop: int, *path: bytes) -> tuple[int, int]:
    """Return where the content of the first box of a path begins and ends; both are one place where there is none."""
    for wanted in path:
        found = ((body, min(end, stop)) for name, body, end in boxes(file, start, stop) if name == wanted)
        start, stop = next(found, (stop, stop))
    return start, stop


def time_scale(file: BinaryIO, body: int) -> int:
    """Return the units in a second of the box of a movie or a track."""
    file.seek(body)
    (version,) = exactly(file, 1)
    file.seek(body + (20 if version == 1 else 12))
    return int.from_bytes(exactly(file, 4), "big")


def rescaled(time: int, to: int, units: int) -> int:
    """Return a time in other units; halves are rounded up, as libav does."""
    return (2 * time * to + units) // (2 * units)


def exactly(file: BinaryIO, count: int) -> bytes:
    """Read so many bytes, zeros after the file's end.

    Raises
    ------
    ValueError
        where it is less than none.
    """
    if count < 0:
        # To files that is all there is.
        raise ValueError(count)
    return file.read(count).ljust(count, b"\0")
