"""What all answers of the portal share: safe headers, limits, who may ask, how it is refused. Knows no task."""

from __future__ import annotations

import html
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MINUTE = 60.0
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{origin}/static/portal.css">
{script}</head>
<body>{body}</body>
</html>
"""


class RateLimit:
    """Counts requests by who makes them, a minute at a time; who has made too many is told to wait."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most, self._clock = most, clock
        self._began = clock()
        self._counts: dict[str, int] = {}

    def check(self, who: str) -> None:
        """Count one request.

        Raises
        ------
        HTTPException
            with status 429, when it is one too many.
        """
        now = self._clock()
        if not 0 <= now - self._began < _MINUTE:
            self._began = now
            self._counts.clear()
        count = self._counts[who] = self._counts.get(who, 0) + 1
        if count > self._most:
            wait = max(1, round(_MINUTE - (now - self._began)))
            raise HTTPException(429, f"Too many requests: wait {wait} s.", headers={"Retry-After": str(wait)})


class Guard:
    """Refuses requests for another host, and gives each answer the headers that keep it where it belongs."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], origin: str) -> None:
        self._app, self._hosts, self._origin = app, hosts, origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message, is_public=scope["path"].startswith("/static/"))
            await send(message)

        if scope["type"] == "http" and dict(scope["headers"]).get(b"host", b"").decode("latin-1") not in self._hosts:
            # A page of a site whose name was made to lead to this machine asks by that name.
            response = PlainTextResponse(f"This portal is at {self._origin}: open it there.", status_code=421)
            await response(scope, receive, send_safely)
        else:
            await self._app(scope, receive, send_safely)


def _add_headers(message: Message, *, is_public: bool) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cache-Control"] = "no-cache" if is_public else "no-store"
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")


def page(origin: str, title: str, body: str, *, script: str = "", status: int = 200) -> HTMLResponse:
    """Return a page of the portal itself; ``title`` is text, ``body`` HTML, ``script`` the kind of a page that runs."""
    tag = f'<script src="{origin}/static/portal.js" defer></script>\n' if script else ""
    policy = (
        f"default-src 'none'; script-src {origin}/static/; style-src {origin}/static/; img-src data:; "
        f"connect-src {origin}; frame-src {origin}/t/; frame-ancestors {origin}; base-uri 'none'; form-action 'none'"
    )
    content = _PAGE.format(title=html.escape(title), origin=html.escape(origin), script=tag, body=body)
    return HTMLResponse(content, status_code=status, headers={"Content-Security-Policy": policy})


def refuse(request: Request, origin: str, status: int, reason: str, advice: str = "") -> Response:
    """Say why a request is not answered: as a page to who opens one, else as text."""
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"{reason} {advice}".strip(), status_code=status)
    more = f"<p>{html.escape(advice)}</p>" if advice else ""
    body = f'<main class="notice"><h1>{html.escape(reason)}</h1>{more}</main>'
    return page(origin, "Labeling portal", body, status=status)


def address(request: Request) -> str:
    """Return where a request comes from."""
    return request.client.host if request.client else ""


def check_origin(request: Request, origin: str) -> None:
    """Refuse a change that a page of another site asks for.

    Raises
    ------
    HTTPException
        with status 403.
    """
    if request.headers.get("origin") != origin:
        raise HTTPException(403, f"Only the portal's own pages may ask for this: open {origin}.")


def sign_in(origin: str, name: str, token: str, path: str) -> Response:
    """Keep an invitation in a cookie, and lead on to a page without it in the address."""
    response = Response(status_code=303, headers={"Location": f"{origin}{path}"})
    # Lax, as a strict one would not be sent on when the link is opened from a mail.
    response.set_cookie(
        name,
        token,
        max_age=30 * 24 * 3600,
        path=path,
        httponly=True,
        samesite="lax",
        secure=urlsplit(origin).scheme == "https",
    )
    return response
