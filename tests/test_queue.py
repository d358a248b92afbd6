"""The labeling queue as Python sees it: real media, a real store, and a page that is played by messages."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile

from avseg_widget import Annotation, KeymapError, LabelingQueue, QueueError, Segment, Store, Task, Track, fields, sample
from avseg_widget.queue_wire import SMALL_COLUMNS
from avseg_widget.widget.ahead import Ahead, small_wave

TASK = Task(tracks={"speaker": ["Ann", "Bob"]}, segment_fields=[fields.Text("text")])
READY = Annotation(tracks=[Track("speaker", "Ann")])
RATE = 8000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder with four calls in it, the third of which is no media."""
    monkeypatch.chdir(tmp_path)
    calls = tmp_path / "calls"
    calls.mkdir()
    for number in range(4):
        sound = 0.5 * np.sin(2 * np.pi * 220 * (number + 1) * np.arange(RATE * (number + 1)) / RATE)
        soundfile.write(calls / f"{number}.wav", sound, RATE)
    (calls / "2.wav").write_text("no sound")
    return tmp_path


def make(folder: Path, **options: Any) -> LabelingQueue:
    return LabelingQueue(folder / "calls", TASK, folder / "labels.db", **{"annotator": "ann", **options})


class Page:
    """What a browser's page would hear and say."""

    def __init__(self, queue: LabelingQueue, monkeypatch: pytest.MonkeyPatch) -> None:
        self.queue = queue
        self.heard: list[dict[str, Any]] = []
        self.buffers: list[Any] = []
        self.opened = queue.state()["opened"]
        self.seqs: dict[str, int] = {}
        monkeypatch.setattr(queue, "send", self._hear)

    def _hear(self, content: Any, buffers: Any = None) -> None:
        self.heard.append(content)
        self.buffers.append(buffers)
        if content["type"] == "opened":
            self.opened = content

    def say(self, type_: str, **content: Any) -> None:
        self.queue._receive(None, {"type": type_, **content}, [])

    def edit(self, diff: Any, document: str | None = None) -> None:
        document = document or self.opened["setup"]["document"]
        self.seqs[document] = seq = self.seqs.get(document, 0) + 1
        message = {"type": "edit", "client": "page", "seq": seq, "diff": msgspec.to_builtins(diff), "base": 0}
        self.say("for_item", document=document, message=message)

    def of(self, type_: str) -> list[dict[str, Any]]:
        return [message for message in self.heard if message["type"] == type_]


def segment(start: float, text: str = "") -> Any:
    made = Segment("speaker:Ann", start, start + 0.25, {"text": text}, id=f"s{start}")
    return {"segments": {"put": {made.id: msgspec.to_builtins(made)}}}


DONE = {"completion": {"done": True, "reason": ""}}


def test_a_queue_opens_where_nothing_is_done_and_labels_what_is_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = make(folder, annotation=READY)
    page = Page(queue, monkeypatch)
    assert queue.current_item == "calls/0.wav"
    assert str(queue.progress) == "0 of 4 done"
    page.edit(segment(0.5, "hello"))
    assert [item.status for item in queue.items] == ["started", "new", "new", "new"]
    page.edit(DONE)
    page.say("go", index=1)
    assert queue.current_item == "calls/1.wav"
    assert [(item.status, item.segments) for item in queue.items][:2] == [("done", 1), ("new", 0)]
    assert str(queue.progress) == "1 of 4 done, too few to tell your pace"
    assert repr(queue) == "<LabelingQueue in labels.db, ann, round 1: 1 of 4 done, too few to tell your pace>"
    assert queue.current is not None
    assert queue.current.segments == []
    queue.current.segments = [{"track": "speaker:Ann", "start": 0, "end": 1}]
    assert queue.items[1].status == "started"
    table = queue.to_dataframe()
    assert list(table["item"]) == ["calls/0.wav", "calls/1.wav"]
    assert list(table["text"].fillna("")) == ["hello", ""]


def test_only_what_changed_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(make(folder, annotation=READY), monkeypatch)
    page.edit(segment(0))
    page.edit(segment(0, "x"))
    assert [message["rows"][0]["segments"] for message in page.of("rows")] == [1]
    assert "_esm" not in str(page.heard)
    assert len(str(page.heard)) < 2000


def test_media_that_does_not_open_is_an_item_that_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = make(folder)
    page = Page(queue, monkeypatch)
    page.say("go", index=2)
    assert queue.current is None
    assert page.opened["setup"] is None
    assert page.opened["problem"].startswith("2.wav is not audio or video that can be read")
    assert queue.items[2].problem == page.opened["problem"]
    page.say("mark", index=2, note="broken?", flagged=True)
    told = page.of("rows")[-1]
    page.heard.clear()
    page.say("mark", index=2, note="broken?")
    assert page.of("rows") == [told]  # again, as the page waits for it
    page.say("go", index=3)
    assert queue.current_item == "calls/3.wav"
    soundfile.write(folder / "calls" / "2.wav", np.zeros(RATE), RATE)
    queue.go("calls/2.wav")
    assert (queue.items[2].problem, queue.items[2].note) == ("", "broken?")
    gone = LabelingQueue(["gone.wav", 7], TASK, "other.db")
    assert gone.items[0].problem.startswith("there is no file gone.wav")
    gone.go("item 2")
    assert gone.items[1].problem.startswith("media cannot be a int")


def test_begins_with_the_first_item_that_opens(folder: Path) -> None:
    (folder / "calls" / "0.wav").write_text("no sound")
    queue = make(folder)
    assert (queue.current_item, queue.current is not None) == ("calls/1.wav", True)
    assert queue.items[0].problem.startswith("0.wav is not audio or video that can be read")
    queue.go("calls/0.wav")
    queue.close()
    # Who left at one that does not open comes back to it.
    assert make(folder).current_item == "calls/0.wav"
    none = LabelingQueue(["gone.wav", "lost.wav"], TASK, "other.db")
    assert (none.current_item, none.current) == ("gone.wav", None)


def test_an_edit_for_an_item_that_was_left_is_taken_for_that_item(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = make(folder, annotation=READY)
    page = Page(queue, monkeypatch)
    documents = []
    for index in (0, 1, 3):
        page.say("go", index=index)
        documents.append(page.opened["setup"]["document"])
    monkeypatch.setattr("avseg_widget.widget.queue._MOST_KEPT", 1)
    page.say("go", index=3)  # the editors of the others are closed
    page.edit(segment(0, "late"), documents[0])
    assert queue.current_item == "calls/3.wav"
    assert queue.current is not None
    assert queue.current.segments == []
    assert [item.segments for item in queue.items] == [1, 0, 0, 0]
    answers = [message for message in page.of("of_item") if message["message"]["type"] == "applied"]
    assert [answer["document"] for answer in answers] == documents[:1]
    page.say("for_item", document="of another queue", message={"type": "hello", "client": "page"})


def test_the_open_item_stays_open_while_edits_of_others_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = {f"item {number}": (np.zeros(RATE, np.float32), RATE) for number in range(6)}
    queue = LabelingQueue(media, TASK, tmp_path / "labels.db", annotation=READY, annotator="ann")
    page = Page(queue, monkeypatch)
    documents = []
    for number in range(6):
        page.say("go", index=number)
        documents.append(page.opened["setup"]["document"])
    current = queue.current
    for document in documents[:-1]:  # a page that was away for long sends all that it kept
        page.edit(segment(0), document)
    page.edit(segment(0.5), documents[-1])
    assert queue.current is current
    assert current is not None
    assert [one.start for one in current.segments] == [0.5]
    assert [item.segments for item in queue.items] == [1] * 6
    queue.close()


def test_two_queues_on_one_store_add_up_and_see_what_the_other_did(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = make(folder, annotation=READY), make(folder, annotation=READY)
    page, second = Page(one, monkeypatch), Page(other, monkeypatch)
    page.say("spent", index=1, seconds=20)
    second.say("spent", index=1, seconds=5)
    with Store(folder / "labels.db") as store:
        assert store.mark("calls/1.wav", "ann").seconds == 25
    assert other.items[1].seconds == 25

    page.edit(segment(0))
    page.edit(DONE)
    page.say("mark", index=0, flagged=True, note="loud")
    assert other.items[0].status == "new"
    second.say("go", index=1)
    second.say("go", index=0)
    again = other.items[0]
    assert (again.status, again.segments, again.flagged, again.note) == ("done", 1, True, "loud")
    one.close()
    other.close()


def test_a_queue_goes_on_where_it_was_in_another_kernel(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = make(folder, annotation=READY, order="random", seed=5)
    page = Page(queue, monkeypatch)
    order = [item.item for item in queue.items]
    openable = next(index for index, item in enumerate(order) if index > 0 and item != "calls/2.wav")
    page.say("go", index=openable)
    page.edit(segment(0, "kept"))
    page.say("mark", index=openable, note="<b>noise</b>", flagged=True)
    page.say("spent", index=openable, seconds=12.5)
    page.say("spent", index=openable, seconds=2.0)
    again = make(folder, annotation=READY, order="random", seed=5)
    assert [item.item for item in again.items] == order
    assert again.current_item == order[openable]
    assert again.current is not None
    assert [one.fields["text"] for one in again.current.segments] == ["kept"]
    found = again.items[openable]
    assert (found.status, found.flagged, found.note, found.seconds) == ("started", True, "<b>noise</b>", 14.5)
    assert again.state()["opened"]["setup"]["document"] == page.opened["setup"]["document"]


def test_annotators_and_rounds_see_nothing_of_each_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(folder / "labels.db")
    said = {("ann", 1): "first", ("bob", 1): "bob's", ("ann", 2): "second"}
    for (annotator, round_), text in said.items():
        queue = LabelingQueue(folder / "calls", TASK, store, annotator=annotator, round=round_, annotation=READY)
        assert queue.current_item == "calls/0.wav"
        assert queue.current is not None
        assert queue.current.segments == []
        assert {(item.status, item.note, item.flagged) for item in queue.items if not item.problem} == {
            ("new", "", False)
        }
        page = Page(queue, monkeypatch)
        page.edit(segment(0, text))
        page.edit(DONE)
        page.say("mark", index=0, note=text)
        assert "first" not in str(page.heard) or text == "first"
        page.say("go", index=1)
    found = queue.results()
    assert list(found) == ["calls/0.wav"]
    shown = {(one.annotator, one.round): one.annotation.segments[0].fields["text"] for one in found["calls/0.wav"]}
    assert shown == said
    assert [one.note for one in queue.results(annotator="ann", round=2)["calls/0.wav"]] == ["second"]
    assert [(one.annotator, one.done) for one in queue.results(round=1)["calls/0.wav"]] == [
        ("ann", True),
        ("bob", True),
    ]


def wait_until(holds: Any) -> None:
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def test_the_next_item_is_opened_before_it_is_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = make(folder)
    wait_until(lambda: queue._ahead.is_ready(1))
    opened: list[int] = []
    monkeypatch.setattr(queue._ahead, "_open", opened.append)
    queue.go(1)
    assert opened == []
    assert queue.current is not None
    assert queue.current.media.info().name == "1.wav"
    # Its peaks are made, or being made, already.
    assert queue.current.media._peaks.made is not None
    queue.close()


def test_an_item_that_is_asked_for_while_it_is_opened_ahead_is_waited_for(folder: Path) -> None:
    for _ in range(20):
        queue = make(folder)
        queue.go(1)
        assert queue.current is not None
        assert queue.current.media.info().name == "1.wav"
        queue.close()


def test_rows_in_sight_get_small_pictures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media = [*(folder / "calls" / f"{number}.wav" for number in range(4)), sample.video(), "https://host/far.wav"]
    queue = LabelingQueue(media, TASK, folder / "labels.db")
    page = Page(queue, monkeypatch)
    wanted = [0, 2, 4, 5]

    def ask() -> bool:
        page.say("fetch_pictures", indices=[*wanted, 77])
        return bool(page.of("pictures")[-1]["waiting"] == [])

    wait_until(ask)
    answer, (data,) = page.of("pictures")[-1], page.buffers[-1]
    kinds = {picture["index"]: picture["kind"] for picture in answer["pictures"]}
    assert kinds == {0: "wave", 2: "none", 4: "jpeg", 5: "none"}
    sizes = [picture["bytes"] for picture in answer["pictures"]]
    assert sum(sizes) == len(data)
    assert sizes[0] == SMALL_COLUMNS
    assert data[sizes[0] :].startswith(b"\xff\xd8")
    assert [picture["length"] for picture in answer["pictures"]][:2] == [1.0, None]
    assert queue.items[2].problem.startswith("2.wav is not audio or video")


def test_the_small_waveform_is_the_loudest_of_each_part() -> None:
    from avseg_widget.media import open_media

    sound = np.zeros((48_000, 2), np.int16)
    sound[24_100:24_800, 1] = -32768
    wave = small_wave(open_media((sound, 16_000)))
    assert len(wave) == SMALL_COLUMNS
    assert [index for index, peak in enumerate(wave) if peak] == [24]
    assert wave[24] == 255
    assert len(small_wave(open_media((np.ones(10, np.int16), 16_000)))) == SMALL_COLUMNS


def test_closing_ends_what_goes_on_in_the_background(folder: Path) -> None:
    queue = make(folder)
    queue._ahead.pictures(range(4))
    queue.close()
    thread = queue._ahead._thread
    if thread is not None:
        thread.join(10)
    assert queue._ahead._thread is None
    assert queue._ahead.pictures([0])[0] == [] or queue._ahead._thread is None


def test_closing_lets_go_of_a_store_that_the_queue_opened_and_of_no_other(folder: Path) -> None:
    log = folder / "labels.db-wal"  # SQLite has it for as long as the store is open

    own = make(folder)
    assert log.exists()
    own.close()
    assert not log.exists()

    with Store(folder / "labels.db") as store:
        LabelingQueue(folder / "calls", TASK, store, annotator="ann").close()
        assert log.exists()
        assert store.items() == []


@pytest.mark.parametrize("wrong", [{"order": "upside down"}, {"keymap": "emacs"}])
def test_a_queue_that_cannot_be_made_holds_no_store_open(folder: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises((QueueError, KeymapError)) as kept:  # a notebook keeps the last error, and all that it refers to
        make(folder, **wrong)
    assert not (folder / "labels.db-wal").exists(), kept


def test_ten_thousand_items_open_no_media_but_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []

    def count(self: Ahead, index: int) -> Any:
        opened.append(index)
        return self._open(index)

    monkeypatch.setattr(Ahead, "take", count)
    monkeypatch.setattr(Ahead, "prepare", lambda *_: None)
    media = {f"call-{number:05}": folder / "calls" / "0.wav" for number in range(10_000)}
    queue = LabelingQueue(media, TASK, folder / "labels.db")
    assert opened == [0]
    assert len(msgspec.json.encode(queue.state())) < 600_000
    page = Page(queue, monkeypatch)
    page.say("go", index=9_999)
    assert queue.current_item == "call-09999"
    assert len(msgspec.json.encode(page.heard)) < 10_000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"store": None}, "a queue keeps its labels in a store"),
        ({"round": 0}, "round is 1 for the first pass"),
        ({"round": True}, "round is 1 for the first pass"),
        ({"order": "other"}, 'order is "given" or "random"'),
    ],
)
def test_what_cannot_be_a_queue_says_why(folder: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(QueueError, match=message):
        LabelingQueue(folder / "calls", TASK, **options)


def test_there_is_no_item_of_another_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = make(folder)
    for item in ("other.wav", 4, -1):
        with pytest.raises(QueueError, match="there is no item"):
            queue.go(item)
    page = Page(queue, monkeypatch)
    page.say("go", index=99)
    page.say("nonsense")
    assert [message["message"][:20] for message in page.of("notice")] == [
        "there is no item 99;",
        "Invalid value 'nonse",
    ]


def test_the_store_is_in_the_working_folder_by_default(folder: Path) -> None:
    queue = LabelingQueue("calls", TASK)
    assert queue.store.path == folder / "labels.db"
    assert queue.state()["store"] == "labels.db"
