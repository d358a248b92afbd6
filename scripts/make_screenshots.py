"""Take the README's pictures of the editor in real JupyterLab, light and dark, into docs/; needs Chromium."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.e2e.editor import Editor  # noqa: E402
from tests.e2e.hosts import open_notebook  # noqa: E402
from tests.e2e.servers import JupyterServer  # noqa: E402

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
RATE = 16000
CODE = """from avseg_widget import Segmenter, presets, sample

w = Segmenter(sample.audio(), presets.call_center())"""
SAID = [
    ("speaker:Representative", 0.4, 3.9, "Good morning, how can I help you?", "Neutral"),
    ("speaker:Customer", 4.4, 9.6, "Hello, I have a question about my bill.", "Worried"),
    ("speaker:Representative", 10.2, 15.0, "Of course. May I have your name?", "Happy"),
    ("speaker:Customer", 16.0, 21.5, "Yes, it is Anna.", "Neutral"),
    ("language:English", 0.4, 31.0, "", ""),
]


def label(page: Page) -> None:
    """Label the recording as a person would, through the editor's controls."""
    editor = Editor(page, RATE)
    editor.wait()
    for track in dict.fromkeys(said[0] for said in SAID):
        editor.add_track(*track.split(":"))
    for track, start, end, text, emotion in SAID:
        drawn = editor.draw(track, start, end)
        if text:
            row = editor.row(drawn[0])
            row.get_by_label("text").fill(text)
            row.get_by_label("emotion").select_option(emotion)
    editor.content.get_by_role("radio", name="speech", exact=True).check()
    editor.content.get_by_role("radio", name="4", exact=True).check(force=True)
    editor.button("Spectrogram").click()
    page.wait_for_timeout(1500)


def main() -> None:
    """Label the built-in recording, and take one picture in each theme."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = JupyterServer("lab", Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1500, "height": 1200})
        try:
            open_notebook(page, server, "editor", [CODE, "w"])
            label(page)
            for theme, name in (("JupyterLab Light", "light"), ("JupyterLab Dark", "dark")):
                page.evaluate(
                    "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme
                )
                page.wait_for_timeout(1500)
                page.locator(".jp-OutputArea-output").last.screenshot(path=ROOT / "docs" / f"editor-{name}.png")
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
