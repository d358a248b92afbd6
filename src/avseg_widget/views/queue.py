"""A labeling queue as a table and as text, for where no page runs. Knows its rows, no store and no widget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from ..queue_wire import ItemStatus, QueueRow
from .html import MOST_ROWS, more, table
from .svg import escape
from .text import columns, plain
from .words import clock, counted, fit

_HEAD = ("item", "status", "segments", "time", "flag", "note")
#: Most columns of an item's name, and of what is noted of it, in text.
_NAME, _NOTE = 40, 60


def queue_bundle(title: str, progress: str, rows: Sequence[QueueRow]) -> dict[str, str]:
    """Return a queue as notebooks keep it, by MIME type: text/html and text/plain.

    Parameters
    ----------
    title
        What the queue is, in one line.
    progress
        How far it is, in one line.
    rows
        All items; the first of them are shown, and all are counted.
    """
    lines = [title, f"{progress} ({_counts(rows)})"]
    cells = [_cells(row) for row in rows[:MOST_ROWS]]
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    shown = [_HEAD, *([plain(cell) for cell in row] for row in cells)]
    left = len(rows) - len(cells)
    text = [*map(plain, lines), *_aligned(shown), *([f"… and {counted(left, 'more item')}"] if left else [])]
    return {
        "text/html": f"<div>{said}{''.join([*table(_HEAD, cells), *more(len(rows), 'item')])}</div>",
        "text/plain": "\n".join(text),
    }


def _counts(rows: Sequence[QueueRow]) -> str:
    counts = {status: sum(row.status == status for row in rows) for status in get_args(ItemStatus)}
    counts["flagged"] = sum(row.flagged for row in rows)
    counts["not to be opened"] = sum(bool(row.problem) for row in rows)
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)


def _cells(row: QueueRow) -> tuple[str, ...]:
    spent = clock(row.seconds, 0) if row.seconds else ""
    note = "; ".join(filter(None, [f"does not open: {row.problem}" if row.problem else "", row.note]))
    segments = f"{row.segments:,}" if row.segments else ""
    return (row.item, row.status, segments, spent, "flagged" if row.flagged else "", note)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    cut = [[fit(cell, _NOTE if place == len(_HEAD) - 1 else _NAME) for place, cell in enumerate(row)] for row in rows]
    widths = [max(columns(row[place]) for row in cut) for place in range(len(_HEAD))]
    for row in cut:
        yield "  ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
