"""What the tests of documents share: fixtures, a task, random edits, and a slow and plain way to apply them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from avseg_widget import fields
from avseg_widget.model import Task, track_id

FIXTURES = Path(__file__).parent / "fixtures"
DURATION = 60.0
RATE = 44100

TASK = Task(
    title="Call",
    tracks={"speaker": ["Customer", "Agent"], "language": ["English", "हिन्दी"], "a:b": ["100%"]},
    segment_fields=[fields.Text("text"), fields.Select("mood", ["Happy", "Sad"]), fields.Number("level")],
    content_fields=[
        fields.Text("notes", multiline=True),
        fields.Checkboxes("sounds", ["car", "dog"]),
        fields.Rating("rate"),
    ],
)

#: An annotation or a diff as JSON has it.
Plain = dict[str, Any]


def read_fixture(name: str) -> Plain:
    """Return the content of a file of tests/fixtures."""
    content: Plain = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    return content


def empty_annotation() -> Plain:
    """Return an annotation that says nothing."""
    return {
        "tracks": [],
        "segments": [],
        "content": {},
        "provenance": {"annotator": "", "media": ""},
        "completion": {"done": False, "reason": ""},
        "version": 1,
    }


def apply_plainly(annotation: Plain, diff: Plain) -> Plain:
    """Return the annotation after a diff, made from nothing but dicts; nothing is checked."""
    after = dict(annotation)
    for part in ("tracks", "segments"):
        items = {item["id"]: item for item in annotation[part]}
        for id_ in diff.get(part, {}).get("remove", []):
            items.pop(id_, None)
        items.update(diff.get(part, {}).get("put", {}))
        after[part] = list(items.values())
    after["tracks"] = sorted(after["tracks"], key=lambda item: (item["position"], item["id"]))
    after["segments"] = sorted(after["segments"], key=lambda item: (item["start"], item["end"], item["id"]))
    after["content"] = dict(annotation["content"])
    for name in diff.get("content", {}).get("remove", []):
        after["content"].pop(name, None)
    after["content"].update(diff.get("content", {}).get("put", {}))
    after["completion"] = diff.get("completion", annotation["completion"])
    return after


class RandomEdits:
    """Valid diffs of an annotation, one after the other; the same seed gives the same ones in every Python."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._made = 0
        self.annotation = empty_annotation()

    def next(self) -> Plain:
        """Return a diff that fits the annotation as it is now, and apply it."""
        choices = [self._put, self._put, self._put, self._move, self._remove, self._content, self._track, self._rows]
        diff = self._pick([*choices, self._completion])()
        self.annotation = apply_plainly(self.annotation, diff)
        return diff

    # Only random() gives the same numbers in every version of Python.
    def _below(self, count: int) -> int:
        return int(self._random.random() * count)

    def _pick(self, items: list[Any]) -> Any:
        return items[self._below(len(items))]

    def _segment(self, id_: str) -> Plain:
        start = self._below(50 * RATE)
        end = start + 1 + self._below(10 * RATE)
        times = {"start": start / RATE, "end": end / RATE}
        if self.annotation["segments"] and self._below(4) == 0:  # where only the ids tell the order
            times = {name: time for name, time in self._pick(self.annotation["segments"]).items() if name in times}
        answers = {"text": self._pick(["", "yes", "मैं", "👩‍🚀"]), "mood": self._pick(["Happy", "Sad"]), "level": 0.5}
        kept = {name: value for name, value in answers.items() if self._below(4) == 0}
        track = self._pick(self.annotation["tracks"])["id"]
        return {"track": track, **times, "fields": kept, "id": id_}

    def _put(self) -> Plain:
        if not self.annotation["tracks"]:
            return self._track()
        made = []
        for _ in range(1 + self._below(2)):
            self._made += 1
            # By code points the wide sign comes before the face, by the units of JavaScript's texts after it.
            made.append(self._segment(f"{self._pick(['s', '！', '🙂'])}{self._made}"))
        return {"segments": {"put": {segment["id"]: segment for segment in made}}}

    def _move(self) -> Plain:
        if not self.annotation["segments"]:
            return self._content()
        segment = self._segment(self._pick(self.annotation["segments"])["id"])
        return {"segments": {"put": {segment["id"]: segment}}}

    def _remove(self) -> Plain:
        ids = [segment["id"] for segment in self.annotation["segments"] if self._below(8) == 0]
        return {"segments": {"remove": ids}} if ids else self._content()

    def _content(self) -> Plain:
        name = self._pick(["notes", "sounds", "rate"])
        if self._below(3) == 0:
            return {"content": {"remove": [name]}}
        values = {
            "notes": "n" * self._below(9),
            "sounds": self._pick([["car"], ["car", "dog"]]),
            "rate": 1 + self._below(5),
        }
        return {"content": {"put": {name: values[name]}}}

    def _track(self) -> Plain:
        """Add a track, or remove one with its segments."""
        offered = [(category, tag) for category, tags in TASK.tracks.items() for tag in tags]
        category, tag = self._pick(offered)
        id_ = track_id(category, tag)
        if id_ not in {track["id"] for track in self.annotation["tracks"]}:
            track = {"category": category, "tag": tag, "id": id_, "position": self._row()}
            return {"tracks": {"put": {id_: track}}}
        segments = [segment["id"] for segment in self.annotation["segments"] if segment["track"] == id_]
        return {"tracks": {"remove": [id_]}, **({"segments": {"remove": segments}} if segments else {})}

    def _completion(self) -> Plain:
        """Mark as done or open again, at times in one change with another."""
        done = self._below(3) > 0
        completion = {"done": done, "reason": self._pick(["", "as it is", "मैं"]) if done else ""}
        return {**(self._content() if self._below(3) == 0 else {}), "completion": completion}

    def _row(self) -> float:
        """Return a position: after all tracks, before them, between two of them or where one is already."""
        taken = [track["position"] for track in self.annotation["tracks"]] or [0.0]
        return float(self._pick([taken[-1] + 1, taken[0] - 1, (taken[0] + taken[-1]) / 2, self._pick(taken)]))

    def _rows(self) -> Plain:
        """Move a track to another row, at times taking it out in the same change; or put it in as it is."""
        if not self.annotation["tracks"]:
            return self._track()
        track = self._pick(self.annotation["tracks"])
        put = {track["id"]: {**track, "position": self._row()} if self._below(3) else track}
        return {"tracks": {"put": put, **({"remove": [track["id"]]} if self._below(2) else {})}}
