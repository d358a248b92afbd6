"""Playing on the worker page: speed with the pitch kept, places, and the very frame of a video at each step."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from playwright.sync_api import Page, expect

from avseg_widget import Task, groundtruth, sample

from .editor import Editor

TASK = Task(tracks={"gait": ["walk", "trot"]})
#: Keeps the presentation time in seconds of the frame that is shown.
WATCH = """() => {
  const video = document.querySelector("video");
  const note = (_, frame) => { window.shown = frame.mediaTime; video.requestVideoFrameCallback(note); };
  video.requestVideoFrameCallback(note);
}"""


def frame_times(path: Path) -> list[float]:
    """Return the presentation times of a video's frames in seconds, from its packets."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        times = sorted(
            float(packet.pts * stream.time_base) for packet in container.demux(stream) if packet.pts is not None
        )
    return [time - times[0] for time in times]


@pytest.mark.parametrize("name", ["built-in", "bigbuckbunny.mp4"])
def test_each_step_shows_the_next_frame(name: str, page: Page, request: pytest.FixtureRequest) -> None:
    path = sample.video() if name == "built-in" else request.getfixturevalue("shared_data") / name
    times = frame_times(path)
    with groundtruth.preview(TASK, path) as preview:
        page.goto(preview.url)
        editor = Editor(page, 48000)
        editor.wait()
        page.wait_for_function("document.querySelector('video').readyState >= 2")
        page.evaluate(WATCH)
        for frame, control in ((1, "Next frame"), (2, "Next frame"), (3, "Next frame"), (2, "Previous frame")):
            editor.button(control).click()
            expect(editor.position()).to_have_text(clock(times[frame]))
            page.wait_for_function("(time) => Math.abs(window.shown - time) < 0.001", arg=times[frame])
        editor.button("Skip to end").click()
        editor.button("Previous frame").click()
        page.wait_for_function("(time) => Math.abs(window.shown - time) < 0.001", arg=times[-2])


def test_speed_keeps_the_pitch_and_places_are_exact(page: Page) -> None:
    with groundtruth.preview(TASK, sample.audio()) as preview:
        page.goto(preview.url)
        editor = Editor(page, 16000)
        editor.wait()
        media = "document.querySelector('audio') ?? window.heard"
        # The sound's element is not in the page: it is caught where it starts to play.
        page.evaluate(
            "() => { const play = HTMLMediaElement.prototype.play;"
            " HTMLMediaElement.prototype.play = function () { window.heard = this; return play.call(this); }; }"
        )
        for speed in ("4", "0.25", "2"):
            editor.scope.get_by_role("combobox", name="Playback speed").select_option(speed)
            editor.button("Play").click()
            expect(editor.button("Pause")).to_be_visible()
            assert page.evaluate(f"[({media}).playbackRate, ({media}).preservesPitch]") == [float(speed), True]
            editor.button("Pause").click()
        editor.button("Skip to end").click()
        expect(editor.position()).to_have_text("0:31.688")
        editor.button("Skip to start").click()
        expect(editor.position()).to_have_text("0:00.000")
        for _ in range(18):
            editor.button("Zoom in").click()
        near = editor.geometry()
        assert near.end - near.start < 0.001
        editor.button("Show all").click()
        whole = editor.geometry()
        assert (whole.start, whole.end) == (0, 31.688)


def clock(time: float) -> str:
    """Write a time as the editor's clock does."""
    return f"{int(time // 60)}:{time % 60:06.3f}"
