"""The logic of a labeling queue: which items, in which order, how far, how long still. Knows no widget and no media."""

from __future__ import annotations

import glob
import hashlib
import mimetypes
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Literal, TypeAlias

import msgspec

from ..errors import QueueError
from ..queue_wire import ItemStatus, QueueRow

Order: TypeAlias = Literal["given", "random"]

#: Done items that a pace is told from.
_ENOUGH = 3
#: What a row of metadata calls the media and the item.
_MEDIA, _ITEM = "media", "item"
#: Endings of media that Python's table of types may lack.
_MORE_SUFFIXES = {".flac", ".m4a", ".mkv", ".mka", ".ogg", ".oga", ".opus", ".webm", ".wma", ".amr", ".ogv"}
_WILD = set("*?[")


class QueueItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a queue as Python reads it.

    ``seconds`` is the time spent on it, pauses left out; ``problem`` says why its media does not open.
    """

    item: str
    media: Any
    status: ItemStatus = "new"
    flagged: bool = False
    note: str = ""
    seconds: float = 0.0
    segments: int = 0
    details: dict[str, str] = {}
    problem: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be labeled: the media, the name that the store keeps it under, and what else is known of it."""

    item: str
    media: Any
    details: dict[str, str] = {}


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a queue is: items done of all, and at this pace the seconds left, None while too little is known.

    ``pace`` is the median of the seconds that somebody worked on each item that is done, pauses left out.

    >>> print(Progress(done=37, total=200, pace=26.0, left=4238.0))
    37 of 200 done, about 1 h 10 min left at your pace
    """

    done: int
    total: int
    pace: float | None = None
    left: float | None = None

    def __str__(self) -> str:
        """Say it in one line."""
        line = f"{self.done:,} of {self.total:,} done"
        if self.done == self.total or self.done == 0:
            return line
        if self.left is None:
            return f"{line}, too few to tell your pace"
        return f"{line}, {show_duration(self.left)} left at your pace"


def read_entries(media: Any, name: Callable[[Any], str]) -> list[Entry]:
    """Return the entries that a user named.

    Parameters
    ----------
    media
        A folder, a pattern such as ``"calls/*.wav"``, a list of media, a dict of media by item, or rows with a key
        ``"media"``, one ``"item"`` if wanted, and what else is known (a pandas DataFrame, too).
    name
        Gives the item of media that was not named.

    Raises
    ------
    QueueError
        When there is nothing to label, a row has no media, or two entries are one item.
    """
    entries = [_entry(given, name, place) for place, given in enumerate(_list(media))]
    if not entries:
        raise QueueError(f"there is nothing to label: {_shown(media)} names no audio or video")
    places: dict[str, int] = {}
    for place, entry in enumerate(entries):
        if entry.item in places:
            raise QueueError(
                f"media[{place}] is the item {entry.item!r}, as media[{places[entry.item]}] is: take one of them out, "
                f'or name them, {{"name": media}}'
            )
        places[entry.item] = place
    return entries


def _list(media: Any) -> Iterable[Any]:
    if hasattr(media, "to_dict") and hasattr(media, "columns"):
        rows: Iterable[Any] = media.to_dict("records")
        return rows
    if isinstance(media, Mapping):
        return [{_MEDIA: value, _ITEM: item} for item, value in media.items()]
    if isinstance(media, (str, os.PathLike)):
        return _files(media)
    if isinstance(media, (bytes, tuple)) or not isinstance(media, Iterable):
        raise QueueError(
            'media of a queue is a folder, a pattern such as "calls/*.wav", a list, a dict of media by item, or rows '
            f"with their media, not {_shown(media)}"
        )
    return media


def _files(media: str | os.PathLike[str]) -> list[Any]:
    text = os.fspath(media)
    path = Path(text).expanduser()
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if is_media(file) and not _hidden(file, path))
    if "://" not in text and not path.exists() and _WILD & set(text):
        return [Path(file) for file in sorted(glob.glob(str(path), recursive=True)) if not Path(file).is_dir()]  # noqa: PTH207 - a pattern may be absolute
    return [media]


def is_media(path: Path) -> bool:
    """Whether a file is audio or video by the end of its name."""
    kind = mimetypes.guess_type(path.name)[0] or ""
    return path.suffix.lower() in _MORE_SUFFIXES or kind.startswith(("audio/", "video/"))


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _entry(given: Any, name: Callable[[Any], str], place: int) -> Entry:
    if not isinstance(given, Mapping):
        return Entry(item=name(given), media=given)
    if given.get(_MEDIA) is None:
        raise QueueError(f'media[{place}] has no "media": a row is {{"media": "call.wav", ...}}, not {_shown(given)}')
    item = given.get(_ITEM)
    if item is not None and not (isinstance(item, (str, int)) and str(item).strip()):
        raise QueueError(f"media[{place}]: an item is named by a text, not {item!r}")
    details = {str(key): str(value) for key, value in given.items() if key not in {_MEDIA, _ITEM} and value is not None}
    return Entry(item=name(given[_MEDIA]) if item is None else str(item), media=given[_MEDIA], details=details)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def in_order(entries: Sequence[Entry], order: Order, seed: int | str) -> list[Entry]:
    """Return entries as they were given, or in a random order: the same for a seed on any machine.

    Two entries keep their order to each other when others come or go.

    Raises
    ------
    QueueError
        When there is no such order.
    """
    if order == "given":
        return list(entries)
    if order != "random":
        raise QueueError(f'order is "given" or "random", not {order!r}')
    return sorted(entries, key=lambda entry: hashlib.sha256(f"{seed}\0{entry.item}".encode()).digest())


def status_of(*, edited: bool, done: bool) -> ItemStatus:
    """Return how far an item is."""
    return "done" if done else "started" if edited else "new"


def progress_of(rows: Iterable[QueueRow]) -> Progress:
    """Return how far a queue is; what does not open is left to do, but takes no time."""
    rows = list(rows)
    done = [row for row in rows if row.status == "done"]
    left = sum(row.status != "done" and not row.problem for row in rows)
    worked = [row.seconds for row in done if row.seconds > 0]
    pace = median(worked) if len(worked) >= _ENOUGH else None
    return Progress(done=len(done), total=len(rows), pace=pace, left=None if pace is None else pace * left)


def next_open(rows: Sequence[QueueRow], after: int) -> int | None:
    """Return the index of the next item that is not done and opens, from ``after`` around to it; None without one.

    >>> next_open([QueueRow(index=0, item="a"), QueueRow(index=1, item="b", status="done")], 1)
    0
    """
    around = [*rows[after + 1 :], *rows[: after + 1]]
    return next((row.index for row in around if row.status != "done" and not row.problem), None)


def show_duration(seconds: float) -> str:
    """Return a duration in words, as roughly as it is known.

    >>> show_duration(20), show_duration(400), show_duration(4238), show_duration(90000)
    ('less than a minute', 'about 7 min', 'about 1 h 10 min', 'about 25 h')
    """
    minutes = seconds / 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 57.5:
        return f"about {round(minutes) if minutes < 10 else 5 * round(minutes / 5)} min"
    hours, rest = divmod(10 * round(minutes / 10), 60)
    if hours >= 10:
        return f"about {round(minutes / 60)} h"
    return f"about {hours} h {rest} min" if rest else f"about {hours} h"
