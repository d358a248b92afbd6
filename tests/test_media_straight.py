"""Sound decoded straight through is, sample by sample, what is decoded frame by frame at any place."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from avseg_widget.media.probe import probe
from avseg_widget.media.reader import ContainerReader
from avseg_widget.media.source import Place

from .media_makers import encode

CODECS = {"a.m4a": "aac", "a.mp3": "libmp3lame", "a.flac": "flac"}
SECONDS = 7


def copied(path: Path, name: str, *, jump: float = 0.0, drop: range = range(0)) -> Path:
    """Copy the packets; from half of them on they come ``jump`` seconds later, and some are left out."""
    target = path.with_name(name)
    with av.open(str(path)) as source, av.open(str(target), "w") as container:
        stream = container.add_stream_from_template(source.streams.audio[0])
        packets = [packet for packet in source.demux(audio=0) if packet.dts is not None]
        for number, packet in enumerate(packets):
            if number in drop:
                continue
            if number > len(packets) // 2:
                packet.pts += round(jump / packet.time_base)
                packet.dts += round(jump / packet.time_base)
            packet.stream = stream
            container.mux(packet)
    return target


def read_both_ways(path: Path) -> tuple[np.ndarray, np.ndarray]:
    status = path.stat()
    place = Place(name=path.name, path=path, size=status.st_size, modified=status.st_mtime_ns)
    reader = ContainerReader(place, probe(place))
    straight = np.concatenate(list(reader.blocks()))
    (by_frames,) = reader.windows([(0, len(straight))])
    return straight, by_frames


@pytest.mark.parametrize(
    ("name", "channels"),
    [(name, channels) for name in CODECS for channels in (1, 2, 6) if (name, channels) != ("a.mp3", 6)],
)
def test_whole_files(tmp_path: Path, name: str, channels: int) -> None:
    path = encode(tmp_path / name, SECONDS, audio=CODECS[name], channels=channels, noise=0.1)
    straight, by_frames = read_both_ways(path)
    assert abs(len(straight) - SECONDS * 44100) < 2500
    assert np.array_equal(straight, by_frames)


@pytest.mark.parametrize(
    ("jump", "drop"), [(1.5, range(0)), (0.02, range(0)), (0.0, range(60, 100))], ids=["late", "a frame late", "lost"]
)
def test_gaps_are_where_the_stamps_say(tmp_path: Path, jump: float, drop: range) -> None:
    path = encode(tmp_path / "a.m4a", SECONDS, noise=0.1)
    whole, _ = read_both_ways(path)
    straight, by_frames = read_both_ways(copied(path, "gap.m4a", jump=jump, drop=drop))
    assert np.array_equal(straight, by_frames)
    assert not np.array_equal(straight[: len(whole)], whole)


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.99])
def test_files_that_are_cut_off_or_damaged(tmp_path: Path, name: str, kept: float) -> None:
    path = encode(tmp_path / name, SECONDS, audio=CODECS[name], noise=0.1, file_options={"movflags": "faststart"})
    data = bytearray(path.read_bytes())
    at = round(kept * len(data)) - 400
    path.write_bytes(bytes(data[:at]) + bytes(400) + bytes(data[at + 400 :]))
    straight, by_frames = read_both_ways(path)
    assert np.array_equal(straight, by_frames)
    path.write_bytes(bytes(data[:at]))
    straight, by_frames = read_both_ways(path)
    assert np.array_equal(straight, by_frames)
