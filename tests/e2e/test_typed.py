"""What is typed on the worker page: what is refused is a problem, Escape keeps the rest, forms ask what applies."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect

from avseg_widget import Annotation, Segment, Task, Track, fields, groundtruth, sample

from .editor import Editor
from .hosts import received

ANNA, DOOR = Track("speaker", "Anna"), Track("noise", "Door")
TASK = Task(
    tracks={"speaker": ["Anna"], "noise": ["Door"]},
    segment_fields=[
        fields.Text("text"),
        fields.Number("score", min=0, max=10),
        fields.Select("emotion", ["Happy", "Angry"], categories=["speaker"]),
        fields.Text("why", visible_if={"emotion": ["Angry"]}),
        fields.Select("region", ["EU", "US"]),
        fields.Select("city", ["Rome", "Austin"], depends_on="region", options_for={"EU": ["Rome"], "US": ["Austin"]}),
    ],
    content_fields=[fields.Text("summary", multiline=True)],
)
SEGMENTS = [
    Segment(ANNA.id, 1, 2, {"text": "hello"}, id="s0"),
    Segment(ANNA.id, 3, 4, {"text": "there", "region": "EU"}, id="s1"),
    Segment(DOOR.id, 5, 6, {"text": "bang", "region": "EU"}, id="s2"),
]
#: Longer than typing must pause before a text is taken.
PAUSE = 600


@pytest.fixture
def preview() -> Iterator[groundtruth.Preview]:
    annotation = Annotation(tracks=[ANNA, DOOR], segments=SEGMENTS)
    with groundtruth.preview(TASK, sample.audio(), {"annotations": msgspec.to_builtins(annotation)}) as served:
        yield served


@pytest.fixture
def editor(page: Page, preview: groundtruth.Preview) -> Editor:
    page.goto(preview.url)
    editor = Editor(page, 16_000)
    editor.wait()
    return editor


def cell(editor: Editor, row: int, label: str) -> Locator:
    return editor.table.locator(f'tr[data-segment="s{row}"]').get_by_label(label, exact=True)


def refuse(control: Locator, text: str) -> None:
    control.fill(text)
    control.press("Tab")
    expect(control).to_have_attribute("aria-invalid", "true")


def problems(editor: Editor) -> Locator:
    return editor.scope.get_by_role("list", name="Problems").get_by_role("button")


def test_what_is_refused_is_a_problem_until_it_is_mended(
    editor: Editor, page: Page, preview: groundtruth.Preview
) -> None:
    score, end = cell(editor, 0, "score"), cell(editor, 1, "End")
    refuse(score, "99")
    refuse(end, "8,x")
    expect(problems(editor)).to_have_text(
        [
            "segment 1.000 to 2.000 s: score “99”: Must lie from 0 to 10",
            "segment 3.000 to 4.000 s: End “8,x”: Write seconds, m:ss.sss or samples as 48000#",
        ]
    )
    editor.scope.get_by_label("Only problems").check()
    expect(editor.scope.get_by_label("Segments shown")).to_have_text("2 of 3")
    editor.scope.get_by_label("Only problems").uncheck()
    editor.button("Submit").click()
    reason = editor.scope.get_by_role("form", name="Reason")
    expect(reason).to_contain_text("2 problems are left")
    assert preview.annotation is None
    page.locator(".avseg-editor").focus()
    page.keyboard.press("F8")
    expect(score).to_be_focused()
    expect(score).to_have_value("99")
    page.locator(".avseg-editor").focus()
    page.keyboard.press("F8")
    expect(end).to_be_focused()
    # Escape puts back what is stored.
    page.keyboard.press("Escape")
    expect(end).to_have_value("4.000000")
    expect(problems(editor)).to_have_count(1)
    score.fill("9")
    score.press("Enter")
    expect(problems(editor)).to_have_count(0)
    editor.button("Submit").click()
    assert [segment.fields.get("score") for segment in received(preview).segments] == [9, None, None]


def test_what_is_refused_goes_with_its_segment_and_stays_through_the_other_view(editor: Editor, page: Page) -> None:
    end = cell(editor, 1, "End")
    refuse(end, "8,x")
    editor.scope.get_by_role("tab", name="Dialogue").click()
    expect(problems(editor)).to_have_count(1)
    # The dialogue has no times: going to the problem leads to the table.
    page.locator(".avseg-editor").focus()
    page.keyboard.press("F8")
    expect(end).to_be_focused()
    expect(end).to_have_value("8,x")
    expect(end).to_have_attribute("aria-invalid", "true")
    end.locator("xpath=ancestor::td").focus()
    page.keyboard.press("Delete")
    expect(editor.rows()).to_have_count(2)
    expect(problems(editor)).to_have_count(0)


def test_what_is_no_number_is_never_taken_for_no_answer(editor: Editor, page: Page) -> None:
    score = cell(editor, 0, "score")
    score.fill("5")
    score.press("Enter")
    score.press("End")
    page.keyboard.type("e")
    score.press("Tab")
    expect(problems(editor)).to_have_text(["segment 1.000 to 2.000 s: score: Must be a number"])
    for view in ("Dialogue", "Table"):
        editor.scope.get_by_role("tab", name=view).click()
    score.click()
    score.press("Tab")
    expect(problems(editor)).to_have_count(1)
    score.press("Escape")
    expect(score).to_have_value("5")
    expect(problems(editor)).to_have_count(0)


@pytest.mark.parametrize("pause", [0, PAUSE])
def test_escape_keeps_what_was_typed_whatever_the_rhythm(editor: Editor, page: Page, pause: int) -> None:
    def type_and_leave(control: Locator) -> None:
        control.press("End")
        page.keyboard.type(" first part")
        page.wait_for_timeout(pause)
        page.keyboard.type(" second part")
        page.keyboard.press("Escape")

    text = cell(editor, 0, "text")
    text.click()
    type_and_leave(text)
    expect(text.locator("xpath=ancestor::td")).to_be_focused()
    expect(text).to_have_value("hello first part second part")
    page.keyboard.press("Control+z")
    expect(text).to_have_value("hello")

    page.keyboard.press("Shift+T")
    line = editor.scope.get_by_role("list", name="Dialogue").get_by_role("textbox").nth(1)
    line.click()
    type_and_leave(line)
    expect(page.locator(".avseg-editor")).to_be_focused()
    expect(line).to_have_value("there first part second part")
    page.keyboard.press("Control+z")
    expect(line).to_have_value("there")

    summary = editor.content.get_by_label("summary")
    summary.click()
    type_and_leave(summary)
    expect(page.locator(".avseg-editor")).to_be_focused()
    expect(summary).to_have_value(" first part second part")


def test_line_breaks_become_spaces_where_a_text_is_one_line(editor: Editor, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('one\\r\\ntwo\\nthree ')")
    editor.scope.get_by_role("tab", name="Dialogue").click()
    line = editor.scope.get_by_role("list", name="Dialogue").get_by_role("textbox").first
    line.click()
    line.press("Home")
    line.press("Control+v")
    page.keyboard.type("four ")
    expect(line).to_have_value("one two three four hello")
    editor.scope.get_by_role("tab", name="Table").click()
    expect(cell(editor, 0, "text")).to_have_value("one two three four hello")


def test_line_breaks_stay_in_the_table_where_a_text_has_several(page: Page) -> None:
    task = Task(tracks={"speaker": ["Anna"]}, segment_fields=[fields.Text("text", label="Said", multiline=True)])
    annotation = Annotation(tracks=[ANNA], segments=[Segment(ANNA.id, 1, 2, {"text": "one\ntwo"}, id="s0")])
    with groundtruth.preview(task, sample.audio(), {"annotations": msgspec.to_builtins(annotation)}) as served:
        page.goto(served.url)
        editor = Editor(page, 16_000)
        editor.wait()
        said = cell(editor, 0, "Said")
        said.click()
        said.press("Control+End")
        page.keyboard.type(" three")
        said.press("Enter")
        said.press("Shift+Enter")
        page.keyboard.type("four")
        said.press("Escape")
        expect(said).to_have_value("one\ntwo three\nfour")
        expect(editor.button("Undo: edit Said")).to_be_visible()


def test_the_form_for_several_asks_and_stores_only_what_applies(
    editor: Editor, page: Page, preview: groundtruth.Preview
) -> None:
    def ask(*rows: int) -> Locator:
        page.locator(".avseg-editor").focus()
        page.keyboard.press("Escape")
        for row in rows:
            editor.table.locator(f'tr[data-segment="s{row}"] .avseg-cell-track').click(modifiers=["Control"])
        page.locator(".avseg-editor").focus()
        page.keyboard.press("F2")
        return page.get_by_role("form", name="Edit")

    form = ask(2)
    expect(form.get_by_label("emotion", exact=True)).to_have_count(0)
    expect(form.get_by_label("city", exact=True).locator("option")).to_have_text(["—", "Rome"])
    form.get_by_role("button", name="Cancel").click()

    form = ask(0, 1, 2)
    expect(form).to_have_attribute("aria-label", "Edit 3 segments")
    expect(form.get_by_label("why", exact=True)).to_have_count(0)
    form.get_by_label("emotion", exact=True).select_option("Angry")
    form.get_by_label("why", exact=True).fill("waited")
    form.get_by_label("region", exact=True).select_option("US")
    expect(form.get_by_label("city", exact=True).locator("option")).to_have_text(["—", "Austin"])
    form.get_by_label("score", exact=True).fill("99")
    form.get_by_role("button", name="Apply").click()
    # It does not go on while a number in it is refused.
    expect(form.get_by_label("score", exact=True)).to_be_focused()
    expect(form.get_by_text("Must lie from 0 to 10")).to_be_visible()
    form.get_by_label("score", exact=True).fill("7")
    form.get_by_role("button", name="Apply").click()
    expect(form).to_have_count(0)

    form = ask(0)
    form.get_by_label("emotion", exact=True).select_option("Happy")
    expect(form.get_by_label("why", exact=True)).to_have_count(0)
    form.get_by_role("button", name="Cancel").click()
    editor.button("Submit").click()
    angry = {"score": 7, "emotion": "Angry", "why": "waited", "region": "US"}
    assert [segment.fields for segment in received(preview).segments] == [
        {"text": "hello", **angry},
        {"text": "there", **angry},
        {"text": "bang", "score": 7, "region": "US"},
    ]


def test_escape_closes_the_form_for_the_reason(editor: Editor, page: Page, preview: groundtruth.Preview) -> None:
    refuse(cell(editor, 0, "score"), "99")
    editor.button("Submit").click()
    reason = editor.scope.get_by_role("form", name="Reason")
    expect(reason.get_by_role("textbox", name="Reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(reason).to_have_count(0)
    expect(editor.button("Submit")).to_be_focused()
    assert preview.annotation is None


def test_another_answer_takes_the_place_of_a_refused_one(editor: Editor, page: Page) -> None:
    score, start, end = (cell(editor, 0, label) for label in ("score", "Start", "End"))
    refuse(score, "99")
    page.locator(".avseg-editor").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("F2")
    form = editor.scope.get_by_role("form", name="Edit 3 segments")
    form.get_by_label("score").fill("7")
    form.get_by_role("button", name="Apply").click()
    expect(score).to_have_value("7")
    expect(problems(editor)).to_have_count(0)
    # What was refused is not taken by itself once it would fit.
    refuse(start, "3.5")
    end.fill("4.5")
    end.press("Tab")
    start.focus()
    start.press("Tab")
    expect(start).to_have_value("3.5")
    expect(problems(editor)).to_have_count(1)
    start.press("Escape")
    expect(start).to_have_value("1.000000")


def test_a_problem_is_gone_to_wherever_its_row_is(editor: Editor, page: Page) -> None:
    score = cell(editor, 2, "score")
    refuse(score, "77")
    editor.scope.get_by_role("searchbox", name="Filter").fill("hello")
    expect(editor.rows()).to_have_count(1)
    page.locator(".avseg-editor").focus()
    page.keyboard.press("F8")
    expect(score).to_be_focused()
    expect(editor.scope.get_by_role("status", name="Notice")).to_contain_text("The filter was cleared to show it.")
    # From a line of the dialogue, too, which has no such field; a form that asks keeps its keys.
    editor.scope.get_by_text("Dialogue", exact=True).click()
    editor.scope.get_by_role("textbox", name="text").first.focus()
    page.keyboard.press("F8")
    expect(score).to_be_focused()
    cell(editor, 0, "text").click()
    page.locator(".avseg-editor").focus()
    page.keyboard.press("F2")
    asked = editor.scope.get_by_role("form", name="Edit 1 segment").get_by_label("text")
    asked.fill("all")
    page.keyboard.press("F8")
    expect(asked).to_be_focused()
