"""Many items labeled in a real browser through the queue, with restarts in between: all of it is in the dataset."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from avseg_widget import LabelingQueue, Task, fields, formats

from .editor import Editor
from .hosts import OPEN_TIMEOUT, open_notebook, run_again
from .queue import QueuePanel
from .servers import JupyterServer

pytestmark = pytest.mark.own_page

#: All of them with `make proof`, else fewer with the same interruptions.
COUNT = 200 if os.environ.get("AVSEG_PROOF") else 40
RATE = 8000
TASK = Task(
    tracks={"speaker": ["Ann", "Bob"]},
    segment_fields=[fields.Text("text")],
    content_fields=[fields.Text("remark")],
)
TASK_CODE = """Task(
    tracks={"speaker": ["Ann", "Bob"]},
    segment_fields=[fields.Text("text")],
    content_fields=[fields.Text("remark")],
)"""
CODE = """from avseg_widget import Annotation, LabelingQueue, Task, Track, fields
task = {task}
ready = Annotation(tracks=[Track("speaker", "Ann", position=0), Track("speaker", "Bob", position=1)])
w = LabelingQueue({media!r}, task, {store!r}, annotator="ann", annotation=ready, order="random", seed=6)"""
#: A step of the playhead where there are no frames, and the length of a segment that is added, in seconds.
STEP, LENGTH = 0.01, 1.0


@dataclass
class Said:
    """What was said of one item: segments as track, start and text, an answer, a note, a flag."""

    segments: list[tuple[str, float, str]] = field(default_factory=list)
    remark: str = ""
    note: str = ""
    flagged: bool = False


def on_grid(time: float) -> float:
    return round(time * RATE) / RATE


class Annotator:
    """Labels one item after the other by the keyboard, and notes what was said of each."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.queue = QueuePanel(page)
        self.said: dict[str, Said] = {}

    def label(self, interrupt: Callable[[], None] | None = None) -> None:
        """Label the item that is open in a way of its own, and mark it as done; be interrupted in the middle of it."""
        item = self.queue.current().get_attribute("data-item") or ""
        self.queue.opens(item)
        assert item not in self.said
        number = int(item[-8:-4])
        said = self.said[item] = Said()
        track = "Bob" if number % 3 == 0 else "Ann"
        self.queue.press("2" if track == "Bob" else "1", *["ArrowRight"] * (number % 4), "n")
        said.segments.append((track, on_grid(number % 4 * STEP), ""))
        if interrupt:
            interrupt()
            expect(self.queue.current()).to_have_attribute("data-item", item, timeout=OPEN_TIMEOUT)
            expect(Editor(self.page, RATE).rows()).to_have_count(1)
            self.page.locator(".avseg-editor").click(position={"x": 4, "y": 4})
        if number % 5 == 0:
            self._write(said, number)
        if number % 7 == 0:
            self.queue.press("w")
            said.note = f"note <{number}>"
            self.page.keyboard.type(said.note)
            self.queue.press("Control+Enter")
        if number % 11 == 0:
            self.queue.press("Shift+B")
            said.flagged = True
        self.queue.press("Control+Enter")
        if len(self.said) < COUNT:
            expect(self.queue.current()).not_to_have_attribute("data-item", item, timeout=20_000)
        else:
            expect(self.page.get_by_text("No item is left to do.")).to_be_visible()

    def _write(self, said: Said, number: int) -> None:
        ((track, start, _),) = said.segments
        said.segments = [(track, start, f"text of {number}")]
        self.page.get_by_role("table", name="Segments").get_by_label("text").fill(f"text of {number}")
        said.remark = f"remark {number} é"
        self.page.get_by_label("remark").fill(said.remark)
        self.page.locator(".avseg-editor").focus()


def restart(page: Page) -> None:
    """Restart the kernel as the menu does, and run the cells again."""
    page.evaluate("() => { void window.jupyterapp.shell.currentWidget.sessionContext.restartKernel(); }")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.kernelDisplayStatus.includes('start')"
    )
    run_again(page)


def kill(page: Page, kernel: int) -> None:
    """Kill the kernel without a word; JupyterLab says so and starts another one; run the cells again."""
    os.kill(kernel, signal.SIGKILL)
    page.get_by_role("dialog").filter(has_text="appears to have died").get_by_role("button", name="Ok").click()
    run_again(page)


def reload(page: Page) -> None:
    """Save the notebook and load its page again; its kernel lives on."""
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()


def test_many_items_with_restarts_in_between(page: Page, lab: JupyterServer, tmp_path: Path) -> None:
    # A new folder for each run: one that begins again must not find what the last one labeled.
    folder = Path(tempfile.mkdtemp(dir=lab.folder))
    calls, store = folder / "calls", folder / "labels.db"
    calls.mkdir()
    for number in range(COUNT):
        times = np.arange(2 * RATE) / RATE
        soundfile.write(calls / f"{number:04}.wav", 0.3 * np.sin(2 * np.pi * (200 + number) * times), RATE)
    code = CODE.format(task=TASK_CODE, media=str(calls), store=str(store))
    opened = open_notebook(page, lab, "proof", [code, "w"], "__import__('os').getpid()")
    pid = opened.read()
    annotator = Annotator(page)
    queue = annotator.queue
    queue.list.wait_for()
    page.locator(".avseg-editor").click(position={"x": 4, "y": 4})
    interruptions: dict[int, Callable[[], None]] = {
        # Where the last edit may not be acknowledged: then the browser has it, and makes it again.
        COUNT // 4: lambda: kill(page, pid),
        COUNT // 2: lambda: reload(page),
        COUNT * 3 // 4: lambda: restart(page),
    }
    for number in range(COUNT):
        annotator.label(interruptions.get(number))
    expect(queue.progress).to_contain_text(f"{COUNT} of {COUNT} done")
    page.close()
    check(folder, annotator.said, tmp_path)


def check(folder: Path, said: dict[str, Said], target: Path) -> None:
    """Compare what was done with the dataset that another process writes from the store."""
    exported = LabelingQueue(folder / "calls", TASK, folder / "labels.db", annotator="ann")
    results = exported.results()
    losses = formats.write([one.annotation for (one,) in results.values()], target / "labels.jsonl", task=TASK)
    assert not losses
    read = formats.read(target / "labels.jsonl", TASK).annotations
    assert len(read) == len(said) == COUNT
    assert {annotation.provenance.media: shown(annotation) for annotation in read} == {
        item: expected(done) for item, done in said.items()
    }
    marks = {one.item: (one.status, one.note, one.flagged) for one in exported.items}
    assert marks == {item: ("done", done.note, done.flagged) for item, done in said.items()}
    exported.close()


def shown(annotation: Any) -> Any:
    tags = {track.id: track.tag for track in annotation.tracks}
    segments = [(tags[one.track], one.start, one.end, one.fields.get("text", "")) for one in annotation.segments]
    return segments, annotation.content.get("remark", ""), annotation.completion.done


def expected(said: Said) -> Any:
    return [(track, start, on_grid(start + LENGTH), text) for track, start, text in said.segments], said.remark, True
