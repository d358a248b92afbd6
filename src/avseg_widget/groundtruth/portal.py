"""A portal on this machine that gives a manifest's items to workers, as Ground Truth would, and keeps their answers."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import AvsegError
from ..model import Task
from .line_checks import MOST_TOLD, refuse
from .lines import write_line
from .manifest import Manifest
from .portal_records import Progress
from .portal_state import PortalState
from .portal_view import LiveView
from .results_folder import ResultsFolder

if TYPE_CHECKING:
    from typing_extensions import Self

    from .loopback import LoopbackServer
    from .portal_pages import TaskPages

_STATIC = Path(__file__).parent.parent / "static"
_BUNDLE = ("worker.js", "avseg.css", "crowd-standin.js", "portal.js", "portal.css")


class Portal:
    """A worker portal for one manifest; serves from its making until it is closed. Shown live in a notebook.

    Parameters
    ----------
    task
        What workers are asked.
    manifest
        A :class:`Manifest`, the path of one, or its lines as dicts. ``source-ref`` or ``source`` names the media: a
        path (from the manifest's folder), an http(s) URL, or an ``s3://`` URI that this machine's credentials can read.
    out
        The folder of the results, in Ground Truth's layout, and of the portal's own state (``portal/``). A portal that
        is opened on it again goes on, with the same links.
    workers
        How many workers answer each item.
    invite
        The names of those who are invited; by default ``"Worker 1"`` and so on, as many as answer each item, unless
        somebody was invited before.
    time_limit
        Seconds that a worker may hold an item before it may go to somebody else.
    host, port
        Where to listen, by default on this machine only, and on the same port as last time.
    url
        How workers' browsers reach it, where that is not ``http://host:port``: behind a proxy that adds TLS, say.
    attribute, job
        The name of the label in the results, and of the job.

    Raises
    ------
    AvsegError
        When the extra ``portal`` is not installed, the bundle is not built, or the address cannot be had.
    ManifestError
        When lines of the manifest cannot be used; with their numbers.
    PortalError
        When the folder holds the work on another manifest, or is in use.

    Examples
    --------
    >>> portal = Portal(task, "manifest.jsonl", "results", workers=2, invite=["Ada", "Ben"])  # doctest: +SKIP
    >>> portal.links["Ada"]  # doctest: +SKIP
    'http://127.0.0.1:41234/join/…'
    """

    def __init__(
        self,
        task: Task,
        manifest: Manifest | str | os.PathLike[str] | Iterable[Mapping[str, Any]],
        out: str | os.PathLike[str],
        *,
        workers: int = 1,
        invite: Iterable[str] = (),
        time_limit: float = 3600.0,
        host: str = "127.0.0.1",
        port: int = 0,
        url: str = "",
        attribute: str = "avseg",
        job: str = "local",
    ) -> None:
        _check(workers, time_limit, host, port, url)
        from .portal_pages import TaskPages

        #: What was when it was closed.
        self._last: tuple[Progress, dict[str, int]] | None = None
        self._results = ResultsFolder(out, attribute=attribute, job=job)
        lines = _manifest(manifest)
        folder = self._results.folder / "portal"
        file = folder / "state.db"
        # What was begun was looked at before, and media take their time.
        refuse(itertools.islice(lines.problems(task=task, local=True, media=not file.exists()), MOST_TOLD))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AvsegError(f"{folder} cannot be made ({error.strerror}): choose another folder for `out`") from None
        self._state = PortalState(file, map(write_line, lines), answers=workers, seconds=time_limit)
        try:
            names = list(invite)
            if not names and not self._state.invitations():
                names = [f"Worker {number + 1}" for number in range(workers)]
            for name in names:
                self._state.invite(name)
            pages = TaskPages(task, lines, self._state.line, folder / "peaks")
            self._serve(task.title or "Labeling tasks", pages, self._listen(host, port), url)
        except BaseException:
            self._state.close()
            raise

    def _serve(self, title: str, pages: TaskPages, server: LoopbackServer, url: str) -> None:
        from .portal_app import PortalApp, Surroundings
        from .portal_lead import lead_link
        from .portal_results import ResultsKeeper

        try:
            #: Where workers find the portal, without a slash at the end.
            self.url = url.rstrip("/") or server.origin
            keeper = ResultsKeeper(self._state, self._results)
            around = Surroundings(
                title=title,
                origin=self.url,
                hosts=frozenset({urlsplit(self.url).netloc, urlsplit(server.origin).netloc}),
                static=_STATIC,
                results=self._results.folder,
                show=pages.show,
                keep=keeper.changed,
                problems=lambda: [*filter(None, [keeper.problem]), *pages.problems()],
            )
            self._server, self._keeper, self._around = server, keeper, around
            #: The link to the lead's page: progress, links, pause and resume.
            self.lead_link = lead_link(self._state, self.url)
            server.start(PortalApp(self._state, around).asgi)
        except BaseException:
            server.close()
            raise
        self._view = LiveView(self)

    def _listen(self, host: str, port: int) -> LoopbackServer:
        from .loopback import LoopbackServer

        before = 0 if port else self._state.port
        try:
            try:
                server = LoopbackServer("avseg-portal", host=host, port=port or before)
            except OSError:
                if not before:
                    raise
                server = LoopbackServer("avseg-portal", host=host)
        except OSError as error:
            reason = error.strerror or error
            raise AvsegError(f"the portal cannot listen on {host}:{port} ({reason}): choose another port") from None
        self._state.port = urlsplit(server.origin).port or 0
        return server

    @property
    def out(self) -> Path:
        """The folder of the results."""
        return self._results.folder

    @property
    def manifest(self) -> Path:
        """Where the output manifest is, or will be; see :func:`read_results`."""
        return self._results.manifest

    @property
    def links(self) -> dict[str, str]:
        """The invitation links of the workers, by their names."""
        from .portal_lead import worker_link

        return {worker.name: worker_link(self.url, token) for worker, token in self._state.invitations()}

    def invite(self, name: str, *, renew: bool = False) -> str:
        """Return the link by which somebody signs in, the same each time; ``renew`` makes the one they had void."""
        from .portal_lead import worker_link

        return worker_link(self.url, self._state.invite(name, renew=renew))

    @property
    def progress(self) -> Progress:
        """How far the work is."""
        return self._last[0] if self._last else self._state.progress(time.time())

    @property
    def submitted(self) -> dict[str, int]:
        """How many items each worker has answered, by their names."""
        return (
            self._last[1] if self._last else {worker.name: worker.submitted for worker, _ in self._state.invitations()}
        )

    @property
    def problems(self) -> list[str]:
        """What keeps items from being shown or results from being written; empty when all is well."""
        return self._around.problems()

    def pause(self) -> None:
        """Give out no more items; what workers hold they may still submit."""
        self._state.pause(paused=True)

    def resume(self) -> None:
        """Give out items again."""
        self._state.pause(paused=False)

    def flush(self) -> None:
        """Write the results now; they are written by themselves a second or so after each answer.

        Raises
        ------
        AvsegError
            When they cannot be written.
        """
        self._keeper.flush()

    def close(self) -> None:
        """Write the results and stop serving; the folder can be opened again. Does nothing the second time."""
        if self.is_open:
            self._server.close()
            self._keeper.close()
            self._last = (self.progress, self.submitted)
            self._view.close()
            self._state.close()

    @property
    def is_open(self) -> bool:
        """Whether it still serves."""
        return self._last is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return self._view.text()

    def _ipython_display_(self) -> None:
        self._view.display()

    def _repr_html_(self) -> str:
        return self._view.html()


def _manifest(given: Any) -> Manifest:
    if isinstance(given, Manifest):
        return given
    return Manifest.read(given) if isinstance(given, (str, os.PathLike)) else Manifest(given)


def _check(workers: int, time_limit: float, host: str, port: int, url: str) -> None:
    try:
        from . import portal_app, portal_pages  # noqa: F401
    except ImportError as error:
        raise AvsegError(f'the portal needs {error.name}: pip install "avseg-widget[portal]"') from None
    missing = [name for name in _BUNDLE if not (_STATIC / name).is_file()]
    if missing:
        raise AvsegError(f"the bundle is not built ({', '.join(missing)} missing in {_STATIC}): run `make build`")
    if type(workers) is not int or workers < 1:
        raise AvsegError(f"workers is how many workers answer each item, 1 or more, not {workers!r:.80}")
    if not 1 <= time_limit < float("inf"):
        raise AvsegError(f"time_limit is how many seconds a worker may hold an item, 1 or more, not {time_limit!r:.80}")
    if type(port) is not int or not 0 <= port < 65536:
        raise AvsegError(f"port is a number from 1 to 65535, or 0 for any, not {port!r:.80}")
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query):
        raise AvsegError(f"url is where workers find the portal, such as https://label.example.org, not {url!r:.200}")
    if host in {"", "0.0.0.0", "::"} and not url:  # noqa: S104
        raise AvsegError(
            f"browsers cannot open the host {host!r}: say by which address they come, url='http://name:port'"
        )
