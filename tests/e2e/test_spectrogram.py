"""The spectrogram in JupyterLab: true to frequency on every scale, changed by its settings, with curves over it."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from avseg_widget import groundtruth, presets, sample

from .editor import Editor
from .hosts import Opened, open_notebook
from .servers import JupyterServer
from .test_accessibility import AXE, RULES, check

RATE = 16000
SPEECH = "sample.audio()"
SINE = f"(0.5 * np.sin(2 * np.pi * 1000 * np.arange({RATE * 4}) / {RATE}), {RATE})"
VOICE = f"(0.05 * sum(np.sin(2 * np.pi * 200 * n * np.arange({RATE * 4}) / {RATE}) for n in range(1, 11)), {RATE})"
LONG = f"(np.zeros({RATE * 90}, np.int16), {RATE})"
PITCH = (76, 201, 255)
#: JSON of single numbers would take seconds.
_FRAMES = """async () => {
  for (let frame = 0; frame < 10; frame += 1) await new Promise(requestAnimationFrame);
}"""
_READ = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return [canvas.width, canvas.height, btoa(text)];
}"""


class Lane:
    """The spectrogram's lane and its settings."""

    def __init__(self, page: Page, editor: Editor) -> None:
        self.page, self.editor = page, editor
        self.canvas = page.locator('canvas[data-avseg="spectrogram"]')

    def pixels(self) -> np.ndarray:
        """Return what is drawn, of shape (height, width, 3)."""
        width, height, data = self.canvas.evaluate(_READ)
        return np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)[:, :, :3].astype(np.int16)

    def steady(self) -> np.ndarray:
        """Return what is drawn when nothing changes it any more."""
        # What was set just now is drawn some frames later.
        self.page.evaluate(_FRAMES)
        expect(self.canvas).to_have_attribute("aria-busy", "false")
        return self.pixels()

    def settings(self) -> Locator:
        box = self.page.get_by_role("dialog", name="Spectrogram settings")
        if not box.count():
            self.editor.button("Spectrogram settings").click()
        return box

    def choose(self, name: str, value: str) -> None:
        self.settings().get_by_role("combobox", name=name).select_option(label=value)

    def fill(self, name: str, value: float) -> None:
        box = self.settings().get_by_role("spinbutton", name=name)
        box.fill(str(value))
        box.press("Enter")

    def check(self, name: str) -> None:
        self.settings().get_by_role("checkbox", name=name).check()


def open_lane(page: Page, lab: JupyterServer, media: str, before: str = "") -> tuple[Lane, Opened]:
    code = f"{before}\nimport numpy as np\nfrom avseg_widget import Segmenter, presets, sample\n"
    opened = open_notebook(page, lab, "spectrogram", [f"{code}w = Segmenter({media}, presets.call_center())", "w"])
    editor = Editor(page, RATE)
    editor.wait()
    editor.button("Spectrogram").click()
    return Lane(page, editor), opened


def brightness(pixels: np.ndarray) -> float:
    return float(pixels.mean())


def ridge(pixels: np.ndarray) -> float:
    """Return where the brightest rows lie, 0 at the foot and 1 at the top."""
    light = pixels[:, 50:-50].sum(axis=(1, 2)).astype(float)
    rows = np.flatnonzero(light >= light.max() * 0.98)
    return 1 - (rows.mean() + 0.5) / len(light)


def test_speech_is_drawn_and_its_display_changes_without_asking_python(page: Page, lab: JupyterServer) -> None:
    lane, opened = open_lane(page, lab, SPEECH)
    first = lane.steady()
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 200

    # From here on Python gives no spectra any more: what is set of the display must not need them.
    assert opened.kernel
    opened.kernel.run("type(w.media).spectrogram_tile = None", "1")
    lane.fill("Range (dB)", 120)
    assert brightness(lane.steady()) > brightness(first) * 1.1
    lane.fill("Range (dB)", 30)
    assert brightness(lane.steady()) < brightness(first) * 0.9
    lane.fill("Range (dB)", 80)
    np.testing.assert_array_equal(lane.steady(), first)
    lane.fill("Loudest (dB)", 0)
    assert brightness(lane.steady()) < brightness(first) * 0.9
    for name in ("Grey", "Viridis", "Inferno"):
        lane.choose("Colours", name)
        assert not np.array_equal(lane.steady(), first)
    lane.choose("Colours", "Grey")
    grey = lane.steady()
    assert (grey.max(axis=2) == grey.min(axis=2)).all()
    # What is not a number, or out of bounds, is not taken.
    lane.fill("Range (dB)", 10**9)
    expect(lane.settings().get_by_role("spinbutton", name="Range (dB)")).to_have_value("120")
    lane.fill("Window length (ms)", "")
    expect(lane.settings().get_by_role("spinbutton", name="Window length (ms)")).to_have_value("30")


def test_a_tone_of_1_khz_lies_at_1_khz_on_every_scale(page: Page, lab: JupyterServer) -> None:
    lane, _ = open_lane(page, lab, SINE)
    mel = np.log10(1 + 1000 / 700) / np.log10(1 + 8000 / 700)
    for scale, expected in (("Linear", 1 / 8), ("Logarithmic", np.log(1000 / 20) / np.log(400)), ("Mel", mel)):
        lane.choose("Scale", scale)
        assert ridge(lane.steady()) == pytest.approx(expected, abs=0.012)
    lane.choose("Scale", "Linear")
    lane.fill("Lowest (Hz)", 500)
    lane.fill("Highest (Hz)", 1500)
    assert ridge(lane.steady()) == pytest.approx(0.5, abs=0.012)

    # Shorter windows make the ridge wider, and readings say what is under the pointer.
    lane.settings().get_by_role("button", name="Wideband").click()
    lane.page.keyboard.press("Escape")
    expect(lane.page.get_by_role("dialog", name="Spectrogram settings")).to_have_count(0)
    expect(lane.editor.button("Spectrogram settings")).to_be_focused()
    lane.steady()
    box = lane.canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    reading = page.locator('[data-avseg="reading"]')
    expect(reading).to_contain_text("0:02.0")
    time, hertz, level = reading.inner_text().split("\n")
    assert time.startswith(("0:01.99", "0:02.00"))
    assert float(hertz.removesuffix(" kHz").removesuffix(" Hz")) in (
        pytest.approx(1, abs=0.01),
        pytest.approx(1000, abs=10),
    )
    assert float(level.removesuffix(" dB").replace("−", "-")) == pytest.approx(-6, abs=0.5)


def test_the_pitch_of_a_voice_is_drawn_where_it_is(page: Page, lab: JupyterServer) -> None:
    lane, _ = open_lane(page, lab, VOICE)
    lane.check("Pitch")
    page.keyboard.press("Escape")
    line = (np.abs(lane.steady() - PITCH).max(axis=2) <= 3)[:, 50:-130]
    rows = np.flatnonzero(line.any(axis=1))
    assert line.any(axis=0).mean() > 0.95
    height = len(line)
    assert 1 - (rows.mean() + 0.5) / height == pytest.approx((200 - 75) / (600 - 75), abs=0.012)
    lane.fill("Pitch ceiling (Hz)", 325)
    page.keyboard.press("Escape")
    line = (np.abs(lane.steady() - PITCH).max(axis=2) <= 3)[:, 50:-130]
    assert 1 - (np.flatnonzero(line.any(axis=1)).mean() + 0.5) / height == pytest.approx(0.5, abs=0.012)

    # The settings are gone from the page when they are closed, and nothing in them is amiss for axe.
    expect(page.get_by_role("spinbutton", name="Pitch floor (Hz)")).to_have_count(0)
    page.add_script_tag(path=AXE)
    lane.settings()
    script = (
        "(rules) => axe.run('.avseg', { runOnly: rules }).then(({ violations }) => violations.map((one) =>"
        " `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`))"
    )
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        expect(page.locator(".avseg")).to_have_attribute("data-theme", theme.split()[-1].lower())
        lane.settings()
        assert page.evaluate(script, RULES) == []


def test_curves_say_what_they_need(page: Page, lab: JupyterServer) -> None:
    hidden = "import sys\nsys.modules['parselmouth'] = None"
    lane, opened = open_lane(page, lab, LONG, hidden)
    lane.check("Pitch")
    page.keyboard.press("Escape")
    status = page.locator(".avseg-spectrogram").get_by_role("status")
    expect(status).to_have_text("Zoom in to 60 s or less to see pitch and intensity.")
    lane.editor.button("Zoom in").click()
    expect(status).to_contain_text('pip install "avseg-widget[curves]"')
    assert opened.kernel
    opened.kernel.run("del sys.modules['parselmouth']", "1")
    lane.settings().get_by_role("checkbox", name="Pitch").uncheck()
    lane.check("Intensity")
    expect(status).to_have_count(0)


def test_a_task_page_makes_its_own_spectrogram_and_has_no_curves(page: Page) -> None:
    with groundtruth.preview(presets.call_center(), sample.audio()) as preview:
        page.goto(preview.url)
        page.add_script_tag(path=AXE)
        editor = Editor(page, RATE)
        editor.wait()
        editor.button("Spectrogram").click()
        lane = Lane(page, editor)
        first = lane.steady()
        assert len(np.unique(first.reshape(-1, 3), axis=0)) > 200
        for scale in ("Mel", "Logarithmic"):
            lane.choose("Scale", scale)
            assert not np.array_equal(lane.steady(), first)
        expect(lane.settings().get_by_role("checkbox")).to_have_count(0)
        check(page, "spectrogram settings")
        page.keyboard.press("Escape")
