"""The errors users meet: each says what is wrong, where, and what to do. Knows nothing of the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class AvsegError(ValueError):
    """Base of all errors of this package; shown in a notebook as one line, without a traceback.

    ``parameter`` names the one that the message speaks of, as ``parameter=``: commands say their option's name instead.
    """

    def __init__(self, *message: Any, parameter: str = "") -> None:
        super().__init__(*message)
        self.parameter = parameter

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class TaskError(AvsegError):
    """A Task (or one of its fields) is not well formed."""


class AnnotationError(AvsegError):
    """Segments, tracks, content or a diff do not fit the task or the media."""


class ConflictError(AnnotationError):
    """A change meets one that somebody else made meanwhile to the same segment, track or answer; theirs stays."""


class StoreError(AvsegError):
    """A store cannot be opened, read or written; what could not be written has not happened."""


class KeymapError(AvsegError):
    """A keymap names a preset or a keystroke that there is not."""


class MediaError(AvsegError):
    """Media cannot be found, read or delivered to the browser.

    ``gone`` is that of which some was read, and more cannot be now: another time it may be.
    """

    def __init__(self, *message: Any, parameter: str = "", gone: bool = False) -> None:
        super().__init__(*message, parameter=parameter)
        self.gone = gone


class AssistError(AvsegError):
    """A program that suggests segments failed, cannot be run, or gave what is no suggestion."""


class AnswerError(AvsegError):
    """A Ground Truth answer cannot be read."""


class ManifestError(AvsegError):
    """A manifest, or a place that it or its results lie in, cannot be read or written.

    ``problems`` are the first few of those found in its lines.
    """

    def __init__(self, message: str, problems: Iterable[Any] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class StackError(AvsegError):
    """The stack on AWS cannot be made, found, changed or removed."""


class JobError(AvsegError):
    """A labeling job cannot be created, or AWS refuses what is asked of it.

    ``problems`` are all those that were found before AWS was asked.
    """

    def __init__(self, message: str, problems: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class QueueError(AvsegError):
    """A labeling queue has nothing to label, or is asked for what it has not."""


class FormatError(AvsegError):
    """A file of annotations that cannot be read or written, or does not fit its task; says where and what to do."""
