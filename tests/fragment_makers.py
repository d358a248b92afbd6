"""Writes MP4 in the ways that other writers have, such as in fragments. Knows nothing of our own code."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def box(name: bytes, *parts: bytes, wide: bool = False) -> bytes:
    """Return a box; ``wide`` gives it a length of 64 bits."""
    content = b"".join(parts)
    return struct.pack(">I4sQ", 1, name, 16 + len(content)) + content if wide else (
        struct.pack(">I4s", 8 + len(content), name) + content
    )  # fmt: skip


@dataclass(frozen=True)
class Packet:
    """One packet of a track, its times in the track's units."""

    time: int
    late: int
    duration: int
    data: bytes
    is_key: bool


def packets_of(path: Path) -> list[list[Packet]]:
    """Return the packets of each track."""
    with av.open(str(path)) as container:
        found: list[list[Packet]] = [[] for _ in container.streams]
        for packet in container.demux():
            if packet.dts is not None:
                item = Packet(packet.dts, packet.pts - packet.dts, packet.duration, bytes(packet), packet.is_keyframe)
                found[packet.stream.index].append(item)
    return found


def header_of(path: Path) -> bytes:
    """Return what comes before the first fragment."""
    data = path.read_bytes()
    return data[: data.index(b"moof") - 4]


def noted(path: Path, *items: bytes) -> Path:
    """Add notes to a file, as those of music have, at the end of its header."""
    handler = box(b"hdlr", bytes(8), b"mdirappl", bytes(9))
    notes = box(b"udta", box(b"meta", bytes(4), handler, box(b"ilst", *items)))
    data = path.read_bytes()
    start = data.rindex(b"moov") - 4
    end = start + int.from_bytes(data[start : start + 4], "big")
    path.write_bytes(data[:start] + box(b"moov", data[start + 8 : end], notes) + data[end:])
    return path


def cover(jpeg: bytes) -> bytes:
    """Return a note that holds the picture of a cover."""
    return box(b"covr", box(b"data", struct.pack(">II", 13, 0), jpeg))


def priming(samples: int) -> bytes:
    """Return the note by which iTunes tells of samples that its encoder puts first."""
    text = f" 00000000 {samples:08X} 000001F4 {264_600:016X}" + 8 * " 00000000"
    return box(
        b"----",
        box(b"mean", bytes(4), b"com.apple.iTunes"),
        box(b"name", bytes(4), b"iTunSMPB"),
        box(b"data", struct.pack(">II", 1, 0), text.encode()),
    )


def jpeg() -> bytes:
    """Return a small picture."""
    image = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width = encoder.height = 16
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1)
    return b"".join(bytes(packet) for packet in encoder.encode(image.reformat(format="yuvj420p")))


def with_box(data: bytes, track: int, parents: list[bytes], added: bytes) -> bytes:
    """Put a box at the end of one in a track of a film whose index is its last box."""
    found = bytearray(data)
    sizes, start, end = [], found.rindex(b"moov") - 4, len(found)
    for name in [b"moov", b"trak", *parents]:
        place = start
        for _ in range(track + 1 if name == b"trak" else 1):
            place = found.index(name, place + 4, end)
        start = place - 4
        end = start + int.from_bytes(found[start:place], "big")
        sizes.append(start)
    for place in sizes:
        size = int.from_bytes(found[place : place + 4], "big")
        found[place : place + 4] = (size + len(added)).to_bytes(4, "big")
    return bytes(found[:end] + added + found[end:])


def joined(first: Path, second: Path) -> Path:
    """Add to a file of one track the packets of another one; those of each keep their description."""
    # The last one may be cut.
    packets = [packets_of(path)[0][:-1] for path in (first, second)]
    both = [packet for some in packets for packet in some]
    entries = []
    for data in (first.read_bytes(), second.read_bytes()):
        place = data.index(b"stsd") + 12
        entries.append(data[place : place + int.from_bytes(data[place : place + 4], "big")])
    duration = both[0].duration
    sizes = [len(packet.data) for packet in both]
    data = bytearray(first.read_bytes())
    struct.pack_into(">I", data, data.index(b"mdhd") + 20, duration * len(both))
    for name in (b"edts", b"stsd", b"stts", b"stss", b"stsc", b"stsz", b"stco"):
        data = data.replace(name, b"free")

    def written(start: int) -> bytes:
        tables = [
            box(b"stsd", struct.pack(">II", 0, 2), *entries),
            _table(b"stts", 2, [len(both), duration]),
            _table(b"stss", 1, [number + 1 for number, packet in enumerate(both) if packet.is_key]),
            _table(b"stsc", 3, [1, 1, 1, len(packets[0]) + 1, 1, 2]),
            box(b"stsz", struct.pack(f">3I{len(sizes)}I", 0, 0, len(sizes), *sizes)),
            _table(b"stco", 1, [int(place) for place in start + np.cumsum([0, *sizes[:-1]])]),
        ]
        return with_box(bytes(data), 0, [b"mdia", b"minf", b"stbl"], b"".join(tables))

    first.write_bytes(written(len(written(0)) + 8) + box(b"mdat", *(packet.data for packet in both)))
    return first


def _table(name: bytes, width: int, numbers: Sequence[int]) -> bytes:
    return box(name, struct.pack(f">II{len(numbers)}I", 0, len(numbers) // width, *numbers))


def fragment(
    groups: Sequence[tuple[int, Sequence[Packet]]], *, trafs: int = 1, runs: int = 1, wide: bool = False
) -> bytes:
    """Return a fragment of the packets of tracks, by their numbers, each in so many lists of so many runs."""
    lists = [
        (number, [[part[at] for at in run] for run in np.array_split(np.arange(len(part)), runs) if len(run)])
        for number, packets in groups
        for part in ([packets[at] for at in some] for some in np.array_split(np.arange(len(packets)), trafs))
        if part
    ]
    data = [b"".join(packet.data for packet in run) for _, parts in lists for run in parts]

    def written(first: int) -> bytes:
        offsets = iter(first + np.cumsum([0, *map(len, data)]))
        made = [
            box(
                b"traf",
                box(b"tfhd", struct.pack(">II", 0x20000, number)),
                box(b"tfdt", struct.pack(">IQ", 1 << 24, parts[0][0].time)),
                *(_run(run, int(next(offsets))) for run in parts),
                wide=wide,
            )
            for number, parts in lists
        ]
        return box(b"moof", box(b"mfhd", bytes(8)), *made)

    return written(len(written(0)) + 8) + box(b"mdat", *data)


def _run(packets: Sequence[Packet], offset: int) -> bytes:
    rows = b"".join(
        struct.pack(
            ">IIIi",
            packet.duration,
            len(packet.data),
            0x02000000 if packet.is_key else 0x01010000,
            packet.late,
        )
        for packet in packets
    )
    return box(b"trun", struct.pack(">IIi", 0x0F01, len(packets), offset), rows)


def written_anew(source: Path, target: Path, each: int, **options: object) -> Path:
    """Write a file of fragments anew, with ``each`` packets of a track in each fragment."""
    tracks = packets_of(source)
    made = [header_of(source)]
    for first in range(0, max(map(len, tracks)), each):
        groups = [(number + 1, track[first : first + each]) for number, track in enumerate(tracks)]
        made.append(fragment([group for group in groups if group[1]], **options))
    target.write_bytes(b"".join(made))
    return target
