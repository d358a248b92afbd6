"""Every kind of field, of a segment and of the content, filled through its control: the answer holds what was given."""

from __future__ import annotations

from playwright.sync_api import Page

from avseg_widget import Task, fields, groundtruth, sample

from .editor import Editor
from .hosts import received

KINDS = [
    fields.Text("text", default="as it was"),
    fields.Select("select", ["one", "two"]),
    fields.MultiSelect("multi", ["one", "two", "three"]),
    fields.Checkbox("checkbox"),
    fields.Number("number", min=-1, max=2.5, step=0.5),
    fields.Rating("rating", 7),
    fields.Radio("radio", ["one", "two"], default="one"),
    fields.Checkboxes("boxes", ["one", "two", "three"]),
]
GIVEN = {
    "text": "said",
    "select": "two",
    "multi": ["one", "three"],
    "checkbox": True,
    "number": 1.25,
    "rating": 6,
    "radio": "two",
    "boxes": ["two", "three"],
}


def fill(editor: Editor, page: Page, segment: bool) -> None:
    place = editor.rows().first if segment else editor.content
    place.get_by_label("text", exact=True).fill("said")
    place.get_by_label("select", exact=True).select_option("two")
    place.get_by_role("button", name="multi: none").click()
    popup = page.locator(":popover-open")
    popup.get_by_label("three").check()
    popup.get_by_label("one").check()
    page.keyboard.press("Escape")
    place.get_by_label("checkbox", exact=True).check()
    place.get_by_label("number", exact=True).fill("9")
    place.get_by_label("number", exact=True).press("Tab")
    place.get_by_text("Must lie from -1 to 2.5").wait_for()
    place.get_by_label("number", exact=True).fill("1.25")
    place.get_by_label("number", exact=True).press("Tab")
    place.get_by_role("radiogroup", name="rating").get_by_role("radio", name="6").check(force=True)
    place.get_by_role("radiogroup", name="radio").get_by_role("radio", name="two").check()
    boxes = place.get_by_role("group", name="boxes")
    boxes.get_by_label("three").check()
    boxes.get_by_label("two").check()


def test_every_kind_of_field(page: Page) -> None:
    task = Task(tracks={"speaker": ["A"]}, segment_fields=KINDS, content_fields=KINDS)
    with groundtruth.preview(task, sample.audio()) as preview:
        page.goto(preview.url)
        editor = Editor(page, 16000)
        editor.wait()
        editor.add_track("speaker", "A")
        editor.draw("speaker:A", 1, 2)
        editor.draw("speaker:A", 5, 6)
        fill(editor, page, segment=True)
        fill(editor, page, segment=False)
        editor.button("Submit").click()
        annotation = received(preview)
    assert [segment.fields for segment in annotation.segments] == [GIVEN, {"text": "as it was", "radio": "one"}]
    assert annotation.content == GIVEN
