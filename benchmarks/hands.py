"""What labeling and transcribing 30 segments takes of the hands: keystrokes and pointer actions beside the text itself.

A hand that works on the task page is played by a script with real mouse and keyboard input, and each press that is not
a character of the text is counted: a click is one action, a drag is one, a key with its modifiers is one. What the hand
does per segment is one of the ways below; `--way` chooses, by default the best of them counts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from avseg_widget import Task, fields, groundtruth

from .common import FLAGS, chromium, finish, write_hour

LIMITS = {"actions_per_segment": 6}
SEGMENTS = 30
SECONDS = 120.0
TRACKS = ("Customer", "Representative")
TEXTS = ("good morning", "how may I help you", "my order did not come", "let me look")
EMOTIONS = ("Neutral", "Happy", "Angry")


@dataclass(frozen=True)
class Wanted:
    """One segment of the script; the emotion of every third one differs from the default."""

    track: int
    start: float
    end: float
    text: str
    emotion: str


def make_script() -> list[Wanted]:
    step = SECONDS / SEGMENTS
    return [
        Wanted(
            place % 2,
            place * step + 0.3,
            (place + 1) * step - 0.3,
            TEXTS[place % len(TEXTS)],
            EMOTIONS[1 + place % 2] if place % 3 == 2 else EMOTIONS[0],
        )
        for place in range(SEGMENTS)
    ]


def make_task() -> Task:
    return Task(
        title="Call",
        tracks={"speaker": list(TRACKS)},
        segment_fields=[fields.Text("text"), fields.Select("emotion", list(EMOTIONS), default=EMOTIONS[0])],
    )


@dataclass
class Hand:
    """A mouse and a keyboard that count what they do."""

    page: Page
    actions: dict[str, int] = field(default_factory=dict)
    characters: int = 0

    def _count(self, kind: str) -> None:
        self.actions[kind] = self.actions.get(kind, 0) + 1

    def key(self, stroke: str) -> None:
        self._count("keys")
        self.page.keyboard.press(stroke)

    def type(self, text: str) -> None:
        self.characters += len(text)
        self.page.keyboard.type(text)

    def click(self, target: Locator) -> None:
        self._count("clicks")
        target.click()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self._count("drags")
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move((start[0] + end[0]) / 2, end[1])
        self.page.mouse.move(*end)
        self.page.mouse.up()

    def choose(self, target: Locator, option: str) -> None:
        """Choose from a list by its first letter: Tab to it, then a key."""
        self.key("Tab")
        self.key(option[0].lower())
        if target.input_value() != option:
            raise RuntimeError(f"the keys did not choose {option}")

    @property
    def total(self) -> int:
        return sum(self.actions.values())


def draw_and_type(hand: Hand, script: list[Wanted]) -> None:
    """Draw each segment by a drag, hear it, click its text in the table, type, and Tab on to the emotion."""
    page = hand.page
    for number, wanted in enumerate(script, start=1):
        box = page.locator('canvas[data-avseg="tracks"]').evaluate(
            """(canvas) => {
              const { left, top, width } = canvas.getBoundingClientRect();
              const { start, end, rows } = canvas.dataset;
              return { left, top, width, start: Number(start), end: Number(end), rows: JSON.parse(rows) };
            }"""
        )
        _, top, height = box["rows"][wanted.track]
        y = box["top"] + top + height / 2
        scale = box["width"] / (box["end"] - box["start"])
        xs = [box["left"] + (time - box["start"]) * scale for time in (wanted.start, wanted.end)]
        hand.drag((xs[0], y), (xs[1], y))
        row = page.get_by_role("table", name="Segments").locator("[data-segment][aria-selected=true]")
        row.wait_for()
        hand.click(row.get_by_role("button", name="Hear this segment"))
        hand.click(row.get_by_label("text", exact=True))
        hand.type(wanted.text)
        if wanted.emotion != EMOTIONS[0]:
            hand.choose(row.get_by_label("emotion", exact=True), wanted.emotion)
        page.get_by_role("table", name="Segments").locator(f'[aria-rowcount="{number + 1}"]').wait_for()


WAYS: dict[str, Callable[[Hand, list[Wanted]], None]] = {"draw-and-type": draw_and_type}


def add_tracks(hand: Hand) -> None:
    """Add the two tracks; this is counted too."""
    for tag in TRACKS:
        hand.click(hand.page.get_by_role("button", name="Add new track"))
        choice = hand.page.get_by_role("combobox", name="Tag")
        if choice.input_value() != tag:
            choice.select_option(tag)
            hand.actions["choices"] = hand.actions.get("choices", 0) + 2
        hand.click(hand.page.get_by_role("button", name="Add", exact=True))


def check(answer: object, script: list[Wanted]) -> None:
    """Raise unless the answer is what the script asks for."""
    found = [
        (item.track, item.fields.get("text"), item.fields.get("emotion"))
        for item in answer.segments  # type: ignore[attr-defined]
    ]
    wanted = [(f"speaker:{TRACKS[item.track]}", item.text, item.emotion) for item in script]
    if found != wanted:
        raise RuntimeError(f"the answer holds {found}, the script asks for {wanted}")


def measure(page: Page, media: Path, way: str, script: list[Wanted]) -> dict[str, float]:
    with groundtruth.preview(make_task(), media) as served:
        page.goto(served.url)
        hand = Hand(page)
        add_tracks(hand)
        WAYS[way](hand, script)
        page.get_by_role("button", name="Submit").click()
        page.wait_for_timeout(500)
        if served.annotation is None:
            raise RuntimeError("the answer was not handed in")
        check(served.annotation, script)
    return {"per_segment": round(hand.total / len(script), 2), **hand.actions, "characters": hand.characters}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", choices=list(WAYS), action="append", help="only these, by default all")
    ways = parser.parse_args().way or list(WAYS)
    with tempfile.TemporaryDirectory(prefix="avseg-bench-") as folder, sync_playwright() as playwright:
        media = write_hour(Path(folder), SECONDS)
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        found = {}
        for way in ways:
            page = browser.new_page(viewport={"width": 1600, "height": 1000})
            found[way] = measure(page, media, way, make_script())
            print(way, json.dumps(found[way]))
            page.close()
        browser.close()
    finish({"actions_per_segment": min(item["per_segment"] for item in found.values())}, LIMITS, found)


if __name__ == "__main__":
    main()
