"""The URL by which the notebook's server, Jupyter's or marimo's, serves a local file. Knows no media."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

#: Most bytes of a file that marimo is given, which keeps it in memory, 64 MiB.
_MOST_MARIMO_BYTES = 64 * 1024 * 1024


def marimo_url(path: Path) -> str:
    """Give the address of a small file on the page's marimo server, "" where there is none; marimo keeps a copy."""
    marimo = sys.modules.get("marimo")
    if marimo is None or not marimo.running_in_notebook() or path.stat().st_size > _MOST_MARIMO_BYTES:
        return ""
    player = _Player()
    player.feed(marimo.audio(path).text)
    # Where there is no server, the whole file would be in the address.
    return player.url if player.url.startswith("./@file/") else ""


class _Player(HTMLParser):
    """Finds the address in what marimo shows for sound; it has no public function for the address alone."""

    url = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "audio":
            self.url = dict(attrs).get("src") or ""


def served_url(path: Path) -> str:
    """Give the path part of the file's URL on the running Jupyter server, or "" when it does not serve the file."""
    for server in _own_servers():
        for file, root in _spellings(path, Path(server["root_dir"])):
            if file.is_relative_to(root):
                parts = file.relative_to(root).parts
                # The server answers 404 for hidden files and folders.
                if not any(part.startswith(".") for part in parts):
                    return f"{server['base_url']}files/{'/'.join(quote(part, safe='') for part in parts)}"
    return ""


def _spellings(path: Path, root: Path) -> list[tuple[Path, Path]]:
    return [(path, root), (path.resolve(), root.resolve())]


def _own_servers() -> list[dict[str, Any]]:
    """Read what Jupyter servers note of themselves; to import the server's own reader takes a second or more."""
    if "JPY_PARENT_PID" not in os.environ:
        return []
    try:
        from jupyter_core.paths import jupyter_runtime_dir  # every kernel has it
    except ImportError:
        return []
    # Servers tell their kernels their process; on Windows the variable is a handle, not the process.
    parents = {os.environ["JPY_PARENT_PID"], str(os.getppid())}
    found = []
    for file in Path(jupyter_runtime_dir()).glob("jpserver-*.json"):
        # One that starts may be writing it.
        with suppress(OSError, ValueError):
            found.append(json.loads(file.read_text(encoding="utf-8")))
    return [server for server in found if isinstance(server, dict) and str(server.get("pid")) in parents]
