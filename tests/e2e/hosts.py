"""Opens code in a real host and reads back what Python holds there. Knows no control of the editor."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from .servers import JupyterServer, Kernel, MarimoServer

RUN_TIMEOUT = 20.0

#: Everything that a Segmenter `w` holds, as an expression that JSON can carry bit-exactly.
SNAPSHOT = "__import__('msgspec').to_builtins(w.annotation)"

_RUN_ALL = """async (name) => {
  const app = window.jupyterapp;
  await app.restored;
  const widget = () => app.shell.currentWidget;
  while (widget()?.context?.path !== name) await new Promise((resolve) => setTimeout(resolve, 50));
  await widget().context.ready;
  await widget().sessionContext.ready;
  await widget().sessionContext.session?.kernel?.info;
  await app.commands.execute("notebook:run-all-cells");
}"""


@dataclass
class Opened:
    """Code that runs in a host and shows something in a page; ``read`` gives Python's side of it."""

    read: Callable[[], Any]
    kernel: Kernel | None = None

    def wait_until(self, holds: Callable[[Any], object], timeout: float = 15.0) -> Any:
        """Return the value read once it satisfies the condition; raise with the last value after ``timeout`` seconds."""
        limit = time.monotonic() + timeout
        while True:
            value = self.read()
            if holds(value):
                return value
            if time.monotonic() > limit:
                raise AssertionError(f"Python still holds {value!r}")
            time.sleep(0.1)


def open_notebook(page: Page, server: JupyterServer, name: str, cells: list[str], expression: str = SNAPSHOT) -> Opened:
    """Open a notebook of these cells in JupyterLab or Notebook 7, run them, and read ``expression`` from its kernel."""
    page.goto(server.write_notebook(f"{name}.ipynb", cells))
    page.wait_for_function("window.jupyterapp !== undefined", timeout=RUN_TIMEOUT * 1000)
    page.evaluate(_RUN_ALL, f"{name}.ipynb")
    kernel = server.kernel(f"{name}.ipynb")
    return Opened(lambda: kernel.run("", expression), kernel)


def open_marimo(page: Page, server: MarimoServer, name: str, code: str, expression: str = SNAPSHOT) -> Opened:
    """Open a marimo app that runs code ending in a widget ``w``; it writes ``expression`` to a file at every change."""
    target = server.folder / f"{name}.json"
    writes = f"""\
def _write(_change=None):
        new = Path({str(target)!r}).with_suffix(".new")
    new.write_text(__import__("json").dumps({expression}))
    new.replace({str(target)!r})

w.observe(_write)
_write()"""
    cell = f"{code}\n{writes}\nimport marimo\nmarimo.output.append(marimo.ui.anywidget(w))"
    page.goto(server.open_app(name, [cell]))
    return Opened(lambda: json.loads(target.read_text()) if target.exists() else None)
