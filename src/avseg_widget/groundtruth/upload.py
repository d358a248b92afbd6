"""Takes a manifest's local media, their peaks and its long pre-labels to S3. Knows no job."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..errors import ManifestError, MediaError
from ..media import Media, open_media, sidecar
from ..model import Task
from . import limits
from .line_checks import MOST_TOLD, LineChecker, LineProblem, attribute_text, media_problems, refuse
from .lines import Entry, Line, write_line
from .places import Store, replaced, split_s3

if TYPE_CHECKING:
    from .manifest import Manifest

_BLOCK_BYTES = 1024 * 1024
#: Longest part of an object's name that is made of the file's.
_NAME_CHARACTERS = 100
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@dataclass(frozen=True)
class Progress:
    """How far an upload is: items of how many, bytes of media of how many, the item's name, and objects kept."""

    item: int
    items: int
    sent: int
    total: int
    name: str
    kept: int


class Upload:
    """One run of :meth:`Manifest.upload`, which says what the parameters are."""

    def __init__(
        self,
        manifest: Manifest,
        store: Store,
        bucket: str,
        prefix: str,
        *,
        proxy: Callable[[Path], Path | Media] | None,
        allow_inexact: bool,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        prefix = prefix.strip("/")
        self._root = f"s3://{bucket}/{prefix}/" if prefix else f"s3://{bucket}/"
        self._bucket, _ = split_s3(self._root)
        self._manifest = manifest
        self._store = store
        self._proxy = proxy
        self._allow_inexact = allow_inexact
        self._progress = progress
        self._lock = threading.Lock()
        self._items = self._total = self._done = self._kept = 0

    def run(self, task: Task | None, region: str) -> str:
        """Upload everything; return the URI of the manifest."""
        there = self._store.region(self._bucket)
        if region and there != region:
            raise ManifestError(f"the bucket {self._bucket} is in {there}, and the job in {region}: choose another one")
        refuse(islice(self._check(task, region), MOST_TOLD))
        target = f"{self._root}input.manifest"
        checker = LineChecker(None, task, region, self._store.region)
        with tempfile.TemporaryDirectory(prefix="avseg-upload-") as name:
            folder = Path(name)
            with replaced(folder / "manifest") as file:
                for number, line in enumerate(self._manifest, 1):
                    sent = self._send_item(number, line, folder)
                    refuse(checker.check(Entry(number, sent)))
                    file.write(write_line(sent).encode() + b"\n")
            self._store.put(target, folder / "manifest", ContentType="application/x-jsonlines")
        return target

    def _check(self, task: Task | None, region: str) -> Iterator[LineProblem]:
        """Find what would stop the upload half-way, and add up what there is to do."""
        checker = LineChecker(
            lambda media: self._manifest.local_path(media) or Path(media), task, region, self._store.region
        )
        for entry in self._manifest.entries():
            self._items = entry.number
            yield from _unless_moved(checker.check(entry), entry.value)
            path = self._manifest.media_path(entry.value) if entry.value is not None else None
            if path is not None:
                self._total += path.stat().st_size
                for kind, message in [] if self._proxy else self._reasons(path):
                    yield LineProblem(entry.number, kind, message)
        yield from checker.check_count(self._items)

    def _reasons(self, path: Path) -> list[tuple[str, str]]:
        found = media_problems(path)
        return [(kind, message) for kind, message in found if kind != "inexact" or not self._allow_inexact]

    def _send_item(self, number: int, line: Line, folder: Path) -> Line:
        path = self._manifest.media_path(line)
        if path is not None:
            size = path.stat().st_size
            media = self._playable(number, path)
            tell = partial(self._tell, number, path.name, size)
            uri = self._send_media(media, tell)
            peaks = line.get("peaks-ref") or self._send_peaks(media, uri, folder)
            # In their old place, so that the order of the attributes stays.
            line = {("source-ref" if key == "source" else key): value for key, value in line.items()}
            line = {**line, "source-ref": uri, "peaks-ref": peaks}
            self._done += size
        if _is_long(line):
            text = write_line({"": line["annotations"]})[4:-1].encode()
            digest = sha256(text).hexdigest()
            uri = f"{self._root}annotations/{digest[:32]}.json"
            self._send(uri, text, len(text), digest, ContentType="application/json")
            line = {key: value for key, value in line.items() if key != "annotations"}
            line["annotations-ref"] = uri
        self._tell(number, str(line.get("source-ref", "")).rpartition("/")[2], 0, 0)
        return line

    def _playable(self, number: int, path: Path) -> Media:
        """Return what to upload: the media itself, or what the proxy makes of it."""
        if self._proxy is None or not self._reasons(path):
            return open_media(path)
        made = open_media(self._proxy(path))
        reasons = self._reasons(made.path) if made.path is not None else [("unplayable", "it is no file")]
        refuse(LineProblem(number, kind, f"the proxy of {path.name}: {message}") for kind, message in reasons)
        return made

    def _send_media(self, media: Media, tell: Callable[[int], None]) -> str:
        path = cast("Path", media.path)
        digest, size = _digest(path)
        uri = f"{self._root}media/{digest[:32]}-{_safe_name(path.name)}"
        mime = media.info().mime or "application/octet-stream"
        self._send(uri, path, size, digest, ContentType=mime, progress=_Sum(tell))
        return uri

    def _send_peaks(self, media: Media, uri: str, folder: Path) -> str:
        """Upload the peaks of media; they are computed only where they are not there yet."""
        target = f"{uri}.peaks"
        version = str(sidecar.VERSION)
        there = self._store.head(target)
        if there is not None and there["Metadata"].get("version") == version:
            return target
        peaks = folder / "peaks"
        try:
            media.write_sidecar(peaks)
        except MediaError as error:
            raise ManifestError(f"there are no peaks of {media.info().name}: {error}") from None
        self._store.put(target, peaks, ContentType="application/octet-stream", Metadata={"version": version})
        return target

    def _send(self, uri: str, data: bytes | Path, size: int, digest: str, **extra: Any) -> None:
        """Upload an object unless it is there with this size and checksum."""
        there = self._store.head(uri)
        if there is not None and there["ContentLength"] == size and there["Metadata"].get("sha256") == digest:
            self._kept += 1
        else:
            self._store.put(uri, data, Metadata={"sha256": digest}, **extra)

    def _tell(self, number: int, name: str, size: int, sent: int) -> None:
        """Report; of a proxy more bytes may go than the media has."""
        if self._progress is not None:
            with self._lock:
                done = self._done + min(sent, size)
                self._progress(Progress(number, self._items, done, self._total, name, self._kept))


class _Sum:
    """Adds up the bytes of one upload, whose parts go at the same time."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._sent = 0

    def __call__(self, count: int) -> None:
        with self._lock:
            self._sent += count
            self._tell(self._sent)


def _unless_moved(problems: Iterable[LineProblem], line: Line | None) -> Iterator[LineProblem]:
    """Leave out that a line is too long where its annotations will be moved out of it: then it is looked at again."""
    is_moved = line is not None and _is_long(line)
    for problem in problems:
        is_of_length = problem.kind == "line" or (problem.kind, problem.attribute) == ("attribute", "annotations")
        if not (is_moved and is_of_length):
            yield problem


def _is_long(line: Line) -> bool:
    """Tell whether a line's annotations do not fit in it."""
    if "annotations" not in line:
        return False
    try:
        text = write_line(line)
    except ManifestError:
        return False  # told by the line's check
    return bool(
        limits.ATTRIBUTE_CHARACTERS.problem(attribute_text(line["annotations"]))
        or limits.LINE_CHARACTERS.problem(text)
        or limits.LINE_BYTES.problem(text.encode("utf-8", "surrogatepass"))
    )


def _digest(path: Path) -> tuple[str, int]:
    """Return the SHA-256 and the size of a file, from one reading of it."""
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def _safe_name(name: str) -> str:
    """Return a name that means the same in a key, a URL and a shell.

    >>> _safe_name("Anruf #3 (1).wav")
    'Anruf__3__1_.wav'
    """
    return "".join(letter if letter in _SAFE else "_" for letter in name)[-_NAME_CHARACTERS:]
