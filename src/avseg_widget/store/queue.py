"""The logic of a labeling queue: which items, in which order, how far, how long still. Knows no widget and no media."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any, Literal, TypeAlias

import msgspec

from ..errors import QueueError
from ..model import Annotation
from ..queue_wire import ItemStatus, QueueRow
from .queue_media import Entry
from .store import Entry as Stored
from .store import Mark, Store

Order: TypeAlias = Literal["given", "random"]

#: Items that are tried for one that opens when a queue begins.
_MOST_TRIED = 20
#: Done items that a pace is told from.
_ENOUGH = 3


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


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one annotator said of one item in one round, and when they did so last (ISO 8601)."""

    annotator: str
    round: int
    annotation: Annotation
    done: bool
    flagged: bool
    note: str
    updated: str

    @classmethod
    def of(cls, stored: Stored, annotation: Annotation) -> Result:
        """Return the result that a store's entry tells of."""
        told = {name: getattr(stored, name) for name in ("annotator", "round", "done", "flagged", "note", "updated")}
        return cls(annotation=annotation, **told)


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
        if self.done in {0, self.total}:
            return line
        if self.left is None:
            return f"{line}, too few to tell your pace"
        return f"{line}, {show_duration(self.left)} left at your pace"


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


def queue_rows(entries: Sequence[Entry], stored: Iterable[Stored], marks: Mapping[str, Mark]) -> list[QueueRow]:
    """Return the rows of a queue: what is stored of its items by the one annotator, and what they noted."""
    known = {entry.item: entry for entry in stored}
    rows = []
    for index, entry in enumerate(entries):
        row = QueueRow(index=index, item=entry.item, details=entry.details)
        found = known.get(entry.item)
        if found is not None:
            status = status_of(edited=found.revision > 0, done=found.done)
            mark = marks.get(entry.item, Mark())
            row = msgspec.structs.replace(
                row,
                status=status,
                segments=found.segments,
                flagged=mark.flagged,
                note=mark.note,
                seconds=mark.seconds,
            )
        rows.append(row)
    return rows


def results_of(
    store: Store, places: Mapping[str, int], annotator: str | None, round_: int | None
) -> dict[str, list[Result]]:
    """Return what a store holds of items, in the order of their places; of all annotators and rounds, or of one."""
    stored = [
        entry
        for entry in store.items()
        if entry.item in places
        and entry.revision > 0
        and annotator in {None, entry.annotator}
        and round_ in {None, entry.round}
    ]
    stored.sort(key=lambda entry: (places[entry.item], entry.annotator, entry.round))
    found: dict[str, list[Result]] = {}
    for entry in stored:
        annotation = store.annotation(entry.item, entry.annotator, entry.round)
        found.setdefault(entry.item, []).append(Result.of(entry, annotation))
    return found


def item_of(entry: Entry, row: QueueRow) -> QueueItem:
    """Return an item as Python reads it."""
    told = {name: getattr(row, name) for name in QueueItem.__struct_fields__ if name != "media"}
    return QueueItem(media=entry.media, **told)


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


def open_first(rows: Sequence[QueueRow], open_item: Callable[[int], None]) -> None:
    """Open the first item that is to be done and opens; the very first one, where none of the first few does.

    ``open_item`` notes in ``rows`` why an item does not open.
    """
    first = place = next_open(rows, -1) or 0
    for _ in range(_MOST_TRIED):
        open_item(place)
        following = next_open(rows, place)
        if not rows[place].problem:
            return
        if following is None:
            break
        place = following
    open_item(first)


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
