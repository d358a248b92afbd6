"""What formats share in saying what they carry: renamed tracks, one text, layers without overlaps. Knows no format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from .. import fields as kinds
from ..fields import FieldValue
from ..model import Annotation, Completion, Provenance, Segment, Task, Track
from .format import text_field

Spanned = TypeVar("Spanned")


def text_names(annotation: Annotation, task: Task | None) -> tuple[str, str]:
    """Return the field whose text is written, and the one that it is read into."""
    return text_field(annotation, task), text_field(Annotation(), task)


def in_one_field(annotation: Annotation, task: Task) -> Annotation:
    """Return an annotation as formats of one text take it: where a task asks for a choice and no text, that is it."""
    text, choices = text_field(annotation, task), _choices(task)
    categories = {track.id: track.category for track in annotation.tracks}

    def change(segment: Segment) -> Segment:
        choice = choices.get(categories.get(segment.track, ""), text)
        return segment if choice == text or text in segment.fields else _renamed(segment, choice, text)

    return _changed(annotation, change) if choices else annotation


def in_own_fields(annotation: Annotation, task: Task) -> Annotation:
    """Return what was read of one text for each segment with a choice where the task asks for that, and it fits."""
    text, choices = text_field(Annotation(), task), _choices(task)
    categories = {track.id: track.category for track in annotation.tracks}
    options = {field.name: field.options for field in task.segment_fields if isinstance(field, _CHOICES)}

    def change(segment: Segment) -> Segment:
        choice = choices.get(categories.get(segment.track, ""), text)
        fits = choice != text and segment.fields.get(text) in options[choice]
        return _renamed(segment, text, choice) if fits else segment

    return _changed(annotation, change) if choices else annotation


_CHOICES = (kinds.Select, kinds.Radio)


def _choices(task: Task) -> dict[str, str]:
    """Return the choice that a task asks for where it asks for no text, by category of the tracks."""
    found: dict[str, str] = {}
    for category in task.tracks:
        asked = [field for field in task.segment_fields if not field.categories or category in field.categories]
        choices = [field.name for field in asked if isinstance(field, _CHOICES) and field.categories]
        if choices and not any(isinstance(field, kinds.Text) for field in asked):
            found[category] = choices[0]
    return found


def _renamed(segment: Segment, old: str, new: str) -> Segment:
    fields = {new if name == old else name: value for name, value in segment.fields.items()}
    return msgspec.structs.replace(segment, fields=fields)


def _changed(annotation: Annotation, change: Callable[[Segment], Segment]) -> Annotation:
    return msgspec.structs.replace(annotation, segments=[change(segment) for segment in annotation.segments])


def text_of(segment: Segment, name: str) -> str:
    """Return a segment's text, empty where it has none."""
    value = segment.fields.get(name, "")
    return value if isinstance(value, str) else ""


def carried(
    annotation: Annotation,
    rename: Callable[[Track], tuple[str, str]],
    change: Callable[[Segment], Segment | None],
    *,
    unused: bool,
) -> Annotation:
    """Return what comes back of an annotation from a file that holds tracks, segments and little else.

    Parameters
    ----------
    annotation
        What was written.
    rename
        The category and tag that a track comes back with; tracks that get the same ones become the first of them.
    change
        The segment that comes back, or None; all but its track, which is put right here.
    unused
        Whether tracks without segments come back; if not, the tracks are in the order of their first segments.
    """
    first: dict[tuple[str, str], Track] = {}
    known: dict[str, Track] = {}
    for track in annotation.tracks:
        category, tag = name = rename(track)
        known[track.id] = first.setdefault(name, msgspec.structs.replace(track, category=category, tag=tag))
    segments = [
        msgspec.structs.replace(changed, track=known[segment.track].id)
        for segment in annotation.segments
        if (changed := change(segment)) is not None
    ]
    tracks = {track.id: track for track in first.values()}
    if not unused:
        rows = dict.fromkeys(segment.track for segment in segments)
        tracks = {id_: msgspec.structs.replace(tracks[id_], position=place) for place, id_ in enumerate(rows)}
    return msgspec.structs.replace(
        annotation,
        tracks=list(tracks.values()),
        segments=segments,
        content={},
        provenance=Provenance(),
        completion=Completion(),
    )


def with_text(segment: Segment, name: str, text: str) -> Segment:
    """Return a segment with its text as its only answer; none where it is empty."""
    fields: dict[str, FieldValue] = {name: text} if text else {}
    return msgspec.structs.replace(segment, fields=fields, origin=None)


def in_layers(spanned: Iterable[Spanned], span: Callable[[Spanned], tuple[float, float]]) -> list[list[Spanned]]:
    """Return what is sorted by start as lists in which nothing overlaps, as few of them as there can be.

    >>> in_layers([(0, 2), (1, 3), (2, 4)], lambda span: span)
    [[(0, 2), (2, 4)], [(1, 3)]]
    """
    layers: list[list[Spanned]] = []
    for one in spanned:
        start, _ = span(one)
        free = next((layer for layer in layers if span(layer[-1])[1] <= start), None)
        if free is None:
            layers.append([one])
        else:
            free.append(one)
    return layers
