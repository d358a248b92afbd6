"""A manifest: the items of a job, one JSON object a line, streamed. Knows no task page and no job."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ManifestError
from ..model import Task
from .line_checks import MEDIA_KEYS, MOST_TOLD, LineChecker, LineProblem, media_problems, refuse
from .lines import Entry, Line, read_entries, records, write_line
from .places import Store, Where, is_s3, replaced

if TYPE_CHECKING:
    from ..media import Media
    from .upload import Progress

#: What of a folder is taken for media.
MEDIA_SUFFIXES = frozenset(
    {".3gp", ".aac", ".aif", ".aiff", ".avi", ".flac", ".m4a", ".m4v", ".mkv", ".mov", ".mp3", ".mp4", ".mpeg", ".mpg"}
    | {".oga", ".ogg", ".ogv", ".opus", ".wav", ".weba", ".webm", ".wma", ".wmv"}
)

#: More attributes of each item: the same for all, or made of where its media is.
Metadata = Mapping[str, Any] | Callable[[str], Mapping[str, Any]]


class Manifest:
    """The items of a labeling job: each says where its media is, and may say more.

    It is read anew each time it is gone through, and never held in memory as a whole.

    Parameters
    ----------
    lines
        Dicts, a DataFrame, or a function that gives dicts. Values of numpy and pandas become plain ones; missing ones
        of a DataFrame are left out.
    media
        The key or column that says where the media is; it becomes ``source-ref``.

    Examples
    --------
    >>> manifest = Manifest([{"source-ref": "s3://bucket/a.wav", "speaker": "Ann"}, {"source-ref": "a.wav"}])
    >>> [str(problem) for problem in manifest.problems()]
    ["line 2: source-ref must be an s3:// URI, not 'a.wav': upload the manifest's media"]

    Raises
    ------
    ManifestError
        When ``lines`` is something else, or an iterator, which can be read only once.
    """

    def __init__(self, lines: Any, *, media: str = "source-ref") -> None:
        make = records(lines, media)
        self._entries: Callable[[], Iterator[Entry]] = lambda: _numbered(make())
        self._folder = Path.cwd()
        self._store = Store()
        #: Where the manifest was read from; empty for one made here.
        self.place = ""

    @classmethod
    def read(cls, where: Where, *, client: Any = None) -> Manifest:
        """Read a manifest from a local path or an ``s3://`` URI; ``client`` is a boto3 client of S3.

        Nothing is read before it is gone through. Relative paths of media are seen from the manifest's folder.
        """
        manifest = cls([])
        manifest._store = Store(client)
        manifest.place = str(where) if is_s3(where) else str(Path(where).absolute())
        manifest._entries = manifest._read_entries
        if not is_s3(where):
            manifest._folder = Path(where).absolute().parent
        return manifest

    @classmethod
    def from_files(cls, *places: str | os.PathLike[str], metadata: Metadata | None = None) -> Manifest:
        """List files, and the media in folders and the folders in them, by name.

        Hidden files are left out, and proxies, ``call.proxy.flac``, that lie beside their media.

        Raises
        ------
        ManifestError
            When a place is not there.
        """
        paths = [Path(place).expanduser().absolute() for place in places]
        if missing := next((path for path in paths if not path.exists()), None):
            raise ManifestError(f"there is no file or folder {missing}: check the path")
        return cls(lambda: (_item(str(path), metadata) for place in paths for path in _media_in(place)))

    @classmethod
    def from_s3(cls, uri: str, *, metadata: Metadata | None = None, client: Any = None) -> Manifest:
        """List the media whose URIs start with an S3 URI such as ``s3://bucket/calls/``."""
        store = Store(client)
        manifest = cls(
            lambda: (_item(media, metadata) for media, size in store.objects(uri) if size and _is_media(media))
        )
        manifest._store = store
        return manifest

    def __iter__(self) -> Iterator[Line]:
        """Yield the items as dicts.

        Raises
        ------
        ManifestError
            At a line that cannot be read, with its number; see :meth:`problems` for all of them.
        """
        for entry in self._entries():
            if entry.value is None:
                raise ManifestError(f"{self.place or 'the manifest'}, line {entry.number} {entry.problem}")
            yield entry.value

    def entries(self) -> Iterator[Entry]:
        """Yield every line with its number, those that cannot be read too."""
        return self._entries()

    def local_path(self, media: str) -> Path | None:
        """Return the path of an item's media on this machine, None for one behind ``s3://``, ``http://`` and so on."""
        return None if "://" in media[:16] or "\0" in media else self._folder / Path(media).expanduser()

    def problems(
        self, *, task: Task | None = None, region: str = "", local: bool = False, media: bool = False
    ) -> Iterator[LineProblem]:
        """Yield what is wrong with the lines, in their order.

        Parameters
        ----------
        task
            When given, the annotations that items start from must fit it.
        region
            The region of the job, such as ``"eu-west-1"``; the buckets of the media must be in it. S3 is asked once
            for each bucket.
        local
            Whether media may be files of this machine, as a portal here serves them.
        media
            Whether such files are opened, to find what browsers do not play or do not seek exactly: slow.

        Raises
        ------
        ManifestError
            When the manifest itself, or S3, cannot be read.
        """
        checker = LineChecker(self._existing_path if local else None, task, region, self._store.region)
        count = 0
        for entry in self._entries():
            count = entry.number
            yield from checker.check(entry)
            if media and entry.value is not None and (path := self.media_path(entry.value)):
                for kind, message in media_problems(path):
                    yield LineProblem(entry.number, kind, message)
        yield from checker.check_count(count)

    def write(
        self, path: str | os.PathLike[str], *, task: Task | None = None, region: str = "", local: bool = False
    ) -> Path:
        """Write the manifest to a file, which appears as a whole or not at all; see :meth:`problems` for the rest.

        Raises
        ------
        ManifestError
            When a line has a problem; its ``problems`` are the first ones.
        """
        target = Path(path).absolute()
        checker = LineChecker(self._existing_path if local else None, task, region, self._store.region)
        found: list[LineProblem] = []
        count = 0
        try:
            with replaced(target) as file:
                for entry in self._entries():
                    count = entry.number
                    found += checker.check(entry)
                    if not found and entry.value is not None:
                        file.write(write_line(entry.value).encode() + b"\n")
                    elif len(found) >= MOST_TOLD:
                        break
                refuse(found + list(checker.check_count(count)))
        except OSError as error:
            raise ManifestError(f"{target} cannot be written ({error.strerror or error})") from None
        return target

    def upload(
        self,
        bucket: str,
        prefix: str,
        *,
        proxy: Callable[[Path], Path | Media] | None = None,
        allow_inexact: bool = False,
        task: Task | None = None,
        region: str = "",
        progress: Callable[[Progress], None] | None = None,
        client: Any = None,
    ) -> Manifest:
        """Upload local media with their peaks files, long pre-labels, and the manifest itself; return that one.

        Everything is checked before anything is uploaded. An object that is there with the same size and checksum is
        not sent again, so an upload that broke off goes on where it was. Files are named by their content, so none of
        another job's is ever replaced.

        Parameters
        ----------
        bucket, prefix
            Where to: ``s3://bucket/prefix/media/...`` and so on, the manifest as ``prefix/input.manifest``.
        proxy
            Makes, of media that browsers do not play or do not seek exactly, a file that they do, such as
            :func:`avseg_widget.media.make_proxy`; such media is refused without it.
        allow_inexact
            Whether media that browsers do not seek exactly is uploaded as it is.
        task, region
            See :meth:`problems`.
        progress
            Called with a :class:`~avseg_widget.groundtruth.upload.Progress`, from several threads but one at a time.
        client
            A boto3 client of S3.

        Raises
        ------
        ManifestError
            When lines or media have problems, or S3 refuses.
        """
        from .upload import Upload

        store = Store(client) if client is not None else self._store
        run = Upload(self, store, bucket, prefix, proxy=proxy, allow_inexact=allow_inexact, progress=progress)
        return Manifest.read(run.run(task, region), client=store.client)

    def media_path(self, line: Line) -> Path | None:
        """Return the file of this machine that an item's media is, None when it is none."""
        media = next((line[key] for key in MEDIA_KEYS if key in line), None)
        path = self.local_path(media) if isinstance(media, str) and media else None
        return path if path is not None and path.is_file() else None

    def _existing_path(self, media: str) -> Path:
        return self.local_path(media) or Path(os.devnull)

    def _read_entries(self) -> Iterator[Entry]:
        with self._store.open(self.place) as file:
            yield from read_entries(file)


def _numbered(lines: Iterator[Line]) -> Iterator[Entry]:
    return (Entry(number, line) for number, line in enumerate(lines, 1))


def _item(media: str, metadata: Metadata | None) -> Line:
    more = metadata(media) if callable(metadata) else metadata or {}
    return {"source-ref": media, **more}


def _is_media(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in MEDIA_SUFFIXES  # noqa: PTH122  # a URI is no path


def _media_in(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    for folder, folders, files in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if _is_media(name) and not name.startswith(".") and not Path(name).stem.endswith(".proxy"):
                yield Path(folder, name)
