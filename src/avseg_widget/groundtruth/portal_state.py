"""Who works on which item of a portal, and what they answered, in one SQLite file. Knows no page and no server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sqlite3
import threading
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .portal_records import Assignment, PortalError, Progress, Submission, Worker

_VERSION = 1
_BUSY_SECONDS = 1.0
_LINES_AT_ONCE = 500
_LONGEST_NAME = 100
# Counts are kept, not taken: what a page shows must not cost more the longer a job is.
_SCHEMA = """
CREATE TABLE job (one INTEGER PRIMARY KEY CHECK (one = 1), manifest TEXT NOT NULL, answers INTEGER NOT NULL,
  secret BLOB NOT NULL, paused INTEGER NOT NULL DEFAULT 0, port INTEGER NOT NULL DEFAULT 0,
  items INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0, submitted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE items (id INTEGER PRIMARY KEY, line TEXT NOT NULL, taken INTEGER NOT NULL DEFAULT 0,
  answered INTEGER NOT NULL DEFAULT 0);
CREATE TABLE workers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, token TEXT NOT NULL UNIQUE,
  sub TEXT NOT NULL, turn INTEGER NOT NULL DEFAULT 0, answered INTEGER NOT NULL DEFAULT 0);
CREATE TABLE assignments (id INTEGER PRIMARY KEY, item INTEGER NOT NULL REFERENCES items,
  worker INTEGER NOT NULL REFERENCES workers, state TEXT NOT NULL, taken REAL NOT NULL, expires REAL NOT NULL,
  submitted REAL, answer TEXT, UNIQUE (item, worker));
CREATE INDEX held ON assignments (expires) WHERE state = 'held';
CREATE INDEX held_by ON assignments (worker) WHERE state = 'held';
CREATE INDEX answered ON items (id) WHERE answered > 0;
"""


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
        How long a worker may hold an item that is taken from now on.

    Raises
    ------
    PortalError
        When the file is of another manifest, damaged, in use, or cannot be written.
    """

    def __init__(self, path: Path, lines: Iterable[str], *, answers: int, seconds: float) -> None:
        self.path = path
        self.seconds = seconds
        self._lock = threading.Lock()
        self._is_closed = False
        try:
            # The links are made of what is in the file, so it is its owner's alone.
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from None
        try:
            # One portal at a time: two would write each other's results.
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            # An acknowledged answer survives a loss of power, not only of the process.
            self._db.execute("PRAGMA synchronous = FULL")
            self._open(lines, answers)
        except sqlite3.Error as error:
            self._db.close()
            raise self._unusable(error) from None
        except BaseException:
            self._db.close()
            raise

    def _unusable(self, error: Exception) -> PortalError:
        if "locked" in str(error):
            return PortalError(f"{self.path} is in use by another portal: stop that one, or choose another folder")
        return PortalError(f"{self.path} cannot be used ({error}): choose another folder, or move it away")

    def _open(self, lines: Iterable[str], answers: int) -> None:
        digest = hashlib.sha256()

        def read() -> Iterator[tuple[int, str]]:
            for number, line in enumerate(lines):
                digest.update(line.encode() + b"\n")
                yield number, line

        with self._transaction() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version not in {0, _VERSION}:
                raise PortalError(f"{self.path} is of another version of the portal ({version}): choose another folder")
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    db.execute(statement)
                db.execute(f"CREATE INDEX open_items ON items (id) WHERE taken < {int(answers)}")
                db.executemany("INSERT INTO items (id, line) VALUES (?, ?)", read())
                db.execute(
                    "INSERT INTO job (one, manifest, answers, secret, items) "
                    "VALUES (1, ?, ?, ?, (SELECT count(*) FROM items))",
                    (digest.hexdigest(), answers, secrets.token_bytes(32)),
                )
                db.execute(f"PRAGMA user_version = {_VERSION}")
            else:
                deque(read(), maxlen=0)
            manifest, self.answers, self.secret = db.execute("SELECT manifest, answers, secret FROM job").fetchone()
            if manifest != digest.hexdigest():
                raise PortalError(f"{self.path} holds the work on another manifest: choose another folder for this one")
            if self.answers != answers:
                raise PortalError(f"{self.path} was begun with {self.answers} workers an item, not {answers}: keep it")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._is_closed = True
            self._db.close()

    # Workers.

    def invite(self, name: str, *, renew: bool = False) -> str:
        """Add a worker, unless they are there, and return the token of their invitation.

        It stays the same, after a restart too, until ``renew`` makes it void and a new one.
        """
        name = name.strip()
        if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
            raise PortalError(f"a worker's name has 1 to {_LONGEST_NAME} printable characters, not {name!r:.120}")
        with self._transaction() as db:
            row = db.execute("SELECT sub, turn FROM workers WHERE name = ?", (name,)).fetchone()
            sub, turn = row or (str(uuid.uuid4()), 0)
            turn += bool(row and renew)
            token = self._token(sub, turn)
            db.execute(
                "INSERT INTO workers (name, token, sub) VALUES (?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET token = excluded.token, turn = ?",
                (name, _digest(token), sub, turn),
            )
        return token

    def invitations(self) -> list[tuple[Worker, str]]:
        """Return everybody who was invited, with their tokens."""
        rows = self._rows("SELECT id, name, sub, answered, turn FROM workers ORDER BY id")
        return [(Worker(*row[:4]), self._token(row[2], row[4])) for row in rows]

    def _token(self, sub: str, turn: int) -> str:
        return self.derived(f"invitation {sub} {turn}")

    def derived(self, text: str) -> str:
        """Return what only this job can know of a text, the same after a restart; fit for a URL."""
        mac = hmac.new(self.secret, text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac[:24]).decode()

    def worker_of(self, token: str) -> Worker | None:
        """Return who was invited with a token; None for any other text."""
        with self._lock:
            row = self._db.execute(
                "SELECT id, name, sub, answered FROM workers WHERE token = ?", (_digest(token),)
            ).fetchone()
        return None if row is None else Worker(*row)

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

    def take(self, worker: Worker, now: float) -> Assignment | None:
        """Give a worker the item that they hold, else the next; None when nothing is left for them or it is paused."""
        with self._transaction() as db:
            self._release_expired(db, now)
            held = self._held_by(db, worker)
            if held is not None or db.execute("SELECT paused FROM job").fetchone()[0]:
                return held
            row = db.execute(
                f"SELECT id FROM items WHERE taken < {int(self.answers)} AND NOT EXISTS "  # noqa: S608 - a number
                "(SELECT 1 FROM assignments a WHERE a.item = items.id AND a.worker = ? "
                "AND a.state IN ('submitted', 'skipped')) ORDER BY id LIMIT 1",
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
            db.execute("UPDATE workers SET answered = answered + 1 WHERE id = ?", (worker.id,))
            db.execute("UPDATE items SET answered = answered + 1 WHERE id = ?", (item,))
            answered = db.execute("SELECT answered FROM items WHERE id = ?", (item,)).fetchone()[0]
            db.execute("UPDATE job SET submitted = submitted + 1, done = done + ?", (int(answered == self.answers),))
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

    def progress(self, now: float) -> Progress:
        """Return how far the job is."""
        with self._lock:
            items, done, submitted, paused = self._db.execute(
                "SELECT items, done, submitted, paused FROM job"
            ).fetchone()
            held = self._db.execute(
                "SELECT count(*) FROM assignments WHERE state = 'held' AND expires > ?", (now,)
            ).fetchone()[0]
        return Progress(items, done, items * self.answers, submitted, held, bool(paused))

    def line(self, item: int) -> str | None:
        """Return an item's line of the manifest; None when there is no such item."""
        with self._lock:
            row = self._db.execute("SELECT line FROM items WHERE id = ?", (item,)).fetchone()
        return None if row is None else str(row[0])

    def lines(self) -> Iterator[str]:
        """Yield the lines of the manifest, in their order."""
        last = -1
        while rows := self._rows("SELECT id, line FROM items WHERE id > ? ORDER BY id LIMIT ?", last, _LINES_AT_ONCE):
            yield from (line for _, line in rows)
            last = rows[-1][0]

    def answered(self) -> list[int]:
        """Return the numbers of the items that have answers."""
        return [row[0] for row in self._rows("SELECT id FROM items WHERE answered > 0 ORDER BY id")]

    def submissions(self, item: int) -> list[Submission]:
        """Return the answers to an item, in the order in which they came."""
        rows = self._rows(
            "SELECT a.item, w.id, w.name, w.sub, a.answer, a.taken, a.submitted FROM assignments a "
            "JOIN workers w ON w.id = a.worker WHERE a.state = 'submitted' AND a.item = ? ORDER BY a.submitted, a.id",
            item,
        )
        return [Submission(row[0], Worker(row[1], row[2], row[3]), *row[4:]) for row in rows]

    # The port, so that links stay as they are.

    @property
    def port(self) -> int:
        """The port that the portal had last time; 0 at first."""
        return int(self._rows("SELECT port FROM job")[0][0])

    @port.setter
    def port(self, port: int) -> None:
        with self._transaction() as db:
            db.execute("UPDATE job SET port = ?", (port,))

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            self._check_open()
            return self._db.execute(query, values).fetchall()

    def _check_open(self) -> None:
        if self._is_closed:
            raise PortalError("the portal is closed: open it again on the same folder")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._check_open()
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
    # A look-up takes as long for any token, near to a valid one or not.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
