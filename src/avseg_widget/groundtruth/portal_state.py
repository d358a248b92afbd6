"""Who works on which item of a portal, and what they answered, in one SQLite file. Knows no page and no server."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import AvsegError

_VERSION = 1
_SCHEMA = """
CREATE TABLE job (one INTEGER PRIMARY KEY CHECK (one = 1), manifest TEXT NOT NULL, answers INTEGER NOT NULL,
  seconds REAL NOT NULL, secret BLOB NOT NULL, paused INTEGER NOT NULL DEFAULT 0);
CREATE TABLE items (id INTEGER PRIMARY KEY, line TEXT NOT NULL, taken INTEGER NOT NULL DEFAULT 0);
CREATE TABLE workers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, token TEXT NOT NULL UNIQUE,
  sub TEXT NOT NULL);
CREATE TABLE assignments (id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES items,
  worker INTEGER NOT NULL REFERENCES workers, state TEXT NOT NULL, taken REAL NOT NULL, expires REAL NOT NULL,
  submitted REAL, answer TEXT, UNIQUE (item, worker));
CREATE INDEX held ON assignments (expires) WHERE state = 'held';
CREATE INDEX of_worker ON assignments (worker, state);
"""


class PortalError(AvsegError):
    """What a worker or the lead asked of the portal cannot be done; the message says why."""


@dataclass(frozen=True)
class Worker:
    """Somebody who was invited; ``sub`` is the id that stands in the results."""

    id: int
    name: str
    sub: str


@dataclass(frozen=True)
class Assignment:
    """An item that a worker holds until ``expires``; times in seconds of the epoch."""

    id: int
    item: int
    line: str
    taken: float
    expires: float


@dataclass(frozen=True)
class Submission:
    """One worker's answer to an item: JSON text, times in seconds of the epoch."""

    item: int
    worker: Worker
    answer: str
    taken: float
    submitted: float


@dataclass(frozen=True)
class Progress:
    """How far a job is: ``wanted`` answers in all, ``submitted`` so far, ``done`` items have all of theirs."""

    items: int
    done: int
    wanted: int
    submitted: int
    held: int
    paused: bool


class PortalState:
    """The state of one job; every change is one transaction, on the disk before it is acknowledged.

    Parameters
    ----------
    path
        The SQLite file; made when it is not there.
    lines
        The manifest's lines, read when the file is made; later only compared.
    answers
        How many workers answer each item.
    seconds
        How long a worker may hold an item.

    Raises
    ------
    PortalError
        When the file is of another manifest, damaged, or cannot be written.
    """

    def __init__(self, path: Path, lines: Iterable[str], *, answers: int, seconds: float) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._unusable(error) from None
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            # An acknowledged answer survives a loss of power, not only of the process.
            self._db.execute("PRAGMA synchronous = FULL")
            self._open(lines, answers, seconds)
        except sqlite3.Error as error:
            self._db.close()
            raise self._unusable(error) from None
        except BaseException:
            self._db.close()
            raise

    def _unusable(self, error: sqlite3.Error) -> PortalError:
        return PortalError(f"{self.path} cannot be used ({error}): choose another folder, or move it away")

    def _open(self, lines: Iterable[str], answers: int, seconds: float) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in {0, _VERSION}:
            raise PortalError(f"{self.path} is of another version of the portal ({version}): choose another folder")
        digest = hashlib.sha256()
        numbered = []
        for number, line in enumerate(lines):
            digest.update(line.encode() + b"\n")
            numbered.append((number, line))
        with self._transaction() as db:
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    db.execute(statement)
                db.executemany("INSERT INTO items (id, line) VALUES (?, ?)", numbered)
                db.execute(
                    "INSERT INTO job (one, manifest, answers, seconds, secret) VALUES (1, ?, ?, ?, ?)",
                    (digest.hexdigest(), answers, seconds, secrets.token_bytes(32)),
                )
                db.execute(f"CREATE INDEX open_items ON items (id) WHERE taken < {int(answers)}")
                db.execute(f"PRAGMA user_version = {_VERSION}")
            job = db.execute("SELECT manifest, answers, seconds, secret FROM job").fetchone()
        manifest, self.answers, self.seconds, self.secret = job
        if manifest != digest.hexdigest():
            raise PortalError(f"{self.path} holds the work on another manifest: choose another folder for this one")
        if self.answers != answers:
            raise PortalError(f"{self.path} was begun with {self.answers} workers an item, not {answers}: keep to it")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # Workers.

    def invite(self, name: str) -> str:
        """Add a worker, or make an old invitation void, and return the token of the new invitation."""
        if not name.strip():
            raise PortalError("a worker needs a name")
        token = secrets.token_urlsafe(24)
        with self._transaction() as db:
            db.execute(
                "INSERT INTO workers (name, token, sub) VALUES (?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET token = excluded.token",
                (name, _digest(token), str(uuid.uuid4())),
            )
        return token

    def worker_of(self, token: str) -> Worker | None:
        """Return who was invited with a token; None for any other text."""
        with self._lock:
            row = self._db.execute("SELECT id, name, sub FROM workers WHERE token = ?", (_digest(token),)).fetchone()
        return None if row is None else Worker(*row)

    def workers(self) -> list[Worker]:
        """Return everybody who was invited."""
        with self._lock:
            return [Worker(*row) for row in self._db.execute("SELECT id, name, sub FROM workers ORDER BY id")]

    def holder_of(self, assignment: int) -> Worker | None:
        """Return who was given an assignment; None when there is none of that number."""
        with self._lock:
            row = self._db.execute(
                "SELECT w.id, w.name, w.sub FROM assignments a JOIN workers w ON w.id = a.worker WHERE a.id = ?",
                (assignment,),
            ).fetchone()
        return None if row is None else Worker(*row)

    # The flow of a task.

    def held(self, worker: Worker, now: float) -> Assignment | None:
        """Return the item that a worker holds, if any."""
        with self._lock:
            found = self._held_by(self._db, worker)
        return found if found is not None and now < found.expires else None

    def item_of(self, worker: Worker, assignment: int) -> int:
        """Return the number of the item of a worker's assignment."""
        with self._lock:
            return self._own(self._db, worker, assignment)[0]

    def count_of(self, worker: Worker) -> int:
        """Return how many items a worker has answered."""
        with self._lock:
            found = self._db.execute(
                "SELECT count(*) FROM assignments WHERE worker = ? AND state = 'submitted'", (worker.id,)
            ).fetchone()
        return int(found[0])

    def take(self, worker: Worker, now: float) -> Assignment | None:
        """Give a worker the item that they hold, else the next; None when nothing is left for them or it is paused."""
        with self._transaction() as db:
            self._release_expired(db, now)
            held = self._held_by(db, worker)
            if held is not None or db.execute("SELECT paused FROM job").fetchone()[0]:
                return held
            row = db.execute(
                f"SELECT id FROM items WHERE taken < {int(self.answers)} AND id NOT IN "  # noqa: S608 - a number
                "(SELECT item FROM assignments WHERE worker = ? AND state IN ('submitted', 'skipped')) "
                "ORDER BY id LIMIT 1",
                (worker.id,),
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE items SET taken = taken + 1 WHERE id = ?", row)
            db.execute(
                "INSERT INTO assignments (item, worker, state, taken, expires) VALUES (?, ?, 'held', ?, ?) "
                "ON CONFLICT (item, worker) DO UPDATE SET state = 'held', taken = excluded.taken, "
                "expires = excluded.expires",
                (row[0], worker.id, now, now + self.seconds),
            )
            return self._held_by(db, worker)

    def submit(self, worker: Worker, assignment: int, answer: str, now: float) -> bool:
        """Keep an answer; True for the first time, False when this one was acknowledged already.

        Raises
        ------
        PortalError
            When the worker does not hold the item, and others have answered it meanwhile.
        """
        with self._transaction() as db:
            item, state = self._own(db, worker, assignment)
            if state == "submitted":
                return False
            if state == "skipped":
                raise PortalError("this task was skipped, so its answer is not taken: take another task")
            if state == "expired":
                self._take_again(db, item)
            db.execute(
                "UPDATE assignments SET state = 'submitted', submitted = ?, answer = ? WHERE id = ?",
                (now, answer, assignment),
            )
            return True

    def skip(self, worker: Worker, assignment: int) -> None:
        """Give an item back; it is not offered to this worker again."""
        with self._transaction() as db:
            item, state = self._own(db, worker, assignment)
            if state == "submitted":
                raise PortalError("this task has been submitted, so it cannot be skipped")
            if state == "held":
                db.execute("UPDATE items SET taken = taken - 1 WHERE id = ?", (item,))
            db.execute("UPDATE assignments SET state = 'skipped' WHERE id = ?", (assignment,))

    def pause(self, *, paused: bool) -> None:
        """Stop giving out items, or go on; what is held may still be submitted."""
        with self._transaction() as db:
            db.execute("UPDATE job SET paused = ?", (int(paused),))

    # Reading.

    def progress(self) -> Progress:
        """Return how far the job is."""
        with self._lock:
            items, done = self._db.execute(
                "SELECT count(*), coalesce(sum(n >= ?), 0) FROM (SELECT count(a.id) AS n FROM items i LEFT JOIN "
                "assignments a ON a.item = i.id AND a.state = 'submitted' GROUP BY i.id)",
                (self.answers,),
            ).fetchone()
            states = dict(self._db.execute("SELECT state, count(*) FROM assignments GROUP BY state"))
            paused = bool(self._db.execute("SELECT paused FROM job").fetchone()[0])
        return Progress(items, done, items * self.answers, states.get("submitted", 0), states.get("held", 0), paused)

    def line(self, item: int) -> str | None:
        """Return an item's line of the manifest; None when there is no such item."""
        with self._lock:
            row = self._db.execute("SELECT line FROM items WHERE id = ?", (item,)).fetchone()
        return None if row is None else str(row[0])

    def submissions(self, item: int | None = None) -> list[Submission]:
        """Return the answers to an item, or to all, in the order of items and of time."""
        where, values = ("", ()) if item is None else ("AND a.item = ?", (item,))
        with self._lock:
            rows = self._db.execute(
                "SELECT a.item, w.id, w.name, w.sub, a.answer, a.taken, a.submitted FROM assignments a "  # noqa: S608
                f"JOIN workers w ON w.id = a.worker WHERE a.state = 'submitted' {where} ORDER BY a.item, a.submitted",
                values,
            ).fetchall()
        return [Submission(row[0], Worker(row[1], row[2], row[3]), *row[4:]) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _release_expired(self, db: sqlite3.Connection, now: float) -> None:
        late = db.execute("SELECT id, item FROM assignments WHERE state = 'held' AND expires <= ?", (now,)).fetchall()
        for assignment, item in late:
            db.execute("UPDATE assignments SET state = 'expired' WHERE id = ?", (assignment,))
            db.execute("UPDATE items SET taken = taken - 1 WHERE id = ?", (item,))

    def _held_by(self, db: sqlite3.Connection, worker: Worker) -> Assignment | None:
        row = db.execute(
            "SELECT a.id, a.item, i.line, a.taken, a.expires FROM assignments a JOIN items i ON i.id = a.item "
            "WHERE a.worker = ? AND a.state = 'held'",
            (worker.id,),
        ).fetchone()
        return None if row is None else Assignment(*row)

    def _own(self, db: sqlite3.Connection, worker: Worker, assignment: int) -> tuple[int, str]:
        row = db.execute(
            "SELECT item, state FROM assignments WHERE id = ? AND worker = ?", (assignment, worker.id)
        ).fetchone()
        if row is None:
            raise PortalError("this task was never given to you: take a task first")
        return int(row[0]), str(row[1])

    def _take_again(self, db: sqlite3.Connection, item: int) -> None:
        """Late answers count while nobody else has the item."""
        changed = db.execute(
            "UPDATE items SET taken = taken + 1 WHERE id = ? AND taken < ?", (item, self.answers)
        ).rowcount
        if not changed:
            raise PortalError("the time for this task was over, and others have it now: take another task")


def _digest(token: str) -> str:
    # Whoever reads the file cannot sign in with what is in it.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
