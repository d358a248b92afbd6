"""Reads the file of a task that a command is given. Knows no command."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..errors import AvsegError, TaskError
from ..model import Task


def read_task(path: str) -> Task:
    """Return the task in a file, which ``msgspec.json.encode(task)`` has made.

    Raises
    ------
    TaskError
        When the file cannot be read, or holds no task.
    """
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=Task)
    except OSError as error:
        raise TaskError(f"the task {path} cannot be read ({error.strerror}): check the path") from None
    except (msgspec.DecodeError, UnicodeError, AvsegError) as error:
        raise TaskError(f"the task {path} is none ({error}): write it with msgspec.json.encode(task)") from None
