"""Writes what happened into the tables, the first time or from the journal. Knows operations and SQL, no file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import singledispatch

import msgspec

from .journal import Line
from .operations import Began, Edited, Fitted, Marked, Moved, Operation, Refused, decode
from .schema import put


def replay(connection: sqlite3.Connection, lines: Iterable[Line]) -> None:
    """Write what lines of a journal hold, inside a transaction."""
    for serial, data in lines:
        execute(decode(data), connection)
        put(connection, "store", "serial", serial)


@singledispatch
def execute(operation: Operation, connection: sqlite3.Connection) -> None:
    """Write an operation's rows; doing it again changes nothing."""
    raise NotImplementedError(operation)


@execute.register
def _(operation: Began, connection: sqlite3.Connection) -> None:
    id_, made, start = operation.annotation, operation.made, operation.start
    put(connection, "annotations", id_, operation.item, operation.annotator, operation.round, made)
    put(connection, "heads", id_, 0, made, start.completion.done, len(start.segments), start.provenance.media)
    put(connection, "snapshots", id_, 0, _json(start))


@execute.register
def _(operation: Fitted, connection: sqlite3.Connection) -> None:
    put(connection, "tasks", operation.annotation, _json(operation.task), operation.duration)


@execute.register
def _(operation: Edited, connection: sqlite3.Connection) -> None:
    id_, made, provenance = operation.annotation, operation.made, operation.provenance
    media = connection.execute("SELECT media FROM heads WHERE annotation = ?", [id_]).fetchone()
    media = media and media[0] if provenance is None else provenance.media
    put(connection, "heads", id_, operation.revision, made, operation.done, operation.segments, media)
    who = (operation.client, operation.seq, operation.base, operation.session, operation.writer, made)
    what = (_json(operation.diff), None if provenance is None else _json(provenance))
    put(connection, "edits", id_, operation.revision, *who, *what)
    if operation.client:
        put(connection, "seen", id_, operation.client, operation.seq)


@execute.register
def _(operation: Refused, connection: sqlite3.Connection) -> None:
    id_, client, seq = operation.annotation, operation.client, operation.seq
    diff = None if operation.diff is None else _json(operation.diff)
    put(connection, "refused", id_, client, seq, operation.made, operation.reason, diff)
    put(connection, "seen", id_, client, seq)


@execute.register
def _(operation: Marked, connection: sqlite3.Connection) -> None:
    key = (operation.item, operation.annotator, operation.round)
    put(connection, "marks", *key, operation.flagged, operation.note, operation.opened, operation.seconds)


@execute.register
def _(operation: Moved, connection: sqlite3.Connection) -> None:
    put(connection, "cursors", operation.queue, operation.annotator, operation.item)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
