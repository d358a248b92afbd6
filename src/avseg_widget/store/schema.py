"""The tables of a store, their versions, and the seals that tell a damaged row. Knows SQL, no file."""

from __future__ import annotations

import sqlite3
import uuid
import zlib
from collections.abc import Callable
from typing import Any

from ..errors import StoreError

#: "avsg", by which tools such as file(1) know whose database this is.
APPLICATION_ID = 0x61767367

#: The columns of each table, the key first; each has another, ``seal``.
TABLES = {
    "store": ["name", "value"],
    "annotations": ["id", "item", "annotator", "round", "created"],
    "tasks": ["annotation", "task", "duration"],
    "heads": ["annotation", "revision", "updated", "done", "segments", "media"],
    "snapshots": ["annotation", "revision", "document"],
    "edits": ["annotation", "revision", "client", "seq", "base", "session", "writer", "made", "diff", "provenance"],
    "seen": ["annotation", "client", "seq"],
    "refused": ["annotation", "client", "seq", "made", "reason", "diff"],
    "marks": ["item", "annotator", "round", "flagged", "note", "opened", "seconds"],
    "cursors": ["queue", "annotator", "item"],
}
#: Tables that grow with each edit; their rows are checked where they are read, and all of them before a backup.
LARGE = {"edits", "snapshots"}

_VERSION_1 = """
CREATE TABLE store (name TEXT PRIMARY KEY, value, seal INTEGER) WITHOUT ROWID;
CREATE TABLE annotations (
  id INTEGER PRIMARY KEY, item TEXT, annotator TEXT, round INTEGER, created TEXT, seal INTEGER,
  UNIQUE (item, annotator, round)
);
CREATE TABLE tasks (annotation INTEGER PRIMARY KEY, task TEXT, duration REAL, seal INTEGER);
CREATE TABLE heads (
  annotation INTEGER PRIMARY KEY, revision INTEGER, updated TEXT, done INTEGER, segments INTEGER, media TEXT,
  seal INTEGER
);
CREATE TABLE snapshots (
  annotation INTEGER, revision INTEGER, document TEXT, seal INTEGER, PRIMARY KEY (annotation, revision)
);
CREATE TABLE edits (
  annotation INTEGER, revision INTEGER, client TEXT, seq INTEGER, base INTEGER, session TEXT, writer TEXT, made TEXT,
  diff TEXT, provenance TEXT, seal INTEGER, PRIMARY KEY (annotation, revision)
) WITHOUT ROWID;
CREATE TABLE seen (
  annotation INTEGER, client TEXT, seq INTEGER, seal INTEGER, PRIMARY KEY (annotation, client)
) WITHOUT ROWID;
CREATE TABLE refused (
  annotation INTEGER, client TEXT, seq INTEGER, made TEXT, reason TEXT, diff TEXT, seal INTEGER,
  PRIMARY KEY (annotation, client, seq)
) WITHOUT ROWID;
CREATE TABLE marks (
  item TEXT, annotator TEXT, round INTEGER, flagged INTEGER, note TEXT, opened TEXT, seconds REAL, seal INTEGER,
  PRIMARY KEY (item, annotator, round)
) WITHOUT ROWID;
CREATE TABLE cursors (
  queue TEXT, annotator TEXT, item TEXT, seal INTEGER, PRIMARY KEY (queue, annotator)
) WITHOUT ROWID;
"""


def _run(script: str) -> Callable[[sqlite3.Connection], None]:
    def migrate(connection: sqlite3.Connection) -> None:
        for statement in script.split(";\n"):  # executescript() would commit what was begun
            if statement.strip():
                connection.execute(statement)

    return migrate


#: What makes each version from the one before; a version that was released never changes.
MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_run(_VERSION_1),)


def seal(*values: Any) -> int:
    """Return a checksum of a row's values: SQLite itself does not notice a changed letter in a text."""
    found = 0
    for value in values:
        data = value if isinstance(value, bytes) else str(value).encode()
        found = zlib.crc32(b"%d:" % len(data) + data, found)
    return found


def sealed(table: str) -> str:
    """Return the SQL expression that a whole row of a table satisfies."""
    return f"{table}.seal = seal({', '.join(f'{table}.{column}' for column in TABLES[table])})"


def put(connection: sqlite3.Connection, table: str, *values: Any) -> None:
    """Write one row, in place of one with the same key."""
    places = ", ".join(f"?{place}" for place in range(1, len(values) + 1))
    columns = ", ".join(TABLES[table])
    sql = f"INSERT OR REPLACE INTO {table} ({columns}, seal) VALUES ({places}, seal({places}))"  # noqa: S608 - own names
    connection.execute(sql, values)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of a store's tables, 0 where there are none."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, name: str, identity: str | None = None) -> None:
    """Bring the tables to the newest version, or make them; all or nothing.

    Raises
    ------
    StoreError
        When a newer version of this package made them.
    """
    version = version_of(connection)
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{name} was written by a newer avseg-widget (its version is {version}, this one knows {len(MIGRATIONS)}): "
            "upgrade with pip install -U avseg-widget"
        )
    if version == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    version = version_of(connection)  # another process may have been first
    for step in MIGRATIONS[version:]:
        step(connection)
    if version == 0:
        put(connection, "store", "identity", identity or uuid.uuid4().hex)
        put(connection, "store", "serial", 0)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    connection.execute("COMMIT")


def identity_of(connection: sqlite3.Connection) -> str:
    """Return the name that a store gave itself when it was made."""
    return str(connection.execute("SELECT value FROM store WHERE name = 'identity'").fetchone()[0])


def serial_of(connection: sqlite3.Connection) -> int:
    """Return the number of the last operation that a store holds."""
    return int(connection.execute("SELECT value FROM store WHERE name = 'serial'").fetchone()[0])


def find_damage(connection: sqlite3.Connection, *, thorough: bool) -> list[str]:
    """Return what is damaged, in words; ``thorough`` looks at every edit too, which takes 4 s for a million."""
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
    if found:
        return found
    for table in TABLES if thorough else TABLES.keys() - LARGE:
        sql = f"SELECT count(*) FROM {table} WHERE ({sealed(table)}) IS NOT 1"  # noqa: S608 - own names
        count = connection.execute(sql).fetchone()[0]
        if count:
            found.append(f"{count} row{'s'[: count > 1]} of {table} changed by other hands or by a fault of the disk")
    return found
