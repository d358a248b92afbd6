"""The database of a store in use: one connection, transactions that the journal has first. Knows files, no labels."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from ..errors import StoreError
from .execute import execute
from .files import (
    DamagedError,
    UnwritableError,
    beside,
    check_folder,
    copy_open_file,
    gone,
    in_words,
    is_writable,
    parts,
    read_only,
)
from .journal import Journal, Line
from .opening import copy_database, keep_backup, open_database
from .operations import Operation, encode
from .schema import identity_of, put, serial_of

T = TypeVar("T")


class Transaction:
    """Operations that happen all or not at all; made by :meth:`Database.transaction`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.lines: list[Line] = []
        #: The annotation it is about.
        self.annotation = 0

    def do(self, operation: Operation) -> None:
        """Write what happens."""
        data = encode(operation)
        serial = serial_of(self.connection) + 1
        execute(operation, self.connection)
        put(self.connection, "store", "serial", serial)
        self.lines.append(Line(serial, data))

    def next_annotation(self) -> int:
        """Return a number that no annotation has."""
        return int(self.connection.execute("SELECT coalesce(max(id), 0) + 1 FROM annotations").fetchone()[0])


class Database:
    """The open file of a store; :class:`Store` says what ``path`` and ``patience`` are.

    A file that cannot be written is shown from a copy, until it can be. One that was found damaged, or that another
    process has mended, is opened anew when it is used again.
    """

    def __init__(self, path: Path, patience: float) -> None:
        self.path = path
        #: What happened to the file that the user should know, in words.
        self.notices: list[str] = []
        self._patience = patience
        self._lock = threading.RLock()
        self._view: tempfile.TemporaryDirectory[str] | None = None
        self._connection: sqlite3.Connection | None = None
        self._suspect = False
        try:
            connection = self._open(path)
        except UnwritableError as error:
            if not path.is_file():
                raise
            connection = self._open_view(error)
        with in_words(path):
            self.identity = identity_of(connection)

    def __del__(self) -> None:
        if "_lock" in self.__dict__:
            self.close()

    def close(self) -> None:
        """Let go of the file; it is opened again when it is used again."""
        with self._lock:
            self._let_go()
            if self._view is not None:
                self._view.cleanup()
                self._view, self._home = None, self.path

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection, for one thread at a time; what goes wrong comes as a ``StoreError``."""
        with self._lock:
            try:
                with in_words(self.path):
                    yield self._connect()
            except DamagedError:
                self._suspect = True
                raise

    def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Read something; where the file is found damaged, it is mended first."""
        try:
            with self.reading() as connection:
                return job(connection)
        except DamagedError:
            with self.reading() as connection:
                return job(connection)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Let operations happen: in the journal, then in the database, or not at all.

        Raises
        ------
        StoreError
            When they cannot be stored; then nothing has happened.
        """
        with self._lock:
            self._leave_view()
            with self.reading() as connection:
                connection.execute("BEGIN IMMEDIATE")
                transaction = Transaction(connection)
                try:
                    yield transaction
                    self._write_journal(transaction.lines)
                    connection.execute("COMMIT")
                except BaseException as error:
                    # An interrupt may come after the commit; SQLite's own errors never do.
                    if connection.in_transaction or isinstance(error, sqlite3.Error):
                        self._undo(transaction)
                    raise
                if self._identify() != self._file:
                    # Written to a file that another process has just put aside as damaged.
                    raise StoreError(f"{self.path} was put in another's place while this was written: try again")

    def keep_backup(self) -> None:
        """Make a backup beside the store, and begin the journal anew; errors as those of ``opening.keep_backup``."""
        with self._lock:
            self._leave_view()
            with self.reading() as connection:
                keep_backup(connection, self.path, self._patience, always=True)

    def copy(self, target: Path) -> None:
        """Copy the database to another file."""
        with self._lock:
            self._connect()
            check_folder(target)
            with in_words(target):
                copy_database(self._home, target, self._patience)

    def _write_journal(self, lines: list[Line]) -> None:
        if not lines:
            return
        journal = Journal(self.path)
        try:
            journal.append(lines)
        except FileNotFoundError:  # somebody took it away
            if self._identify() is None:
                raise
            journal.begin(self.identity, lines[0].serial - 1)
            journal.append(lines)

    def _undo(self, transaction: Transaction) -> None:
        with suppress(sqlite3.Error):
            if transaction.connection.in_transaction:
                transaction.connection.execute("ROLLBACK")
        # The disk may be full or gone: an edit that is put back from the journal was made, if not acknowledged.
        with suppress(OSError):
            if transaction.lines:
                Journal(self.path).void(transaction.lines)

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self, path: Path) -> sqlite3.Connection:
        if path.is_file() and not is_writable(path):
            raise read_only(path)
        connection = open_database(path, self._patience, self.notices, thorough=self._suspect)
        self._connection, self._home, self._suspect = connection, path, False
        self._file = self._identify()
        return connection

    def _open_view(self, reason: Exception) -> sqlite3.Connection:
        view = tempfile.TemporaryDirectory(prefix="avseg-store-")
        copy = Path(view.name) / self.path.name
        with in_words(self.path), _cleaned(view):
            copy_open_file(self.path, copy)
            for source in [parts(self.path)[1], beside(self.path, "backup"), beside(self.path, "journal")]:
                if source.exists():
                    shutil.copyfile(source, copy.with_name(source.name))
            connection = self._open(copy)
        self._view = view
        self.notices.append(f"Edits are not stored for now: {reason}.")
        return connection

    def _leave_view(self) -> None:
        if self._view is None:
            return
        view, shown = self._view, self._connection
        self._open(self.path)
        self._view = None
        if shown is not None:
            shown.close()
        view.cleanup()

    def _identify(self) -> tuple[int, int] | None:
        try:
            status = self._home.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _connect(self) -> sqlite3.Connection:
        """Return the connection, anew where another process has mended the file, or this one found it damaged."""
        file = self._identify()
        if file is None:
            raise gone(self.path)
        if self._connection is not None and file == self._file and not self._suspect:
            return self._connection
        self._let_go()
        connection = self._open(self._home)
        if identity_of(connection) != self.identity:
            self._let_go()
            raise StoreError(f"{self.path} is another store now: put the one back that was opened, or open this one")
        return connection


@contextmanager
def _cleaned(folder: tempfile.TemporaryDirectory[str]) -> Iterator[None]:
    """Remove a folder where what it is for fails."""
    try:
        yield
    except BaseException:
        folder.cleanup()
        raise
