"""Suggestions in a Segmenter: given by Python, or found by a function in a thread. Knows no trait and no browser."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Literal

from .. import assist as assistance
from ..assist.running import name_of
from ..errors import AssistError, AvsegError
from ..media import Media
from ..model import Segment, Task
from ..suggestions import suggest
from ..wire import Assist, FromPython
from .home import Home


class AssistRun:
    """A function that looks for suggestions in a thread; made by :meth:`Segmenter.assist`.

    Attributes
    ----------
    source
        What it is called.
    state
        ``"running"``, ``"cancelling"`` until its next step, and then ``"done"``, ``"cancelled"`` or ``"failed"``.
    progress
        The part that is done, 0 to 1; None where the function does not tell.
    error
        Why it failed; the function's own error is its ``__cause__``.
    """

    def __init__(
        self,
        work: Callable[[Callable[[float], None], threading.Event], list[Segment]],
        source: str,
        take: Callable[[list[Segment]], None],
        tell: Callable[[Assist], None],
    ) -> None:
        self.source = source
        self.state: Literal["running", "cancelling", "done", "cancelled", "failed"] = "running"
        self.progress: float | None = None
        self.error: AssistError | None = None
        self._message = ""
        self._work, self._take, self._tell = work, take, tell
        self._cancel = threading.Event()
        # What is found is taken where documents change, by the event loop there or by wait().
        self._home = Home()
        # Hosts tell by the context which cell it is that something is shown or printed for.
        self._context = contextvars.copy_context()
        self._todo: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="avseg-assist", daemon=True)

    def __repr__(self) -> str:
        percent = "" if self.progress is None else f", {self.progress:.0%}"
        return f"<AssistRun {self.source}: {self.state}{percent}>"

    @property
    def is_over(self) -> bool:
        """Whether nothing of it goes on any more."""
        return self.state not in {"running", "cancelling"}

    def start(self) -> None:
        """Begin."""
        self.tell()
        self._thread.start()

    def cancel(self) -> None:
        """End it at its next step; nothing is suggested."""
        if self.state == "running":
            self.state = "cancelling"
            self._cancel.set()
            self.tell()

    def wait(self, timeout: float | None = None) -> None:
        """Return when it is over, or after ``timeout`` seconds.

        Raises
        ------
        AssistError
            When it failed; says why.
        """
        self._thread.join(timeout)
        self._catch_up()
        if self.error is not None:
            raise self.error

    def tell(self) -> None:
        """Tell the editors how it stands."""
        self._tell(Assist(source=self.source, state=self.state, progress=self.progress, message=self._message))

    # In the thread.

    def _run(self) -> None:
        try:
            found = self._work(self._step, self._cancel)
            end = partial(self._finish, found)
        except assistance.CancelledError:
            end = partial(self._end, "cancelled", f"{self.source} was cancelled.")
        except AssistError as error:
            end = partial(self._fail, error)
        except BaseException as error:  # noqa: BLE001 - exit() in a function ends its thread only
            end = partial(self._fail, AssistError(f"{self.source} failed: {type(error).__name__}"))
        self._post(end)

    def _step(self, done: float) -> None:
        before, self.progress = self.progress, done
        if before is None or int(before * 100) != int(done * 100):
            self._post(partial(self._proceed, done))

    def _post(self, call: Callable[[], None]) -> None:
        self._todo.put(call)
        if self._home.loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the kernel ends
                self._home.loop.call_soon_threadsafe(self._catch_up, context=self._context)

    # At home, or in the thread that waits.

    def _catch_up(self) -> None:
        with suppress(Empty):
            while True:
                self._todo.get_nowait()()

    def _proceed(self, done: float) -> None:
        self._tell(Assist(source=self.source, state=self.state, progress=done))

    def _finish(self, found: list[Segment]) -> None:
        if self.state != "running":
            return self._end("cancelled", f"{self.source} was cancelled.")
        try:
            self._take(found)
        except Exception as error:
            self._fail(AssistError(f"{self.source} failed: {error}"))
            if not isinstance(error, AvsegError):  # of an observer
                raise
            return None
        count = "1 suggestion" if len(found) == 1 else f"{len(found)} suggestions"
        return self._end("done", f"{self.source}: {count}.")

    def _fail(self, error: AssistError) -> None:
        self.error = error
        self._end("failed", str(error))

    def _end(self, state: Literal["done", "cancelled", "failed"], message: str) -> None:
        self.state, self._message = state, message
        self.tell()


class Assisted:
    """The part of a Segmenter that takes suggestions."""

    media: Media
    task: Task
    segments: Any
    annotation: Any
    _assist_run: AssistRun | None = None

    def _tell(self, message: FromPython, data: bytes | None = None) -> None:
        raise NotImplementedError

    def _note(self, message: str) -> None:
        raise NotImplementedError

    def suggest(self, segments: Iterable[Segment | Mapping[str, Any]], source: str = "") -> None:
        """Add segments that an annotator is to accept, correct or reject; one step that can be undone.

        Parameters
        ----------
        segments
            Segments or dicts with their names. Tracks that the task offers are added where they are missing.
        source
            Who made them, such as ``"my model"``; not needed where the segments say so by their origin.

        Raises
        ------
        AnnotationError
            When one does not fit the task, or is there already; then none is added.
        """
        duration = self.media.info().duration
        self.segments = suggest(self.annotation, self.task, segments, source, duration)

    def assist(
        self,
        function: Callable[..., Iterable[Segment | Mapping[str, Any]]],
        *,
        source: str = "",
        **options: Any,
    ) -> AssistRun:
        """Look for suggestions in the background, shown in the editor with its progress and a way to cancel it.

        Parameters
        ----------
        function
            ``media -> segments``, such as ``assist.vad``; see :func:`avseg_widget.assist.run`.
        source
            Who makes the suggestions; by default the function's own name for itself.
        options
            Given to the function.

        Raises
        ------
        AssistError
            When another one still runs.
        """
        last = self._assist_run
        if last is not None and not last.is_over:
            raise AssistError(f"{last.source} still runs, {last!r}: wait for it, or cancel it")
        name = name_of(function, source)

        def work(progress: Callable[[float], None], cancel: threading.Event) -> list[Segment]:
            return assistance.run(function, self.media, source=source, progress=progress, cancel=cancel, **options)

        def tell(status: Assist) -> None:
            if self._assist_run is None:  # closed
                return
            if status.state == "failed":
                self._note(status.message)
            self._tell(status)

        def take(found: list[Segment]) -> None:
            if self._assist_run is not None:
                self.suggest(found)

        self._assist_run = AssistRun(work, name, take, tell)
        self._assist_run.start()
        return self._assist_run

    def cancel_assist(self) -> None:
        """End the function that looks for suggestions, at its next step."""
        if self._assist_run is not None:
            self._assist_run.cancel()

    def _tell_assist(self) -> None:
        """Tell an editor that opens what runs."""
        if self._assist_run is not None and not self._assist_run.is_over:
            self._assist_run.tell()

    def _close_assist(self) -> None:
        run, self._assist_run = self._assist_run, None
        if run is not None:
            run.cancel()
