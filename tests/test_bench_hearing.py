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
