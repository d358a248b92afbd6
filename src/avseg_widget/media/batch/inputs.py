"""Find the files that a command names: paths, folders, globs, lists. Knows no media and opens none."""

from __future__ import annotations

import codecs
import glob
import hashlib
import mimetypes
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import urlsplit, urlunsplit

from ...errors import MediaError
from .manifest import begun_in

#: Media by name, beside what ``mimetypes`` knows: a folder holds other files as well.
_SUFFIXES = {
    ".3gp", ".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".au", ".avi", ".awb", ".caf", ".dts", ".f4v",
    ".flac", ".flv", ".m2t", ".m2ts", ".m4a", ".m4b", ".m4v", ".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpg",
    ".mts", ".mxf", ".oga", ".ogg", ".ogv", ".opus", ".rf64", ".snd", ".sph", ".spx", ".ts", ".tta", ".vob", ".w64",
    ".wav", ".weba", ".webm", ".wma", ".wmv", ".wv",
}  # fmt: skip
#: What the names of a task's outputs may end with.
SUFFIXES = {"peaks": (".peaks",), "proxy": (".flac", ".m4a", ".opus", ".mp4")}
#: Most bytes that a file's name may have on the usual file systems.
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Found:
    """One input: its absolute path or URL, and the name below the output folder that stands for it."""

    source: str
    name: str


class Outputs:
    """The files that earlier runs put into an output folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = {
            folder / fitting(name, suffix) for task, name in begun_in(folder) for suffix in SUFFIXES.get(task, ())
        }

    def __contains__(self, path: Path) -> bool:
        return path in self._files


def collect(
    given: Iterable[str | os.PathLike[str]], out: str | os.PathLike[str] | None = None, *, apart: bool = True
) -> list[Found]:
    """Find the inputs, each once, in the order given and folders by name.

    Parameters
    ----------
    given
        Files, folders (searched through for what is named like media), globs, URLs, ``@list`` (a file with one of
        these in a line, or with NUL between them) and ``-`` (such a list on standard input). A name that stands for
        several is taken as the file that is really called so.
    out
        The folder of the outputs; what was put there by the same command is no input when a folder is searched.
    apart
        Refuse inputs that would have one output. Without outputs the second of one name is named by its whole path.

    Raises
    ------
    MediaError
        when no name stands for anything, or two inputs would have one output. Where others are there, what is not is an
        input like them, and fails by itself.
    """
    outputs = None if out is None else Outputs(Path(out).absolute())
    found: dict[str, Found] = {}
    names: dict[str, str] = {}
    lost: dict[str, str] = {}
    for text in given:
        for item in _expanded(os.fspath(text), outputs, lost):
            if item.source in found:
                continue
            key = os.path.normcase(item.name)
            if key in names and not apart:
                item = Found(item.source, without_secrets(item.source))  # noqa: PLW2901 - its name is another's
            elif key in names:
                raise MediaError(
                    f"{names[key]!r} and {without_secrets(item.source)!r} would have the same output, {item.name!r}: "
                    "give the folder that holds both, give relative paths, or take one output folder for each"
                )
            found[item.source], names[key] = item, without_secrets(item.source)
    if lost and lost.keys() == found.keys():
        raise MediaError(next(iter(lost.values())))
    return list(found.values())


def _expanded(text: str, outputs: Outputs | None, lost: dict[str, str], *, listed: bool = False) -> Iterator[Found]:
    """Find what a name stands for; where that is nothing, note why in ``lost``, by the source that fails."""
    if "://" in text:
        yield Found(text, text.split("?", maxsplit=1)[0].rstrip("/").rpartition("/")[2] or "media")
    elif os.path.isdir(text):  # noqa: PTH112 - Path would take the dot of "./-" away
        yield from _below(Path(text), outputs)
    elif os.path.lexists(text):
        yield _file(text)
    elif not listed and (text == "-" or text.startswith("@")):
        for line in _lines(text):
            yield from _expanded(line, outputs, lost, listed=True)
    elif matches := sorted(glob.glob(text, recursive=True)):  # noqa: PTH207 - of any root
        for match in matches:
            if os.path.isfile(match):  # noqa: PTH113
                yield _file(match)
    else:
        what, check = (
            ("nothing is called like", "pattern") if glob.has_magic(text) else ("there is no file or folder", "path")
        )
        item = _file(text)
        lost[item.source] = f"{what} {text!r} (from folder {Path.cwd()}): check the {check}"
        yield item


def _file(text: str) -> Found:
    """Name a file by its relative path, when it has one that leads nowhere up, or else by its last part."""
    path = PurePath(text)
    is_below = not path.is_absolute() and ".." not in path.parts
    return Found(os.path.abspath(text), str(path) if is_below else path.name)  # noqa: PTH100 - keeps links


def _below(folder: Path, outputs: Outputs | None) -> Iterator[Found]:
    root = Path(os.path.abspath(folder))  # noqa: PTH100 - keeps links
    skipped = outputs.folder if outputs is not None and outputs.folder != root else None
    for where, folders, files in os.walk(root):
        here = Path(where)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and here / name != skipped)
        for name in sorted(files):
            path = here / name
            if name.startswith(".") or not _is_named_like_media(name) or (outputs is not None and path in outputs):
                continue
            # What a link leads to may not have been fetched: it fails by itself, and is not missed.
            if path.is_file() or path.is_symlink():
                yield Found(str(path), str(path.relative_to(root)))


def _is_named_like_media(name: str) -> bool:
    suffix = PurePath(name).suffix.lower()
    kind = mimetypes.guess_type(f"x{suffix}")[0] or ""
    return suffix in _SUFFIXES or kind.startswith(("audio/", "video/"))


def _lines(text: str) -> list[str]:
    if text == "-":
        data = sys.stdin.buffer.read()
    else:
        try:
            data = Path(text[1:]).read_bytes()
        except OSError as error:
            raise MediaError(f"the list {text[1:]!r} cannot be read ({error.strerror}): check its path") from None
    # Editors of Windows put this mark before a text.
    data = data.removeprefix(codecs.BOM_UTF8)
    parts = data.split(b"\0") if b"\0" in data else data.splitlines()
    return [os.fsdecode(part) for part in parts if part]


def without_secrets(source: str) -> str:
    """Leave out of a URL what may be a password or a signature.

    >>> without_secrets("https://me:secret@host/a.mp3?signature=x")
    'https://host/a.mp3'
    """
    if "://" not in source:
        return source
    parts = urlsplit(source)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def fitting(name: str, suffix: str) -> str:
    """Put a suffix to a path, whose last part is shortened where a file system could not hold it.

    >>> fitting("calls/a.mp3", ".flac")
    'calls/a.mp3.flac'
    """
    folder, last = os.path.split(name)
    if len(os.fsencode(last + suffix)) <= _LONGEST_NAME:
        return name + suffix
    mark = f"~{hashlib.blake2b(os.fsencode(last), digest_size=6).hexdigest()}"
    room = _LONGEST_NAME - len(os.fsencode(mark + suffix))
    return os.path.join(folder, os.fsencode(last)[:room].decode(errors="ignore") + mark + suffix)  # noqa: PTH118
