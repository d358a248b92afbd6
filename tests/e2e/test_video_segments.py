"""Segments of a video: edges snap to the presentation times of its frames and are nudged from frame to frame."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from avseg_widget import Task, groundtruth, sample

from .editor import Editor, Geometry
from .hosts import received
from .test_playing import frame_times

TASK = Task(tracks={"gait": ["walk"]})
WALK = "gait:walk"
RATE = 44_100
FRAMES = frame_times(sample.video())


@pytest.fixture
def preview() -> Iterator[groundtruth.Preview]:
    with groundtruth.preview(TASK, sample.video()) as served:
        yield served


@pytest.fixture
def editor(page: Page, preview: groundtruth.Preview) -> Editor:
    """Open the video with snapping on, and frames so far apart that a press can lie near one or between two."""
    page.goto(preview.url)
    editor = Editor(page, RATE)
    editor.wait()
    editor.add_track("gait", "walk")
    editor.button("Snap").click()
    while (place := editor.geometry()).width * (FRAMES[1] - FRAMES[0]) < 40 * (place.end - place.start):
        editor.button("Zoom in").click()
        expect(editor.canvas).not_to_have_attribute("data-end", str(place.end))
    return editor


def drag(editor: Editor, xs: tuple[float, float], key: str | None = None) -> None:
    y = editor.geometry().middle_of(WALK)
    editor.page.mouse.move(xs[0], y)
    if key:
        editor.page.keyboard.down(key)
    editor.page.mouse.down()
    editor.page.mouse.move(sum(xs) / 2, y)
    editor.page.mouse.move(xs[1], y)
    editor.page.mouse.up()
    if key:
        editor.page.keyboard.up(key)


def in_sight(place: Geometry) -> list[int]:
    """Return the numbers of the frames that begin well inside the window."""
    return [number for number, time in enumerate(FRAMES) if place.start + 0.01 < time < place.end - 0.01]


def submitted(editor: Editor, preview: groundtruth.Preview) -> tuple[float, float]:
    """Return the exact times of the only segment, as the answer holds them."""
    with editor.page.expect_response("**/answer"):
        editor.button("Submit").click()
    [segment] = received(preview).segments
    return segment.start, segment.end


def exactly(*times: float) -> object:
    return pytest.approx(times, abs=1e-9, rel=0)


def test_edges_are_drawn_to_frames_unless_alt_is_held(editor: Editor, preview: groundtruth.Preview) -> None:
    place = editor.geometry()
    first, last = in_sight(place)[2], in_sight(place)[6]
    drag(editor, (place.x_at(FRAMES[first]) + 5, place.x_at(FRAMES[last]) - 5))
    assert submitted(editor, preview) == exactly(FRAMES[first], FRAMES[last])

    # Its end is taken away from the frame it lies on, which draws it back unless Alt is held.
    end = place.x_at(FRAMES[last])
    drag(editor, (end, end + 5))
    assert submitted(editor, preview) == exactly(FRAMES[first], FRAMES[last])
    drag(editor, (end, end + 5), "Alt")
    assert FRAMES[last] + 0.001 < submitted(editor, preview)[1] < FRAMES[last + 1] - 0.001


def test_an_edge_is_nudged_from_frame_to_frame(editor: Editor, page: Page, preview: groundtruth.Preview) -> None:
    place = editor.geometry()
    first, last = in_sight(place)[2], in_sight(place)[5]
    # Both edges lie between two frames at first.
    xs = [place.x_at((FRAMES[number] + FRAMES[number + 1]) / 2) for number in (first, last)]
    drag(editor, (xs[0], xs[1]), "Alt")
    expect(editor.button("Undo: draw segment")).to_be_visible()
    page.keyboard.press("Alt+Shift+Y")
    page.keyboard.press("Alt+Shift+O")
    assert submitted(editor, preview) == exactly(FRAMES[first], FRAMES[last + 1])
    page.keyboard.press("Alt+Shift+O")
    page.keyboard.press("Alt+Shift+O")
    page.keyboard.press("Alt+Shift+I")
    page.keyboard.press("Alt+Shift+U")
    assert submitted(editor, preview) == exactly(FRAMES[first + 1], FRAMES[last + 2])
