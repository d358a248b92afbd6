"""Spectra of sounds whose place and level are known, and tiles that agree with what they are cut from."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import sample
from avseg_widget.errors import MediaError
from avseg_widget.media import Media, open_media
from avseg_widget.media.frequencies import clamp_range, row_edges
from avseg_widget.media.spectrogram import FLOOR_DB, STEP_DB, Spectrum, window_of
from avseg_widget.media.tile_cache import TileCache
from avseg_widget.wire import SPECTROGRAM_COLUMNS, SPECTROGRAM_ROWS, SpectrogramAnalysis

from .media_makers import encode

RATE = 16000
FIXTURE = Path(__file__).parent / "fixtures" / "spectrogram.json"
SCALES = ("linear", "log", "mel")
WINDOWS = ("hann", "hamming", "blackman", "gaussian")


def tone(hertz: float, level: float = 1.0, seconds: float = 2.0, rate: int = RATE) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def decibels(data: bytes) -> np.ndarray:
    return FLOOR_DB + STEP_DB * np.frombuffer(data, np.uint8).reshape(-1, SPECTROGRAM_ROWS).astype(float)


def row_of(hertz: float, analysis: SpectrogramAnalysis, rate: int = RATE) -> int:
    low, high = clamp_range(analysis.scale, analysis.low, analysis.high, rate)
    edges = row_edges(analysis.scale, low, high, SPECTROGRAM_ROWS)
    return int(np.searchsorted(edges, hertz, side="right")) - 1


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 192000])
@pytest.mark.parametrize(("scale", "window"), list(itertools.product(SCALES, WINDOWS)))
def test_a_full_scale_sine_reads_0_db_at_its_frequency(rate: int, scale: str, window: str):
    for hertz, length in ((1000.0, 0.005), (1234.5, 0.03), (3000.1, 0.1)):
        analysis = SpectrogramAnalysis(scale=scale, window=window, length=length, high=20000.0)
        sound = tone(hertz, 0.999, 0.5, rate)
        found = decibels(open_media((sound, rate)).spectrogram_tile(analysis, round(math.log2(rate / 200)), 0))
        inside = found[25:-25]
        assert np.abs(inside.max(axis=1)).max() <= 0.5
        # Rows between two bins share the highest level; the tone is among them.
        loudest = inside[0] >= inside[0].max() - STEP_DB
        assert np.abs(np.flatnonzero(loudest) - row_of(hertz, analysis, rate)).min() <= 1


@pytest.mark.parametrize("level", [1.0, 0.1, 0.01, 0.001])
def test_levels_are_decibels_of_full_scale(level: float):
    found = decibels(open_media((tone(2000, level * 0.999), RATE)).spectrogram_tile(SpectrogramAnalysis(), 7, 0))
    assert np.abs(found[10:118].max(axis=1) - 20 * math.log10(level)).max() <= 1


@pytest.mark.parametrize("window", WINDOWS)
def test_white_noise_has_the_level_that_its_window_lets_through(window: str):
    deviation = 0.1
    noise = np.random.default_rng(7).normal(0, deviation, RATE * 30)
    # As many rows as bins or more, so that each is one bin's level.
    analysis = SpectrogramAnalysis(window=window, length=0.01, low=1000.0, high=3000.0)
    media = open_media((noise, RATE))
    found = np.concatenate([decibels(media.spectrogram_tile(analysis, 9, tile)) for tile in range(7)])
    weights = window_of(window, Spectrum(analysis, RATE).size)
    expected = 10 * math.log10(4 * deviation**2 * (weights**2).sum() / weights.sum() ** 2)
    assert abs(10 * math.log10((10 ** (found / 10)).mean()) - expected) <= 1


def test_columns_lie_in_the_middle_of_their_samples():
    sound = np.concatenate([tone(1000, 0.5, 1.024), np.zeros(RATE)])
    loud = decibels(open_media((sound, RATE)).spectrogram_tile(SpectrogramAnalysis(), 10, 0)).max(axis=1) > -30
    assert loud.tolist() == [True] * 16 + [False] * 16


@st.composite
def analyses(draw: st.DrawFn) -> SpectrogramAnalysis:
    low = draw(st.integers(0, 4000))
    return SpectrogramAnalysis(
        scale=draw(st.sampled_from(SCALES)),
        window=draw(st.sampled_from(WINDOWS)),
        length=draw(st.floats(0.005, 0.1)),
        low=float(low),
        high=float(low + draw(st.integers(1, 4000))),
    )


@settings(max_examples=40, deadline=None)
@given(analyses(), st.integers(0, 13), st.integers(0, 3))
def test_a_tile_is_what_each_of_its_columns_is_alone(analysis: SpectrogramAnalysis, level: int, tile: int):
    rate = 8000
    sound = np.random.default_rng(1).normal(0, 0.1, 30011)
    found = np.frombuffer(open_media((sound, rate)).spectrogram_tile(analysis, level, tile), np.uint8)
    columns = min(SPECTROGRAM_COLUMNS, max(0, math.ceil(len(sound) / 2**level) - tile * SPECTROGRAM_COLUMNS))
    assert len(found) == columns * SPECTROGRAM_ROWS
    spectrum = Spectrum(analysis, rate)
    exact = np.rint(np.clip(sound, -1, 1) * 32768) / 32768
    padded = np.pad(exact, spectrum.size)
    for column in range(0, columns, 17):
        middle = (tile * SPECTROGRAM_COLUMNS + column) * 2**level + 2**level // 2
        # The last columns may be centred behind the end.
        first = middle - spectrum.size // 2 + spectrum.size
        frame = padded[first : first + spectrum.size]
        frame = np.pad(frame, (0, spectrum.size - len(frame)))
        direct = spectrum.levels(frame[None])[0]
        part = found[column * SPECTROGRAM_ROWS : (column + 1) * SPECTROGRAM_ROWS]
        assert np.abs(part.astype(int) - direct).max() <= 1


def test_neighbouring_tiles_continue_each_other_at_any_length():
    media = open_media(sample.audio())
    analysis = SpectrogramAnalysis(scale="mel", window="gaussian")
    fine = decibels(media.spectrogram_tile(analysis, 6, 9))
    assert len(fine) == SPECTROGRAM_COLUMNS
    for level in (16, 25, 30):
        assert len(decibels(media.spectrogram_tile(analysis, level, 0))) == math.ceil(31.688 * RATE / 2**level)
    assert media.spectrogram_tile(analysis, 10, 4) == b""
    assert media.spectrogram_tile(analysis, 6, 9) is media.spectrogram_tile(analysis, 6, 9)


def test_a_film_has_the_same_spectra_in_whichever_order_it_is_asked(tmp_path: Path):
    path = encode(tmp_path / "a.mp4", 6.0, video="libx264")
    one, other = open_media(path), open_media(path)
    forwards = [one.spectrogram_tile(SpectrogramAnalysis(), 8, tile) for tile in range(4)]
    backwards = [other.spectrogram_tile(SpectrogramAnalysis(), 8, tile) for tile in reversed(range(4))]
    assert max(forwards[0]) > 100
    assert forwards == backwards[::-1]


def test_channels_are_mixed():
    both = np.stack([tone(1000, 0.5), -tone(1000, 0.5)], axis=1)
    assert max(open_media((both, RATE)).spectrogram_tile(SpectrogramAnalysis(), 8, 0)) == 0


@pytest.mark.parametrize("rate", [100, 8000, 192000, 10**7])
@pytest.mark.parametrize("scale", SCALES)
def test_silence_and_three_samples_have_spectra(rate: int, scale: str):
    media = open_media((np.zeros(3), rate))
    for analysis in (SpectrogramAnalysis(scale=scale), SpectrogramAnalysis(scale=scale, window="gaussian", length=0.1)):
        assert decibels(media.spectrogram_tile(analysis, 0, 0)).shape == (3, SPECTROGRAM_ROWS)
        assert max(media.spectrogram_tile(analysis, 30, 0)) == 0


def test_without_sound_there_are_no_spectra(tmp_path: Path):
    media = open_media(encode(tmp_path / "mute.mp4", 1.0, audio=None, video="libx264"))
    assert media.spectrogram_tile(SpectrogramAnalysis(), 0, 0) == b""


@pytest.mark.parametrize(
    ("scale", "low", "high", "rate", "expected"),
    [
        ("linear", 0, 8000, 16000, (0, 8000)),
        ("mel", 100, 1e9, 16000, (100, 8000)),
        ("log", 0, 1e9, 8000, (20, 4000)),
        ("linear", 30000, 40000, 16000, (0, 8000)),
        ("log", 0, 5, 20, (5, 10)),
    ],
)
def test_a_range_beyond_the_sound_is_cut(scale, low, high, rate, expected):
    assert clamp_range(scale, low, high, rate) == expected


@pytest.mark.parametrize(
    ("level", "tile", "analysis", "message"),
    [
        (-1, 0, {}, "no spectrogram tile 0 of level -1"),
        (31, 0, {}, "levels are 0 to 30"),
        (0, -1, {}, "no spectrogram tile -1"),
        (0, 10**30, {}, "no spectrogram tile"),
        (0, 0, {"length": 0.0}, "window cannot be 0.0 s long"),
        (0, 0, {"length": 1e9}, "window cannot be"),
        (0, 0, {"length": math.nan}, "window cannot be"),
        (0, 0, {"low": 500.0, "high": 500.0}, "no spectrogram from 500.0 to 500.0 Hz"),
        (0, 0, {"low": -1.0}, "no spectrogram from -1.0"),
        (0, 0, {"high": math.inf}, "no spectrogram from"),
        (0, 0, {"low": math.nan}, "no spectrogram from"),
    ],
)
def test_senseless_requests_are_refused(level: int, tile: int, analysis: dict, message: str):
    with pytest.raises(MediaError, match=message):
        open_media((tone(1000), RATE)).spectrogram_tile(SpectrogramAnalysis(**analysis), level, tile)


def test_tiles_are_kept_up_to_some_bytes():
    cache = TileCache(3000)
    made = []
    for key in (1, 2, 1, 3, 1, 2):
        cache.get(key, lambda key=key: made.append(key) or bytes(1000))
    assert made == [1, 2, 3, 2]
    assert len(cache) == 2
    assert cache.get("large", lambda: bytes(9000)) == bytes(9000)
    assert len(cache) == 0


def fixture_media(rate: int) -> Media:
    """Give the sound of the fixture, which the editor's tests make too: a tone, a click and a pseudo-random hiss."""
    state, samples = 1, []
    for index in range(6000):
        state = (state * 1103515245 + 12345) % 2**31
        hiss = (state >> 16) % 201 - 100
        samples.append(math.floor(8000 * math.sin(0.7 * index) + 0.5) + hiss + (20000 if index == 3000 else 0))
    return open_media((np.array(samples, np.int16), rate))


@pytest.mark.parametrize(
    "case", json.loads(FIXTURE.read_text()), ids=lambda case: "-".join(map(str, case.values()))[:60]
)
def test_both_languages_have_the_same_levels(case: dict):
    analysis = SpectrogramAnalysis(**case["analysis"])
    found = np.frombuffer(fixture_media(case["rate"]).spectrogram_tile(analysis, case["level"], case["tile"]), np.uint8)
    table = found.reshape(-1, SPECTROGRAM_ROWS)
    assert len(table) == case["columns"]
    for column, levels in case["levels"].items():
        assert np.abs(table[int(column)].astype(int) - levels).max() <= 1
