"""Long MP4 of rarer kinds, which is read in parts: the same samples, frames and lengths as by libav's list."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import pytest

from avseg_widget.media import mp4_tables, open_media
from avseg_widget.media.mp4_moov import movie_of
from avseg_widget.media.source import find
from benchmarks.barcodes import bars, read_bars

from .fragment_makers import box, cover, joined, jpeg, noted, priming, with_box
from .media_makers import encode, interleaved
from .test_mp4_parts import SECONDS, check_any_bytes, check_same, film, in_parts, movie, sound

__all__ = ["in_parts"]


def first_sample(path: Path) -> int:
    """Return the first sample that is not silent."""
    block = next(open_media(path)._reader().windows([(0, 40_000)]))
    return int(block.any(axis=1).argmax())


def without_groups(path: Path) -> Path:
    """Take the groups of packets out of a file."""
    path.write_bytes(path.read_bytes().replace(b"sbgp", b"free").replace(b"sgpd", b"free"))
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Return sound without an edit."""
    return sound(tmp_path / "plain.m4a", file_options={"use_editlist": "0"})


@pytest.mark.parametrize("samples", [1, 1024, 2112, 5000, 16_000, 17_000])
@pytest.mark.parametrize("rate", [8000, 44_100])
def test_priming_that_is_noted(tmp_path: Path, in_parts: pytest.MonkeyPatch, rate: int, samples: int) -> None:
    path = sound(tmp_path / "a.m4a", rate=rate, file_options={"use_editlist": "0"})
    end = open_media(path).info().duration
    noted(path, priming(samples))
    check_same(path, in_parts)
    assert open_media(path).info().duration == end
    # Decoders believe no more.
    assert first_sample(path) == samples if samples < 1 << 14 else first_sample(path) < 10


def test_priming_of_a_film(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = noted(interleaved(film(tmp_path / "a.mp4"), use_editlist="0"), priming(2112))
    check_same(path, in_parts)


@pytest.mark.parametrize("is_first", [False, True])
def test_priming_of_sound_with_a_cover(plain: Path, in_parts: pytest.MonkeyPatch, *, is_first: bool) -> None:
    """Decoders take it for that of the stream before it, which a cover is."""
    notes = [priming(2112), cover(jpeg())]
    path = noted(plain, *(notes[::-1] if is_first else notes))
    check_same(path, in_parts)
    assert first_sample(path) == (0 if is_first else 2112)


def test_priming_that_is_noted_elsewhere_is_read_whole(plain: Path, in_parts: pytest.MonkeyPatch) -> None:
    whole = plain.read_bytes()
    assert movie_of(find(plain)) is not None
    # Twice; before the track.
    assert movie_of(find(noted(noted(plain, priming(2112)), priming(1024)))) is None
    plain.write_bytes(whole)
    data = noted(plain, priming(2112)).read_bytes()
    track, notes = data.index(b"trak") - 4, data.rindex(b"udta") - 4
    plain.write_bytes(data[:track] + data[notes:] + data[track:notes])
    assert movie_of(find(plain)) is None
    assert open_media(plain).info().duration == pytest.approx(SECONDS, abs=0.1)


def with_keys(path: Path, keys: Sequence[int]) -> Path:
    """Add a table of the packets at which decoding can begin."""
    table = struct.pack(f">{len(keys) + 2}I", 0, len(keys), *keys)
    path.write_bytes(with_box(path.read_bytes(), 0, [b"mdia", b"minf", b"stbl"], box(b"stss", table)))
    return path


@pytest.mark.parametrize("step", [1, 2, 13, 40])
@pytest.mark.parametrize("options", [{}, {"use_editlist": "0"}])
def test_sound_of_which_some_packets_are_keys(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, options: dict[str, str], step: int
) -> None:
    path = without_groups(sound(tmp_path / "a.m4a", file_options=options))
    count = movie(path).tracks[0].count
    with_keys(path, range(1, count + 1, step))
    (track,) = movie(path).tracks
    assert (track.keys(0, count) is None) == (step == 1)
    assert track.key_before(33) == 33 // step * step
    check_same(path, in_parts)


@pytest.mark.parametrize("keys", [[2, 3], [1, 5, 4], [1, 1, 9], [1, 259, 900], [0, 7], []])
def test_keys_of_sound_that_cannot_be_are_read_whole(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, keys: list[int]
) -> None:
    path = without_groups(sound(tmp_path / "a.m4a"))
    assert movie_of(find(with_keys(path, keys))) is None


def test_keys_of_sound_that_are_far_apart_are_read_whole(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_keys(without_groups(sound(tmp_path / "a.m4a")), [1, 200])
    assert movie(path)
    monkeypatch.setattr(mp4_tables, "_MOST_APART", 198)
    assert movie_of(find(path)) is None


def test_keys_of_sound_in_groups_are_read_whole(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = sound(tmp_path / "a.m4a")
    assert b"sbgp" in path.read_bytes()
    assert movie_of(find(with_keys(path, [1, 100]))) is None


@pytest.mark.parametrize("audio", ["aac", "libmp3lame", "flac", "alac"])
def test_sound_of_two_descriptions(tmp_path: Path, in_parts: pytest.MonkeyPatch, audio: str) -> None:
    path = joined(sound(tmp_path / "a.mp4", audio), sound(tmp_path / "b.mp4", audio))
    (track,) = movie(path).tracks
    half = track.count // 2
    assert [found.tolist() for found in track.descriptions(3, half + 5)] == [[half - 3, 5], [1, 2]]
    check_same(path, in_parts)


def test_a_film_of_two_descriptions(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    first, second = (
        encode(
            tmp_path / f"{profile}.mp4",
            SECONDS / 2,
            audio=None,
            video="libx264",
            video_options={"profile": profile, "bf": "0"},
        )
        for profile in ("high", "baseline")
    )
    path = joined(first, second)
    check_same(path, in_parts)
    assert len(open_media(path).frame_times()) == 25 * SECONDS - 2


def numbered(path: Path, first: int, width: int, height: int, profile: str) -> Path:
    """Encode 50 frames that show their numbers, with a key frame each second."""
    with av.open(str(path), "w") as container:
        options = {"profile": profile, "bf": "0", "g": "25"}
        stream = container.add_stream("libx264", rate=25, width=width, height=height, options=options)
        stream.pix_fmt = "yuv420p"
        for number in range(50):
            frame = av.VideoFrame.from_ndarray(bars(first + number, width, height), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def numbers(data: bytes) -> list[int]:
    with av.open(io.BytesIO(data)) as container:
        return [read_bars(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


@pytest.mark.parametrize("size", [(160, 90), (320, 180)])
def test_pictures_of_two_descriptions_are_played(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """The packets of the second one cannot be decoded by the first."""
    one = numbered(tmp_path / "a.mp4", 0, 160, 90, "high")
    path = joined(one, numbered(tmp_path / "b.mp4", 49, *size, "baseline"))
    for _ in range(2):
        media = open_media(path)
        for start, first in [(0.0, 0), (1.5, 37), (3.2, 80), (0.4, 10)]:
            found: list[int] = []
            at = start
            while at < 3.9:
                fragment = media.picture_fragment(at, at + 0.9, ["h264"], resume=at > start)
                at = fragment.end
                found += numbers(fragment.bytes)
            assert found == list(range(first, 98))
        for time, picture in zip([0.5, 1.9, 2.1, 3.5], media.thumbnails([0.5, 1.9, 2.1, 3.5], 0.0), strict=True):
            with av.open(io.BytesIO(picture), format="mjpeg") as image:
                assert read_bars(next(image.decode(video=0)).to_ndarray(format="rgb24")) == int(time * 25)
        in_parts.undo()


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        # The codec of the second one, the file of its packets, its channels and its rate.
        (b"mp4a", 0, b"alac"),
        (b"mp4a", 11, b"\2"),
        (b"mp4a", 21, b"\1"),
        (b"mp4a", 29, b"\xff"),
        # That of the second run of chunks, and how many there are.
        (b"stsc", 35, b"\0"),
        (b"stsc", 35, b"\3"),
        (b"stsd", 11, b"\1"),
        (b"stsd", 11, b"\3"),
    ],
)
def test_descriptions_that_differ_or_are_missing_are_read_whole(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, name: bytes, at: int, value: bytes
) -> None:
    path = joined(sound(tmp_path / "a.mp4"), sound(tmp_path / "b.mp4"))
    assert movie(path)
    data = bytearray(path.read_bytes())
    place = data.rindex(name, 0, data.rindex(b"mdat")) + at
    data[place : place + len(value)] = value
    path.write_bytes(data)
    assert movie_of(find(path)) is None


@pytest.mark.parametrize("name", [b"udta", b"meta", b"ilst", b"----", b"mean", b"name", b"data"])
def test_any_bytes_in_its_notes_are_no_error(plain: Path, in_parts: pytest.MonkeyPatch, name: bytes) -> None:
    data = noted(plain, priming(2112)).read_bytes()
    check_any_bytes(data, data.rindex(name), plain)
