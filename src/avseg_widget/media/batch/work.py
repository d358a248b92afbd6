"""Do one item of a batch, in whatever process: probe, write peaks or a proxy. Knows no engine and no manifest file."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from ...errors import AvsegError, MediaError
from ...replacing import part_prefix
from .. import proxy
from ..media import open_media
from .inputs import SUFFIXES, fitting
from .manifest import Record, stamp_of

TaskName = Literal["probe", "peaks", "proxy"]
Status = Literal["done", "skipped", "failed", "cancelled"]

#: Seconds between two looks at the file that says stop.
_LOOK_EVERY = 0.5


@dataclass(frozen=True)
class Work:
    """One item: ``known`` is what the manifest holds of it, ``stop`` a path; when it is there, the work stops.

    ``taken`` are names below ``folder`` where somebody else's files lay when the item began: an item that is done
    again, because its process died, meets its own output.
    """

    task: TaskName
    folder: str
    options: dict[str, Any]
    stop: str
    source: str = ""
    name: str = ""
    known: Record | None = None
    taken: tuple[str, ...] = ()
    #: It was begun before, and may have been ended in the middle.
    again: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one item: ``error`` says why it failed, ``info`` describes the media (of ``probe`` only)."""

    source: str
    name: str
    status: Status
    output: str = ""
    error: str = ""
    info: dict[str, Any] | None = None
    record: Record | None = field(default=None, repr=False)


class Stop:
    """A file that tells every process, on whatever machine, to stop; looked for now and then."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._looked = -_LOOK_EVERY
        self._is_set = False

    def is_set(self) -> bool:
        """Whether to stop."""
        now = time.monotonic()
        if not self._is_set and now - self._looked >= _LOOK_EVERY:
            self._looked = now
            self._is_set = os.path.lexists(self._path)
        return self._is_set

    def set(self) -> None:
        """Tell all to stop."""
        Path(self._path).touch()

    def clear(self) -> None:
        """Remove the file."""
        Path(self._path).unlink(missing_ok=True)

    def __str__(self) -> str:
        return self._path


def perform(work: Work) -> Outcome:
    """Do one item; whatever is wrong with it is in the outcome, never raised."""
    stop = Stop(work.stop)
    try:
        if stop.is_set():
            return Outcome(work.source, work.name, "cancelled")
        if work.task == "probe":
            return _probed(work)
        return _made(work, stop)
    except proxy.CancelledError:
        return Outcome(work.source, work.name, "cancelled")
    except (AvsegError, OSError) as error:
        return failed(work, str(error))
    except Exception as error:  # noqa: BLE001 - a fault that one file wakes must not end the other thousands
        return failed(work, f"{type(error).__name__}: {error}")


def failed(work: Work, reason: str) -> Outcome:
    """Give the outcome of what went wrong."""
    return Outcome(work.source, work.name, "failed", error=reason)


def is_unchanged(work: Work, *, by_content: bool) -> bool:
    """Whether the output is there, whole, and made of this input in this way.

    The output is whole when it has the size that was noted: it took its name when it was finished. The input is the
    same when size and time of change are, or, ``by_content``, when size and digest are.
    """
    known = work.known
    if known is None or known.stamp is None or known.options != work.options:
        return False
    try:
        if os.stat(os.path.join(work.folder, known.output)).st_size != known.output_size:  # noqa: PTH116, PTH118
            return False
        now = stamp_of(work.source)
        if now is None or now.size != known.stamp.size:
            return False
        if now.mtime_ns == known.stamp.mtime_ns:
            return True
        return by_content and stamp_of(work.source, digest=True) == _at(known, now.mtime_ns)
    except OSError:
        return False


def _at(known: Record, mtime_ns: int) -> Any:
    return known.stamp and type(known.stamp)(known.stamp.size, mtime_ns, known.stamp.digest)


def _probed(work: Work) -> Outcome:
    info = open_media(work.source).info()
    if info.duration is None:
        return failed(work, info.warnings[0])
    return Outcome(work.source, work.name, "done", info=msgspec.to_builtins(info))


def _made(work: Work, stop: Stop) -> Outcome:
    if is_unchanged(work, by_content=True) and work.known is not None:
        return _noted(work, "skipped", work.known.output)
    media = open_media(work.source)
    before = stamp_of(work.source)
    sound = work.options.get("sound")
    suffix = ".peaks" if work.task == "peaks" else proxy.suffix_of(media.info(), sound)
    name = fitting(work.name, suffix)
    target = Path(work.folder, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if work.again:
        clean(work)
    if name in work.taken:
        maker = work.known.source if work.known is not None else "something else"
        raise MediaError(f"{target} is there already, made of {maker}: choose another folder, or overwrite it")
    if work.task == "peaks":
        media.write_sidecar(target)
    else:
        media.make_proxy(target, overwrite=True, cancel=stop, **work.options)
    if stamp_of(work.source) != before:
        raise MediaError(f"{work.source} changed while it was read: run the command again")
    return _noted(work, "done", name)


def _noted(work: Work, status: Status, output: str) -> Outcome:
    target = Path(work.folder, output)
    record = Record(
        work.task,
        work.name,
        work.source,
        work.options,
        stamp_of(work.source, digest=True),
        output,
        target.stat().st_size,
    )
    return Outcome(work.source, work.name, status, str(target), record=record)


def clean(work: Work) -> None:
    """Remove what a process that died left of this item."""
    for suffix in SUFFIXES.get(work.task, ()):
        target = Path(work.folder, fitting(work.name, suffix))
        prefix = part_prefix(target)
        for path in list(target.parent.iterdir()) if target.parent.is_dir() else []:
            if path.name.startswith(prefix):
                path.unlink(missing_ok=True)


def crashed(work: Work) -> Outcome:
    """Give the outcome of an item that made its process die, each time."""
    clean(work)
    return failed(work, "the decoder crashed on this file: it is damaged; convert it with another tool")
