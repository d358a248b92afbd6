"""An edit's way from the browser to Python in real JupyterLab, for 100, 1,000 and 10,000 segments in one notebook.

A round presses a key in each editor that takes a segment's answer back or gives it again (undo and redo: typed text
would not do, as the editor waits until the typing rests), and one in an empty widget that sends an empty message.
Times run from the browser's time stamp of the key to Python's `observe` (or the message's handler), on the one clock of
this machine; the rounds mix all of them, so that what slows one down slows all. `bytes_per_edit` is the whole websocket
frame that carries an edit, Jupyter's envelope included. Beside it the same edit by a List-of-dict trait.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, sync_playwright

from tests.e2e.hosts import open_notebook
from tests.e2e.servers import JupyterServer, Kernel

from .common import FLAGS, chromium, finish, percentile, write_hour

LIMITS = {"bytes_per_edit": 600, "observe_vs_empty_comm_p95": 1.15, "ratio_10000_vs_100": 1.1, "set_10000_ms": 1000}
SIZES = (100, 1_000, 10_000)
ROUNDS = 40
#: Between two keys, in ms: more than a message takes, so that none waits for the one before.
PAUSE = 220
#: After the focus came to an editor, in ms: the notebook scrolls to it and draws what comes into sight.
SETTLE = 300

SETUP = """
import sys, time
sys.path.insert(0, {root!r})
import anywidget, ipywidgets, msgspec, traitlets
import avseg_widget
from benchmarks.common import make_annotation, make_task
from avseg_widget import Annotation, Segmenter

times = {{}}
def note(name):
    times[name] = []
    return lambda *_: times[name].append(time.time() * 1000)

task, media = make_task(), {media!r}
"""
EDITORS = """
class Empty(anywidget.AnyWidget):
    _esm = '''export default {{ render({{ model, el }}) {{
      el.tabIndex = 0;
      Object.assign(el, {{ ariaLabel: "Empty", textContent: "Press Z here" }});
      el.addEventListener("keydown", (event) => event.key.toLowerCase() === "z" && model.send({{}}));
      el.dataset.lmSuppressShortcuts = "true";
    }} }};'''

empty = Empty()
empty.on_msg(note("empty"))
editors = []
for count in {sizes}:
    editor = Segmenter(media, task, annotation=make_annotation(count))
    editor.observe(note(str(count)), "segments")
    editors.append(editor)
ipywidgets.VBox([empty, *editors])
"""
LIST = """
class Listed(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
      const input = Object.assign(document.createElement("input"), { ariaLabel: "List" });
      input.addEventListener("input", () => {
        const segments = [...model.get("segments")];
        segments[0] = { ...segments[0], fields: { ...segments[0].fields, text: input.value } };
        model.set("segments", segments);
        model.save_changes();
      });
      el.append(input);
    } };'''
    segments = traitlets.List().tag(sync=True)

listed = Listed(segments=msgspec.to_builtins(make_annotation(10_000).segments))
listed.observe(note("list"), "segments")
listed
"""
EMPTY_EDITOR = """
many = make_annotation(10_000)
shown = Segmenter(media, task, annotation=Annotation(many.tracks))
shown
"""
#: Notes when each key came to the browser.
KEYS = """() => {
  window.benchKeys = [];
  addEventListener("keydown", (event) => benchKeys.push(performance.timeOrigin + event.timeStamp), { capture: true });
}"""
#: Says when the first lane of an editor is not of one colour any more.
DRAWN = """(canvas) => {
  const look = () => {
    const row = canvas.getContext("2d").getImageData(0, 18, canvas.width, 1).data;
    for (let at = 4; at < row.length; at += 4) {
      if (row[at] !== row[0] || row[at + 1] !== row[1]) {
        const note = () => { window.benchDrawn = performance.timeOrigin + performance.now(); };
        requestAnimationFrame(() => setTimeout(note));
        return;
      }
    }
    requestAnimationFrame(look);
  };
  window.benchDrawn = 0;
  requestAnimationFrame(look);
}"""


@contextmanager
def notebook(page: Page, server: JupyterServer, name: str, cells: list[str]) -> Iterator[Kernel]:
    opened = open_notebook(page, server, name, cells, "0")
    if opened.kernel is None:
        raise RuntimeError("the notebook has no kernel")
    yield opened.kernel
    server.end_sessions()


def presses(page: Page, fields: dict[str, Locator], rounds: int) -> dict[str, list[float]]:
    """Press a key in each field in turn; return when the keys came to the browser, in ms."""
    page.evaluate(KEYS)
    pressed: dict[str, list[float]] = {name: [] for name in fields}
    for turn in range(rounds):
        for name, field in fields.items():
            field.focus()
            page.wait_for_timeout(SETTLE)
            page.keyboard.press("Control+Shift+z" if turn % 2 else "Control+z")
            page.wait_for_timeout(PAUSE)
            pressed[name].append(page.evaluate("benchKeys.at(-1)"))
    return pressed


def measure_edits(page: Page, server: JupyterServer, setup: str) -> dict[str, Any]:
    sent: list[bytes | str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))  # noqa: PLW0108 (it sets attributes on it)
    with notebook(page, server, "edits", [setup, EDITORS.format(sizes=SIZES)]) as kernel:
        editors = page.locator(".avseg")
        fields = {"empty": page.get_by_label("Empty", exact=True)}
        fields["empty"].wait_for()
        for place, size in enumerate(SIZES):
            fields[str(size)] = editors.nth(place).locator(".avseg-editor")
            rows = editors.nth(place).get_by_role("table", name="Segments")
            rows.get_by_label("emotion", exact=True).first.select_option("Happy")
        page.wait_for_timeout(3000)
        presses(page, fields, 4)
        page.wait_for_timeout(2000)
        kernel.run("for found in times.values(): found.clear()")
        sent.clear()
        pressed = presses(page, fields, ROUNDS)
        page.wait_for_timeout(1000)
        # The first connection was idle for longer than the server allows.
        heard = server.kernel("edits.ipynb").run("", "times")
    found: dict[str, Any] = {}
    for name in fields:
        if len(heard[name]) != ROUNDS:
            raise RuntimeError(f"{name}: {ROUNDS} keys were pressed and Python heard {len(heard[name])}")
        took = [after - before for before, after in zip(pressed[name], heard[name], strict=True)]
        found[name] = {"p50": round(statistics.median(took), 2), "p95": round(percentile(took), 2)}
    edits = [len(frame) for frame in sent if has(frame, b'"edit"')]
    if len(edits) != len(SIZES) * ROUNDS:
        raise RuntimeError(f"{len(SIZES) * ROUNDS} edits were made and {len(edits)} frames carry one")
    return {"edits": found, "bytes_per_edit": max(edits)}


def measure_list(page: Page, server: JupyterServer, setup: str) -> dict[str, Any]:
    sent: list[bytes | str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))  # noqa: PLW0108 (it sets attributes on it)
    with notebook(page, server, "list", [setup, LIST]) as kernel:
        fields = {"list": page.get_by_role("textbox", name="List", exact=True)}
        fields["list"].wait_for()
        page.wait_for_timeout(1000)
        sent.clear()
        page.evaluate(KEYS)
        pressed = []
        for _ in range(8):
            fields["list"].focus()
            page.keyboard.press("x")
            page.wait_for_timeout(1500)
            pressed.append(page.evaluate("benchKeys.at(-1)"))
        heard = kernel.run("", "times")["list"]
    took = [after - before for before, after in zip(pressed, heard, strict=False)]
    size = max(len(frame) for frame in sent if has(frame, b'"segments"'))
    return {"list_trait_bytes_per_edit": size, "list_trait_ms": round(statistics.median(took), 1)}


def measure_set(page: Page, server: JupyterServer, setup: str) -> dict[str, Any]:
    with notebook(page, server, "set", [setup, EMPTY_EDITOR]) as kernel:
        canvas = page.locator('canvas[data-avseg="tracks"]')
        canvas.wait_for()
        page.wait_for_timeout(1500)
        took = []
        for _ in range(3):
            canvas.evaluate(DRAWN)
            began = kernel.run("began = time.time() * 1000; shown.segments = many.segments", "began")
            page.wait_for_function("window.benchDrawn")
            took.append(page.evaluate("window.benchDrawn") - began)
            kernel.run("shown.segments = []")
            page.wait_for_timeout(1000)
    return {"set_10000_ms": round(statistics.median(took)), "set_10000_all_ms": [round(value) for value in took]}


def has(frame: bytes | str, part: bytes) -> bool:
    return part in (frame if isinstance(frame, bytes) else frame.encode())


def main() -> None:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="avseg-bench-") as name:
        folder = Path(name)
        server = JupyterServer("lab", folder)
        root = str(Path(__file__).parents[1])
        setup = SETUP.format(root=root, media=str(write_hour(server.folder)))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
                for measure in (measure_edits, measure_list, measure_set):
                    page = browser.new_page(viewport={"width": 1500, "height": 1000})
                    found |= measure(page, server, setup)
                    page.close()
                browser.close()
        finally:
            server.stop()
    edits = found["edits"]
    empty = edits["empty"]["p95"]
    figures = {
        "bytes_per_edit": found["bytes_per_edit"],
        "observe_vs_empty_comm_p95": round(max(edits[str(size)]["p95"] for size in SIZES) / empty, 3),
        "ratio_10000_vs_100": round(edits["10000"]["p50"] / edits["100"]["p50"], 3),
        "list_trait_bytes_per_edit": found["list_trait_bytes_per_edit"],
        "set_10000_ms": found["set_10000_ms"],
    }
    finish(figures, LIMITS, found)


if __name__ == "__main__":
    main()
