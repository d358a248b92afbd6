"""The files of a store: their names, their places, and what goes wrong with them in words. Knows no tables."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import StoreError
from .schema import seal

#: Less free space than this in bytes is a full disk: SQLite may call it a fault of the disk.
_LITTLE = 128 * 1024


#: What reading a damaged database may raise: SQLite's messages may quote what is no text.
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)


class DamagedError(StoreError):
    """A store's file is damaged, or missing while its backup or journal is there."""


class UnwritableError(StoreError):
    """Nothing can be written where a store lies, for now: the disk is full or read-only."""


def beside(path: Path, kind: str) -> Path:
    """Return the path of a file that lies beside a store: its backup, journal ..."""
    return path.with_name(f"{path.name}.{kind}")


def parts(path: Path) -> list[Path]:
    """Return the paths of a database and of what SQLite keeps beside it."""
    return [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]


def sync_folder(path: Path) -> None:
    """Have the disk know the names of the files beside a path."""
    if sys.platform == "win32":
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def copy_open_file(path: Path, target: Path) -> None:
    """Copy a database that this process may have open by SQLite too.

    Its file is never closed: that would end the locks that SQLite has on it.
    """
    source = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    with open(source, "rb", closefd=False) as file, target.open("wb") as copy:
        shutil.copyfileobj(file, copy)


def connect(path: Path, mode: str = "rw", patience: float = 5.0) -> sqlite3.Connection:
    """Open a database, in one of SQLite's modes: rw, rwc (made where it is not), ro&immutable=1 (no locks)."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, timeout=patience, isolation_level=None, check_same_thread=False
    )
    try:
        connection.create_function("seal", -1, seal, deterministic=True)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into errors that name the store and what to do."""
    try:
        yield
    except UNREADABLE as error:
        raise _explain(error, path) from error
    except OSError as error:
        raise _explain_system(error, path) from error


def _explain(error: Exception, path: Path) -> StoreError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return StoreError(
            f"{path} is locked by another program{_holders(path)}: end it, or wait until it is done, and try again"
        )
    if not path.exists() and (not path.parent.exists() or is_writable(path.parent)):
        return gone(path)
    space = _LITTLE
    with suppress(OSError):
        space = shutil.disk_usage(path.parent).free
    is_hindered = "I/O" in text or "open" in text
    if "full" in text or (is_hindered and space < _LITTLE):
        return _full(path)
    if "readonly" in text or (is_hindered and not is_writable(path)):
        return read_only(path)
    if is_hindered:
        return UnwritableError(f"{path} cannot be read or written ({text}): check that its drive is there and whole")
    # What is asked is always the same: only a damaged file is a reason to object.
    return DamagedError(f"{path.name} is damaged ({text})")


def _holders(path: Path) -> str:
    """Return which other processes have the file locked, where the system tells (Linux)."""
    with suppress(OSError, ValueError, IndexError):
        inodes = {str(part.stat().st_ino) for part in parts(path) if part.exists()}
        locks = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
        found = {int(lock[4]) for lock in locks if lock[3] == "WRITE" and lock[5].rpartition(":")[2] in inodes}
        names = [
            f"{Path(f'/proc/{process}/comm').read_text(encoding='utf-8').strip()}, process {process}"
            for process in sorted(found - {os.getpid()})
        ]
        return f" ({'; '.join(names)})" if names else ""
    return ""


def _explain_system(error: OSError, path: Path) -> StoreError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _full(path)
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return read_only(path)
    if not path.exists():
        return gone(path)
    return UnwritableError(f"{path} cannot be written ({error.strerror}): check that its drive is there and whole")


def _full(path: Path) -> UnwritableError:
    return UnwritableError(f"the disk that {path} lies on is full: free some space")


def read_only(path: Path) -> UnwritableError:
    """Return the error that says that a store, or its folder, cannot be written."""
    return UnwritableError(f"{path} is read-only: allow writing to it and its folder, or copy all its files elsewhere")


def is_writable(path: Path) -> bool:
    """Whether a file, or a folder, and what lies beside it can be written."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def check_folder(path: Path) -> None:
    """Raise a ``StoreError`` where there is no folder for a file."""
    if not path.parent.is_dir():
        raise StoreError(f"there is no folder {path.parent} for {path.name}: make it, or check the path")


def gone(path: Path) -> StoreError:
    """Return the error that says that a store's file is not where it was."""
    return StoreError(f"{path} is not there any more: put it back, or connect its drive again")
