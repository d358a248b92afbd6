"""Small local web servers for tests: with ranges and a count of what they send, stalling, cutting, without ranges."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Served:
    """What a server gives, how it behaves, and what was asked of it."""

    data: bytes
    ranges: bool = True
    tag: str = '"1"'
    #: More headers of each answer that holds something.
    headers: dict[str, str] = field(default_factory=dict)
    #: Whether pages of other origins may read what is sent.
    cors: bool = False
    #: How the next requests fail, one word for each: "stall", "cut", "500", "page"; "" is no failure.
    faults: list[str] = field(default_factory=list)
    status: int = 0
    requests: list[str] = field(default_factory=list)
    sent: int = 0
    port: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/media/a%20b.wav?signature=secret"


@contextmanager
def serve(data: bytes, **behaviour: object) -> Iterator[Served]:
    """Serve bytes on a free port until the end of the block."""
    served = Served(data, **behaviour)  # type: ignore[arg-type]

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            answer(self, served)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield served
    finally:
        served.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _refuse(handler: http.server.BaseHTTPRequestHandler, served: Served) -> None:
    if not served.headers:
        handler.send_error(served.status or 500)
        return
    handler.send_response(served.status or 500)
    for name, value in {"Content-Length": "0", **served.headers}.items():
        handler.send_header(name, value)
    handler.end_headers()


def answer(handler: http.server.BaseHTTPRequestHandler, served: Served) -> None:
    asked = handler.headers.get("Range", "")
    served.requests.append(asked)
    fault = served.faults.pop(0) if served.faults else ""
    if served.status or fault == "500":
        _refuse(handler, served)
        return
    body = b"<html>Log in</html>" if fault == "page" else served.data
    if asked and served.ranges and fault != "page":
        start, _, end = asked.removeprefix("bytes=").partition("-")
        first, last = int(start), int(end or len(body) - 1)
        body = body[first : last + 1]
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {first}-{first + len(body) - 1}/{len(served.data)}")
    else:
        handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("ETag", served.tag)
    for name, value in served.headers.items():
        handler.send_header(name, value)
    if served.cors:
        handler.send_header("Access-Control-Allow-Origin", "*")
    handler.end_headers()
    if fault and fault != "page":
        body = body[: len(body) // 2]
    try:
        for start in range(0, len(body), 1 << 16):
            handler.wfile.write(body[start : start + (1 << 16)])
            served.sent += len(body[start : start + (1 << 16)])
    except OSError:
        return
    if fault == "stall":
        served.released.wait()
