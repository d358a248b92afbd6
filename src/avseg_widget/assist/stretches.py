"""Stretches of a row of scores: where it goes on and off, joined, cleaned and padded. Pure; knows no sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple


class Stretch(NamedTuple):
    """Places ``[start, stop)`` of a row."""

    start: int
    stop: int


def switched(scores: Iterable[float], on: float, off: float) -> Iterator[Stretch]:
    """Yield where scores are on: from one that is ``on`` or more up to one that is below ``off``.

    >>> list(switched([0, 5, 4, 3, 2, 4, 5], on=5, off=3))
    [Stretch(start=1, stop=4), Stretch(start=6, stop=7)]
    """
    start: int | None = None
    place = -1
    for place, score in enumerate(scores):
        if start is None:
            if score >= on:
                start = place
        elif score < off:
            yield Stretch(start, place)
            start = None
    if start is not None:
        yield Stretch(start, place + 1)


def joined(stretches: Iterable[Stretch], least: int) -> Iterator[Stretch]:
    """Join ascending stretches with fewer than ``least`` places between them.

    >>> list(joined([Stretch(0, 2), Stretch(3, 4), Stretch(6, 7)], 2))
    [Stretch(start=0, stop=4), Stretch(start=6, stop=7)]
    """
    last: Stretch | None = None
    for stretch in stretches:
        if last is None or stretch.start - last.stop >= least:
            if last is not None:
                yield last
            last = stretch
        else:
            last = Stretch(last.start, stretch.stop)
    if last is not None:
        yield last


def padded(stretches: Iterable[Stretch], pad: int, length: int) -> list[Stretch]:
    """Widen ascending stretches by ``pad`` on each side, within ``[0, length)``; two that would meet share the gap.

    >>> padded([Stretch(2, 4), Stretch(7, 9)], 2, 10)
    [Stretch(start=0, stop=5), Stretch(start=5, stop=10)]
    """
    given = list(stretches)
    meets = [(before.stop + after.start) // 2 for before, after in pairwise(given)]
    return [
        Stretch(max(stretch.start - pad, floor), min(stretch.stop + pad, ceiling))
        for stretch, floor, ceiling in zip(given, [0, *meets], [*meets, length], strict=False)
    ]


def between(stretches: Iterable[Stretch], length: int) -> Iterator[Stretch]:
    """Yield what ascending stretches leave of ``[0, length)``.

    >>> list(between([Stretch(2, 4), Stretch(7, 9)], 9))
    [Stretch(start=0, stop=2), Stretch(start=4, stop=7)]
    """
    reached = 0
    for stretch in stretches:
        if stretch.start > reached:
            yield Stretch(reached, stretch.start)
        reached = stretch.stop
    if reached < length:
        yield Stretch(reached, length)
