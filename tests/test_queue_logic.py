"""The labeling queue's logic without a widget: what is to be labeled, in which order, how far and how long still."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from avseg_widget.errors import MediaError, QueueError
from avseg_widget.queue_wire import QueueRow
from avseg_widget.store import queue
from avseg_widget.store.queue_media import Entry, read_entries


def name(media: Any) -> str:
    if not isinstance(media, (str, Path)):
        raise MediaError("no name")
    return Path(media).name


def items(media: Any) -> list[str]:
    return [entry.item for entry in read_entries(media, name)]


def test_a_folder_gives_its_media_and_a_pattern_its_files(tmp_path: Path) -> None:
    for path in ("b.wav", "a.MP3", "sub/c.flac", "sub/d.opus", "notes.txt", ".hidden/e.wav", "f.webm"):
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"")
    assert items(tmp_path) == ["a.MP3", "b.wav", "f.webm", "c.flac", "d.opus"]
    assert items(f"{tmp_path}/*.wav") == ["b.wav"]
    assert items(f"{tmp_path}/**/*.flac") == ["c.flac"]


def test_lists_dicts_and_rows_give_entries() -> None:
    assert items(["x/a.wav", Path("b.wav")]) == ["a.wav", "b.wav"]
    assert items({"first": "a.wav", "second": (1, 2)}) == ["first", "second"]
    rows = [{"media": "a.wav", "speaker": "Anna", "age": 30}, {"media": "b.wav", "item": 7, "speaker": None}]
    assert read_entries(rows, name) == [
        Entry(item="a.wav", media="a.wav", details={"speaker": "Anna", "age": "30"}),
        Entry(item="7", media="b.wav"),
    ]
    assert items("https://host/a.wav") == ["a.wav"]


def test_a_table_gives_rows() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"media": ["a.wav", "b.wav"], "topic": ["bill", "move"]})
    assert [entry.details for entry in read_entries(table, name)] == [{"topic": "bill"}, {"topic": "move"}]


def test_what_is_no_media_is_an_item_that_will_say_so() -> None:
    assert items(["a.wav", 3]) == ["a.wav", "item 2"]


@pytest.mark.parametrize(
    ("media", "message"),
    [
        ([], "there is nothing to label"),
        ("no/such/*.wav", "there is nothing to label"),
        (["a.wav", "x/a.wav"], r"media\[1\] is the item 'a.wav', as media\[0\] is"),
        ([{"speaker": "Anna"}], r'media\[0\] has no "media"'),
        ([{"media": "a.wav", "item": []}], r"media\[0\]: an item is named by a text"),
        (5, "media of a queue is a folder"),
        (b"RIFF", "media of a queue is a folder"),
    ],
)
def test_what_cannot_be_a_queue_says_why(media: Any, message: str) -> None:
    with pytest.raises(QueueError, match=message):
        items(media)


def entries(count: int) -> list[Entry]:
    return [Entry(item=f"call-{number:03}.wav", media=number) for number in range(count)]


def test_a_seed_gives_the_same_order_anywhere() -> None:
    given = entries(8)
    # The very order is part of what is promised: it must not change with a version of Python or of this package.
    shuffled = [entry.media for entry in queue.in_order(given, "random", 1)]
    assert shuffled == EXPECTED
    mixed = random.Random(3).sample(given, len(given))
    assert [entry.media for entry in queue.in_order(mixed, "random", 1)] == EXPECTED
    assert [entry.media for entry in queue.in_order(given, "random", 2)] != EXPECTED
    fewer = [entry for entry in given if entry.media != 5]
    assert [entry.media for entry in queue.in_order(fewer, "random", 1)] == [media for media in EXPECTED if media != 5]
    assert queue.in_order(given, "given", 1) == given


EXPECTED = [6, 3, 7, 1, 2, 0, 4, 5]


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(QueueError, match='order is "given" or "random"'):
        queue.in_order([], "shuffled", 1)  # type: ignore[arg-type]


def row(index: int, status: Any = "new", **more: Any) -> QueueRow:
    return QueueRow(index=index, item=str(index), status=status, **more)


def test_the_pace_is_the_median_of_what_was_worked_and_says_when_it_knows_too_little() -> None:
    done = [row(0, "done", seconds=10), row(1, "done", seconds=20), row(2, "done", seconds=1000)]
    new = [row(index) for index in range(3, 30)]
    assert str(queue.progress_of(new)) == "0 of 27 done"
    assert str(queue.progress_of(done[:2] + new)) == "2 of 29 done, too few to tell your pace"
    progress = queue.progress_of(done + new)
    assert (progress.pace, progress.left) == (20, 540)
    assert str(progress) == "3 of 30 done, about 9 min left at your pace"
    assert str(queue.progress_of(done)) == "3 of 3 done"
    # What was marked as done by a program, without any work, says nothing of the pace.
    assert queue.progress_of([row(0, "done"), *done[:2], *new]).pace is None
    # What does not open takes no time.
    assert queue.progress_of([*done, *new, row(30, problem="no such file")]).left == 540


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59, "less than a minute"),
        (61, "about 1 min"),
        (599, "about 10 min"),
        (3449, "about 55 min"),
        (3451, "about 1 h"),
        (7000, "about 2 h"),
        (35_999, "about 10 h"),
        (360_000, "about 100 h"),
    ],
)
def test_durations_are_told_as_roughly_as_they_are_known(seconds: float, words: str) -> None:
    assert queue.show_duration(seconds) == words


def test_next_is_what_is_not_done_and_opens_around_the_end() -> None:
    rows = [row(0), row(1, "done"), row(2, problem="no such file"), row(3, "started"), row(4, "done")]
    assert [queue.next_open(rows, after) for after in (-1, 0, 3, 4)] == [0, 3, 0, 0]
    assert queue.next_open([row(0, "done")], 0) is None
    assert queue.next_open([row(0)], 0) == 0


def test_random_walks_by_next_do_everything_once() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        rows = [row(index, chance.choice(["new", "done", "started"])) for index in range(chance.randint(1, 12))]
        left = sum(each.status != "done" for each in rows)
        at: int | None = chance.randrange(len(rows))
        for _ in range(left):
            at = queue.next_open(rows, at or 0)
            assert at is not None
            assert rows[at].status != "done"
            rows[at] = row(at, "done")
        assert queue.next_open(rows, at or 0) is None
