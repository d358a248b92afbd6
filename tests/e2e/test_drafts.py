"""Work that is not handed in survives a reload: on a page of its own, and in the portal's sandboxed frame."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from avseg_widget import Task, fields, groundtruth, sample

from .editor import Editor
from .hosts import received

RATE = 16_000
TASK = Task(title="Voices", tracks={"speaker": ["A"]}, segment_fields=[fields.Text("text")])
BACK = "What you had done here before the page was loaded again is back."


def label(editor: Editor) -> tuple[float, float]:
    editor.wait()
    editor.add_track("speaker", "A")
    drawn = editor.draw("speaker:A", 2, 4)
    editor.rows().first.get_by_label("text").fill("not handed in")
    editor.rows().first.get_by_label("Start", exact=True).focus()
    return drawn


def test_on_a_page_of_its_own(page: Page) -> None:
    with groundtruth.preview(TASK, sample.audio()) as preview:
        page.goto(preview.url)
        editor = Editor(page, RATE)
        drawn = label(editor)
        page.reload()
        editor.wait()
        expect(page.get_by_role("status", name="Notice").first).to_have_text(BACK)
        expect(editor.rows().first.get_by_label("text")).to_have_value("not handed in")
        editor.button("Submit").click()
        [segment] = received(preview).segments
        assert ((segment.start, segment.end), segment.fields) == (drawn, {"text": "not handed in"})


def test_in_the_portals_frame(page: Page, tmp_path: Path) -> None:
    manifest = groundtruth.Manifest.from_files(sample.audio(), sample.video())
    with groundtruth.Portal(TASK, manifest, tmp_path / "out", workers=1, invite=["Ada"]) as portal:
        page.goto(portal.links["Ada"])
        page.get_by_role("button", name="Start working").click()
        editor = Editor(page, RATE, scope=page.frame_locator("iframe").locator("body"))
        drawn = label(editor)
        # The frame tells of its draft a moment later.
        page.wait_for_function("() => sessionStorage.getItem('avseg-draft:')?.includes('not handed in')")
        page.reload()
        editor.wait()
        expect(editor.rows().first.get_by_label("text")).to_have_value("not handed in")
        shown = page.locator("iframe").get_attribute("src")
        editor.button("Submit").click()
        page.wait_for_function("(shown) => document.querySelector('iframe')?.src !== shown", arg=shown)
        # The next task begins with nothing.
        editor.wait()
        expect(editor.rows()).to_have_count(0)
        portal.flush()
        [segment] = next(
            result.annotation.segments for result in groundtruth.read_results(portal.out, TASK) if result.annotation
        )
        assert ((segment.start, segment.end), segment.fields) == (drawn, {"text": "not handed in"})
        # Before the portal ends, so that the page does not miss it.
        page.goto("about:blank")
