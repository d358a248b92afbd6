"""Real notebook servers as child processes, each in its own folder and with its own settings. Knows no widget."""

from __future__ import annotations

import ast
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import nbformat
import websocket

START_TIMEOUT = 90.0
RUN_TIMEOUT = 60.0


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """A child process that serves HTTP on the loopback interface, and its log."""

    def __init__(self, command: list[str], folder: Path, url: str, log: Path) -> None:
        self.folder = folder
        self.url = url
        self.log = log
        self._command = command
        settings = log.parent / f"{log.stem}-settings"
        places = ["HOME", "IPYTHONDIR"]
        places += [f"JUPYTER_{kind}_DIR" for kind in ("CONFIG", "DATA", "RUNTIME")]
        places += [f"XDG_{kind}_HOME" for kind in ("CACHE", "CONFIG", "DATA", "STATE")]
        self._environment = {**os.environ, **{name: str(settings / name.lower()) for name in places}}
        self.start()

    def start(self) -> None:
        """Start the process, again after `stop`."""
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=self._environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, path: str) -> None:
        """Return when the server answers; raise with its log when it ends or takes too long."""
        limit = time.monotonic() + START_TIMEOUT
        while self._process.poll() is None and time.monotonic() < limit:
            try:
                urllib.request.urlopen(self.url + path, timeout=5).close()
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"{self.url} does not answer:\n{self.log.read_text(errors='replace')[-4000:]}")

    def stop(self) -> None:
        """End the process and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)


class JupyterServer(Server):
    """JupyterLab or Notebook 7 with a kernel of the Python that runs the tests."""

    def __init__(self, app: Literal["lab", "notebook"], folder: Path) -> None:
        self.app = app
        self._kernels: list[Kernel] = []
        self.token = secrets.token_hex(16)
        port = free_port()
        name = {"lab": "LabApp", "notebook": "JupyterNotebookApp"}[app]
        config = folder / "config.json"
        settings = {"root_dir": str(folder / "root"), "port": port, "port_retries": 0, "open_browser": False}
        settings |= {"ip": "127.0.0.1", "allow_root": True}
        config.write_text(json.dumps({"ServerApp": settings, "IdentityProvider": {"token": self.token}}))
        notices = folder / f"{app}-settings" / "jupyter_config_dir" / "labconfig" / "page_config.json"
        notices.parent.mkdir(parents=True)
        notices.write_text(json.dumps({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}))
        (folder / "root").mkdir()
        module = {"lab": "jupyterlab", "notebook": "notebook"}[app]
        command = [sys.executable, "-m", module, f"--config={config}", f"--{name}.expose_app_in_browser=True"]
        super().__init__(command, folder / "root", f"http://127.0.0.1:{port}", folder / f"{app}.log")
        self.wait(f"/api/status?token={self.token}")

    def write_notebook(self, name: str, cells: list[str]) -> str:
        """Write a notebook of code cells; return the URL of the page that opens it."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)
        # A workspace of its own, as JupyterLab opens what its workspace had open before.
        prefix = {"lab": f"/lab/workspaces/{secrets.token_hex(4)}/tree", "notebook": "/notebooks"}[self.app]
        return f"{self.url}{prefix}/{name}?token={self.token}"

    def _ask(self, path: str, method: str = "GET") -> Any:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")

    def kernel(self, notebook: str) -> Kernel:
        """Return the kernel that a notebook's page started, once it is there."""
        limit = time.monotonic() + START_TIMEOUT
        while time.monotonic() < limit:
            for session in self._ask("/api/sessions"):
                if session["path"] == notebook and session["kernel"]:
                    self._kernels.append(Kernel(self, session["kernel"]["id"]))
                    return self._kernels[-1]
            time.sleep(0.1)
        raise RuntimeError(f"no kernel was started for {notebook}")

    def end_sessions(self) -> None:
        """End the kernels of the notebooks opened so far."""
        for kernel in self._kernels:
            kernel.close()
        self._kernels.clear()
        for session in self._ask("/api/sessions"):
            self._ask(f"/api/sessions/{session['id']}", "DELETE")


class Kernel:
    """A kernel asked over the server's websocket, beside the browser's own connection."""

    def __init__(self, server: JupyterServer, id_: str) -> None:
        self._address = server.url.replace("http", "ws", 1) + f"/api/kernels/{id_}/channels"
        self._header = [f"Authorization: token {server.token}"]
        self.connect()

    def connect(self) -> None:
        """Connect, again after `close`."""
        self._socket = websocket.create_connection(self._address, header=self._header, timeout=RUN_TIMEOUT)

    def run(self, code: str, expression: str = "None") -> Any:
        """Run code, then return the value of an expression that JSON can hold; floats come back bit-exactly."""
        id_ = secrets.token_hex(8)
        content = {
            "code": code,
            "silent": True,
            "store_history": False,
            "user_expressions": {"value": f"__import__('json').dumps({expression})"},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        header = {"msg_id": id_, "msg_type": "execute_request", "username": "", "session": id_, "version": "5.3"}
        message = {
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
            "channel": "shell",
            "buffers": [],
        }
        self._socket.send(json.dumps(message))
        while True:
            answer = self._read()
            if answer.get("msg_type") == "execute_reply" and answer["parent_header"].get("msg_id") == id_:
                return _value(answer["content"])

    def _read(self) -> dict[str, Any]:
        frame = self._socket.recv()
        # Binary frames carry the widget's own buffers to the page; the answers asked for here are text.
        return dict(json.loads(frame)) if isinstance(frame, str) else {}

    def close(self) -> None:
        self._socket.close()


def _value(reply: dict[str, Any]) -> Any:
    if reply["status"] != "ok":
        raise RuntimeError("\n".join(reply.get("traceback", [])) or f"{reply.get('ename')}: {reply.get('evalue')}")
    result = reply["user_expressions"]["value"]
    if result["status"] != "ok":
        raise RuntimeError(f"{result['ename']}: {result['evalue']}")
    text = result["data"]["text/plain"]
    return json.loads(ast.literal_eval(text))


@dataclass
class MarimoServer:
    """marimo in run mode, one process for each app, as its command takes one file."""

    folder: Path
    running: list[Server] = field(default_factory=list)

    def open_app(self, name: str, cells: list[str]) -> str:
        """Write an app of these cells and serve it; return the URL of its page."""
        path = self.folder / f"{name}.py"
        body = "".join(f"@app.cell\ndef _():\n{_indent(source)}\n    return\n\n\n" for source in cells)
        path.write_text(f"import marimo\n\napp = marimo.App()\n\n\n{body}", encoding="utf-8")
        port = free_port()
        command = [sys.executable, "-m", "marimo", "run", str(path), "--headless", "--no-token", "--port", str(port)]
        server = Server(command, self.folder, f"http://127.0.0.1:{port}", self.folder / f"{name}.log")
        self.running.append(server)
        server.wait("/health")
        return server.url

    def end_sessions(self) -> None:
        """End the apps opened so far."""
        for server in self.running:
            server.stop()
        self.running.clear()


def _indent(source: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in source.splitlines())
