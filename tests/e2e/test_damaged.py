"""Films that are damaged: what is readable of them is shown and labeled, from the kernel and on a worker page."""

from __future__ import annotations

import re
from pathlib import Path

import av
from playwright.sync_api import Page, expect

from avseg_widget import Task, groundtruth
from benchmarks.barcodes import READ_BARS, clip, make

from ..media_makers import encode
from .editor import Editor
from .hosts import open_notebook
from .servers import JupyterServer
from .test_frames import number_of

TASK = Task(tracks={"gait": ["walk"]})
#: The frame whose data is spoilt; every 50th is a key frame.
SPOILT = 80


def spoil(path: Path) -> Path:
    """Overwrite the data of one frame: its length, too, so that a browser takes nothing of what holds it."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    place, size = packets[SPOILT].pos, packets[SPOILT].size
    assert place is not None
    data = bytearray(path.read_bytes())
    data[place : place + size] = b"\xff" * size
    path.write_bytes(data)
    return path


def go(page: Page, editor: Editor, number: int) -> None:
    """Go to a frame by its number, and see its picture."""
    field = number_of(editor)
    field.fill(str(number))
    field.press("Enter")
    expect(field).to_have_value(str(number))
    page.wait_for_function(f"(asked) => ({READ_BARS})(document.querySelector('video')) + 1 === asked", arg=number)


def test_all_else_is_shown_from_the_kernel(page: Page, lab: JupyterServer) -> None:
    path = spoil(make(clip("25.mp4"), lab.folder, 6.0))
    code = f"from avseg_widget import Segmenter, Task\nw = Segmenter({path.name!r}, Task(tracks={{'gait': ['walk']}}))"
    opened = open_notebook(page, lab, "damaged", [code, "w"], "w.media.info().way")
    editor = Editor(page, 48000)
    editor.wait()
    expect(number_of(editor)).to_have_value("1")
    # Behind the damage, up to the next key frame, pictures may be left out or show less.
    number_of(editor).fill("90")
    number_of(editor).press("Enter")
    opened.wait_until(lambda way: way.startswith("stream: the browser does not play its address"))
    for number in (102, 140, 40, 70):
        go(page, editor, number)
    # It plays past the damage.
    editor.button("Play").click()
    expect(number_of(editor)).to_have_value(re.compile(r"^1[0-4]\d$"))
    page.keyboard.press("ArrowRight")
    expect(editor.button("Play")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    # A notebook in the background has no size: nothing is drawn, and nothing fails.
    page.evaluate("window.jupyterapp.commands.execute('launcher:create')")
    expect(editor.button("Play")).to_be_hidden()


def test_on_a_worker_page_one_goes_on_elsewhere(page: Page, tmp_path: Path) -> None:
    path = spoil(make(clip("25.mp4"), tmp_path, 6.0))
    with groundtruth.preview(TASK, path) as preview:
        page.goto(preview.url)
        editor = Editor(page, 48000)
        editor.wait()
        expect(number_of(editor)).to_have_value("1")
        go(page, editor, 3)
        go(page, editor, SPOILT - 10)
        editor.button("Play").click()
        expect(page.get_by_role("alert")).to_contain_text("damaged or can't be decoded here")
        go(page, editor, 3)
        expect(page.get_by_role("alert")).to_have_count(0)
        go(page, editor, 120)
        expect(editor.button("Play")).to_be_enabled()


def test_a_picture_that_no_browser_shows_is_told_in_few_words(page: Page, tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", 1.0, video="mpeg4")
    with groundtruth.preview(TASK, path) as preview:
        page.goto(preview.url)
        expect(page.get_by_text("No thumbnails: this browser shows no picture of it")).to_be_visible()
