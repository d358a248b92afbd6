"""Makes a portal's task pages: the template rendered for a line, its media found, its peaks written. No HTTP."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..errors import AvsegError, MediaError
from ..media import open_media
from ..model import Task
from .liquid import liquid_environment
from .portal_app import TaskPage
from .server import ServedFile
from .template import CROWD_ELEMENTS, build_template

#: Rendered pages that are kept.
_MOST_PAGES = 200
_STANDIN = '<script src="/static/crowd-standin.js" data-answer-url="answer" data-told="avseg-submitted"></script>'


class TaskPages:
    """The pages of a manifest's items; media is looked at when its item is first shown.

    Parameters
    ----------
    task
        What workers are asked.
    line_of
        Gives an item's line by its number.
    root
        The folder that paths in the manifest start from.
    folder
        Where peaks files are kept.
    """

    def __init__(self, task: Task, line_of: Callable[[int], str | None], root: Path, folder: Path) -> None:
        template = build_template(task, script_url="/static/worker.js", style_url="/static/avseg.css")
        self._template = liquid_environment(_signed).from_string(template.replace(CROWD_ELEMENTS, _STANDIN))
        self._line_of, self._root, self._folder = line_of, root, folder
        self._pages: OrderedDict[int, TaskPage] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[int, threading.Lock] = {}

    def show(self, item: int) -> TaskPage:
        """Return an item's page.

        Raises
        ------
        AvsegError
            When there is no such item, or its media cannot be read.
        """
        with self._lock:
            lock = self._making.setdefault(item, threading.Lock())
        with lock:
            with self._lock:
                page = self._pages.get(item)
            if page is None:
                page = self._make(item)
            with self._lock:
                self._pages[item] = page
                self._pages.move_to_end(item)
                while len(self._pages) > _MOST_PAGES:
                    self._pages.popitem(last=False)
        return page

    def _make(self, item: int) -> TaskPage:
        text = self._line_of(item)
        if text is None:
            raise AvsegError(f"there is no item {item}")
        line: dict[str, Any] = json.loads(text)
        source = str(line.get("source-ref") or line.get("source") or "")
        path = local_path(source, self._root)
        if path is None:
            return TaskPage(self._template.render(task={"input": line}), {})
        media = open_media(path)
        if not media.info().exact:
            reason = media.info().warnings[-1] if media.info().warnings else "browsers do not seek it exactly"
            raise MediaError(f"item {item}, {path.name}: {reason}")
        peaks = self._folder / f"{item}.peaks"
        if not peaks.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            media.write_sidecar(peaks)
        shown = {**line, "source-ref": "media", "peaks-ref": "peaks"}
        files = {
            "media": ServedFile(path, media.info().mime or "application/octet-stream"),
            "peaks": ServedFile(peaks, "application/octet-stream"),
        }
        return TaskPage(self._template.render(task={"input": shown}), files)


def local_path(source: str, root: Path) -> Path | None:
    """Return the file that a line's source names, None for a URL of a server or an object in S3.

    >>> local_path("a/b c.wav", Path("/data")).as_posix()
    '/data/a/b c.wav'
    >>> local_path("s3://bucket/key", Path("/data")) is None
    True
    """
    parts = urlsplit(source)
    if parts.scheme in {"http", "https", "s3"}:
        return None
    return root / (unquote(parts.path) if parts.scheme == "file" else source)


def _signed(uri: str) -> str:
    """Return a URL by which a browser may read an S3 object for a while."""
    import boto3  # loaded where AWS is called

    parts = urlsplit(uri)
    parameters = {"Bucket": parts.netloc, "Key": parts.path.lstrip("/")}
    return str(boto3.client("s3").generate_presigned_url("get_object", Params=parameters, ExpiresIn=12 * 3600))
