"""Annotations as plain rows, and as a data set of the library `datasets`. Knows the columns of tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from ..errors import FormatError
from ..model import Annotation, Task
from .extras import load
from .parquet import arrow_rows, arrow_schema
from .reading import Reading
from .table_reading import name_columns, read_rows
from .tables import AUDIO, Kind, columns_of, rows_of

#: Where the path of an annotation's media travels while its rows are made.
_Paths = Sequence["str | os.PathLike[str]"]


def to_rows(
    annotations: Annotation | Iterable[Annotation], *, media: _Paths | None = None, task: Task | None = None
) -> list[dict[str, Any]]:
    """Return a row for each segment, and one without times for each track and annotation that has none.

    All rows have the same keys: ``media``, ``annotator``, ``id``, ``category``, ``tag``, ``start`` and ``end`` (in
    seconds), each segment field by its name, each content field as ``content.<name>``, and what else there is to say.
    :func:`from_rows` gives the annotations back as they were.

    Parameters
    ----------
    annotations
        One or several.
    media
        A path for each annotation, in a key ``audio``.
    task
        What was asked: a key for each of its fields, answered or not.
    """
    given, paths = _given(annotations, media)
    rows = rows_of(given, columns_of(given, task))
    return [*(rows if paths is None else _with_paths(given, paths, columns_of(given, task)))]


def from_rows(rows: Iterable[Mapping[str, Any]], task: Task | None = None) -> Reading:
    """Return the annotations that rows are of, such as those of :func:`to_rows` or of a data set.

    Raises
    ------
    FormatError
        When a row cannot be read or does not fit the task; says which.
    """
    read = [*rows]
    names = dict.fromkeys(name for row in read for name in row)
    if not names:
        return Reading(format="rows", annotations=[], task=task or Task())
    columns, notes = name_columns(names, "the rows")
    found = read_rows(read, columns, task, format="rows", where=lambda number: f"row {number}")
    return msgspec.structs.replace(found, notes=notes)


def to_dataset(
    annotations: Annotation | Iterable[Annotation], *, media: _Paths | None = None, task: Task | None = None
) -> Any:
    """Return the rows of :func:`to_rows` as a ``datasets.Dataset`` with the kinds of the values.

    Answers of several kinds in one column become texts. A path for each annotation in ``media`` makes a column
    ``audio`` of ``datasets.Audio(decode=False)``, which reads no file: cast it to ``Audio()`` for the sound.

    Raises
    ------
    ImportError
        When `datasets` is not installed; says how to install it.
    """
    library, arrow = load("datasets", "datasets"), load("pyarrow", "datasets")
    given, paths = _given(annotations, media)
    columns = columns_of(given, task)
    rows = [*(arrow_rows(given, columns) if paths is None else _with_paths(given, paths, columns, typed=True))]
    schema = arrow_schema(columns if paths is None else {**columns, AUDIO: "text"})
    made = library.Dataset(arrow.Table.from_pylist(rows, schema))
    return made if paths is None else made.cast_column(AUDIO, library.Audio(decode=False))


def _given(
    annotations: Annotation | Iterable[Annotation], media: _Paths | None
) -> tuple[list[Annotation], list[str] | None]:
    given = [annotations] if isinstance(annotations, Annotation) else list(annotations)
    if media is None:
        return given, None
    paths = [os.fspath(path) for path in ([media] if isinstance(media, (str, os.PathLike)) else media)]
    if len(paths) != len(given):
        raise FormatError(f"media has {len(paths)} paths for {len(given)} annotations; give one for each")
    return given, paths


def _with_paths(
    annotations: list[Annotation], paths: list[str], columns: dict[str, Kind], *, typed: bool = False
) -> Iterable[dict[str, Any]]:
    make = arrow_rows if typed else rows_of
    for number, (annotation, path) in enumerate(zip(annotations, paths, strict=True), 1):
        for row in make([annotation], columns):
            if "annotation" in row:
                row["annotation"] = number
            yield {**row, AUDIO: path}
