"""Proxies in a real browser: sound that it could not seek plays in JupyterLab, and each frame has its time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from avseg_widget import Task, groundtruth
from avseg_widget.media import open_media

from ..media_makers import encode
from ..test_media_proxy import VBR, film
from .editor import Editor
from .hosts import open_notebook
from .servers import JupyterServer
from .test_playing import WATCH, clock

TASK = Task(tracks={"speaker": ["A"]})


def test_the_proxy_of_a_variable_bit_rate_plays_in_jupyterlab(page: Page, lab: JupyterServer) -> None:
    path = encode(lab.folder / "vbr.mp3", 8.0, audio="libmp3lame", noise=0.02, audio_options=VBR)
    cells = [
        f"from avseg_widget import Segmenter, Task, media\nproxy = media.open_media({str(path)!r}).make_proxy()",
        'w = Segmenter(proxy, Task(tracks={"speaker": ["A"]}))\nw',
    ]
    expression = "[proxy.source.url, proxy.info().exact, proxy.info().warnings]"
    opened = open_notebook(page, lab, "proxy", cells, expression)
    url, exact, warnings = opened.wait_until(bool)
    assert (url.rsplit("/", 1)[-1], exact, warnings) == ("vbr.proxy.flac", True, [])
    editor = Editor(page, 44100)
    editor.wait()
    editor.button("Play").click()
    expect(editor.position()).not_to_have_text("0:00.000")
    editor.button("Pause").click()


@pytest.mark.parametrize("sound", ["flac", "aac"])
def test_the_proxy_of_a_film_shows_each_frame_at_its_time(sound: str, page: Page, tmp_path: Path) -> None:
    steps = np.random.default_rng(5).integers(1800, 9000, 60).cumsum() + 9000
    stamps = [int(step) for step in steps]
    path = film(tmp_path / "a.webm", "libvpx-vp9", "libopus", base=Fraction(1, 90000), stamps=stamps)
    proxy = open_media(path).make_proxy(sound=sound)
    times = proxy.frame_times()
    with groundtruth.preview(TASK, proxy.path) as preview:
        page.goto(preview.url)
        editor = Editor(page, proxy.info().sample_rate)
        editor.wait()
        page.wait_for_function("document.querySelector('video').readyState >= 2")
        assert page.evaluate("document.querySelector('video').duration") == pytest.approx(
            proxy.info().duration, abs=0.03
        )
        page.evaluate(WATCH)
        editor.button("Skip to end").click()
        for frame in (-2, -3, -4):
            editor.button("Previous frame").click()
            expect(editor.position()).to_have_text(clock(times[frame]))
            page.wait_for_function("(time) => Math.abs(window.shown - time) < 0.0006", arg=times[frame])
        editor.button("Play").click()
        page.wait_for_function("document.querySelector('video').ended")
