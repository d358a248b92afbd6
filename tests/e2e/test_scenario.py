"""The whole slice as a person uses it, in JupyterLab, marimo and the worker page: Python got what was done."""

from __future__ import annotations

from collections.abc import Callable
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
from .servers import JupyterServer, MarimoServer

MEDIA: dict[str, Callable[[Path], Any]] = {
    "built-in-audio": lambda _shared: sample.audio(),
    "built-in-video": lambda _shared: sample.video(),
    "ami_sample.wav": lambda shared: shared / "ami_sample.wav",
    "bigbuckbunny.mp4": lambda shared: shared / "bigbuckbunny.mp4",
}


#: What all hosts do alike with media is tried in JupyterLab.
FEW = ["built-in-audio", "bigbuckbunny.mp4"]


@pytest.fixture
def media(request: pytest.FixtureRequest) -> Path:
    needed = None if request.param.startswith("built-in") else request.getfixturevalue("shared_data")
    return Path(MEDIA[request.param](needed))


def code_of(media: Path) -> str:
    return f"from avseg_widget import Segmenter, Task, fields\ntask = {TASK_CODE}\nw = Segmenter({str(media)!r}, task)"


def sound_of(path: Path) -> tuple[int, float]:
    """Return the sample rate in Hz and the length in seconds, as the file's container says."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert container.duration is not None
        return stream.codec_context.sample_rate, container.duration / av.time_base


def check_scenario(page: Page, opened: Opened, media: Path) -> None:
    rate, length = sound_of(media)
    editor = Editor(page, rate)
    labeled = label(editor, length)
    check(hand_in(editor, opened, labeled), labeled, rate)


@pytest.mark.parametrize("media", MEDIA, indirect=True)
def test_in_jupyterlab(page: Page, lab: JupyterServer, media: Path) -> None:
    check_scenario(page, open_notebook(page, lab, f"scenario-{media.stem}", [code_of(media), "w"]), media)


@pytest.mark.parametrize("media", FEW, indirect=True)
def test_in_marimo(page: Page, marimo: MarimoServer, media: Path) -> None:
    check_scenario(page, open_marimo(page, marimo, f"scenario-{media.stem}", code_of(media)), media)


@pytest.mark.parametrize("media", FEW, indirect=True)
def test_on_a_worker_page(page: Page, media: Path) -> None:
    with groundtruth.preview(TASK, media) as preview:
        page.goto(preview.url)
        check_scenario(page, Opened(lambda: msgspec.to_builtins(preview.annotation)), media)
        page.close()
