"""A task in the portal's frame that could not be loaded, or not be opened: it comes by itself when it can."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from avseg_widget import Task, groundtruth, sample

from .editor import Editor
from .proxy import breaking_proxy
from .servers import free_port

TASK = Task(title="Voices", tracks={"speaker": ["A"]})
NOTE_LOADED = "addEventListener('message', ({ data }) => { if (data === 'avseg-loaded') window.isLoaded = true; });"
IS_LOADED = "() => window.isLoaded"


def label_and_submit(page: Page) -> None:
    """Do the portal's one task, and leave it."""
    editor = Editor(page, 16_000, page.frame_locator("iframe").locator("body"))
    editor.wait()
    editor.add_track("speaker", "A")
    editor.button("Submit").click()
    page.get_by_text("All is done").wait_for()
    page.goto("about:blank")


@pytest.mark.parametrize("part", ["**/t/*/", "**/static/crowd-standin.js", "**/static/worker.js"])
def test_what_was_lost_on_the_way_is_loaded_again(page: Page, problems: list[str], part: str, tmp_path: Path) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        if len(lost) == 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(part, lose)
    page.add_init_script(NOTE_LOADED)
    with groundtruth.Portal(TASK, [{"source-ref": str(sample.audio())}], tmp_path / "out", invite=["Ada"]) as portal:
        page.goto(portal.links["Ada"])
        with page.expect_event("requestfinished", lambda _request: len(lost) > 1):
            page.get_by_role("button", name="Start working").click()
        page.wait_for_function(IS_LOADED)
        label_and_submit(page)
    # The browser's own words for what was lost.
    problems.clear()


def test_a_task_is_asked_for_until_the_portal_is_reached_again(page: Page, problems: list[str], tmp_path: Path) -> None:
    """The frame's address meets a lost connection, then a proxy that has nobody behind it, as while a server starts."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.abort("connectionreset")
        elif len(asked) < 4:
            route.fulfill(status=(502, 503)[len(asked) % 2], body="nobody is here")
        else:
            route.continue_()

    page.route("**/t/*/", answer)
    with groundtruth.Portal(TASK, [{"source-ref": str(sample.audio())}], tmp_path / "out", invite=["Ada"]) as portal:
        page.goto(portal.links["Ada"])
        page.get_by_role("button", name="Start working").click()
        page.get_by_text("as the portal has trouble: trying again.").wait_for()
        Editor(page, 16_000, page.frame_locator("iframe").locator("body")).wait()
        expect(page.get_by_role("status").first).to_contain_text("0 tasks submitted")
        page.goto("about:blank")
    problems.clear()


@pytest.mark.parametrize(
    ("last", "tells_length"),
    [(b"</script>", False), (b"<body>", False), (b"</crowd-button>", False), (b"></div>", True)],
)
def test_a_task_whose_page_broke_off_is_loaded_again(
    page: Page, problems: list[str], last: bytes, tells_length: bool, tmp_path: Path
) -> None:
    """Its first answer ends after ``last``, and the browser shows what came of it."""
    asked: list[str] = []

    def cut(path: str, body: bytes) -> int | None:
        if not (path.startswith("/t/") and path.endswith("/")):
            return None
        asked.append(path)
        return body.index(last) + len(last) if len(asked) == 1 else None

    lines = [{"source-ref": str(sample.audio())}]
    port, behind = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        breaking_proxy(port, behind, cut, tells_length=tells_length),
        groundtruth.Portal(TASK, lines, tmp_path / "out", invite=["Ada"], port=behind, url=url) as portal,
    ):
        page.goto(portal.links["Ada"])
        page.get_by_role("button", name="Start working").click()
        label_and_submit(page)
    assert len(asked) > 1
    # The browser's own words for what broke off.
    assert tells_length == bool(problems)
    assert all("ERR_CONTENT_LENGTH_MISMATCH" in problem for problem in problems), problems
    problems.clear()


def test_media_that_comes_too_late_for_a_task_is_asked_for_with_it(
    page: Page, problems: list[str], tmp_path: Path
) -> None:
    documents: list[str] = []

    def note(request: Request) -> None:
        if request.resource_type == "document" and "/t/" in request.url:
            documents.append(request.url)

    page.on("request", note)
    for part in ("media", "peaks"):
        page.route(f"**/t/*/{part}", lambda route: route.abort() if len(documents) == 1 else route.continue_())
    with groundtruth.Portal(TASK, [{"source-ref": str(sample.audio())}], tmp_path / "out", invite=["Ada"]) as portal:
        page.goto(portal.links["Ada"])
        page.get_by_role("button", name="Start working").click()
        editor = Editor(page, 16_000, page.frame_locator("iframe").locator("body"))
        editor.wait()
        assert len(documents) == 2
        page.goto("about:blank")
    problems.clear()
