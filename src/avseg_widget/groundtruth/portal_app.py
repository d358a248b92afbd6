"""What the portal answers over HTTP: a worker's page, their task in a frame, media by ranges. Knows no manifest."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .portal_state import Assignment, PortalError, PortalState, Worker
from .server import CORS, ServedFile, read_answer_content

if TYPE_CHECKING:
    from starlette.requests import Request

#: Requests that one worker, or one address without an invitation, may make in a minute.
MOST_REQUESTS = 1200
MOST_STRANGE_REQUESTS = 60
_MINUTE = 60.0

_SHARED_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Tasks</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/portal.css">
<script src="/static/portal.js" defer></script>
</head>
<body><div id="portal"></div></body>
</html>
"""


@dataclass(frozen=True)
class TaskPage:
    """One item as it is shown: the page's HTML, and the files that it may load, by name."""

    html: str
    files: dict[str, ServedFile]


class RateLimit:
    """Counts requests by who makes them, a minute at a time; who has made too many is told to wait."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._began = clock()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def check(self, who: str) -> None:
        """Count one request.

        Raises
        ------
        HTTPException
            with status 429, when it is one too many.
        """
        now = self._clock()
        if now - self._began >= _MINUTE:
            self._began = now
            self._counts.clear()
        count = self._counts[who] = self._counts.get(who, 0) + 1
        if count > self._most:
            wait = max(1, round(_MINUTE - (now - self._began)))
            raise HTTPException(429, f"too many requests: wait {wait} s", headers={"Retry-After": str(wait)})


class PortalApp:
    """The portal's application.

    Parameters
    ----------
    state
        Who works on what.
    title
        Of the job, as workers see it.
    origin
        Where it is served, without a slash at the end.
    static
        The folder of the bundle.
    show
        Gives an item's page by its number; may take long.
    keep
        Called after each new submission with the item's number.
    """

    def __init__(
        self,
        state: PortalState,
        *,
        title: str,
        origin: str,
        static: Path,
        show: Callable[[int], TaskPage],
        keep: Callable[[int], None],
    ) -> None:
        self._state, self._title, self._origin, self._show, self._keep = state, title, origin, show, keep
        self._workers = RateLimit(MOST_REQUESTS)
        self._strangers = RateLimit(MOST_STRANGE_REQUESTS)
        worker = [
            Route("/", self._worker_page),
            Route("/state", self._worker_state),
            Route("/take", self._take, methods=["POST"]),
            Route("/skip", self._skip, methods=["POST"]),
        ]
        task = [
            Route("/", self._task_page),
            Route("/answer", self._answer, methods=["POST"]),
            Route("/{name:str}", self._file),
        ]
        self.starlette = Starlette(
            routes=[
                Mount("/w/{token}", routes=worker),
                # Only what a task loads has a frame's origin; a worker's page is nobody else's to read.
                Mount("/t/{key}", routes=task, middleware=[CORS]),
                Mount("/static", StaticFiles(directory=static), middleware=[CORS]),
            ],
            exception_handlers={HTTPException: _refuse, PortalError: _refuse_politely},
        )

    # The page around the task.

    def _worker_page(self, request: Request) -> Response:
        self._worker(request)
        policy = (
            f"default-src 'none'; script-src {self._origin}/static/; style-src {self._origin}/static/; img-src data:; "
            f"connect-src {self._origin}; frame-src {self._origin}/t/; frame-ancestors 'none'; base-uri 'none'; "
            "form-action 'none'"
        )
        headers = {**_SHARED_HEADERS, "Content-Security-Policy": policy, "X-Frame-Options": "DENY"}
        return HTMLResponse(_PAGE, headers=headers)

    def _worker_state(self, request: Request) -> Response:
        worker = self._worker(request)
        return self._describe(worker, self._state.held(worker, time.time()))

    def _take(self, request: Request) -> Response:
        worker = self._worker(request)
        return self._describe(worker, self._state.take(worker, time.time()))

    async def _skip(self, request: Request) -> Response:
        worker = self._worker(request)
        content = await read_answer_content(request)
        if isinstance(content, Response):
            return content
        assignment = content.get("assignment")
        if not isinstance(assignment, int):
            return PlainTextResponse("assignment must be a whole number", status_code=400)
        await run_in_threadpool(self._state.skip, worker, assignment)
        return await run_in_threadpool(self._describe, worker, None)

    def _describe(self, worker: Worker, held: Assignment | None) -> Response:
        progress = self._state.progress()
        own = self._state.count_of(worker)
        content: dict[str, Any] = {"title": self._title, "worker": worker.name, "own": own, **asdict(progress)}
        if held is not None:
            content["assignment"] = held.id
            content["url"] = f"{self._origin}/t/{self._key(worker, held.id)}/"
            content["left"] = max(0.0, held.expires - time.time())
        return JSONResponse(content, headers=_SHARED_HEADERS)

    # The task in its frame.

    def _task_page(self, request: Request) -> Response:
        worker, assignment = self._task(request)
        page = self._show(self._state.item_of(worker, assignment))
        policy = (
            f"default-src 'none'; script-src {self._origin}/static/; style-src {self._origin}/static/ 'unsafe-inline'; "
            "img-src data: blob:; media-src http: https: blob:; connect-src http: https:; worker-src blob:; "
            f"frame-ancestors {self._origin}; base-uri 'none'; form-action 'none'"
        )
        return HTMLResponse(page.html, headers={**_SHARED_HEADERS, "Content-Security-Policy": policy})

    def _file(self, request: Request) -> Response:
        worker, assignment = self._task(request)
        page = self._show(self._state.item_of(worker, assignment))
        file = page.files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404, "there is no such file")
        return FileResponse(file.path, media_type=file.mime, headers={"X-Content-Type-Options": "nosniff"})

    async def _answer(self, request: Request) -> Response:
        worker, assignment = self._task(request)
        content = await read_answer_content(request)
        if isinstance(content, Response):
            return content
        fresh = await run_in_threadpool(self._submit, worker, assignment, msgspec.json.encode(content).decode())
        return JSONResponse({"submitted": True, "fresh": fresh})

    def _submit(self, worker: Worker, assignment: int, answer: str) -> bool:
        fresh = self._state.submit(worker, assignment, answer, time.time())
        if fresh:
            self._keep(self._state.item_of(worker, assignment))
        return fresh

    # Who asks.

    def _worker(self, request: Request) -> Worker:
        worker = self._state.worker_of(request.path_params["token"])
        if worker is None:
            self._strangers.check(_address(request))
            raise HTTPException(404, "this invitation is not valid: ask for a new link")
        self._workers.check(worker.name)
        return worker

    def _task(self, request: Request) -> tuple[Worker, int]:
        number, _, mac = request.path_params["key"].partition(".")
        worker = self._state.holder_of(int(number)) if number.isascii() and number.isdigit() else None
        if worker is None or not hmac.compare_digest(self._key(worker, int(number)), f"{number}.{mac}"):
            self._strangers.check(_address(request))
            raise HTTPException(404, "there is no such task")
        self._workers.check(worker.name)
        return worker, int(number)

    def _key(self, worker: Worker, assignment: int) -> str:
        """Name a task so that its frame knows nothing of the worker's own invitation; the same after a restart."""
        text = f"{assignment} {worker.sub}".encode()
        return f"{assignment}.{hmac.new(self._state.secret, text, hashlib.sha256).hexdigest()[:32]}"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _refuse(_request: Request, error: Exception) -> Response:
    status, detail, headers = 500, str(error), None
    if isinstance(error, HTTPException):
        status, detail, headers = error.status_code, error.detail, error.headers
    return PlainTextResponse(detail, status_code=status, headers={**_SHARED_HEADERS, **(headers or {})})


def _refuse_politely(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), status_code=409, headers=_SHARED_HEADERS)
