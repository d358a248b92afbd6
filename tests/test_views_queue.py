"""What is left of a labeling queue where no page runs: a table, a text, and what a notebook saved of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from ipywidgets.embed import dependency_state
from nbconvert import HTMLExporter

from avseg_widget import Annotation, LabelingQueue, Segment, Task, Track
from avseg_widget.model import Completion
from avseg_widget.queue_wire import QueueRow
from avseg_widget.views.queue import queue_bundle

TASK = Task(tracks={"speaker": ["Ann"]})
HOSTILE = "<script>alert(1)</script>"
WIDGET = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[LabelingQueue]:
    """Return a queue of three items: done and noted, started, and one that does not open."""
    sound = (np.zeros(800), 8000)
    media: dict[str, Any] = {HOSTILE: sound, "second": sound, "lost": tmp_path / "lost.wav"}
    made = LabelingQueue(media, TASK, tmp_path / "labels.db", annotator="ann")
    assert made.current is not None
    made.current.annotation = Annotation([Track("speaker", "Ann")], completion=Completion(done=True))
    made._receive(None, {"type": "mark", "index": 0, "flagged": True, "note": f"a & {HOSTILE}"}, [])
    made._receive(None, {"type": "spent", "index": 0, "seconds": 75}, [])
    made.go("lost")
    made.go("second")
    made.current.annotation = Annotation([Track("speaker", "Ann")], [Segment("speaker:Ann", 0, 0.05)])
    yield made
    made.close()


def cells_of(html: str) -> list[list[str]]:
    """Return the cells of the rows below the head, as a browser would show them."""
    rows = ElementTree.fromstring(html).findall(".//tbody/tr")
    return [["".join(cell.itertext()) for cell in row] for row in rows]


def test_a_queue_is_a_table_of_its_items_with_counts(queue: LabelingQueue) -> None:
    data, _ = queue._repr_mimebundle_()
    assert data[WIDGET]["model_id"] == queue.model_id
    rows = cells_of(data["text/html"])
    assert rows[0] == [HOSTILE, "done", "", "1:15", "flagged", f"a & {HOSTILE}"]
    assert rows[1] == ["second", "started", "1", "", "", ""]
    assert rows[2][:2] == ["lost", "new"]
    assert rows[2][5].startswith("does not open: ")
    counts = "1 of 3 done, too few to tell your pace (1 new, 1 started, 1 done, 1 flagged, 1 not to be opened)"
    assert counts in data["text/html"]
    assert str(queue) == data["text/plain"]
    assert data["text/plain"].splitlines()[:2] == ["LabelingQueue in labels.db, ann, round 1", counts]
    assert HOSTILE not in data["text/html"]


def test_many_items_stay_small_and_are_all_counted() -> None:
    rows = [QueueRow(index=place, item=f"{place}\x1b[2J", status="started", segments=1000) for place in range(10_000)]
    shown = queue_bundle("a queue", "0 of 10,000 done", rows)
    assert "10,000 started" in shown["text/html"]
    assert "… and 9,980 more items" in shown["text/html"]
    assert len(cells_of(shown["text/html"])) == 20
    assert len(shown["text/html"]) < 10_000
    assert shown["text/plain"].endswith("… and 9,980 more items")
    assert "\x1b" not in shown["text/plain"]


def test_a_saved_notebook_shows_the_queue_without_a_kernel(queue: LabelingQueue) -> None:
    data, metadata = queue._repr_mimebundle_()
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell("queue")]
    notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", data, metadata=metadata)]
    bare, _ = HTMLExporter().from_notebook_node(notebook)
    table = re.search(r"<table>.*?</table>", bare, re.DOTALL)
    assert table is not None
    assert cells_of(table[0]) == cells_of(data["text/html"])
    assert HOSTILE not in bare

    # With the widgets' state, what a front end opens is the queue as it was when it was shown.
    notebook.metadata.widgets = {STATE: {"version_major": 2, "version_minor": 0, "state": dependency_state([queue])}}
    saved = nbformat.reads(nbformat.writes(notebook), as_version=4).metadata.widgets[STATE]["state"]
    state = saved[queue.model_id]["state"]["_queue"]
    assert [row.get("status", "new") for row in state["rows"]] == ["done", "started", "new"]
    assert state["opened"]["index"] == 1
    page, _ = HTMLExporter().from_notebook_node(notebook)
    embedded = re.search(rf'<script type="{re.escape(STATE)}">(.*?)</script>', page, re.DOTALL)
    assert embedded is not None
    assert json.loads(embedded[1])["state"][queue.model_id]["state"]["_queue"]["rows"][0]["flagged"]
