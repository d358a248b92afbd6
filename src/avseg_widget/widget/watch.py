"""Looks now and then whether others changed what a widget shows. Knows where documents change, no store."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .home import TURN, Home

#: Seconds from one look to the next.
INTERVAL = 1.0


class Watch:
    """Calls a method at home once a second while its object lives, where an event loop runs, as in a notebook's kernel.

    No thread is started: elsewhere, while a cell runs, and without ``poll``, only :meth:`look` calls it.
    """

    def __init__(self, method: Callable[[], None], home: Home, *, poll: bool) -> None:
        self._method: weakref.WeakMethod[Callable[[], None]] = weakref.WeakMethod(method)
        self._home = home
        self._quiet = 0
        self._next: asyncio.TimerHandle | None = None
        self._loop = home.loop if poll else None
        home.run(self._wait)

    def look(self) -> None:
        """Call the method now, but not where it is quiet, nor from a thread that only reads."""
        method = self._method()
        if method is None or not self._home.is_here:
            return
        with TURN:
            if self._quiet == 0:
                with self.quiet():
                    method()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Call nothing meanwhile: half of a change is shown."""
        self._quiet += 1
        try:
            yield
        finally:
            self._quiet -= 1

    def stop(self) -> None:
        """End the calls."""
        self._loop = None
        self._quiet += 1
        if self._next is not None:
            self._next.cancel()

    def _wait(self) -> None:
        if self._loop is not None and self._method() is not None:
            self._next = self._loop.call_later(INTERVAL, self._tick)

    def _tick(self) -> None:
        try:
            self.look()
        finally:
            self._wait()
