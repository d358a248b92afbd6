"""Keys, help, palette and remapping as a person uses them: on the worker page, and beside JupyterLab's own keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from avseg_widget import Task, fields, groundtruth, sample

from .editor import Editor
from .hosts import open_notebook
from .servers import JupyterServer

TASK = Task(
    tracks={"speaker": ["Customer", "Representative"], "language": ["English", "Hindi"]},
    segment_fields=[fields.Text("text")],
)
CUSTOMER, REPRESENTATIVE = "speaker:Customer", "speaker:Representative"
RATE = 16_000
#: What JupyterLab's command mode takes: insert, delete, copy, cut, paste, undo, cell types, interrupt and restart.
COMMAND_MODE = ["a", "b", "d", "d", "x", "c", "v", "z", "m", "y", "i", "i", "0", "0", "Enter", "Shift+Enter", "ArrowUp"]


@pytest.fixture
def editor(page: Page) -> Iterator[Editor]:
    with groundtruth.preview(TASK, sample.audio()) as preview:
        page.goto(preview.url)
        editor = Editor(page, RATE)
        editor.wait()
        yield editor


def dialog(editor: Editor, name: str) -> Locator:
    return editor.scope.get_by_role("dialog", name=name)


def test_help_lists_searches_and_changes_keys(editor: Editor, page: Page) -> None:
    editor.button("Zoom in").focus()
    page.keyboard.press("?")
    help_ = dialog(editor, "Keyboard shortcuts")
    expect(help_.get_by_role("list", name="History")).to_contain_text("Ctrl+Z")
    expect(help_.get_by_role("searchbox", name="Search shortcuts")).to_be_focused()
    page.keyboard.type("zoom in")
    expect(help_.get_by_role("listitem")).to_have_count(1)

    # A keystroke that another action has is taken from it only after a yes.
    help_.get_by_role("button", name="Change keys of Zoom in").click()
    page.keyboard.press("s")
    expect(help_.get_by_role("alert")).to_contain_text("S is used by “Spectrogram”, which will lose it.")
    page.keyboard.press("Escape")
    expect(help_.get_by_role("alert")).to_have_count(0)
    help_.get_by_role("button", name="Change keys of Zoom in").click()
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    expect(help_.get_by_role("button", name="Change keys of Zoom in")).to_be_focused()

    # The focus stays inside, and goes back to where it was.
    for _ in range(9):
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    expect(help_).to_have_count(0)
    expect(editor.button("Zoom in")).to_be_focused()
    expect(editor.button("Zoom in")).to_have_attribute("title", "Zoom in (S)")
    expect(editor.button("Spectrogram")).to_have_attribute("title", "Spectrogram")
    before = editor.geometry()
    page.keyboard.press("s")
    expect(editor.canvas).not_to_have_attribute("data-end", str(before.end))

    page.keyboard.press("F1")
    # An action may go without any key.
    help_.get_by_role("button", name="Clear keys of Play or pause").click()
    expect(help_.get_by_role("button", name="Change keys of Play or pause")).to_be_focused()
    expect(help_.get_by_role("button", name="Clear keys of Play or pause")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(editor.button("Play")).to_have_attribute("title", "Play")
    editor.scope.locator(".avseg-editor").focus()
    page.keyboard.press("Space")
    expect(editor.button("Play")).to_be_visible()
    page.keyboard.press("F1")
    help_.get_by_role("button", name="Reset keys of Play or pause").click()
    help_.get_by_role("button", name="Reset keys of Zoom in").click()
    help_.get_by_role("combobox", name="Keys as in").select_option("CVAT")
    page.keyboard.press("Escape")
    expect(editor.button("Zoom in")).to_have_attribute("title", "Zoom in (+, =)")
    expect(editor.button("Begin recording")).to_have_attribute("title", "Begin recording (Shift+N)")


def test_the_palette_finds_and_starts_actions(editor: Editor, page: Page) -> None:
    editor.button("Play").focus()
    page.keyboard.press("Control+/")
    palette = dialog(editor, "Find an action")
    expect(palette.get_by_role("combobox", name="Action")).to_be_focused()
    page.keyboard.type("undo")
    expect(palette.get_by_role("option", name="Undo")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")
    expect(palette).to_be_visible()
    page.keyboard.press("Control+A")
    page.keyboard.type("skip")
    expect(palette.get_by_role("option")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(palette.get_by_role("option", selected=True)).to_contain_text("Skip to end")
    page.keyboard.press("Enter")
    expect(palette).to_have_count(0)
    expect(editor.button("Play")).to_be_focused()
    expect(editor.position()).not_to_have_text("0:00.000")


def test_numbers_assign_tags_in_one_step(editor: Editor, page: Page) -> None:
    editor.add_track("speaker", "Customer")
    editor.add_track("language", "Hindi")
    editor.draw(CUSTOMER, 2.0, 4.0)
    editor.button("Show all").focus()
    page.keyboard.press("2")
    row = editor.rows().first
    expect(row).to_contain_text("Representative")
    page.keyboard.press("Control+z")
    expect(row).to_contain_text("Customer")
    page.keyboard.press("1")
    expect(editor.scope.get_by_role("status").last).to_contain_text("The tag is Customer already.")

    # With nothing selected they choose the track to record on; in a field they are text.
    page.keyboard.press("Delete")
    page.keyboard.press("1")
    expect(editor.scope.get_by_role("checkbox", name="Record on speaker: Customer")).to_be_checked()
    expect(editor.scope.get_by_role("checkbox", name="Record on language: Hindi")).not_to_be_checked()
    page.keyboard.press("2")
    expect(editor.scope.get_by_role("checkbox", name="Record on language: Hindi")).to_be_checked()


def test_the_keys_go_on_after_what_had_the_focus_is_gone(editor: Editor, page: Page) -> None:
    said = editor.scope.get_by_role("status", name="Notice")
    editor.add_track("speaker", "Customer")
    page.keyboard.press("n")
    expect(editor.rows()).to_have_count(1)
    page.keyboard.press("Delete")
    editor.button("Add new track").click()
    page.keyboard.press("Escape")
    expect(editor.button("Add new track")).to_be_focused()
    for choice in ("Hide", "Delete track"):
        editor.button("Track options for speaker: Customer").click()
        editor.scope.get_by_role("dialog").get_by_role("button", name=choice).click()
        expect(said).to_contain_text("hidden" if choice == "Hide" else "deleted")
        expect(editor.scope.get_by_role("region", name="Segmentation editor")).to_be_focused()
        if choice == "Hide":
            editor.button("Show 1 hidden track").click()
            expect(editor.scope.get_by_role("region", name="Segmentation editor")).to_be_focused()


def test_lines_of_a_table_are_pasted_onto_the_selected_track(editor: Editor, page: Page) -> None:
    editor.add_track("speaker", "Customer")
    editor.add_track("language", "Hindi")
    editor.scope.get_by_role("checkbox", name="Record on language: Hindi").check()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('1,5\\t0:02.5\\n')")
    editor.scope.get_by_role("region", name="Segmentation editor").focus()
    page.keyboard.press("Control+v")
    expect(editor.rows()).to_have_count(1)
    expect(editor.rows().first).to_contain_text("Hindi")


SETUP = """\
from avseg_widget import Segmenter, Task, fields, sample
task = Task(tracks={"speaker": ["Customer", "Representative"]}, segment_fields=[fields.Text("text")])
w = Segmenter(sample.audio(), task, keymap={"preset": "cvat", "zoom-in": "Z", "fly": "Y"})"""


def assert_saves(page: Page) -> None:
    """Press Ctrl+S; return when JupyterLab saved the notebook by that."""
    page.evaluate("""() => {
      window.saved = false;
      const { commands } = window.jupyterapp;
      const heard = (_, { id }) => { if (id === "docmanager:save") window.saved = true; };
      commands.commandExecuted.connect(heard);
    }""")
    page.keyboard.press("Control+s")
    page.wait_for_function("window.saved")


def test_keys_beside_jupyterlab(page: Page, lab: JupyterServer) -> None:
    opened = open_notebook(page, lab, "keyboard", [SETUP, "w", "1 + 1"], "[w.keymap, list(w.messages)]")
    editor = Editor(page, RATE)
    editor.wait()
    cells = "() => jupyterapp.shell.currentWidget.content.widgets.map(({ model }) => [model.type, model.id])"
    before = page.evaluate(cells)

    # In another cell, and in command mode, keys do nothing in the editor.
    page.locator(".jp-Cell").last.locator(".cm-content").click()
    page.keyboard.type("z ")
    page.keyboard.press("Escape")
    shown = editor.geometry()
    for key in ("f", "Space", "Shift+N"):
        page.keyboard.press(key)
    expect(editor.button("Play")).to_be_visible()
    expect(editor.button("Begin recording")).to_be_visible()

    # In the editor, bare keys never reach the notebook; what it has no use for is the notebook's.
    editor.button("Zoom out").focus()
    page.keyboard.press("z")
    assert editor.geometry().end < shown.end
    editor.scope.locator(".avseg-editor").focus()
    for key in COMMAND_MODE:
        page.keyboard.press(key)
    assert_saves(page)
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.evaluate(cells) == before

    # So in a field, where they are text.
    editor.add_track("speaker", "Customer")
    editor.draw(CUSTOMER, 1.0, 2.0)
    text = editor.rows().first.get_by_label("text")
    text.click()
    page.keyboard.type("abddxz?1 ")
    page.keyboard.press("Control+Backspace")
    page.keyboard.press("Control+a")
    assert_saves(page)
    expect(text).to_be_focused()
    assert page.evaluate(cells) == before
    expect(editor.rows()).to_have_count(1)

    # What is changed here is in Python, and so can be kept.
    keymap, messages = opened.read()
    assert keymap == {"preset": "cvat", "zoom-in": ["Z"], "fly": ["Y"]}
    assert any("“fly”" in message for message in messages)
    editor.button("Keyboard shortcuts").click()
    help_ = dialog(editor, "Keyboard shortcuts")
    help_.get_by_role("searchbox").fill("zoom out")
    help_.get_by_role("button", name="Change keys of Zoom out").click()
    page.keyboard.press("Control+Shift+o")
    page.keyboard.press("Escape")
    opened.wait_until(lambda value: value[0].get("zoom-out") == ["Ctrl+Shift+O"])
    assert opened.kernel
    opened.kernel.run("w.keymap = 'elan'")
    expect(editor.button("Zoom out")).to_have_attribute("title", "Zoom out (Ctrl+−)")
