"""Faults while an editor edits: what was acknowledged must never be gone, and what was not is made once in the end.

A scripted page edits a Segmenter that keeps its labels in a store on a small disk, over the messages of a real page. At
random moments its kernel is killed (SIGKILL), frames are dropped or come late both ways, the page itself ends and the
next one goes on, the disk is full, or the database's write-ahead log is damaged while nobody runs. After each fault the
document must be that after some number of the page's edits, no fewer than were acknowledged (`lost_acknowledged` counts
those that are missing), and after its edits went out again, that after all of them, each made once; anything else ends
the run. `restore_ms` is the median time of opening 10,000 segments from a store whose kernel was killed, from the media
and the store to the state that a page gets; `restore_cpu_ms` is the part of it that this process was running.
Behind that the same with the real page, `--browser` times, as `faults_browser` says; its faults and losses count here.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from avseg_widget import Annotation, Segment, Store, Track, sample
from avseg_widget.media import open_media

from . import faults_browser
from .common import finish
from .faults_kernel import ANNOTATOR, ITEM, TASK, serve
from .faults_page import Page, Plain

LIMITS = {"lost_acknowledged": 0, "restore_ms": 1000}
#: How often each fault comes, of all.
WEIGHTS = {
    "kernel killed": 12,
    "frames dropped": 3,
    "frames late": 2,
    "page ended": 2,
    "disk full": 1,
    "log damaged": 2,
}
SEGMENTS, OPENINGS = 10_000, 9
#: Seconds that an answer may take before a page takes it for lost; a busy machine is slow.
PATIENCE = 60.0
DISK = "48m"


class Kernel:
    """The process that holds the Segmenter, started again after it was killed."""

    def __init__(self, store: Path) -> None:
        self._context = multiprocessing.get_context("forkserver")
        # Each kernel is forked with all that this module imports, which takes seconds to load.
        self._context.set_forkserver_preload([serve.__module__, faults_browser.__name__])
        self.store = store
        self.start()

    def start(self) -> None:
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=serve, args=(theirs, self.store), daemon=True)
        self._process.start()
        theirs.close()
        ready = self.wait("ready")
        self.opened_ms = (float(ready["ms"]), float(ready["cpu_ms"]))

    def send(self, message: Plain) -> None:
        with suppress(OSError):
            self._pipe.send_bytes(json.dumps(message).encode())

    def read(self, patience: float = 0.0) -> Plain | None:
        """Return the next message, or None when none comes, or the kernel died."""
        try:
            return json.loads(self._pipe.recv_bytes()) if self._pipe.poll(patience) else None
        except (EOFError, OSError, ValueError):
            return None

    def wait(self, kind: str) -> Plain:
        """Return the next message of a kind."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            message = self.read(1.0)
            if message and message["type"] == kind:
                return message
            if message is None and not self._process.is_alive():
                break
        raise RuntimeError(f"the kernel sent no {kind} message")

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


class Run:
    """A page, a kernel and a disk, and what may happen to them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        duration = open_media(sample.audio()).info().duration or 0.0
        self.page = Page(seed, duration)
        self.random = self.page.random
        start = Annotation([Track("speaker", tag, position=place) for place, tag in enumerate("AB")], [])
        with Store(folder / "labels.db") as store:
            record = store.open(ITEM, TASK, annotator=ANNOTATOR, duration=duration)
            record.apply(record.document.diff_to_annotation(start), "", 0, 0)
        self.kernel = Kernel(folder / "labels.db")
        self.lost = 0

    def burst(self, drop: float = 0.0) -> None:
        """Make some edits at once; frames are dropped with a chance."""
        for _ in range(self.random.randint(1, 6)):
            message = self.page.edit()
            if self.random.random() >= drop:
                self.kernel.send(message)

    def listen(self, seconds: float, drop: float = 0.0) -> None:
        """Hear what comes for some time."""
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0:
            message = self.kernel.read(left)
            if message is None:
                return
            if self.random.random() >= drop:
                self.page.hear(message)

    def recover(self, *, state_first: bool = True) -> None:
        """Ask for the state, compare it, send again what is not in it, until all is."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            if state_first:
                self.kernel.send({"type": "hello", "client": "page"})
                self._compare(self.kernel.wait("state"))
            state_first = True
            if not self.page.pending():
                return
            for edit in self.page.pending():
                self.kernel.send(edit)
            while self.page.pending():
                message = self.kernel.read(1.0)
                if message is None or message["type"] == "held":
                    break
                if message["type"] == "rejected":
                    raise RuntimeError(f"an edit was refused: {message}")
                self.page.hear(message)
        raise RuntimeError("edits were not taken again")

    def _compare(self, state: Plain) -> None:
        held = {item["id"]: item for item in state["annotation"]["segments"]}
        before = self.page.acknowledged
        counts = [count for count in range(len(self.page.made), -1, -1) if count >= before]
        taken = next((count for count in counts if self._same(held, count)), None)
        if taken is None:
            earlier = next((count for count in range(before, -1, -1) if self._same(held, count)), 0)
            self.lost += before - earlier
            raise RuntimeError(f"{before - earlier} acknowledged edits are gone")
        self.page.hear(state)
        if not self._same(held, self.page.acknowledged):
            raise RuntimeError("an edit counts as taken that is not there, or was made twice")

    def _same(self, held: Plain, count: int) -> bool:
        wanted = self.page.segments(count)
        return held.keys() == wanted.keys() and all(wanted[id_].items() <= held[id_].items() for id_ in wanted)

    # The faults.

    def kernel_killed(self) -> None:
        self.burst()
        self.listen(self.random.expovariate(1 / 0.01))
        self.kernel.kill()
        self.burst()
        self.kernel.start()
        self.recover()

    def frames_dropped(self) -> None:
        self.burst(drop=0.4)
        self.listen(0.02, drop=0.4)
        self.recover()

    def frames_late(self) -> None:
        self.burst()
        for edit in self.page.pending():  # sent again before the answers came
            self.kernel.send(edit)
        self.recover(state_first=self.random.random() < 0.5)

    def page_ended(self) -> None:
        self.burst(drop=0.3)
        self.page.begin()
        self.recover()
        self.burst()
        self.recover()

    def disk_full(self) -> None:
        fill = self.folder / "fill"
        with suppress(OSError), fill.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        self.burst()
        self.listen(0.2)
        if self.random.random() < 0.3:
            self.kernel.kill()
            fill.unlink()
            self.kernel.start()
        fill.unlink(missing_ok=True)
        self.recover()

    def log_damaged(self) -> None:
        self.burst()
        self.listen(self.random.expovariate(1 / 0.02))
        self.kernel.kill()
        log = self.folder / "labels.db-wal"
        if log.exists() and log.stat().st_size:
            data = bytearray(log.read_bytes())
            for _ in range(self.random.randint(1, 20)):
                data[self.random.randrange(len(data))] ^= self.random.randrange(1, 256)
            log.write_bytes(data[: self.random.randint(0, len(data))] if self.random.random() < 0.3 else data)
        self.kernel.start()
        self.recover()


def measure(run: Run, faults: int, *, small_disk: bool) -> Counter[str]:
    """Have so many faults happen; return how often each did."""
    actions: dict[str, Callable[[], None]] = {name: getattr(run, name.replace(" ", "_")) for name in WEIGHTS}
    weights = {name: weight for name, weight in WEIGHTS.items() if small_disk or name != "disk full"}
    done: Counter[str] = Counter()
    for name in run.random.choices([*weights], [*weights.values()], k=faults):
        actions[name]()
        done[name] += 1
    return done


def measure_restore(folder: Path) -> list[tuple[float, float]]:
    """Return the time and the processor's time to open 10,000 segments after the kernel before was killed, in ms."""
    duration = open_media(sample.audio()).info().duration or 0.0
    rows = [Track("speaker", tag, position=place) for place, tag in enumerate("AB")]
    step = duration / SEGMENTS
    segments = [
        Segment(rows[place % 2].id, place * step, (place + 1) * step, {"text": f"segment {place}"}, id=f"s{place}")
        for place in range(SEGMENTS)
    ]
    path = folder / "large.db"
    with Store(path) as store:
        record = store.open(ITEM, TASK, annotator=ANNOTATOR, duration=duration)
        record.apply(record.document.diff_to_annotation(Annotation(rows, segments)), "", 0, 0)
    kernel = Kernel(path)
    found = []
    for place in range(OPENINGS):
        edit = {"segments": {"remove": [f"s{place}"]}}
        kernel.send({"type": "edit", "client": f"page{place}", "seq": 1, "base": 1 + place, "diff": edit})
        kernel.wait("applied")
        kernel.kill()
        kernel.start()
        found.append(kernel.opened_ms)
    kernel.kill()
    return found


@contextmanager
def disk(folder: Path, size: str = DISK) -> Iterator[bool]:
    """Give a folder a small disk of its own, where that may be done; yield whether it has one."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def measure_browser(faults: int, seed: int) -> tuple[Counter[str], int, dict[str, Any]]:
    """Have faults happen to a real page, on a small disk of its own; return what `faults_browser.measure` does."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "disk"
        folder.mkdir()
        with disk(folder, faults_browser.DISK) as small:
            return faults_browser.measure(folder, faults, seed, small_disk=small)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=1000, help="how many faults happen")
    parser.add_argument("--seed", type=int, default=1, help="of the edits and the faults")
    parser.add_argument("--browser", type=int, default=40, help="how many more happen to a page in JupyterLab")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "disk"
        folder.mkdir()
        restores = measure_restore(Path(name))
        with disk(folder) as small:
            if not small:
                print("no small disk can be mounted here: the disk is never full")
            run = Run(folder, options.seed)
            began = time.monotonic()
            done = measure(run, options.faults, small_disk=small)
            seconds = time.monotonic() - began
            run.kernel.kill()
    lost, detail = run.lost, {"edits": len(run.page.made), "seconds": round(seconds)}
    if options.browser:
        found, more, detail["browser"] = measure_browser(options.browser, options.seed)
        done, lost = done + found, lost + more
    figures: dict[str, Any] = {"faults": sum(done.values()), "lost_acknowledged": lost}
    wall, cpu = zip(*restores, strict=True)
    figures |= {"restore_ms": round(statistics.median(wall)), "restore_cpu_ms": round(statistics.median(cpu))}
    finish(figures, LIMITS, {"kinds": done, **detail})


if __name__ == "__main__":
    main()
