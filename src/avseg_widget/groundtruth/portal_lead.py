"""What the portal answers to the lead of the work: progress, links, pause, invitations. Knows no task page."""

from __future__ import annotations

import hmac
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .portal_http import RateLimit, address, check_origin, page, sign_in
from .portal_state import PortalState
from .server import read_answer_content

if TYPE_CHECKING:
    from starlette.requests import Request

    from .portal_app import Surroundings

_MOST_ASKED = 4096


def lead_link(state: PortalState, origin: str) -> str:
    """Return the link by which the lead signs in."""
    return f"{origin}/lead/join/{state.derived('lead')}"


def worker_link(origin: str, token: str) -> str:
    """Return the link by which a worker signs in."""
    return f"{origin}/join/{token}"


class LeadPages:
    """The lead's page and what it asks for; ``routes`` lie under a path of their own, as does their cookie."""

    def __init__(self, state: PortalState, around: Surroundings, strangers: RateLimit, cookie: str) -> None:
        self._state, self._around, self._origin = state, around, around.origin
        self._strangers, self._cookie = strangers, f"{cookie}-lead"
        self.routes = [
            Route("/", self._page),
            Route("/join/{token}", self._join),
            Route("/state", self._show),
            Route("/pause", self._pause, methods=["POST"]),
            Route("/invite", self._invite, methods=["POST"]),
        ]

    def _join(self, request: Request) -> Response:
        token = request.path_params["token"]
        if not self._is_lead(token):
            self._strangers.check(address(request))
            raise HTTPException(404, "This link is not valid.")
        return sign_in(self._origin, self._cookie, token, "/lead/")

    def _page(self, request: Request) -> Response:
        self._check(request)
        title = f"{self._around.title}: the lead's page"
        return page(self._origin, title, '<div id="portal" data-page="lead"></div>', script="lead")

    def _show(self, request: Request) -> Response:
        self._check(request)
        return self._describe()

    async def _pause(self, request: Request) -> Response:
        content = await self._asked(request)
        if isinstance(content, Response):
            return content
        paused = content.get("paused")
        if not isinstance(paused, bool):
            return PlainTextResponse(f"paused must be true or false, not {paused!r:.80}", status_code=400)
        await run_in_threadpool(lambda: self._state.pause(paused=paused))
        return await run_in_threadpool(self._describe)

    async def _invite(self, request: Request) -> Response:
        content = await self._asked(request)
        if isinstance(content, Response):
            return content
        name, renew = content.get("name"), content.get("renew", False)
        if not isinstance(name, str) or not isinstance(renew, bool):
            return PlainTextResponse(f"name must be a text, not {name!r:.80}", status_code=400)
        await run_in_threadpool(lambda: self._state.invite(name, renew=renew))
        return await run_in_threadpool(self._describe)

    async def _asked(self, request: Request) -> dict[str, Any] | Response:
        check_origin(request, self._origin)
        self._check(request)
        return await read_answer_content(request, _MOST_ASKED)

    def _describe(self) -> Response:
        workers = [
            {"name": worker.name, "submitted": worker.submitted, "link": worker_link(self._origin, token)}
            for worker, token in self._state.invitations()
        ]
        content: dict[str, Any] = {
            "title": self._around.title,
            "results": str(self._around.results),
            "problems": self._around.problems(),
            "workers": workers,
            **asdict(self._state.progress(self._around.clock())),
        }
        return JSONResponse(content)

    def _check(self, request: Request) -> None:
        if not self._is_lead(request.cookies.get(self._cookie, "")):
            self._strangers.check(address(request))
            raise HTTPException(401, "Open the lead's link to sign in.")

    def _is_lead(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(errors="surrogatepass"), self._state.derived("lead").encode())
