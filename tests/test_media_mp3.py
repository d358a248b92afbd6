"""The frames of MP3s found by their headers are those that a demuxer finds; where it is not so sure, none are given."""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest

from avseg_widget.media import mp3_frames, open_media
from avseg_widget.media.mp3_frames import find_frames

from .media_makers import encode

TAG = b"TAG" + bytes(125)


def demuxed(data: bytes) -> tuple[list[int], list[int], int]:
    """Return place and size of every packet, and the sample rate."""
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        found = [(packet.pos, packet.size) for packet in container.demux(stream) if packet.pts is not None]
        return [place for place, _ in found], [size for _, size in found], stream.rate


def made(folder: Path, rate: int = 44100, channels: int = 1, **options: str) -> bytes:
    path = folder / "a.mp3"
    encode(path, 12, audio="libmp3lame", rate=rate, channels=channels, noise=0.05, audio_options=options)
    return path.read_bytes()


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000])
@pytest.mark.parametrize("options", [{"b": "64000"}, {"global_quality": "472", "flags": "+qscale"}], ids=["cbr", "vbr"])
def test_they_are_the_demuxers_packets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate: int, options: dict[str, str]
) -> None:
    data = made(tmp_path, rate, channels=2, **options)
    places, sizes, told = demuxed(data)
    assert told == rate
    # Whatever is looked at together, and with what lies after the last frame.
    for chunk, end in ((1 << 24, b""), (4096, b""), (5000, TAG), (1 << 24, TAG), (7777, bytes(300))):
        monkeypatch.setattr(mp3_frames, "_CHUNK_BYTES", chunk)
        for step in (1, 16):
            found = find_frames(io.BytesIO(data + end), places[0], rate, step)
            assert found is not None
            assert found.places == places[::step]
            assert (found.count, found.least, found.most) == (len(sizes), min(sizes), max(sizes))


def test_what_is_not_regular_is_left_to_a_demuxer(tmp_path: Path) -> None:
    data = made(tmp_path)
    places, _, rate = demuxed(data)
    middle = places[100]
    for odd in (
        data[:-50],
        data[:middle] + b"garbage" + data[middle:],
        data[: middle + 1] + b"\0\0" + data[middle + 3 :],
        data + b"what is this",
    ):
        assert find_frames(io.BytesIO(odd), places[0], rate) is None
    assert find_frames(io.BytesIO(data), places[0] + 1, rate) is None
    assert find_frames(io.BytesIO(b""), 0, rate) is None


def test_an_mp3_with_garbage_is_opened_all_the_same(tmp_path: Path) -> None:
    data = made(tmp_path)
    places, _, _ = demuxed(data)
    media = open_media(data[: places[100]] + b"garbage" + data[places[100] :])
    assert media.info().duration == pytest.approx(12, abs=0.1)
