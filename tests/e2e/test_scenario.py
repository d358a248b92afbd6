"""The whole slice as a person uses it, in JupyterLab, marimo and the worker page: Python got what was done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import msgspec
import pytest
from playwright.sync_api import Page

from avseg_widget import groundtruth, sample

from .editor import Editor
from .hosts import Opened, open_marimo, open_notebook
from .scenario import TASK, TASK_CODE, check, hand_in, label

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
            preview = stack.enter_context(groundtruth.preview(TASK, media))
            page.goto(preview.url)
            yield Opened(lambda: msgspec.to_builtins(preview.annotation))
            page.close()


def sound_of(path: Path) -> tuple[int, float]:
    """Return the sample rate in Hz and the length in seconds, as the file's container says."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert container.duration is not None
        return stream.codec_context.sample_rate, container.duration / av.time_base


def test_the_scenario(opened: Opened, page: Page, media: Path) -> None:
    rate, length = sound_of(media)
    editor = Editor(page, rate)
    labeled = label(editor, length)
    check(hand_in(editor, opened, labeled), labeled, rate)
