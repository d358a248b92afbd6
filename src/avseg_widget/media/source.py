"""Find what the user named: a path, a URL, bytes, a file object or an array. Knows no format and no server."""

from __future__ import annotations

import io
import numbers
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from ..errors import MediaError
from .headed import HeadedFile
from .ranged import BLOCK_BYTES, Blocks, RangedFile, changed
from .remote import FileRanges, FsspecRanges, HttpRanges, S3Ranges
from .samples import encode_array
from .stretches import Stretches

# Two letters at least: C: is a drive.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
#: Schemes of fsspec that name no store, or lead to local files by another way.
_NO_STORES = {"data", "local", "file", "dir", "generic", "reference", "cached", "blockcache", "filecache", "javascript"}


_KINDS = "a path, an http, https, file or s3 URL, bytes, a file object, (array, rate), or a list of these"


@dataclass(frozen=True)
class Place:
    """Where media lies: in a local file (``path``), in memory (``data``), or behind ``blocks`` that are fetched.

    ``address`` is the URL it was found by, and ``url`` one that a browser may load by itself, "" when there is none.
    ``name`` is what users read, never with a URL's query or password; ``size`` is in bytes, 0 where only the browser's
    own loading is of use, and ``modified`` is the local file's time of change in ns. A ``header`` is read before the
    media's bytes from ``start`` on, so that they are a part of it, and of these no more than to ``stop``, 0 for
    all. What is long may be known to have ``stretches``, in which it is read. Recordings side by side have ``parts``
    instead, and their ``picture`` is the part that has one.
    """

    name: str
    path: Path | None = None
    data: bytes | None = None
    blocks: Blocks | None = None
    url: str = ""
    address: str = ""
    size: int = 0
    modified: int = 0
    header: bytes = b""
    start: int = 0
    stop: int = 0
    warnings: tuple[str, ...] = ()
    parts: tuple[Place, ...] = ()
    picture: Place | None = None
    stretches: Stretches = field(default_factory=Stretches, compare=False)

    @property
    def is_far(self) -> bool:
        """Whether each read takes a network's time, so that nothing is read whole without need."""
        return self.blocks is not None and self.blocks.source.far

    @property
    def is_file(self) -> bool:
        """Whether it is a whole local file, which others may open by its path."""
        return self.path is not None and self.is_whole

    @property
    def is_whole(self) -> bool:
        """Whether it is all of what lies there, and nothing before it."""
        return not self.header and not self.stop

    def open(self) -> BinaryIO:
        """Open the bytes for reading, as an own file.

        Raises
        ------
        MediaError
            when they cannot be read, or have changed since they were found.
        """
        self.check()
        file = self._open_all()
        if self.is_whole:
            return file
        return cast("BinaryIO", io.BufferedReader(HeadedFile(self.header, file, self.stop, self.start)))

    def _open_all(self) -> BinaryIO:
        if self.path is not None:
            try:
                return self.path.open("rb")
            except OSError as error:
                raise self._unreadable(error) from None
        if self.blocks is not None:
            return cast("BinaryIO", io.BufferedReader(RangedFile(self.blocks), BLOCK_BYTES // 4))
        return io.BytesIO(self.data or b"")

    def check(self) -> None:
        """Raise a ``MediaError`` when the local file is not any more what was found; what is fetched checks itself."""
        if self.path is None:
            return
        try:
            status = self.path.stat()
        except OSError as error:
            raise self._unreadable(error) from None
        if (status.st_size, status.st_mtime_ns) != (self.size, self.modified):
            raise changed(self.name, grown=status.st_size > self.size)

    def _unreadable(self, error: OSError) -> MediaError:
        return MediaError(f"{self.name} cannot be read any more ({error.strerror}): open it again", gone=True)


def find(source: Any) -> Place:
    """Find the one media that a path, a URL, bytes, a file object or ``(array, rate)`` name.

    Raises
    ------
    MediaError
        when there is none, or when the source is something else.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
        if not data:
            raise MediaError("the media has 0 bytes: nothing was read into it")
        return Place("recording", data=data, size=len(data))
    if isinstance(source, tuple):
        return _find_array(source)
    if isinstance(source, str):
        scheme = _SCHEME.match(source.strip())
        # A path of this folder may have a colon, too.
        if scheme and ("://" in source or not os.path.lexists(source)):
            return _find_url(source.strip(), scheme.group(1).lower())
    if isinstance(source, (str, os.PathLike)):
        return _find_file(Path(source))
    if hasattr(source, "read"):
        return _find_object(source)
    raise MediaError(f"media cannot be a {type(source).__name__}: give {_KINDS}")


def _find_array(source: tuple[Any, ...]) -> Place:
    if len(source) != 2:
        raise MediaError(
            f"a tuple of {len(source)} is not media: give (array, rate), the rate in Hz, or a list of recordings"
        )
    array, rate = source
    if not hasattr(rate, "__float__") and not isinstance(rate, str):
        raise MediaError("the sample rate is not a number: give (array, rate), the array first")
    if isinstance(array, numbers.Number):
        raise MediaError("the tuple is (rate, array): give (array, rate), the array first")
    data, warnings = encode_array(array, rate)
    return Place("recording.wav", data=data, size=len(data), warnings=warnings)


def _find_url(url: str, scheme: str) -> Place:
    if scheme == "file":
        return _find_file(_path_of(url))
    if scheme in {"http", "https"}:
        return _find_http(url, scheme)
    rest = url[len(scheme) + 1 :]
    if scheme == "s3":
        bucket, _, key = rest.removeprefix("//").partition("/")
        if not rest.startswith("//") or not bucket or not key:
            raise MediaError("the s3 URL names no object: write it as s3://bucket/key")
        key, _, version = key.partition("?versionId=")
        name = key.rstrip("/").rpartition("/")[2] or bucket
        return _fetched(name, Blocks(name, S3Ranges(name, bucket, key, version)), url)
    if not rest.startswith("//") or scheme in _NO_STORES:
        raise MediaError(f"media cannot be opened by {scheme}: give {_KINDS}, or the URL of a store that fsspec reads")
    name = unquote(rest.partition("?")[0].rstrip("/").rpartition("/")[2]) or scheme
    return _fetched(name, Blocks(name, FsspecRanges(name, url)), url)


def _path_of(url: str) -> Path:
    rest = url.partition(":")[2]
    if rest.startswith("//"):
        host, _, path = rest[2:].partition("/")
        if host not in {"", "localhost"}:
            raise MediaError(f"the file URL names the host {host}: only files of this machine are, file:///path")
        rest = f"/{path}"
    return Path(url2pathname(rest))


def _find_http(url: str, scheme: str) -> Place:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError:
        host = None
    if not host:
        raise MediaError(f"the {scheme} URL names no host: write it as {scheme}://host/path")
    name = unquote(parts.path).rstrip("/").rpartition("/")[2] or host
    return Place(name, blocks=Blocks(name, HttpRanges(name, url)), url=url, address=url)


def _fetched(name: str, blocks: Blocks, address: str = "") -> Place:
    return Place(name, blocks=blocks, size=blocks.size(), address=address)


def _find_object(file: Any) -> Place:
    if getattr(file, "closed", False) is True:
        raise MediaError("the file object is closed: open it, and keep it open while it is labeled")
    try:
        return _found_object(file)
    except MediaError:
        raise
    except Exception as error:  # noqa: BLE001 - an object of the user's has errors of its own
        raise MediaError(
            f"the file object cannot be read ({_reason(error) or type(error).__name__}): give its bytes, or a path"
        ) from None


def _found_object(file: Any) -> Place:
    if isinstance(file, io.TextIOBase) or isinstance(file.read(0), str):
        raise MediaError("the file object gives text: open it in binary mode, open(path, 'rb')")
    if not (hasattr(file, "seekable") and file.seekable()):
        raise MediaError("the file object cannot seek, as a pipe or a download cannot: give its bytes, file.read()")
    given = getattr(file, "name", None)
    name = Path(given).name if isinstance(given, str) and given else "recording"
    return _fetched(name, Blocks(name, FileRanges(name, file)))


def _find_file(given: Path) -> Place:
    try:
        str(given).encode()
        path = Path(os.path.abspath(_of_home(given)))  # noqa: PTH100 - resolve() would leave the server's root
        status = path.stat()
        # Opening a pipe would wait for ever.
        if stat.S_ISREG(status.st_mode):
            path.open("rb").close()
    except FileNotFoundError:
        raise MediaError(f"there is no file {given} (from folder {Path.cwd()}): check the path") from None
    except UnicodeEncodeError:
        raise MediaError(f"the name of {str(given)!a} is no text in UTF-8: give the file another name") from None
    except (OSError, ValueError) as error:
        raise MediaError(f"{given} cannot be read ({_reason(error)}): check the path and its permissions") from None
    if not stat.S_ISREG(status.st_mode):
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise MediaError(f"{given} is {kind}: give one audio or video file")
    if status.st_size == 0:
        raise MediaError(f"{given} has 0 bytes: copy or download it again")
    return Place(path.name, path=path, size=status.st_size, modified=status.st_mtime_ns)


def _of_home(given: Path) -> Path:
    try:
        return given.expanduser()
    except RuntimeError:
        # There is no such user: it is a name that begins so.
        return given


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
