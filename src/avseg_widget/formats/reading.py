"""What was read from a file, and the task that would ask for it. Knows no format."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import msgspec

from .. import fields as kinds
from ..document import Document
from ..errors import AnnotationError, FormatError, TaskError
from ..fields import Field, FieldValue
from ..model import Annotation, Task


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The annotations in a file, in its order; ``provenance.media`` says what each is of, where the file does.

    ``task`` is the one given, or a proposal that all of them fit. ``notes`` say what the file holds and an annotation
    does not, in words.
    """

    format: str
    annotations: list[Annotation]
    task: Task
    notes: list[str] = []

    @property
    def annotation(self) -> Annotation:
        """The only annotation.

        Raises
        ------
        FormatError
            When the file holds none or several.
        """
        if len(self.annotations) != 1:
            media = ", ".join(repr(one.provenance.media) for one in self.annotations[:5])
            raise FormatError(
                f"the file holds {len(self.annotations)} annotations ({media}); take one of reading.annotations"
            )
        return self.annotations[0]


def fit(annotations: Iterable[Annotation], task: Task) -> list[Annotation]:
    """Return the annotations as a task takes them.

    Raises
    ------
    FormatError
        When one does not fit; says what and where.
    """
    return [_fit(annotation, task, number) for number, annotation in enumerate(annotations, 1)]


def _fit(annotation: Annotation, task: Task, number: int) -> Annotation:
    try:
        return Document(task, annotation=annotation).annotation
    except AnnotationError as error:
        where = annotation.provenance.media or f"annotation {number}"
        raise FormatError(
            f"{where} does not fit the task: {error}. Read it without a task to see the one that it fits"
        ) from None


def propose_task(annotations: Iterable[Annotation], *, title: str = "") -> Task:
    """Return a task that offers every track and asks for every answer of the annotations.

    Raises
    ------
    FormatError
        When no task can: a name that no field may have, an option without a letter.
    """
    annotations = list(annotations)
    tags: dict[str, dict[str, None]] = {}
    for annotation in annotations:
        for track in annotation.tracks:
            tags.setdefault(track.category, {})[track.tag] = None
    of_segments = [segment.fields for annotation in annotations for segment in annotation.segments]
    try:
        return Task(
            title=title,
            tracks={category: list(names) for category, names in tags.items()},
            segment_fields=_propose_fields(of_segments),
            content_fields=_propose_fields([annotation.content for annotation in annotations]),
        )
    except TaskError as error:
        raise FormatError(f"no task asks for what the file holds: {error}") from None


def _propose_fields(answers: Iterable[dict[str, FieldValue]]) -> list[Field]:
    values: dict[str, list[FieldValue]] = {}
    for answer in answers:
        for name, value in answer.items():
            values.setdefault(name, []).append(value)
    return [_propose_field(name, seen) for name, seen in values.items()]


def _propose_field(name: str, values: list[FieldValue]) -> Field:
    if all(isinstance(value, bool) for value in values):
        return kinds.Checkbox(name)
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return kinds.Number(name)
    if all(isinstance(value, list) for value in values):
        return kinds.Checkboxes(name, _options([value for value in values if isinstance(value, list)]) or ["yes"])
    return kinds.Text(name, multiline=any("\n" in value for value in values if isinstance(value, str)))


def _options(answers: list[list[str]]) -> list[str]:
    """Return all options in an order that every answer keeps to, as answers are stored in that of the options."""
    before: dict[str, dict[str, None]] = {option: {} for answer in answers for option in answer}
    for answer in answers:
        for earlier, later in pairwise(answer):
            before[later][earlier] = None
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError:  # no task asked for these
        return list(before)
