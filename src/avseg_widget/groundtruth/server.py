"""Serves one task page on this machine: page, bundle, media, answer. Knows no task; needs the extra `portal`."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..formats.stored_answer import stored_answer
from .loopback import LoopbackServer

if TYPE_CHECKING:
    from starlette.requests import Request

#: Most bytes of an answer.
MAX_ANSWER = 32 * 1024 * 1024

#: A page in a sandboxed frame has the origin "null"; what it may read lies under a path that cannot be guessed.
CORS = Middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_methods=["GET", "HEAD", "POST"],
    allow_headers=["Range", "Content-Type"],
    expose_headers=["Accept-Ranges", "Content-Range", "Content-Length", "ETag"],
)


@dataclass(frozen=True)
class ServedFile:
    """A file and the type that it is served as."""

    path: Path
    mime: str


class PageServer:
    """A server on the loopback interface, in a thread of its own, until it is closed.

    Everything lies under a path that cannot be guessed: the media must be readable by a page in a sandboxed frame,
    whose origin is "null" like anybody's, so an origin cannot be what keeps other sites out. ``folder``, where files
    made for the page lie, is removed at the end.
    """

    def __init__(self, static: Path, files: Mapping[str, ServedFile], folder: tempfile.TemporaryDirectory[str]) -> None:
        self.page = ""
        self._folder = folder
        self._token = secrets.token_urlsafe(16)
        self._answer: dict[str, Any] | None = None
        self._opened = time.time()
        self._server = LoopbackServer("avseg-preview")
        self.url = f"{self._server.origin}/{self._token}/"
        self._server.start(self._app(static, files))

    @property
    def answer(self) -> dict[str, Any] | None:
        """The last answer as Ground Truth stores it; None before the first."""
        return self._answer

    def close(self) -> None:
        """Stop serving; does nothing the second time."""
        self._server.close()
        self._folder.cleanup()

    def _app(self, static: Path, files: Mapping[str, ServedFile]) -> Starlette:
        routes = [
            Route("/", self._serve_page),
            Route("/answer", self._take_answer, methods=["POST"]),
            *(Route(f"/{name}", _serve_file(file)) for name, file in files.items()),
            Mount("/static", StaticFiles(directory=static)),
        ]
        return Starlette(routes=[Mount(f"/{self._token}", routes=routes)], middleware=[CORS])

    async def _serve_page(self, _request: Request) -> Response:
        self._opened = time.time()
        return HTMLResponse(self.page, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})

    async def _take_answer(self, request: Request) -> Response:
        content = await read_answer_content(request)
        if isinstance(content, Response):
            return content
        self._answer = worker_response(content, self._opened, time.time())
        return JSONResponse(self._answer)


async def read_answer_content(request: Request, most: int = MAX_ANSWER) -> dict[str, Any] | Response:
    """Return the JSON object of at most some bytes that a request carries, or the response that refuses it."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            size = f"{most // 1024 // 1024} MiB" if most >= 1024 * 1024 else f"{most:,} bytes"
            return PlainTextResponse(f"the answer is larger than {size}", status_code=413)
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return PlainTextResponse(f"the answer must be a JSON object: {error}", status_code=400)


def worker_response(content: Mapping[str, Any], accepted: float, submitted: float) -> dict[str, Any]:
    """Return an answer's content as Ground Truth stores it, from a made-up worker; times in seconds of the epoch."""
    identity = {
        "identityProviderType": "Cognito",
        "issuer": "https://preview.invalid",
        "sub": "00000000-0000-0000-0000-000000000000",
    }
    answer = stored_answer(content, accepted, submitted, worker="private.local.preview", identity=identity)
    return {"answers": [answer]}


def _serve_file(file: ServedFile) -> Callable[[Request], Any]:
    async def serve(_request: Request) -> Response:
        return FileResponse(file.path, media_type=file.mime)

    return serve
