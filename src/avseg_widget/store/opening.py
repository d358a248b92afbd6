"""Opens a store's database whole: checked, with what only the journal has, and with a backup. Knows files and SQL."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from ..errors import StoreError
from ..replacing import sync_file
from .execute import replay
from .files import (
    UNREADABLE,
    DamagedError,
    UnwritableError,
    beside,
    check_folder,
    connect,
    in_words,
    parts,
    sync_folder,
)
from .journal import Journal, Written
from .schema import APPLICATION_ID, find_damage, identity_of, migrate, serial_of, version_of

#: A new backup is made when the journal is longer than this part of the database: copying takes its time.
_JOURNAL_PART = 1 / 8


def open_database(path: Path, patience: float, notices: list[str], *, thorough: bool = False) -> sqlite3.Connection:
    """Open the database of a store, make it where there is none, mend it where it is damaged.

    Parameters
    ----------
    path
        The file.
    patience
        How long to wait for other programs that have it locked, in seconds.
    notices
        Gets what the user should know.
    thorough
        Whether every edit is checked for damage, as after some was found.

    Raises
    ------
    StoreError
        When it is no store, cannot be opened, or is damaged beyond what backup and journal hold.
    """
    try:
        return _open_whole(path, patience, notices, thorough=thorough)
    except DamagedError as error:
        if "not a database" in str(error) and not _is_known(path):
            raise StoreError(
                f"{path} is no store of avseg-widget, and was left as it is: choose another name"
            ) from None
        _rebuild(path, patience, str(error), notices)
    return _open_whole(path, patience, notices)


def _open_whole(path: Path, patience: float, notices: list[str], *, thorough: bool = False) -> sqlite3.Connection:
    with in_words(path):
        connection = _connect_whole(path, patience, thorough=thorough)
        try:
            journal = Journal(path)
            _put_back(connection, path, journal, notices)
            try:
                keep_backup(connection, path, patience)
            except UnwritableError as error:
                notices.append(f"No backup of {path.name} could be made: {error}.")
        except BaseException:
            connection.close()
            raise
    return connection


def _connect_whole(path: Path, patience: float, *, thorough: bool) -> sqlite3.Connection:
    """Connect to a database that is whole by itself, or new; ``DamagedError`` otherwise."""
    is_there, known = _look(path)
    connection = connect(path, "rwc", patience)
    try:
        if is_there:
            _check_kind(connection, path, known=known)
        _use_wal(connection, patience)
        if known and not _has_tables(connection):
            _raise_damaged(f"{path.name} was empty")
        migrate(connection, path.name)
        damage = find_damage(connection, thorough=thorough)
        if damage:
            _raise_damaged(f"{path.name} is damaged ({damage[0]})")
    except BaseException:
        connection.close()
        raise
    return connection


def _raise_damaged(reason: str) -> None:
    raise DamagedError(reason)


def _look(path: Path) -> tuple[bool, bool]:
    """Return whether there is a database at a path, and whether a backup or journal of a store lies beside it."""
    if path.is_dir():
        raise StoreError(f"{path} is a folder: name a file in it, such as {path / 'labels.db'}")
    check_folder(path)
    known = _is_known(path)
    # It is not read here: closing a file ends the locks that SQLite has on it elsewhere in this process.
    is_there = path.exists() and path.stat().st_size > 0
    if not is_there and known:
        raise DamagedError(f"{path.name} was {'empty' if path.exists() else 'missing'}")
    return is_there, known


def _is_known(path: Path) -> bool:
    return beside(path, "backup").exists() or Journal(path).head() is not None


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'heads'").fetchone()[0])


def _check_kind(connection: sqlite3.Connection, path: Path, *, known: bool) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    id_ = connection.execute("PRAGMA application_id").fetchone()[0]
    if id_ == APPLICATION_ID or (id_ == 0 and not tables):
        return
    if known and _has_tables(connection):
        raise DamagedError(f"{path.name} is damaged (its mark is not a store's)")
    raise StoreError(f"{path} is a database of another program, and was left as it is: choose another name")


def _use_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Switch to a write-ahead log; SQLite does not wait here for another process that does the same."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        with suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA journal_mode = WAL")
            return
        time.sleep(0.02)
    connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def _locked(connection: sqlite3.Connection) -> Iterator[None]:
    """Keep other processes from writing, and undo what was not committed."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _put_back(connection: sqlite3.Connection, path: Path, journal: Journal, notices: list[str]) -> None:
    """Write what the journal has and the database has not: its own log was damaged or taken away."""
    written = journal.read()
    if written is None or (written.store == identity_of(connection) and written.last == serial_of(connection)):
        return
    with _locked(connection):
        # Only now: another process may have been about to commit.
        written = journal.read()
        if written is None:
            return
        if written.store != identity_of(connection):
            aside = journal.path.replace(_free(journal.path, "other"))
            _set_backup_aside(path, identity_of(connection))
            notices.append(f"{journal.path.name} belonged to another store; it is {aside.name} now.")
            return
        serial = serial_of(connection)
        if written.base > serial:
            raise DamagedError(f"{path.name} was older than its own journal")
        lines = written.after(serial)
        if not lines:
            return
        replay(connection, lines)
        connection.execute("COMMIT")
    notices.append(f"{path.name} lacked its last {_edits(len(lines))}; put back from {journal.path.name}.")


def _edits(count: int) -> str:
    return "1 change" if count == 1 else f"{count} changes"


def keep_backup(connection: sqlite3.Connection, path: Path, patience: float, *, always: bool = False) -> None:
    """Make a backup beside the store when it is due, and begin the journal anew.

    Raises
    ------
    DamagedError
        When the store is damaged; the backup before stays.
    """
    journal = Journal(path)
    if not always and not _is_due(connection, path, journal.read()):
        return
    with _locked(connection):
        serial = serial_of(connection)
        if serial:
            damage = find_damage(connection, thorough=True)
            if damage:
                raise DamagedError(f"{path.name} is damaged ({damage[0]})")
            _set_backup_aside(path, identity_of(connection))
            copy_database(path, beside(path, "backup"), patience)
        # After the backup: a journal without it would begin in the midst.
        journal.begin(identity_of(connection), serial)


def _is_due(connection: sqlite3.Connection, path: Path, written: Written | None) -> bool:
    if written is None or written.damaged or written.last != serial_of(connection):
        return True
    if written.size > _JOURNAL_PART * max(path.stat().st_size, 1):
        return True
    return written.base > 0 and _serial_of_backup(path) < written.base


def _serial_of_backup(path: Path) -> int:
    with suppress(*UNREADABLE), closing(connect(beside(path, "backup"), "ro&immutable=1")) as backup:
        return serial_of(backup)
    return -1


def _set_backup_aside(path: Path, identity: str) -> None:
    """Keep a backup of another store."""
    backup = beside(path, "backup")
    with suppress(*UNREADABLE), closing(connect(backup, "ro&immutable=1")) as connection:
        if identity_of(connection) == identity:
            return
    if backup.exists():
        backup.replace(_free(backup, "other"))


def copy_database(path: Path, target: Path, patience: float) -> None:
    """Copy a database while it is in use: the copy is whole, or not there."""
    fresh = target.with_name(f"{target.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        with closing(connect(path, "rw", patience)) as source, closing(connect(fresh, "rwc")) as copy:
            source.backup(copy)
            # One file is the whole copy.
            copy.execute("PRAGMA journal_mode = DELETE")
        sync_file(fresh)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(target)


def _free(path: Path, what: str) -> Path:
    """Return a name that no file has yet, which says what and when."""
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S")
    names = (f"{path.name}.{what}-{stamp}{f'-{count}' if count else ''}" for count in range(1000))
    return next(target for target in map(path.with_name, names) if not target.exists())


def _rebuild(path: Path, patience: float, reason: str, notices: list[str]) -> None:
    """Make a database of backup and journal, and put it in the place of a damaged one, which is kept."""
    lock = beside(path, "repair")
    with in_words(path), closing(connect(lock, "rwc", patience)) as repair:
        repair.execute("BEGIN EXCLUSIVE")
        try:
            try:
                _open_whole(path, patience, [], thorough=True).close()  # another process may have mended it
            except DamagedError:
                notices.append(_replace(path, reason))
        finally:
            lock.unlink(missing_ok=True)


def _replace(path: Path, reason: str) -> str:
    fresh = beside(path, "rebuilt")
    for part in parts(fresh):
        part.unlink(missing_ok=True)
    written = Journal(path).read()
    source, since = _start_again(path, fresh, written, reason)
    with closing(connect(fresh, "rwc")) as connection:
        _use_wal(connection, 0)
        migrate(connection, path.name, written.store if written else None)
        lines = []
        if written and written.store == identity_of(connection):
            lines = written.after(serial_of(connection))
            with _locked(connection):
                replay(connection, lines)
                connection.execute("COMMIT")
    sync_file(fresh)
    aside = _free(path, "damaged")
    kept = path.exists()
    for old, new in zip(parts(path), parts(aside), strict=True):
        if old.exists():
            old.replace(new)
    fresh.replace(path)
    sync_folder(path)
    told = f"{reason}: it was made again from {source}, with {_edits(len(lines))} of its journal."
    if not written or written.damaged:
        told += f" What was edited after {since} may be missing." if since else " Some edits may be missing."
    return told + (f" The damaged file is kept as {aside.name}." if kept else "")


def _start_again(path: Path, fresh: Path, written: Written | None, reason: str) -> tuple[str, str]:
    """Put the backup in place; or nothing, where the journal has everything. Return what that is, and of when."""
    backup = beside(path, "backup")
    if backup.is_file():
        shutil.copyfile(backup, fresh)
        with suppress(*UNREADABLE), closing(connect(fresh)) as connection:
            whole = version_of(connection) > 0 and not find_damage(connection, thorough=True)
            if whole and (not written or written.store == identity_of(connection) or written.base):
                made = datetime.fromtimestamp(backup.stat().st_mtime, timezone.utc)
                return backup.name, f"{made:%Y-%m-%d %H:%M} UTC"
        for part in parts(fresh):
            part.unlink(missing_ok=True)
    if written and written.base == 0:
        return "nothing", ""
    raise DamagedError(
        f"{reason}, and its backup {'is damaged too' if backup.exists() else 'is not there'}: put back a copy of "
        f"{path.name} or of {backup.name}; to begin anew, move {path.name} and {Journal(path).path.name} elsewhere"
    )
