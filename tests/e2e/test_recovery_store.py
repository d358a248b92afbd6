"""What is left of the work in a real JupyterLab when kernels, servers and disks fail, with a store behind it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as NotShownError

from avseg_widget import Store, Task, fields

from . import test_recovery
from .editor import Editor
from .hosts import SNAPSHOT, Opened
from .servers import JupyterServer
from .test_hosts import CUSTOMER
from .test_recovery import PATIENT, Line, expect_saved, reload, saved

pytestmark = pytest.mark.own_page

TASK = Task(tracks={"speaker": ["Customer", "Representative"]}, segment_fields=[fields.Text("text")])
ITEM, ANNOTATOR = "call", "ann"
CONNECTED = """() => {
  const session = window.jupyterapp.shell.currentWidget?.sessionContext?.session;
  return session?.kernel?.connectionStatus === "connected";
}"""
NOT_CONNECTED = "^Not connected: run the cell again to go on"


def cells(store: Path) -> list[str]:
    """Return the cells of a notebook that labels into a store."""
    setup = f"""\
from avseg_widget import Segmenter, Task, fields, sample
task = Task(tracks={{"speaker": ["Customer", "Representative"]}}, segment_fields=[fields.Text("text")])
w = Segmenter(sample.audio(), task, store={str(store)!r}, item={ITEM!r}, annotator={ANNOTATOR!r})"""
    return [setup, "w"]


def begin(page: Page, lab: JupyterServer, name: str, store: Path) -> tuple[Opened, Editor]:
    """Open a notebook that labels into a store, with an editor of one track; return both."""
    return test_recovery.begin(page, lab, name, cells(store))


def run_again(page: Page, lab: JupyterServer, name: str, editor: Editor) -> Opened:
    """Run all cells, as a user does when the kernel is a new one; return Python's new side."""
    page.wait_for_function(CONNECTED, timeout=PATIENT)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    editor.wait()
    kernel = lab.kernel(f"{name}.ipynb")
    return Opened(lambda: kernel.run("", SNAPSHOT), kernel)


def times(annotation: dict) -> list[tuple[float, float]]:
    """Return start and end of each segment."""
    return [(item["start"], item["end"]) for item in annotation["segments"]]


def stored(store: Path) -> list[tuple[float, float]]:
    """Return what the file holds, read by another process than the kernel."""
    with Store(store) as opened:
        return [(item.start, item.end) for item in opened.annotation(ITEM, ANNOTATOR).segments]


def kernel_ends(how: str, page: Page, opened: Opened) -> None:
    """End a kernel as the system does to one that takes too much memory, or as its user does by the menu."""
    assert opened.kernel
    if how == "killed":
        os.kill(opened.kernel.run("", "__import__('os').getpid()"), signal.SIGKILL)
    else:
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")


def dismiss_dialogs(page: Page) -> None:
    """Close what JupyterLab says of the server: behind each dialog another may wait."""
    button = page.locator(".jp-Dialog-footer button").first
    with suppress(NotShownError):
        while True:
            button.wait_for(timeout=500)
            button.click()


def draw_past_dialogs(page: Page, editor: Editor, start: float, end: float) -> tuple[float, float]:
    """Draw a segment, once more where a dialog on the lost server came over the editor."""
    rows = editor.rows().count()
    for _ in range(5):
        dismiss_dialogs(page)
        drawn = editor.draw(CUSTOMER, start, end)
        with suppress(AssertionError):
            expect(editor.rows()).to_have_count(rows + 1)
            return drawn
    raise AssertionError(f"nothing could be drawn from {start} to {end} s")


@pytest.mark.parametrize("how", ["killed", "restarted"])
def test_after_the_kernels_end_the_cell_run_again_shows_every_edit(
    how: str, page: Page, lab: JupyterServer, tmp_path: Path
) -> None:
    store = tmp_path / "labels.db"
    opened, editor = begin(page, lab, how, store)
    state = saved(editor)
    made = [editor.draw(CUSTOMER, 1.0, 2.0), editor.draw(CUSTOMER, 3.0, 4.0)]
    editor.row(made[1][0]).get_by_label("text").fill("acknowledged")
    page.get_by_role("button", name="Undo: edit text").wait_for()
    expect_saved(editor)
    state("^Saved in labels.db$")
    assert stored(store) == made
    kernel_ends(how, page, opened)
    if how == "killed":
        # JupyterLab tells of it too, and takes the mouse meanwhile.
        page.get_by_role("button", name="Ok", exact=True).click()
    made.append(editor.draw(CUSTOMER, 5.0, 6.0))
    state(NOT_CONNECTED)
    made.append(editor.draw(CUSTOMER, 7.0, 8.0))
    state(f"{NOT_CONNECTED}; 2 edits kept in this browser")
    assert stored(store) == made[:2]
    again = run_again(page, lab, how, editor)
    expect(editor.rows()).to_have_count(4)
    expect_saved(editor)
    assert times(again.read()) == made == stored(store)
    expect(editor.row(made[1][0]).get_by_label("text")).to_have_value("acknowledged")
    for count in (3, 2):
        page.get_by_role("button", name="Undo: draw segment").click()
        expect(editor.rows()).to_have_count(count)
    page.get_by_role("button", name="Undo: edit text").click()
    expect(editor.row(made[1][0]).get_by_label("text")).to_have_value("")
    expect_saved(editor)
    assert stored(store) == made[:2]


def test_a_tab_closed_and_opened_again_shows_every_edit_and_undoes(
    page: Page, lab: JupyterServer, tmp_path: Path
) -> None:
    store = tmp_path / "labels.db"
    _opened, editor = begin(page, lab, "tab", store)
    made = [editor.draw(CUSTOMER, 1.0, 2.0), editor.draw(CUSTOMER, 3.0, 4.0)]
    expect_saved(editor)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    other = page.context.new_page()
    page.close()
    other.goto(f"{lab.url}/lab/workspaces/other/tree/tab.ipynb?token={lab.token}")
    editor = Editor(other, editor.rate)
    editor.wait()
    expect(editor.rows()).to_have_count(2)
    other.get_by_role("button", name="Undo: draw segment").click()
    expect(editor.rows()).to_have_count(1)
    expect_saved(editor)
    assert stored(store) == made[:1]


def test_another_notebooks_changes_show_and_win_over_edits_made_offline(
    page: Page, lab: JupyterServer, tmp_path: Path
) -> None:
    store = tmp_path / "labels.db"
    line = Line(page)
    opened, editor = begin(page, lab, "two", store)
    mine = editor.draw(CUSTOMER, 1.0, 2.0)
    expect_saved(editor)
    assert opened.kernel
    duration = opened.kernel.run("", "w.media.info().duration")
    with Store(store) as shared:
        other = shared.open(ITEM, TASK, annotator=ANNOTATOR, duration=duration)
        (segment,) = other.document.segments
        added = {"track": CUSTOMER, "start": 5.0, "end": 6.0}
        other.apply(other.document.diff_to([segment, added]), "", 0, other.revision)
        expect(editor.rows()).to_have_count(2)
        line.down()
        saved(editor)("^Offline")
        editor.row(mine[0]).get_by_label("text").fill("mine")
        saved(editor)("^Offline: 1 edit kept")
        theirs = msgspec.structs.replace(segment, fields={"text": "theirs"})
        other.apply(other.document.diff_to([theirs, other.document.segments[1]]), "", 0, other.revision)
    line.up()
    told = editor.scope.get_by_role("alert")
    expect(told).to_contain_text("An edit could not be saved", timeout=PATIENT)
    expect(told).to_contain_text("the segment “theirs” on speaker: Customer, ")
    expect(told).to_contain_text("text “mine”")
    expect(editor.row(mine[0]).get_by_label("text")).to_have_value("theirs")
    expect_saved(editor)
    assert [item["fields"] for item in opened.read()["segments"]] == [{"text": "theirs"}, {}]
    page.get_by_role("button", name="Dismiss").click()
    expect(told).to_have_count(0)


@pytest.fixture
def own_lab(tmp_path: Path, page: Page) -> Iterator[JupyterServer]:
    """Yield a JupyterLab of the test's own, which it may end."""
    server = JupyterServer("lab", tmp_path)
    yield server
    page.close()
    server.end_sessions()
    server.stop()


def test_after_the_servers_end_a_page_opened_again_tells_what_to_do_and_loses_nothing(
    page: Page, own_lab: JupyterServer, problems: list[str], tmp_path: Path
) -> None:
    store = tmp_path / "labels.db"
    _opened, editor = begin(page, own_lab, "server", store)
    state = saved(editor)
    made = [editor.draw(CUSTOMER, 1.0, 2.0)]
    expect_saved(editor)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    own_lab.stop()
    state("^(Offline|Not connected)")
    page.get_by_text("Server Connection Error").wait_for(timeout=PATIENT)
    made += [draw_past_dialogs(page, editor, start, start + 1) for start in (3.0, 5.0)]
    state("2 edits kept in this browser")
    assert stored(store) == made[:1]
    own_lab.start()
    own_lab.wait(f"/api/status?token={own_lab.token}")
    page.goto(f"{own_lab.url}/lab/workspaces/again/tree/server.ipynb?token={own_lab.token}")
    page.get_by_text("model not found").wait_for(timeout=PATIENT)
    again = run_again(page, own_lab, "server", editor)
    expect(editor.rows()).to_have_count(3)
    expect_saved(editor)
    assert times(again.read()) == made == stored(store)
    problems.clear()  # the browser tells of every request that met no server


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder on a disk of its own of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_edits_that_a_full_disk_cannot_hold_are_kept_and_saved_when_it_can(
    page: Page, lab: JupyterServer, small_disk: Path
) -> None:
    store = small_disk / "labels.db"
    opened, editor = begin(page, lab, "full", store)
    state = saved(editor)
    made = [editor.draw(CUSTOMER, 1.0, 2.0)]
    expect_saved(editor)
    fill = small_disk / "fill"
    with fill.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    for start in range(3, 30, 2):
        made.append(editor.draw(CUSTOMER, start, start + 1.0))
        editor.row(made[-1][0]).get_by_label("text").fill("x" * 4000)
        if "kept in" in editor.scope.get_by_role("status", name="Saving").inner_text():
            break
    state("edits? kept in this browser, tried again every few seconds$")
    assert len(stored(store)) < len(made)
    reload(page)
    editor.wait()
    expect(editor.rows()).to_have_count(len(made))
    state("edits? kept in this browser, tried again every few seconds$")
    fill.unlink()
    page.get_by_role("button", name="Try again now").click()
    expect_saved(editor)
    assert times(opened.read()) == made == stored(store)
