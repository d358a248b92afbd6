"""Peaks in the format of BBC audiowaveform: written, read back, refused when they are not this media's or not whole."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avseg_widget.errors import MediaError
from avseg_widget.media import open_media

from .media_makers import encode
from .test_media_peaks import brute, unpack

RATE = 8000
settings.register_profile("files", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def noise(length: int, channels: int = 2, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(-32768, 32768, (length, channels), np.int16)


def pixels(samples: np.ndarray, per_pixel: int) -> np.ndarray:
    """Compute lowest and highest of each pixel, plainly: shape (pixels, channels, 2)."""
    parts = [samples[start : start + per_pixel] for start in range(0, len(samples), per_pixel)]
    return np.array([np.stack([part.min(axis=0), part.max(axis=0)], axis=1) for part in parts])


@settings(settings.get_profile("files"), max_examples=60)
@given(
    length=st.integers(1, 60_000),
    channels=st.integers(1, 5),
    per_pixel=st.sampled_from([2, 3, 100, 255, 256, 300, 512, 768, 1024, 5000, 100_000]),
    bits=st.sampled_from([8, 16]),
    ending=st.sampled_from([".dat", ".json"]),
)
def test_files_hold_the_lowest_and_highest_of_each_pixel(tmp_path: Path, *, length, channels, per_pixel, bits, ending):
    samples = noise(length, channels, length)
    path = tmp_path / f"peaks{ending}"
    open_media((samples, RATE)).write_peaks(path, samples_per_pixel=per_pixel, bits=bits)
    expected = pixels(samples, per_pixel).astype(int)
    if bits == 8:
        expected = np.trunc(expected / 256).astype(int)
    if ending == ".json":
        found = json.loads(path.read_text())
        data = found.pop("data")
        fields = {"version": 2, "channels": channels, "sample_rate": RATE, "samples_per_pixel": per_pixel}
        assert found == {**fields, "bits": bits, "length": len(expected)}
    else:
        header = struct.unpack("<iIiiIi", path.read_bytes()[:24])
        assert header == (2, bits == 8, RATE, per_pixel, len(expected), channels)
        data = np.frombuffer(path.read_bytes()[24:], np.int8 if bits == 8 else "<i2").tolist()
    assert data == expected.ravel().tolist()


@settings(settings.get_profile("files"), max_examples=60)
@given(
    length=st.integers(1, 400_000),
    power=st.integers(0, 4),
    bits=st.sampled_from([8, 16]),
    ending=st.sampled_from([".dat", ".json"]),
    level=st.integers(0, 10),
    tile=st.integers(0, 2),
)
def test_what_was_written_is_drawn_as_the_sound_would_be(tmp_path: Path, *, length, power, bits, ending, level, tile):
    samples = noise(length, 2, length)
    if bits == 8:
        samples = samples // 256 * 256
        samples[samples < 0] += 256
        samples = samples // 256 * 256
    path = tmp_path / f"peaks{ending}"
    open_media((samples, RATE)).write_peaks(path, samples_per_pixel=4**power * 16, bits=bits)
    media = open_media((samples, RATE), peaks=path)
    np.testing.assert_array_equal(unpack(media.peak_tile(level, tile), 2), brute(samples, level, tile))
    data, progress = media.peaks_so_far(level, tile)
    np.testing.assert_array_equal(unpack(data, 2), brute(samples, level, tile))
    assert (progress.progress, progress.complete, progress.running) == (1.0, True, False)


@settings(settings.get_profile("files"), max_examples=40)
@given(length=st.integers(1, 300_000), per_pixel=st.integers(2, 9000), level=st.integers(4, 9))
def test_odd_pixels_never_hide_a_sample(tmp_path: Path, length, per_pixel, level):
    samples = noise(length, 1, length)
    path = tmp_path / "peaks.dat"
    open_media((samples, RATE)).write_peaks(path, samples_per_pixel=per_pixel)
    found = unpack(open_media((samples, RATE), peaks=path).peak_tile(level, 0), 1)
    exact = brute(samples, level, 0)
    count = min(found.shape[1], exact.shape[1])
    assert count >= exact.shape[1]
    assert (found[:, :count, 0] <= exact[:, :count, 0]).all()
    assert (found[:, :count, 1] >= exact[:, :count, 1]).all()


def test_no_sound_is_read_for_given_peaks(tmp_path: Path, monkeypatch):
    path = encode(tmp_path / "a.mp3", 30, audio="libmp3lame")
    open_media(path).write_peaks(tmp_path / "a.dat", samples_per_pixel=512)
    from avseg_widget.media.reader import ContainerReader

    monkeypatch.setattr(ContainerReader, "blocks", None)
    data, progress = open_media(path, peaks=tmp_path / "a.dat").peaks_so_far(5, 0)
    assert progress.complete
    assert len(data) == -(-30 * 44100 // 1024) * 4


def test_version_1_holds_one_channel_that_stands_for_all(tmp_path: Path):
    mono = noise(50_000, 1)
    open_media((mono, RATE)).write_peaks(tmp_path / "a.dat", version=1)
    assert struct.unpack("<iIiiI", (tmp_path / "a.dat").read_bytes()[:20]) == (1, 0, RATE, 256, 196)
    stereo = open_media((noise(50_000, 2, 9), RATE), peaks=tmp_path / "a.dat")
    tile = unpack(stereo.peak_tile(4, 0), 2)
    np.testing.assert_array_equal(tile, np.repeat(brute(mono, 4, 0), 2, axis=0))
    with pytest.raises(MediaError, match="version 1 holds one channel"):
        stereo.write_peaks(tmp_path / "b.dat", version=1)


def test_the_documented_example_is_read(tmp_path: Path):
    data = [-65, 63, -66, 64, -40, 41, -39, 45, -55, 43, -55, 44]
    text = {"version": 2, "channels": 2, "sample_rate": 48000, "samples_per_pixel": 512, "bits": 8, "length": 3}
    (tmp_path / "a.json").write_text(json.dumps({**text, "data": data}))
    media = open_media((noise(1500, 2), 48000), peaks=tmp_path / "a.json")
    # A column of 1024 samples is of two pixels.
    assert unpack(media.peak_tile(5, 0), 2).tolist() == [
        [[-65 * 256, 63 * 256], [-55 * 256, 43 * 256]],
        [[-66 * 256, 64 * 256], [-55 * 256, 44 * 256]],
    ]


def dat(**changed: int) -> bytes:
    values = {"version": 2, "flags": 0, "rate": RATE, "per": 256, "length": 4, "channels": 2} | changed
    return struct.pack("<iIiiIi", *values.values()) + bytes(32)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no audiowaveform"),
        (b"RIFF" + bytes(100), "no audiowaveform"),
        (dat(version=3), "no audiowaveform"),
        (dat()[:22], "no audiowaveform"),
        (dat()[:-1], "31 bytes of values"),
        (dat() + b"x", "33 bytes of values"),
        (dat(length=0xFFFFFFFF), "header says 4294967295 pixels"),
        (dat(channels=-1), "-1 channels cannot be"),
        (dat(channels=0x7FFFFFFF, length=0xFFFFFFFF), "channels cannot be"),
        (dat(per=0), "0 samples per pixel"),
        (dat(per=1), "1 samples per pixel"),
        (dat(rate=44100), "it is of 44100 Hz and recording.wav has 8000 Hz"),
        (dat(channels=4, length=2), "it has 4 channels and recording.wav has 2"),
        (dat(per=200_000), "it is of 100.0 s and recording.wav has 0.1 s"),
        (b"{}", "no audiowaveform .json"),
        (b'{"sample_rate":"8"}', "no audiowaveform .json"),
        (b"{" * 100_000, "no audiowaveform .json"),
        (b'{"sample_rate":8000,"samples_per_pixel":256,"bits":16,"length":99,"data":[0,1]}', "2 values, and says 99"),
        (b'{"sample_rate":8000,"samples_per_pixel":256,"bits":24,"length":1,"data":[0,1]}', "24 bits"),
        (b'{"sample_rate":8000,"samples_per_pixel":256,"bits":8,"length":1,"data":[0,300]}', "beyond 8 bits"),
        (b'{"sample_rate":8000,"samples_per_pixel":256,"bits":8,"length":-1,"data":[]}', "length is -1"),
        (b'{"version":7,"sample_rate":8000,"samples_per_pixel":256,"bits":8,"length":0,"data":[]}', "version 7"),
    ],
)
def test_a_malformed_or_foreign_file_is_refused_with_the_reason(tmp_path: Path, data: bytes, says: str):
    (tmp_path / "bad.dat").write_bytes(data)
    with pytest.raises(MediaError) as caught:
        open_media((noise(1000, 2), RATE), peaks=tmp_path / "bad.dat")
    assert says in str(caught.value)
    assert "bad.dat cannot be used" in str(caught.value)


def test_a_wish_that_cannot_be_met_says_what_to_give(tmp_path: Path):
    media = open_media((noise(1000, 2), RATE))
    for name, wish, says in [
        ("a.dat", {"samples_per_pixel": 1}, "give 2 to"),
        ("a.dat", {"bits": 12}, "bits=8 or bits=16"),
        ("a.dat", {"version": 3}, "version=1 or version=2"),
        ("a.png", {}, "as .dat or .json"),
        ("none/a.dat", {}, "choose another place"),
    ]:
        with pytest.raises(MediaError, match=says):
            media.write_peaks(tmp_path / name, **wish)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(MediaError, match="cannot be read"):
        open_media((noise(1000, 2), RATE), peaks=tmp_path / "missing.dat")


def test_pictures_without_sound_have_no_peaks_to_write(tmp_path: Path):
    media = open_media(encode(tmp_path / "a.mp4", 1, audio=None, video="libx264"))
    with pytest.raises(MediaError, match="has no sound"):
        media.write_peaks(tmp_path / "a.dat")
