"""Which media a user named for a queue: files, patterns, lists, rows of metadata. Opens none, and knows no store."""

from __future__ import annotations

import glob
import mimetypes
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..errors import AvsegError, QueueError

#: What a row of metadata calls the media and the item.
_MEDIA, _ITEM = "media", "item"
#: Endings of media that Python's table of types may lack.
_MORE_SUFFIXES = {".flac", ".m4a", ".mkv", ".mka", ".ogg", ".oga", ".opus", ".webm", ".wma", ".amr", ".ogv"}
_WILD = set("*?[")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be labeled: the media, the name that the store keeps it under, and what else is known of it."""

    item: str
    media: Any
    details: dict[str, str] = {}


def read_entries(media: Any, name: Callable[[Any], str]) -> list[Entry]:
    """Return the entries that a user named.

    Parameters
    ----------
    media
        A folder, a pattern such as ``"calls/*.wav"``, a list of media, a dict of media by item, or rows with a key
        ``"media"``, one ``"item"`` if wanted, and what else is known (a pandas DataFrame, too).
    name
        Gives the item of media that was not named.

    Raises
    ------
    QueueError
        When there is nothing to label, a row has no media, or two entries are one item.
    """
    entries = [_entry(given, name, place) for place, given in enumerate(_list(media))]
    if not entries:
        raise QueueError(f"there is nothing to label: {_shown(media)} names no audio or video")
    places: dict[str, int] = {}
    for place, entry in enumerate(entries):
        if entry.item in places:
            raise QueueError(
                f"media[{place}] is the item {entry.item!r}, as media[{places[entry.item]}] is: take one of them out, "
                f'or name them, {{"name": media}}'
            )
        places[entry.item] = place
    return entries


def _list(media: Any) -> Iterable[Any]:
    if hasattr(media, "to_dict") and hasattr(media, "columns"):
        rows: Iterable[Any] = media.to_dict("records")
        return rows
    if isinstance(media, Mapping):
        return [{_MEDIA: value, _ITEM: item} for item, value in media.items()]
    if isinstance(media, (str, os.PathLike)):
        return _files(media)
    if isinstance(media, (bytes, tuple)) or not isinstance(media, Iterable):
        raise QueueError(
            'media of a queue is a folder, a pattern such as "calls/*.wav", a list, a dict of media by item, or rows '
            f"with their media, not {_shown(media)}"
        )
    return media


def _files(media: str | os.PathLike[str]) -> list[Any]:
    text = os.fspath(media)
    path = Path(text).expanduser()
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if is_media(file) and not _hidden(file, path))
    if "://" not in text and not path.exists() and _WILD & set(text):
        return [Path(file) for file in sorted(glob.glob(str(path), recursive=True)) if not Path(file).is_dir()]  # noqa: PTH207 - a pattern may be absolute
    return [media]


def is_media(path: Path) -> bool:
    """Whether a file is audio or video by the end of its name."""
    kind = mimetypes.guess_type(path.name)[0] or ""
    return path.suffix.lower() in _MORE_SUFFIXES or kind.startswith(("audio/", "video/"))


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _entry(given: Any, name: Callable[[Any], str], place: int) -> Entry:
    if not isinstance(given, Mapping):
        return Entry(item=_named(given, name, place), media=given)
    if given.get(_MEDIA) is None:
        raise QueueError(f'media[{place}] has no "media": a row is {{"media": "call.wav", ...}}, not {_shown(given)}')
    item = given.get(_ITEM)
    if item is not None and not (isinstance(item, (str, int)) and str(item).strip()):
        raise QueueError(f"media[{place}]: an item is named by a text, not {item!r}")
    details = {str(key): str(value) for key, value in given.items() if key not in {_MEDIA, _ITEM} and value is not None}
    named = _named(given[_MEDIA], name, place) if item is None else str(item)
    return Entry(item=named, media=given[_MEDIA], details=details)


def _named(media: Any, name: Callable[[Any], str], place: int) -> str:
    try:
        return name(media)
    except AvsegError:  # no media at all: an item that will say so
        return f"item {place + 1}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
