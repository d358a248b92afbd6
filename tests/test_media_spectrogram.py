"""Spectra of tones whose place and level are known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from avseg_widget.errors import MediaError
from avseg_widget.media import open_media

from .media_makers import encode

RATE = 16000


def tone(hertz: float, level: float, seconds: float = 2.0) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


def table(spectra) -> np.ndarray:
    return np.frombuffer(spectra.bytes, np.uint8).reshape(-1, spectra.rows)


@pytest.mark.parametrize(("level", "expected"), [(1.0, 255), (0.1, 191), (0.01, 128), (0.00001, 0)])
def test_a_tone_shows_its_frequency_and_level(level: float, expected: int):
    spectra = open_media((tone(2000, level), RATE)).spectrogram(0.5, 1.5, 50)
    found = table(spectra)
    assert found.shape == (50, spectra.rows)
    assert spectra.top == RATE / 2
    assert np.abs(found.max(axis=1).astype(int) - expected).max() <= 1
    if expected:
        assert (found.argmax(axis=1) == round(2000 / spectra.top * (spectra.rows - 1))).all()


def test_columns_lie_at_the_centres_of_their_parts():
    sound = np.concatenate([tone(1000, 0.5, 1.0), np.zeros(RATE)])
    loud = table(open_media((sound, RATE)).spectrogram(0.0, 2.0, 20)).max(axis=1) > 100
    assert loud.tolist() == [True] * 10 + [False] * 10


def test_outside_the_sound_is_silence():
    found = table(open_media((tone(1000, 0.5), RATE)).spectrogram(-3.0, 7.0, 10))
    assert (found.max(axis=1) > 100).tolist() == [False] * 3 + [True] * 2 + [False] * 5


def test_channels_are_mixed():
    both = np.stack([tone(1000, 0.5), -tone(1000, 0.5)], axis=1)
    assert table(open_media((both, RATE)).spectrogram(0.5, 1.0, 5)).max() == 0


def test_a_film_has_the_same_spectra_whole_and_in_parts(tmp_path: Path):
    media = open_media(encode(tmp_path / "a.mp4", 6.0, video="libx264"))
    whole = table(media.spectrogram(0, 6, 600))
    part = table(media.spectrogram(3, 4, 100))
    assert part.max() > 100
    np.testing.assert_array_equal(part, whole[300:400])


def test_without_sound_there_are_no_rows(tmp_path: Path):
    spectra = open_media(encode(tmp_path / "mute.mp4", 1.0, audio=None, video="libx264")).spectrogram(0, 1, 10)
    assert (spectra.bytes, spectra.rows) == (b"", 0)


@pytest.mark.parametrize(
    ("start", "end", "columns"), [(0, 0, 5), (2, 1, 5), (0, 1, 0), (0, 1, 10**6), (math.nan, 1, 5)]
)
def test_senseless_requests_are_refused(start: float, end: float, columns: int):
    with pytest.raises(MediaError, match="no spectrogram"):
        open_media((tone(1000, 0.5), RATE)).spectrogram(start, end, columns)
