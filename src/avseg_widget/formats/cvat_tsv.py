"""CVAT's "Generic TSV 1.0" of audio tasks: an interval a row, its attributes in columns. Knows CVAT's columns.

As CVAT documents it (https://docs.cvat.ai/docs/dataset_management/formats/format-generic-tsv/) and as its exporter and
importer have it (cvat/apps/dataset_manager/formats/audio_tsv.py, 2026): ``id, filename, start, stop, label, source,
score`` and one column for each attribute. It reads times up to 24 hours, and neither ``id`` nor ``source``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ..errors import AnnotationError, FormatError
from ..model import Annotation, Origin, Provenance, Segment, Task, Track
from .csv_table import CsvFile, asked_kind, decode, encode, typed_rows, unlimited_cells
from .format import Format, name_of, track_named
from .reading import Reading, fit, propose_task
from .table_reading import field_value, fitting_name, number
from .tables import Column, Kind

_CATEGORY = "label"
_OWN: dict[str, Kind] = {
    "id": "text",
    "filename": "text",
    "start": "text",
    "stop": "text",
    "label": "text",
    "source": "text",
    "score": "number",
    "group": "text",
}
_WRITTEN = [name for name in _OWN if name != "group"]
#: Before a field that is called like one of CVAT's own columns.
_FIELD = "field:"
_TIME = re.compile(r"(?:(\d{1,6}) days?, )?(\d{1,9}):([0-5]?\d):([0-5]?\d)(?:\.(\d{1,9}))?", re.ASCII)
#: What CVAT calls the origin of an interval that no annotator drew, and what that is here.
_STATUS = {"auto": "suggested", "semi-auto": "corrected"}
_SOURCE = {"suggested": "auto", "accepted": "semi-auto", "corrected": "semi-auto"}


class CvatTsv(Format):
    """A label is a track, an attribute an answer; times are whole microseconds; one annotation of each media.

    What was accepted comes back as corrected: CVAT knows ``auto`` and ``semi-auto`` only, and not what made it.
    """

    name = "cvat"
    title = "CVAT Generic TSV"
    suffixes = (".tsv",)
    keeps_ids = True
    many = True

    def sniff(self, head: bytes) -> bool:
        first = re.split(rb"[\r\n]", head.removeprefix(b"\xef\xbb\xbf"), maxsplit=1)[0]
        return {b"start", b"stop", b"label"} <= set(first.split(b"\t"))

    def read(self, path: Path, task: Task | None) -> Reading:
        with unlimited_cells():
            source = CsvFile(path, "\t")
            missing = {"start", "stop", "label"} - set(source.names)
            if missing or len(set(source.names)) < len(source.names):
                have = ", ".join(map(repr, source.names)) or "none"
                raise FormatError(
                    f"{path.name}, line 1: needs the columns start, stop and label, each name once, between tabs; "
                    f"it has {have:.300}"
                )
            annotations = _gather(source, task)
        proposed = task or propose_task(annotations)
        return Reading(format=self.name, annotations=fit(annotations, proposed), task=proposed)

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        return self.carry_all([annotation], task)[0]

    def carry_all(self, annotations: list[Annotation], task: Task | None) -> list[Annotation]:
        read = {one.provenance.media: one for one in _gather(_Written(annotations, task), task)}
        return [
            _with_track_ids(read[one.provenance.media], one) if one.segments else Annotation() for one in annotations
        ]

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        source = _Written(annotations, task)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t")
            writer.writerow(source.names)
            for row in source.rows():
                writer.writerow(row.values())


class _Written:
    """The rows that annotations are written as."""

    def __init__(self, annotations: list[Annotation], task: Task | None) -> None:
        media = [one.provenance.media for one in annotations if one.segments]
        twice = next((name for name in media if media.count(name) > 1), None)
        if twice is not None:
            raise FormatError(
                f"CVAT's table holds one annotation of each media, and there are several of {twice!r:.200}; write a "
                "file for each annotator"
            )
        self._annotations = annotations
        asked = [field.name for field in task.segment_fields] if task is not None else []
        answered = (name for one in annotations for segment in one.segments for name in segment.fields)
        self._columns = {name: _FIELD + name if name in _OWN else name for name in [*asked, *answered]}
        self.names = [*_WRITTEN, *self._columns.values()]

    def where(self, place: int) -> str:
        return f"row {place}"

    def rows(self) -> Iterator[dict[str, str]]:
        for annotation in self._annotations:
            tracks = {track.id: name_of(track, _CATEGORY) for track in annotation.tracks}
            for segment in annotation.segments:
                if segment.track not in tracks:
                    raise FormatError(f"segment {segment.id!r} is on a track {segment.track!r} that there is not")
                origin, start = segment.origin, round(segment.start * 1_000_000)
                cells = {
                    "id": segment.id,
                    "filename": annotation.provenance.media,
                    "start": _clock(start),
                    "stop": _clock(max(round(segment.end * 1_000_000), start + 1)),
                    "label": tracks[segment.track],
                    "source": "manual" if origin is None else _SOURCE[origin.status],
                    "score": "1.0" if origin is None else _text(origin.confidence),
                    **{self._columns[name]: _text(value) for name, value in segment.fields.items()},
                }
                yield {name: cells.get(name, "") for name in self.names}


class _Found:
    """The tracks and segments of one file of sound."""

    def __init__(self) -> None:
        self.tracks: dict[str, Track] = {}
        self.segments: dict[str, Segment] = {}

    def add(self, row: dict[str, Any], attributes: dict[str, str]) -> None:
        track = track_named(row["label"] or "", _CATEGORY)
        id_ = row.get("id") or f"s{len(self.segments) + 1}"
        if id_ in self.segments:
            raise AnnotationError(f"another interval has the id {id_!r:.100}; each needs its own")
        fields = {name: field_value(row[cell], cell) for cell, name in attributes.items() if row[cell] is not None}
        start, end = _seconds(row["start"], "start"), _seconds(row["stop"], "stop")
        self.segments[id_] = Segment(track.id, start, end, fields, id_, _origin(row))
        self.tracks.setdefault(track.id, track)


def _gather(source: CsvFile | _Written, task: Task | None) -> list[Annotation]:
    attributes = {name: fitting_name(name.removeprefix(_FIELD)) for name in source.names if name not in _OWN}
    held = {name: _OWN.get(name) or asked_kind(Column("field", attributes[name]), task) for name in source.names}
    found: dict[str, _Found] = {}
    place = 0
    try:
        for place, row in enumerate(typed_rows(source.rows, held, source.where, _cell), 1):  # noqa: B007
            found.setdefault(row.get("filename") or "", _Found()).add(row, attributes)
    except AnnotationError as error:
        raise FormatError(f"{source.where(place)}: {error}") from None
    return [
        Annotation(list(one.tracks.values()), list(one.segments.values()), provenance=Provenance(media=media))
        for media, one in found.items()
    ]


def _cell(text: str, kind: Kind, column: str) -> Any:
    # CVAT takes and gives texts as they are, whatever a spreadsheet makes of them.
    return text or None if kind == "text" else decode(text, kind, column)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else encode(value)


def _origin(row: dict[str, Any]) -> Origin | None:
    status: Any = _STATUS.get(row.get("source") or "")
    score = row.get("score")
    return None if status is None else Origin("cvat", status, None if score is None else number(score, "score"))


def _seconds(text: str | None, column: str) -> float:
    found = _TIME.fullmatch(text or "")
    if found is None:
        raise AnnotationError(f"{column} is a time such as 00:00:02.450, not {text!r:.100}")
    days, hours, minutes, seconds = (int(group or 0) for group in found.groups()[:4])
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return (whole * 1_000_000 + int((found[5] or "").ljust(6, "0")[:6])) / 1_000_000


def _clock(microseconds: int) -> str:
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:06}"


def _with_track_ids(read: Annotation, written: Annotation) -> Annotation:
    """Return an annotation that was read with the ids that its tracks have here."""
    ids = {(track.category, track.tag): track.id for track in written.tracks}
    tracks = {track.id: ids[track.category, track.tag] for track in read.tracks}
    return msgspec.structs.replace(
        read,
        tracks=[
            msgspec.structs.replace(track, id=tracks[track.id], position=place)
            for place, track in enumerate(read.tracks)
        ],
        segments=[msgspec.structs.replace(segment, track=tracks[segment.track]) for segment in read.segments],
    )


FORMAT = CvatTsv()
