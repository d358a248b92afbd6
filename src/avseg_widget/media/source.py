"""Find what the user named: a path, a URL, bytes or an array. Knows no format and no server."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..errors import MediaError
from .samples import encode_array

# Two letters at least: C: is a drive.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")


@dataclass(frozen=True)
class Place:
    """Where media lies: exactly one of ``path``, ``data`` and ``url`` is given.

    ``name`` is what users read, never with a URL's query or password; ``size`` is in bytes, 0 for a URL.
    """

    name: str
    path: Path | None = None
    data: bytes | None = None
    url: str = ""
    size: int = 0
    warnings: tuple[str, ...] = ()


def find(source: Any) -> Place:
    """Find the media that a path, an http(s) URL, bytes or ``(array, rate)`` name.

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
        if scheme:
            return _find_url(source.strip(), scheme.group(1).lower())
    if isinstance(source, (str, os.PathLike)):
        return _find_file(Path(source))
    raise MediaError(
        f"media cannot be a {type(source).__name__}: give a path, an http or https URL, bytes, or (array, rate)"
    )


def _find_array(source: tuple[Any, ...]) -> Place:
    if len(source) != 2:
        raise MediaError(f"a tuple of {len(source)} is not media: give (array, rate), the rate in Hz")
    array, rate = source
    if not hasattr(rate, "__float__") and not isinstance(rate, str):
        raise MediaError("the sample rate is not a number: give (array, rate), the array first")
    if isinstance(array, (int, float)):
        raise MediaError("the tuple is (rate, array): give (array, rate), the array first")
    data, warnings = encode_array(array, rate)
    return Place("recording.wav", data=data, size=len(data), warnings=warnings)


def _find_url(url: str, scheme: str) -> Place:
    if scheme not in {"http", "https"}:
        raise MediaError(
            f"media cannot be opened by {scheme}: only http and https URLs are; "
            "give a file by its path, and an object in a store by its https URL"
        )
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host:
        raise MediaError(f"the {scheme} URL names no host: write it as {scheme}://host/path")
    return Place(unquote(parts.path).rstrip("/").rpartition("/")[2] or host, url=url)


def _find_file(given: Path) -> Place:
    try:
        path = Path(os.path.abspath(given.expanduser()))  # noqa: PTH100 - resolve() would leave the server's root
        status = path.stat()
        # Opening a pipe would wait for ever.
        if stat.S_ISREG(status.st_mode):
            path.open("rb").close()
    except FileNotFoundError:
        raise MediaError(f"there is no file {given} (from folder {Path.cwd()}): check the path") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise MediaError(f"{given} cannot be read ({_reason(error)}): check the path and its permissions") from None
    if not stat.S_ISREG(status.st_mode):
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise MediaError(f"{given} is {kind}: give one audio or video file")
    if status.st_size == 0:
        raise MediaError(f"{given} has 0 bytes: copy or download it again")
    return Place(path.name, path=path, size=status.st_size)


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
