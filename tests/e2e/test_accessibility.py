"""Accessibility of the worker page: axe-core in every state and both themes, and the scenario by the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect

from avseg_widget import Annotation, Origin, Segment, Task, Track, fields, groundtruth, sample

from .editor import Editor

AXE = Path(__file__).parents[2] / "js/node_modules/axe-core/axe.min.js"
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
#: Those of them that look at colors: a theme is nothing but colors, and the document is the same in both.
COLOR_RULES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
A = "speaker:A"


def task() -> Task:
    return Task(
        title="All kinds",
        tracks={"speaker": ["A", "B"], "event": ["bark"]},
        segment_fields=[
            fields.Text("text", required=True, help="What is said"),
            fields.Select("emotion", ["Happy", "Sad"]),
            fields.MultiSelect("noises", ["music", "traffic"]),
            fields.Checkbox("clear"),
            fields.Number("level", min=0, max=9),
            fields.Rating("score", 5),
        ],
        content_fields=[
            fields.Radio("speech", ["yes", "no"], required=True, help="Look twice"),
            fields.Checkboxes("background", ["music", "traffic"]),
            fields.Text("notes", multiline=True),
            fields.Rating("rate", 5),
        ],
        instructions="Mark who speaks.",
    )


@pytest.fixture
def editor(page: Page) -> Iterator[Editor]:
    with groundtruth.preview(task(), sample.audio()) as preview:
        page.goto(preview.url)
        page.add_script_tag(path=AXE)
        editor = Editor(page, 16000)
        editor.wait()
        yield editor


def check(page: Page, state: str, within: str = "html") -> None:
    """Fail on any violation of WCAG 2.2 A or AA, in the light theme or the dark one."""
    for scheme, rules in (("light", RULES), ("dark", COLOR_RULES)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator(".avseg")).to_have_attribute("data-theme", scheme)
        found = page.evaluate(
            "([runOnly, within]) => axe.run(within, { runOnly, resultTypes: ['violations'] }).then(({ violations }) =>"
            " violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`))",
            [rules, within],
        )
        assert found == [], f"{state}, {scheme}: {found}"


def test_axe_finds_nothing_in_any_state(editor: Editor, page: Page) -> None:
    check(page, "empty")
    editor.button("Add new track").click()
    check(page, "asking for a track")
    page.keyboard.press("Escape")
    editor.add_track("speaker", "A")
    editor.add_track("event", "bark")
    editor.draw(A, 1, 3)
    editor.draw(A, 5, 7)
    editor.button("Spectrogram").click()
    check(page, "segments, problems and a spectrogram")
    page.set_viewport_size({"width": 480, "height": 1000})
    expect(editor.table).to_have_class("avseg-table avseg-table-flows")
    check(page, "rows that flow", ".avseg-right")
    # To whoever reads it with a screen reader it is the same grid.
    expect(editor.table.get_by_role("row")).to_have_count(3)
    expect(editor.table.get_by_role("columnheader")).to_have_count(4 + len(task().segment_fields))
    page.set_viewport_size({"width": 1400, "height": 1000})
    editor.button("Submit").click()
    check(page, "asking for a reason")
    editor.button("Cancel").click()
    editor.button("Keyboard shortcuts").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page, "help")
    page.keyboard.press("Escape")
    editor.button("Find an action").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page, "palette")
    page.keyboard.press("Escape")
    editor.button("Track options for speaker: A").click()
    check(page, "a track's menu")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Dialogue").click()
    check(page, "dialogue")
    editor.button("Begin recording").click()
    check(page, "recording")
    editor.button("Stop recording").click()


def test_axe_finds_nothing_where_there_are_suggestions(page: Page) -> None:
    found = [Segment(A, start, start + 2, origin=Origin("model", confidence=0.5)) for start in (1, 5, 9)]
    start = Annotation([Track("speaker", "A")], found)
    with groundtruth.preview(task(), sample.audio(), {"annotations": msgspec.to_builtins(start)}) as preview:
        page.goto(preview.url)
        page.add_script_tag(path=AXE)
        Editor(page, 16000).wait()
        page.get_by_role("button", name="Accept what is suggested by model (50%)").first.click()
        check(page, "suggestions")
        page.get_by_role("tab", name="Dialogue").click()
        check(page, "suggestions in a dialogue")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    script = "document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent || ''"
    for _ in range(120):
        if page.evaluate(script).strip() == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {name!r}")


def test_the_scenario_by_the_keyboard_alone(editor: Editor, page: Page) -> None:
    tab_to(page, "Add new track")
    page.keyboard.press("Enter")
    tab_to(page, "Tag")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Add")
    page.keyboard.press("Enter")
    expect(editor.scope.get_by_role("checkbox", name="Record on speaker: B")).to_be_checked()
    tab_to(page, "Begin recording")
    page.keyboard.press("Enter")
    page.wait_for_timeout(700)
    page.keyboard.press("Enter")
    page.keyboard.press("k")
    expect(editor.rows()).to_have_count(1)
    tab_to(page, "Pause")
    page.keyboard.press("Enter")
    [(start, end)] = editor.times_shown()
    edge = page.get_by_role("slider", name="End of the selected segment")
    assert float(edge.get_attribute("aria-valuenow") or 0) == pytest.approx(end, abs=1e-6)
    edge.focus()
    page.keyboard.press("Shift+ArrowRight")
    assert editor.times_shown()[0] == pytest.approx((start, end + 0.1), abs=1e-4)
    row = editor.rows().first
    row.get_by_label("text").focus()
    page.keyboard.type("by keys")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(row.get_by_label("emotion")).to_have_value("Happy")
    expect(row.get_by_label("text")).to_have_value("by keys")
    page.keyboard.press("Control+z")
    expect(page.get_by_role("status").first).to_be_attached()
