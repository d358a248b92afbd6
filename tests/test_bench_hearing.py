"""The benchmarks' ear: the marks are found in sound where they were put, at any speed and place."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from benchmarks import clicks, hearing

RATE = clicks.RATE


@pytest.mark.parametrize("start", [0.05, 3.9, 61.1234])
def test_marks_tell_the_place_to_the_sample(start: float) -> None:
    first = round(start * RATE)
    sound = clicks.block()[first : first + 2 * RATE].astype(np.float64)
    marks = hearing.find_marks(sound, 1, start + 0.2)
    assert len(marks.at) >= 7
    places = np.array([0.0, 40_000.5, 95_999])
    np.testing.assert_allclose(hearing.heard_at(marks, places, 1), (first + places) / RATE, atol=2e-4)


def test_marks_of_fast_sound_are_numbered_by_its_speed() -> None:
    quarters = [clicks.block()[number * 12_000 + 3_000 : number * 12_000 + 9_000] for number in range(8)]
    marks = hearing.find_marks(np.concatenate(quarters).astype(np.float64), 2, 0.2)
    np.testing.assert_allclose(marks.media, (np.arange(8) + 0.5) * 0.25)
    np.testing.assert_allclose(marks.at, (np.arange(8) + 0.5) * 6_000, atol=10)


def test_a_rounds_number_is_the_nearest() -> None:
    sound = clicks.block()[: 2 * RATE].astype(np.float64)
    marks = hearing.find_marks(sound, 1, 8 * 1000 + 0.3, shift=0.012)
    assert marks.media[0] == pytest.approx(8000.125 + 0.012)


def test_a_recording_is_joined_and_its_ends_are_found() -> None:
    samples = np.zeros(512, "<i2")
    samples[200:300] = 99
    taken = {
        "frames": [0, 128, 256, 384],
        "times": [1000 + number * 8 / 3 for number in range(4)],
        "samples": base64.b64encode(samples.tobytes()).decode(),
    }
    found = hearing.recording(taken)
    assert hearing.sounding(found.samples) == (200, 300)
    assert found.moment(48) - found.moment(0) == pytest.approx(1)
    assert found.place(found.moment(np.array([300.0]))) == pytest.approx(300)
    with pytest.raises(RuntimeError, match="lost sound"):
        hearing.recording({**taken, "frames": [0, 128, 512, 640]})


def test_what_was_heard_of_a_segment_is_told_to_the_sample() -> None:
    sound = clicks.block()[: RATE // 2].astype(np.float64)
    segment = sound[4_800:19_200]
    assert hearing.extent(sound, segment) == (4_800, 19_200)
    # The soft rest of a piece from before is not from after the end.
    tail = np.linspace(0.1, 0, 150) * segment[9_000:9_150]
    assert hearing.extent(sound, np.concatenate([segment, tail])) == pytest.approx((4_800, 19_200), abs=50)
    assert hearing.extent(sound, sound[4_700:19_440]) == (4_700, 19_440)
    with pytest.raises(RuntimeError, match="not the sound"):
        hearing.extent(sound, np.random.default_rng(3).normal(0, 0.01, 9_600))
