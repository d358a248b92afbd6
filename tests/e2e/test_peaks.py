"""The waveform of very long media in real JupyterLab: shown while it is made, stopped, resumed, and tried again."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import soundfile
from playwright.sync_api import Page, expect

from .editor import Editor
from .hosts import open_notebook
from .servers import JupyterServer

A = "speaker:A"
SETUP = """from avseg_widget import Segmenter, Task
w = Segmenter(%r, Task(tracks={"speaker": ["A"]}))"""
RATE = 48000
#: 12 hours of 8 bits: some seconds of work, and nothing on the disk.
COUNT = 12 * 3600 * RATE
LOUD = 3600 * RATE


def write_long(path: Path) -> None:
    """Write a WAV that is loud in its second hour and silent in all others."""
    header = b"".join([
        b"RIFF", (36 + COUNT).to_bytes(4, "little"), b"WAVEfmt ", (16).to_bytes(4, "little"),
        (1).to_bytes(2, "little"), (1).to_bytes(2, "little"), RATE.to_bytes(4, "little"),
        RATE.to_bytes(4, "little"), (1).to_bytes(2, "little"), (8).to_bytes(2, "little"),
        b"data", COUNT.to_bytes(4, "little"),
    ])  # fmt: skip
    with path.open("wb") as file:
        file.write(header)
        file.seek(len(header) + LOUD)
        file.write(np.random.default_rng(1).integers(0, 256, 60 * RATE, np.uint8).tobytes())
        file.truncate(len(header) + COUNT)


def test_a_long_waveform_is_stopped_and_resumed_while_segments_are_drawn(page: Page, lab: JupyterServer) -> None:
    write_long(lab.folder / "long.wav")
    opened = open_notebook(page, lab, "long", [SETUP % "long.wav", "w"])
    editor = Editor(page, RATE)
    bar = page.get_by_role("progressbar", name="Waveform")
    expect(bar).to_be_visible()
    height = page.locator(".avseg-wave").bounding_box()
    editor.button("Stop the waveform").focus()
    page.keyboard.press("Enter")
    expect(editor.button("Resume the waveform")).to_be_visible()
    assert 0 <= int(bar.get_attribute("aria-valuenow") or -1) < 100
    editor.add_track("speaker", "A")
    drawn = editor.draw(A, 20000, 30000)
    annotation = opened.wait_until(lambda value: len(value["segments"]) == 1)
    assert (annotation["segments"][0]["start"], annotation["segments"][0]["end"]) == drawn
    # Far from where the pass is, the samples themselves are shown.
    for _ in range(25):
        editor.button("Zoom in").click()
    expect(editor.button("Resume the waveform")).to_be_visible()
    editor.button("Resume the waveform").focus()
    page.keyboard.press("Enter")
    expect(bar).to_be_hidden(timeout=180_000)
    expect(page.get_by_role("button", name=re.compile("the waveform$"))).to_have_count(0)
    box = page.locator(".avseg-wave").bounding_box()
    assert height
    assert box
    assert box["height"] == height["height"]


def test_a_file_that_went_away_is_told_and_tried_again(page: Page, lab: JupyterServer, tmp_path: Path) -> None:
    path = tmp_path / "moving.wav"
    soundfile.write(path, np.random.default_rng(2).integers(-9000, 9000, 30 * RATE, np.int16), RATE)
    moved = path.with_name("moved.wav")
    move = f"import os; os.rename({str(path)!r}, {str(moved)!r})"
    opened = open_notebook(page, lab, "moving", [SETUP % str(path), move, "w"])
    editor = Editor(page, RATE)
    editor.wait()
    told = page.get_by_role("alert").filter(has_text="moving.wav cannot be read any more")
    expect(told.first).to_be_visible()
    editor.add_track("speaker", "A")
    opened.wait_until(lambda value: len(value["tracks"]) == 1)
    assert opened.kernel
    messages = opened.kernel.run("", "list(w.messages)")
    assert any(text.startswith("moving.wav cannot be read any more") for text in messages)
    moved.rename(path)
    editor.button("Retry the waveform").click()
    expect(editor.button("Retry the waveform")).to_be_hidden()
