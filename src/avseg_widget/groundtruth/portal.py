"""A portal on this machine that gives a manifest's items to workers, as Ground Truth would, and keeps their answers."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..errors import AvsegError
from ..model import Task
from .portal_state import PortalState, Progress, Worker

if TYPE_CHECKING:
    from typing_extensions import Self

_STATIC = Path(__file__).parent.parent / "static"
_BUNDLE = ("worker.js", "avseg.css", "crowd-standin.js", "portal.js", "portal.css")


class Portal:
    """A worker portal for one manifest; serves from its making until it is closed.

    Parameters
    ----------
    task
        What workers are asked.
    manifest
        A manifest's path, or its lines as dicts. ``source-ref`` or ``source`` names the media: a path (from the
        manifest's folder), an http(s) URL, or an ``s3://`` URI that this machine's credentials can read.
    out
        The folder of the results and of the portal's own state; a portal that is opened on it again goes on.
    workers
        How many workers answer each item.
    time_limit
        Seconds that a worker may hold an item before it may go to somebody else.
    host, port
        Where to listen, by default on this machine only and a free port.

    Raises
    ------
    AvsegError
        When the extra ``portal`` is not installed, the bundle is not built, the manifest cannot be read, or the
        folder holds the work on another one.

    Examples
    --------
    >>> portal = Portal(task, "manifest.jsonl", "results", workers=2)  # doctest: +SKIP
    >>> portal.invite("Ada")  # doctest: +SKIP
    'http://127.0.0.1:41234/w/…/'
    """

    def __init__(
        self,
        task: Task,
        manifest: str | Path | Iterable[Mapping[str, Any]],
        out: str | Path,
        *,
        workers: int = 1,
        time_limit: float = 3600.0,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        try:
            from .loopback import LoopbackServer
            from .portal_app import PortalApp
            from .portal_pages import TaskPages
        except ImportError as error:
            raise AvsegError(f'the portal needs {error.name}: pip install "avseg-widget[portal]"') from None
        missing = [name for name in _BUNDLE if not (_STATIC / name).is_file()]
        if missing:
            raise AvsegError(f"the bundle is not built ({', '.join(missing)} missing in {_STATIC}): run `make build`")
        if workers < 1 or time_limit <= 0:
            raise AvsegError("at least one worker answers each item, and has some seconds for it")
        self.task, self.out = task, Path(out)
        root = Path.cwd() if not isinstance(manifest, (str, Path)) else Path(manifest).resolve().parent
        self.out.mkdir(parents=True, exist_ok=True)
        self._state = PortalState(
            self.out / "portal.db", _lines(manifest), answers=workers, seconds=time_limit
        )
        pages = TaskPages(task, self._state.line, root, self.out / "peaks")
        try:
            self._server = LoopbackServer("avseg-portal", host=host, port=port)
        except OSError as error:
            self._state.close()
            raise AvsegError(f"the portal cannot listen on {host}:{port} ({error.strerror}): choose another") from None
        self.url = self._server.origin
        app = PortalApp(
            self._state,
            title=task.title or "Labeling tasks",
            origin=self.url,
            static=_STATIC,
            show=pages.show,
            keep=self._keep,
        )
        self._server.start(app.starlette)

    def invite(self, name: str) -> str:
        """Return the link by which somebody signs in; an earlier link of the same name is void from then on."""
        return f"{self.url}/w/{self._state.invite(name)}/"

    def workers(self) -> list[Worker]:
        """Return everybody who was invited."""
        return self._state.workers()

    def progress(self) -> Progress:
        """Return how far the work is."""
        return self._state.progress()

    def pause(self) -> None:
        """Give out no more items; what workers hold they may still submit."""
        self._state.pause(paused=True)

    def resume(self) -> None:
        """Give out items again."""
        self._state.pause(paused=False)

    def close(self) -> None:
        """Stop serving; the folder can be opened again."""
        self._server.close()
        self._state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Portal({self.url!r})"

    def _keep(self, item: int) -> None:
        pass
