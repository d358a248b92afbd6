"""Stamps of frames as their neighbours agree on them: some are wrong, some are missing, and some frames are lost."""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from avseg_widget.media.steady import steadied


class Frame(NamedTuple):
    pts: int | None
    samples: int


LENGTHS = st.lists(st.sampled_from([128, 576, 1024]), min_size=1, max_size=60)


def starts(lengths: list[int], first: int) -> list[int]:
    return list(accumulate(lengths, initial=first))[:-1]


@given(LENGTHS, st.integers(-5000, 10**9), st.integers(5, 9), st.sampled_from([-448, 448, 2032, None]))
def test_stamps_that_are_wrong_now_and_then_are_put_right(
    lengths: list[int], first: int, every: int, wrong: int | None
) -> None:
    true = starts(lengths, first)
    stamps = [
        start if place % every != 2 else None if wrong is None else start + wrong for place, start in enumerate(true)
    ]
    found = list(steadied(map(Frame, stamps, lengths)))
    if len(true) > 4 or wrong is None:
        assert [stamp for stamp, _ in found] == true
    assert [frame.samples for _, frame in found] == lengths


@given(LENGTHS, LENGTHS, st.integers(1, 10**6))
def test_frames_that_are_lost_leave_a_gap_in_its_very_place(before: list[int], after: list[int], gap: int) -> None:
    before, after = before + [1024] * 8, after + [1024] * 8
    true = starts(before, 0) + starts(after, sum(before) + gap)
    assert [stamp for stamp, _ in steadied(map(Frame, true, before + after))] == true


def test_without_any_stamp_there_is_none() -> None:
    assert [stamp for stamp, _ in steadied([Frame(None, 128)] * 20)] == [None] * 20
