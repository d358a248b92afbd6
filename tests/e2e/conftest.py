"""Fixtures of the end-to-end tests: a real browser, and real hosts to open in it. Knows no control of the editor."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .pages import MOST_TESTS, Watched, tidy
from .servers import JupyterServer, MarimoServer

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--js-flags=--expose-gc",
]  # fmt: skip
#: Files of tests that take a minute or more: begun last, one would be waited for alone.
LONGEST = {"test_queue_proof.py", "test_portal.py", "test_peaks.py", "test_recovery_store.py", "test_hosts.py"}
#: Whether the test's own part failed.
FAILED = pytest.StashKey[bool]()
#: How long what a test expects of a page may take, in ms: on a busy machine a kernel and its page need seconds.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser's tests, and put the longest of them first.

    Where others run in the same process they come before, as Playwright leaves an event loop running.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
    items.sort(key=lambda item: (item.get_closest_marker("e2e") is not None, item.path.name not in LONGEST))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell why each test was run again, as one that passes then says nothing more of it."""
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"run again: {report.nodeid} ({report.when})")
        terminalreporter.line(report.longreprtext)
        for title, text in report.sections:
            terminalreporter.line(f"{title}: {text}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if not found:
        pytest.fail("needs Chromium: install it, or set CHROMIUM to the path of one")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def problems() -> list[str]:
    """Return the list of errors that pages met; a test may take out those it provokes."""
    return []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    page = getattr(item, "funcargs", {}).get("page")
    if report.failed and page and not page.is_closed():
        picture = item.funcargs["tmp_path"] / "page.png"
        page.screenshot(path=picture)
        report.sections.append(("the page when it failed", str(picture)))
    return report


@pytest.fixture(scope="session")
def _kept() -> Iterator[list[Watched]]:
    """Keep the page of JupyterLab that tests share."""
    pages: list[Watched] = []
    yield pages
    for watched in pages:
        watched.close()


@pytest.fixture
def page(
    request: pytest.FixtureRequest, browser: Browser, problems: list[str], tmp_path: Path, _kept: list[Watched]
) -> Iterator[Page]:
    """Yield a page; when the test is over, any error in it fails the test.

    Tests in JupyterLab share one, unless they are marked `own_page`, as those that reload or close it are.
    """
    if in_lab := "lab" in request.fixturenames:
        request.getfixturevalue("_ended")
    shared = in_lab and not request.node.get_closest_marker("own_page")
    watched = _kept.pop() if shared and _kept else Watched(browser)
    watched.problems = problems
    watched.tests += 1
    yield watched.page
    # What JupyterLab says while notebooks close and kernels end is nobody's problem; what our scripts throw is.
    watched.problems = closing = []
    is_good = watched.tests < MOST_TESTS and not request.node.stash.get(FAILED, False)
    if shared and is_good and tidy(watched.page):
        _kept.append(watched)
    else:
        watched.close()
    problems += [problem for problem in closing if problem.startswith("uncaught") and "blob:" in problem]
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="session")
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    server = JupyterServer("lab", tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture
def _ended(_lab: JupyterServer) -> Iterator[None]:
    """End kernels once the page has closed their notebooks, so that it does not meet the loss of the connection."""
    yield
    _lab.end_sessions()


@pytest.fixture
def lab(_lab: JupyterServer, page: Page) -> JupyterServer:
    """Return a real JupyterLab; its kernels end with the test."""
    return _lab


@pytest.fixture
def notebook7(tmp_path: Path, page: Page) -> Iterator[JupyterServer]:
    """Yield a real Notebook 7."""
    server = JupyterServer("notebook", tmp_path)
    yield server
    page.close()
    server.end_sessions()
    server.stop()


@pytest.fixture
def marimo(tmp_path: Path, page: Page) -> Iterator[MarimoServer]:
    """Yield what serves marimo apps."""
    server = MarimoServer(tmp_path)
    yield server
    page.close()
    server.end_sessions()
