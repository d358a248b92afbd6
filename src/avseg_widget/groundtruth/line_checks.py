"""Checks the lines of a manifest against what Ground Truth and this package's page take. Reads no file of lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ..errors import AnswerError, ManifestError, MediaError
from ..formats.answer import read_answer
from ..media import open_media
from ..media.browser import is_refusal
from ..model import Task
from . import limits
from .lines import Entry, Line, write_line
from .places import NotThereError, is_s3, split_s3

#: The attributes that say where an item's media is.
MEDIA_KEYS = ("source-ref", "source")
#: The attributes that say where more of an item lies.
REF_KEYS = ("peaks-ref", "annotations-ref")

#: Problems named in an error.
MOST_TOLD = 5

_URL = re.compile(r"https?://[^/?#\s]+\S*")


@dataclass(frozen=True)
class LineProblem:
    """Something wrong with a line of a manifest.

    ``line`` is its number from 1, 0 for the manifest as a whole; ``kind`` is one of ``"json"``, ``"text"``,
    ``"media"``, ``"reference"``, ``"name"``, ``"attribute"``, ``"line"``, ``"duplicate"``, ``"count"``,
    ``"annotations"``, ``"region"``, ``"unplayable"`` and ``"inexact"``; ``attribute`` is empty for the line as a whole.

    >>> print(LineProblem(3, "media", "source-ref must be an s3:// URI, not 'a.wav'", "source-ref"))
    line 3: source-ref must be an s3:// URI, not 'a.wav'
    """

    line: int
    kind: str
    message: str
    attribute: str = ""

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class LineChecker:
    """Checks the lines of one manifest, which are given in their order.

    Parameters
    ----------
    path_of
        Finds the local file that a line's media names, or None where files of this machine are of no use.
    task
        When given, the annotations that lines start from must fit it.
    region, region_of
        The job's region, and what finds the region of a bucket; without a region buckets are not asked for.
    """

    def __init__(
        self,
        path_of: Callable[[str], Path] | None,
        task: Task | None,
        region: str,
        region_of: Callable[[str], str],
    ) -> None:
        self._path_of = path_of
        self._task = task
        self._region = region
        self._region_of = region_of
        self._regions: dict[str, str] = {}
        #: The line of each media. Digests, as names may be long; no more than a manifest may hold.
        self._seen: dict[bytes, int] = {}

    def check(self, entry: Entry) -> Iterator[LineProblem]:
        """Yield what is wrong with a line."""
        if entry.problem:
            yield LineProblem(entry.number, "json", f"the line {entry.problem}")
        if entry.value is None:
            return
        found = [
            *self._media(entry.value),
            *self._references(entry.value),
            *_sizes(entry.value),
            *self._annotations(entry.value),
            *self._duplicate(entry.number, entry.value),
        ]
        for kind, message, attribute in found:
            yield LineProblem(entry.number, kind, message, attribute)

    def check_count(self, count: int) -> Iterator[LineProblem]:
        """Yield what is wrong with the number of lines."""
        if message := limits.ITEMS.problem(count):
            yield LineProblem(0 if not count else limits.ITEMS.maximum or 0, "count", message)

    def _media(self, line: Line) -> Iterator[tuple[str, str, str]]:
        keys = [key for key in MEDIA_KEYS if key in line]
        if len(keys) != 1:
            what = "both source-ref and source" if keys else "neither source-ref nor source"
            yield "media", f"the line has {what}; it needs one of them, which says where the media is", ""
            return
        key, media = keys[0], line[keys[0]]
        if not isinstance(media, str) or not media.strip():
            yield "media", f"{key} must say where the media is, not {media!r:.80}", key
        elif is_s3(media):
            yield from self._uri(key, media, "media")
        elif self._path_of is not None and not _URL.fullmatch(media):
            if not self._path_of(media).is_file():
                yield "media", f"{key}: there is no file {media!r:.200}", key
        elif key == "source-ref":
            yield "media", f"source-ref must be an s3:// URI, not {media!r:.200}: upload the manifest's media", key
        elif not _URL.fullmatch(media):
            yield "media", f"source must be an s3:// URI or an http(s) URL, not {media!r:.200}", key

    def _references(self, line: Line) -> Iterator[tuple[str, str, str]]:
        for key in REF_KEYS:
            where = line.get(key, "")
            if is_s3(where):
                yield from self._uri(key, where, "reference")
            elif where != "" and not (isinstance(where, str) and _URL.fullmatch(where)):
                yield "reference", f"{key} must be an s3:// URI or an http(s) URL, not {where!r:.200}", key

    def _uri(self, key: str, uri: str, kind: str) -> Iterator[tuple[str, str, str]]:
        try:
            bucket, _ = split_s3(uri)
            message = limits.S3_URI.problem(uri)
        except ManifestError as error:
            message = str(error)
        if message:
            yield kind, f"{key}: {message}", key
        elif self._region and self._bucket_region(bucket) != self._region:
            there = self._bucket_region(bucket)
            yield "region", f"{key}: the bucket {bucket} is in {there}, and the job in {self._region}", key

    def _bucket_region(self, bucket: str) -> str:
        if bucket not in self._regions:
            try:
                self._regions[bucket] = self._region_of(bucket)
            except NotThereError:
                self._regions[bucket] = "no region, as there is no such bucket"
        return self._regions[bucket]

    def _annotations(self, line: Line) -> Iterator[tuple[str, str, str]]:
        if self._task is not None and line.get("annotations"):
            try:
                read_answer({"annotations": line["annotations"]}, self._task)
            except AnswerError as error:
                yield "annotations", str(error), "annotations"

    def _duplicate(self, number: int, line: Line) -> Iterator[tuple[str, str, str]]:
        media = next((line[key] for key in MEDIA_KEYS if key in line), None)
        if not isinstance(media, str) or (limits.ITEMS.maximum and len(self._seen) >= limits.ITEMS.maximum):
            return
        digest = blake2b(media.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        first = self._seen.setdefault(digest, number)
        if first != number:
            yield "duplicate", f"the media is that of line {first} too: {media!r:.200}", ""


def _sizes(line: Line) -> Iterator[tuple[str, str, str]]:
    for name, value in line.items():
        if limits.ATTRIBUTE_NAME.problem(name):
            yield "name", f"the attribute's name {name!r:.80} must not be empty or begin with $", name
        if message := limits.ATTRIBUTE_CHARACTERS.problem(attribute_text(value)):
            yield "attribute", f"{name!r:.80}: {message}: put it in S3 and refer to it", name
    try:
        text = write_line(line)
    except ManifestError as error:
        yield "json", str(error), ""
        return
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        yield "text", f"the line holds half a character, {text[error.start]!r}, which UTF-8 cannot", ""
        return
    if message := limits.LINE_CHARACTERS.problem(text) or limits.LINE_BYTES.problem(data):
        yield "line", f"{message}: put what is long in S3 and refer to it", ""


def attribute_text(value: Any) -> str:
    """Return what of an attribute counts: a text's characters, or a value's JSON."""
    if isinstance(value, str):
        return value
    try:
        return write_line({"": value})[4:-1]
    except ManifestError:
        return ""  # told of the whole line


def media_problems(path: Path) -> list[tuple[str, str]]:
    """Return why annotators cannot work with a file: the kind of each problem, and it in words."""
    try:
        info = open_media(path).info()
    except MediaError as error:
        return [("unplayable", str(error))]
    except UnicodeError:
        return [("unplayable", f"{path.name!r}: the name is not UTF-8: rename the file")]
    refused = [("unplayable", f"{path.name}: {text}") for text in info.hindrances if is_refusal(text)]
    if refused or info.exact:
        return refused
    return [("inexact", f"{path.name}: {' '.join(info.hindrances)}")]


def refuse(found: Iterable[LineProblem]) -> None:
    """Raise a ManifestError when there are problems."""
    problems = list(found)
    if problems:
        shown = "; ".join(map(str, problems[:MOST_TOLD]))
        more = " ..." if len(problems) >= MOST_TOLD else ""
        raise ManifestError(f"the manifest cannot be used: {shown}{more}", problems)
