"""The whole slice as a person uses it, step by step, in any editor; says what Python must hold then. Knows no host."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from avseg_widget import Task, fields

from .editor import Editor, on_grid
from .hosts import Opened

CUSTOMER, HINDI = "speaker:Customer", "language:Hindi"
#: Holds every key that is a shortcut outside of text, and what HTML would take for markup.
TYPED = "r [0] = 1 - 2 + <b>so far</b> {{ x }}"
TASK_CODE = """Task(
    title="Customer call",
    tracks={"language": ["English", "Hindi", "Spanish", "French"], "speaker": ["Customer", "Representative"]},
    segment_fields=[fields.Text("text"), fields.Select("emotion", ["Happy", "Angry", "Neutral", "Sad", "Worried"])],
    content_fields=[
        fields.Radio("speechNonSpeech", ["speech", "non-speech"]),
        fields.Checkboxes("backgroundNoise", ["traffic", "music", "ambient"]),
        fields.Rating("rate", 5),
        fields.Text("textTranslationFinal", multiline=True),
    ],
)"""
TASK: Task = eval(TASK_CODE, {"Task": Task, "fields": fields})

Times = tuple[float, float]


@dataclass(frozen=True)
class Labeled:
    """What the editor showed at the end: times in seconds, and the answers about the whole."""

    first: Times
    second: Times
    recorded: Times
    shown: list[Times]
    content: dict[str, Any]


def label(editor: Editor, length: float) -> Labeled:
    """Add tracks, record, draw, resize, move, zoom, write, answer, and hear a segment; ``length`` in seconds."""
    editor.wait()
    editor.add_track("language", "Hindi")
    editor.add_track("speaker", "Customer")
    expect(editor.canvas).to_have_attribute("data-rows", in_order(HINDI, CUSTOMER))

    # Recorded while it plays, on the track that was added last and so is selected.
    editor.record(0.7)
    editor.button("Pause").click()
    expect(editor.rows()).to_have_count(1)
    [recorded] = editor.times_shown()

    # Drawn, resized, moved.
    first = editor.draw(HINDI, length * 0.2, length * 0.4)
    first = editor.resize_end(HINDI, first, length * 0.5)
    first = editor.move(HINDI, first, length * 0.3)
    expect(editor.rows()).to_have_count(2)

    second = draw_closely(editor)
    write(editor, second)
    content = fill_content(editor)

    # Plays exactly the segment.
    editor.row(second[0]).get_by_role("button", name="Hear this segment").click()
    expect(editor.position()).to_have_text(clock(second[1]))
    expect(editor.button("Play")).to_be_visible()
    return Labeled(first, second, recorded, editor.times_shown(), content)


def draw_closely(editor: Editor) -> Times:
    """Draw at a zoom where a pixel is a fraction of a millisecond's hundreds of samples."""
    whole = editor.geometry()
    for _ in range(4):
        editor.button("Zoom in").click()
    near = editor.geometry()
    assert near.end - near.start == pytest.approx((whole.end - whole.start) / 16)
    span = near.end - near.start
    drawn = editor.draw(CUSTOMER, near.start + span * 0.7, near.start + span * 0.9)
    expect(editor.rows()).to_have_count(3)
    return drawn


def write(editor: Editor, segment: Times) -> None:
    """Write text with every key that is a shortcut elsewhere; nothing plays, nothing is deleted."""
    text = editor.row(segment[0]).get_by_label("text")
    text.press_sequentially(TYPED + "x")
    text.press("Backspace")
    text.press("Home")
    text.press("ArrowRight")
    editor.row(segment[0]).get_by_label("emotion").select_option("Worried")
    expect(editor.button("Play")).to_be_visible()
    expect(editor.button("Begin recording")).to_be_visible()


def fill_content(editor: Editor) -> dict[str, Any]:
    content = editor.content
    content.get_by_role("radio", name="non-speech", exact=True).check()
    content.get_by_role("checkbox", name="ambient", exact=True).check()
    content.get_by_role("checkbox", name="traffic", exact=True).check()
    content.get_by_role("radio", name="4", exact=False).check(force=True)
    content.get_by_label("textTranslationFinal").press_sequentially("two\nlines")
    return {
        "speechNonSpeech": "non-speech",
        "backgroundNoise": ["traffic", "ambient"],
        "rate": 4,
        "textTranslationFinal": "two\nlines",
    }


def hand_in(editor: Editor, opened: Opened, labeled: Labeled) -> Any:
    """Submit where there is something to submit to; return the annotation that Python holds once all has come."""
    if editor.button("Submit").count():
        editor.button("Submit").click()
    return opened.wait_until(
        lambda value: value and value["content"] == labeled.content and len(value["segments"]) == 3
    )


def check(annotation: dict[str, Any], labeled: Labeled, rate: int) -> None:
    """Compare what Python holds with what was done; ``rate`` in Hz is the grid of times, 0 where there is none."""
    assert [(track["category"], track["tag"]) for track in annotation["tracks"]] == [
        ("language", "Hindi"),
        ("speaker", "Customer"),
    ]
    segments = {
        key(item["track"], (item["start"], item["end"]), rate): item["fields"] for item in annotation["segments"]
    }
    first, second = key(HINDI, labeled.first, rate), key(CUSTOMER, labeled.second, rate)
    recorded = next(found for found in segments if found not in [first, second])
    assert segments == {first: {}, second: {"text": TYPED, "emotion": "Worried"}, recorded: {}}
    assert recorded[0] == CUSTOMER
    assert recorded[1:] == pytest.approx(labeled.recorded, abs=6e-7)
    assert all(on_grid(time, rate) == time for time in recorded[1:])
    assert 0.3 < recorded[2] - recorded[1] < 3
    for (_, start, end), shown in zip(segments, labeled.shown, strict=True):
        assert (start, end) == pytest.approx(shown, abs=6e-7)


def key(track: str, times: Times, rate: int) -> tuple[str, float, float]:
    """Tell a segment by its track and times: bit by bit on a grid, else to a nanosecond."""
    start, end = times if rate else (round(times[0], 9), round(times[1], 9))
    return track, start, end


def in_order(*tracks: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, tracks)))


def clock(time: float) -> str:
    """Write a time as the editor's clock does, halves of a millisecond upwards."""
    thousandths = math.floor(time * 1000 + 0.5)
    return f"{thousandths // 60_000}:{thousandths % 60_000 / 1000:06.3f}"
