"""Opens code in a real host and reads back what Python holds there. Knows no control of the editor."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from avseg_widget import Annotation
from avseg_widget.groundtruth.preview import Preview

from .servers import JupyterServer, Kernel, MarimoServer

#: Most milliseconds that a host may take to open a notebook.
OPEN_TIMEOUT = 60_000

#: Everything that a Segmenter `w` holds, as an expression that JSON can carry bit-exactly.
SNAPSHOT = "__import__('msgspec').to_builtins(w.annotation)"

_IS_OPEN = """(name) => {
  const { currentWidget } = window.jupyterapp?.shell ?? {};
  return currentWidget?.context?.path === name && currentWidget.context.isReady &&
    currentWidget.sessionContext.session?.kernel?.connectionStatus === "connected";
}"""
_HAS_RUN = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells].every(
  (cell) => cell.executionCount !== null && cell.executionState === "idle",
)"""
_ANSWERS = """async () => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel;
  if (kernel?.connectionStatus !== "connected") return false;
  const answered = kernel.requestExecute({ code: "", silent: true }).done.then(() => true, () => false);
  return Promise.race([answered, new Promise((done) => setTimeout(done, 3000, false))]);
}"""
#: A server that has restarted a kernel five times within seconds leaves it dead: then another one is chosen. Where it
#: finds only then that the kernel is dead, it ends the session, and the choice counts once the page knows that.
_RESTART = """async () => {
  const context = window.jupyterapp.shell.currentWidget.sessionContext;
  const { name, status } = context.session.kernel;
  const another = () => context.changeKernel({ name }).then(() => true, () => false);
  if (status !== "dead") await context.session.kernel.restart();
  else if (!(await another())) {
    await context.sessionManager.refreshRunning();
    await context.changeKernel({ name });
  }
}"""
_OPEN = "(path) => { void window.jupyterapp.commands.execute('docmanager:open', { path }); }"
_RUN_ALL = "() => { void window.jupyterapp.commands.execute('notebook:run-all-cells'); }"


def run_again(page: Page) -> int:
    """Run all cells in a kernel that has restarted, once it answers; return how often it had to be restarted by hand.

    Messages that were sent to a killed kernel before anybody knew can cost its successor the server's ear: the server
    delivers them from the socket of a connection that was closed, under the name of the one opened since, and the
    kernel hears only one of that name. A person who sees cells wait for ever restarts the kernel.
    """
    for restarts in range(3):
        if any(page.evaluate(_ANSWERS) or page.wait_for_timeout(500) for _ in range(4)):
            # Not waited for: what is shown in the end tells.
            page.evaluate(_RUN_ALL)
            return restarts
        page.evaluate(_RESTART)
    raise AssertionError("the kernel does not answer, not even when it was restarted by hand")


@dataclass
class Opened:
    """Code that runs in a host and shows something in a page; ``read`` gives Python's side of it."""

    read: Callable[[], Any]
    kernel: Kernel | None = None

    def wait_until(self, holds: Callable[[Any], object], timeout: float = 15.0) -> Any:
        """Return the value read once the condition holds; raise with the last value after ``timeout`` seconds."""
        limit = time.monotonic() + timeout
        while True:
            value = self.read()
            if holds(value):
                return value
            if time.monotonic() > limit:
                raise AssertionError(f"Python still holds {value!r}")
            time.sleep(0.1)


def received(preview: Preview) -> Annotation:
    """Return the answer once it came: the editor says "Submitted." when the form takes it, not when the server has."""
    annotation = Opened(lambda: preview.annotation).wait_until(lambda found: found is not None)
    assert isinstance(annotation, Annotation)
    return annotation


def open_notebook(page: Page, server: JupyterServer, name: str, cells: list[str], expression: str = SNAPSHOT) -> Opened:
    """Open a notebook of these cells in JupyterLab or Notebook 7, run them, and read ``expression`` from its kernel."""
    url = server.write_notebook(f"{name}.ipynb", cells)
    if page.url.startswith(f"{server.url}/lab/"):
        page.evaluate(_OPEN, f"{name}.ipynb")
    else:
        page.goto(url)
    page.wait_for_function(_IS_OPEN, arg=f"{name}.ipynb", timeout=OPEN_TIMEOUT)
    page.evaluate(_RUN_ALL)
    page.wait_for_function(_HAS_RUN, timeout=OPEN_TIMEOUT)
    kernel = server.kernel(f"{name}.ipynb")
    return Opened(lambda: kernel.run("", expression), kernel)


def open_marimo(page: Page, server: MarimoServer, name: str, code: str, expression: str = SNAPSHOT) -> Opened:
    """Open a marimo app that runs code ending in a widget ``w``; it writes ``expression`` to a file at every change."""
    target = server.folder / f"{name}.json"
    writes = f"""\
from pathlib import Path
def _write(_change=None):
    new = Path({str(target)!r}).with_suffix(".new")
    new.write_text(__import__("json").dumps({expression}))
    new.replace({str(target)!r})

w.observe(_write)
_write()"""
    cell = f"{code}\n{writes}\nimport marimo\nmarimo.output.append(marimo.ui.anywidget(w))"
    page.goto(server.open_app(name, [cell]))
    return Opened(lambda: json.loads(target.read_text()) if target.exists() else None)
