"""Segments as rows of a table. Knows no widget."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..model import Annotation, Task


def segment_columns(task: Task) -> list[str]:
    """Return the names of the columns: those that every segment has, and one for each of the task's fields."""
    return ["id", "track", "category", "tag", "start", "end", *(field.name for field in task.segment_fields)]


def segment_rows(annotation: Annotation, task: Task) -> Iterator[list[Any]]:
    """Yield the values of each segment, in the order of :func:`segment_columns`; times in seconds."""
    tracks = {track.id: track for track in annotation.tracks}
    names = [field.name for field in task.segment_fields]
    for item in annotation.segments:
        track = tracks[item.track]
        yield [item.id, item.track, track.category, track.tag, item.start, item.end, *map(item.fields.get, names)]
