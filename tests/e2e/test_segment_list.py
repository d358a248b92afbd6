"""The list of segments on the worker page: sorted, filtered, walked by keys, in step with the tracks; a dialogue."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import msgspec
import pytest
from playwright.sync_api import Page, expect

from avseg_widget import Annotation, Segment, Task, Track, fields, groundtruth, sample

from .editor import Editor

CUSTOMER, AGENT = Track("speaker", "Customer"), Track("speaker", "Agent")
TASK = Task(
    tracks={"speaker": ["Customer", "Agent"]},
    segment_fields=[fields.Text("text", required=True), fields.Select("emotion", ["Happy", "Sad"])],
)
#: Sixty segments a fifth of a second apart; every third has no text.
SEGMENTS = [
    Segment(
        (CUSTOMER, AGENT)[number % 2].id,
        number / 5,
        number / 5 + 0.15,
        {"text": f"line {number}", "emotion": "Happy"} if number % 3 else {},
        id=f"s{number}",
    )
    for number in range(60)
]


@pytest.fixture
def preview() -> Iterator[groundtruth.Preview]:
    annotation = Annotation(tracks=[CUSTOMER, AGENT], segments=SEGMENTS)
    with groundtruth.preview(TASK, sample.audio(), {"annotations": msgspec.to_builtins(annotation)}) as served:
        yield served


@pytest.fixture
def editor(page: Page, preview: groundtruth.Preview) -> Editor:
    page.goto(preview.url)
    editor = Editor(page, 16_000)
    editor.wait()
    return editor


def texts(editor: Editor) -> list[str]:
    return [box.input_value() for box in editor.rows().get_by_label("text").all()]


def sideways(editor: Editor) -> int:
    """Return by how many px the table scrolls sideways."""
    return int(editor.table.locator("..").evaluate("(box) => box.scrollWidth - box.clientWidth"))


def test_fits_its_width_and_flows_in_a_narrow_cell(editor: Editor, page: Page) -> None:
    first = editor.rows().nth(0)
    start, text = first.get_by_label("Start"), first.get_by_label("text")
    assert sideways(editor) == 0
    tops = [box["y"] for box in (start.bounding_box(), text.bounding_box()) if box]
    assert tops[0] == tops[1]
    bars = page.get_by_role("toolbar", name="Playing").locator("> *")
    lines = [box["y"] + box["height"] / 2 for box in (each.bounding_box() for each in bars.all()) if box]
    assert min(sum(abs(line - other) < 5 for other in lines) for line in lines) >= 3
    page.set_viewport_size({"width": 480, "height": 1000})
    expect(editor.table).to_have_class("avseg-table avseg-table-flows")
    assert sideways(editor) == 0
    places = [box for box in (start.bounding_box(), text.bounding_box()) if box]
    assert places[1]["y"] > places[0]["y"] + 20
    assert places[1]["width"] > 200
    # Rows are as high as the list takes them to be: the last one is where scrolling ends.
    editor.table.locator("..").evaluate("(box) => box.scrollTo(0, box.scrollHeight)")
    last = editor.rows().last
    expect(last.get_by_label("text")).to_be_in_viewport()
    expect(last).to_have_attribute("data-segment", "s59")
    boxes = [row.bounding_box() for row in editor.rows().all()]
    gaps = {round(one["y"] - other["y"]) for other, one in pairwise(boxes) if one and other}
    assert gaps == {36 + 36 + 16}


def test_sorts_by_the_heads(editor: Editor) -> None:
    head = editor.table.get_by_role("columnheader", name="text")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert texts(editor)[:3] == ["line 1", "line 2", "line 4"]
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert texts(editor)[:2] == ["line 59", "line 58"]
    editor.table.get_by_role("columnheader", name="Start").get_by_role("button").click()
    assert texts(editor)[:2] == ["", "line 1"]


def test_filters_and_keeps_the_row_being_edited(editor: Editor) -> None:
    shown = editor.scope.get_by_label("Segments shown")
    expect(shown).to_have_text("60")
    editor.scope.get_by_label("Filter text").fill("LINE 5")
    expect(shown).to_have_text("8 of 60")
    editor.scope.get_by_label("Filter track").select_option("speaker: Agent")
    expect(shown).to_have_text("4 of 60")
    editor.button("Clear filter").click()
    editor.scope.get_by_label("Filter field").select_option("emotion: Happy")
    expect(shown).to_have_text("40 of 60")
    editor.button("Clear filter").click()

    editor.scope.get_by_label("Only problems").check()
    expect(shown).to_have_text("20 of 60")
    box = editor.rows().first.get_by_label("text")
    box.press_sequentially("now it is there", delay=40)
    expect(box).to_have_value("now it is there")
    expect(shown).to_have_text("20 of 60")
    editor.rows().nth(1).get_by_label("text").click()
    expect(shown).to_have_text("19 of 60")


def test_is_walked_by_keys(editor: Editor, page: Page) -> None:
    row = editor.table.get_by_role("row", selected=True)
    editor.rows().first.get_by_role("gridcell").nth(4).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("typed")
    page.keyboard.press("Escape")
    expect(row).to_have_attribute("aria-rowindex", "3")
    # Escape kept the text.
    expect(row.get_by_label("text")).to_have_value("typed")
    page.keyboard.press("Control+End")
    expect(row).to_have_attribute("aria-rowindex", "61")
    page.keyboard.press("Home")
    expect(row.get_by_role("gridcell").first).to_be_focused()
    page.keyboard.press("PageUp")
    page.keyboard.press("Shift+ArrowUp")
    expect(row).to_have_count(2)
    page.keyboard.press("Control+Home")
    page.keyboard.press("Delete")
    expect(editor.scope.get_by_label("Segments shown")).to_have_text("59")
    expect(editor.rows().first.get_by_role("gridcell").first).to_be_focused()


def test_clicks_select_several(editor: Editor) -> None:
    tracks = editor.table.locator("td:nth-child(4)")
    tracks.nth(1).click(modifiers=["Control"])
    tracks.nth(4).click(modifiers=["Shift"])
    expect(editor.table.get_by_role("row", selected=True)).to_have_count(4)
    tracks.nth(2).click(modifiers=["Control"])
    expect(editor.table.get_by_role("row", selected=True)).to_have_count(3)
    expect(editor.button("Play")).to_be_visible()


def test_is_in_step_with_the_tracks(editor: Editor, page: Page) -> None:
    place = editor.geometry()
    page.mouse.click(place.x_at(11.875), place.middle_of(AGENT.id))
    row = editor.table.get_by_role("row", selected=True)
    expect(row).to_be_in_viewport()
    expect(row.get_by_label("Start", exact=True)).to_have_value("11.800000")
    expect(editor.button("Play")).to_be_visible()
    for _ in range(4):
        editor.button("Zoom in").click()
    editor.table.locator("td").first.evaluate("(cell) => { cell.closest('.avseg-table-box').scrollTop = 0; }")
    before = editor.geometry()
    assert before.start > 1
    editor.row(0.0).get_by_label("text").click()
    expect(editor.canvas).to_have_attribute("data-start", "0")
    expect(editor.button("Play")).to_be_visible()


def test_times_are_typed_in_samples_and_what_is_wrong_stays(editor: Editor) -> None:
    end = editor.rows().first.get_by_label("End", exact=True)
    end.fill("1600#")
    end.press("Enter")
    expect(end).to_have_value("0.100000")
    end.fill("soon")
    end.press("Enter")
    end.blur()
    box = editor.table.locator("..")
    box.evaluate("(box) => { box.scrollTop = 1500; }")
    expect(end).not_to_have_value("soon")
    box.evaluate("(box) => { box.scrollTop = 0; }")
    expect(end).to_have_value("soon")
    expect(end).to_have_attribute("aria-invalid", "true")


def test_a_dialogue_is_written_down_without_the_mouse(editor: Editor, page: Page, preview: groundtruth.Preview) -> None:
    editor.scope.get_by_role("tab", name="Dialogue").click()
    lines = editor.scope.get_by_role("list", name="Dialogue").get_by_role("listitem")
    lines.first.get_by_role("textbox").click()
    page.keyboard.insert_text("first")
    page.keyboard.press("Enter")
    expect(lines.nth(1).get_by_role("textbox")).to_be_focused()
    # The second line plays to its exact end.
    expect(editor.position()).to_have_text("0:00.350")
    page.keyboard.press("Control+Space")
    expect(editor.position()).to_have_text("0:00.350")
    page.keyboard.press("ArrowUp")
    expect(lines.first.get_by_role("textbox")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.insert_text("the fourth")
    page.keyboard.press("Escape")
    expect(page.locator(".avseg-editor")).to_be_focused()
    editor.scope.get_by_role("tab", name="Table").click()
    assert texts(editor)[:4] == ["first", "line 1", "line 2", "the fourth"]
