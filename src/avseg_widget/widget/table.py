"""Segments as a table. Knows documents, results of a queue and pandas, no widget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..document import Document
from ..model import Annotation, Task

if TYPE_CHECKING:
    import pandas

    from ..store.queue import Result


def columns_of(task: Task) -> list[str]:
    """Return the names of the columns: those that every segment has, among them one for each field of the task."""
    return ["id", "track", "category", "tag", "start", "end", *(field.name for field in task.segment_fields), "origin"]


def rows_of(annotation: Annotation, task: Task) -> Iterator[list[Any]]:
    """Yield the values of each segment, in the order of :func:`columns_of`; times in seconds, origins by status."""
    tracks = {track.id: track for track in annotation.tracks}
    names = [field.name for field in task.segment_fields]
    for item in annotation.segments:
        track = tracks[item.track]
        own = [item.id, item.track, track.category, track.tag, item.start, item.end]
        yield [*own, *map(item.fields.get, names), item.origin and item.origin.status]


def to_dataframe(document: Document) -> pandas.DataFrame:
    """Return the segments of a document, a row each; see :meth:`Segmenter.to_dataframe`."""
    import pandas as pd

    return pd.DataFrame(rows_of(document.annotation, document.task), columns=columns_of(document.task))


def results_to_dataframe(results: Mapping[str, Sequence[Result]], task: Task) -> pandas.DataFrame:
    """Return the segments of a queue's results, by item, a row each; see :meth:`LabelingQueue.to_dataframe`."""
    import pandas as pd

    rows = [
        [item, result.annotator, result.round, *row]
        for item, some in results.items()
        for result in some
        for row in rows_of(result.annotation, task)
    ]
    return pd.DataFrame(rows, columns=["item", "annotator", "round", *columns_of(task)])
