"""Makes a portal's task pages: the template rendered for a line, its media found, its peaks written. No HTTP."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import AvsegError, MediaError
from ..media import open_media
from ..model import Task
from .line_checks import MEDIA_KEYS
from .liquid import liquid_environment
from .manifest import Manifest
from .places import split_s3
from .portal_app import TaskPage
from .server import ServedFile
from .template import CROWD_ELEMENTS, build_template

#: Pages that are kept, so that a range of media costs no rendering, and problems that are.
_MOST_PAGES = 100
_MOST_PROBLEMS = 20
#: Seconds that a URL of S3 is good for: longer than anybody works on one task.
_SIGNED_SECONDS = 12 * 3600
_STANDIN = '<script src="/static/crowd-standin.js" data-answer-url="answer" data-told="avseg-submitted"></script>'


class TaskPages:
    """The pages of a manifest's items; media is looked at when its item is first shown.

    Parameters
    ----------
    task
        What workers are asked.
    manifest
        Where the paths in the lines start.
    line_of
        Gives an item's line by its number.
    folder
        Where peaks files are kept.
    """

    def __init__(self, task: Task, manifest: Manifest, line_of: Callable[[int], str | None], folder: Path) -> None:
        template = build_template(task, script_url="/static/worker.js", style_url="/static/avseg.css")
        self._template = liquid_environment(self._signed).from_string(template.replace(CROWD_ELEMENTS, _STANDIN))
        self._manifest, self._line_of, self._folder = manifest, line_of, folder
        self._s3: Any = None
        self._pages: OrderedDict[int, TaskPage] = OrderedDict()
        self._problems: OrderedDict[int, str] = OrderedDict()
        self._lock = threading.Lock()
        # One at a time: two workers who open the same media must not both make its peaks.
        self._making = threading.Lock()

    def problems(self) -> list[str]:
        """Return why items could not be shown, the last ones."""
        with self._lock:
            return [f"line {item + 1}: {reason}" for item, reason in self._problems.items()]

    def show(self, item: int) -> TaskPage:
        """Return an item's page.

        Raises
        ------
        AvsegError
            When there is no such item, or its media cannot be read.
        """
        with self._lock:
            page = self._pages.get(item)
            if page is not None:
                self._pages.move_to_end(item)
        return page or self._render(item)

    def _render(self, item: int) -> TaskPage:
        text = self._line_of(item)
        if text is None:
            raise AvsegError(f"there is no item {item}")
        line: dict[str, Any] = json.loads(text)
        try:
            with self._making:
                files = self._make(item, line)
        except AvsegError as error:
            with self._lock:
                self._problems[item] = str(error)
                while len(self._problems) > _MOST_PROBLEMS:
                    self._problems.popitem(last=False)
            raise
        if files:
            line = {key: value for key, value in line.items() if key not in MEDIA_KEYS}
            line |= {"source-ref": "media", "peaks-ref": "peaks"}
        page = TaskPage(self._template.render(task={"input": line}), files)
        with self._lock:
            self._problems.pop(item, None)
            if files:  # what is signed grows old
                self._pages[item] = page
                while len(self._pages) > _MOST_PAGES:
                    self._pages.popitem(last=False)
        return page

    def _make(self, item: int, line: dict[str, Any]) -> dict[str, ServedFile]:
        source = next((line[key] for key in MEDIA_KEYS if key in line), "")
        path = self._manifest.local_path(source)
        if path is None:
            return {}
        if not path.is_file():
            raise MediaError(f"there is no file {path} any more: put it back")
        media = open_media(path)
        peaks = self._folder / f"{item}.peaks"
        if not peaks.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            media.write_sidecar(peaks)
        return {
            "media": ServedFile(path, media.info().mime or "application/octet-stream"),
            "peaks": ServedFile(peaks, "application/octet-stream"),
        }

    def _signed(self, uri: str) -> str:
        """Return a URL by which a browser may read an S3 object for a while."""
        if self._s3 is None:
            import boto3  # loaded where AWS is called
            from botocore.config import Config

            self._s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
        bucket, key = split_s3(uri)
        parameters = {"Bucket": bucket, "Key": key}
        return str(self._s3.generate_presigned_url("get_object", Params=parameters, ExpiresIn=_SIGNED_SECONDS))
