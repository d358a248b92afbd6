"""The tables of an MP4's track, read block by block: the same as all entries written out."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avseg_widget.media import mp4_track
from avseg_widget.media.mp4_track import OddError, Runs, Table, Track
from avseg_widget.media.source import find

RUN = st.tuples(st.integers(0, 5), st.integers(0, 9))
CHUNK = st.tuples(st.integers(1, 4), st.integers(1, 50))


@pytest.fixture(autouse=True)
def blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mp4_track, "_RUNS", 3)
    monkeypatch.setattr(mp4_track, "_BLOCK", 5)


def table(entries: list[tuple[int, ...]], kind: str = ">u4") -> Table:
    numbers = np.array(entries, kind)
    with tempfile.NamedTemporaryFile(dir=tempfile.gettempdir(), delete=False) as file:
        file.write(b"before" + numbers.tobytes())
    return Table(find(Path(file.name)), 6, len(entries), numbers.shape[1], kind)


def removed(*tables: Table) -> None:
    for each in tables:
        assert each.place.path is not None
        each.place.path.unlink()


@given(st.lists(RUN, min_size=1, max_size=12), st.data())
def test_runs_are_as_written_out(runs: list[tuple[int, int]], data: st.DataObject) -> None:
    entries = table(runs)
    found = Runs(entries)
    values = [value for count, value in runs for _ in range(count)]
    assert found.count == len(values)
    first = data.draw(st.integers(0, len(values)))
    last = data.draw(st.integers(first, len(values)))
    assert found.spread(first, last).tolist() == values[first:last]
    assert found.sum(last) == sum(values[:last])
    total = data.draw(st.integers(-3, sum(values) + 3))
    reached = found.reaching(total)
    assert sum(values[:reached]) <= max(0, total)
    # Of packets that take no time any will do.
    assert 0 in values or reached == len(values) or sum(values[: reached + 1]) > total
    removed(entries)


@given(st.lists(CHUNK, min_size=1, max_size=8), st.booleans(), st.data())
def test_places_are_as_written_out(chunks: list[tuple[int, int]], even: bool, data: st.DataObject) -> None:
    sizes = [7 if even else data.draw(st.integers(1, 99)) for count, _ in chunks for _ in range(count)]
    places, offsets, at, packet = [], [], 1000, 0
    for count, gap in chunks:
        at += gap
        offsets.append((at,))
        for size in sizes[packet : packet + count]:
            places.append(at)
            at += size
        packet += count
    runs = [(number + 1, count, 1) for number, (count, _) in enumerate(chunks)]
    # One entry stands for the chunks after it that hold as many.
    runs = [run for number, run in enumerate(runs) if number == 0 or run[1] != runs[number - 1][1]]
    tables = {b"stsc": table(runs), b"stco": table(offsets, ">u8"), b"stsz": table([(size,) for size in sizes])}
    track = Track(1000, {}, tables, 7 if even else 0, len(sizes), 0, 0, None)
    first = data.draw(st.integers(0, len(sizes) - 1))
    last = data.draw(st.integers(first + 1, len(sizes)))
    assert track.sizes(first, last).tolist() == sizes[first:last]
    assert track.places(first, last).tolist() == places[first:last]
    removed(*tables.values())


@pytest.mark.parametrize("runs", [[(1, 1 << 30)], [(0xFFFFFFFF, 1 << 27)], [(1 << 31, 1 << 22)] * 4])
def test_times_that_cannot_be_are_refused(runs: list[tuple[int, int]]) -> None:
    entries = table(runs)
    with pytest.raises(OddError):
        Runs(entries)
    removed(entries)
