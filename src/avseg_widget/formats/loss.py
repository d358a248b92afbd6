"""What a format cannot carry of an annotation, found by comparing it with what is carried. Knows no format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from ..model import Annotation, Segment


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """One value that comes back from a file changed, or not at all (``"dropped"``).

    ``path`` says where, such as ``segments['a1'].fields['emotion']``; ``subject`` says the same without names of single
    segments, to count by. ``before`` and ``after`` are plain values, ``after`` is None for what is dropped.
    """

    path: str
    subject: str
    kind: Literal["dropped", "changed"]
    before: Any
    after: Any = None


class LossReport(msgspec.Struct, frozen=True):
    """Everything that a format does not carry of one or more annotations; false where nothing is lost."""

    format: str
    losses: list[Loss]

    def __bool__(self) -> bool:
        return bool(self.losses)

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many values are lost, by subject and kind."""
        return dict(Counter((loss.subject, loss.kind) for loss in self.losses))

    def __str__(self) -> str:
        if not self:
            return f"{self.format}: nothing is lost"
        lines = [f"  {subject}: {count:,} {kind}" for (subject, kind), count in self.counts().items()]
        return "\n".join([f"{self.format} does not carry:", *lines])


def compare(before: Annotation, after: Annotation, *, keeps_ids: bool) -> list[Loss]:
    """Return what of one annotation is not in the other.

    Both have the same ids for the same tracks and segments, whatever the file holds; ``keeps_ids`` says whether it
    holds segments' ids, ``after`` may leave out and change everything else.
    """
    return [] if before is after and keeps_ids else [*_compare(before, after, keeps_ids=keeps_ids)]


def _compare(before: Annotation, after: Annotation, *, keeps_ids: bool) -> Iterator[Loss]:
    rows, kept_rows = _rows(before, after), _rows(after, before)
    for track in before.tracks:
        row = rows.get(track.id) or msgspec.to_builtins(track)
        yield from _values(f"tracks[{track.id!r}]", "tracks", row, kept_rows.get(track.id))
    segments = {segment.id: segment for segment in after.segments}
    for segment in before.segments:
        yield from _segment(segment, segments.get(segment.id), keeps_ids=keeps_ids)
    yield from _values("content", "content", before.content, after.content)
    for part in ("provenance", "completion"):
        plain = msgspec.to_builtins(getattr(before, part))
        yield from _values(part, part, plain, msgspec.to_builtins(getattr(after, part)))


def _rows(annotation: Annotation, other: Annotation) -> dict[str, dict[str, Any]]:
    """Return the tracks that are in both, by id; a position is the place among them, its number says nothing."""
    both = {track.id for track in other.tracks}
    shared = [track for track in annotation.tracks if track.id in both]
    return {track.id: {**msgspec.to_builtins(track), "position": place} for place, track in enumerate(shared)}


def _segment(before: Segment, after: Segment | None, *, keeps_ids: bool) -> Iterator[Loss]:
    path = f"segments[{before.id!r}]"
    if after is None:
        yield Loss(path=path, subject="segments", kind="dropped", before=msgspec.to_builtins(before))
        return
    if keeps_ids and before == after and _alike(before, after):  # most of a million are
        return
    if not keeps_ids:
        yield Loss(path=f"{path}.id", subject="segments.id", kind="dropped", before=before.id)
    plain = msgspec.to_builtins(before)
    for name in ("track", "start", "end", "origin"):
        yield from _values(path, "segments", {name: plain.get(name)}, {name: _plain(getattr(after, name))})
    yield from _values(f"{path}.fields", "segments.fields", before.fields, after.fields)


def _alike(before: Segment, after: Segment) -> bool:
    """Whether equal answers are of the same types too: True and 1 are equal."""
    return all(type(value) is type(after.fields[name]) for name, value in before.fields.items())


def _values(path: str, subject: str, before: Mapping[str, Any], after: Mapping[str, Any] | None) -> Iterator[Loss]:
    """Compare mappings; without ``after`` the whole thing is dropped."""
    if after is None:
        yield Loss(path=path, subject=subject, kind="dropped", before=dict(before))
        return
    for name, value in before.items():
        kept = after.get(name)
        if value is None or (value == kept and isinstance(value, bool) == isinstance(kept, bool)):
            continue
        step = f"[{name!r}]" if subject in {"content", "segments.fields"} else f".{name}"
        kept = None if kept == "" else kept
        kind: Literal["dropped", "changed"] = "dropped" if kept is None else "changed"
        yield Loss(path=path + step, subject=subject + step, kind=kind, before=value, after=kept)


def _plain(value: Any) -> Any:
    return None if value is None else msgspec.to_builtins(value)
