"""Label Studio's JSON, of an exported project and as it imports one: tasks with annotations and predictions.

As documented at https://labelstud.io/guide/export and https://labelstud.io/guide/predictions. Here a track's category
is the ``name`` of a ``Labels`` control, its tag a label; a field is a ``TextArea``, ``Choices``, ``Number`` or
``Rating`` of its name, for each region or for the whole. Knows how it is written; label_studio_reading reads it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from .. import fields as kinds
from ..errors import FormatError
from ..fields import Field, FieldValue
from ..model import Annotation, Provenance, Segment, Task, Track
from .carried import carried
from .format import Format
from .label_studio_reading import OURS, Reader, annotator_of
from .reading import Reading, fit, propose_task

#: The name of the control that plays, and of what it plays in a task's data.
_AUDIO = "audio"


class LabelStudio(Format):
    """Annotations that only suggest are predictions; regions keep their ids and times.

    What Label Studio has no word for, the origin of a region and the kind of a choice, is in the regions' ``meta``.
    """

    name = "label-studio"
    title = "Label Studio JSON"
    suffixes = (".json",)
    keeps_ids = True
    many = True

    def sniff(self, head: bytes) -> bool:
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        known = (b'"annotations"', b'"predictions"', b'"completions"', b'"result"')
        others = (b'"answerContent"', b'"streams"')  # of Ground Truth, whose answers hold annotations too
        return (
            start[:1] in (b"[", b"{") and any(key in head for key in known) and not any(key in head for key in others)
        )

    def read(self, path: Path, task: Task | None) -> Reading:
        try:
            tasks = msgspec.json.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise FormatError(f"{path.name}: is not JSON, or not all of it: {error}") from None
        reader = Reader(path.name, task)
        annotations = reader.read(tasks)
        proposed = task or propose_task(annotations)
        return Reading(format=self.name, annotations=fit(annotations, proposed), task=proposed, notes=reader.notes())

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        who = annotation.provenance
        provenance = Provenance(media=who.media)
        if not _suggests(annotation):
            provenance = Provenance(
                annotator=annotator_of(_completed_by(who.annotator)),
                media=who.media,
                accepted=who.accepted,
                submitted=who.submitted,
                seconds=who.seconds,
            )
        kept = carried(annotation, lambda track: (track.category, track.tag), _finite, unused=False)
        return msgspec.structs.replace(kept, content=_answers(annotation.content), provenance=provenance)

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        with path.open("wb") as file:
            file.write(b"[")
            for number, group in enumerate(_tasks(annotations)):
                file.write(b",\n" if number else b"\n")
                file.write(msgspec.json.encode(_task(group, task)))
            file.write(b"\n]\n")


def _suggests(annotation: Annotation) -> bool:
    """Whether an annotation is a prediction: of one maker, and nobody's work."""
    makers = {
        one.origin.source if one.origin and one.origin.status == "suggested" else None for one in annotation.segments
    }
    nobody = annotation.provenance == Provenance(media=annotation.provenance.media)
    return nobody and len(makers) == 1 and None not in makers


def _tasks(annotations: list[Annotation]) -> Iterator[list[Annotation]]:
    """Yield annotations of the same media together where they follow each other, predictions last: as they are read."""
    group: list[Annotation] = []
    for annotation in annotations:
        same = group and group[0].provenance.media == annotation.provenance.media
        if group and not (same and (_suggests(annotation) or not _suggests(group[-1]))):
            yield group
            group = []
        group.append(annotation)
    if group:
        yield group


def _task(group: list[Annotation], task: Task | None) -> dict[str, Any]:
    made: dict[str, Any] = {"data": {_AUDIO: group[0].provenance.media}, "annotations": [], "predictions": []}
    for annotation in group:
        result = [*_result(annotation, task)]
        if _suggests(annotation):
            source = annotation.segments[0].origin
            made["predictions"].append({"model_version": source.source if source else "", "result": result})
            continue
        who = annotation.provenance
        about = {
            "completed_by": _completed_by(who.annotator),
            "draft_created_at": who.accepted or None,
            "created_at": who.submitted or None,
            "lead_time": who.seconds,
        }
        made["annotations"].append(
            {"result": result, **{name: value for name, value in about.items() if value is not None}}
        )
    return made


def _completed_by(annotator: str) -> Any:
    """Return a user as Label Studio has one: by number, or by mail."""
    if not annotator:
        return None
    number = annotator.isascii() and annotator.isdecimal() and len(annotator) < 16 and str(int(annotator)) == annotator
    return int(annotator) if number else {"email": annotator}


def _result(annotation: Annotation, task: Task | None) -> Iterator[dict[str, Any]]:
    tracks = {track.id: track for track in annotation.tracks}
    asked = {field.name: field for field in task.segment_fields} if task else {}
    for segment in annotation.segments:
        if segment.track not in tracks:
            raise FormatError(f"segment {segment.id!r} is on a track {segment.track!r} that there is not")
        yield from _region(segment, tracks[segment.track], asked)
    asked = {field.name: field for field in task.content_fields} if task else {}
    for name, value in _answers(annotation.content).items():
        yield {"from_name": name, "to_name": _AUDIO, **_control(value, asked.get(name))}


def _region(segment: Segment, track: Track, asked: dict[str, Field]) -> Iterator[dict[str, Any]]:
    span = {"start": segment.start, "end": segment.end}
    origin = segment.origin
    region: dict[str, Any] = {
        "id": segment.id,
        "from_name": track.category,
        "to_name": _AUDIO,
        "type": "labels",
        "value": {**span, "labels": [track.tag]},
        "origin": "manual",
    }
    if origin is not None:
        region["origin"] = "prediction-changed" if origin.status == "corrected" else "prediction"
        region["meta"] = {OURS: msgspec.to_builtins(origin)}
        if origin.confidence is not None:
            region["score"] = origin.confidence
    yield region
    for name, value in _answers(segment.fields).items():
        control = _control(value, asked.get(name))
        control["value"] = {**span, **control["value"]}
        yield {"id": segment.id, "from_name": name, "to_name": _AUDIO, **control}


def _control(value: FieldValue, field: Field | None) -> dict[str, Any]:
    """Return the type and value of an answer; of a choice also its kind, as all choices look alike."""
    if isinstance(value, bool):
        return {"type": "choices", "value": {"choices": ["true" if value else "false"]}, "meta": {OURS: "flag"}}
    if isinstance(value, list):
        return {"type": "choices", "value": {"choices": value}, "meta": {OURS: "list"}}
    if isinstance(value, str):
        if isinstance(field, (kinds.Select, kinds.Radio)):
            return {"type": "choices", "value": {"choices": [value]}, "meta": {OURS: "choice"}}
        return {"type": "textarea", "value": {"text": [value]}}
    type_ = "rating" if isinstance(field, kinds.Rating) else "number"
    return {"type": type_, "value": {type_: value}}


def _answers(answers: dict[str, FieldValue]) -> dict[str, FieldValue]:
    """Return the answers that JSON has numbers for."""
    return {name: value for name, value in answers.items() if not isinstance(value, float) or math.isfinite(value)}


def _finite(segment: Segment) -> Segment:
    return msgspec.structs.replace(segment, fields=_answers(segment.fields))


FORMAT = LabelStudio()
