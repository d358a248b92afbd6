"""What notebook hosts do to a widget: several views, many mounts, changes from Python, bad input."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .editor import Editor
from .hosts import open_notebook
from .servers import JupyterServer

SETUP = """\
from avseg_widget import Segmenter, Task, fields, sample
task = Task(tracks={"speaker": ["Customer", "Representative"]}, segment_fields=[fields.Text("text")],
            content_fields=[fields.Text("notes", multiline=True)])
w = Segmenter(sample.audio(), task)"""
RATE_CODE = "w.media.info.sample_rate"
CUSTOMER = "speaker:Customer"
MOUNTS = 50


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
