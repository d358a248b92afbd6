"""The frames of MP3s found by their headers are those that a demuxer finds; where it is not so sure, none are given."""

from __future__ import annotations

import io
from pathlib import Path

import av
import av.error
import numpy as np
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


def id3v2(size: int) -> bytes:
    return (
        b"ID3\x04\0\0" + bytes([size >> 21 & 0x7F, size >> 14 & 0x7F, size >> 7 & 0x7F, size & 0x7F]) + b"\xff" * size
    )


def ape(size: int) -> bytes:
    def head(flag: int) -> bytes:
        return b"APETAGEX" + b"".join(n.to_bytes(4, "little") for n in (2000, size + 32, 1, flag)) + bytes(8)

    return head(0xA0000000) + b"x" * size + head(0x80000000)


LYRICS = b"LYRICSBEGIN" + b"x" * 500 + b"000511LYRICS200"


@pytest.mark.parametrize(
    "tags",
    [id3v2(5000), ape(300), LYRICS, TAG, ape(40) + LYRICS + TAG + bytes(99), id3v2(5000)[:700]],
    ids=["ID3v2", "APE", "Lyrics3", "ID3v1", "all", "cut"],
)
def test_tags_reach_to_the_end_or_what_follows_is_left_to_a_demuxer(tmp_path: Path, tags: bytes) -> None:
    data = made(tmp_path)
    places, _, rate = demuxed(data)
    found = find_frames(io.BytesIO(data + tags), places[0], rate)
    assert found is not None
    assert found.places == places
    for more in (data, data[places[0] :], b"what is this"):
        joined = find_frames(io.BytesIO(data + tags + more), places[0], rate)
        assert joined is None or tags == id3v2(5000)[:700]


@pytest.mark.parametrize("between", [b"", TAG, ape(300), id3v2(2000)], ids=["ID3v2", "ID3v1", "APE", "long"])
@pytest.mark.parametrize("options", [{}, {"write_xing": "0"}, {"id3v2_version": "0"}], ids=["xing", "bare", "no tag"])
def test_joined_mp3s_are_read_to_their_end(tmp_path: Path, options: dict[str, str], between: bytes) -> None:
    path = encode(tmp_path / "a.mp3", 5.0, audio="libmp3lame", noise=0.05, file_options=options)
    data = path.read_bytes()
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(data + between + data)
    media = open_media(joined)
    info = media.info()
    assert info.duration == pytest.approx(10.1, abs=0.1)
    assert not any("cut" in warning for warning in info.warnings)
    says = f"The file says it is 5.0 s long and is {info.duration:.1f} s long."
    assert [says] * ("write_xing" not in options) == [text for text in info.warnings if "says" in text]
    whole = np.concatenate(list(media.sound_blocks()))
    np.testing.assert_allclose(whole[:, 0], in_order(joined, len(whole)), atol=1)
    reader = media._reader()
    assert reader is not None
    places = [round(second * 44100) for second in (0.1, 3.0, 4.9, 5.0, 5.05, 5.1, 5.5, 7.7, 9.9)]
    for place in places:
        (found,) = reader.windows([(place, place + 4000)])
        np.testing.assert_array_equal(found[: len(whole) - place], whole[place : place + 4000])


def in_order(path: Path, count: int) -> np.ndarray:
    """Return what libav gives for a whole file, at the places that its time stamps say, in int16."""
    result = np.zeros(count + 5000)
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        origin = (container.start_time or 0) / av.time_base
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue
            for frame in frames:
                at = round((frame.time - origin) * 44100)
                values = frame.to_ndarray()[0]
                first = max(0, -at)
                result[at + first : at + len(values)] = values[first:]
    return np.clip(np.rint(result[:count] * 32768), -32768, 32767)
