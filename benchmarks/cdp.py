"""A browser driven over bare DevTools, not by Playwright: that copies every websocket frame. Knows no page."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import websocket

from .common import FLAGS, chromium

PATIENCE = 120.0


class Chrome:
    """A headless browser with one page, and the memory of all its processes."""

    def __init__(self, folder: Path) -> None:
        flags = ["--headless=new", "--remote-debugging-port=0", "--autoplay-policy=no-user-gesture-required"]
        flags += ["--remote-allow-origins=*", "--window-size=1500,1000", "--mute-audio", f"--user-data-dir={folder}"]
        command = [chromium(), *FLAGS, *flags, "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = folder / "DevToolsActivePort"
        port = wait_for(lambda: port_file.read_text().split() if port_file.exists() else None, "the browser")[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
            address = next(item["webSocketDebuggerUrl"] for item in json.load(answer) if item["type"] == "page")
        self._socket = websocket.create_connection(address, timeout=PATIENCE)
        self._last = 0
        self.events: list[dict[str, Any]] = []
        # Without the focus JupyterLab has no current notebook.
        self.send("Page.bringToFront")
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._last:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return dict(message["result"])
            if "method" in message:
                self.events.append(message)

    def run(self, expression: str, *, wait: bool = False) -> Any:
        """Evaluate an expression; with ``wait`` give what its promise resolves to."""
        found = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=wait)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"].get("exception", found["exceptionDetails"]))
        return found["result"].get("value")

    def until(self, expression: str, patience: float = PATIENCE) -> Any:
        """Wait until an expression is true; return its value."""
        return wait_for(lambda: self.run(expression), expression, patience)

    def memory(self) -> int:
        """Return the bytes that all processes of the browser hold, shared pages counted once."""
        return sum(map(pss, family(self._process.pid)))

    def close(self) -> None:
        self._socket.close()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()


def wait_for(look: Callable[[], Any], name: str, patience: float = PATIENCE) -> Any:
    limit = time.monotonic() + patience
    while time.monotonic() < limit:
        if found := look():
            return found
        time.sleep(0.05)
    raise RuntimeError(f"waited {patience:.0f} s for {name}")


def family(pid: int) -> list[int]:
    """Return a process and all that came from it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def resident(pid: int, field: str = "VmRSS") -> int:
    """Return a process's own memory in bytes; with ``VmHWM`` the most that it ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))
