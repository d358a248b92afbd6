"""Store, the labels of one or many items in one file that survives crashes. Knows no widget and no media."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from ..errors import AnnotationError, StoreError
from ..model import Annotation, Diff, Task
from .database import Database
from .files import DamagedError, beside, parts
from .journal import Journal
from .loading import Key, Stored, StoredEdit, edits_after, load, rows_of
from .operations import Marked, Moved
from .record import Record
from .schema import find_damage, put


class Entry(msgspec.Struct, frozen=True):
    """One annotation of a store, or a mark of an item that nobody labeled yet (revision 0). Times in ISO 8601."""

    item: str
    annotator: str
    round: int
    media: str
    revision: int
    created: str
    updated: str
    done: bool
    segments: int
    flagged: bool
    note: str


class Edition(msgspec.Struct, frozen=True):
    """One edit of an annotation's history: who made it, when (ISO 8601, UTC), and what it changed."""

    revision: int
    made: str
    annotator: str
    writer: str
    client: str
    diff: Diff


class RefusedEdit(msgspec.Struct, frozen=True):
    """An edit that was not taken, for a reason in words; ``diff`` is None where it could not be read."""

    made: str
    reason: str
    diff: Diff | None


class Mark(msgspec.Struct, frozen=True):
    """What an annotator noted of an item; ``opened`` is when it first was (ISO 8601), ``seconds`` spent on it."""

    flagged: bool = False
    note: str = ""
    opened: str = ""
    seconds: float = 0.0


class Store:
    """The labels of any number of items, with their history, in one file beside its backup and journal.

    Every edit is on disk before it is acknowledged. Several notebooks may use one store at once, on one machine.

    Parameters
    ----------
    path
        The file; it is made where there is none.
    patience
        How long to wait for other programs that have the file locked, in seconds.

    Raises
    ------
    StoreError
        When the file is no store, is locked, or cannot be made or read; when it is damaged and its backup and journal
        are too. A damaged store whose backup and journal are whole is made again from these: ``notices`` say so.

    Examples
    --------
    >>> import tempfile
    >>> from avseg_widget import Store, Task
    >>> with tempfile.TemporaryDirectory() as folder, Store(f"{folder}/labels.db") as store:
    ...     record = store.open("call.wav", Task(tracks={"speaker": ["Agent"]}), annotator="Ann")
    ...     _ = record.apply(record.document.diff_to([{"track": "speaker:Agent", "start": 0, "end": 1}]), "", 0, 0)
    ...     [(entry.item, entry.annotator, entry.segments) for entry in store.items()]
    [('call.wav', 'Ann', 1)]
    """

    def __init__(self, path: str | os.PathLike[str], *, patience: float = 5.0) -> None:
        # Not resolve(): a link keeps the name that the user knows.
        self.path = Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100
        self._database = Database(self.path, patience)
        self.identity = self._database.identity

    @property
    def notices(self) -> list[str]:
        """What happened to the file that the user should know, in words."""
        return self._database.notices

    def __enter__(self) -> Store:  # noqa: PYI034 - Self is newer than Python 3.10
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Store {self.path}>"

    def close(self) -> None:
        """Let go of the file; a store that is used again opens it again."""
        self._database.close()

    # Labels.

    def open(
        self,
        item: str,
        task: Task,
        *,
        annotator: str = "",
        round: int = 1,  # noqa: A002 - the word of the plan
        duration: float | None = None,
        start: Annotation | None = None,
    ) -> Record:
        """Open an annotation for editing.

        Parameters
        ----------
        item
            What is labeled: any name, the same each time.
        task
            What is to be labeled.
        annotator
            Who labels it.
        round
            The pass over the items, from 1 on; each has annotations of its own.
        duration
            Length of the media in seconds, None while it is not known.
        start
            What to start from where nothing is stored; by default nothing is labeled.

        Raises
        ------
        AnnotationError
            When what is stored, or ``start``, does not fit the task or the media; says what.
        StoreError
            When the store cannot be read.
        """
        start = task.first_annotation() if start is None else start
        given = start.provenance
        provenance = msgspec.structs.replace(
            given, annotator=annotator or given.annotator, media=given.media or _text(item)
        )
        start = msgspec.structs.replace(start, provenance=provenance)
        key = Key(_text(item), _text(annotator), round)
        return Record(self._database, key, task, duration, start)

    def items(self) -> list[Entry]:
        """Return what is stored, an entry for each annotation or mark, ordered by item, annotator and round."""
        sql = """
            SELECT item, annotator, round, media, revision, created, updated, done, segments,
                   coalesce(flagged, 0), coalesce(note, '')
            FROM annotations JOIN heads ON annotation = id LEFT JOIN marks USING (item, annotator, round)
            UNION ALL
            SELECT item, annotator, round, '', 0, '', '', 0, 0, flagged, note
            FROM marks LEFT JOIN annotations USING (item, annotator, round) WHERE id IS NULL
            ORDER BY 1, 2, 3
        """
        with self._database.reading() as connection:
            rows = connection.execute(sql).fetchall()
        return [
            msgspec.convert(dict(zip(Entry.__struct_fields__, row, strict=True)), Entry, strict=False) for row in rows
        ]

    def annotation(self, item: str, annotator: str | None = None, round: int = 1) -> Annotation:  # noqa: A002
        """Return an annotation; the only one of the item where no annotator is named.

        Raises
        ------
        StoreError
            When there is none, or there are several.
        """
        return self._load(item, annotator, round).annotation

    def task(self, item: str, annotator: str | None = None, round: int = 1) -> Task:  # noqa: A002
        """Return the task that an annotation was last edited with; errors as those of :meth:`annotation`."""
        return self._load(item, annotator, round).task

    def history(self, item: str, annotator: str | None = None, round: int = 1) -> list[Edition]:  # noqa: A002
        """Return every edit of an annotation that was not compacted away, the oldest first; errors likewise."""

        def read(connection: sqlite3.Connection) -> tuple[str, list[StoredEdit]]:
            id_, name = _find(connection, self.path, item, annotator, round)
            return name, edits_after(connection, id_, 0)

        name, edits = self._database.read(read)
        return [Edition(edit.revision, edit.made, name, edit.writer, edit.client, edit.diff) for edit in edits]

    def refused(self, item: str, annotator: str | None = None, round: int = 1) -> list[RefusedEdit]:  # noqa: A002
        """Return the edits of an annotation that were not taken, such as those that met another's; errors likewise."""

        def read(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            id_, _ = _find(connection, self.path, item, annotator, round)
            return rows_of(connection, "refused", "annotation = ? ORDER BY made", [id_])

        rows = self._database.read(read)
        diffs = [None if row["diff"] is None else msgspec.json.decode(row["diff"], type=Diff) for row in rows]
        return [RefusedEdit(row["made"], row["reason"], diff) for row, diff in zip(rows, diffs, strict=True)]

    def _load(self, item: str, annotator: str | None, round_: int) -> Stored:
        return self._database.read(
            lambda connection: load(connection, _find(connection, self.path, item, annotator, round_)[0])
        )

    # Marks and places of queues.

    def mark(self, item: str, annotator: str = "", round: int = 1) -> Mark:  # noqa: A002
        """Return what an annotator noted of an item."""
        return self._database.read(lambda connection: _mark(connection, _text(item), _text(annotator), round))

    def set_mark(
        self,
        item: str,
        annotator: str = "",
        round: int = 1,  # noqa: A002
        *,
        flagged: bool | None = None,
        note: str | None = None,
        opened: str | None = None,
        seconds: float | None = None,
        spent: float = 0.0,
    ) -> Mark:
        """Change what an annotator notes of an item, where given, and return it; ``spent`` is added to the seconds.

        Raises
        ------
        StoreError
            When it cannot be stored.
        """
        given = {"flagged": flagged, "note": note, "opened": opened, "seconds": seconds}
        with self._database.transaction() as transaction:
            before = msgspec.structs.asdict(_mark(transaction.connection, _text(item), _text(annotator), round))
            values = {**before, **{name: value for name, value in given.items() if value is not None}}
            values["seconds"] = float(values["seconds"]) + spent
            transaction.do(Marked(item=_text(item), annotator=_text(annotator), round=round, **values))
        return Mark(**values)

    def cursor(self, queue: str, annotator: str = "") -> str | None:
        """Return the item that an annotator is at in a queue, None where they have not begun."""
        key = [_text(queue), _text(annotator)]
        rows = self._database.read(
            lambda connection: rows_of(connection, "cursors", "queue = ? AND annotator = ?", key)
        )
        return rows[0]["item"] if rows else None

    def set_cursor(self, queue: str, annotator: str, item: str) -> None:
        """Note the item that an annotator is at in a queue.

        Raises
        ------
        StoreError
            When it cannot be stored.
        """
        with self._database.transaction() as transaction:
            transaction.do(Moved(queue=_text(queue), annotator=_text(annotator), item=_text(item)))

    # The file.

    def check(self) -> list[str]:
        """Look at all that is stored, and mend what is damaged from backup and journal; return what is left, in words.

        Raises
        ------
        StoreError
            When the store cannot be read.
        """
        try:
            self._database.read(_check)
        except DamagedError as error:
            return [str(error)]
        return []

    def backup(self, target: str | os.PathLike[str] | None = None) -> Path:
        """Copy the store to a file that is a store too, by default to the backup beside it; return its path.

        Raises
        ------
        StoreError
            When the store is damaged (the backup before stays), or the copy cannot be written.
        """
        backup = beside(self.path, "backup")
        place = backup if target is None else Path(os.path.abspath(Path(target).expanduser()))  # noqa: PTH100
        if place == backup:
            self._database.keep_backup()
        elif place in {self.path, Journal(self.path).path}:
            raise StoreError(f"{place} is the store itself: choose another name for the copy")
        else:
            self._database.copy(place)
        return place

    def compact(self, keep: int = 100) -> tuple[int, int]:
        """Drop the history of each annotation but its last edits, and give the space back to the disk.

        Parameters
        ----------
        keep
            How many edits of each annotation stay.

        Returns
        -------
        tuple of int
            Bytes of the file before and after.

        Raises
        ------
        StoreError
            When it cannot be done; nothing is lost.
        """
        before = sum(part.stat().st_size for part in parts(self.path)[:2] if part.exists())
        with self._database.transaction() as transaction:
            _drop_history(transaction.connection, keep)
        with self._database.reading() as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._database.keep_backup()
        return before, self.path.stat().st_size


def _text(name: str) -> str:
    """Return a name that any file can hold: those of files need not be text."""
    return name.encode("utf-8", "backslashreplace").decode()


def _check(connection: sqlite3.Connection) -> None:
    damage = find_damage(connection, thorough=True)
    if damage:
        raise DamagedError(f"it is damaged ({'; '.join(damage)})")


def _mark(connection: sqlite3.Connection, item: str, annotator: str, round_: int) -> Mark:
    rows = rows_of(connection, "marks", "item = ? AND annotator = ? AND round = ?", [item, annotator, round_])
    row = rows[0] if rows else {}
    return msgspec.convert({name: row[name] for name in Mark.__struct_fields__ if row}, Mark, strict=False)


def _find(connection: sqlite3.Connection, path: Path, item: str, annotator: str | None, round_: int) -> tuple[int, str]:
    sql = "SELECT id, annotator FROM annotations WHERE item = ? AND round = ? ORDER BY annotator"
    found = connection.execute(sql, [_text(item), round_]).fetchall()
    chosen = [row for row in found if annotator is None or row[1] == _text(annotator)]
    names = ", ".join(repr(row[1]) for row in found)
    if not chosen:
        others = f"; it was labeled by {names}" if found else ""
        who = "" if annotator is None else f" by {annotator!r}"
        raise StoreError(f"{path.name} holds no annotation of {item!r}{who} in round {round_}{others}")
    if len(chosen) > 1:
        raise StoreError(f"{path.name} holds annotations of {item!r} by {names}: name the annotator")
    return int(chosen[0][0]), str(chosen[0][1])


def _drop_history(connection: sqlite3.Connection, keep: int) -> None:
    if keep < 0:
        raise AnnotationError(f"keep is the number of edits that stay, not {keep}")
    for (id_,) in connection.execute("SELECT id FROM annotations").fetchall():
        stored = load(connection, id_)
        connection.execute("DELETE FROM snapshots WHERE annotation = ?", [id_])
        put(connection, "snapshots", id_, stored.revision, msgspec.json.encode(stored.annotation).decode())
        connection.execute("DELETE FROM edits WHERE annotation = ? AND revision <= ?", [id_, stored.revision - keep])
