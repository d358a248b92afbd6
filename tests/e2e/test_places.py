"""Going to places, windows and tracks by keys, adding a segment where the playhead is, and edges at zero crossings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from avseg_widget import groundtruth, sample

from .editor import Editor
from .test_segments import CUSTOMER, RATE, TASK, notice, press, seek

LENGTH = soundfile.info(sample.audio()).duration


@pytest.fixture
def editor(page: Page) -> Iterator[Editor]:
    with groundtruth.preview(TASK, sample.audio()) as preview:
        page.goto(preview.url)
        editor = Editor(page, RATE)
        editor.wait()
        editor.add_track("speaker", "Customer")
        editor.add_track("speaker", "Agent")
        editor.scope.get_by_role("checkbox", name="Record on speaker: Agent").uncheck()
        yield editor


def at(editor: Editor, time: float) -> None:
    expect(editor.position()).to_have_text(f"0:{time:06.3f}")


def window(editor: Editor) -> tuple[float, float]:
    place = editor.geometry()
    return place.start, place.end


def test_goes_to_the_edges_of_what_is_selected_and_by_seconds(editor: Editor) -> None:
    start, end = editor.draw(CUSTOMER, 5, 8)
    press(editor, "j")
    at(editor, start)
    press(editor, "k")
    at(editor, end)
    press(editor, "Shift+ArrowLeft", "Shift+ArrowLeft")
    at(editor, end - 2)
    press(editor, "Shift+ArrowRight")
    at(editor, end - 1)
    press(editor, "Escape", "j")
    notice(editor, "Go to the start of the selected segment: not possible now.")


def test_zooms_to_what_is_selected_turns_pages_and_comes_back(editor: Editor) -> None:
    start, end = editor.draw(CUSTOMER, 10, 12)
    room = (end - start) * 0.05
    press(editor, "z")
    assert window(editor) == pytest.approx((start - room, end + room))
    span = end - start + 2 * room
    press(editor, "Shift+PageDown")
    assert window(editor) == pytest.approx((start - room + 0.9 * span, end + room + 0.9 * span))
    press(editor, "Shift+PageUp")
    press(editor, "+")
    assert window(editor)[1] - window(editor)[0] == pytest.approx(span / 2)
    press(editor, "Shift+Z")
    assert window(editor) == pytest.approx((start - room, end + room))
    press(editor, "Shift+Z")
    assert window(editor) == pytest.approx((0, LENGTH))
    press(editor, "Shift+Z")
    notice(editor, "Zoom back: not possible now.")


def test_adds_segments_on_the_track_that_keys_choose(editor: Editor) -> None:
    press(editor, "n")
    notice(editor, "Add or select a track first.")
    press(editor, "Alt+ArrowDown", "Alt+ArrowDown")
    notice(editor, "Track speaker: Agent selected to record on.")
    expect(editor.scope.get_by_role("checkbox", name="Record on speaker: Agent")).to_be_checked()
    first = seek(editor, 6)
    press(editor, "n")
    expect(editor.button("Undo: add segment")).to_be_visible()
    # The second one ends where the first begins.
    second = seek(editor, first - 0.6)
    press(editor, "n")
    expect(editor.rows()).to_have_count(2)
    assert editor.times_shown() == [
        pytest.approx((second, first), abs=6e-7),
        pytest.approx((first, first + 1), abs=6e-7),
    ]
    assert editor.row(first).locator(".avseg-cell-track").get_attribute("title") == "speaker: Agent"
    press(editor, "Alt+ArrowUp", "Alt+ArrowUp")
    notice(editor, "This is the first track.")


def test_moves_edges_to_zero_crossings(editor: Editor, page: Page) -> None:
    sound, rate = soundfile.read(sample.audio(), dtype="int16")
    assert rate == RATE
    negative = sound < 0
    crossings = np.flatnonzero(negative[1:] != negative[:-1])

    def assert_crossing(time: float, before: float) -> None:
        """Assert that a time is that of one of the two samples at the crossing nearest to where it was before."""
        place = round(time * RATE)
        assert place == pytest.approx(time * RATE, abs=0.02)
        nearest = np.abs(crossings + 0.5 - before * RATE).min()
        assert min(abs(place - crossings)) <= 1
        assert abs(place - before * RATE) <= nearest + 0.5

    start, end = editor.draw(CUSTOMER, 5.3, 7.7)
    press(editor, "Shift+J")
    expect(editor.button("Undo: move start of segment to a zero crossing")).to_be_visible()
    press(editor, "Shift+K")
    expect(editor.button("Undo: move end of segment to a zero crossing")).to_be_visible()
    [(moved_start, moved_end)] = editor.times_shown()
    assert_crossing(moved_start, start)
    assert_crossing(moved_end, end)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert editor.times_shown() == [pytest.approx((start, end), abs=6e-7)]
