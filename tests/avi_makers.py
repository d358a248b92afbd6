"""Takes AVI files apart and puts them together in other ways. Knows nothing of our own code."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

#: Where the header of a stream has its times, and its bytes of a sample, after its name and size.
SCALE, RATE, START, SAMPLE = 28, 32, 36, 52


class Chunk(NamedTuple):
    """Bytes of a stream, as a file has them and as its index tells of them."""

    name: bytes
    data: bytes
    is_key: bool = True
    #: Whether the index tells of it, and whether it is there.
    is_listed: bool = True
    is_there: bool = True


def taken_apart(data: bytes) -> tuple[bytearray, list[Chunk]]:
    """Return the header of a file of one part, and its chunks."""
    movie = data.index(b"movi", data.index(b"hdrl")) - 8
    size = struct.unpack_from("<I", data, movie + 4)[0]
    index = movie + 8 + size + size % 2
    chunks = []
    for at in range(index + 8, index + 8 + struct.unpack_from("<I", data, index + 4)[0], 16):
        name, flags, place, length = struct.unpack_from("<4sIII", data, at)
        begin = movie + 8 + place + 8
        chunks.append(Chunk(name, data[begin : begin + length], bool(flags & 16)))
    return bytearray(data[:movie]), chunks


def headers_of(header: bytes, name: bytes = b"strh") -> list[int]:
    """Return where pieces of a name begin, one for each stream."""
    found = [header.find(name)]
    while found[-1] >= 0:
        found.append(header.find(name, found[-1] + 1))
    return found[:-1]


def put_together(path: Path, header: bytes, chunks: list[Chunk], *, parts: int = 0, recs: bool = False) -> Path:
    """Write a file with one index at its end or, of several ``parts``, with OpenDML's; ``recs`` are lists of chunks."""
    data = bytearray(header)
    count = -(-len(chunks) // max(parts, 1))
    lists: dict[bytes, list[tuple[int, int, int]]] = {}
    for first in range(0, len(chunks), count):
        riff = 0
        if first:
            riff = len(data)
            data += b"RIFF\0\0\0\0AVIX"
        movie = len(data)
        data += b"LIST\0\0\0\0movi"
        entries = list(_written(data, chunks[first : first + count], movie + 8, recs=recs))
        for name in sorted({name for name, *_ in entries}) if parts else []:
            _add_list(data, lists, name, movie, [entry[1:] for entry in entries if entry[0] == name])
        struct.pack_into("<I", data, movie + 4, len(data) - movie - 8)
        if not first:
            rows = [struct.pack("<4sIII", name, 16 * key, at, size) for name, at, size, key in entries]
            data += b"idx1" + struct.pack("<I", 16 * len(rows)) + b"".join(rows)
        struct.pack_into("<I", data, riff + 4, len(data) - riff - 8)
    # The place that is kept for it is the first piece of junk after a stream's header.
    for number, at in enumerate(headers_of(header) if parts else []):
        junk = data.index(b"JUNK", at)
        found = next(found for name, found in lists.items() if name.startswith(b"%02d" % number))
        data[junk : junk + 4] = b"indx"
        name = b"%02d" % number
        struct.pack_into("<HBBI4s12x", data, junk + 8, 4, 0, 0, len(found), name)
        for place, entry in enumerate(found):
            struct.pack_into("<QII", data, junk + 32 + 16 * place, *entry)
    path.write_bytes(data)
    return path


def _written(data: bytearray, chunks: list[Chunk], base: int, *, recs: bool) -> Iterator[tuple[bytes, int, int, bool]]:
    for chunk in chunks:
        if recs and chunk.is_key:
            data += b"LIST" + struct.pack("<I", 12 + len(chunk.data)) + b"rec "
        if chunk.is_listed:
            yield chunk.name, len(data) - base, len(chunk.data), chunk.is_key
        if chunk.is_there:
            data += chunk.name + struct.pack("<I", len(chunk.data)) + chunk.data + b"\0" * (len(chunk.data) % 2)


def _add_list(
    data: bytearray,
    lists: dict[bytes, list[tuple[int, int, int]]],
    name: bytes,
    movie: int,
    entries: list[tuple[int, int, bool]],
) -> None:
    size = 24 + 8 * len(entries)
    lists.setdefault(name, []).append((len(data), 8 + size, len(entries)))
    data += b"ix" + name[:2] + struct.pack("<IHBBI4sQI", size, 2, 0, 1, len(entries), name, movie + 8, 0)
    for at, length, key in entries:
        data += struct.pack("<II", at + 8, length if key else length | 1 << 31)
