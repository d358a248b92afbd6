"""Decoded frames joined into blocks: those that follow each other, whatever their kind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget.media.join import join_frames, samples_of

LAYOUTS = ("mono", "stereo", "5.1", "7.1", "hexadecagonal")


def placed(start: int, layout: str, form: str, samples: int) -> Any:
    channels = av.AudioLayout(layout).nb_channels
    values = np.arange(start, start + samples, dtype=np.int16).repeat(channels).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(values, format="s16", layout=layout)
    frame.sample_rate = 8000
    if form != "s16":
        frame = av.AudioResampler(form, layout, 8000).resample(frame)[0]
    return SimpleNamespace(start=start, frame=frame)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(LAYOUTS),
            st.sampled_from(["s16", "s16p"]),
            st.integers(1, 40),
            st.sampled_from([0, 0, 0, 7]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 200),
)
def test_every_sample_is_in_its_place_when_channels_and_formats_change(
    kinds: list[tuple[str, str, int, int]], size: int
) -> None:
    frames, wanted, at = [], [], 0
    for layout, form, samples, gap in kinds:
        at += gap
        frames.append(placed(at, layout, form, samples))
        wanted += [(place, av.AudioLayout(layout).nb_channels) for place in range(at, at + samples)]
        at += samples
    found = []
    for start, block in join_frames(frames, size):
        assert (block == np.arange(start, start + len(block))[:, np.newaxis]).all()
        found += [(start + place, block.shape[1]) for place in range(len(block))]
    assert found == wanted


@pytest.mark.parametrize("form", ["s16p", "fltp", "s16"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_frame_of_many_channels_is_its_samples(layout: str, form: str) -> None:
    channels = av.AudioLayout(layout).nb_channels
    values = np.arange(20 * channels, dtype=np.int16).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(values, format="s16", layout=layout)
    frame.sample_rate = 8000
    (frame,) = av.AudioResampler(form, layout, 8000).resample(frame)
    np.testing.assert_array_equal(samples_of(frame), values.reshape(-1, channels))
