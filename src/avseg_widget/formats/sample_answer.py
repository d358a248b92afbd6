"""Reads answers in the shape of the published audio and video sample. Knows the model and the presets only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import fields as kinds
from ..errors import AnnotationError, AnswerError
from ..fields import Field, FieldValue
from ..model import Annotation, Segment, Task, Track
from ..presets import call_center, video_gait

#: Left over from the rows of the sample's table, which all share these names: one row's value, not an answer.
_ROW_INPUTS = {"label", "emotiontag"}


def read_sample_answer(
    content: Mapping[str, Any], annotations: Mapping[str, Any], task: Task | None = None
) -> Annotation:
    """Return the annotation in an answer with ``annotations.streams.<category>[] {id, start, end, ...}``.

    The entries carry their tag as ``id``; a segment's own id is made of its category and place, ``speaker-1``.

    Raises
    ------
    AnswerError
        When an entry or a content field cannot be read; says which.
    """
    tracks, segments = _read_streams(annotations["streams"])
    known = task.content_fields if task is not None else [*call_center().content_fields, *video_gait().content_fields]
    by_name = {field.name: field for field in known}
    answers = {}
    for name, value in content.items():
        if name == "annotations" or name in _ROW_INPUTS:
            continue
        read = _read_content(name, value, by_name.get(name))
        if read is not None:
            answers[name] = read
    return Annotation(tracks, segments, answers)


def _read_streams(streams: Any) -> tuple[list[Track], list[Segment]]:
    if not isinstance(streams, Mapping):
        raise AnswerError(f"annotations.streams: must be an object of categories, not {streams!r:.80}")
    tracks: dict[str, Track] = {}
    segments = []
    for category, entries in streams.items():
        path = f"annotations.streams.{category}"
        if not isinstance(entries, list):
            raise AnswerError(f"{path}: must be a list of segments, not {entries!r:.80}")
        for place, entry in enumerate(entries):
            try:
                track, segment = _read_entry(category, entry, f"{category}-{place + 1}")
            except (AnnotationError, AnswerError) as error:
                raise AnswerError(f"{path}[{place}]: {error}") from None
            tracks.setdefault(track.id, track)
            segments.append(segment)
    return list(tracks.values()), segments


def _read_entry(category: str, entry: Any, id_: str) -> tuple[Track, Segment]:
    if isinstance(entry, list):
        raise AnswerError(f"is a list, {entry!r:.80}, which names no tag; a segment is {{id, start, end, ...}}")
    if not isinstance(entry, Mapping):
        raise AnswerError(f"must be an object with id (the tag), start and end, not {entry!r:.80}")
    missing = [name for name in ("id", "start", "end") if entry.get(name) is None]
    if missing:
        raise AnswerError(f"{', '.join(missing)} missing; a segment is {{id (the tag), start, end, ...}}")
    track = Track(category, entry["id"])
    fields = {}
    for name, value in entry.items():
        if name in ("id", "start", "end") or value is None or value == "":
            continue
        try:
            fields[name] = _plain(value)
        except AnswerError as error:
            raise AnswerError(f"{name}: {error}") from None
    return track, Segment(track.id, entry["start"], entry["end"], fields, id_)


def _read_content(name: str, value: Any, field: Field | None) -> FieldValue | None:
    """Return an answer as the field keeps it, None where nothing was answered."""
    if value is None or value == "":
        return None
    chosen = _true_names(value)
    if isinstance(field, (kinds.Radio, kinds.Select, kinds.Rating, kinds.Number)) and chosen is not None:
        if len(chosen) > 1:
            raise AnswerError(f"{name}: takes one choice, but {', '.join(map(repr, chosen))} are chosen")
        if not chosen:
            return None
        value = chosen[0]
    elif isinstance(field, kinds.Checkbox) and chosen is not None:
        value = bool(chosen)
    elif chosen is not None:
        value = chosen
    try:
        return _plain(value) if field is None else field.check(_number(value, field))
    except ValueError as error:
        raise AnswerError(f"{name}: {error}") from None


def _number(value: Any, field: Field) -> Any:
    """Read the number in a text where the field takes one: a form knows texts only."""
    if isinstance(value, str) and isinstance(field, (kinds.Rating, kinds.Number)):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _true_names(value: Any) -> list[str] | None:
    """Return the names that are true in a map of booleans, None for anything else."""
    if not isinstance(value, Mapping) or not all(isinstance(item, bool) for item in value.values()):
        return None
    return [str(name) for name, item in value.items() if item]


def _plain(value: Any) -> FieldValue:
    texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    if not texts and not isinstance(value, (bool, int, float, str)):
        raise AnswerError(f"must be a text, a number, a boolean or a list of texts, not {value!r:.80}")
    return value  # type: ignore[no-any-return]
