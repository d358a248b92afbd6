"""A proxy before a server on this machine that breaks off in the middle of answers. Knows nothing of what they are."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Of a path and the answer's body: how many bytes of it pass before the connection is closed; None for all.
Cut = Callable[[str, bytes], int | None]


@contextmanager
def breaking_proxy(port: int, target: int, cut: Cut, *, tells_length: bool = True) -> Iterator[None]:
    """Hand requests on from one port of this machine to another while the context is open.

    Where lengths are told the browser sees that something is missing; else it takes what came for all.
    """
    own = {"connection", "date", "server", "transfer-encoding"} | (set() if tells_length else {"content-length"})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            behind = http.client.HTTPConnection("127.0.0.1", target, timeout=60)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            behind.request(self.command, self.path, body, dict(self.headers))
            answer = behind.getresponse()
            content = answer.read()
            behind.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in own:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: cut(self.path, content)])

        do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815, named by http.server

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
