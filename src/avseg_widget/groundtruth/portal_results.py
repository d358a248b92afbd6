"""Writes a portal's answers as Ground Truth's files, beside the requests that bring them. Knows no page, no server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

from ..errors import AvsegError
from ..formats.stored_answer import stored_answer
from .lines import Line
from .portal_records import Submission
from .portal_state import PortalState
from .results_folder import ResultsFolder

#: Seconds between two manifests, and how much longer than writing one took: a long one must not take all the time.
_SECONDS_BETWEEN = 1.0
_TIMES_LONGER = 10.0
_SECONDS_AFTER_FAULT = 5.0


class ResultsKeeper:
    """A thread that makes the files in a folder follow a portal's state.

    The state is what counts: each file is made of it as a whole, anew after a restart, so it is right whenever it is
    looked at, though it may be a second late.
    """

    def __init__(self, state: PortalState, folder: ResultsFolder) -> None:
        self._state, self._folder = state, folder
        self._changed: set[int] = set(state.answered())
        #: Where the answers to items are, and when the last one came, so that no file is read for the manifest.
        self._labels: dict[int, tuple[str, str]] = {}
        self._is_late = True
        self._closing = False
        self._wake = threading.Condition()
        self._writing = threading.Lock()
        self._rest = _SECONDS_BETWEEN
        #: Why the files cannot be written at the moment; empty when they can.
        self.problem = ""
        self._thread = threading.Thread(target=self._run, name="avseg-portal-results", daemon=True)
        self._thread.start()

    def changed(self, item: int) -> None:
        """Take note that an item has a new answer."""
        with self._wake:
            self._changed.add(item)
            self._is_late = True
            self._wake.notify()

    def flush(self) -> None:
        """Write what is not written yet.

        Raises
        ------
        AvsegError
            When it cannot be written.
        """
        with self._writing:
            with self._wake:
                items, self._changed = sorted(self._changed), set()
                is_late, self._is_late = self._is_late, False
            try:
                while items:
                    self._write(items[-1])
                    items.pop()
                if is_late:
                    self._folder.write_lines(self._lines())
            except OSError as error:
                self._later(items)
                raise AvsegError(
                    f"the results in {self._folder.folder} cannot be written ({error.strerror or error}): make "
                    "room, or give back the right to write there; every answer is kept, and written then"
                ) from None
            except BaseException:
                self._later(items)
                raise

    def close(self) -> None:
        """Write what is left and end; does nothing the second time."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _later(self, items: list[int]) -> None:
        with self._wake:
            self._changed.update(items)
            self._is_late = True

    def _run(self) -> None:
        self._clear()
        is_last = False
        while not is_last:
            with self._wake:
                self._wake.wait_for(lambda: self._closing or self._is_late)
                is_last = self._closing
            began = time.monotonic()
            try:
                self.flush()
                self.problem = ""
                self._rest = max(_SECONDS_BETWEEN, _TIMES_LONGER * (time.monotonic() - began))
            except AvsegError as error:
                self.problem = str(error)
                self._rest = _SECONDS_AFTER_FAULT
            with self._wake:
                self._wake.wait_for(lambda: self._closing, self._rest)

    def _write(self, item: int) -> None:
        answers = [_answer(submission) for submission in self._state.submissions(item)]
        holds = self._holds(item, answers)
        ref = self._folder.ref(item) if holds else self._folder.write_answers(item, answers)
        self._labels[item] = ref, max(str(answer["submissionTime"]) for answer in answers)

    def _lines(self) -> Iterator[Line]:
        for item, text in enumerate(self._state.lines()):
            line = json.loads(text)
            ref, created = self._labels.get(item, ("", ""))
            yield self._folder.output_line(line, item, ref=ref, created=created) if ref else line

    def _holds(self, item: int, answers: list[dict[str, object]]) -> bool:
        try:
            return self._folder.answers(item) == answers
        except (ValueError, LookupError, TypeError):
            return False  # somebody else wrote there

    def _clear(self) -> None:
        """Remove what was being written when the process was killed."""
        for name in ("annotations", "manifests"):
            for part in (self._folder.folder / name).rglob(".*.part"):
                part.unlink(missing_ok=True)


def _answer(submission: Submission) -> dict[str, object]:
    identity = {"identityProviderType": "Portal", "issuer": "https://portal.invalid", "sub": submission.worker.sub}
    return stored_answer(
        json.loads(submission.answer),
        submission.taken,
        submission.submitted,
        worker=submission.worker.name,
        identity=identity,
    )
