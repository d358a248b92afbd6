"""Makes annotations of the rows of a table. Knows the columns; no file and no library."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import AnnotationError, FormatError
from ..fields import NAME, FieldValue
from ..model import Annotation, Completion, Origin, Provenance, Segment, Task, Track
from .format import track_named
from .reading import Reading, fit, propose_task
from .tables import AUDIO, OF_ANNOTATION, Column, column_of

#: What every row of an annotation says alike; by the others it belongs to it.
_MINE = [name for name in OF_ANNOTATION if name not in ("annotation", "media", "annotator")]
#: What says where a row is, by its number.
Where = Callable[[int], str]


def name_columns(names: Iterable[str], where: str) -> tuple[dict[str, Column], list[str]]:
    """Return what the columns of a table are of, by name, and notes on those whose names had to change.

    Raises
    ------
    FormatError
        When the times have no column, or a name is there twice.
    """
    columns: dict[str, Column] = {}
    notes = []
    for name in names:
        column = column_of(name)
        if name in columns:
            raise FormatError(f"{where}: two columns are called {name!r}; give each its own name")
        if column.part != "own" and not NAME.fullmatch(column.name):
            column = Column(column.part, fitting_name(column.name))
            notes.append(f"the column {name!r} is the field {column.name!r}: a field has a name of plain letters")
        if column in columns.values():
            raise FormatError(f"{where}: the column {name!r} is another one for {column.name!r}; take one of them away")
        columns[name] = column
    missing = [name for name in ("start", "end") if name not in columns]
    if missing:
        have = ", ".join(repr(name) for name in columns) or "none"
        raise FormatError(f"{where}: there is no column {missing[0]!r}, in seconds; the columns are {have:.300}")
    return columns, notes


def fitting_name(name: str) -> str:
    """Return the name that a field may have in place of any other.

    >>> fitting_name("Spoken text"), fitting_name("2nd")
    ('Spoken_text', '_2nd')
    """
    fitting = re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:64] or "_"
    return fitting if NAME.fullmatch(fitting) else f"_{fitting}"[:64]


def read_rows(
    rows: Iterable[Mapping[str, Any]],
    columns: Mapping[str, Column],
    task: Task | None,
    *,
    format: str,  # noqa: A002
    where: Where,
) -> Reading:
    """Return what rows say, in the order in which their annotations come; empty cells are None."""
    annotations = gather(rows, columns, where)
    proposed = task or propose_task(annotations)
    return Reading(format=format, annotations=fit(annotations, proposed), task=proposed)


def gather(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, Column], where: Where) -> list[Annotation]:
    """Return the annotations that rows are of.

    Raises
    ------
    FormatError
        When a row cannot be read; says which, and what is in it.
    """
    builders: dict[tuple[str, ...], _Builder] = {}
    number = 0
    try:
        for number, row in enumerate(rows, 1):  # noqa: B007
            media = str(row.get("media") or _audio(row.get(AUDIO)) or "")
            key = (str(row.get("annotation")), media, str(row.get("annotator") or ""))
            builder = builders.get(key)
            if builder is None:
                builder = builders[key] = _Builder(columns, media, key[2])
            builder.add(row)
    except AnnotationError as error:
        raise FormatError(f"{where(number)}: {error}") from None
    return [builder.annotation() for builder in builders.values()]


def _audio(value: Any) -> str | None:
    path = value.get("path") if isinstance(value, Mapping) else value
    return path if isinstance(path, str) else None


class _Builder:
    """Gathers the rows of one annotation."""

    def __init__(self, columns: Mapping[str, Column], media: str, annotator: str) -> None:
        self._media, self._annotator = media, annotator
        self._mine = [name for name in columns if name in _MINE]
        self._content = {name: column.name for name, column in columns.items() if column.part == "content"}
        self._fields = {
            name: column.name for name, column in columns.items() if column.part == "field" and name != AUDIO
        }
        self._shared = [*self._mine, *self._content]
        self._said: dict[str, Any] = dict.fromkeys(self._shared)
        self._placed = "position" in columns
        self._tracks: dict[tuple[Any, ...], Track] = {}
        self._segments: dict[str, Segment] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        for name in self._shared:
            value = row.get(name)
            if value is not None and value != self._said[name]:
                if self._said[name] is not None:
                    raise AnnotationError(
                        f"{name} is {value!r:.100}, but {self._said[name]!r:.100} in a row before it of the same "
                        "annotation; give them a column 'annotation' with a number for each, or mend it"
                    )
                self._said[name] = value
        start, end = row.get("start"), row.get("end")
        if start is None and end is None:
            if row.get("category") is not None or row.get("tag") is not None or row.get("track") is not None:
                self._track(row)
            return
        id_ = str(row.get("id") or f"s{len(self._segments) + 1}")
        if id_ in self._segments:
            raise AnnotationError(f"another segment of the same annotation has the id {id_!r:.100}; each needs its own")
        fields = {
            name: field_value(row[column], column)
            for column, name in self._fields.items()
            if row.get(column) is not None
        }
        track = self._track(row).id
        self._segments[id_] = Segment(track, number(start, "start"), number(end, "end"), fields, id_, _origin(row))

    def _track(self, row: Mapping[str, Any]) -> Track:
        cells = (row.get("track"), row.get("category"), row.get("tag"), row.get("position"))
        track = self._tracks.get(cells)
        if track is None:
            id_, category, tag, position = cells
            if tag is None and id_ is not None:
                track = track_named(str(id_), "label")
            else:
                track = Track(str(category or "label"), str(tag or "segment"), str(id_ or ""))
            if position is not None:
                track = Track(track.category, track.tag, track.id, number(position, "position"))
            same = next((one for one in self._tracks.values() if one.id == track.id), track)
            if (same.category, same.tag) != (track.category, track.tag):
                raise AnnotationError(f"the track {track.id!r:.100} is {same.category}: {same.tag} in a row before it")
            self._tracks[cells] = track = same
        return track

    def annotation(self) -> Annotation:
        tracks = list({track.id: track for track in self._tracks.values()}.values())
        if self._placed:
            tracks.sort(key=lambda track: track.order)
        said = {name: value for name, value in self._said.items() if value is not None}
        try:
            seconds = said.get("seconds")
            provenance = Provenance(
                media=self._media,
                annotator=self._annotator,
                seconds=None if seconds is None else number(seconds, "seconds"),
                **{name: str(said.get(name, "")) for name in ("accepted", "submitted", *_WHO)},
            )
            content = {
                name: field_value(said[column], column) for column, name in self._content.items() if column in said
            }
            completion = Completion(bool(said.get("done", False)), str(said.get("reason", "")))
            return Annotation(tracks, list(self._segments.values()), content, provenance, completion)
        except AnnotationError as error:
            raise FormatError(f"{self._media or 'the annotation'}: {error}") from None


_WHO = ("provider", "issuer", "subject")


def _origin(row: Mapping[str, Any]) -> Origin | None:
    source = row.get("origin.source")
    if source is None:
        return None
    status: Any = row.get("origin.status") or "suggested"
    if status not in ("suggested", "accepted", "corrected"):
        raise AnnotationError(f"origin.status is suggested, accepted or corrected, not {status!r:.100}")
    confidence = row.get("origin.confidence")
    return Origin(str(source), status, None if confidence is None else number(confidence, "origin.confidence"))


def number(value: Any, column: str) -> float:
    """Return a finite number; raises AnnotationError for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            if math.isfinite(value):
                return float(value)
        except OverflowError:
            pass
    raise AnnotationError(f"{column} is a number, not {value!r:.100}")


def field_value(value: Any, column: str) -> FieldValue:
    """Return an answer; raises AnnotationError for what none can be."""
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise AnnotationError(f"{column} is a text, a number, a boolean or a list of texts, not {value!r:.100}")
