"""From a press at a random place of a 3-hour file to its first sound, in JupyterLab, by every way to the browser.

The waveform of the whole file is pressed with the mouse at a random place and the space bar at once after it. Time runs
from the mouse's press (the browser's time stamp of it) to the moment when the first sample that is not silent was
rendered by an AudioContext through which every media element is led; what the sound card takes from there on is the
same for all players, and not in it. The sound has noise everywhere, so that no silence of its own is waited for. Before
each press the player is at rest and silent. `seek_p95_ms` is by way: `http`, a server of another origin that knows
ranges, `files`, the Jupyter server's own, both with WAV; and `stream`, fragments from Python, the worse of WAV and MP3
with a variable bit rate.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.e2e.servers import JupyterServer

from . import clicks
from .common import finish, percentile
from .player import Player, link, summary

COUNT = 100
LIMIT = 300.0
#: Name: format of the sound, way.
WAYS = {
    "http": ("wav", "http"),
    "files": ("wav", "files"),
    "stream": ("wav", "stream"),
    "stream_mp3_vbr": ("mp3_vbr", "stream"),
}


@contextmanager
def ranges(path: Path) -> Iterator[str]:
    """Serve one file with ranges, to scripts of every origin; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            size = path.stat().st_size
            first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
            begin, end = int(first), min(int(last or size - 1), size - 1)
            self.send_response(206 if "Range" in self.headers else 200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Type", "audio/wav")
            self.send_header("Content-Length", str(end + 1 - begin))
            if "Range" in self.headers:
                self.send_header("Content-Range", f"bytes {begin}-{end}/{size}")
            self.end_headers()
            try:
                with path.open("rb") as file:
                    file.seek(begin)
                    while begin <= end:
                        begin += self.wfile.write(file.read(min(1 << 18, end + 1 - begin)))
            except ConnectionError:
                pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{path.name}"
        server.shutdown()


def seeks(player: Player, count: int, seed: str) -> list[float]:
    """Return what each of some seeks took, in ms."""
    chance = random.Random(seed)
    took = []
    player.press_at(0.5)
    player.space()
    player.chrome.until("heard.quanta.length > 1000")
    player.rest()
    for _ in range(count):
        player.chrome.run("heard.clear()")
        player.press_at(chance.uniform(0.01, 0.98))
        player.space()
        began = player.chrome.run("heard.presses.find(({ name }) => name === 'pointerdown').at")
        took.append(player.chrome.until(f"heard.first({began})", 20) - began)
        player.rest()
    return took


def measure(server: JupyterServer, folder: Path, name: str, count: int) -> dict[str, Any]:
    format_, way = WAYS[name]
    path = clicks.make(format_)
    with ranges(path) as url:
        media = url if way == "http" else link(server, path)
        player = Player(server, folder, media, way="stream" if way == "stream" else "auto")
        try:
            took = seeks(player, count, name)
            found = {"way": player.way, **summary(took), "ms": [round(value) for value in took]}
        finally:
            player.close()
    print(name, json.dumps({key: value for key, value in found.items() if key != "ms"}), flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="seeks by each way")
    parser.add_argument("--ways", nargs="*", choices=WAYS, default=list(WAYS), help="only these")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="avseg-bench-") as name:
        folder = Path(name)
        server = JupyterServer("lab", folder)
        try:
            found = {way: measure(server, folder, way, chosen.count) for way in chosen.ways}
        finally:
            server.stop()
    by_way: dict[str, float] = {}
    for way, result in found.items():
        kind = WAYS[way][1]
        by_way[kind] = max(by_way.get(kind, 0.0), round(percentile(result["ms"])))
    figures: dict[str, Any] = {"seek_p95_ms": by_way, **{f"seek_p95_ms_{way}": by_way[way] for way in by_way}}
    finish(figures, {f"seek_p95_ms_{way}": LIMIT for way in by_way}, {"ways": found, "count": chosen.count})


if __name__ == "__main__":
    main()
