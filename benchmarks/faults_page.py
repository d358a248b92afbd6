"""A page for the faults: it edits, keeps what is not acknowledged, knows what Python must hold. Knows no process."""

from __future__ import annotations

import random
from typing import Any

from avseg_widget.model import track_id

Plain = dict[str, Any]


class Page:
    """One editor after the other on one document, each with a name of its own, that lose nothing they made.

    ``made`` are all edits, ``acknowledged`` how many of them Python has confirmed: those must never be gone.
    """

    def __init__(self, seed: int, duration: float) -> None:
        self.random = random.Random(seed)
        self._duration = duration
        self.made: list[Plain] = []
        self.acknowledged = self.revision = 0
        self.begin()

    def begin(self) -> None:
        """Be a new page: what the one before could not send goes out in its name."""
        self._client, self._seq = f"{self.random.getrandbits(40):x}", 0

    def edit(self) -> Plain:
        """Make an edit; return its message."""
        self._seq += 1
        message = {"type": "edit", "client": self._client, "seq": self._seq, "base": self.revision}
        self.made.append({**message, "diff": {"segments": self._change()}})
        return self.made[-1]

    def pending(self) -> list[Plain]:
        """Return the edits that are not acknowledged, in order."""
        return self.made[self.acknowledged :]

    def hear(self, message: Plain) -> None:
        """Take in an answer."""
        if message["type"] == "applied":
            self._take({message["client"]: message["seq"]}, message["revision"])
        elif message["type"] == "state":
            self._take(message["seen"], message["revision"])

    def _take(self, seen: dict[str, int], revision: int) -> None:
        self.revision = max(self.revision, revision)
        for edit in self.pending():
            if edit["seq"] > seen.get(edit["client"], 0):
                break
            self.acknowledged += 1

    def segments(self, count: int) -> Plain:
        """Return the segments by id after so many edits."""
        after: Plain = {}
        for edit in self.made[:count]:
            change = edit["diff"]["segments"]
            for id_ in change.get("remove", []):
                after.pop(id_, None)
            after |= change.get("put", {})
        return after

    def _change(self) -> Plain:
        known = [id_ for edit in self.made[-20:] for id_ in edit["diff"]["segments"].get("put", {})]
        if known and self.random.random() < 0.2:
            return {"remove": [self.random.choice(known)]}
        id_ = self.random.choice(known) if known and self.random.random() < 0.3 else f"e{len(self.made)}"
        begin = self.random.uniform(0, 0.9) * self._duration
        end = min(self._duration, begin + self.random.uniform(0.001, 1))
        tag = self.random.choice("AB")
        text = {"text": f"{len(self.made)} \u2603"}
        return {
            "put": {id_: {"id": id_, "track": track_id("speaker", tag), "start": begin, "end": end, "fields": text}}
        }
