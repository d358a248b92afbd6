"""The worker page in a portal's frame: sandboxed both ways, both readings of what is not proven, media of elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from avseg_widget import groundtruth, sample

from ..media_servers import Served, serve
from .editor import Editor
from .hosts import OPEN_TIMEOUT, Opened
from .scenario import CUSTOMER, HINDI, TASK, Labeled, check, fill_content, hand_in, label, write

#: What a browser decodes to where no peaks file tells the media's own.
RATE = 48_000
#: Of the built-in sound, in seconds.
LENGTH = 31.688
CLOSED = "allow-scripts allow-forms"
SAME_ORIGIN = f"{CLOSED} allow-same-origin"
SANDBOXES = pytest.mark.parametrize("sandbox", [CLOSED, SAME_ORIGIN], ids=["closed", "same-origin"])
#: How the elements take the points that nobody has confirmed where they do not take them the likely way.
OTHERS = ["hidden-json=object", "unchosen=false", "duplicates=first", "children=stay"]
READINGS = [(sandbox, reading) for sandbox in (CLOSED, SAME_ORIGIN) for reading in ("", "&".join(OTHERS))]


def show(page: Page, preview: groundtruth.Preview, sandbox: str, reading: str = "", rate: int = RATE) -> Editor:
    # Without a border, which would shift what the mouse is told of a frame in another process.
    style = "border: 0; width: 98vw; height: 95vh"
    page.set_content(f'<iframe src="{preview.url}?{reading}" sandbox="{sandbox}" style="{style}"></iframe>')
    return Editor(page, rate, page.frame_locator("iframe").locator("body"))


def play_through(editor: Editor, preview: groundtruth.Preview) -> None:
    """Do the whole scenario; the annotation handed in is what was done."""
    labeled = label(editor, LENGTH)
    check(hand_in(editor, answer_of(preview), labeled), labeled, editor.rate)


def answer_of(preview: groundtruth.Preview) -> Opened:
    return Opened(lambda: msgspec.to_builtins(preview.annotation))


@pytest.mark.parametrize(("sandbox", "reading"), READINGS)
def test_either_frame_and_either_reading(page: Page, sandbox: str, reading: str) -> None:
    with serve(sample.audio().read_bytes(), cors=True) as served, groundtruth.preview(TASK, served.url) as preview:
        play_through(show(page, preview, sandbox, reading), preview)
        page.goto("about:blank")


@pytest.mark.parametrize("reading", OTHERS)
def test_each_reading_alone_takes_the_same_answer(page: Page, reading: str) -> None:
    # Readings differ in how the form is read when it is handed in: what comes before that is in the scenario above.
    with serve(sample.audio().read_bytes(), cors=True) as served, groundtruth.preview(TASK, served.url) as preview:
        editor = show(page, preview, CLOSED, reading)
        editor.wait()
        editor.add_track("language", "Hindi")
        editor.add_track("speaker", "Customer")
        recorded, first = editor.draw(CUSTOMER, 1, 2), editor.draw(HINDI, 3, 5)
        second = editor.draw(CUSTOMER, 6, 8)
        expect(editor.rows()).to_have_count(3)
        write(editor, second)
        content = fill_content(editor)
        labeled = Labeled(first, second, recorded, editor.times_shown(), content)
        check(hand_in(editor, answer_of(preview), labeled), labeled, RATE)
        page.goto("about:blank")


def close(served: Served) -> None:
    served.cors = False


def cut(served: Served) -> None:
    # Each second request breaks off half-way.
    served.faults[:] = ["", "cut"] * 8


def cut_thrice(served: Served) -> None:
    served.faults[:] = ["", "cut", "cut", "cut"]


@SANDBOXES
@pytest.mark.parametrize(
    ("fault", "told"),
    [(close, "CORS is not set up"), (cut, ""), (cut_thrice, "the connection was lost")],
    ids=["no CORS", "cut half-way", "cut each time"],
)
def test_labeling_goes_on_where_media_comes_badly(
    page: Page, problems: list[str], sandbox: str, fault: Callable[[Served], None], told: str
) -> None:
    with serve(sample.audio().read_bytes(), cors=True) as served, groundtruth.preview(TASK, served.url) as preview:
        fault(served)
        # Without the sound there is no grid of its samples.
        editor = show(page, preview, sandbox, rate=0 if told else RATE)
        play_through(editor, preview)
        messages = editor.scope.locator(".avseg-messages")
        expect(messages).to_contain_text(told) if told else expect(messages).to_be_empty()
        page.goto("about:blank")
    # The browser's own words for what was refused and cut.
    problems.clear()


@SANDBOXES
def test_an_address_that_expires_meanwhile_is_told_and_nothing_is_lost(
    page: Page, problems: list[str], sandbox: str, tmp_path: Path
) -> None:
    length = 90
    path = tmp_path / "long.wav"
    soundfile.write(path, 0.3 * np.sin(np.arange(length * RATE) / 20), RATE)
    with serve(path.read_bytes(), cors=True) as served, groundtruth.preview(TASK, served.url) as preview:
        editor = show(page, preview, sandbox)
        labeled = label(editor, length)
        served.status = 403
        editor.button("Go to time").click()
        time = editor.scope.get_by_role("form", name="Go to time").get_by_label("Time")
        time.fill("80")
        time.press("Enter")
        editor.button("Play").click()
        expect(editor.scope.get_by_role("alert").first).to_contain_text("may have expired", timeout=OPEN_TIMEOUT)
        expect(editor.button("Play")).to_be_visible()
        check(hand_in(editor, answer_of(preview), labeled), labeled, RATE)
        page.goto("about:blank")
    problems.clear()


@SANDBOXES
def test_an_expired_address_says_what_to_do(page: Page, problems: list[str], sandbox: str) -> None:
    with serve(sample.audio().read_bytes(), cors=True) as served, groundtruth.preview(TASK, served.url) as preview:
        served.status = 403
        told = show(page, preview, sandbox).scope.get_by_role("alert")
        expect(told.first).to_contain_text("may have expired", timeout=OPEN_TIMEOUT)
        expect(told.first).to_contain_text("reload the task")
        page.goto("about:blank")
    problems.clear()
