"""Segments that a program suggests, beside those of an annotation. Knows no widget and no program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from .document import as_segment
from .errors import AnnotationError
from .model import Annotation, Origin, Segment, Task, track_id


def as_suggestions(
    segments: Iterable[Segment | Mapping[str, Any]], source: str = "", duration: float | None = None
) -> list[Segment]:
    """Return segments that nobody has looked at yet.

    Parameters
    ----------
    segments
        Segments, or dicts with their names. Those with an origin keep its confidence, and its source where none is
        given.
    source
        Who made them.
    duration
        Length of the media in seconds: what ends later is cut there, what begins later is left out, as models that
        count in windows go beyond the end.

    Raises
    ------
    AnnotationError
        When something is no segment, or nothing says who made it; says which one.
    """
    if isinstance(segments, (str, bytes, Mapping)) or not isinstance(segments, Iterable):
        raise AnnotationError(f"suggestions are a list of Segments or dicts, not {segments!r}")
    found = []
    for place, item in enumerate(segments):
        segment = as_segment(item, f"segments[{place}]")
        if duration is not None and segment.start >= duration:
            continue
        made_by = source or (segment.origin.source if segment.origin else "")
        if not made_by:
            raise AnnotationError(f'segments[{place}]: say who made it, by source="my model"')
        end = segment.end if duration is None else min(segment.end, duration)
        origin = Origin(made_by, confidence=segment.origin.confidence if segment.origin else None)
        found.append(msgspec.structs.replace(segment, end=end, origin=origin))
    return found


def suggest(
    annotation: Annotation,
    task: Task,
    segments: Iterable[Segment | Mapping[str, Any]],
    source: str = "",
    duration: float | None = None,
) -> list[Segment]:
    """Return the segments of an annotation and suggestions beside them; see :func:`as_suggestions`.

    Raises
    ------
    AnnotationError
        As :func:`as_suggestions`; when a segment's track is none that the task offers, or its id is there already.
    """
    new = as_suggestions(segments, source, duration)
    offered = task.offered_tracks()
    ids = {segment.id for segment in annotation.segments}
    known = {track.id for track in annotation.tracks}
    for track in [*annotation.tracks, *offered.values()]:
        known |= {track_id(track.category, track.tag), f"{track.category}: {track.tag}"}
    for segment in new:
        if segment.id in ids:
            raise AnnotationError(
                f"a segment with the id {segment.id!r} is there already; leave ids out to add another"
            )
        if segment.track not in known:
            names = ", ".join(map(repr, offered)) or "none"
            raise AnnotationError(f"the task offers no track {segment.track!r}; it offers {names}")
    return [*new, *annotation.segments]
