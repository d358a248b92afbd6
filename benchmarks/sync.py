"""An edit's way from the browser to Python in real JupyterLab, for 100, 1,000 and 10,000 segments in one notebook.

A round presses a key in each editor that takes a segment's answer back or gives it again (undo and redo: typed text
would not do, as the editor waits until the typing rests), and one in an empty widget that sends an empty message.
Times run from the browser's time stamp of the key to Python's `observe` (or the message's handler), on the one clock of
this machine; the rounds mix all of them, so that what slows one down slows all. Beside them `drawing_vs_empty_comm_p95`
is an empty message whose widget then fills three canvases, and does nothing else: what the browser's drawing alone
takes from a message on its way, where they share few cores. `bytes_per_edit` is the whole websocket frame that carries
an edit, Jupyter's envelope included. Beside it the same edit by a List-of-dict trait.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.servers import JupyterServer, Kernel

from .cdp import Chrome
from .common import finish, percentile, write_hour
from .player import run_notebook

LIMITS = {"bytes_per_edit": 600, "observe_vs_empty_comm_p95": 1.15, "ratio_10000_vs_100": 1.1, "set_10000_ms": 1000}
SIZES = (100, 1_000, 10_000)
ROUNDS = 80
#: Between two keys, in seconds: more than a message takes, so that none waits for the one before.
PAUSE = 0.22
#: After the focus came to an editor, in seconds: the notebook scrolls to it and draws what comes into sight.
SETTLE = 0.3
#: Of the DevTools protocol.
CTRL, SHIFT = 2, 8

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
      Object.assign(el, {{ ariaLabel: model.get("name"), textContent: "Press Z here" }});
      const canvases = Array.from({{ length: model.get("canvases") }}, () =>
        el.appendChild(Object.assign(document.createElement("canvas"), {{ width: 1200, height: 300 }})));
      let hue = 0;
      const draw = () => {{
        hue += 100;
        for (const canvas of canvases) {{
          const pen = canvas.getContext("2d");
          pen.fillStyle = `hsl(${{hue}} 50% 50%)`;
          for (let x = 0; x < 1200; x += 6) pen.fillRect(x, 0, 4, 300);
        }}
      }};
      el.addEventListener("keydown", (event) => {{
        if (event.key.toLowerCase() !== "z") return;
        model.send({{}});
        if (canvases.length) requestAnimationFrame(draw);
      }});
      el.dataset.lmSuppressShortcuts = "true";
    }} }};'''
    name = traitlets.Unicode().tag(sync=True)
    canvases = traitlets.Int().tag(sync=True)

empty, drawing = Empty(name="empty"), Empty(name="drawing", canvases=3)
for each in (empty, drawing):
    each.on_msg(note(each.name))
editors = []
for count in {sizes}:
    editor = Segmenter(media, task, annotation=make_annotation(count))
    editor.observe(note(str(count)), "segments")
    editors.append(editor)
ipywidgets.VBox([empty, drawing, *editors])
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
#: Notes when each key came to the browser, and what goes out by websockets.
NOTES = """
window.bench = { keys: [], frames: [], drawn: 0 };
addEventListener("keydown", (event) => bench.keys.push(performance.timeOrigin + event.timeStamp), { capture: true });
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  bench.frames.push(data);
  return send.call(this, data);
};
"""
#: The bytes of the frames that carry a word.
SIZES_OF = """Promise.all(bench.frames.map((data) => new Blob([data]).text().then(
  (text) => text.includes(%s) ? new Blob([data]).size : 0,
))).then((sizes) => sizes.filter(Boolean))"""
#: Says when the first lane of an editor is not of one colour any more.
DRAWN = """(() => {
  const canvas = document.querySelector('canvas[data-avseg="tracks"]');
  const look = () => {
    const row = canvas.getContext("2d").getImageData(0, 18, canvas.width, 1).data;
    for (let at = 4; at < row.length; at += 4) {
      if (row[at] !== row[0] || row[at + 1] !== row[1]) {
        const note = () => { bench.drawn = performance.timeOrigin + performance.now(); };
        requestAnimationFrame(() => setTimeout(note));
        return;
      }
    }
    requestAnimationFrame(look);
  };
  bench.drawn = 0;
  requestAnimationFrame(look);
})()"""
EDITOR = "document.querySelectorAll('.avseg-editor')[%d]"
LISTED = "document.querySelector('[aria-label=List]')"
#: Chooses the first segment's answer, which the keys then take back and give again.
CHOOSE = """(() => {
  const select = %s.querySelector('tr[data-segment] select[aria-label=emotion]');
  select.value = [...select.options].find(({ label }) => label === "Happy").value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
})()"""


@contextmanager
def notebook(server: JupyterServer, folder: Path, cells: list[str]) -> Iterator[tuple[Chrome, Kernel]]:
    chrome, kernel = run_notebook(server, folder, cells, NOTES)
    try:
        yield chrome, kernel
    finally:
        chrome.close()
        server.end_sessions()


def press(chrome: Chrome, element: str, modifiers: int, key: str, text: str = "") -> float:
    """Press a key in an element; return when it came to the browser, in ms."""
    chrome.run(f"{element}.focus()")
    time.sleep(SETTLE)
    code = {"key": key, "code": f"Key{key.upper()}", "windowsVirtualKeyCode": ord(key.upper()), "modifiers": modifiers}
    chrome.send("Input.dispatchKeyEvent", type="keyDown", text=text, **code)
    chrome.send("Input.dispatchKeyEvent", type="keyUp", **code)
    time.sleep(PAUSE)
    return float(chrome.run("bench.keys.at(-1)"))


def presses(chrome: Chrome, elements: Mapping[str, str], rounds: int) -> dict[str, list[float]]:
    """Press a key in each element in turn; return when the keys came to the browser, in ms."""
    pressed: dict[str, list[float]] = {name: [] for name in elements}
    for turn in range(rounds):
        for name, element in elements.items():
            modifiers, key = (CTRL | SHIFT, "Z") if turn % 2 else (CTRL, "z")
            pressed[name].append(press(chrome, element, modifiers, key))
    return pressed


def sizes(chrome: Chrome, word: str) -> list[int]:
    """Return the bytes of the frames sent that carry a word."""
    found: list[int] = chrome.run(SIZES_OF % f"'{word}'", wait=True)
    return found


def measure_edits(server: JupyterServer, folder: Path, setup: str) -> dict[str, Any]:
    with notebook(server, folder, [setup, EDITORS.format(sizes=SIZES)]) as (chrome, kernel):
        elements = {name: f"document.querySelector('[aria-label={name}]')" for name in ("empty", "drawing")}
        for place, size in enumerate(SIZES):
            elements[str(size)] = EDITOR % place
            chrome.until(f"{EDITOR % place}?.querySelector('tr[data-segment]') !== null")
            chrome.run(CHOOSE % (EDITOR % place))
        time.sleep(3)
        presses(chrome, elements, 4)
        time.sleep(2)
        kernel.run("for found in times.values(): found.clear()")
        kernel.close()  # the server has to hand everything to each connection
        chrome.run("bench.frames.length = 0")
        pressed = presses(chrome, elements, ROUNDS)
        time.sleep(1)
        kernel.connect()
        heard = kernel.run("", "times")
        edits = sizes(chrome, '"edit"')
    found: dict[str, Any] = {}
    for name in elements:
        if len(heard[name]) != ROUNDS:
            raise RuntimeError(f"{name}: {ROUNDS} keys were pressed and Python heard {len(heard[name])}")
        took = [after - before for before, after in zip(pressed[name], heard[name], strict=True)]
        found[name] = {"p50": round(statistics.median(took), 2), "p95": round(percentile(took), 2)}
    if len(edits) != len(SIZES) * ROUNDS:
        raise RuntimeError(f"{len(SIZES) * ROUNDS} edits were made and {len(edits)} frames carry one")
    return {"edits": found, "bytes_per_edit": max(edits)}


def measure_list(server: JupyterServer, folder: Path, setup: str) -> dict[str, Any]:
    with notebook(server, folder, [setup, LIST]) as (chrome, kernel):
        chrome.until(f"{LISTED} !== null")
        time.sleep(1)
        chrome.run("bench.frames.length = 0")
        pressed = []
        for _ in range(8):
            pressed.append(press(chrome, LISTED, 0, "x", "x"))
            time.sleep(1.5)
        heard = kernel.run("", "times")["list"]
        size = max(sizes(chrome, '"segments"'))
    took = [after - before for before, after in zip(pressed, heard, strict=False)]
    return {"list_trait_bytes_per_edit": size, "list_trait_ms": round(statistics.median(took), 1)}


def measure_set(server: JupyterServer, folder: Path, setup: str) -> dict[str, Any]:
    with notebook(server, folder, [setup, EMPTY_EDITOR]) as (chrome, kernel):
        chrome.until("document.querySelector('canvas[data-avseg=tracks]') !== null")
        time.sleep(1.5)
        took = []
        for _ in range(3):
            chrome.run(DRAWN)
            began = kernel.run("began = time.time() * 1000; shown.segments = many.segments", "began")
            took.append(chrome.until("bench.drawn") - began)
            kernel.run("shown.segments = []")
            time.sleep(1)
    return {"set_10000_ms": round(statistics.median(took)), "set_10000_all_ms": [round(value) for value in took]}


def main() -> None:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="avseg-bench-") as name:
        folder = Path(name)
        server = JupyterServer("lab", folder)
        root = str(Path(__file__).parents[1])
        setup = SETUP.format(root=root, media=str(write_hour(server.folder)))
        try:
            for measure in (measure_edits, measure_list, measure_set):
                found |= measure(server, folder, setup)
        finally:
            server.stop()
    edits = found["edits"]
    empty = edits["empty"]["p95"]
    figures = {
        "bytes_per_edit": found["bytes_per_edit"],
        "observe_vs_empty_comm_p95": round(max(edits[str(size)]["p95"] for size in SIZES) / empty, 3),
        "drawing_vs_empty_comm_p95": round(edits["drawing"]["p95"] / empty, 3),
        "ratio_10000_vs_100": round(edits["10000"]["p50"] / edits["100"]["p50"], 3),
        "list_trait_bytes_per_edit": found["list_trait_bytes_per_edit"],
        "set_10000_ms": found["set_10000_ms"],
    }
    finish(figures, LIMITS, found)


if __name__ == "__main__":
    main()
