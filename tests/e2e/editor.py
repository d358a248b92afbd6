"""The editor in a page, used as a person does: controls by their names, tracks by the mouse. Knows no host."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from playwright.sync_api import Locator, Page


@dataclass(frozen=True)
class Geometry:
    """What the canvas of the tracks says of itself: the window in seconds, its box and its rows in CSS px."""

    start: float
    end: float
    left: float
    top: float
    width: float
    rows: dict[str, tuple[float, float]]

    def time_at(self, x: float) -> float:
        """Return the time in seconds at a page's x."""
        return self.start + ((x - self.left) / self.width) * (self.end - self.start)

    def x_at(self, time: float) -> int:
        """Return the page's whole x nearest to a time."""
        return round(self.left + (time - self.start) / (self.end - self.start) * self.width)

    def middle_of(self, track: str) -> int:
        """Return the page's y in the middle of a track."""
        top, height = self.rows[track]
        return round(self.top + top + height / 2)


def on_grid(time: float, rate: int) -> float:
    """Return the time of the sample nearest to a time in seconds, halves upwards as in a browser; itself at rate 0."""
    if rate == 0:
        return time
    return math.floor(time * rate + 0.5) / rate


class Editor:
    """One editor of a page; times are seconds, and what a gesture returns is what it must have made."""

    def __init__(self, page: Page, rate: int, scope: Locator | None = None) -> None:
        self.page = page
        self.rate = rate
        self.scope = scope or page.locator("body")
        self.canvas = self.scope.locator('canvas[data-avseg="tracks"]')
        self.table = self.scope.get_by_role("table", name="Segments")
        self.content = self.scope.get_by_role("form", name="Content")

    def button(self, name: str) -> Locator:
        return self.scope.get_by_role("button", name=name, exact=True)

    def wait(self) -> None:
        """Return when the editor is there."""
        self.button("Add new track").wait_for()

    # Tracks and the mouse.

    def add_track(self, category: str, tag: str) -> None:
        self.button("Add new track").click()
        self.scope.get_by_role("combobox", name="Category").select_option(category)
        self.scope.get_by_role("combobox", name="Tag").select_option(tag)
        self.button("Add").click()

    def geometry(self) -> Geometry:
        self.canvas.scroll_into_view_if_needed()
        found = self.canvas.evaluate("(canvas) => ({ ...canvas.dataset })")
        box = self.canvas.bounding_box()  # of the page, where a frame lies between
        assert box
        rows = {track: (top, height) for track, top, height in json.loads(found["rows"])}
        return Geometry(float(found["start"]), float(found["end"]), box["x"], box["y"], box["width"], rows)

    def drag(self, track: str, start: float, end: float) -> tuple[float, float]:
        """Drag on a track from one time to another; return the exact times at the pixels that were taken."""
        place = self.geometry()
        y, xs = place.middle_of(track), (place.x_at(start), place.x_at(end))
        self.page.mouse.move(xs[0], y)
        self.page.mouse.down()
        self.page.mouse.move((xs[0] + xs[1]) // 2, y)
        self.page.mouse.move(xs[1], y)
        self.page.mouse.up()
        return place.time_at(xs[0]), place.time_at(xs[1])

    def draw(self, track: str, start: float, end: float) -> tuple[float, float]:
        """Draw a segment; return its start and end."""
        times = sorted(self.drag(track, start, end))
        return on_grid(times[0], self.rate), on_grid(times[1], self.rate)

    def resize_end(self, track: str, segment: tuple[float, float], end: float) -> tuple[float, float]:
        """Drag the end of a segment to about a time; return its new start and end."""
        grip, to = self.drag(track, segment[1], end)
        return segment[0], on_grid(segment[1] + to - grip, self.rate)

    def move(self, track: str, segment: tuple[float, float], start: float) -> tuple[float, float]:
        """Drag a segment by its middle so that it starts at about a time; return its new start and end."""
        middle = (segment[0] + segment[1]) / 2
        grip, to = self.drag(track, middle, middle + start - segment[0])
        return on_grid(segment[0] + (to - grip), self.rate), on_grid(segment[1] + (to - grip), self.rate)

    # Playing.

    def position(self) -> Locator:
        """Return the text that says where the playhead is."""
        return self.scope.get_by_role("timer", name="Position").locator("b")

    def record(self, seconds: float) -> None:
        """Record for about some seconds of the media."""
        self.button("Begin recording").click()
        self.button("Stop recording").wait_for()
        self.page.wait_for_timeout(seconds * 1000)
        self.button("Stop recording").click()
        self.button("Begin recording").wait_for()

    # The table.

    def rows(self) -> Locator:
        """Return the table's rows that hold a segment."""
        return self.table.get_by_role("row").filter(has=self.page.get_by_label("Start", exact=True))

    def row(self, start: float) -> Locator:
        """Return the row of the segment that starts at a time; it stays that segment's when others come before it."""
        shown = [abs(shown - start) for shown, _ in self.times_shown()]
        id_ = self.rows().nth(shown.index(min(shown))).get_attribute("data-segment")
        return self.table.locator(f'tr[data-segment="{id_}"]')

    def times_shown(self) -> list[tuple[float, float]]:
        """Return start and end of each row."""
        return [
            (
                float(row.get_by_label("Start", exact=True).input_value()),
                float(row.get_by_label("End", exact=True).input_value()),
            )
            for row in self.rows().all()
        ]
