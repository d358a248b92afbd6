"""Shows how far something is: a bar in a notebook, a line that is written over on a terminal, else lines. No job."""

from __future__ import annotations

import html
import shutil
import sys
from typing import Any, TextIO

_BAR = 30


class ProgressBar:
    """A bar with a text beside it.

    Parameters
    ----------
    stream
        Where a shell's line goes; standard error when None.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._handle: Any = None
        self._display = _notebook_display() if stream is None else None
        self._last = ""

    def show(self, done: int, total: int, text: str) -> None:
        """Show that ``done`` of ``total`` are done; nothing is known of the total while it is 0."""
        shown = _Shown(done, total, text)
        if self._display is not None:
            if self._handle is None:
                self._handle = self._display(shown, display_id=True)
            else:
                self._handle.update(shown)
            return
        line = repr(shown)
        if line == self._last:
            return
        self._last = line
        if self._stream.isatty():
            width = shutil.get_terminal_size().columns
            self._stream.write(f"\r\x1b[K{line[: width - 1]}")
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def end(self) -> None:
        """Go to the next line, where lines are written over."""
        if self._display is None and self._last and self._stream.isatty():
            self._stream.write("\n")


class _Shown:
    """One state of a bar, as HTML for a notebook and as text for all else."""

    def __init__(self, done: int, total: int, text: str) -> None:
        self._done, self._total, self._text = done, total, text

    def __repr__(self) -> str:
        if not self._total:
            return self._text
        filled = _BAR * self._done // self._total
        return f"[{'#' * filled}{'.' * (_BAR - filled)}] {self._done:,} of {self._total:,}, {self._text}"

    def _repr_html_(self) -> str:
        size = f'value="{self._done}" max="{self._total}"' if self._total else ""
        count = f"{self._done:,} of {self._total:,}, " if self._total else ""
        text = html.escape(count + self._text)
        return f'<progress {size} aria-label="{text}" style="width: 20em; vertical-align: middle"></progress> {text}'


def _notebook_display() -> Any:
    """Return the function that shows something in a notebook; None outside of one."""
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    shell = get_ipython()
    return display if shell is not None and hasattr(shell, "kernel") else None
