"""Forms in the editor: questions that come and go, options that hang on others, problems, and being done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from avseg_widget import Task, fields, groundtruth, sample
from avseg_widget.groundtruth.preview import Preview

from .editor import Editor
from .hosts import open_notebook, received
from .servers import JupyterServer

CUSTOMER, DOOR = "speaker:Customer", "sound:Door"
RATE = 16_000
TASK = Task(
    tracks={"speaker": ["Customer"], "sound": ["Door"]},
    segment_fields=[
        fields.Text("text", label="Text", required=True, categories=["speaker"]),
        fields.Select("place", ["street", "house"], label="Place", categories=["sound"]),
        fields.Select(
            "what",
            ["car", "dog", "door"],
            label="What",
            categories=["sound"],
            depends_on="place",
            options_for={"street": ["car", "dog"], "house": ["dog", "door"]},
        ),
    ],
    content_fields=[
        fields.Radio("kind", ["call", "visit"], label="Kind"),
        fields.Text("number", label="Number", required=True, pattern="[A-Z]{2}-\\d+", visible_if={"kind": ["call"]}),
        fields.MultiSelect(
            "topics", ["price", "repair"], label="Topics", required=True, visible_if={"kind": ["visit"]}
        ),
    ],
)


@pytest.fixture
def preview(page: Page) -> Iterator[Preview]:
    with groundtruth.preview(TASK, sample.audio()) as served:
        page.goto(served.url)
        yield served
        page.close()


@pytest.fixture
def editor(page: Page, preview: Preview) -> Editor:
    made = Editor(page, RATE)
    made.wait()
    return made


def problems(editor: Editor) -> list[str]:
    return editor.scope.get_by_role("list", name="Problems").get_by_role("button").all_inner_texts()


def said(editor: Editor) -> Locator:
    """Return the line in which the editor says what it did; the page has another one."""
    return editor.scope.get_by_role("region", name="Segmentation editor").get_by_role("status", name="Notice")


def test_a_question_is_asked_and_required_only_when_its_condition_holds(editor: Editor, preview: Preview) -> None:
    number = editor.content.get_by_label("Number")
    expect(editor.content.get_by_role("radio", name="call")).to_be_visible()
    expect(number).to_have_count(0)
    assert problems(editor) == []
    editor.content.get_by_role("radio", name="call").check()
    expect(number).to_have_attribute("aria-required", "true")
    assert problems(editor) == ["Number is required"]

    number.fill("ab-1")
    expect(editor.content.get_by_text("Number does not have the form asked for")).to_be_visible()
    expect(number).to_have_attribute("aria-invalid", "true")
    assert problems(editor) == ["Number does not have the form asked for"]
    number.fill("AB-1")
    expect(editor.scope.get_by_role("list", name="Problems")).to_have_count(0)
    expect(number).not_to_have_attribute("aria-invalid", "true")

    editor.content.get_by_role("radio", name="visit").check()
    expect(number).to_have_count(0)
    assert problems(editor) == ["Topics is required"]
    editor.content.get_by_role("radio", name="call").check()
    expect(number).to_have_value("AB-1")

    editor.button("Submit").click()
    expect(said(editor)).to_have_text("Submitted.")
    annotation = received(preview)
    assert annotation.content == {"kind": "call", "number": "AB-1"}
    assert annotation.completion.done
    assert annotation.completion.reason == ""


def test_questions_follow_the_category_and_options_the_other_answer(editor: Editor) -> None:
    editor.add_track("speaker", "Customer")
    editor.add_track("sound", "Door")
    spoken, _ = editor.draw(CUSTOMER, 0.5, 1.0)
    heard, _ = editor.draw(DOOR, 1.5, 2.0)
    speech, sound = editor.row(spoken), editor.row(heard)
    expect(speech.get_by_label("Text", exact=True)).to_be_visible()
    expect(speech.get_by_label("Place", exact=True)).to_have_count(0)
    expect(sound.get_by_label("Text", exact=True)).to_have_count(0)

    what = sound.get_by_label("What", exact=True)
    expect(what.locator("option")).to_have_text(["—", "car", "dog", "door"])
    sound.get_by_label("Place", exact=True).select_option("street")
    expect(what.locator("option")).to_have_text(["—", "car", "dog"])
    what.select_option("car")
    sound.get_by_label("Place", exact=True).select_option("house")
    # What was chosen stays in sight, as a problem, until something that fits is chosen.
    expect(what).to_have_value("car")
    expect(sound.get_by_text("What: car does not fit house")).to_be_visible()
    what.select_option("door")
    expect(what.locator("option")).to_have_text(["—", "dog", "door"])
    expect(sound.get_by_text("does not fit")).to_have_count(0)


def test_each_problem_leads_to_its_control(editor: Editor) -> None:
    editor.add_track("speaker", "Customer")
    spoken, _ = editor.draw(CUSTOMER, 0.5, 1.0)
    later, _ = editor.draw(CUSTOMER, 1.5, 2.0)
    editor.row(spoken).get_by_label("Text", exact=True).fill("hello")
    editor.content.get_by_role("radio", name="visit").check()
    listed = editor.scope.get_by_role("list", name="Problems").get_by_role("button")
    expect(listed).to_have_count(2)
    listed.filter(has_text="Text is required").click()
    expect(editor.row(later).get_by_label("Text", exact=True)).to_be_focused()
    listed.filter(has_text="Topics is required").click()
    expect(editor.content.get_by_role("button", name="Topics")).to_be_focused()
    editor.content.get_by_role("radio", name="call").check()
    listed.filter(has_text="Number is required").click()
    expect(editor.content.get_by_label("Number")).to_be_focused()


def test_the_key_for_problems_goes_through_all_of_them(editor: Editor, page: Page) -> None:
    editor.add_track("speaker", "Customer")
    starts = [editor.draw(CUSTOMER, at, at + 0.4)[0] for at in (0.5, 1.5, 2.5)]
    editor.button("Show all").focus()
    for start in starts:
        page.keyboard.press("F8")
        expect(editor.row(start).get_by_label("Text", exact=True)).to_be_focused()
    page.keyboard.press("Shift+F8")
    expect(editor.row(starts[1]).get_by_label("Text", exact=True)).to_be_focused()


def test_handing_in_with_problems_asks_for_a_reason(editor: Editor, preview: Preview) -> None:
    editor.content.get_by_role("radio", name="call").check()
    editor.button("Submit").click()
    reason = editor.scope.get_by_role("form", name="Reason")
    send = reason.get_by_role("button", name="Submit with this reason")
    expect(send).to_be_disabled()
    expect(reason.get_by_role("textbox", name="Reason")).to_be_focused()
    reason.get_by_role("textbox", name="Reason").fill("  ")
    expect(send).to_be_disabled()
    reason.get_by_role("button", name="Cancel").click()
    expect(reason).to_have_count(0)
    expect(editor.button("Submit")).to_be_focused()
    assert preview.annotation is None

    editor.button("Submit").click()
    reason.get_by_role("textbox", name="Reason").fill(" nobody said the number <b>")
    send.click()
    expect(said(editor)).to_have_text("Submitted.")
    annotation = received(preview)
    assert annotation.content == {"kind": "call"}
    assert annotation.completion.done
    assert annotation.completion.reason == "nobody said the number <b>"


def test_handing_in_right_after_typing_takes_what_was_typed(editor: Editor, preview: Preview) -> None:
    """The list of problems above the button goes when the last answer is taken, and the button moves."""
    editor.content.get_by_role("radio", name="call").check()
    editor.content.get_by_label("Number").fill("AB-1")
    editor.button("Submit").click(delay=60)
    expect(said(editor)).to_have_text("Submitted.")
    annotation = received(preview)
    assert annotation.content == {"kind": "call", "number": "AB-1"}


@pytest.mark.parametrize("is_let_go_there", [True, False])
def test_a_press_counts_where_the_button_was_when_typing_comes_to_rest_meanwhile(
    page: Page, editor: Editor, preview: Preview, is_let_go_there: bool
) -> None:
    editor.content.get_by_role("radio", name="call").check()
    number = editor.content.get_by_label("Number")
    number.fill("AB-1")
    problems = editor.scope.get_by_role("list", name="Problems")
    expect(problems).to_have_count(0)
    number.fill("")
    number.blur()
    expect(problems).to_be_visible()
    button = editor.button("Submit")
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 2)
    number.press_sequentially("AB-2")
    page.mouse.down()
    expect(problems).to_have_count(0)
    after = button.bounding_box()
    assert after is not None
    assert after["y"] + after["height"] < box["y"] + box["height"] - 2
    if not is_let_go_there:
        page.mouse.move(box["x"] + box["width"] + 60, box["y"] + box["height"] + 60)
    page.mouse.up()
    if is_let_go_there:
        expect(said(editor)).to_have_text("Submitted.")
        assert received(preview).content == {"kind": "call", "number": "AB-2"}
    else:
        editor.content.get_by_label("Number").fill("AB-3")
        expect(button).to_be_visible()
        assert preview.annotation is None


def test_in_a_notebook_an_edit_opens_again_what_was_done(page: Page, lab: JupyterServer) -> None:
    setup = """\
from avseg_widget import Segmenter, Task, fields, sample
w = Segmenter(sample.audio(), Task(content_fields=[fields.Text("notes", required=True), fields.Rating("rate")]))"""
    opened = open_notebook(page, lab, "forms", [setup, "w"])
    editor = Editor(page, RATE)
    notes = editor.content.get_by_label("notes")
    editor.button("Mark as done").click()
    reason = editor.scope.get_by_role("form", name="Reason")
    expect(reason.get_by_role("button", name="Mark as done with this reason")).to_be_disabled()
    reason.get_by_role("button", name="Cancel").click()

    notes.fill("fine")
    editor.button("Mark as done").click()
    expect(editor.scope.get_by_text("Marked as done.", exact=True).first).to_be_visible()
    opened.wait_until(lambda value: value["completion"] == {"done": True, "reason": ""})
    notes.fill("fine, and more")
    expect(editor.button("Mark as done")).to_be_visible()
    held = opened.wait_until(lambda value: value["content"] == {"notes": "fine, and more"})
    assert held["completion"] == {"done": False, "reason": ""}

    editor.button("Mark as done").click()
    opened.wait_until(lambda value: value["completion"]["done"])
    assert opened.kernel
    opened.kernel.run("w.content = {'notes': 'from Python'}")
    expect(notes).to_have_value("from Python")
    expect(editor.button("Mark as done")).to_be_visible()
    assert opened.read()["completion"] == {"done": False, "reason": ""}
