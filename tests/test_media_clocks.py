"""Recordings of a broadcast's kind, written one after the other into a file: all of them are read, at any place."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from avseg_widget.media import Media, open_media

from .media_makers import encode, onsets

M2TS = {"mpegts_m2ts_mode": "1"}


def joined(folder: Path, *recordings: Path) -> Path:
    path = folder / f"joined{recordings[0].suffix}"
    path.write_bytes(b"".join(recording.read_bytes() for recording in recordings))
    return path


def decoded(media: Media) -> np.ndarray:
    return np.concatenate(list(media.sound_blocks()))


@pytest.mark.parametrize(
    ("name", "rate", "options"),
    [("a.ts", 44100, {}), ("a.ts", 48000, {}), ("a.m2ts", 48000, M2TS), ("a.mpg", 44100, {})],
)
def test_all_recordings_are_read_one_after_the_other(tmp_path: Path, name: str, rate: int, options: dict[str, str]):
    lengths = [3.0, 2.0, 4.0]
    paths = [
        encode(tmp_path / f"{number}{name}", length, audio="mp2", rate=rate, file_options=options)
        for number, length in enumerate(lengths)
    ]
    path = joined(tmp_path, *paths)
    media = open_media(path)
    parts = [decoded(open_media(path)) for path in paths]
    whole = decoded(media)
    assert media.info().warnings == []
    assert len(whole) == sum(map(len, parts)) == round(media.info().duration * rate)
    # A decoder that goes on begins the second recording otherwise than a new one.
    begins = np.cumsum([0, *map(len, parts)])
    expected = np.concatenate([begin + onsets(part[:, 0]) for begin, part in zip(begins, parts, strict=False)])
    assert np.abs(onsets(whole[:, 0]) - expected).max() < 20
    for source in (path, path.read_bytes()):
        np.testing.assert_array_equal(decoded(open_media(source)), whole)


@pytest.mark.parametrize(("name", "rate"), [("a.ts", 44100), ("a.ts", 48000), ("a.mpg", 48000)])
def test_any_place_is_that_part_of_all_recordings(tmp_path: Path, name: str, rate: int):
    paths = [
        encode(tmp_path / f"{number}{name}", 3.0 + number, audio="mp2", rate=rate, noise=0.1) for number in range(3)
    ]
    media = open_media(joined(tmp_path, *paths))
    whole = decoded(media)
    count, asked = 3000, [0, rate, 3 * rate - 2000, 3 * rate, 5 * rate, 7 * rate - 500, 7 * rate + 9000, 11 * rate]
    for start in [*asked, *reversed(asked)]:
        (window,) = media._reader().windows([(start, start + count)])
        difference = np.abs(window.astype(int) - whole[start : start + count]).max()
        # Its decoder rounds by what came before.
        assert difference <= 1


@pytest.mark.parametrize(
    ("name", "video", "options"), [("a.ts", "libx264", {}), ("a.m2ts", "libx264", M2TS), ("a.mpg", "mpeg2video", {})]
)
def test_pictures_of_all_recordings_are_found(tmp_path: Path, name: str, video: str, options: dict[str, str]):
    paths = [
        encode(tmp_path / f"{number}{name}", length, audio="mp2", video=video, file_options=options)
        for number, length in enumerate([2.0, 3.0])
    ]
    second = open_media(paths[1])
    media = open_media(joined(tmp_path, *paths))
    times = media.frame_times()
    assert (media.info().frame_count, len(times)) == (125, 125)
    steps = np.diff(times)
    assert np.abs(np.delete(steps, 49) - 0.04).max() < 0.001
    assert 0.04 - 0.001 < steps[49] < 0.15
    places = [0, 20, 74]
    pictures = media.thumbnails([float(times[50 + place]) for place in places], 0.0)
    assert pictures == second.thumbnails([float(second.frame_times()[place]) for place in places], 0.0)
    for start in (float(times[55]), float(times[124])):
        assert media.picture_fragment(start, start + 1.0, ["h264"], resume=False).bytes
    proxy = media.make_proxy(tmp_path / "proxy.mp4")
    np.testing.assert_allclose(proxy.frame_times(), times, atol=0.0001)


def test_recordings_of_other_streams_are_told_of(tmp_path: Path):
    paths = [encode(tmp_path / f"{rate}.ts", 3.0 + (rate > 44100), audio="mp2", rate=rate) for rate in (44100, 48000)]
    info = open_media(joined(tmp_path, *paths)).info()
    (warning,) = info.warnings
    assert info.duration == pytest.approx(3.0, abs=0.05)
    assert warning.startswith("Recordings follow one another in joined.ts, and what comes after 3.0 s is not read: ")
    assert "label each by itself, or make an MP4 of each" in warning


@pytest.mark.parametrize("video", [None, "libx264"])
def test_a_recording_of_other_numbers_of_streams_is_told_of(tmp_path: Path, video: str | None):
    paths = [
        encode(tmp_path / f"{pid}.ts", 3.0, audio="mp2", video=video, file_options={"mpegts_start_pid": pid})
        for pid in ("256", "512")
    ]
    info = open_media(joined(tmp_path, *paths)).info()
    assert info.duration == pytest.approx(3.0, abs=0.05)
    assert [warning[:35] for warning in info.warnings] == ["Recordings follow one another in jo"]
    assert open_media(paths[1]).info().warnings == []


def test_a_large_last_frame_is_no_other_recording(tmp_path: Path):
    path = tmp_path / "a.ts"
    with av.open(str(path), "w") as container:
        options = {"g": "1", "qmin": "1", "qmax": "1"}
        picture = container.add_stream("mpeg2video", rate=25, width=320, height=240, options=options)
        picture.pix_fmt = "yuv420p"
        for noise in np.random.default_rng(1).integers(0, 256, (3, 240, 320, 3), np.uint8):
            container.mux(picture.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")))
        container.mux(picture.encode(None))
    info = open_media(path).info()
    assert (info.frame_count, info.warnings) == (3, [])


@pytest.mark.parametrize("offsets", [("1000", "100"), ("1000", "100", "90"), ("1000", "100", "990")])
def test_a_clock_that_is_before_that_of_the_first_recording(tmp_path: Path, offsets: tuple[str, ...]):
    paths = [
        encode(tmp_path / f"{offset}.ts", 3.0, audio="mp2", video="libx264", file_options={"output_ts_offset": offset})
        for offset in offsets
    ]
    media = open_media(joined(tmp_path, *paths))
    assert media.info().warnings == []
    assert media.info().duration == pytest.approx(3.0 * len(offsets), abs=0.05)
    parts = [decoded(open_media(path)) for path in paths]
    whole = decoded(media)
    assert len(whole) == pytest.approx(sum(map(len, parts)), abs=2000)
    assert len(media.frame_times()) == 75 * len(offsets)
    assert np.diff(media.frame_times()).max() < 0.1
    count = 2000
    begin = len(parts[0]) + 30_000
    (window,) = media._reader().windows([(begin, begin + count)])
    np.testing.assert_allclose(window, whole[begin : begin + count], atol=1)


def test_times_that_are_wrong_for_a_while_begin_no_recording(tmp_path: Path):
    offsets = [("10", 3.0), ("2", 1.0), ("13", 3.0)]
    paths = [
        encode(tmp_path / f"{offset}.ts", length, audio="mp2", file_options={"output_ts_offset": offset})
        for offset, length in offsets
    ]
    info = open_media(joined(tmp_path, *paths)).info()
    assert info.duration == pytest.approx(6.0, abs=0.05)
    assert info.warnings == []


def shifted(data: bytes, first: int, count: int, seconds: float) -> bytes:
    """Return MPEG-TS whose sound says other times in some packets of its elementary stream."""
    found, number = bytearray(data), 0
    for at in range(0, len(found), 188):
        begin = at + 4 + (1 + found[at + 4] if found[at + 3] & 0x20 else 0)
        if not found[at + 1] & 0x40 or found[begin : begin + 3] != b"\0\0\1" or not 0xC0 <= found[begin + 3] < 0xE0:
            continue
        number += 1
        if first <= number < first + count:
            head, *rest = found[begin + 9 : begin + 14]
            stamp = (head >> 1 & 7) << 30 | rest[0] << 22 | rest[1] >> 1 << 15 | rest[2] << 7 | rest[3] >> 1
            stamp += round(seconds * 90_000)
            pieces = [head & 0xF1 | (stamp >> 30 & 7) << 1, stamp >> 22 & 255, (stamp >> 15 & 127) << 1 | 1]
            found[begin + 9 : begin + 14] = bytes([*pieces, stamp >> 7 & 255, (stamp & 127) << 1 | 1])
    assert number >= first
    return bytes(found)


DAMAGE = [(1, 3600), (1, 10), (1, -5), (20, 10), (20, -5), (1, 80_000), (20, 80_000)]


@pytest.mark.parametrize(
    ("video", "count", "seconds"),
    [*[(video, *each) for video in (None, "libx264") for each in DAMAGE], ("libx264", 1000, -5)],
)
def test_damaged_times_begin_no_recording(tmp_path: Path, video: str | None, count: int, seconds: float):
    whole = encode(tmp_path / "a.ts", 30.0, audio="mp2", video=video, file_options={"output_ts_offset": "50"})
    info = open_media(shifted(whole.read_bytes(), 20, count, seconds)).info()
    assert info.duration == pytest.approx(30.0, abs=0.2)
    assert not any("follow one another" in warning for warning in info.warnings)


@pytest.mark.parametrize("video", ["libx264", "mpeg2video"])
def test_pictures_of_mpeg_ts_begin_between_its_key_frames(tmp_path: Path, video: str):
    media = open_media(encode(tmp_path / "a.ts", 4.0, audio="mp2", video=video, video_options={"g": "50"}))
    times = media.frame_times()
    for place in (0, 5, 49, 60, 95, 99):
        fragment = media.picture_fragment(float(times[place]), float(times[place]) + 0.5, ["h264"], resume=False)
        with av.open(io.BytesIO(fragment.bytes)) as container:
            stamps = [frame.time + fragment.offset for frame in container.decode(video=0)]
        assert stamps[0] == pytest.approx(times[place], abs=0.001)
        assert all(one < other for one, other in pairwise(stamps))
