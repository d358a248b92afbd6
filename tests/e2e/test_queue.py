"""The labeling queue in real JupyterLab: one item after the other by keys, the list, and what is kept of it all."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from .editor import Editor
from .hosts import Opened, open_notebook, run_again
from .queue import QueuePanel
from .servers import JupyterServer
from .test_accessibility import AXE, RULES

RATE = 16000
CODE = """from avseg_widget import Annotation, LabelingQueue, Task, Track, fields
task = Task(tracks={{"speaker": ["Ann", "Bob"]}}, segment_fields=[fields.Text("text")])
ready = Annotation(tracks=[Track("speaker", "Ann", position=0), Track("speaker", "Bob", position=1)])
w = LabelingQueue({media}, task, {store!r}, annotator="ann", annotation=ready{options})"""
#: Keeps the kernel from answering until there is a file.
IS_BUSY = """(file) => {
  const { session } = window.jupyterapp.shell.currentWidget.sessionContext;
  const code = `import pathlib, time\nwhile not pathlib.Path(${JSON.stringify(file)}).exists(): time.sleep(0.05)`;
  void session.kernel.requestExecute({ code });
}"""
#: What Python holds: where the queue is, and of each item status, flag, note and segments.
SEEN = """[w.current_item, str(w.progress), [[i.item, i.status, i.flagged, i.note, i.segments] for i in w.items]]"""


@pytest.fixture
def calls(lab: JupyterServer, request: pytest.FixtureRequest) -> Path:
    """Return a folder with five calls of 2 s in the server's root, beside which each test has a store of its own."""
    folder = Path(tempfile.mkdtemp(prefix=f"{request.node.name}-", dir=lab.folder)) / "calls"
    folder.mkdir()
    for number in range(5):
        times = np.arange(2 * RATE) / RATE
        soundfile.write(folder / f"{number}.wav", 0.3 * np.sin(2 * np.pi * 200 * (number + 1) * times), RATE)
    return folder


def code_of(calls: Path, options: str = "", media: str = "") -> str:
    return CODE.format(media=media or repr(str(calls)), store=str(calls.parent / "labels.db"), options=options)


def open_queue(page: Page, lab: JupyterServer, calls: Path, options: str = "", media: str = "") -> Opened:
    return open_code(page, lab, calls, code_of(calls, options, media))


def open_code(page: Page, lab: JupyterServer, calls: Path, code: str) -> Opened:
    opened = open_notebook(page, lab, calls.parent.name, [code, "w"], SEEN)
    page.locator(".avseg-editor").click(position={"x": 4, "y": 4})
    return opened


def item(number: int) -> str:
    return f"calls/{number}.wav"


def test_items_are_labeled_by_keys_alone(page: Page, lab: JupyterServer, calls: Path) -> None:
    opened = open_queue(page, lab, calls)
    queue = QueuePanel(page)
    queue.opens(item(0))
    expect(queue.progress).to_have_text("0 of 5 done")
    for number in range(3):
        # A track, a segment on it, done: the next item opens with the keyboard in its editor.
        queue.press("1", "n", "Control+Enter")
        queue.opens(item(number + 1))
    held = opened.wait_until(lambda seen: seen[0] == item(3))
    assert held[2] == [
        [item(number), *(["done", False, "", 1] if number < 3 else ["new", False, "", 0])] for number in range(5)
    ]
    expect(queue.row(item(1))).to_contain_text("Done")
    expect(queue.progress).to_contain_text("3 of 5 done")
    queue.press("<", "<")
    queue.opens(item(1))
    expect(Editor(page, RATE).rows()).to_have_count(1)
    expect(page.get_by_text("Marked as done.")).to_be_visible()
    # What a field did not take is there again when the item is.
    start = Editor(page, RATE).rows().first.get_by_label("Start", exact=True)
    start.fill("soon")
    start.press("Escape")
    start.fill("later")
    queue.scope.locator(f'[data-item="{item(0)}"]').click()
    expect(queue.current()).to_have_attribute("data-item", item(0))
    queue.row(item(1)).click()
    expect(start).to_have_value("later")
    expect(start).to_have_attribute("aria-invalid", "true")
    start.press("Escape")
    # The next that is not done, not the next one: that is done already.
    page.get_by_role("button", name="Open again").click()
    queue.press("Control+Enter")
    queue.opens(item(3))
    # At the ends there is nothing to go to, and the user is told.
    queue.press(">", ">")
    queue.opens(item(4))
    queue.press(">")
    expect(page.get_by_role("status", name="Notice")).to_have_text("This is the last item of the list.")
    # Switched off, marking as done stays.
    queue.scope.get_by_label("Done leads to the next").uncheck()
    page.get_by_role("button", name="Mark as done").click()
    expect(page.get_by_text("Marked as done.").first).to_be_visible()
    expect(queue.current()).to_have_attribute("data-item", item(4))
    assert opened.wait_until(lambda seen: seen[2][4][1] == "done")[0] == item(4)


def test_an_edit_made_just_before_going_on_is_not_lost(page: Page, lab: JupyterServer, calls: Path) -> None:
    opened = open_queue(page, lab, calls)
    queue = QueuePanel(page)
    queue.opens(item(0))
    # While the kernel is busy nothing is acknowledged; all of it arrives in the document it was made in.
    free = calls.parent / "free"
    page.evaluate(IS_BUSY, str(free))
    queue.press("1", "n", ">")
    expect(page.locator(".avseg-queue-awaited")).to_contain_text("Opening calls/1.wav")
    # What is typed meanwhile is nobody's: it reaches neither the item before nor the notebook.
    queue.press("n", "x", "d", "d")
    free.touch()
    queue.opens(item(1))
    assert [row[4] for row in opened.wait_until(lambda seen: seen[2][0][4] == 1)[2]] == [1, 0, 0, 0, 0]
    assert page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.cells.length") == 2


def test_the_key_for_done_asks_for_the_reason_where_problems_are_left(
    page: Page, lab: JupyterServer, calls: Path
) -> None:
    opened = open_code(page, lab, calls, code_of(calls).replace('"text")', '"text", required=True)'))
    queue = QueuePanel(page)
    queue.press("1", "n", "Control+Enter")
    expect(page.get_by_role("textbox", name="Reason")).to_be_focused()
    # Pressed again elsewhere it leads there again.
    page.locator(".avseg-editor").click(position={"x": 4, "y": 4})
    queue.press("Control+Enter")
    expect(page.get_by_role("textbox", name="Reason")).to_be_focused()
    page.keyboard.type("nothing is said")
    queue.press("Enter")
    queue.opens(item(1))
    assert opened.wait_until(lambda seen: seen[2][0][1] == "done")


def test_the_list_is_searched_filtered_and_sorted_and_next_follows_it(
    page: Page, lab: JupyterServer, calls: Path
) -> None:
    rows = [{"media": str(calls / f"{number}.wav"), "speaker": "Anna" if number % 2 else "Zoe"} for number in range(5)]
    rows.append({"media": str(calls / "gone.wav"), "speaker": "Zoe"})
    opened = open_queue(page, lab, calls, media=repr(rows))
    queue = QueuePanel(page)
    expect(queue.row("calls/gone.wav")).to_contain_text("Can’t be opened")
    expect(queue.row(item(0)).locator("svg path")).to_have_count(1)
    expect(queue.row(item(0))).to_contain_text("0:02")
    queue.press("Shift+W")
    expect(queue.search).to_be_focused()
    page.keyboard.type("zoe")
    queue.press("Enter")
    expect(queue.rows()).to_have_count(4)
    expect(queue.scope.get_by_role("status", name="Items shown")).to_have_text("4 of 6")
    queue.press(">")
    queue.opens(item(2))
    queue.press("Shift+B")
    expect(queue.row(item(2))).to_contain_text("Flagged")
    # An item that does not open says why, and its keys work all the same.
    queue.press(">", ">")
    broken = page.get_by_role("alert").filter(has_text="This item can’t be opened: there is no file")
    expect(broken).to_be_visible()
    queue.press("Shift+B", "w")
    expect(queue.note).to_be_focused()
    page.keyboard.type("<b>gone</b> {{ x }}")
    queue.press("Control+Enter", "<")
    queue.opens(item(4))
    expect(queue.row("calls/gone.wav")).to_contain_text("has a note")
    queue.search.fill("gone")
    expect(queue.rows()).to_have_count(2)
    queue.search.fill("")
    queue.choose("Sort items", "By name")
    queue.choose("Show items", "Flagged")
    expect(queue.rows()).to_have_count(3)
    assert queue.names() == [item(2), item(4), "calls/gone.wav"]
    held = opened.wait_until(lambda seen: seen[2][5][3] != "")
    assert held[2][5] == ["calls/gone.wav", "new", True, "<b>gone</b> {{ x }}", 0]
    # The list itself has the keyboard of a list.
    queue.list.focus()
    queue.press("ArrowUp", "Enter")
    queue.opens(item(2))
    queue.press("b")
    expect(queue.list).to_have_count(0)
    expect(queue.scope).to_contain_text("2.wav")
    queue.press("b")
    expect(queue.list).to_have_count(1)


def test_the_open_item_stays_in_sight_however_the_list_is_looked_at(
    page: Page, lab: JupyterServer, calls: Path
) -> None:
    rows = [{"media": str(calls / "0.wav"), "item": f"call {number}"} for number in range(60)]
    rows[0]["media"] = str(calls / "gone.wav")
    open_queue(page, lab, calls, media=repr(rows))
    queue = QueuePanel(page)
    # Not the first: that one does not open, and says why.
    queue.opens("call 1")
    expect(queue.row("call 0")).to_contain_text("Can’t be opened: there is no file")
    queue.search.fill("50")
    expect(queue.rows()).to_have_count(2)
    queue.row("call 50").click()
    queue.opens("call 50")
    queue.search.fill("")
    expect(queue.row("call 50")).to_be_in_viewport(ratio=1)
    queue.choose("Sort items", "By status")
    expect(queue.row("call 50")).to_be_in_viewport(ratio=1)
    queue.choose("Show items", "Not done")
    expect(queue.row("call 50")).to_be_in_viewport(ratio=1)


@pytest.mark.own_page
def test_the_queue_goes_on_where_it_was(page: Page, lab: JupyterServer, calls: Path) -> None:
    opened = open_queue(page, lab, calls, options=', order="random", seed=7')
    queue = QueuePanel(page)
    first = queue.current().get_attribute("data-item") or ""
    queue.opens(first)
    queue.press("1", "n", "w")
    page.keyboard.type("first note")
    queue.press("Escape", ">")
    expect(queue.current()).not_to_have_attribute("data-item", first)
    second = queue.current().get_attribute("data-item") or ""
    queue.opens(second)
    queue.press("2", "n")
    held = opened.wait_until(lambda seen: [row[4] for row in seen[2]][:2] == [1, 1])
    queue.choose("Sort items", "By name")
    queue.choose("Show items", "Not done")
    # The page is reloaded: the kernel lives, and the queue shows what it holds.
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()
    queue.list.wait_for()
    expect(queue.current()).to_have_attribute("data-item", second)
    expect(Editor(page, RATE).rows()).to_have_count(1)
    assert opened.read() == held
    expect(queue.scope.get_by_role("combobox", name="Sort items")).to_have_value("name")
    # The kernel is restarted, and the cells run again.
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    expect(queue.current()).to_have_attribute("data-item", second)
    expect(queue.row(first)).to_contain_text("has a note")
    expect(queue.scope.get_by_role("combobox", name="Sort items")).to_have_value("name")
    expect(queue.scope.get_by_role("combobox", name="Show items")).to_have_value("open")
    queue.choose("Sort items", "In order")
    expect(Editor(page, RATE).rows()).to_have_count(1)
    page.locator(".avseg-editor").click(position={"x": 4, "y": 4})
    queue.press("<")
    queue.opens(first)
    expect(queue.note).to_have_value("first note")
    expect(Editor(page, RATE).rows()).to_have_count(1)


@pytest.mark.own_page
def test_flags_and_notes_outlive_a_killed_kernel(page: Page, lab: JupyterServer, calls: Path) -> None:
    opened = open_queue(page, lab, calls)
    assert opened.kernel
    queue = QueuePanel(page)
    queue.opens(item(0))
    os.kill(opened.kernel.run("", "__import__('os').getpid()"), signal.SIGKILL)
    page.get_by_role("dialog").filter(has_text="appears to have died").get_by_role("button", name="Ok").click()
    expect(page.get_by_role("status", name="Saving")).to_contain_text("Not connected")
    page.locator(".avseg-editor").click(position={"x": 4, "y": 4})
    queue.press("w")
    page.keyboard.type("said while <nobody> heard")
    queue.press("Escape", "Shift+B")
    expect(queue.row(item(0))).to_contain_text("has a note")
    expect(queue.scope).to_contain_text("flags and notes are kept in this browser")
    run_again(page)
    kernel = lab.kernel(f"{calls.parent.name}.ipynb")
    again = Opened(lambda: kernel.run("", f"{SEEN} if 'w' in globals() else None"))
    again.wait_until(lambda seen: seen and seen[2][0][2:4] == [True, "said while <nobody> heard"], timeout=30)
    expect(queue.row(item(0))).to_contain_text("has a note")


def test_axe_finds_nothing_in_the_list(page: Page, lab: JupyterServer, calls: Path) -> None:
    rows = [{"media": str(path), "topic": "bill"} for path in [*sorted(calls.glob("*.wav")), calls / "gone.wav"]]
    open_queue(page, lab, calls, media=repr(rows))
    queue = QueuePanel(page)
    queue.opens(item(0))
    queue.press("1", "n", "Shift+B", "w")
    page.keyboard.type("a note")
    queue.press("Escape", "Control+Enter")
    queue.opens(item(1))
    expect(queue.row("calls/gone.wav")).to_contain_text("Can’t be opened")
    expect(queue.row(item(4)).locator("svg path")).to_have_count(1)
    page.add_script_tag(path=AXE)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        expect(page.locator(".avseg-items")).to_have_attribute("data-theme", theme.split()[1].lower())
        for keys in ("", "b", "b"):
            queue.press(*keys)
            found = page.evaluate(
                "(rules) => axe.run('.avseg-queue', { runOnly: rules }).then(({ violations }) => violations.map("
                "(one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`))",
                RULES,
            )
            assert found == [], f"{theme}: {found}"


def test_ten_thousand_items_are_scrolled_with_few_rows_in_the_page(page: Page, lab: JupyterServer, calls: Path) -> None:
    media = f"{{f'call-{{n:05}}.wav': {str(calls / '0.wav')!r} for n in range(10_000)}}"
    open_queue(page, lab, calls, media=media)
    queue = QueuePanel(page)
    queue.opens("call-00000.wav")
    for place in (0.5, 1.0, 0.25):
        queue.list.evaluate("(list, place) => { list.scrollTop = place * list.scrollHeight; }", place)
        near = min(int(place * 10_000), 9_999)
        expect(queue.row(f"call-{near:05}.wav")).to_be_visible()
        expect(queue.row(f"call-{near:05}.wav").locator("svg path")).to_have_count(1)
        assert queue.rows().count() < 40
    queue.search.fill("09998")
    expect(queue.rows()).to_have_count(2)
    queue.row("call-09998.wav").click()
    queue.opens("call-09998.wav")
