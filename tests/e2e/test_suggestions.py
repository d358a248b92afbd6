"""Suggestions in JupyterLab: found in the background, looked at by key and mouse, and what Python holds of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, expect

from avseg_widget import Origin, Segment, Task, fields, groundtruth, sample
from avseg_widget.model import Annotation, Track

from .editor import Editor
from .hosts import Opened, open_marimo, open_notebook, received
from .servers import JupyterServer, MarimoServer

CUSTOMER = "speaker:Customer"
SETUP = """from avseg_widget import Segmenter, Task, assist, fields, sample
task = Task(tracks={"speaker": ["Customer", "Agent"]}, segment_fields=[fields.Text("text")])
w = Segmenter(sample.audio(), task)
"""
RUNS = f"run = w.assist(assist.vad, track={CUSTOMER!r}, min_silence=0.4)"
RATE = 16_000


def press(editor: Editor, *keys: str) -> None:
    editor.page.locator(".avseg-editor").focus()
    for key in keys:
        editor.page.keyboard.press(key)


def notice(editor: Editor, text: str) -> None:
    expect(editor.page.get_by_role("status", name="Notice")).to_have_text(text)


def statuses(annotation: Any) -> Counter[str]:
    return Counter((item.get("origin") or {"status": "own"})["status"] for item in annotation["segments"])


def left(editor: Editor, count: int) -> None:
    text = f"{count} {'suggestion' if count == 1 else 'suggestions'} to look at"
    expect(editor.page.get_by_role("toolbar", name="Suggestions").get_by_text(text)).to_be_visible()


def test_what_vad_suggests_is_accepted_corrected_rejected_and_undone(page: Page, lab: JupyterServer) -> None:
    opened = open_notebook(page, lab, "vad", [SETUP, "w", RUNS])
    editor = Editor(page, RATE)
    found = opened.wait_until(lambda value: value["segments"], timeout=60)["segments"]
    count = len(found)
    assert count > 5
    assert all(item["origin"]["source"] == "silero-vad" and item["origin"]["confidence"] > 0.5 for item in found)
    notice(editor, f"silero-vad: {count} suggestions.")
    left(editor, count)

    # By keys: to the first one, and accepted.
    press(editor, "Q")
    notice(editor, f"Select a suggestion first: {count} suggestions left, with dashed lines.")
    press(editor, "F7")
    notice(editor, f"Suggestion 1 of {count}.")
    press(editor, "Q")
    notice(editor, f"1 suggestion accepted, {count - 1} left.")
    # By the mouse: the next one is made shorter.
    second = (found[1]["start"], found[1]["end"])
    editor.resize_end(CUSTOMER, second, second[1] - 1)
    left(editor, count - 2)
    annotation = opened.wait_until(lambda value: statuses(value)["corrected"] == 1)
    assert annotation["segments"][1]["origin"] == {**found[1]["origin"], "status": "corrected"}
    assert statuses(annotation)["accepted"] == 1
    assert annotation["segments"][0] == {**found[0], "origin": {**found[0]["origin"], "status": "accepted"}}

    # The list can be narrowed to them; one is accepted in its row, one is rejected.
    page.get_by_label("Only suggestions").check()
    expect(page.get_by_role("status", name="Segments shown")).to_have_text(f"{count - 2} of {count}")
    editor.rows().first.get_by_role("button", name="Accept what is suggested by silero-vad").click()
    left(editor, count - 3)
    press(editor, "F7", "Shift+Q")
    notice(editor, f"1 suggestion rejected, {count - 4} left.")
    page.get_by_label("Only suggestions").uncheck()

    # What nobody looked at keeps the annotation from being done.
    editor.button("Mark as done").click()
    expect(page.get_by_role("form", name="Reason")).to_contain_text(f"{count - 4} problems are left")
    page.get_by_role("form", name="Reason").get_by_role("button", name="Cancel").click()
    editor.button("Accept all suggestions").click()
    notice(editor, f"{count - 4} suggestions accepted.")
    annotation = opened.wait_until(lambda value: not statuses(value)["suggested"])
    assert statuses(annotation) == {"accepted": count - 2, "corrected": 1}
    press(editor, "Control+z")
    notice(editor, f"Undone: accept {count - 4} suggestions.")
    opened.wait_until(lambda value: statuses(value)["suggested"] == count - 4)
    press(editor, "Control+z", "Control+z", "Control+z", "Control+z")
    assert opened.wait_until(lambda value: statuses(value) == {"suggested": count})["segments"] == found
    press(editor, "Control+z")
    notice(editor, "Undone: change from Python.")
    assert opened.wait_until(lambda value: not value["segments"])["tracks"] == []


def test_marimo_shows_what_is_found_in_the_background(page: Page, marimo: MarimoServer) -> None:
    code = f"{SETUP}\nrun = w.assist(assist.silence, sound_track={CUSTOMER!r})"
    opened = open_marimo(page, marimo, "assisted", code)
    found = opened.wait_until(lambda value: value and value["segments"], timeout=60)["segments"]
    editor = Editor(page, RATE)
    left(editor, len(found))
    press(editor, "F7", "Q")
    opened.wait_until(lambda value: statuses(value) == {"suggested": len(found) - 1, "accepted": 1})


def state_of(opened: Opened, timeout: float, state: str) -> None:
    assert opened.kernel
    kernel = opened.kernel
    Opened(lambda: kernel.run("", "run.state")).wait_until(lambda value: value == state, timeout)


def test_a_slow_function_is_cancelled_and_a_broken_one_is_told(page: Page, lab: JupyterServer) -> None:
    slow = """import threading
gate = threading.Event()
def my_model(media, progress):
    for percent in range(43, 100):
        progress(percent / 100)
        gate.wait(0.2 if percent > 43 else 1)
    return []
run = w.assist(my_model)"""
    opened = open_notebook(page, lab, "slow", [SETUP, "w", slow])
    editor = Editor(page, RATE)
    bar = page.get_by_role("progressbar", name="Progress of my_model")
    expect(bar).to_be_visible()
    assert int(bar.get_attribute("value") or 0) >= 43
    editor.button("Cancel the search for suggestions").click()
    notice(editor, "my_model was cancelled.")
    expect(bar).to_have_count(0)
    state_of(opened, 15, "cancelled")
    assert opened.kernel
    opened.kernel.run("run = w.assist(lambda media: 1 / 0, source='broken')")
    alert = page.get_by_role("alert").filter(has_text="broken failed: ZeroDivisionError: division by zero")
    expect(alert).to_be_visible()
    opened.kernel.run("run = w.assist(lambda media: [dict(track='speaker:Agent', start=0, end=1)], source='mine')")
    left(editor, 1)
    expect(alert).to_have_count(0)
    assert opened.read()["segments"][0]["origin"]["source"] == "mine"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_suggestion_has_a_look_of_its_own_on_the_worker_page(page: Page, theme: str) -> None:
    task = Task(tracks={"speaker": ["Customer"]}, segment_fields=[fields.Text("text")])
    own = [Segment(CUSTOMER, start, start + 4) for start in (2, 20)]
    asked = Segment(CUSTOMER, 10, 14, id="asked", origin=Origin("model", confidence=0.5))
    start = Annotation([Track("speaker", "Customer")], [*own, asked])
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    with groundtruth.preview(task, sample.audio(), {"annotations": msgspec.to_builtins(start)}) as preview:
        page.goto(preview.url)
        editor = Editor(page, RATE)
        editor.wait()
        place = editor.geometry()
        # Along the upper edges: an own segment's line is whole, a suggestion's has gaps.
        runs = editor.canvas.evaluate(
            """(canvas, [top, spans]) => spans.map(([from, to]) => {
              const scale = canvas.width / canvas.clientWidth;
              const line = canvas.getContext("2d").getImageData(from * scale, top * scale, (to - from) * scale, 1).data;
              const colors = Array.from({ length: line.length / 4 }, (_, at) => line.slice(at * 4, at * 4 + 3).join());
              return colors.filter((color, at) => at > 0 && color !== colors[at - 1]).length;
            })""",
            [
                place.rows[CUSTOMER][0] + 5,
                [[place.x_at(a) - place.left, place.x_at(a + 3) - place.left] for a in (2.5, 10.5)],
            ],
        )
        assert runs[0] == 0
        assert runs[1] > 8
        row = editor.table.locator('tr[data-segment="asked"]')
        expect(row.get_by_text("50% model")).to_be_visible()
        whole = "speaker: Customer, suggested by model (50%)"
        expect(row.locator(".avseg-cell-track")).to_have_attribute("title", whole)
        editor.button("Submit").click()
        problem = page.get_by_role("list", name="Problems").get_by_role("button")
        expect(problem).to_contain_text("is a suggestion nobody has accepted or corrected")
        problem.click()
        expect(row.get_by_role("button", name="Accept what is suggested by model (50%)")).to_be_focused()
        page.keyboard.press("Enter")
        expect(problem).to_have_count(0)
        editor.button("Submit").click()
        answer = received(preview)
        assert answer.segments[1].origin == Origin("model", "accepted", 0.5)
