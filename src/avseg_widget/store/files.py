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


def sync_file(path: Path) -> None:
    """Have the disk hold all of a file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def connect(path: Path, mode: str = "rw", patience: float = 5.0) -> sqlite3.Connection:
    """Open a database, in one of SQLite's modes: rw, rwc (made where it is not), ro&immutable=1 (no locks)."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, timeout=patience, isolation_level=None, check_same_thread=False
    )
    connection.create_function("seal", -1, seal, deterministic=True)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")
    return connection


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into errors that name the store and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(error, path) from error
    except OSError as error:
        raise _explain_system(error, path) from error


def _explain(error: sqlite3.Error, path: Path) -> StoreError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return StoreError(f"{path} is locked by another program: end it, or wait until it is done, and try again")
    if any(sign in text for sign in ("malformed", "not a database", "decode to UTF-8", "user-defined")):
        return DamagedError(f"{path.name} is damaged ({text})")
    if not path.exists():
        return gone(path)
    space = _LITTLE
    with suppress(OSError):
        space = shutil.disk_usage(path.parent).free
    if "full" in text or space < _LITTLE:
        return _full(path)
    if "readonly" in text or not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return read_only(path)
    return UnwritableError(f"{path} cannot be read or written ({text}): check that its drive is there and whole")


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


def gone(path: Path) -> StoreError:
    """Return the error that says that a store's file is not where it was."""
    return StoreError(f"{path} is not there any more: put it back, or connect its drive again")
