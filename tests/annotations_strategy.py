"""Random annotations with the tasks that they fit, and what of them is compared when a format has brought them back."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import (
    Annotation,
    Completion,
    Origin,
    Provenance,
    Segment,
    Task,
    Track,
    fields,
    formats,
)
from avseg_widget.formats import registry
from avseg_widget.formats.format import Format
from avseg_widget.model import OriginStatus

from .choices import Choices, drawn

#: One question of each kind, as a task may ask them of a segment and of the media.
SEGMENT_FIELDS = [
    fields.Text("text"),
    fields.Text("note", multiline=True),
    fields.Checkbox("loud"),
    fields.Number("score"),
    fields.Rating("stars"),
    fields.Select("mood", ["calm", "angry, or so", "n/a"]),
    fields.MultiSelect("marks", ["a", "b;c", "d,e", '"f"']),
]
CONTENT_FIELDS = [fields.Text("summary"), fields.Checkbox("usable"), fields.Checkboxes("topics", ["x", "y z"])]


def _answer(choices: Choices, field: fields.Field) -> Any:
    if isinstance(field, fields.Text):
        return choices.text()
    if isinstance(field, fields.Checkbox):
        return choices.flip()
    if isinstance(field, fields.Number):
        return choices.number()
    if isinstance(field, fields.Rating):
        return 1 + choices.below(field.max)
    if isinstance(field, (fields.Select, fields.Radio)):
        return choices.pick(field.options)
    return choices.some(field.options)


def _answers(choices: Choices, asked: list[fields.Field]) -> dict[str, Any]:
    return {field.name: _answer(choices, field) for field in choices.some(asked)}


def _track(choices: Choices) -> Track:
    category = choices.pick(["speaker", "tier", "event", ""]) or choices.name()
    id_ = "".join([choices.pick("abc") for _ in range(choices.below(9))]) if choices.flip() else ""
    return Track(category, choices.name(), id_, 20 * choices.share() - 10 if choices.flip() else 0.0)


def _tracks(choices: Choices) -> list[Track]:
    made = [_track(choices) for _ in range(choices.below(5))]
    by_name = {(track.category, track.tag): track for track in made}
    return list({track.id: track for track in by_name.values()}.values())


def _origin(choices: Choices) -> Origin:
    status: OriginStatus = choices.pick(get_args(OriginStatus))
    return Origin(choices.name(), status, choices.share() if choices.flip() else None)


def _segments(choices: Choices, tracks: list[Track]) -> list[Segment]:
    # Few times for many segments: they touch, overlap and repeat.
    edges = sorted({choices.time() for _ in range(2 + choices.below(7))})
    if len(edges) < 2:
        edges = [0.0, 1.0]
    made = {}
    for number in range(min(choices.below(9), choices.below(9)) if tracks else 0):
        first = choices.below(len(edges) - 1)
        start, end = edges[first], choices.pick(edges[first + 1 :])
        id_ = choices.pick([f"s{number}", "", None])
        id_ = f"{choices.text()}{number}" if id_ is None else id_
        track = choices.pick(tracks).id
        origin = _origin(choices) if choices.flip() else None
        segment = Segment(track, start, end, _answers(choices, SEGMENT_FIELDS), id_, origin)
        made[segment.id] = segment
    return list(made.values())


def _provenance(choices: Choices) -> Provenance:
    return Provenance(
        annotator=choices.text(),
        media=choices.text(),
        accepted=choices.pick(["", "2024-05-01T10:00:00Z"]),
        submitted=choices.pick(["", "2024-05-01T10:05:00.250Z"]),
        seconds=1e6 * choices.share() if choices.flip() else None,
        subject=choices.text(),
    )


def _annotation(choices: Choices) -> Annotation:
    tracks = _tracks(choices)
    segments = _segments(choices, tracks)
    completion = Completion(choices.flip(), choices.text())
    return Annotation(tracks, segments, _answers(choices, CONTENT_FIELDS), _provenance(choices), completion)


def annotations() -> st.SearchStrategy[Annotation]:
    """Draw an annotation: tracks in any order, segments that overlap, touch, lie in each other and apart."""
    return drawn(_annotation, 400)


def task_of(*given: Annotation) -> Task:
    """Return the task that annotations of this module are answers to."""
    tags: dict[str, dict[str, None]] = {}
    for annotation in given:
        for track in annotation.tracks:
            tags.setdefault(track.category, {})[track.tag] = None
    offered = {category: list(some) for category, some in tags.items()}
    return Task(tracks=offered, segment_fields=SEGMENT_FIELDS, content_fields=CONTENT_FIELDS)


def comparable(annotation: Annotation, chosen: Format) -> dict[str, Any]:
    """Return everything that an annotation says, tracks by name and order, segments by id only where those are kept."""
    tracks = {track.id: (track.category, track.tag) for track in annotation.tracks}
    plain: dict[str, Any] = msgspec.to_builtins(annotation)
    for segment in plain["segments"]:
        segment["track"] = tracks[segment["track"]]
        if not chosen.keeps_ids:
            del segment["id"]
    plain["segments"].sort(
        # The order of answers says nothing.
        key=lambda segment: (segment["start"], segment["end"], msgspec.json.encode(segment, order="sorted"))
    )
    return {**plain, "tracks": list(tracks.values())}


def check_round_trip(name: str, path: Path, *, examples: int) -> None:
    """Check of random annotations, with their task and without, that a format brings back just what it says it does.

    What is not carried is in the loss report then, as that compares with the same. The file is known by its content
    where its name ends as the format's do.
    """
    chosen = registry._load(name)
    told = None if path.name.endswith(chosen.suffixes) else name

    @settings(max_examples=examples, deadline=None)
    @given(annotations(), st.booleans())
    def check(annotation: Annotation, with_task: bool) -> None:
        given_task = task_of(annotation) if with_task else None
        carry = chosen.carry(*registry._said(chosen, [annotation], given_task), given_task)
        # A format may call tracks otherwise: then the task that was written with does not offer them.
        task = task_of(annotation, carry) if with_task else None
        path.unlink(missing_ok=True)  # some file systems write to the disk what replaces a file
        report = formats.write(annotation, path, task=task, format=name)
        # Of an annotation that nothing is left of, there may be nothing in the file.
        [read] = formats.read(path, task, format=told).annotations or [Annotation()]
        assert comparable(read, chosen) == comparable(carry, chosen)
        differs = comparable(read, chosen) != comparable(annotation, chosen)
        assert any(loss.subject != "segments.id" for loss in report.losses) == differs

    check()
