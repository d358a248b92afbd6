"""What a lost connection, a reload and a dead kernel leave of the work in a real JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from .editor import Editor
from .hosts import Opened, open_notebook
from .servers import JupyterServer
from .test_hosts import CUSTOMER, RATE_CODE, SETUP

pytestmark = pytest.mark.own_page

PATIENT = 40_000


class Line:
    """The page's websockets to the kernel: cut, and mended again."""

    def __init__(self, page: Page) -> None:
        self.cut = False
        self._open: list[WebSocketRoute] = []
        page.route_web_socket(re.compile(r"/channels"), self._connect)

    def _connect(self, page_side: WebSocketRoute) -> None:
        if self.cut:
            page_side.close()
            return
        page_side.connect_to_server()
        self._open.append(page_side)

    def down(self) -> None:
        self.cut = True
        for side in self._open:
            side.close()
        self._open.clear()

    def up(self) -> None:
        self.cut = False


def begin(page: Page, lab: JupyterServer, name: str, cells: list[str] | None = None) -> tuple[Opened, Editor]:
    """Open a notebook with an editor of one track; return both."""
    opened = open_notebook(page, lab, name, cells or [SETUP, "w"])
    assert opened.kernel
    editor = Editor(page, opened.kernel.run("", RATE_CODE))
    editor.wait()
    editor.add_track("speaker", "Customer")
    expect_saved(editor)
    return opened, editor


def reload(page: Page) -> None:
    """Save the notebook and load its page again."""
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()


def expect_saved(editor: Editor) -> None:
    """Wait until Python has confirmed every edit."""
    told = editor.scope.get_by_role("status", name="Saving")
    expect(told).to_have_text(re.compile("^Saved in "), timeout=PATIENT)
    expect(told).to_have_attribute("data-unsaved", "0", timeout=PATIENT)


def saved(editor: Editor) -> Callable[[str], None]:
    status = editor.scope.get_by_role("status", name="Saving")
    return lambda text: expect(status).to_have_text(re.compile(text), timeout=PATIENT)


def test_undo_and_redo_survive_a_reload(page: Page, lab: JupyterServer) -> None:
    opened, editor = begin(page, lab, "reload")
    first = editor.draw(CUSTOMER, 1.0, 2.0)
    second = editor.draw(CUSTOMER, 3.0, 4.0)
    editor.row(second[0]).get_by_label("text").fill("typed")
    opened.wait_until(lambda value: [item["fields"] for item in value["segments"]][-1:] == [{"text": "typed"}])
    reload(page)
    editor.wait()
    expect(editor.rows()).to_have_count(2)
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(editor.row(second[0]).get_by_label("text")).to_have_value("")
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(editor.rows()).to_have_count(1)
    reload(page)
    editor.wait()
    expect(editor.rows()).to_have_count(1)
    for _ in range(2):
        page.get_by_role("button", name=re.compile("^Redo")).click()
    expect(editor.row(second[0]).get_by_label("text")).to_have_value("typed")
    held = opened.wait_until(lambda value: len(value["segments"]) == 2)
    assert [(item["start"], item["end"]) for item in held["segments"]] == [first, second]


def test_edits_without_a_websocket_are_kept_and_sent_in_order(page: Page, lab: JupyterServer) -> None:
    line = Line(page)
    opened, editor = begin(page, lab, "offline")
    state = saved(editor)
    state("^Saved in Python's memory$")
    line.down()
    state("^Offline$")
    segment = editor.draw(CUSTOMER, 1.0, 2.0)
    state("^Offline: 1 edit kept in this browser$")
    editor.row(segment[0]).get_by_label("text").fill("one")
    state("^Offline: 2 edits kept in this browser$")
    segment = editor.resize_end(CUSTOMER, segment, 3.0)
    state("^Offline: 3 edits kept in this browser$")
    page.get_by_role("button", name=re.compile("^Undo")).click()
    page.get_by_role("button", name=re.compile("^Redo")).click()
    state("^Offline: 5 edits kept in this browser$")
    assert opened.read()["segments"] == []
    line.up()
    expect_saved(editor)
    (held,) = opened.read()["segments"]
    assert (held["start"], held["end"], held["fields"]) == (*segment, {"text": "one"})


def test_a_page_reloaded_without_a_websocket_sends_what_the_one_before_kept(page: Page, lab: JupyterServer) -> None:
    line = Line(page)
    opened, editor = begin(page, lab, "offline-reload")
    state = saved(editor)
    state("^Saved in Python's memory$")
    line.down()
    segments = [editor.draw(CUSTOMER, start, start + 1.0) for start in (1.0, 3.0, 5.0)]
    state("^Offline: 3 edits kept in this browser$")
    reload(page)
    page.get_by_text("Loading widget...").wait_for()
    assert opened.read()["segments"] == []
    line.up()
    reload(page)  # a page that found no kernel for too long gives up
    editor.wait()
    expect(editor.rows()).to_have_count(3)
    expect_saved(editor)
    held = opened.read()["segments"]
    assert [(item["start"], item["end"]) for item in held] == segments
    page.get_by_role("button", name=re.compile("^Undo: draw segment")).click()
    expect(editor.rows()).to_have_count(2)
    opened.wait_until(lambda value: len(value["segments"]) == 2)


def test_a_restarted_kernel_without_a_store_is_told_at_once(page: Page, lab: JupyterServer) -> None:
    _opened, editor = begin(page, lab, "restarted")
    state = saved(editor)
    state("^Saved in Python's memory$")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    state("^Not connected, and no store keeps what is here: copy the segments")
    editor.draw(CUSTOMER, 1.0, 2.0)
    expect(editor.rows()).to_have_count(1)
