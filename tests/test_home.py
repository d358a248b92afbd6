"""Widgets that hear pages in another thread than cells run in, as in JupyterLab; there is no page here."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from avseg_widget import LabelingQueue, Segment, Segmenter
from avseg_widget.media import open_media
from avseg_widget.media.once import Once
from avseg_widget.widget.home import Home

from .labeling import AGENT, TASK
from .recording import Browser

pytestmark = pytest.mark.usefixtures("recording")
SOUND = np.zeros(8 * 8000, np.float32)
LONG = 60.0
TRACK = {"tracks": {"put": {AGENT: {"category": "speaker", "tag": "Agent", "id": AGENT, "position": 0.0}}}}


def put(id_: str, start: float = 0.0) -> dict[str, Any]:
    segment = {"track": AGENT, "start": start, "end": start + 0.5, "fields": {}, "id": id_}
    return {"segments": {"put": {id_: segment}}}


def in_kernel(cells: Callable[[ThreadPoolExecutor], list[Callable[[], None]]]) -> None:
    """Run cells one after the other in a thread with an event loop, which has a second thread to hear pages in."""

    async def run() -> None:
        with ThreadPoolExecutor(1, "subshell") as subshell:
            for cell in cells(subshell):
                cell()
                await asyncio.sleep(0.05)

    asyncio.run(run())


def hear(subshell: ThreadPoolExecutor, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Hear something in the other thread while a cell runs in this."""
    return subshell.submit(call, *arguments, **named).result(LONG)


def names(segments: Any) -> list[str]:
    return [segment.id for segment in segments]


@pytest.mark.parametrize("has_store", [False, True])
def test_no_edit_comes_between_what_a_cell_reads_and_what_it_assigns(tmp_path: Path, has_store: bool) -> None:
    where = {"store": tmp_path / "labels.db"} if has_store else {}
    threads: set[str] = set()

    def cells(subshell: ThreadPoolExecutor) -> list[Callable[[], None]]:
        widget = Segmenter((SOUND, 8000), TASK, **where)
        page = Browser(widget)
        widget.observe(lambda _: threads.add(threading.current_thread().name), ["segments", "selected_ids"])

        def assigning() -> None:
            read = list(widget.segments)
            assert hear(subshell, page.edit, TRACK) == []
            assert hear(subshell, page.edit, put("page")) == []
            assert hear(subshell, page.set, selected_ids=["page"]) == []
            assert list(widget.segments) == read
            widget.segments = [*read, Segment(AGENT, 2, 3, {}, "cell")]

        def reading() -> None:
            assert names(widget.segments) == ["page", "cell"]
            assert widget.selected_ids == ["page"]
            told = page.received()
            assert [message["revision"] for message in told if message.get("type") == "applied"] == [1, 2, 3]

        return [assigning, reading, widget.close]

    in_kernel(cells)
    assert threads == {threading.current_thread().name}


def test_media_is_fetched_while_a_cell_runs(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", SOUND, 8000)

    def cells(subshell: ThreadPoolExecutor) -> list[Callable[[], None]]:
        alone = Segmenter(tmp_path / "a.wav", TASK)
        queue = LabelingQueue([tmp_path / "a.wav"], TASK, tmp_path / "labels.db")
        assert queue.current is not None
        document = queue.current.document
        fetch = {"type": "fetch_peaks", "client": "page", "request": 1, "level": 4, "tile": 0}
        pages = Browser(alone), Browser(queue)

        def running() -> None:
            (of_alone,) = hear(subshell, pages[0].send, **fetch)
            (of_queue,) = hear(subshell, pages[1].send, type="for_item", document=document, message=fetch)
            assert of_alone["type"] == of_queue["message"]["type"] == "fetched"
            assert not of_alone["error"]
            # What is no item's waits, as does what is none of what a page says.
            for document_ in ["other", 7, ["x"], None]:
                assert hear(subshell, pages[1].send, type="for_item", document=document_, message=fetch) == []
            assert hear(subshell, pages[0].send, nonsense=1) == []

        def over() -> None:
            assert [message["type"] for message in pages[1].received()] == ["notice"] * 3

        return [running, over, alone.close, queue.close]

    in_kernel(cells)


def test_a_queue_goes_on_between_cells(tmp_path: Path) -> None:
    for name in "ab":
        soundfile.write(tmp_path / f"{name}.wav", SOUND, 8000)

    def cells(subshell: ThreadPoolExecutor) -> list[Callable[[], None]]:
        queue = LabelingQueue([tmp_path / "a.wav", tmp_path / "b.wav"], TASK, tmp_path / "labels.db")
        page = Browser(queue)
        first = queue.current
        assert first is not None
        edits = [TRACK, put("late")]

        def running() -> None:
            for seq, diff in enumerate(edits, start=1):
                edit = {"type": "edit", "client": "page", "seq": seq, "diff": diff}
                hear(subshell, page.send, type="for_item", document=first.document, message=edit)
            hear(subshell, page.send, type="go", index=1)
            assert queue.current is first

        def over() -> None:
            assert queue.current_item == "b.wav"
            assert names(queue.results()["a.wav"][0].annotation.segments) == ["late"]
            assert queue.current is not None
            assert queue.current._home.is_here

        return [running, over, queue.close]

    in_kernel(cells)


def test_threads_that_assign_and_edit_take_turns() -> None:
    widget = Segmenter((SOUND, 8000), TASK)
    page = Browser(widget)
    page.edit(TRACK)
    page.received()
    seen: list[bool] = []
    widget.observe(lambda _: seen.append(widget.segments == widget.annotation.segments), "segments")
    start = threading.Barrier(3)

    def assign(thread: int) -> None:
        start.wait(LONG)
        for turn in range(100):
            widget.segments = [Segment(AGENT, thread, thread + 1, {}, f"{thread}.{turn}")]
            widget.content = {"rate": 1 + turn % 5}

    def edit() -> None:
        start.wait(LONG)
        for turn in range(100):
            page._comm.handle_msg(
                {
                    "content": {
                        "data": {
                            "method": "custom",
                            "content": {"type": "edit", "client": "x", "seq": turn + 1, "diff": put(f"page.{turn}")},
                        }
                    },
                    "buffers": [],
                }
            )

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(assign, 1), threads.submit(assign, 2), threads.submit(edit)]:
            done.result(LONG)
    told = page.received()
    revisions = [message["revision"] for message in told if message.get("type") == "applied"]
    assert revisions == list(range(2, 2 + len(revisions)))
    assert not [message for message in told if message.get("type") == "rejected"]
    assert all(seen)
    assert widget.segments == widget.annotation.segments


def test_a_loop_that_is_closed_holds_nothing_up() -> None:
    async def make() -> Home:
        return Home()

    home = asyncio.run(make())
    heard: list[str] = []
    other = threading.Thread(target=lambda: home.run(lambda: heard.append(threading.current_thread().name)), name="x")
    other.start()
    other.join()
    assert heard == ["x"]


def test_a_thing_is_made_once_for_all_threads_and_tried_again_when_it_failed() -> None:
    made: list[int] = []
    start = threading.Barrier(8)

    def make() -> int:
        made.append(len(made))
        if len(made) == 1:
            raise OSError("not yet")
        return made[-1]

    once = Once(make)
    with pytest.raises(OSError, match="not yet"):
        once()
    assert once.made is None

    def ask() -> int:
        start.wait(LONG)
        return once()

    with ThreadPoolExecutor(8) as threads:
        assert {asked.result(LONG) for asked in [threads.submit(ask) for _ in range(8)]} == {1}
    assert once.made == 1


def test_tiles_asked_for_at_once_are_the_same_as_one_after_the_other(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / "a.flac", rng.normal(0, 0.1, 60 * 8000), 8000)
    alone, shared = open_media(tmp_path / "a.flac"), open_media(tmp_path / "a.flac")
    spans = [(second, second + 2.0) for second in range(0, 58, 2)]
    expected = [alone.sound_fragment(*span).bytes for span in spans]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda span: shared.sound_fragment(*span).bytes, spans))
        tiles = list(threads.map(lambda tile: shared.peak_tile(0, tile), range(8)))
    assert found == expected
    assert tiles == [alone.peak_tile(0, tile) for tile in range(8)]
