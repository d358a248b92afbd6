"""The notebook about the portal as its reader goes through it: two workers label in browsers of their own."""

from __future__ import annotations

from pathlib import Path

import nbformat
from playwright.sync_api import Browser, expect

from .conftest import Page
from .editor import Editor
from .hosts import OPEN_TIMEOUT, open_notebook
from .servers import JupyterServer

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_portal.ipynb"
#: Runs a cell and gives what it printed.
PRINTED = """
import contextlib, io
printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    exec({source!r})
"""


def work(browser: Browser, link: str, place: float) -> None:
    """Label every item as one worker: a segment with its answers, and the rating; then hand it in."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Start working").click()
    for item in range(2):
        frame = page.frame_locator("iframe")
        editor = Editor(page, 0, scope=frame.locator("body"))
        editor.button("Add new track").wait_for(timeout=OPEN_TIMEOUT)
        editor.add_track("defect", "Robotic")
        editor.drag("defect:Robotic", place, place + 1)
        editor.rows().first.get_by_label("severity").select_option("unusable")
        editor.rows().first.get_by_label("why").fill(f"item {item} by hand")
        # What is required is asked for.
        editor.button("Submit").click()
        expect(editor.scope.get_by_text("naturalness is required").first).to_be_visible()
        editor.content.get_by_role("radio", name="3").check(force=True)
        shown = page.locator("iframe").get_attribute("src")
        editor.button("Submit").click()
        page.wait_for_function("(shown) => document.querySelector('iframe')?.src !== shown", arg=shown)
    expect(page.get_by_text("All is done").or_(page.get_by_text("Nothing is left"))).to_be_visible()
    context.close()


def test_two_workers_label_what_the_notebook_gives_them(page: Page, lab: JupyterServer, browser: Browser) -> None:
    cells = [cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    *before, results, close = cells
    opened = open_notebook(page, lab, "03_portal", before)
    kernel = opened.kernel
    assert kernel
    links = kernel.run("", "portal.links")
    for place, name in enumerate(("Ada", "Ben")):
        work(browser, links[name], 1.0 + place)
    expect(page.get_by_text("4 of 4 answers")).to_be_visible()
    found = kernel.run(PRINTED.format(source=results), "printed.getvalue()").splitlines()
    assert len(found) == 4
    assert sum("item 0 by hand" in line for line in found) == 2
    assert {line.split()[0] for line in found} == {"0", "1"}
    kernel.run(close)
