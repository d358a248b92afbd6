"""Annotations as rows of a table, one for each segment: its columns and what is in them. Knows the model only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from .. import fields as kinds
from ..errors import FormatError
from ..fields import Field
from ..model import Annotation, Segment, Task, Track

#: What a column holds; ``"mixed"`` is what no other kind holds all of.
Kind = Literal["text", "whole", "number", "flag", "list", "mixed"]

#: The columns of every annotation, in all its rows; what tells annotations apart comes first.
OF_ANNOTATION: dict[str, Kind] = {
    "annotation": "whole",
    "media": "text",
    "annotator": "text",
    "accepted": "text",
    "submitted": "text",
    "seconds": "number",
    "provider": "text",
    "issuer": "text",
    "subject": "text",
    "done": "flag",
    "reason": "text",
}
OF_TRACK: dict[str, Kind] = {"track": "text", "category": "text", "tag": "text", "position": "number"}
OF_SEGMENT: dict[str, Kind] = {
    "id": "text",
    "start": "number",
    "end": "number",
    "origin.source": "text",
    "origin.status": "text",
    "origin.confidence": "number",
}
#: Where the path of the media is in a row for a library that opens it.
AUDIO = "audio"
OWN: dict[str, Kind] = {**OF_ANNOTATION, **OF_TRACK, **OF_SEGMENT}
#: In every table, those that a reader looks for first; others only where one has something in them.
_FIRST = ["media", "annotator", "id", "category", "tag", "start", "end"]
_CONTENT, _FIELD = "content.", "field:"
_WHOLE = range(-(2**63), 2**63)


class Column(NamedTuple):
    """What a column is of: ``part`` says of what, ``name`` is the name there."""

    part: Literal["own", "field", "content"]
    name: str


def column_of(name: str) -> Column:
    """Return what a column of this name is of.

    >>> [column_of(name).name for name in ("text", "content.topic", "field:media", "start")]
    ['text', 'topic', 'media', 'start']
    """
    if name in OWN:
        return Column("own", name)
    if name.startswith(_CONTENT):
        return Column("content", name.removeprefix(_CONTENT))
    return Column("field", name.removeprefix(_FIELD))


def field_column(name: str) -> str:
    """Return the column of a segment field: its name, unless a column of another kind is called so."""
    plain = name != AUDIO and column_of(name) == ("field", name)
    return name if plain else _FIELD + name


def content_column(name: str) -> str:
    """Return the column of a content field."""
    return _CONTENT + name


def columns_of(annotations: Iterable[Annotation], task: Task | None) -> dict[str, Kind]:
    """Return the columns that hold annotations, by name and in order: what is read first, fields, content, the rest."""
    own, fields, content = dict.fromkeys(_FIRST, True), _Seen(), _Seen()
    if task is not None:
        fields.ask(task.segment_fields)
        content.ask(task.content_fields)
    given = list(annotations)
    for annotation in given:
        own.update(
            (name, True) for name, value in _head(annotation).items() if value not in (None, "") and value is not False
        )
        # One track's place goes without saying; where there are more, the order of rows says nothing of them.
        if len(annotation.tracks) > 1 or any(track.position for track in annotation.tracks):
            own["position"] = True
        if any(track.id != Track(track.category, track.tag).id for track in annotation.tracks):
            own["track"] = True
        content.add(annotation.content)
        for segment in annotation.segments:
            fields.add(segment.fields)
            if segment.origin is not None:
                own.update(dict.fromkeys(["origin.source", "origin.status", "origin.confidence"], True))
    if len({(one.provenance.media, one.provenance.annotator) for one in given}) < len(given):
        own["annotation"] = True
    return {
        **{name: OWN[name] for name in _FIRST},
        **{field_column(name): kind for name, kind in fields.kinds().items()},
        **{content_column(name): kind for name, kind in content.kinds().items()},
        **{name: kind for name, kind in OWN.items() if name in own and name not in _FIRST},
    }


class _Seen:
    """The kinds of the answers to fields, by the fields' names."""

    def __init__(self) -> None:
        self._kinds: dict[str, set[Kind]] = {}

    def ask(self, asked: Sequence[Field]) -> None:
        for field in asked:
            self._kinds[field.name] = {kind_of_field(field)}

    def add(self, answers: dict[str, Any]) -> None:
        for name, value in answers.items():
            self._kinds.setdefault(name, set()).add(_kind_of(value))

    def kinds(self) -> dict[str, Kind]:
        return {name: _common(found) for name, found in self._kinds.items()}


def _common(found: set[Kind]) -> Kind:
    if len(found) == 1:
        return next(iter(found))
    return "number" if found == {"whole", "number"} else "mixed"


def kind_of_field(field: Field) -> Kind:
    """Return what a column with the answers to a field holds."""
    if isinstance(field, kinds.Checkbox):
        return "flag"
    if isinstance(field, kinds.Rating):
        return "whole"
    if isinstance(field, kinds.Number):
        return "number"
    return "list" if isinstance(field, (kinds.MultiSelect, kinds.Checkboxes)) else "text"


def _kind_of(value: Any) -> Kind:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int):
        return "whole" if value in _WHOLE else "mixed"
    if isinstance(value, float):
        return "number"
    return "list" if isinstance(value, list) else "text"


def rows_of(annotations: Iterable[Annotation], columns: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each segment, and one without times for each track, or annotation, that has none.

    A row has every column; None is where there is nothing.
    """
    names = dict.fromkeys(columns)
    for number, annotation in enumerate(annotations, 1):
        head = {"annotation": number, **_head(annotation)}
        head.update((content_column(name), value) for name, value in annotation.content.items())
        base: dict[str, Any] = {name: head.get(name) for name in names}
        tracks = {track.id: _track_cells(track) for track in annotation.tracks}
        used = {segment.track for segment in annotation.segments}
        for id_, cells in tracks.items():
            if id_ not in used:
                yield {name: cells.get(name, value) for name, value in base.items()}
        if not tracks:
            yield base
        for segment in annotation.segments:
            if segment.track not in tracks:
                raise FormatError(f"segment {segment.id!r} is on a track {segment.track!r} that there is not")
            cells = {**tracks[segment.track], **_segment_cells(segment)}
            yield {name: cells.get(name, value) for name, value in base.items()}


def _head(annotation: Annotation) -> dict[str, Any]:
    who, end = annotation.provenance, annotation.completion
    return {
        "media": who.media,
        "annotator": who.annotator,
        "accepted": who.accepted,
        "submitted": who.submitted,
        "seconds": who.seconds,
        "provider": who.provider,
        "issuer": who.issuer,
        "subject": who.subject,
        "done": end.done,
        "reason": end.reason,
    }


def _track_cells(track: Track) -> dict[str, Any]:
    return {"track": track.id, "category": track.category, "tag": track.tag, "position": track.position}


def _segment_cells(segment: Segment) -> dict[str, Any]:
    cells: dict[str, Any] = {field_column(name): value for name, value in segment.fields.items()}
    cells.update(id=segment.id, start=segment.start, end=segment.end)
    if segment.origin is not None:
        origin = segment.origin
        cells.update(
            {
                "origin.source": origin.source,
                "origin.status": origin.status,
                "origin.confidence": origin.confidence,
            }
        )
    return cells
