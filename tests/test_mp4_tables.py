"""The tables of an MP4's track, read block by block: the same as all entries written out."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avseg_widget.media import mp4_tables
from avseg_widget.media.mp4_movie import Movie
from avseg_widget.media.mp4_tables import Runs, Table, TableTrack
from avseg_widget.media.mp4_track import OddError
from avseg_widget.media.source import find

RUN = st.tuples(st.integers(0, 5), st.integers(0, 9))
#: What a track is described by that has one description.
ONE = {"stsd": bytes(15) + b"\1"}
CHUNK = st.tuples(st.integers(1, 4), st.integers(1, 50))


@pytest.fixture(autouse=True)
def blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mp4_tables, "_RUNS", 3)
    monkeypatch.setattr(mp4_tables, "BLOCK", 5)


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
    assert np.repeat(*found.between(first, last)[::-1]).tolist() == values[first:last]
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
    track = TableTrack(b"vide", 1000, ONE, False, len(sizes), 0, [], 0, 0, None, tables, 7 if even else 0)
    first = data.draw(st.integers(0, len(sizes) - 1))
    last = data.draw(st.integers(first + 1, len(sizes)))
    assert track.sizes(first, last).tolist() == sizes[first:last]
    assert track.places(first, last).tolist() == places[first:last]
    removed(*tables.values())


@pytest.mark.parametrize(
    ("kind", "steps", "late", "is_plain"),
    [
        (b"soun", [(3, 10), (2, 11), (1, 10)], None, True),
        (b"vide", [(3, 10), (2, 11), (1, 10)], [(6, -20)], True),
        (b"vide", [(6, 10)], [(5, 0)], False),
        (b"vide", [(6, 10)], [(6, 1 << 29), (1, 0)], False),
        (b"vide", [(6, 0)], None, False),
        # A time code of many hours.
        (b"tmcd", [(6, 500_000_000)], None, True),
        (b"tmcd", [(6, 0xFFFFFFFF)], None, False),
        (b"vide", [(0xFFFFFFFF, 0xFFFFFFFF)] * 4, None, False),
    ],
)
def test_what_is_not_plain_is_refused(
    kind: bytes, steps: list[tuple[int, ...]], late: list[tuple[int, ...]] | None, *, is_plain: bool
) -> None:
    tables = {b"stts": table(steps), b"stsc": table([(1, 6, 1)]), b"stco": table([(0,)])}
    if late is not None:
        tables[b"ctts"] = table(late, ">i4")
    track = TableTrack(kind, 1000, ONE, False, 6, 0, [], 0, 0, None, tables, 1)
    with nullcontext() if is_plain else pytest.raises(OddError):
        track.check()
    removed(*tables.values())


@pytest.mark.parametrize(
    ("tracks", "end"),
    [
        ([(b"vide", 8000), (b"soun", 8020)], 8.02),
        ([(b"soun", 8000), (b"text", 8500)], 8.5),
        ([(b"sbtl", 9500), (b"vide", 8000)], 8.0),
        ([(b"soun", 8000), (b"tmcd", 3000)], 8.0),
        ([(b"text", 3000)], 3.0),
    ],
)
def test_the_end_is_that_of_sound_and_pictures_and_of_texts_soon_after(
    tracks: list[tuple[bytes, int]], end: float
) -> None:
    tables = [table([(1, length)]) for _, length in tracks]
    place = tables[0].place
    made = [
        TableTrack(kind, 1000, {}, False, 1, 0, [], 0, 0, None, {b"stts": steps}, 1)
        for (kind, _), steps in zip(tracks, tables, strict=True)
    ]
    assert Movie(place, b"", b"", made).end() == end
    removed(*tables)
