"""What the portal answers to workers: their page, their task in a frame, media by ranges. Knows no manifest."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..errors import AvsegError
from .lines import write_line
from .portal_http import Guard, RateLimit, address, check_origin, page, refuse, sign_in
from .portal_lead import LeadPages
from .portal_records import Assignment, PortalError, Worker
from .portal_state import PortalState
from .server import CORS, ServedFile, read_answer_content

if TYPE_CHECKING:
    from starlette.requests import Request

#: Requests that one worker, or one address without an invitation, may make in a minute.
MOST_REQUESTS = 1200
MOST_STRANGE_REQUESTS = 60
#: Most bytes of what the portal's own pages send.
MOST_ASKED = 4096


@dataclass(frozen=True)
class TaskPage:
    """One item as it is shown: the page's HTML, and the files that it may load, by name."""

    html: str
    files: dict[str, ServedFile]


@dataclass(frozen=True)
class Surroundings:
    """What the application is given of the rest.

    ``origin`` is where workers find it, without a slash at the end; ``hosts`` are the names that requests may ask by;
    ``static`` is the bundle's folder; ``show`` gives an item's page by its number, and may take long; ``keep`` is told
    of each new answer's item; ``problems`` are texts for the lead; ``clock`` gives seconds of the epoch.
    """

    title: str
    origin: str
    hosts: frozenset[str]
    static: Path
    results: Path
    show: Callable[[int], TaskPage]
    keep: Callable[[int], None]
    problems: Callable[[], list[str]]
    clock: Callable[[], float] = time.time


class PortalApp:
    """The portal's application, ``asgi``."""

    def __init__(self, state: PortalState, around: Surroundings) -> None:
        self._state, self._around, self._origin = state, around, around.origin
        self._workers = RateLimit(MOST_REQUESTS, around.clock)
        self._strangers = RateLimit(MOST_STRANGE_REQUESTS, around.clock)
        # Cookies are shared by all ports of a host, so that each portal has a name of its own.
        self._cookie = f"avseg-{urlsplit(self._origin).port or 0}"
        task = [
            Route("/", self._task_page),
            Route("/answer", self._answer, methods=["POST"]),
            Route("/{name:str}", self._file),
        ]
        routes = [
            Route("/", self._worker_page),
            Route("/join/{token}", self._join),
            Route("/leave", self._leave, methods=["POST"]),
            Route("/state", self._worker_state),
            Route("/take", self._take, methods=["POST"]),
            Route("/skip", self._skip, methods=["POST"]),
            Mount("/lead", routes=LeadPages(state, around, self._strangers, self._cookie).routes),
            # Only what a task loads has a frame's origin; a worker's page is nobody else's to read.
            Mount("/t/{key}", routes=task, middleware=[CORS]),
            Mount("/static", StaticFiles(directory=around.static), middleware=[CORS]),
        ]
        app = Starlette(routes=routes, exception_handlers={HTTPException: self._refuse, AvsegError: self._refuse})
        app.router.redirect_slashes = False
        self.asgi = Guard(app, around.hosts, self._origin)

    # The page around the task.

    def _join(self, request: Request) -> Response:
        token = request.path_params["token"]
        if self._state.worker_of(token) is None:
            self._strangers.check(address(request))
            raise HTTPException(404, "This invitation is not valid.")
        return sign_in(self._origin, self._cookie, token, "/")

    def _leave(self, request: Request) -> Response:
        check_origin(request, self._origin)
        response = Response(status_code=204)
        response.delete_cookie(self._cookie, path="/")
        return response

    def _worker_page(self, request: Request) -> Response:
        self._worker(request)
        return page(self._origin, self._around.title, '<div id="portal"></div>', script="worker")

    def _worker_state(self, request: Request) -> Response:
        worker = self._worker(request)
        return self._describe(worker, self._state.held(worker, self._around.clock()))

    def _take(self, request: Request) -> Response:
        check_origin(request, self._origin)
        worker = self._worker(request)
        return self._describe(worker, self._state.take(worker, self._around.clock()))

    async def _skip(self, request: Request) -> Response:
        check_origin(request, self._origin)
        worker = await run_in_threadpool(self._worker, request)
        content = await read_answer_content(request, MOST_ASKED)
        if isinstance(content, Response):
            return content
        assignment = content.get("assignment")
        if type(assignment) is not int or not 0 <= assignment < 2**63:
            return PlainTextResponse(f"assignment must be a task's number, not {assignment!r:.80}", status_code=400)
        await run_in_threadpool(self._state.skip, worker, assignment)
        return await run_in_threadpool(self._describe, worker, None)

    def _describe(self, worker: Worker, held: Assignment | None) -> Response:
        now = self._around.clock()
        progress = self._state.progress(now)
        content: dict[str, Any] = {"title": self._around.title, "worker": worker.name, "own": worker.submitted}
        content |= asdict(progress)
        if held is not None:
            content["assignment"] = held.id
            content["url"] = f"{self._origin}/t/{self._key(worker, held.id)}/"
            content["left"] = max(0.0, held.expires - now)
        return JSONResponse(content)

    # The task in its frame.

    def _task_page(self, request: Request) -> Response:
        worker, assignment = self._task(request)
        shown = self._around.show(self._state.item_of(worker, assignment))
        policy = (
            f"default-src 'none'; script-src {self._origin}/static/; style-src {self._origin}/static/ 'unsafe-inline'; "
            "img-src data: blob:; media-src http: https: blob:; connect-src http: https:; worker-src blob:; "
            f"frame-ancestors {self._origin}; base-uri 'none'; form-action 'none'; sandbox allow-scripts allow-forms"
        )
        return HTMLResponse(shown.html, headers={"Content-Security-Policy": policy})

    def _file(self, request: Request) -> Response:
        worker, assignment = self._task(request)
        shown = self._around.show(self._state.item_of(worker, assignment))
        file = shown.files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404, "This task has no such file.")
        return FileResponse(file.path, media_type=file.mime)

    async def _answer(self, request: Request) -> Response:
        worker, assignment = await run_in_threadpool(self._task, request)
        content = await read_answer_content(request)
        if isinstance(content, Response):
            return content
        fresh = await run_in_threadpool(self._submit, worker, assignment, content)
        return JSONResponse({"submitted": True, "fresh": fresh})

    def _submit(self, worker: Worker, assignment: int, content: dict[str, Any]) -> bool:
        try:
            text = write_line(content)
        except AvsegError as error:
            raise HTTPException(400, str(error)) from None
        fresh = self._state.submit(worker, assignment, text, self._around.clock())
        if fresh:
            self._around.keep(self._state.item_of(worker, assignment))
        return fresh

    # Who asks.

    def _worker(self, request: Request) -> Worker:
        token = request.cookies.get(self._cookie, "")
        worker = self._state.worker_of(token) if token else None
        if worker is None:
            self._strangers.check(address(request))
            raise HTTPException(401, "Open your invitation link to sign in.")
        self._workers.check(worker.name)
        return worker

    def _task(self, request: Request) -> tuple[Worker, int]:
        key = request.path_params["key"]
        number, _, _mac = key.partition(".")
        known = number.isascii() and number.isdigit() and len(number) < 19
        worker = self._state.holder_of(int(number)) if known else None
        if worker is None or not hmac.compare_digest(self._key(worker, int(number)).encode(), key.encode()):
            self._strangers.check(address(request))
            raise HTTPException(404, "There is no such task.")
        self._workers.check(worker.name)
        return worker, int(number)

    def _key(self, worker: Worker, assignment: int) -> str:
        """Name a task so that its frame knows nothing of the worker's own invitation; the same after a restart."""
        return f"{assignment}.{self._state.derived(f'task {assignment} {worker.sub}')}"

    def _refuse(self, request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            known = error.detail not in {"Not Found", "Method Not Allowed"}
            reason = error.detail if known else "There is nothing here."
            response = refuse(request, self._origin, error.status_code, reason, _ADVICE.get(error.status_code, ""))
            response.headers.update(error.headers or {})
            return response
        if isinstance(error, PortalError):
            return refuse(request, self._origin, 409, str(error))
        # Why is for the lead: it may name files of this machine.
        return refuse(request, self._origin, 500, "This task cannot be opened.", "Skip it: the lead is told why.")


_ADVICE = {
    401: "It is the link that the lead of the work sent you. It works as often as you like, in any browser.",
    404: "Open your invitation link again. If it does not work, ask who sent it for a new one.",
}
