"""Fixtures of the end-to-end tests: a real browser, and real hosts to open in it. Knows no control of the editor."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from .servers import JupyterServer, MarimoServer

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--js-flags=--expose-gc",
]  # fmt: skip
#: Files of tests that take a minute or more: begun last, one would be waited for alone.
LONGEST = {"test_queue_proof.py", "test_portal.py", "test_peaks.py", "test_recovery_store.py", "test_hosts.py"}
#: Requests that the hosts make for files that need not be there.
OPTIONAL = re.compile(r"favicon|custom\.css", re.IGNORECASE)
#: The notebook servers' own scripts; ours come from blob: URLs there.
HOST_SCRIPTS = re.compile(r"/static/(lab|notebook)/")


def is_foreign(text: str, url: str) -> bool:
    """Whether an error is the host's own: it comes with no widget in the page too."""
    return bool(OPTIONAL.search(url) or (HOST_SCRIPTS.search(text + url) and "blob:" not in text + url))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser's tests last, as Playwright leaves an event loop running; of them, the longest first."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
    items.sort(key=lambda item: (item.get_closest_marker("e2e") is not None, item.path.name not in LONGEST))


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
    page = getattr(item, "funcargs", {}).get("page")
    if report.failed and page and not page.is_closed():
        picture = item.funcargs["tmp_path"] / "page.png"
        page.screenshot(path=picture)
        report.sections.append(("the page when it failed", str(picture)))
    return report


@pytest.fixture
def page(browser: Browser, problems: list[str], tmp_path: Path) -> Iterator[Page]:
    """Yield a page; when the test is over, any error in it fails the test."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(20_000)

    def note(kind: str, text: str, url: str = "") -> None:
        if not is_foreign(text, url):
            problems.append(f"{kind}: {text} {url}")

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            note("console", message.text, str(message.location.get("url")))

    page.on("console", heard)
    page.on("pageerror", lambda error: note("uncaught", error.stack or error.message))
    yield page
    context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="session")
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    server = JupyterServer("lab", tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


# The page closes before its host ends, so that it does not meet the loss of the connection.
@pytest.fixture
def lab(_lab: JupyterServer, page: Page) -> Iterator[JupyterServer]:
    """Yield a real JupyterLab; its kernels end with the test."""
    yield _lab
    page.close()
    _lab.end_sessions()


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
