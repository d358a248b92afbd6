"""The editor in JupyterLab with its sound recorded: opened, sought and played by mouse and keys. Measures nothing."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.e2e.servers import JupyterServer, Kernel

from .cdp import Chrome, wait_for
from .common import percentile

#: Peaks of one run serve the next: those of three hours of Opus take minutes.
KEPT = Path(tempfile.gettempdir()) / "avseg-benchmark-peaks"
RECORDER = Path(__file__).with_name("recorder.js")
SETUP = """import os
from avseg_widget import Annotation, Segment, Segmenter, Task, Track
os.environ["AVSEG_CACHE_DIR"] = {cache!r}
row = Track("speaker", "A")
segments = [Segment(row.id, start, end, id=f"s{{n}}") for n, (start, end) in enumerate({spans!r})]"""
SHOW = """w = Segmenter(
    {media!r}, Task(tracks={{"speaker": ["A"]}}), way={way!r}, annotation=Annotation([row], segments)
)
w"""
CELLS = [SETUP, SHOW]
IS_OPEN = """(() => {
  const { currentWidget } = window.jupyterapp?.shell ?? {};
  return Boolean(currentWidget?.context?.isReady && currentWidget.context.path === %s &&
    currentWidget.sessionContext.session?.kernel?.connectionStatus === "connected");
})()"""
RUN = "window.jupyterapp.commands.execute('notebook:run-cell-and-select-next').then(() => true)"
PLAY = '.avseg button[aria-label="Play"]'
TIMER = '.avseg [role="timer"] b'
WAVE = """(() => {
  const box = document.querySelector(".avseg-wave").getBoundingClientRect();
  return [box.left, box.top, box.width, box.height];
})()"""


class Player:
    """One media in a notebook of its own, with a segment for each span. Times in seconds, the page's in ms of 1970."""

    def __init__(
        self,
        server: JupyterServer,
        folder: Path,
        media: str,
        *,
        way: str = "auto",
        spans: Sequence[tuple[float, float]] = (),
    ) -> None:
        self._server = server
        cells = [cell.format(cache=str(KEPT), media=media, way=way, spans=list(spans)) for cell in CELLS]
        self.chrome, self.kernel = run_notebook(server, folder, cells, RECORDER.read_text())
        self.chrome.until(f"document.querySelector('{PLAY}') && !document.querySelector('{PLAY}').disabled")
        self.way = str(self.kernel.run("", "w.media.info().way"))
        self.duration = float(self.kernel.run("", "w.media.info().duration"))
        # Peaks come in the background and may move what is below them.
        wait_for(lambda: self.kernel.run("", "w.media.build_peaks().progress") == 1, "the peaks", 600)
        self.chrome.run(f"document.querySelector('{PLAY}').scrollIntoView({{ block: 'end' }})")
        self.chrome.run(f"heard.watch(document.querySelector('{TIMER}'))")
        time.sleep(1)

    def close(self) -> None:
        self.chrome.close()
        self._server.end_sessions()

    def press_at(self, share: float) -> None:
        """Press on the waveform, whose window is the whole file, at a share of its width."""
        left, top, width, height = self.chrome.run(WAVE)
        place = {"x": left + share * width, "y": top + height / 2, "button": "left", "clickCount": 1}
        self.chrome.send("Input.dispatchMouseEvent", type="mousePressed", buttons=1, **place)
        self.chrome.send("Input.dispatchMouseEvent", type="mouseReleased", **place)

    def key(self, key: str, code: str, modifiers: int = 0) -> None:
        press = {"key": key, "code": code, "modifiers": modifiers}
        self.chrome.send("Input.dispatchKeyEvent", type="keyDown", **press)
        self.chrome.send("Input.dispatchKeyEvent", type="keyUp", **press)

    def space(self) -> None:
        self.key(" ", "Space")

    def rest(self) -> None:
        """Stop, and wait until nothing is heard."""
        if self.chrome.run("document.querySelector('.avseg button[aria-label=\"Pause\"]') !== null"):
            self.space()
        self.chrome.until("!heard.quanta.length || heard.silent()")

    def speed(self, speed: float) -> None:
        self.chrome.run(
            "(() => { const select = document.querySelector('.avseg-speed');"
            f"select.value = '{speed:g}'; select.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()"
        )

    def take(self) -> dict[str, Any]:
        found: dict[str, Any] = self.chrome.run("heard.take()")
        return found


def run_notebook(server: JupyterServer, folder: Path, cells: Sequence[str], script: str) -> tuple[Chrome, Kernel]:
    """Open a notebook of its own in JupyterLab, with a script that runs before the page's, and run all its cells."""
    profile = Path(tempfile.mkdtemp(dir=folder))
    chrome = Chrome(profile)
    name = f"{profile.name}.ipynb"
    chrome.send("Page.enable")
    chrome.send("Page.addScriptToEvaluateOnNewDocument", source=script)
    chrome.send("Page.navigate", url=server.write_notebook(name, list(cells)))
    chrome.until(IS_OPEN % json.dumps(name))
    kernel = server.kernel(name)
    for _ in cells:
        chrome.run(RUN, wait=True)
    return chrome, kernel


def link(server: JupyterServer, path: Path) -> str:
    """Put a file below the server's folder; return its name there."""
    target = server.folder / path.name
    if not target.exists():
        os.link(path, target)
    return path.name


def summary(values: list[float]) -> dict[str, float]:
    return {"p50": round(percentile(values, 0.5), 2), "p95": round(percentile(values), 2), "max": round(max(values), 2)}
