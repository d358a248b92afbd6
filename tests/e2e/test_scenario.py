"""The whole slice as a person uses it, in JupyterLab, marimo and the worker page: Python got what was done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import msgspec
import pytest
from playwright.sync_api import Page, expect

from avseg_widget import Task, fields, groundtruth, sample

from .editor import Editor
from .hosts import Opened, open_marimo, open_notebook

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
MEDIA: dict[str, Callable[[Path], Any]] = {
    "built-in-audio": lambda _shared: sample.audio(),
    "built-in-video": lambda _shared: sample.video(),
    "ami_sample.wav": lambda shared: shared / "ami_sample.wav",
    "bigbuckbunny.mp4": lambda shared: shared / "bigbuckbunny.mp4",
}


@pytest.fixture(params=MEDIA)
def media(request: pytest.FixtureRequest) -> Path:
    needed = None if request.param.startswith("built-in") else request.getfixturevalue("shared_data")
    return Path(MEDIA[request.param](needed))


@pytest.fixture(params=["jupyterlab", "marimo", "worker"])
def opened(request: pytest.FixtureRequest, page: Page, media: Path) -> Iterator[Opened]:
    name = f"scenario-{media.stem}"
    code = f"from avseg_widget import Segmenter, Task, fields\ntask = {TASK_CODE}\nw = Segmenter({str(media)!r}, task)"
    with ExitStack() as stack:
        if request.param == "jupyterlab":
            yield open_notebook(page, request.getfixturevalue("lab"), name, [code, "w"])
        elif request.param == "marimo":
            yield open_marimo(page, request.getfixturevalue("marimo"), name, code)
        else:
            task: Task = eval(TASK_CODE, {"Task": Task, "fields": fields})
            preview = stack.enter_context(groundtruth.preview(task, media))
            page.goto(preview.url)
            yield Opened(lambda: msgspec.to_builtins(preview.annotation))
            page.close()


def sound_of(path: Path) -> tuple[int, float]:
    """Return the sample rate in Hz and the length in seconds, as the file's container says."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert container.duration is not None
        return stream.codec_context.sample_rate, container.duration / av.time_base


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


def test_the_scenario(opened: Opened, page: Page, media: Path) -> None:
    rate, length = sound_of(media)
    editor = Editor(page, rate)
    editor.wait()

    editor.add_track("language", "Hindi")
    editor.add_track("speaker", "Customer")
    expect(editor.canvas).to_have_attribute("data-rows", in_order(HINDI, CUSTOMER))

    # Recorded while it plays, on the track that was added last and so is selected.
    editor.record(0.7)
    editor.button("Pause").click()
    expect(editor.rows()).to_have_count(1)
    page_times = editor.times_shown()

    # Drawn, resized, moved.
    first = editor.draw(HINDI, length * 0.2, length * 0.4)
    first = editor.resize_end(HINDI, first, length * 0.5)
    first = editor.move(HINDI, first, length * 0.3)
    expect(editor.rows()).to_have_count(2)

    # Drawn again at a zoom where a pixel is a fraction of a millisecond's hundreds of samples.
    whole = editor.geometry()
    for _ in range(4):
        editor.button("Zoom in").click()
    near = editor.geometry()
    assert near.end - near.start == pytest.approx((whole.end - whole.start) / 16)
    span = near.end - near.start
    second = editor.draw(CUSTOMER, near.start + span * 0.7, near.start + span * 0.9)
    expect(editor.rows()).to_have_count(3)

    # Text with every key that is a shortcut elsewhere; nothing plays, nothing is deleted.
    text = editor.row(second[0]).get_by_label("text")
    text.press_sequentially(TYPED + "x")
    text.press("Backspace")
    text.press("Home")
    text.press("ArrowRight")
    editor.row(second[0]).get_by_label("emotion").select_option("Worried")
    expect(editor.button("Play")).to_be_visible()
    expect(editor.button("Begin recording")).to_be_visible()

    content = fill_content(editor)

    # Plays exactly the segment.
    editor.row(second[0]).get_by_role("button", name="Hear this segment").click()
    expect(editor.position()).to_have_text(clock(second[1]))
    expect(editor.button("Play")).to_be_visible()

    shown = editor.times_shown()
    if editor.button("Submit").count():
        editor.button("Submit").click()
    annotation = opened.wait_until(lambda value: value and value["content"] == content and len(value["segments"]) == 3)

    assert [(track["category"], track["tag"]) for track in annotation["tracks"]] == [
        ("language", "Hindi"),
        ("speaker", "Customer"),
    ]
    segments = {(item["track"], item["start"], item["end"]): item["fields"] for item in annotation["segments"]}
    recorded = next(key for key in segments if key not in [(HINDI, *first), (CUSTOMER, *second)])
    assert segments == {
        (HINDI, *first): {},
        (CUSTOMER, *second): {"text": TYPED, "emotion": "Worried"},
        recorded: {},
    }
    assert recorded[0] == CUSTOMER
    assert recorded[1:] == pytest.approx(page_times[0], abs=6e-7)
    assert all(round(time * rate) / rate == time for time in recorded[1:])
    assert 0.3 < recorded[2] - recorded[1] < 3
    for (_, start, end), (start_shown, end_shown) in zip(segments, shown, strict=True):
        assert (start, end) == pytest.approx((start_shown, end_shown), abs=6e-7)


def in_order(*tracks: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, tracks)))


def clock(time: float) -> str:
    """Write a time as the editor's clock does."""
    return f"{int(time // 60)}:{time % 60:06.3f}"
