"""Every way into the editor that a notebook has: array, bytes, URL, and a preview of the worker page in a cell."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from avseg_widget import sample

from .editor import Editor
from .hosts import Opened, open_notebook
from .servers import JupyterServer

SETUP = """import numpy as np
from avseg_widget import Segmenter, Task, fields, groundtruth, presets, sample
task = Task(tracks={"speaker": ["A"]}, segment_fields=[fields.Text("text")])
"""
ARRAY = "(np.sin(np.arange(48000 * 2) / 20).reshape(-1, 2).astype('float32') * 0.5, 24000)"


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a word; it knows no ranges, so that the whole file comes."""

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(sample.audio().parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{sample.audio().name}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("way", "rate"), [("array", 24000), ("bytes", 16000), ("url", 16000)])
def test_media_of_every_way_plays_and_is_labeled(way: str, rate: int, url: str, page: Page, lab: JupyterServer) -> None:
    media = {"array": ARRAY, "bytes": "sample.audio().read_bytes()", "url": repr(url)}[way]
    opened = open_notebook(page, lab, f"way-{way}", [f"{SETUP}w = Segmenter({media}, task)", "w"])
    editor = Editor(page, rate)
    editor.wait()
    editor.button("Play").click()
    expect(editor.position()).not_to_have_text("0:00.000")
    editor.button("Pause").click()
    editor.add_track("speaker", "A")
    drawn = editor.draw("speaker:A", 0.5, 1.5)
    annotation = opened.wait_until(lambda value: len(value["segments"]) == 1)
    assert (annotation["segments"][0]["start"], annotation["segments"][0]["end"]) == drawn


def test_a_preview_in_a_cell_is_submitted_to_python(page: Page, lab: JupyterServer) -> None:
    shown = open_notebook(page, lab, "preview", [f"{SETUP}w = groundtruth.preview(task, sample.audio())", "w"], "w.url")
    frame = page.frame_locator("iframe").locator("body")
    editor = Editor(page, 16000, scope=frame)
    editor.wait()
    editor.add_track("speaker", "A")
    editor.draw("speaker:A", 2, 4)
    editor.rows().first.get_by_label("text").fill("in a cell")
    [shown_times] = editor.times_shown()
    editor.button("Submit").click()
    kernel = shown.kernel
    assert kernel
    answer = "w.annotation and __import__('msgspec').to_builtins(w.annotation)"
    annotation = Opened(lambda: kernel.run("", answer)).wait_until(lambda value: value is not None)
    [segment] = annotation["segments"]
    assert segment["fields"] == {"text": "in a cell"}
    assert (segment["start"], segment["end"]) == pytest.approx(shown_times, abs=6e-7)
    assert 3.5 > segment["end"] - segment["start"] > 1.5
    kernel.run("w.close()")
