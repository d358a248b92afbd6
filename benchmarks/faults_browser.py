"""Faults while a person edits in real JupyterLab: the page, its line to the kernel, the kernel and the disk.

A hand draws, writes, resizes, deletes and undoes in Chromium; after each gesture, what the page shows is noted, and
how much of that the page calls saved. Then the kernel is killed (SIGKILL), frames of its websocket are dropped or come
late, the page is closed without a word or loaded again, or the disk is full. When all is well again, the page must show
what another process reads in the store: what was shown after some number of the edits, no fewer than were called saved,
and all of them, but for the one gesture in flight where the page itself ended. Anything else ends the run.
"""

from __future__ import annotations

import os
import random
import re
import secrets
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, WebSocketRoute, sync_playwright
from playwright.sync_api import TimeoutError as Late

from avseg_widget import Store, sample
from avseg_widget.media import open_media
from tests.e2e.editor import Editor
from tests.e2e.hosts import open_notebook, run_again
from tests.e2e.servers import JupyterServer

from .common import FLAGS, chromium
from .faults_kernel import ANNOTATOR, ITEM

#: How often each fault comes, of all.
WEIGHTS = {
    "kernel killed": 10,
    "frames dropped": 8,
    "frames late": 8,
    "page closed": 5,
    "page loaded again": 5,
    "disk full": 4,
}
TRACK = "speaker:A"
#: Segments have places of their own, so that each gesture hits what it is meant for; seconds.
PLACES, STEP = 6, 2.0
#: Milliseconds that a state may take to come; a busy machine is slow.
PATIENCE = 90_000
DISK = "12m"
NAME = "faults"

CODE = """\
import os, pathlib, sys
sys.path.insert(0, {root!r})
from avseg_widget import Segmenter, sample
from benchmarks.faults_kernel import TASK
pathlib.Path({pid!r}).write_text(str(os.getpid()))
w = Segmenter(sample.audio(), TASK, store={store!r}, item={item!r}, annotator={annotator!r})"""
#: What the page shows, and what it says of it. A segment's exact times are in the titles of its inputs.
SHOWN = """async () => {
  for (let turn = 0; turn < 2; turn++) await new Promise(requestAnimationFrame);
  const told = document.querySelector('[role="status"][aria-label="Saving"]');
  const rows = document.querySelectorAll('tr[data-segment]');
  const of = (row, name) => row.querySelector(`[aria-label="${name}"]`);
  return {
    unsaved: Number(told?.dataset.unsaved),
    told: told?.textContent ?? "",
    segments: [...rows].map((row) => [
      parseFloat(of(row, "Start").title), parseFloat(of(row, "End").title),
      row.querySelector(".avseg-cell-text input").value,
    ]),
  };
}"""
SAVED = """() => {
  const told = document.querySelector('[role="status"][aria-label="Saving"]');
  return told?.dataset.unsaved === "0" && told.textContent.startsWith("Saved in");
}"""
TOLD = """(text) => {
  const told = document.querySelector('[role="status"][aria-label="Saving"]');
  return new RegExp(text).test(told?.textContent ?? "");
}"""
#: How many edits the browser keeps for the page that comes next.
KEPT = """async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === "avseg")) return 0;
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open("avseg");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const keys = await new Promise((resolve) => {
    const request = database.transaction("kept").objectStore("kept").getAllKeys();
    request.onsuccess = () => resolve(request.result);
  });
  database.close();
  return keys.filter((key) => key[1] === "edit").length;
}"""
COMM = re.compile(rb'"comm_id": ?"([^"]+)"')
COMMAND = "(name) => { void window.jupyterapp.commands.execute(name); }"

Segments = list[tuple[float, float, str]]


class Line:
    """The websockets of all pages to the kernel: frames pass, are lost, or wait and come later in their order."""

    def __init__(self, chance: random.Random) -> None:
        self._random = chance
        self.drop = 0.0
        self.holds = False
        #: The widgets that pages sent something to.
        self.comms: set[bytes] = set()
        self._held: list[tuple[Any, str | bytes]] = []

    def connect(self, page_side: WebSocketRoute) -> None:
        server_side = page_side.connect_to_server()
        page_side.on_message(lambda frame: self._send(server_side, frame))
        server_side.on_message(lambda frame: self._pass(page_side, frame))

    def _send(self, to: WebSocketRoute, frame: str | bytes) -> None:
        data = frame.encode() if isinstance(frame, str) else frame
        if b'"comm_msg"' in data:
            self.comms |= set(COMM.findall(data))
        self._pass(to, frame)

    def _pass(self, to: WebSocketRoute, frame: str | bytes) -> None:
        if self.holds or self._held:
            self._held.append((to, frame))
        elif self._random.random() >= self.drop:
            to.send(frame)

    def release(self, count: int | None = None) -> None:
        """Let so many of the held frames go, in their order, or all."""
        going, self._held = self._held[:count], self._held[len(self._held) if count is None else count :]
        for to, frame in going:
            to.send(frame)


class Desk:
    """A browser, a JupyterLab, a store, and a hand that edits."""

    def __init__(self, context: BrowserContext, server: JupyterServer, store: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.server, self.store, self._context = server, store, context
        self._pid = store.with_name("pid")
        self._rate = open_media(sample.audio()).info().sample_rate or 0
        self.line = Line(self.random)
        context.route_web_socket(re.compile("/channels"), self.line.connect)
        self._written = 0
        self.edits = self.lost = self.restarts = self.full = 0
        root = str(Path(__file__).parents[1])
        code = CODE.format(root=root, pid=str(self._pid), store=str(store), item=ITEM, annotator=ANNOTATOR)
        self._new_page()
        open_notebook(self.page, server, NAME, [code, "w"])
        self.editor.wait()
        self.editor.add_track("speaker", "A")
        self.settle()

    def _new_page(self) -> None:
        self.page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.editor = Editor(self.page, self._rate)

    # What is shown and what is stored.

    def settle(self) -> None:
        """Wait until all is saved; begin to count anew."""
        self.wait(SAVED, "every edit to be saved")
        self.page.evaluate(COMMAND, "docmanager:save")  # the cell's output, for the page that comes next
        self.noted: list[Segments] = []
        self.saved = 0
        self.note()

    def look(self) -> tuple[Segments, int, str]:
        """Return the segments that the page shows, how many edits it calls unsaved, and its words."""
        shown = self.page.evaluate(SHOWN)
        return sorted((start, end, text) for start, end, text in shown["segments"]), shown["unsaved"], shown["told"]

    def note(self) -> None:
        """Note what the page shows, and how many of the edits it calls saved."""
        segments, unsaved, _ = self.look()
        if not self.noted or segments != self.noted[-1]:
            self.noted.append(segments)
        self.saved = max(self.saved, len(self.noted) - 1 - unsaved)

    def stored(self) -> Segments:
        with Store(self.store) as opened:
            found = opened.annotation(ITEM, ANNOTATOR).segments
        return sorted((item.start, item.end, item.fields.get("text", "")) for item in found)

    def compare(self, missing: int = 0) -> None:
        """Compare page and store with what was noted, of which so many may be missing at the end."""
        stored = self.agreed()
        last = len(self.noted) - 1
        found = next((place for place in range(last, -1, -1) if self.noted[place] == stored), None)
        if found is None or found < self.saved:
            self.lost += self.saved - (found or 0)
            raise RuntimeError(f"saved edits are gone: {stored} of {self.noted[self.saved :]}")
        if found < last - missing:
            raise RuntimeError(f"{last - found} edits are gone that were not called saved yet")
        self.edits += last
        self.settle()

    def agreed(self) -> Segments:
        """Return what is stored, once the page shows that and calls it saved, and the browser keeps nothing more.

        A page that opens shows what is stored, then on top of it the edits that an earlier page kept.
        """
        limit = time.monotonic() + PATIENCE / 1000
        while True:
            self.wait(SAVED, "every edit to be saved")
            kept, stored = self.page.evaluate(KEPT), self.stored()
            shown, unsaved, told = self.look()
            if shown == stored and not unsaved and not kept:
                return stored
            if time.monotonic() > limit:
                raise RuntimeError(f"the page shows {shown}, keeps {kept} and says {told!r}, the store has {stored}")

    def wait(self, holds: str, what: str, argument: Any = None, patience: int = PATIENCE, **how: Any) -> None:
        """Wait until something holds in the page; raise with what was waited for."""
        try:
            self.page.wait_for_function(holds, arg=argument, timeout=patience, **how)
        except Late:
            *_, told = self.look()
            raise RuntimeError(f"waited {patience / 1000:.0f} s for {what}; the page says {told!r}") from None

    # The hand.

    def burst(self, least: int = 2, most: int = 7) -> None:
        """Make some edits, one right after the other."""
        for _ in range(self.random.randint(least, most)):
            self.gesture()
            self.note()

    def gesture(self) -> None:
        taken = {round(start // STEP): (start, end) for start, end, _ in self.noted[-1]}
        free = [place for place in range(PLACES) if place not in taken]
        if free and (len(taken) < 2 or self.random.random() < 0.4):
            self.draw(self.random.choice(free))
            return
        start, end = self.random.choice([*taken.values()])
        kind = self.random.choice(["write", "write", "resize", "delete", "undo"])
        if kind == "write":
            self.write(start)
        elif kind == "resize":
            self.editor.resize_end(TRACK, (start, end), start // STEP * STEP + self.random.uniform(1.0, 1.7))
        elif kind == "delete":
            place = self.editor.geometry()
            self.page.mouse.click(place.x_at((start + end) / 2), place.middle_of(TRACK))
            self.page.keyboard.press("Delete")
        else:
            self.page.locator(".avseg-editor").focus()
            self.page.keyboard.press("Control+z")

    def draw(self, place: int) -> None:
        self.editor.draw(TRACK, place * STEP + 0.3, place * STEP + self.random.uniform(0.8, 1.5))

    def write(self, start: float, size: int = 0) -> None:
        self._written += 1
        field = self.editor.row(start).get_by_label("text")
        field.fill(f"{self._written} é".ljust(size, "."))
        field.press("Tab")

    # The faults.

    def kernel_killed(self) -> None:
        pid = int(self._pid.read_text())
        killing = threading.Timer(self.random.uniform(0, 0.8), os.kill, (pid, signal.SIGKILL))
        killing.start()
        self.burst(3, 8)
        killing.join()
        self.wait(TOLD, "the editor to tell of the kernel's end", "^Not connected")
        dead, self.line.comms = self.line.comms, set()
        self._dismiss()
        self.burst(1, 3)
        self._dismiss()
        self.restarts += run_again(self.page)
        self.compare()
        if dead & self.line.comms:
            raise RuntimeError("the page still sends to a widget whose kernel has ended")

    def _dismiss(self) -> None:
        """Close what JupyterLab says of the kernel, where a gesture has not."""
        self.look()
        for button in self.page.get_by_role("dialog").get_by_role("button", name="Ok").all():
            button.click()

    def frames_dropped(self) -> None:
        self.line.drop = self.random.uniform(0.1, 0.6)
        self.burst()
        self.line.drop = 0.0
        if self.random.random() < 0.8:  # mostly the browser tells that the network is there again
            self.page.evaluate("() => { window.dispatchEvent(new Event('online')); }")
        self.compare()

    def frames_late(self) -> None:
        self.line.holds = True
        for _ in range(self.random.randint(1, 4)):
            self.burst(1, 3)
            self.line.release(self.random.randint(0, 12))
            self.note()
        self.line.holds = False
        self.line.release()
        self.compare()

    def _end_page(self, end: Callable[[], object]) -> None:
        """Edit, and end the page right behind a gesture, which may be lost."""
        self.burst()
        free = [place for place in range(PLACES) if all(start // STEP != place for start, _, _ in self.noted[-1])]
        if free and self.random.random() < 0.8:
            place = free[0]
            drawn = self.editor.draw(TRACK, place * STEP + 0.3, place * STEP + 1.2)
            self.noted.append(sorted([*self.noted[-1], (*drawn, "")]))
        end()

    def page_closed(self) -> None:
        self._end_page(lambda: self.page.close(run_before_unload=False))
        self._new_page()
        workspace = secrets.token_hex(4)
        self.page.goto(f"{self.server.url}/lab/workspaces/{workspace}/tree/{NAME}.ipynb?token={self.server.token}")
        self.compare(missing=1)

    def page_loaded_again(self) -> None:
        self._end_page(self.page.reload)
        self.compare(missing=1)

    def disk_full(self) -> None:
        fill = self.store.with_name("fill")
        with suppress(OSError), fill.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        self.burst(1, 2)
        for start, *_ in self.noted[-1] * 3:
            self.write(start, 4000)
            self.note()
            if self.page.evaluate(TOLD, "kept in this"):
                break
        self.full += self.page.evaluate(TOLD, "kept in this")
        fill.unlink()
        again = self.page.get_by_role("button", name="Try again now")
        with suppress(Late):  # it goes when the edits were stored by themselves
            again.click(timeout=1000)
        self.compare()


def measure(folder: Path, faults: int, seed: int, *, small_disk: bool) -> tuple[Counter[str], int, dict[str, Any]]:
    """Have so many faults happen; return how often each did, what was lost, and more."""
    began = time.monotonic()
    weights = {name: weight for name, weight in WEIGHTS.items() if small_disk or name != "disk full"}
    done: Counter[str] = Counter()
    lab = folder.with_name("lab")
    lab.mkdir()
    server = JupyterServer("lab", lab)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            desk = Desk(browser.new_context(viewport={"width": 1400, "height": 1000}), server, folder / "page.db", seed)
            # Each kind comes once at least.
            more = desk.random.choices([*weights], [*weights.values()], k=max(0, faults - len(weights)))
            names = [*weights, *more]
            desk.random.shuffle(names)
            for name in names[:faults]:
                getattr(desk, name.replace(" ", "_"))()
                done[f"in JupyterLab: {name}"] += 1
            browser.close()
    finally:
        server.end_sessions()
        server.stop()
    detail = {"edits": desk.edits, "restarts_by_hand": desk.restarts, "disk_full_told": desk.full}
    return done, desk.lost, {**detail, "seconds": round(time.monotonic() - began)}
