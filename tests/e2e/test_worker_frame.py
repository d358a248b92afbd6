"""The worker page in a portal's frame: sandboxed both ways, both readings of what is not proven, media of elsewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from avseg_widget import Task, fields, groundtruth, sample

from ..media_servers import Served, serve
from .editor import Editor
from .hosts import OPEN_TIMEOUT, Opened

#: What a browser decodes to where no peaks file tells the media's own.
RATE = 48_000
TASK = Task(
    title="Voices",
    tracks={"speaker": ["A"]},
    segment_fields=[fields.Text("text")],
    content_fields=[fields.Rating("rate", 5)],
)
CLOSED = "allow-scripts allow-forms"


def show(page: Page, preview: groundtruth.Preview, query: str = "", sandbox: str = CLOSED) -> Editor:
    page.set_content(
        f'<iframe src="{preview.url}{query}" sandbox="{sandbox}" style="width: 98vw; height: 95vh"></iframe>'
    )
    return Editor(page, RATE, page.frame_locator("iframe").locator("body"))


def label_and_submit(editor: Editor, preview: groundtruth.Preview) -> None:
    editor.wait()
    editor.add_track("speaker", "A")
    editor.drag("speaker:A", 2, 4)
    [shown] = editor.times_shown()
    editor.rows().first.get_by_label("text").fill("said")
    editor.button("Submit").click()
    annotation = Opened(lambda: preview.annotation).wait_until(lambda found: found is not None)
    [segment] = annotation.segments
    assert (segment.start, segment.end) == pytest.approx(shown, abs=6e-7)
    assert segment.end - segment.start > 1
    assert segment.fields == {"text": "said"}


@pytest.mark.parametrize("sandbox", [CLOSED, f"{CLOSED} allow-same-origin"], ids=["closed", "same-origin"])
@pytest.mark.parametrize("reading", ["", "?hidden-json=object", "?unchosen=false", "?duplicates=first"])
def test_either_frame_and_either_reading(page: Page, sandbox: str, reading: str) -> None:
    with serve(sample.audio().read_bytes(), cors=True) as served, groundtruth.preview(TASK, served.url) as preview:
        label_and_submit(show(page, preview, reading, sandbox), preview)
        page.goto("about:blank")


def cut(served: Served) -> None:
    served.cors = True
    # Each second request breaks off half-way.
    served.faults[:] = ["", "cut"] * 8


def closed(served: Served) -> None:
    served.cors = False


@pytest.mark.parametrize(("fault", "told"), [(closed, "waveform"), (cut, "")], ids=["no CORS", "cut half-way"])
def test_labeling_goes_on_where_media_comes_badly(page: Page, problems: list[str], fault, told: str) -> None:
    with serve(sample.audio().read_bytes()) as served, groundtruth.preview(TASK, served.url) as preview:
        fault(served)
        editor = show(page, preview)
        label_and_submit(editor, preview)
        if told:
            expect(editor.scope.get_by_text(told).first).to_be_visible()
        page.goto("about:blank")
    # The browser's own words for what was refused and cut.
    problems.clear()


def test_an_expired_address_says_what_to_do(page: Page, problems: list[str]) -> None:
    with serve(sample.audio().read_bytes(), cors=True) as served, groundtruth.preview(TASK, served.url) as preview:
        served.status = 403
        editor = show(page, preview)
        told = editor.scope.get_by_role("alert")
        expect(told.first).to_contain_text("may have expired", timeout=OPEN_TIMEOUT)
        expect(told.first).to_contain_text("reload the task")
        page.goto("about:blank")
    problems.clear()
