"""What is locked, hidden or recorded on, on the worker page: nothing of it is changed unseen or without a word."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from avseg_widget import Task, fields, groundtruth, sample

from .editor import Editor

CUSTOMER, AGENT = "speaker:Customer", "speaker:Agent"
LOCKED = "speaker: Customer is locked. Unlock it in its options first"
TASK = Task(
    tracks={"speaker": ["Customer", "Agent"]},
    segment_fields=[
        fields.Text("text"),
        fields.Number("score"),
        fields.Select("emotion", ["Happy", "Sad"]),
        fields.Radio("turn", ["yes", "no"]),
        fields.Checkboxes("noise", ["echo", "clip"]),
        fields.MultiSelect("topics", ["price", "date"]),
        fields.Checkbox("clear"),
        fields.Rating("level"),
    ],
)


@pytest.fixture
def editor(page: Page) -> Iterator[Editor]:
    with groundtruth.preview(TASK, sample.audio()) as preview:
        page.goto(preview.url)
        editor = Editor(page, 16_000)
        editor.wait()
        editor.add_track("speaker", "Customer")
        editor.add_track("speaker", "Agent")
        yield editor


def choose(editor: Editor, track: str, option: str) -> None:
    """Press a button of a track's options."""
    editor.button(f"Track options for {track}").click()
    editor.page.get_by_role("dialog", name=f"Track options for {track}").get_by_role("button", name=option).click()
    editor.page.keyboard.press("Escape")


def press(editor: Editor, *keys: str) -> None:
    editor.page.locator(".avseg-editor").focus()
    for key in keys:
        editor.page.keyboard.press(key)


def notice(editor: Editor) -> Locator:
    return editor.page.get_by_role("status", name="Notice")


def controls(row: Locator) -> list[Locator]:
    """Return a control of each field."""
    return [
        row.get_by_role("textbox", name="text"),
        row.get_by_role("spinbutton", name="score"),
        row.get_by_role("combobox", name="emotion"),
        row.get_by_role("radio", name="yes"),
        row.get_by_role("checkbox", name="echo"),
        row.get_by_role("checkbox", name="clear"),
        row.get_by_role("radio", name="3"),
        row.get_by_label("Start", exact=True),
        row.get_by_label("End", exact=True),
    ]


def test_fields_of_a_locked_track_cannot_be_changed_and_say_why(editor: Editor) -> None:
    editor.draw(CUSTOMER, 1, 3)
    row = editor.rows().first
    row.get_by_label("text").fill("kept")
    for control in controls(row):
        expect(control).to_be_editable()
    choose(editor, "speaker: Customer", "Lock")
    for control in controls(row):
        expect(control).not_to_be_editable()
    for name in ("text", "score", "Start"):
        assert LOCKED in str(row.get_by_label(name, exact=True).get_attribute("title"))
    expect(row.get_by_role("combobox", name="emotion")).to_have_attribute("title", LOCKED)
    row.get_by_role("button", name="topics").click()
    expect(editor.page.get_by_role("checkbox", name="price")).to_be_disabled()
    editor.page.keyboard.press("Escape")

    editor.page.get_by_role("tab", name="Dialogue").click()
    line = editor.page.get_by_role("list", name="Dialogue").get_by_role("textbox")
    expect(line).to_have_value("kept")
    expect(line).not_to_be_editable()
    expect(line).to_have_attribute("title", LOCKED)
    choose(editor, "speaker: Customer", "Lock")
    expect(line).to_be_editable()


def test_edits_of_a_locked_track_say_that_they_are_not_done(editor: Editor) -> None:
    editor.draw(CUSTOMER, 1, 3)
    times = editor.times_shown()
    choose(editor, "speaker: Customer", "Lock")
    press(editor, "Control+a")
    for key, edit in (("2", "set tag"), ("Y", "nudge start of segment"), ("Control+x", "cut segment")):
        press(editor, key)
        expect(notice(editor)).to_have_text(f"Not done ({edit}): {LOCKED}.")
        expect(editor.rows().first).to_have_attribute("aria-selected", "true")
    assert editor.times_shown() == times


def test_hidden_segments_are_not_selected_with_the_rest(editor: Editor) -> None:
    editor.draw(CUSTOMER, 1, 3)
    editor.draw(AGENT, 4, 6)
    choose(editor, "speaker: Customer", "Hide")
    press(editor, "Control+a")
    expect(notice(editor)).to_have_text("1 segment selected. 1 on hidden tracks left out.")
    editor.rows().first.locator(".avseg-cell-track").focus()
    editor.page.keyboard.press("Control+a")
    expect(notice(editor)).to_have_text("1 segment selected. 1 on hidden tracks left out.")
    press(editor, "Delete")
    expect(editor.rows()).to_have_count(1)
    expect(editor.rows().first).to_contain_text("Customer")
    # The first track shown is the one that the first number means.
    press(editor, "Escape", "1")
    expect(editor.page.get_by_label("Record on speaker: Agent")).to_be_checked()


def test_a_track_that_is_recorded_on_stays(editor: Editor) -> None:
    editor.page.get_by_label("Record on speaker: Customer").uncheck()
    editor.button("Begin recording").click()
    choose(editor, "speaker: Agent", "Delete track")
    expect(notice(editor)).to_have_text("Stop recording first: it records on speaker: Agent.")
    press(editor, "Control+z")
    expect(notice(editor)).to_have_text("Stop recording first: it records on speaker: Agent.")
    editor.button("Stop recording").click()
    expect(editor.rows()).to_have_count(1)
