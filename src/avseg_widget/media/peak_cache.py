"""Peaks kept on disk between sessions: the folder, the key of a file's content, the size limit. Knows no sound.

Every step may meet another process at work and a disk that is full or read-only; then there is one kept file less, and
a warning in the log.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl

import msgspec

from .tiles import DamagedError, Entry, TileStore

#: Part of the key: grows with the layout of the files, and when the same sound gives other peaks.
VERSION = 4
#: Bytes that all kept peaks may take together, 1 GiB.
DEFAULT_LIMIT = 1 << 30

#: Files up to 32 MiB are hashed whole, which takes some hundredths of a second.
_MOST_HASHED = 32 << 20
#: Of larger ones, 256 blocks of 64 KiB: the first, the last, and between them at even distances.
_SAMPLES, _SAMPLE_BYTES = 256, 64 << 10
#: Files that no process can still be writing, in seconds.
_STALE = 24 * 3600.0
#: What in a query signs it: of AWS, Google, Azure, Alibaba, and by the usual names.
_SIGNING = re.compile(
    r"x-(amz|goog|oss|ms)-.*|.*signature|.*token|sig|expires|policy|key-pair-id|(aws|google|oss)access(key)?id"
    r"|s[eprtv]|spr|sk[a-z]+",
    re.IGNORECASE,
)

_log = logging.getLogger(__name__)


class Kept(msgspec.Struct, array_like=True):
    """What a kept file says of its tiles."""

    version: int
    key: str
    channels: int
    frames: int
    base: int
    levels: list[list[Entry]]
    index: bytes = b""


def cache_folder() -> Path | None:
    """Return where peaks are kept: in ``$AVSEG_CACHE_DIR``, or the user's cache folder; None when that is switched off.

    ``AVSEG_CACHE_DIR`` empty or ``0`` switches it off.
    """
    chosen = os.environ.get("AVSEG_CACHE_DIR")
    if chosen is not None:
        return Path(chosen).expanduser() / "peaks" if chosen.strip() not in {"", "0"} else None
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        # The specification has a relative path ignored.
        named = Path(os.environ.get("XDG_CACHE_HOME", ""))
        base = named if named.is_absolute() else home / ".cache"
    return base / "avseg-widget" / "peaks"


def cache_limit() -> int:
    """Return how many bytes may be kept: ``$AVSEG_CACHE_LIMIT``, or 1 GiB."""
    chosen = os.environ.get("AVSEG_CACHE_LIMIT", "")
    if chosen.isdecimal():
        return int(chosen)
    if chosen:
        _log.warning("AVSEG_CACHE_LIMIT is %r: give a number of bytes; 1 GiB is taken instead", chosen)
    return DEFAULT_LIMIT


def content_key(path: Path) -> str:
    """Return a key that files of one content share, whatever their names.

    A file of up to 32 MiB is hashed whole. Reading more would take longer than the peaks do, so of a larger file the
    size and 256 blocks of 64 KiB are hashed, with the time of its last change: blocks alone would not see an edit
    between them, as by an audio editor that silences a second in place. So a copy of a large file may get its peaks
    anew, and no file ever gets another's.

    Raises
    ------
    OSError
        when the file cannot be read.
    """
    digest = hashlib.blake2b(digest_size=20, person=b"avseg peaks")
    with path.open("rb", buffering=0) as file:
        status = os.fstat(file.fileno())
        digest.update(f"{VERSION} {status.st_size}".encode())
        if status.st_size <= _MOST_HASHED:
            while data := file.read(1 << 20):
                digest.update(data)
            return digest.hexdigest()
        digest.update(str(status.st_mtime_ns).encode())
        last = status.st_size - _SAMPLE_BYTES
        for sample in range(_SAMPLES):
            file.seek(last * sample // (_SAMPLES - 1))
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def far_key(address: str, version: str, file: BinaryIO) -> str:
    """Return a key for what lies behind an address: by what its server tells it by, its size and its two ends.

    Of the address what signs it does not count, as signatures of one object differ.

    Raises
    ------
    MediaError
        when it cannot be read.
    """
    size = file.seek(0, os.SEEK_END)
    place, _, query = address.partition("?")
    asked = [pair for pair in parse_qsl(query, keep_blank_values=True) if not _SIGNING.fullmatch(pair[0])]
    digest = hashlib.blake2b(
        f"{VERSION} {size} {version} {place} {asked}".encode(), digest_size=20, person=b"avseg peaks"
    )
    for start in (0, max(0, size - _SAMPLE_BYTES)):
        file.seek(start)
        digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


class PeakCache:
    """The kept peaks of one folder; None keeps nothing."""

    def __init__(self, folder: Path | None = None, limit: int = DEFAULT_LIMIT) -> None:
        self._folder = folder
        self._limit = limit

    @classmethod
    def of_user(cls) -> PeakCache:
        """Give the user's own, as the environment says."""
        return cls(cache_folder(), cache_limit())

    @property
    def is_on(self) -> bool:
        return self._folder is not None and self._limit > 0

    def find(self, key: str) -> tuple[Kept, TileStore] | None:
        """Return what is kept under a key; a damaged file is removed."""
        path = self._path(key)
        try:
            store = TileStore(path, new=False)
        except OSError:
            return None
        with suppress(DamagedError, OSError):
            kept = store.trailer(Kept)
            if (kept.version, kept.key) == (VERSION, key):
                with suppress(OSError):
                    os.utime(path)  # used now: the last to go
                return kept, store
        store.close()
        self.forget(key)
        return None

    def new_store(self, key: str) -> TileStore:
        """Make the file that is to be kept under a key; a nameless one when it cannot be made."""
        if not self.is_on or not key:
            return TileStore()
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return TileStore(path.with_name(f"{key}-{os.getpid()}-{time.monotonic_ns():x}.part"))
        except OSError as error:
            self._warn(error.strerror)
            return TileStore()

    def keep(self, store: TileStore, kept: Kept) -> None:
        """Finish a new file; the least recently used ones make room for it."""
        if store.problem:
            self._warn(store.problem)
        if not self.is_on or store.path is None:
            return
        try:
            store.finish(kept, self._path(kept.key))
            self._make_room(self._path(kept.key))
        except OSError as error:
            self._warn(error.strerror)

    def forget(self, key: str) -> None:
        """Remove what is kept under a key."""
        with suppress(OSError):
            self._path(key).unlink()

    def _path(self, key: str) -> Path:
        return (self._folder or Path()) / f"{key}.peaks"

    def _make_room(self, newest: Path) -> None:
        found = []
        for path in newest.parent.iterdir():
            # Another process may remove it meanwhile.
            with suppress(OSError):
                status = path.stat()
                if path.suffix == ".peaks":
                    found.append((path != newest, -status.st_mtime, status.st_size, path))
                elif path.suffix == ".part" and status.st_mtime < time.time() - _STALE:
                    path.unlink()
        total = 0
        for *_, size, path in sorted(found):
            total += size
            if total > self._limit:
                with suppress(OSError):
                    path.unlink()

    def _warn(self, reason: str | None) -> None:
        _log.warning(
            "peaks cannot be kept in %s (%s): they are made anew each time; set AVSEG_CACHE_DIR to another folder",
            self._folder,
            reason or "unknown reason",
        )
