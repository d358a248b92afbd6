"""Peaks against a plain computation over all samples, at any level, tile, length and number of channels."""

from __future__ import annotations

import gc
import struct
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget.errors import MediaError
from avseg_widget.media import Media, open_media
from avseg_widget.media.waveform import Waveform
from avseg_widget.wire import PEAK_TILE_COLUMNS, PeakProgress, SpectrogramAnalysis

from .media_makers import RATE, clicks, encode, onsets


def brute(samples: np.ndarray, level: int, tile: int) -> np.ndarray:
    """Compute a tile column by column: shape (channels, columns, 2)."""
    width = 4**level
    starts = range(tile * PEAK_TILE_COLUMNS * width, (tile + 1) * PEAK_TILE_COLUMNS * width, width)
    columns = [
        (part.min(axis=0), part.max(axis=0)) for start in starts if len(part := samples[start : start + width]) > 0
    ]
    return np.array(columns, np.int16).reshape(len(columns), 2, samples.shape[1]).transpose(2, 0, 1)


def unpack(data: bytes, channels: int) -> np.ndarray:
    return np.frombuffer(data, "<i2").reshape(channels, -1, 2)


class Blocks:
    """A reader over an array, in blocks of given sizes."""

    rate = 8000
    is_exact = True
    index = b""

    def __init__(self, samples: np.ndarray, sizes: list[int]) -> None:
        self.channels = samples.shape[1]
        self._samples, self._sizes = samples, sizes

    def blocks(self) -> Iterator[np.ndarray]:
        start, index = 0, 0
        while start < len(self._samples):
            size = self._sizes[index % len(self._sizes)]
            yield self._samples[start : start + size]
            start, index = start + size, index + 1

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[np.ndarray]:
        for start, stop in spans:
            yield self._samples[start:stop]


@settings(max_examples=80, deadline=None)
@given(
    length=st.one_of(st.integers(1, 3000), st.integers(1, 1_200_000), st.sampled_from([256, 1024, 4096, 2048 * 256])),
    channels=st.integers(1, 6),
    sizes=st.lists(st.integers(1, 300_000), min_size=1, max_size=3).filter(lambda sizes: sum(sizes) > 300),
    level=st.integers(0, 12),
    tile=st.integers(0, 3),
)
def test_peaks_are_the_lowest_and_highest_sample_of_each_column(length, channels, sizes, level, tile):
    length = length if channels < 3 else length // 4 + 1
    samples = np.random.default_rng(length).integers(-32768, 32768, (length, channels), np.int16)
    waveform = Waveform(Blocks(samples, sizes), None, length, lambda error: MediaError(str(error)))
    np.testing.assert_array_equal(waveform.whole_tile(level, tile), brute(samples, level, tile))
    assert waveform.frames == length
    assert waveform.progress() == PeakProgress(progress=1.0, running=False)


@settings(max_examples=15, deadline=None)
@given(length=st.integers(1, 20_000), channels=st.integers(1, 4), level=st.integers(0, 6), tile=st.integers(0, 2))
def test_peaks_of_an_array_come_from_its_bytes(length, channels, level, tile):
    samples = np.random.default_rng(length).integers(-32768, 32768, (length, channels), np.int16)
    media = open_media((samples, 16000))
    np.testing.assert_array_equal(unpack(media.peak_tile(level, tile), channels), brute(samples, level, tile))
    assert media.info().duration == length / 16000


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_sample_type_has_the_same_peaks(tmp_path: Path, subtype: str):
    values = clicks(1.5, 8000)[:, 0]
    soundfile.write(tmp_path / "a.wav", values, 8000, subtype)
    found = unpack(open_media(tmp_path / "a.wav").peak_tile(2, 0), 1)
    expected = brute(np.rint(values * 32768).astype(np.int16)[:, None], 2, 0)
    assert np.abs(found.astype(int) - expected).max() <= (256 if subtype == "PCM_U8" else 1)


def test_a_float_file_beyond_full_scale_or_not_a_number_has_peaks(tmp_path: Path):
    soundfile.write(tmp_path / "a.wav", np.array([0.5, 3.0, -3.0, np.nan, np.inf]), 8000, "FLOAT")
    found = unpack(open_media(tmp_path / "a.wav").peak_tile(0, 0), 1)[0, :, 0]
    assert found.tolist() == [16384, 32767, -32768, 0, 32767]


@pytest.mark.parametrize(("level", "tile"), [(-1, 0), (32, 0), (4, -1)])
def test_a_tile_that_cannot_be_is_refused(level: int, tile: int):
    with pytest.raises(MediaError, match="no peak tile"):
        open_media((np.zeros(10), 8000)).peak_tile(level, tile)


def decoded(media: Media) -> np.ndarray:
    return np.concatenate(list(media._reader().blocks()))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "audio", "rate", "delay"),
    [
        ("a.m4a", "aac", RATE, 0),
        ("a.mp3", "libmp3lame", RATE, 0),
        ("a.ogg", "libopus", 48000, 0),
        ("a.flac", "flac", RATE, 0),
        # Nothing in such a file says how much of it is the encoder's delay, and browsers play all of it.
        ("a.aac", "aac", RATE, 1024),
    ],
)
def test_sound_is_placed_where_a_browser_plays_it(tmp_path: Path, name: str, audio: str, rate: int, delay: int):
    media = open_media(encode(tmp_path / name, 4.3, audio=audio, rate=rate))
    seconds = np.arange(5) * rate + delay
    assert np.abs(onsets(decoded(media)[:, 0]) - seconds).max() <= 5
    assert media.info().sample_rate == rate
    for level, tile in [(0, 0), (0, 21), (1, 5), (3, 1), (4, 0)]:
        np.testing.assert_array_equal(
            unpack(media.peak_tile(level, tile), 1), brute(decoded(media), level, tile), err_msg=f"{level} {tile}"
        )


def pcm(media: Media, tile: int) -> np.ndarray:
    return decoded(media)[tile * PEAK_TILE_COLUMNS : (tile + 1) * PEAK_TILE_COLUMNS, 0]


def test_webm_is_placed_to_the_sample_though_its_time_stamps_are_milliseconds(tmp_path: Path):
    media = open_media(encode(tmp_path / "a.webm", 4.3, audio="libopus", rate=48000))
    # Writers before FFmpeg 8 begin some milliseconds late.
    found = onsets(decoded(media)[:, 0])
    assert np.abs(found - found[0] - np.arange(5) * 48000).max() <= 5
    for tile in (23, 46, 70, 93):
        np.testing.assert_array_equal(unpack(media.peak_tile(0, tile), 1)[0, :, 0], pcm(media, tile))


def test_sound_that_begins_late_has_silence_before(tmp_path: Path):
    media = open_media(encode(tmp_path / "late.mp4", 2.3, video="libx264", late=0.5))
    assert np.abs(onsets(decoded(media)[:, 0]) / RATE - [0.5, 1.5, 2.5]).max() < 0.002
    assert media.info().duration == pytest.approx(2.8, abs=0.01)


def test_six_channels(tmp_path: Path):
    media = open_media(encode(tmp_path / "six.m4a", 2.2, rate=48000, channels=6))
    tile = unpack(media.peak_tile(4, 0), 6)
    assert tile.shape == (6, -(-round(2.2 * 48000) // 256), 2)
    assert (np.abs(tile[[0, 1, 2, 4, 5], 0].astype(int)).max(axis=1) > 6500).all()


def test_real_film_with_six_channels(shared_data: Path):
    media = open_media(shared_data / "bigbuckbunny.mp4")
    assert (media.info().channels, media.info().sample_rate, media.info().duration) == (6, 48000, 5.312)
    full = decoded(media)
    assert full.shape == (254976, 6)
    for level, tile in [(0, 60), (2, 3), (4, 0), (5, 0)]:
        np.testing.assert_array_equal(unpack(media.peak_tile(level, tile), 6), brute(full, level, tile))


def test_real_speech(shared_data: Path):
    media = open_media(shared_data / "ami_sample.wav")
    samples = soundfile.read(shared_data / "ami_sample.wav", dtype="int16", always_2d=True)[0]
    assert media.info().duration == len(samples) / 16000 == 30.0
    for level, tile in [(0, 7), (3, 2), (4, 0), (6, 0)]:
        np.testing.assert_array_equal(unpack(media.peak_tile(level, tile), 1), brute(samples, level, tile))


def test_five_hours_need_little_memory(tmp_path: Path):
    rate, seconds = 16000, 5 * 3600
    path = tmp_path / "long.wav"
    size = rate * seconds * 2
    header = (
        b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16)
    )
    with path.open("wb") as file:
        file.write(header + b"data" + struct.pack("<I", size))
        file.truncate(44 + size)
    gc.collect()
    tracemalloc.start()
    media = open_media(path)
    last = (rate * seconds - 1) // (256 * PEAK_TILE_COLUMNS)
    tile = unpack(media.peak_tile(4, last), 1)
    spectra = media.spectrogram_tile(SpectrogramAnalysis(), 16, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert media.info().duration == seconds
    assert tile.shape == (1, rate * seconds // 256 - last * PEAK_TILE_COLUMNS, 2)
    assert not tile.any()
    assert max(spectra) == 0
    # The peaks themselves have 4.5 MB, and twice that while they are joined.
    assert peak < 20e6
