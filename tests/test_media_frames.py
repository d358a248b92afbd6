"""Times of video frames, and the peaks file beside media."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from avseg_widget.errors import MediaError
from avseg_widget.media import open_media
from avseg_widget.wire import MediaInfo

from .media_makers import encode


@pytest.mark.parametrize(("name", "video"), [("a.mp4", "libx264"), ("a.webm", "libvpx-vp9"), ("a.mkv", "libx264")])
def test_frames_are_in_the_order_they_are_shown(tmp_path: Path, name: str, video: str):
    audio, rate = ("libopus", 48000) if name == "a.webm" else ("aac", 44100)
    media = open_media(encode(tmp_path / name, 3.4, audio=audio, video=video, rate=rate))
    times = media.frame_times()
    assert times.dtype == np.float64
    # Writers before FFmpeg 8 begin Matroska some milliseconds late.
    assert 0 <= times[0] < (0.03 if name != "a.mp4" else 1e-9)
    np.testing.assert_allclose(times - times[0], np.arange(85) / 25, atol=0.0011 if name != "a.mp4" else 0, rtol=0)
    info = media.info()
    assert (info.kind, info.width, info.height, info.frame_count) == ("video", 64, 48, 85)
    assert info.mime == {"a.mp4": "video/mp4", "a.webm": "video/webm", "a.mkv": "video/x-matroska"}[name]


def test_without_sound(tmp_path: Path):
    media = open_media(encode(tmp_path / "a.mp4", 2.0, audio=None, video="libx264"))
    assert (media.info().sample_rate, media.info().channels, media.info().duration) == (0, 0, 2.0)
    assert media.peak_tile(4, 0) == b""
    assert len(media.frame_times()) == 50


def test_sound_has_no_frames(tmp_path: Path):
    media = open_media(encode(tmp_path / "a.m4a", 1.0))
    assert (media.info().kind, media.info().frame_count, len(media.frame_times())) == ("audio", 0, 0)


def test_real_film(shared_data: Path):
    media = open_media(shared_data / "bigbuckbunny.mp4")
    np.testing.assert_array_equal(media.frame_times(), np.arange(132) / 25)
    assert (media.info().width, media.info().height, media.info().frame_count) == (1280, 720, 132)


def read_sidecar(path: Path) -> tuple[dict, np.ndarray, np.ndarray]:
    data = path.read_bytes()
    length = int.from_bytes(data[:4], "little")
    assert (4 + length) % 8 == 0
    header = json.loads(data[4 : 4 + length])
    times_end = 4 + length + 8 * header["frames"]
    times = np.frombuffer(data[4 + length : times_end], "<f8")
    peaks = np.frombuffer(data[times_end:], "<i2").reshape(header["info"]["channels"], header["columns"], 2)
    return header, times, peaks


def test_the_peaks_file_holds_what_was_shown(tmp_path: Path):
    media = open_media(encode(tmp_path / "a.mp4", 3.0, video="libx264", rate=48000, channels=2))
    media.write_sidecar(tmp_path / "a.peaks")
    header, times, peaks = read_sidecar(tmp_path / "a.peaks")
    assert (header["version"], header["level"], header["columns"], header["frames"]) == (1, 4, 563, 75)
    assert msgspec.convert(header["info"], MediaInfo) == msgspec.structs.replace(media.info(), way="")
    np.testing.assert_array_equal(times, media.frame_times())
    assert peaks.tobytes() == media.peak_tile(4, 0)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.mp4", "a.peaks"]


def test_the_peaks_file_of_sound_and_of_a_silent_film(tmp_path: Path):
    open_media((np.zeros(1000), 8000)).write_sidecar(tmp_path / "a.peaks")
    header, times, peaks = read_sidecar(tmp_path / "a.peaks")
    assert (header["columns"], len(times), peaks.shape) == (4, 0, (1, 4, 2))
    open_media(encode(tmp_path / "a.mp4", 1.0, audio=None, video="libx264")).write_sidecar(tmp_path / "b.peaks")
    header, times, _ = read_sidecar(tmp_path / "b.peaks")
    assert (header["columns"], len(times)) == (0, 25)


def test_a_peaks_file_that_cannot_be_written(tmp_path: Path):
    with pytest.raises(MediaError, match="cannot be written"):
        open_media((np.zeros(10), 8000)).write_sidecar(tmp_path / "nowhere" / "a.peaks")
