"""Holds annotations against their task: what they lack, and answers that no field takes. Knows no document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from .errors import AnnotationError
from .fields import Field, FieldValue
from .model import Annotation, Task
from .values import FrozenDict


class Problem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that an annotation lacks or has wrong.

    ``segment`` is empty for a content field; ``field`` is ``"start"`` for a segment that overlaps one before it,
    ``"origin"`` for a suggestion.
    """

    field: str
    message: str
    segment: str = ""


def find_problems(annotation: Annotation, task: Task) -> list[Problem]:
    """Return what keeps an annotation from being done.

    First what is missing or wrong in the answers, of the segments in their order and then of the content; then the
    segments that overlap one before them on a track whose category's rule is not ``"allow"``; then the suggestions that
    nobody has accepted or changed, which must not pass for an annotator's word.
    """
    categories = {track.id: track.category for track in annotation.tracks}
    return [
        *(
            problem
            for segment in annotation.segments
            for problem in _find(task.segment_fields, segment.fields, categories.get(segment.track, ""), segment.id)
        ),
        *_find(task.content_fields, annotation.content, "", ""),
        *_overlap_problems(annotation, task),
        *(
            Problem("origin", "is a suggestion nobody has accepted or corrected", segment.id)
            for segment in annotation.segments
            if segment.origin is not None and segment.origin.status == "suggested"
        ),
    ]


def _find(fields: Iterable[Field], answers: Mapping[str, FieldValue], category: str, segment: str) -> Iterator[Problem]:
    for field in fields:
        if not field.is_asked(answers, category):
            continue
        value = answers.get(field.name)
        if field.required and not field.is_answer(value):
            yield Problem(field.name, f"{field.label} is required", segment)
        elif value is not None and (fault := field.find_fault(value, answers)):
            yield Problem(field.name, fault, segment)


def _overlap_problems(annotation: Annotation, task: Task) -> list[Problem]:
    ruled = {track.id: track for track in annotation.tracks if task.overlap.get(track.category, "allow") != "allow"}
    problems: list[Problem] = []
    reached: dict[str, float] = {}
    for segment in annotation.segments:
        track = ruled.get(segment.track)
        if track is None:
            continue
        if segment.start < reached.get(track.id, 0.0):
            message = f"overlaps the segment before it on {track.category}: {track.tag}"
            problems.append(Problem("start", message, segment.id))
        reached[track.id] = max(segment.end, reached.get(track.id, 0.0))
    return problems


def check_answers(answers: Mapping[str, Any], fields: Iterable[Field], where: str) -> FrozenDict[str, FieldValue]:
    """Return answers as their fields store them.

    Raises
    ------
    AnnotationError
        For a name that no field has, or a value its field does not take; says where, and what fits.
    """
    known = {field.name: field for field in fields}
    checked = {}
    for name, value in answers.items():
        if name not in known:
            names = ", ".join(map(repr, known)) or "none"
            raise AnnotationError(f"{where}: the task has no field {name!r} here; its fields are {names}")
        try:
            checked[name] = known[name].check(value)
        except ValueError as error:
            raise AnnotationError(f"{where}: {name} {error}") from None
    return FrozenDict(checked)
