"""Sound that is stretched: its length, its ends, its pitch, and where each moment of it is heard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget.media.time_stretch import stretched, stretched_place

RATE = 16000


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 2000), st.integers(1, 2000), st.integers(1, 3), st.sampled_from([1000, 8000, 44100]), st.integers(0)
)
def test_any_sound_gets_any_length_and_begins_on_its_first_sample(
    frames: int, count: int, channels: int, rate: int, seed: int
) -> None:
    sound = np.random.default_rng(seed).integers(-32768, 32768, (frames, channels)).astype(np.int16)
    found = stretched(sound, count, rate)
    assert (found.shape, found.dtype) == ((count, channels), np.int16)
    assert np.abs(found[0].astype(int) - sound[0]).max() <= 1 or min(frames, count) < rate // 50
    if frames == count:
        np.testing.assert_array_equal(found, sound)


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.75, 1.25, 1.5, 2, 3, 4])
def test_beginning_and_end_are_those_of_the_sound(speed: float) -> None:
    sound = np.random.default_rng(1).integers(-9000, 9000, (RATE, 2)).astype(np.int16)
    found = stretched(sound, stretched_place(len(sound), speed), RATE)
    # The half of a piece that fades into no other.
    np.testing.assert_array_equal(found[: RATE // 100], sound[: RATE // 100])
    least = RATE // 100
    np.testing.assert_array_equal(found[-least:], sound[-least:])


@pytest.mark.parametrize("speed", [0.25, 0.5, 2, 4])
@pytest.mark.parametrize("pitch", [60, 220, 3000])
def test_a_tone_keeps_its_pitch_and_loudness(pitch: int, speed: float) -> None:
    times = np.arange(3 * RATE) / RATE
    tone = np.rint(12000 * np.sin(2 * np.pi * pitch * times)).astype(np.int16)
    # Of opposite sign, as in recordings with a wire turned round.
    both = stretched(np.stack([tone, -tone], axis=1), stretched_place(len(tone), speed), RATE).astype(float)
    np.testing.assert_array_equal(both[:, 0], -both[:, 1])
    found = both[:, 0]
    spectrum = np.abs(np.fft.rfft(found * np.hanning(len(found))))
    assert np.argmax(spectrum) * RATE / len(found) == pytest.approx(pitch, abs=2)
    turn = RATE // 20
    loudness = np.sqrt(np.convolve(found**2, np.ones(turn) / turn, "valid") * 2) / 12000
    assert (loudness.min() > 0.8, loudness.max() < 1.1) == (True, True)


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.75, 1.25, 1.5, 2, 3, 4])
def test_each_moment_is_heard_near_its_place(speed: float) -> None:
    """Clicks are heard within 20 ms of the media from where they should be, and on average without delay."""
    sound = np.random.default_rng(5).normal(0, 20, (10 * RATE, 1))
    clicks = np.arange(RATE // 20, len(sound), RATE // 10)
    for click in clicks:
        sound[click : click + RATE // 200] += 9000
    found = stretched(sound.astype(np.int16), stretched_place(len(sound), speed), RATE)
    heard = np.flatnonzero(np.abs(found[:, 0]) > 5000)
    away = np.array([heard[np.argmin(np.abs(heard - click / speed))] * speed - click for click in clicks]) / RATE
    near = away[np.abs(away) < 0.02]
    # Fast sound leaves out some: a click that is like nothing before it goes first.
    assert len(near) >= (len(clicks) if speed < 1 else len(clicks) // 20)
    assert abs(np.mean(near)) < 0.005
