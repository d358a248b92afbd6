"""Measures the worker portal: 100 simulated workers, 1,000 items, 10,000 submissions. Knows the portal by HTTP only."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import numpy as np
import soundfile

from avseg_widget import Annotation, Segment, Task, Track, fields
from avseg_widget.groundtruth import read_results

from .common import finish, percentile

WORKERS, ITEMS, ANSWERS = 100, 1000, 10
#: Seconds that a worker thinks over a task, on average: far less than a person, so that the server is pressed.
THINKING = 1.0
#: The share of the submissions after which memory is taken for warm.
WARM = 0.1
LIMITS = {"submit_p95_ms": 200.0, "errors": 0, "rss_growth_mb": 16.0}
TASK = Task(title="Benchmark", tracks={"speaker": ["A", "B"]}, segment_fields=[fields.Text("text")])


class Connection:
    """One browser's connection: HTTP/1.1 that is kept open, as little as the portal needs, so that it costs little."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self._origin, self._host = origin, parts.netloc
        self._place = (parts.hostname, parts.port)
        self._cookie = ""
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        line = b""
        while not line:
            # A connection that was idle for long may have been closed, as browsers know too.
            if self._streams is None or self._streams[0].at_eof():
                self.close()
                self._streams = await asyncio.open_connection(*self._place)
            reader, writer = self._streams
            line = await self._send(reader, writer, method, path, body)
        return await self._read(reader, line)

    async def _send(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: str, path: str, body: bytes
    ) -> bytes:
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nOrigin: {self._origin}\r\nCookie: {self._cookie}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        try:
            return await reader.readline()
        except ConnectionResetError:
            self.close()
            return b""

    async def _read(self, reader: asyncio.StreamReader, first: bytes) -> tuple[int, bytes]:
        status, length = int(first.split()[1]), 0
        while (line := (await reader.readline()).strip()) != b"":
            name, _, value = line.partition(b": ")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"set-cookie":
                self._cookie = value.partition(b";")[0].decode()
        return status, await reader.readexactly(length)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Run:
    """The workers' submissions, and what was measured of them; ``thinking`` is in seconds."""

    def __init__(self, origin: str, links: dict[str, str], process: int, thinking: float) -> None:
        self._origin, self._links, self._process, self._thinking = origin, links, process, thinking
        self._total = ITEMS * ANSWERS
        self.times: dict[str, list[float]] = {"take": [], "page": [], "submit": []}
        self.errors: Counter[str] = Counter()
        self.memory: list[tuple[int, float]] = []
        self.done = 0

    async def go(self) -> None:
        await asyncio.gather(*(self._work(name, link) for name, link in self._links.items()))

    async def _work(self, name: str, link: str) -> None:
        connection, chance = Connection(self._origin), random.Random(name)
        await asyncio.sleep(chance.uniform(0, self._thinking))
        status, _ = await connection.ask("GET", urlsplit(link).path)
        self._count("join", status, 303)
        while True:
            state = json.loads(await self._timed("take", connection, "POST", "/take", b"{}"))
            if "url" not in state:
                break
            task = urlsplit(state["url"]).path
            await self._timed("page", connection, "GET", task)
            await asyncio.sleep(chance.expovariate(1 / self._thinking) if self._thinking else 0)
            await self._timed("submit", connection, "POST", f"{task}answer", answer(chance))
            self.done += 1
            if self.done % (self._total // 100) == 0:
                self.memory.append((self.done, resident(self._process)))
        connection.close()

    async def _timed(self, what: str, connection: Connection, method: str, path: str, body: bytes = b"") -> bytes:
        began = time.perf_counter()
        status, content = await connection.ask(method, path, body)
        self.times[what].append(time.perf_counter() - began)
        self._count(what, status, 200)
        return content if status == 200 else b"{}"

    def _count(self, what: str, status: int, wanted: int) -> None:
        if status != wanted:
            self.errors[f"{what} {status}"] += 1


def answer(chance: random.Random) -> bytes:
    """Return an answer of 20 segments, as an editor sends it."""
    segments = [
        Segment(
            "speaker:A", place + chance.random() / 2, place + 0.5 + chance.random() / 2, {"text": "well"}, f"s{place}"
        )
        for place in range(20)
    ]
    made = Annotation([Track("speaker", "A")], segments)
    return json.dumps({"annotations": msgspec.json.encode(made).decode()}).encode()


def resident(process: int) -> float:
    """Return the memory that a process holds, in MB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"the portal (process {process}) has ended")


def write_job(folder: Path) -> None:
    lines = []
    for item in range(ITEMS):
        soundfile.write(folder / f"{item}.wav", 0.3 * np.sin(np.arange(8000) / (5 + item % 50)), 8000)
        lines.append(json.dumps({"source-ref": f"{item}.wav", "number": item}) + "\n")
    (folder / "manifest.jsonl").write_text("".join(lines))
    (folder / "task.json").write_bytes(msgspec.json.encode(TASK))


def measure(folder: Path, thinking: float) -> tuple[Run, dict[str, Any]]:
    """Run the job; return what was measured, and details."""
    write_job(folder)
    command = [
        sys.executable,
        "-m",
        "avseg_widget.cli",
        "serve",
        str(folder / "task.json"),
        str(folder / "manifest.jsonl"),
    ]
    command += ["--out", str(folder / "out"), "--workers", str(ANSWERS), "--json"]
    for number in range(WORKERS):
        command += ["--invite", f"Worker {number}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as portal:
        assert portal.stdout
        told = json.loads(portal.stdout.readline())
        run = Run(told["url"], told["workers"], portal.pid, thinking)
        began = time.perf_counter()
        asyncio.run(run.go())
        seconds = time.perf_counter() - began
        portal.terminate()
        portal.communicate()
    found = Counter(result.status for result in read_results(folder / "out", TASK))
    if found != {"answered": ITEMS * ANSWERS}:
        run.errors[f"results {dict(found)}"] += 1
    detail = {f"{what}_p50_ms": round(1000 * percentile(times, 0.5), 1) for what, times in run.times.items()}
    detail |= {f"{what}_p95_ms": round(1000 * percentile(times), 1) for what, times in run.times.items()}
    detail |= {"seconds": round(seconds, 1), "submissions": run.done, "per_second": round(run.done / seconds, 1)}
    return run, {**detail, "errors": dict(run.errors), "rss_mb": [round(mb, 1) for _, mb in run.memory[::10]]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thinking", type=float, default=THINKING, help="seconds between a task and its answer")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run, detail = measure(Path(folder), chosen.thinking)
    warm = [mb for done, mb in run.memory if done >= WARM * ITEMS * ANSWERS]
    figures = {
        "submit_p95_ms": round(1000 * percentile(run.times["submit"]), 1),
        "errors": sum(run.errors.values()),
        "rss_growth_mb": round(warm[-1] - warm[0], 1),
    }
    finish(figures, LIMITS, detail)


if __name__ == "__main__":
    main()
