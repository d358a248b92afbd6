"""What two changes of one annotation have in common. Knows values only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from ..document import Document
from ..model import Diff, Segment, Track

#: How many of the things that two changes share are named.
_NAMED = 3

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
        common = [key for key in touched(other) if key in wanted and _now(document, key) != wanted[key]]
        told += [f"{_name(key)} was changed by {who}; yours was {_words(wanted[key])}" for key in common]
    more = f", and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return "; ".join(told[:_NAMED]) + more


def _now(document: Document, key: tuple[str, str]) -> Any:
    part, name = key
    if part == "completion":
        return document.completion
    return {"track": document.tracks, "segment": document.by_id, "content": document.content}[part].get(name)


def _name(key: tuple[str, str]) -> str:
    part, name = key
    return "whether it is done" if part == "completion" else f"{part} {name!r}"


def _words(value: Any) -> str:
    if value is None:
        return "to remove it"
    if isinstance(value, Segment):
        answers = json.dumps(value.fields, ensure_ascii=False)
        return f"{value.start!r} to {value.end!r} s on {value.track} with {answers}"
    if isinstance(value, Track):
        return f"{value.category}: {value.tag} at {value.position!r}"
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
