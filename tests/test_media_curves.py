"""Pitch and intensity in tiles against Praat's own of the whole sound, and a voice whose pitch is known."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import parselmouth
import pytest

from avseg_widget import sample
from avseg_widget.errors import MediaError
from avseg_widget.media import Media, open_media

from .media_makers import encode


def voice(hertz: float, seconds: float, rate: int) -> np.ndarray:
    """Give a buzz of ten harmonics."""
    phase = 2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate
    return 0.05 * sum(np.sin(number * phase) for number in range(1, 11))


def curves(media: Media, tiles: int, floor: float = 75.0, ceiling: float = 600.0) -> np.ndarray:
    """Give times, pitch and intensity of some tiles, as the rows of one array."""
    parts = [np.frombuffer(media.curve_tile(tile, floor, ceiling)).reshape(3, -1) for tile in range(tiles)]
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize(("floor", "ceiling"), [(75.0, 600.0), (60.0, 300.0), (100.0, 500.0)])
def test_tiles_have_the_values_of_the_whole_recording(floor: float, ceiling: float):
    times, pitch, intensity = curves(open_media(sample.audio()), 4, floor, ceiling)
    sound = parselmouth.Sound(str(sample.audio()))
    whole = sound.to_pitch_ac(time_step=0.01, pitch_floor=floor, pitch_ceiling=ceiling)
    loudness = sound.to_intensity(floor, 0.01)
    np.testing.assert_allclose(times, whole.xs(), atol=1e-6)
    expected = whole.selected_array["frequency"]
    # Where a path of the whole sound is chosen by what is far away, single frames may differ.
    same = np.isclose(np.nan_to_num(pitch), expected, atol=0.01)
    assert same.mean() >= 0.995
    assert (expected > 0).mean() > 0.3
    levels = np.interp(times, loudness.xs(), loudness.values[0], left=np.nan, right=np.nan)
    loud = levels > 40
    # Praat rounds its windows to samples, which may fall the other way in a part of the sound.
    np.testing.assert_allclose(intensity[loud], levels[loud], atol=0.3)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 96000])
def test_a_voice_has_its_pitch_across_tiles(rate: int):
    sound = np.concatenate([np.zeros(rate), voice(200.0, 14.0, rate), np.zeros(rate)])
    times, pitch, _ = curves(open_media((sound, rate)), 2)
    assert np.abs(np.diff(times) - 0.01).max() < 1 / rate + 1e-9
    voiced = (times > 1.1) & (times < 14.9)
    assert np.abs(pitch[voiced] - 200).max() < 0.5
    assert np.isnan(pitch[(times < 0.9) | (times > 15.1)]).all()


def test_a_full_scale_sine_has_91_db():
    sound = 0.999 * np.sin(2 * np.pi * 440 * np.arange(32000) / 16000)
    times, pitch, intensity = curves(open_media((sound, 16000)), 1)
    inside = (times > 0.2) & (times < 1.8)
    assert intensity[inside] == pytest.approx(20 * math.log10(math.sqrt(0.5) / 2e-5), abs=0.1)
    assert pitch[inside] == pytest.approx(440, abs=0.5)


@pytest.mark.parametrize("rate", [100, 8000, 192000])
def test_silence_short_sound_and_low_rates_have_no_pitch(rate: int):
    assert open_media((np.zeros(3), rate)).curve_tile(0, 75.0, 600.0) == b""
    assert np.isnan(curves(open_media((np.zeros(rate * 2), rate)), 1)[1]).all()


def test_past_the_end_and_without_sound_there_are_no_curves(tmp_path: Path):
    assert open_media(sample.audio()).curve_tile(10**9, 75.0, 600.0) == b""
    mute = open_media(encode(tmp_path / "mute.mp4", 1.0, audio=None, video="libx264"))
    assert mute.curve_tile(0, 75.0, 600.0) == b""


@pytest.mark.parametrize(
    ("tile", "floor", "ceiling"),
    [(-1, 75, 600), (10**30, 75, 600), (0, 0, 600), (0, 600, 75), (0, 75, 1e9), (0, math.nan, 600), (0, 75, math.inf)],
)
def test_senseless_requests_are_refused(tile: int, floor: float, ceiling: float):
    with pytest.raises(MediaError, match=r"there is no pitch from .* give a floor of 30 Hz or more"):
        open_media(sample.audio()).curve_tile(tile, floor, ceiling)


def test_without_parselmouth_the_answer_says_how_to_install_it():
    code = """
import sys, json; sys.modules["parselmouth"] = None
from avseg_widget import sample
from avseg_widget.media import open_media
try: open_media(sample.audio()).curve_tile(0, 75.0, 600.0)
except ValueError as error: print(json.dumps(str(error)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "avseg-widget[curves]"' in json.loads(done.stdout)
