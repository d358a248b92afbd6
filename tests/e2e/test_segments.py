"""Work on segments through its controls, on the worker page: gestures, selection, snapping, rules, the clipboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from avseg_widget import Task, fields, groundtruth, sample

from .editor import Editor, on_grid

CUSTOMER, AGENT, HINDI = "speaker:Customer", "speaker:Agent", "language:Hindi"
TASK = Task(
    tracks={"speaker": ["Customer", "Agent"], "language": ["Hindi"]},
    segment_fields=[fields.Text("text"), fields.Select("emotion", ["Happy", "Sad"])],
    overlap={"speaker": "forbid", "language": "trim"},
)
RATE = 16_000


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with groundtruth.preview(TASK, sample.audio()) as preview:
        yield preview.url


@pytest.fixture
def editor(page: Page, address: str) -> Editor:
    page.goto(address)
    editor = Editor(page, RATE)
    editor.wait()
    for category, tag in (("speaker", "Customer"), ("speaker", "Agent"), ("language", "Hindi")):
        editor.add_track(category, tag)
    return editor


def press(editor: Editor, *keys: str) -> None:
    """Press keys with the focus on the editor itself."""
    editor.page.locator(".avseg-editor").focus()
    for key in keys:
        editor.page.keyboard.press(key)


def click(editor: Editor, track: str, time: float, modifier: str | None = None) -> None:
    place, keyboard = editor.geometry(), editor.page.keyboard
    if modifier:
        keyboard.down(modifier)
    editor.page.mouse.click(place.x_at(time), place.middle_of(track))
    if modifier:
        keyboard.up(modifier)


def pull(editor: Editor, start: tuple[str, float], end: tuple[str, float], modifier: str | None = None) -> None:
    """Drag from a time on a track to a time on another with a key held."""
    place, mouse, keyboard = editor.geometry(), editor.page.mouse, editor.page.keyboard
    mouse.move(place.x_at(start[1]), place.middle_of(start[0]))
    if modifier:
        keyboard.down(modifier)
    mouse.down()
    mouse.move(place.x_at((start[1] + end[1]) / 2), place.middle_of(end[0]))
    mouse.move(place.x_at(end[1]), place.middle_of(end[0]))
    mouse.up()
    if modifier:
        keyboard.up(modifier)


def tracks_shown(editor: Editor) -> list[str]:
    return [str(row.locator(".avseg-cell-track").get_attribute("title")) for row in editor.rows().all()]


def seek(editor: Editor, time: float) -> float:
    """Put the playhead near a time by a click on the ruler; return where it is, to 2 ms."""
    place = editor.geometry()
    x = place.x_at(time)
    ruler = editor.page.locator(".avseg-ruler").bounding_box()
    assert ruler
    editor.page.mouse.click(x, ruler["y"] + 10)
    return on_grid(place.time_at(x), RATE)


def notice(editor: Editor, text: str) -> None:
    expect(editor.page.locator(".avseg-status [role=status]")).to_have_text(text)


def test_selected_segments_move_together_between_tracks_as_one_step(editor: Editor) -> None:
    one, two = editor.draw(CUSTOMER, 2, 4), editor.draw(CUSTOMER, 5, 7)
    click(editor, CUSTOMER, 3)
    expect(editor.button("Pause")).to_be_visible()
    press(editor, "Space")
    click(editor, CUSTOMER, 6, "Shift")
    notice(editor, "2 segments selected.")
    expect(editor.button("Play")).to_be_visible()
    pull(editor, (CUSTOMER, 3), (AGENT, 3))
    assert tracks_shown(editor) == ["speaker: Agent"] * 2
    assert editor.times_shown() == [pytest.approx(one, abs=6e-7), pytest.approx(two, abs=6e-7)]
    editor.button("Undo: move 2 segments").click()
    assert tracks_shown(editor) == ["speaker: Customer"] * 2
    # One less in the table, and the rubber band over both tracks.
    editor.row(two[0]).locator(".avseg-cell-track").click(modifiers=["Control"])
    notice(editor, "1 segment selected.")
    pull(editor, (AGENT, 9), (CUSTOMER, 1), "Shift")
    notice(editor, "2 segments selected.")
    editor.button("Delete segment").click()
    expect(editor.rows()).to_have_count(0)
    editor.button("Undo: delete 2 segments").click()
    expect(editor.rows()).to_have_count(2)


def test_a_shared_boundary_moves_for_both(editor: Editor) -> None:
    start, end = editor.draw(CUSTOMER, 2, 8)
    seek(editor, 5)
    press(editor, "x")
    (first, middle), (second, last) = editor.times_shown()
    assert (first, middle, second, last) == pytest.approx((start, second, middle, end), abs=6e-7)
    pull(editor, (CUSTOMER, middle), (CUSTOMER, 6), "Shift")
    (_, boundary), (again, _) = editor.times_shown()
    assert boundary == again == pytest.approx(6, abs=0.1)
    editor.button("Undo: move shared boundary").click()
    assert editor.times_shown()[0][1] == pytest.approx(middle, abs=6e-7)


def test_extend_split_merge_duplicate_and_edit_several(editor: Editor) -> None:
    page = editor.page
    first = editor.draw(CUSTOMER, 2, 4)
    editor.row(first[0]).get_by_label("text").fill("one")
    page.get_by_label("Record on speaker: Customer").check()
    page.get_by_label("Record on language: Hindi").uncheck()
    playhead = seek(editor, 6)
    editor.button("Extend to playhead").click()
    assert editor.times_shown()[1] == pytest.approx((first[1], playhead), abs=2e-3)
    editor.row(first[1]).get_by_label("text").fill("two")
    press(editor, "Shift+a")
    editor.button("Duplicate to track").click()
    page.get_by_role("dialog").get_by_role("button", name="speaker: Agent").click()
    expect(editor.rows()).to_have_count(4)

    # Two segments lie under the playhead, neither is selected: it asks which.
    seek(editor, 3)
    press(editor, "Escape", "x")
    ask = page.get_by_role("dialog", name="Split which segment?")
    expect(ask.get_by_role("button")).to_have_count(4)
    ask.get_by_role("button", name="speaker: Agent").click()
    expect(editor.rows()).to_have_count(5)
    expect(editor.button("Undo: split segment")).to_be_visible()

    press(editor, "Control+a")
    editor.button("Merge segments").click()
    notice(editor, "Not merged: the segments are not on one track.")
    press(editor, "Escape")
    click(editor, CUSTOMER, 5)
    press(editor, "Space", "Shift+a")
    editor.button("Edit selected segments").click()
    form = page.get_by_role("form", name="Edit")
    form.get_by_role("combobox").select_option("Sad")
    form.get_by_role("button", name="Apply").click()
    editor.button("Merge segments").click()
    merged = editor.rows().filter(has=page.get_by_title("speaker: Customer"))
    expect(merged).to_have_count(1)
    expect(merged.get_by_label("text")).to_have_value("one two")
    expect(merged.get_by_label("emotion")).to_have_value("Sad")


def test_edges_are_nudged_by_one_sample_and_by_milliseconds(editor: Editor) -> None:
    start, end = editor.draw(CUSTOMER, 2, 4)
    press(editor, "Alt+Shift+u", "Shift+i", "Alt+o")
    assert editor.times_shown() == [pytest.approx((start + 1 / RATE, end - 0.099), abs=2e-6)]
    editor.button("Undo: nudge end of segment").click()
    assert editor.times_shown()[0][1] == pytest.approx(end - 0.1, abs=2e-6)


def test_snapping_draws_to_edges_unless_alt_is_held(editor: Editor) -> None:
    first = editor.draw(CUSTOMER, 2, 4)
    near_end = first[1] + 4 * (editor.geometry().end / editor.geometry().width)
    editor.button("Snap").click()
    expect(editor.button("Snap")).to_have_attribute("aria-pressed", "true")
    pull(editor, (AGENT, 8), (AGENT, near_end))
    assert editor.times_shown()[1][0] == pytest.approx(first[1], abs=6e-7)
    editor.button("Undo: draw segment").click()
    pull(editor, (AGENT, 8), (AGENT, near_end), "Alt")
    assert editor.times_shown()[1][0] == pytest.approx(near_end, abs=0.05)
    assert editor.times_shown()[1][0] != pytest.approx(first[1], abs=0.01)


def test_forbidden_overlaps_are_problems_and_trimmed_ones_are_cut(editor: Editor) -> None:
    editor.draw(CUSTOMER, 2, 4)
    editor.draw(CUSTOMER, 6, 8)
    pull(editor, (CUSTOMER, 7), (CUSTOMER, 4.5))
    problem = editor.page.get_by_role("list", name="Problems").get_by_role("button")
    expect(problem).to_contain_text("overlaps the segment before it on speaker: Customer")
    notice(editor, "")  # not any more that a segment was added
    starts = editor.table.get_by_label("Start", exact=True)
    expect(starts.nth(1)).to_have_attribute("aria-invalid", "true")
    expect(starts.nth(0)).not_to_have_attribute("aria-invalid", "true")
    editor.button("Undo: move segment").click()
    expect(problem).to_have_count(0)
    expect(starts.nth(1)).not_to_have_attribute("aria-invalid", "true")
    editor.draw(AGENT, 3, 5)
    pull(editor, (AGENT, 4.5), (CUSTOMER, 4.5))
    expect(starts.nth(1)).to_have_attribute("aria-invalid", "true")
    editor.button("Undo: move segment").click()
    expect(starts.nth(1)).not_to_have_attribute("aria-invalid", "true")
    editor.button("Undo: draw segment").click()
    hindi = editor.draw(HINDI, 2, 4)
    editor.drag(HINDI, 6, 3)
    cut = editor.times_shown()[2]
    assert cut[0] == pytest.approx(hindi[1], abs=6e-7)
    assert cut[1] == pytest.approx(6, abs=0.1)


def test_the_window_follows_a_drag_beyond_its_side(editor: Editor) -> None:
    for _ in range(3):
        editor.button("Zoom in").click()
    place, mouse = editor.geometry(), editor.page.mouse
    mouse.move(place.x_at((place.start + place.end) / 2), place.middle_of(CUSTOMER))
    mouse.down()
    mouse.move(place.left + place.width - 5, place.middle_of(CUSTOMER))
    mouse.move(place.left + place.width + 60, place.middle_of(CUSTOMER))
    editor.page.wait_for_function(
        "([canvas, end]) => Number(canvas.dataset.start) > end", arg=[editor.canvas.element_handle(), place.end]
    )
    mouse.up()
    assert editor.times_shown()[0][1] == pytest.approx(editor.geometry().end, abs=0.2)
    assert editor.times_shown()[0][1] > place.end


def test_segments_are_copied_as_text_and_pasted(editor: Editor) -> None:
    page = editor.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    first = editor.draw(CUSTOMER, 2, 4)
    editor.row(first[0]).get_by_label("text").fill("said\tso")
    press(editor, "Control+a", "Control+c")
    notice(editor, "1 segment copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[1].split("\t")[2:] == ["speaker", "Customer", '{"text":"said\\tso"}']
    playhead = seek(editor, 6)
    press(editor, "Control+v")
    notice(editor, "1 segment pasted.")
    assert editor.times_shown()[1][0] == pytest.approx(playhead, abs=2e-3)
    press(editor, "Control+a", "Control+x")
    expect(editor.rows()).to_have_count(0)
    press(editor, "Control+Shift+V")
    expect(editor.rows()).to_have_count(2)
    assert editor.times_shown()[0] == pytest.approx(first, abs=6e-7)
    # In a text the keys are the text's own.
    editor.row(first[0]).get_by_label("text").press("Control+v")
    expect(editor.rows()).to_have_count(2)
