"""Frames of videos with odd times: the number shown is that of the picture on the screen, however it was gone to."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from avseg_widget import Task, groundtruth
from avseg_widget.media import open_media
from benchmarks.barcodes import READ_BARS, clip, make

from .editor import Editor
from .hosts import open_notebook
from .servers import JupyterServer

TASK = Task(tracks={"gait": ["walk", "trot"]})
#: Tells how much of the strip's width pictures fill.
STRIP = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, height >> 1, width, 1);
  let drawn = 0;
  for (let x = 0; x < width; x += 1) drawn += data[x * 4 + 3] ? 1 : 0;
  return drawn / width;
}"""


def number_of(editor: Editor) -> Locator:
    """Return the field that shows and takes a frame's number."""
    return editor.scope.get_by_role("textbox", name="Frame, of")


@pytest.mark.parametrize("name", ["varying.mp4", "cut.mp4", "from-ts.mp4", "varying.webm"])
def test_the_number_shown_is_that_of_the_picture(name: str, page: Page, tmp_path: Path) -> None:
    item = clip(name)
    path = make(item, tmp_path, 8.0)
    count = len(open_media(path).frame_times())
    first = len(item.times(8.0)) - count
    with groundtruth.preview(TASK, path) as preview:
        page.goto(preview.url)
        editor = Editor(page, 48000)
        editor.wait()
        number = number_of(editor)
        expect(number).to_have_value("1")

        def check(asked: int) -> None:
            expect(number).to_have_value(str(asked))
            assert page.locator("video").evaluate(READ_BARS) + 1 - first == asked

        check(1)
        chance = random.Random(name)
        for _ in range(40):
            asked = chance.randint(1, count)
            number.fill(str(asked))
            number.press("Enter")
            check(asked)
        at = asked
        for step in [1] * 30 + [-1] * 30:
            page.keyboard.press("ArrowRight" if step > 0 else "ArrowLeft")
            at = min(max(at + step, 1), count)
            check(at)
        # A place on the time axis, and the end of playing.
        place = editor.geometry()
        page.locator(".avseg-wave").click(position={"x": place.width // 3, "y": 40})
        page.keyboard.press("Space")
        expect(editor.button("Pause")).to_be_visible()
        expect(number).not_to_have_value(str(at))
        page.keyboard.press("Space")
        expect(editor.button("Play")).to_be_visible()
        same = f"([first, field]) => ({READ_BARS})(document.querySelector('video')) + 1 - first === Number(field.value)"
        page.wait_for_function(same, arg=[first, number.element_handle()])


def test_a_held_key_passes_over_no_frame(page: Page, tmp_path: Path) -> None:
    path = make(clip("b-frames.mp4"), tmp_path, 4.0)
    with groundtruth.preview(TASK, path) as preview:
        page.goto(preview.url)
        editor = Editor(page, 48000)
        editor.wait()
        expect(number_of(editor)).to_have_value("1")
        seen = page.evaluate(
            """async (readBars) => {
              const read = eval(readBars);
              const video = document.querySelector("video");
              const editor = document.querySelector(".avseg-editor");
              const seen = [0];
              // Far more often than frames come.
              const press = () => editor.dispatchEvent(
                new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true, repeat: true }));
              const held = setInterval(press, 2);
              while (seen.at(-1) < 60) {
                await new Promise((done) => video.requestVideoFrameCallback(done));
                seen.push(read(video));
              }
              clearInterval(held);
              return seen;
            }""",
            READ_BARS,
        )
        assert seen == list(range(61))


def test_a_number_is_typed_by_key_and_refused_when_there_is_no_such_frame(page: Page, tmp_path: Path) -> None:
    path = make(clip("25.mp4"), tmp_path, 4.0)
    with groundtruth.preview(TASK, path) as preview:
        page.goto(preview.url)
        editor = Editor(page, 48000)
        editor.wait()
        number = number_of(editor)
        expect(number).to_have_value("1")
        page.locator(".avseg-wave").click()
        page.keyboard.press("Shift+F")
        expect(number).to_be_focused()
        page.keyboard.type("101")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status", name="Notice")).to_have_text("Frames go from 1 to 100.")
        expect(number).to_have_attribute("aria-invalid", "true")
        page.keyboard.press("Escape")
        expect(number).not_to_be_focused()
        expect(number).to_have_attribute("aria-invalid", "false")
        page.keyboard.press("Control+/")
        page.keyboard.type("go to frame")
        page.keyboard.press("Enter")
        expect(number).to_be_focused()
        page.keyboard.type("26")
        page.keyboard.press("Enter")
        expect(editor.position()).to_have_text("0:01.000")
        expect(number).to_have_value("26")
        # The focus is back where keys are the editor's.
        page.keyboard.press("ArrowRight")
        expect(number).to_have_value("27")


def test_sound_has_neither_frames_nor_thumbnails(page: Page, tmp_path: Path) -> None:
    from avseg_widget import sample

    with groundtruth.preview(TASK, sample.audio()) as preview:
        page.goto(preview.url)
        editor = Editor(page, 16000)
        editor.wait()
        expect(page.locator(".avseg-frame, .avseg-thumbnails")).to_have_count(0)
        expect(editor.button("Thumbnails")).to_have_count(0)


def look_at_thumbnails(page: Page, editor: Editor) -> None:
    """See that the strip is there, filled at every zoom, that it moves the playhead, and goes when asked."""
    strip = editor.scope.get_by_role("img", name="Thumbnails")
    tracks = editor.canvas.bounding_box()
    filled = f"(canvas) => ({STRIP})(canvas) > 0.8"
    page.wait_for_function(filled, arg=strip.element_handle())
    # Nothing moves when pictures come.
    assert editor.canvas.bounding_box() == tracks
    for _ in range(4):
        editor.button("Zoom in").click()
        page.wait_for_function(filled, arg=strip.element_handle())
    editor.button("Show all").click()
    box = strip.bounding_box()
    assert box
    strip.click(position={"x": box["width"] / 2, "y": 20})
    expect(number_of(editor)).to_have_value(re.compile(r"^(49|50|51|52)$"))
    editor.button("Thumbnails").click()
    expect(strip).to_have_count(0)
    page.keyboard.press("Shift+V")
    expect(strip).to_be_visible()


def test_thumbnails_on_the_task_page(page: Page, tmp_path: Path) -> None:
    with groundtruth.preview(TASK, make(clip("25.mp4"), tmp_path, 4.0)) as preview:
        page.goto(preview.url)
        editor = Editor(page, 48000)
        editor.wait()
        look_at_thumbnails(page, editor)


def test_thumbnails_from_the_kernel(page: Page, lab: JupyterServer) -> None:
    path = make(clip("25.mp4"), lab.folder, 4.0)
    code = f"from avseg_widget import Segmenter, Task\nw = Segmenter({str(path)!r}, Task(tracks={{'gait': ['walk']}}))"
    opened = open_notebook(page, lab, "thumbnails", [code, "w"])
    editor = Editor(page, 48000)
    editor.wait()
    look_at_thumbnails(page, editor)
    # A film that is gone is said on the strip; all else goes on.
    kernel = opened.kernel
    assert kernel
    kernel.run("import pathlib; pathlib.Path(w.media.path).unlink()")
    for _ in range(8):
        editor.button("Zoom in").click()
    expect(page.get_by_text("No thumbnails: 25.mp4 cannot be read any more")).to_be_visible()
