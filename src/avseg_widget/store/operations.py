"""What can happen in a store, as values: each is a line of the journal and some rows of tables. Knows no file."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from ..errors import AnnotationError
from ..model import Annotation, Diff, Provenance, Task


class _Operation(msgspec.Struct, frozen=True, tag_field="what", kw_only=True, omit_defaults=True):
    pass


class Began(_Operation, frozen=True, tag="began"):
    """The first edit of an annotation is about to be stored; ``start`` is what it is made on."""

    annotation: int
    item: str
    annotator: str
    round: int
    made: str
    start: Annotation


class Fitted(_Operation, frozen=True, tag="fitted"):
    """An annotation has this task now, and its media this length in seconds."""

    annotation: int
    task: Task
    duration: float | None


class Edited(_Operation, frozen=True, tag="edited"):
    """An edit was taken; ``segments`` and ``done`` are the annotation's after it, ``session`` who shares one memory."""

    annotation: int
    revision: int
    client: str
    seq: int
    base: int
    session: str
    writer: str
    made: str
    diff: Diff
    provenance: Provenance | None
    segments: int
    done: bool


class Refused(_Operation, frozen=True, tag="refused"):
    """An edit was refused; it is kept for who wants it after all. ``diff`` is None for what could not be read."""

    annotation: int
    client: str
    seq: int
    made: str
    reason: str
    diff: Diff | None


class Marked(_Operation, frozen=True, tag="marked"):
    """What an annotator noted of an item; ``opened`` is when it was first, in ISO 8601, ``seconds`` spent on it."""

    item: str
    annotator: str
    round: int
    flagged: bool
    note: str
    opened: str
    seconds: float


class Moved(_Operation, frozen=True, tag="moved"):
    """An annotator is at an item of a queue."""

    queue: str
    annotator: str
    item: str


Operation: TypeAlias = Began | Fitted | Edited | Refused | Marked | Moved

_decoder: msgspec.json.Decoder[Operation] = msgspec.json.Decoder(Operation)


def encode(operation: Operation) -> bytes:
    """Return an operation as one line of JSON.

    Raises
    ------
    AnnotationError
        When it holds what no file can: half of a character, an integer beyond 64 bits.
    """
    try:
        return msgspec.json.encode(operation)
    except (UnicodeEncodeError, OverflowError) as error:
        raise AnnotationError(f"this cannot be stored: {error}") from None


def decode(line: bytes) -> Operation:
    """Return the operation that a line holds."""
    return _decoder.decode(line)
