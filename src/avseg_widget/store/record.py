"""One annotation of a store, open for editing: in memory as a Document, each edit on disk first. Knows no widget."""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec

from ..document import Change, Document
from ..errors import AnnotationError, ConflictError, StoreError
from ..model import Annotation, Completion, Diff, Provenance, Task
from .conflicts import find_conflict
from .files import DamagedError
from .loading import Key, Stored, edits_after, find, load
from .operations import Began, Edited, Fitted, Refused
from .schema import put
from .who import writer_name

if TYPE_CHECKING:
    from .database import Database, Transaction

#: Edits between two snapshots; reading so many back takes 20 ms, a snapshot of 10,000 segments as long.
SNAPSHOT_EVERY = 500


def now() -> str:
    """Return the time in ISO 8601, UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


class Record:
    """What one annotator says of one item; made by :meth:`Store.open`.

    ``document`` is what is stored, and what others stored meanwhile once :meth:`sync` was called; nothing is written
    before the first edit. ``identity`` names it, the same in every process.
    """

    def __init__(self, database: Database, key: Key, task: Task, duration: float | None, start: Annotation) -> None:
        self.key = key
        self.store = database.path.name
        self._database = database
        self._task, self._duration = task, None if duration is None else float(duration)
        self._start = start
        self._session, self._writer = uuid.uuid4().hex, writer_name()
        self._id: int | None = None
        self._snapshot = 0
        self._untold: list[Change] = []
        self._fitted = False
        #: What a file that was put back to an older state lacks of the document.
        self._lacking: Change | None = None
        self._news = 0
        self.revision = 0
        self.seen: dict[str, int] = {}
        self.document = Document(task, self._duration, start)
        name = msgspec.json.encode([database.identity, *key])
        self.identity = hashlib.sha256(name).hexdigest()[:32]
        stored = database.read(self._load)
        if stored:
            self._take(stored)

    def news(self) -> list[str]:
        """Return what happened to the store's file since this was called last, in words."""
        fresh = self._database.notices[self._news :]
        self._news += len(fresh)
        return fresh

    def sync(self) -> list[Change]:
        """Take in what others stored since; return it in order.

        Raises
        ------
        StoreError
            When the store cannot be read.
        """
        self._database.read(self._catch_up)
        return self._told()

    def apply(self, diff: Diff, client: str, seq: int, base: int, provenance: Provenance | None = None) -> list[Change]:
        """Store an edit, then take it into the document; return it behind what others stored before it.

        Parameters
        ----------
        diff
            The edit.
        client, seq
            Who made it, and its number among the client's edits; ``""`` and 0 for Python. One that is stored
            already is not made again.
        base
            The revision that it was made on.
        provenance
            Who says all of it from now on, with the record's names where it has none; None leaves it.

        Raises
        ------
        ConflictError
            When others changed the same things since ``base``.
        AnnotationError
            When it does not fit.
        StoreError
            When it cannot be stored. In all these cases nothing has happened.
        """
        try:
            return self._apply(diff, client, seq, base, provenance)
        except DamagedError:  # which is mended when it is used again
            return self._apply(diff, client, seq, base, provenance)

    def _apply(self, diff: Diff, client: str, seq: int, base: int, provenance: Provenance | None) -> list[Change]:
        with self._database.transaction() as transaction:
            connection = transaction.connection
            self._catch_up(connection)
            if client and seq <= max(self.seen.get(client, 0), self._seen_of(connection, client)):
                return self._told()
            provenance = self._signed(provenance)
            if not client and provenance is None and diff == Diff():
                return self._told()
            self._check_conflicts(connection, diff, client, base)
            last = self.revision if self._lacking is None else self._lacking.revision
            changes = [Change(last + 1, client, seq, diff, provenance)]
            document = self.document.after(changes[0])
            if document.completion.done and diff.completion is None and base < self.revision:
                # Somebody else marked it as done before this edit came, and it is not any more.
                changes.append(Change(last + 2, "", 0, Diff(completion=Completion())))
                document = document.after(changes[1])
            self._ensure(transaction)
            again = [] if self._lacking is None else [self._lacking]
            self._write(transaction, [*again, *changes], base, document)
        self._id, self._fitted, self._lacking = transaction.annotation, True, None
        self.document, self.revision = document, changes[-1].revision
        if client:
            self.seen = {**self.seen, client: seq}
        self._untold += changes
        self._keep_snapshot()
        return self._told()

    def refuse(self, client: str, seq: int, reason: str, diff: Diff | None = None) -> None:
        """Note that an edit was refused, so that the client's next one is taken, and keep it for whoever wants it.

        Raises
        ------
        StoreError
            When it cannot be stored.
        """
        with self._database.transaction() as transaction:
            self._catch_up(transaction.connection)
            self._ensure(transaction)
            refused = Refused(
                annotation=transaction.annotation, client=client, seq=seq, made=now(), reason=reason, diff=diff
            )
            try:
                transaction.do(refused)
            except AnnotationError:  # the diff holds what no file can
                transaction.do(msgspec.structs.replace(refused, reason=ascii(reason), diff=None))
        self._id, self._fitted = transaction.annotation, True
        self.seen = {**self.seen, client: seq}

    def _load(self, connection: sqlite3.Connection) -> Stored | None:
        found = find(connection, self.key)
        return None if found is None else load(connection, found[0])

    def _told(self) -> list[Change]:
        untold, self._untold = self._untold, []
        return untold

    def _signed(self, provenance: Provenance | None) -> Provenance | None:
        now = self.document.provenance
        if provenance is None:
            return None
        names = {"annotator": provenance.annotator or now.annotator, "media": provenance.media or now.media}
        signed = msgspec.structs.replace(provenance, **names)
        return None if signed == now else signed

    def _take(self, stored: Stored) -> None:
        try:
            self.document = Document(self._task, self._duration, stored.annotation)
        except AnnotationError as error:
            raise AnnotationError(self._misfit(stored, error)) from None
        self._id, self.revision, self._snapshot, self.seen = stored.id, stored.revision, stored.snapshot, stored.seen
        self._fitted = (stored.task, stored.duration) == (self._task, self._duration)

    def _misfit(self, stored: Stored, error: Exception) -> str:
        item, annotator, round_ = self.key
        path = self._database.path
        asked = f"{item!r}, {annotator!r}" + (f", {round_}" if round_ != 1 else "")
        causes = []
        if stored.duration != self._duration:
            causes.append(f"the media is {self._duration} s long and was {stored.duration} s when it was labeled")
        if stored.task != self._task:
            causes.append(f"the task is another one; the one before is Store({str(path)!r}).task({asked})")
        why = f" ({'; '.join(causes)})" if causes else ""
        return (
            f"what {annotator or 'an annotator'} labeled of {item} in {path.name} does not fit any more: "
            f"{error}{why}. Nothing is changed or lost: open it with the task and media it was made with, or under "
            "another item= or annotator="
        )

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        """Take in the edits of others, or all of it anew where those are not kept one by one any more."""
        found = find(connection, self.key)
        if found == (self._id, self.revision):
            self._lacking = None
            return
        if found is None or found[1] < self.revision:
            self._find_lacking(connection, found)
            return
        edits = edits_after(connection, found[0], self.revision) if found[1] > self.revision else []
        if self._id is None or [edit.revision for edit in edits] != [*range(self.revision + 1, found[1] + 1)]:
            try:
                self._reload(connection, found[0])
            except AnnotationError as error:
                raise StoreError(str(error)) from None
            return
        document = self.document
        changes = [Change(edit.revision, edit.client, edit.seq, edit.diff, edit.provenance) for edit in edits]
        try:
            for change in changes:
                document = document.after(change)
        except AnnotationError as error:
            raise StoreError(self._misfit(load(connection, found[0]), error)) from None
        self.document, self._id, self.revision = document, found[0], found[1]
        self.seen = {**self.seen, **{edit.client: edit.seq for edit in edits if edit.client}}
        self._untold += changes

    def _find_lacking(self, connection: sqlite3.Connection, found: tuple[int, int] | None) -> None:
        """Have what an older state lacks, which the file was put back to, stored with the next edit."""
        if found is None:
            if self._id is not None:
                self._tell_lacking()
                self._id, self._fitted, self._start = None, False, self.document.annotation
            return
        stored = load(connection, found[0])
        annotation, before = self.document.annotation, self._lacking
        try:
            diff = Document(self._task, self._duration, stored.annotation).diff_to_annotation(annotation)
        except AnnotationError as error:
            raise StoreError(self._misfit(stored, error)) from None
        provenance = None if annotation.provenance == stored.annotation.provenance else annotation.provenance
        self._id, self._fitted = found[0], (stored.task, stored.duration) == (self._task, self._duration)
        is_less = diff != Diff() or provenance is not None
        self._lacking = Change(self.revision + 1, "", 0, diff, provenance) if is_less else None
        if self._lacking and before is None:
            self._tell_lacking()

    def _tell_lacking(self) -> None:
        self._database.notices.append(
            f"{self.store} was put back to an older state: what it lacks of {self.key.item} is stored with the next "
            "edit."
        )

    def _reload(self, connection: sqlite3.Connection, id_: int) -> None:
        before = self.document
        self._take(load(connection, id_))
        annotation = self.document.annotation
        provenance = None if annotation.provenance == before.provenance else annotation.provenance
        self._untold.append(Change(self.revision, "", 0, before.diff_to_annotation(annotation), provenance))

    def _seen_of(self, connection: sqlite3.Connection, client: str) -> int:
        if self._id is None:
            return 0
        found = connection.execute("SELECT seq FROM seen WHERE annotation = ? AND client = ?", [self._id, client])
        row = found.fetchone()
        return 0 if row is None else int(row[0])

    def _check_conflicts(self, connection: sqlite3.Connection, diff: Diff, client: str, base: int) -> None:
        if self._id is None or base >= self.revision:
            return
        edits = edits_after(connection, self._id, base)
        if len(edits) < self.revision - base:
            raise ConflictError(
                f"this edit was made on revision {base}, and {self._database.path.name} does not hold any more what "
                f"was changed up to revision {self.revision}: make it again"
            )
        others = [
            (edit.diff, f"{edit.writer}, at {edit.made[:10]} {edit.made[11:19]} UTC")
            for edit in edits
            if edit.session != self._session and not (client and client == edit.client)
        ]
        conflict = find_conflict(self.document, diff, others)
        if conflict:
            raise ConflictError(f"{conflict}. That stays; make this change again if it is right")

    def _ensure(self, transaction: Transaction) -> None:
        """Have the annotation's own rows written, with its task as it is now."""
        if self._id is None:
            transaction.annotation = transaction.next_annotation()
            item, annotator, round_ = self.key
            transaction.do(
                Began(
                    annotation=transaction.annotation,
                    item=item,
                    annotator=annotator,
                    round=round_,
                    made=now(),
                    start=self._start,
                )
            )
        else:
            transaction.annotation = self._id
        if self._id is None or not self._fitted:
            transaction.do(Fitted(annotation=transaction.annotation, task=self._task, duration=self._duration))

    def _write(self, transaction: Transaction, changes: list[Change], base: int, document: Document) -> None:
        for change in changes:
            transaction.do(
                Edited(
                    annotation=transaction.annotation,
                    revision=change.revision,
                    client=change.client,
                    seq=change.seq,
                    base=base,
                    session=self._session,
                    writer=self._writer,
                    made=now(),
                    diff=change.diff,
                    provenance=change.provenance,
                    segments=len(document.segments),
                    done=document.completion.done,
                )
            )

    def _keep_snapshot(self) -> None:
        """Write the whole annotation now and then, so that opening reads few edits; where it fails, the next time."""
        if self.revision - self._snapshot < SNAPSHOT_EVERY:
            return
        with suppress(StoreError), self._database.transaction() as transaction:
            self._catch_up(transaction.connection)
            document = msgspec.json.encode(self.document.annotation).decode()
            sql = "DELETE FROM snapshots WHERE annotation = ? AND revision > 0"
            transaction.connection.execute(sql, [self._id])
            put(transaction.connection, "snapshots", self._id, self.revision, document)
        self._snapshot = self.revision
