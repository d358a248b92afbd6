"""Where documents of a notebook change: in the thread of its cells, one change at a time. Knows no document."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import anywidget
from IPython import get_ipython

#: Held by whoever changes documents or shows a change; one for all, so that widgets whose observers set each other's
#: traits never wait for one another. The lock of a store is only ever taken inside it.
TURN: Final = threading.RLock()


class Home:
    """The thread that a widget's document changes in, and its event loop, None where none runs.

    Jupyter may hear pages, and so call a button's function, in another thread than that of cells. What it hears there
    waits here for its turn, so that no edit comes between what a cell reads and what it assigns.
    """

    def __init__(self) -> None:
        self._thread: int | None = threading.get_ident()
        try:
            self.loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self.loop = None
        of_cells = getattr(getattr(getattr(get_ipython(), "kernel", None), "io_loop", None), "asyncio_loop", None)
        if of_cells is not None and threading.current_thread() is not threading.main_thread():
            self._thread, self.loop = threading.main_thread().ident, of_cells

    @property
    def is_here(self) -> bool:
        """Whether this is the thread."""
        return threading.get_ident() == self._thread

    def run(self, call: Callable[[], None]) -> None:
        """Call a function: now where this is the thread or nothing runs there, else as soon as the thread has time."""
        if self.loop is None or self.is_here:
            return call()
        try:
            # Hosts tell by the context which cell it is that something is shown or printed for.
            self.loop.call_soon_threadsafe(call, context=contextvars.copy_context())
        except RuntimeError:  # it is closed
            call()


class HomeWidget(anywidget.AnyWidget):
    """A widget that hears at home; set ``_home`` before anything else."""

    _home: Home

    def _handle_msg(self, msg: dict[str, Any]) -> None:
        hear = partial(super()._handle_msg, msg)
        if self._is_reading(msg["content"]["data"].get("content")):
            hear()
        else:
            self._home.run(partial(_in_turn, hear))

    def _is_reading(self, content: Any) -> bool:
        """Whether a custom message changes nothing, so that it may be answered in any thread while a cell runs."""
        raise NotImplementedError


def _in_turn(call: Callable[[], None]) -> None:
    with TURN:
        call()
