"""What two changes of one annotation have in common. Knows values only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..document import Document
from ..model import Diff

#: How many of the things that two changes share are named.
_NAMED = 3
#: Characters that are told of a segment's text.
_TOLD = 60

#: A part of an annotation and a name in it.
Touched = dict[tuple[str, str], Any]


def touched(diff: Diff) -> Touched:
    """Return what a change touches, and what it makes of it; None for what it takes away."""
    found: Touched = {}
    for part, change in (("track", diff.tracks), ("segment", diff.segments), ("content", diff.content)):
        found.update({(part, name): None for name in change.remove})
        found.update({(part, name): value for name, value in change.put.items()})
    if diff.completion is not None:
        found["completion", ""] = diff.completion
    return found


def find_conflict(document: Document, diff: Diff, others: Iterable[tuple[Diff, str]]) -> str:
    """Return in words what a change would overwrite of the changes that others made; empty for nothing.

    ``document`` has those changes already; each comes with who made it, and when.
    """
    wanted = touched(diff)
    told = []
    for other, who in others:
        made = touched(other)
        common = [key for key in made if key in wanted and _now(document, key) != wanted[key]]
        told += [f"{_name(document, key, wanted[key])} was {_done(key, made[key])} by {who}" for key in common]
    more = f", and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return "; ".join(told[:_NAMED]) + more


def _now(document: Document, key: tuple[str, str]) -> Any:
    part, name = key
    if part == "completion":
        return document.completion
    return {"track": document.tracks, "segment": document.by_id, "content": document.content}[part].get(name)


def _name(document: Document, key: tuple[str, str], wanted: Any) -> str:
    """Return what a user knows a part by; what was removed is known by what the refused change would make of it."""
    part, name = key
    if part == "completion":
        return "whether it is done"
    if part == "content":
        return "the answer to " + next(
            (f"“{one.label}”" for one in document.task.content_fields if one.name == name), name
        )
    found = _now(document, key) or wanted
    if part == "track":
        return f"the track {found.category}: {found.tag}"
    track = document.tracks.get(found.track)
    place = f"{track.category}: {track.tag}" if track else found.track
    texts = [answer for answer in found.fields.values() if isinstance(answer, str) and answer]
    quoted = "".join(f" “{text[:_TOLD]}{'…' * (len(text) > _TOLD)}”" for text in texts[:1])
    return f"the segment{quoted} on {place}, {found.start:.3f} to {found.end:.3f} s,"


def _done(key: tuple[str, str], made: Any) -> str:
    if made is None:
        return "removed"
    return f"changed to {_words(made)}" if key[0] == "content" else "changed"


def _words(answer: Any) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, list | tuple):
        return ", ".join(answer) or "none"
    return f"“{answer}”" if isinstance(answer, str) else f"{answer:g}"
