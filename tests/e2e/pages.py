"""Pages for tests: one of their own, or one of JupyterLab that tests share, as loading it takes seconds."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, ViewportSize

#: How many tests a page of JupyterLab serves: it gets slower with each.
MOST_TESTS = 6
VIEWPORT: ViewportSize = {"width": 1400, "height": 1000}
#: Requests that the hosts make for files that need not be there.
OPTIONAL = re.compile(r"favicon|custom\.css", re.IGNORECASE)
#: The notebook servers' own scripts; ours come from blob: URLs there.
HOST_SCRIPTS = re.compile(r"/static/(lab|notebook)/")

#: Closes what is open without asking, and forgets what the browser keeps; says whether JupyterLab looks as when new.
_TIDY = """async () => {
  const { commands, shell } = window.jupyterapp ?? {};
  if (!shell || document.querySelector(".jp-Dialog")) return false;
  await commands.execute("apputils:change-theme", { theme: "JupyterLab Light" });
  for (const widget of [...shell.widgets("main")]) {
    await widget.context?.sessionContext.shutdown();
    widget.dispose();
  }
  localStorage.clear();
  for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
  return !document.querySelector(".jp-Dialog, .avseg");
}"""


def is_foreign(text: str, url: str) -> bool:
    """Whether an error is the host's own: it comes with no widget in the page too."""
    return bool(OPTIONAL.search(url) or (HOST_SCRIPTS.search(text + url) and "blob:" not in text + url))


class Watched:
    """A page in a context of its own, whose errors go to the list of the test that has it."""

    def __init__(self, browser: Browser) -> None:
        self.problems: list[str] = []
        self.tests = 0
        self.page = browser.new_context(viewport=VIEWPORT).new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self._note("uncaught", error.stack or error.message))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note("console", message.text, str(message.location.get("url")))

    def _note(self, kind: str, text: str, url: str = "") -> None:
        if not is_foreign(text, url):
            self.problems.append(f"{kind}: {text} {url}")

    def close(self) -> None:
        self.page.context.close()


def tidy(page: Page) -> bool:
    """Close a JupyterLab's notebooks and make its page as good as new for the next test; False where it cannot be."""
    if page.is_closed():
        return False
    try:
        page.unroute_all()
        page.context.clear_permissions()
        page.emulate_media(color_scheme="null")
        page.set_viewport_size(VIEWPORT)
        return bool(page.evaluate(_TIDY))
    except Error:  # it is elsewhere, or went away
        return False
