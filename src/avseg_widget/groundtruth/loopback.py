"""Runs an application on the loopback interface, in a thread of its own. Knows no page; needs the extra `portal`."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class LoopbackServer:
    """A server that listens from its making until it is closed; ``origin`` is where, without a slash at the end.

    Parameters
    ----------
    name
        Of the thread.
    host, port
        Where to listen; port 0 takes a free one.

    Raises
    ------
    OSError
        When the address cannot be had.
    """

    def __init__(self, name: str, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._name = name
        self._socket = socket.create_server((host, port))
        # Each connection inherits it; without, the second part of an answer waits 40 ms for a receipt of the first.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.origin = f"http://{host}:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, app: ASGIApp) -> None:
        """Answer by an application from now on."""
        config = uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name=self._name, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop; does nothing the second time."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=5)
        self._socket.close()
