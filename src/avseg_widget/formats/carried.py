"""What formats share in saying what they carry: renamed tracks, one text, layers without overlaps. Knows no format."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from ..fields import FieldValue
from ..model import Annotation, Completion, Provenance, Segment, Task, Track
from .format import text_field

Spanned = TypeVar("Spanned")


def text_names(annotation: Annotation, task: Task | None) -> tuple[str, str]:
    """Return the field whose text is written, and the one that it is read into."""
    return text_field(annotation, task), text_field(Annotation(), task)


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
