"""What notebook hosts do to a widget: several views, many mounts, changes from Python, bad input."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .editor import Editor
from .hosts import Opened, open_notebook
from .servers import JupyterServer

SETUP = """\
from avseg_widget import Segmenter, Task, fields, sample
task = Task(tracks={"speaker": ["Customer", "Representative"]}, segment_fields=[fields.Text("text")],
            content_fields=[fields.Text("notes", multiline=True)])
w = Segmenter(sample.audio(), task)"""
RATE_CODE = "w.media.info().sample_rate"
CUSTOMER = "speaker:Customer"
MOUNTS = 50
#: A button that makes an editor, once, where it is clicked in another thread than that of cells.
BUTTON = """\
import threading, ipywidgets
made, cells = [], get_ipython().kernel.io_loop.asyncio_loop
def make(_):
    button.tooltip += "."  # what is answered is heard in the other thread from then on
    if threading.current_thread().name.startswith("subshell-") and not made:
        made.append(Segmenter(sample.audio(), task))
        box.children = [button, made[0]]
button = ipywidgets.Button(description="Make", tooltip="Make it")
button.on_click(make)
box = ipywidgets.VBox([button])
box"""
#: Notes the threads that tell of changes.
NOTES = """\
import threading
heard = set()
w.observe(lambda _: heard.add(threading.current_thread().name), ["segments", "selected_ids"])"""
#: Runs a cell that reads what is labeled, waits for a file, and assigns that and one segment more.
RUNS_LONG = """(file) => {
  const { session } = window.jupyterapp.shell.currentWidget.sessionContext;
  const code = `import pathlib, time
read = list(w.segments)
while not pathlib.Path(${JSON.stringify(file)}).exists(): time.sleep(0.05)
same = read == list(w.segments)
w.segments = [*read, {"track": "speaker:Customer", "start": 8.0, "end": 9.0}]`;
  void session.kernel.requestExecute({ code });
}"""


def editors_of(page: Page, count: int) -> list[Editor]:
    """Return the page's editors, once there are so many."""
    canvases = page.locator('canvas[data-avseg="tracks"]')
    expect(canvases).to_have_count(count)
    return [
        Editor(page, 0, page.locator(".jp-OutputArea-output").filter(has=canvases).nth(place)) for place in range(count)
    ]


def test_notebook_7_opens_and_runs_it(page: Page, notebook7: JupyterServer) -> None:
    opened = open_notebook(page, notebook7, "hosts", [SETUP, "w"])
    assert opened.kernel
    editor = Editor(page, opened.kernel.run("", RATE_CODE))
    editor.wait()
    editor.add_track("speaker", "Customer")
    start, end = editor.draw(CUSTOMER, 1.0, 2.0)
    held = opened.wait_until(lambda value: value["segments"])
    assert [(item["track"], item["start"], item["end"]) for item in held["segments"]] == [(CUSTOMER, start, end)]


def test_edits_wait_for_the_cell_that_runs_and_sound_does_not(page: Page, lab: JupyterServer, tmp_path: Path) -> None:
    setup = SETUP.replace("task)", 'task, way="stream")')
    opened = open_notebook(page, lab, "cells", [setup, NOTES, "w"])
    assert opened.kernel
    kernel = opened.kernel
    editor = Editor(page, kernel.run("", RATE_CODE))
    editor.wait()
    editor.add_track("speaker", "Customer")
    # JupyterLab gives widgets a thread of their own once it knows that the kernel can.
    threads = Opened(lambda: kernel.run("", "[thread.name for thread in threading.enumerate()]"))
    threads.wait_until(lambda names: any(name.startswith("subshell-") for name in names))
    free = tmp_path / "free"
    page.evaluate(RUNS_LONG, str(free))
    first = editor.draw(CUSTOMER, 1.0, 2.0)
    second = editor.draw(CUSTOMER, 3.0, 4.0)
    place = editor.position().text_content() or ""
    editor.button("Play").click()
    expect(editor.position()).not_to_have_text(place)
    expect(page.get_by_text("Python does not answer")).to_be_visible()
    free.touch()
    held = opened.wait_until(lambda value: len(value["segments"]) == 3)
    assert [(item["start"], item["end"]) for item in held["segments"]] == [first, second, (8.0, 9.0)]
    assert kernel.run("", "[same, sorted(heard)]") == [True, ["MainThread"]]
    expect(editor.rows()).to_have_count(3)
    expect(page.get_by_text("Python does not answer")).to_be_hidden()


def test_what_a_button_makes_belongs_to_the_thread_of_cells(page: Page, lab: JupyterServer) -> None:
    opened = open_notebook(page, lab, "button", [SETUP, BUTTON], "[w._home.loop is cells for w in made]")
    assert opened.kernel
    kernel = opened.kernel
    # The first clicks may be heard in the thread of cells, where nothing is made.
    for _ in range(100):
        page.get_by_role("button", name="Make").click()
        page.wait_for_timeout(100)
        if opened.read():
            break
    assert opened.read() == [True]
    editor = Editor(page, kernel.run("", RATE_CODE))
    editor.wait()
    editor.add_track("speaker", "Customer")
    drawn = editor.draw(CUSTOMER, 1.0, 2.0)
    seen = Opened(lambda: kernel.run("", "[[s.start, s.end] for s in made[0].segments]"))
    assert seen.wait_until(bool) == [list(drawn)]


def test_two_views_of_one_widget_stay_in_step(page: Page, lab: JupyterServer) -> None:
    opened = open_notebook(page, lab, "views", [SETUP, "w", "w"])
    assert opened.kernel
    rate = opened.kernel.run("", RATE_CODE)
    one, two = editors_of(page, 2)
    one.rate = rate
    one.add_track("speaker", "Customer")
    start, _ = one.draw(CUSTOMER, 1.0, 2.0)
    one.row(start).get_by_label("text").fill("said in one")
    expect(two.row(start).get_by_label("text")).to_have_value("said in one")
    two.row(start).get_by_label("text").fill("and in two")
    expect(one.row(start).get_by_label("text")).to_have_value("and in two")
    held = opened.wait_until(
        lambda value: value["segments"] and value["segments"][0]["fields"] == {"text": "and in two"}
    )
    assert len(held["segments"]) == 1


def test_two_views_and_python_editing_at_once_converge(page: Page, lab: JupyterServer) -> None:
    """Python edits between messages while both views are drawn in and typed into."""
    edits = """\
from avseg_widget import Segment
import asyncio
# The tables are full before, so that no new row moves what is drawn in.
w.segments = [Segment("speaker:Representative", 20, 21, id=f"before{number}") for number in range(30)]
async def go():
    for number in range(15):
        w.segments = [*w.segments, Segment("speaker:Representative", 10 + number, 10.5 + number, id=f"python{number}")]
        w.content = {"notes": f"python {number}"}
        await asyncio.sleep(0.1)
    w.done = True
w.done = False
"""
    opened = open_notebook(page, lab, "converge", [SETUP, "w", "w"])
    assert opened.kernel
    kernel = opened.kernel
    one, two = editors_of(page, 2)
    one.rate = two.rate = kernel.run("", RATE_CODE)
    one.add_track("speaker", "Customer")
    kernel.run(edits)
    for view in (one, two):
        expect(view.scope.get_by_role("status", name="Segments shown")).to_have_text("30")
    kernel.run("task_under_way = asyncio.get_event_loop().create_task(go())")
    for number in range(4):
        view = (one, two)[number % 2]
        start, _ = view.draw(CUSTOMER, 1 + 2 * number, 2 + 2 * number)
        view.row(start).get_by_label("text").fill(f"view {number}")
    opened.wait_until(lambda _value: kernel.run("", "w.done"))
    held = opened.wait_until(
        lambda value: (
            {item["fields"].get("text") for item in value["segments"]} == {None, *(f"view {n}" for n in range(4))}
        )
    )
    assert len(held["segments"]) == 30 + 15 + 4
    assert held["content"] == {"notes": "python 14"}
    wanted = [(item["start"], item["end"]) for item in held["segments"]]
    for view in (one, two):
        expect(view.scope.get_by_role("status", name="Segments shown")).to_have_text("49")
        shown = view.times_shown()
        assert shown == [pytest.approx(times, abs=6e-7) for times in wanted[: len(shown)]]
        expect(view.content.get_by_label("notes")).to_have_value("python 14")
        expect(view.scope.get_by_text("Saved in Python")).to_be_visible()


def test_python_changes_reach_the_browser_exactly_and_lose_no_typing(page: Page, lab: JupyterServer) -> None:
    opened = open_notebook(page, lab, "python", [SETUP, "w"])
    assert opened.kernel
    editor = Editor(page, opened.kernel.run("", RATE_CODE))
    editor.wait()
    editor.add_track("speaker", "Customer")
    start, _ = editor.draw(CUSTOMER, 1.0, 2.0)
    text = editor.row(start).get_by_label("text")
    text.press_sequentially("typed ")
    opened.kernel.run(f"w.segments = [*w.segments, {{'track': {CUSTOMER!r}, 'start': 0.1, 'end': 0.1 + 0.2}}]")
    expect(editor.rows()).to_have_count(2)
    page.keyboard.type("on")
    expect(text).to_have_value("typed on")
    held = opened.wait_until(lambda value: any(item["fields"] == {"text": "typed on"} for item in value["segments"]))
    assert (held["segments"][0]["start"], held["segments"][0]["end"]) == (0.1, 0.1 + 0.2)


@pytest.mark.own_page
def test_mounting_and_disposing_leaks_nothing(page: Page, lab: JupyterServer) -> None:
    """Show and clear the widget 50 times: nothing of it stays in the page."""
    shows = "from ipywidgets import Output\nplace = Output()\nplace"
    opened = open_notebook(page, lab, "leaks", [SETUP, shows])
    assert opened.kernel
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")

    def cycle(times: int) -> None:
        for _ in range(times):
            opened.kernel.run("place.append_display_data(w)")
            page.locator('canvas[data-avseg="tracks"]').wait_for()
            opened.kernel.run("place.outputs = ()")
            page.locator('canvas[data-avseg="tracks"]').wait_for(state="detached")

    def live(kind: str) -> int:
        prototype = devtools.send("Runtime.evaluate", {"expression": f"{kind}.prototype"})["result"]["objectId"]
        found = devtools.send("Runtime.queryObjects", {"prototypeObjectId": prototype})["objects"]["objectId"]
        size = {"objectId": found, "functionDeclaration": "function () { return this.length; }", "returnByValue": True}
        count = int(devtools.send("Runtime.callFunctionOn", size)["result"]["value"])
        devtools.send("Runtime.releaseObject", {"objectId": found})
        return count

    def measure() -> dict[str, int]:
        for _ in range(3):
            devtools.send("HeapProfiler.collectGarbage")
        metrics = {item["name"]: int(item["value"]) for item in devtools.send("Performance.getMetrics")["metrics"]}
        kinds = ("HTMLCanvasElement", "HTMLMediaElement", "ResizeObserver")
        return {name: metrics[name] for name in ("Nodes", "JSEventListeners")} | {kind: live(kind) for kind in kinds}

    cycle(5)
    before = measure()
    cycle(MOUNTS)
    grown = {name: count - before[name] for name, count in measure().items()}
    assert grown["HTMLCanvasElement"] == grown["ResizeObserver"] == 0
    # The browser frees media elements late. Nodes and listeners: JupyterLab keeps 4 nodes for each output of an empty
    # widget too; a view that leaked would keep dozens of both.
    assert grown["HTMLMediaElement"] < MOUNTS / 5
    assert grown["Nodes"] < 6 * MOUNTS
    assert grown["JSEventListeners"] < 6 * MOUNTS


BAD_MEDIA = {
    "no file": "'missing.wav'",
    "a folder": "folder",
    "an empty file": "write('empty.wav', b'')",
    "text named .wav": "write('text.wav', b'no sound in here')",
    "not media": "42",
}


@pytest.mark.parametrize("what", BAD_MEDIA)
def test_bad_media_says_in_one_line_what_is_wrong(what: str, tmp_path: Path, lab: JupyterServer, page: Page) -> None:
    helper = (
        f"from pathlib import Path\nfolder = Path({str(tmp_path)!r})\n"
        "def write(name, data):\n    path = folder / name\n    path.write_bytes(data)\n    return path"
    )
    broken = f"b = Segmenter({BAD_MEDIA[what]}, task)"
    opened = open_notebook(
        page, lab, f"bad-{what.replace(' ', '-')}", [SETUP + "\n" + helper, broken], "type(w).__name__"
    )
    shown = page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']")
    expect(shown).to_contain_text("MediaError: ")
    assert len(shown.inner_text().strip().splitlines()) == 1
    assert opened.read() == "Segmenter"
