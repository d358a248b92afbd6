"""The segments as a table. Knows documents and pandas, no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..document import Document

if TYPE_CHECKING:
    import pandas


def to_dataframe(document: Document) -> pandas.DataFrame:
    """Return the segments of a document, a row each; see :meth:`Segmenter.to_dataframe`."""
    import pandas as pd

    names = [field.name for field in document.task.segment_fields]
    rows = [
        [item.id, item.track, track.category, track.tag, item.start, item.end, *map(item.fields.get, names)]
        for item in document.segments
        for track in [document.tracks[item.track]]
    ]
    return pd.DataFrame(rows, columns=["id", "track", "category", "tag", "start", "end", *names])
