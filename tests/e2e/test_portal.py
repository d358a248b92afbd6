"""The portal in two real browsers, each a worker on all items, while its server is killed again and again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Error, Page, Request, Response, expect

from avseg_widget import Annotation, Segment, Task, Track, fields
from avseg_widget.groundtruth import read_results

from .hosts import open_notebook
from .servers import JupyterServer

#: All of them with `make proof`, else a few of each kind.
ITEMS = 50 if os.environ.get("AVSEG_PROOF") else 10
#: Each fifth submission of the two workers meets one.
KILLS = 2 * ITEMS // 5
#: What a worker's browser is doing when the server is killed.
MOMENTS = ("before", "answer", "after", "take")
TASK = Task(title="Voices", tracks={"speaker": ["A"]}, segment_fields=[fields.Text("text")])
#: Most seconds that one step of a worker may take, a restart of the server included.
PATIENCE = 60.0


#: What a worker's page shows: the address of another task, nothing left, or the way to begin.
NEXT = """(shown) => {
  const { src } = document.querySelector("iframe") ?? {};
  if (src) return src === shown ? false : src;
  const text = document.querySelector("main")?.textContent ?? "";
  if (/All is done|Nothing is left/.test(text)) return "over";
  return document.querySelector("main button:enabled") ? "start" : false;
}"""


class Served:
    """``avseg serve`` as a child process, which can be killed and started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        (folder / "task.json").write_bytes(msgspec.json.encode(TASK))
        self.out = folder / "out"
        self._log = folder / "serve.log"
        self._command = [sys.executable, "-m", "avseg_widget.cli", "serve", str(folder / "task.json")]
        self._command += [str(folder / "manifest.jsonl"), "--out", str(self.out), "--json", *options]
        self.start()
        limit = time.monotonic() + PATIENCE
        while b"\n" not in self._log.read_bytes():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < limit
            time.sleep(0.05)
        told = json.loads(self._log.read_text().splitlines()[0])
        self.links: dict[str, str] = told["workers"]
        self.lead: str = told["lead"]

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()

    def stop(self) -> int:
        """End it as a job's scheduler does, once it answers: before, nothing in it hears of that."""
        limit = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(self.lead, timeout=5).close()
                break
            except urllib.error.HTTPError:  # it answers
                break
            except OSError:
                assert time.monotonic() < limit
                time.sleep(0.05)
        self._process.terminate()
        return self._process.wait(PATIENCE)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    lines = []
    for item in range(ITEMS):
        samples = 0.3 * np.sin(np.arange(4000) / (5 + item))
        soundfile.write(tmp_path / f"{item}.wav", samples, 8000)
        given = Annotation(
            [Track("speaker", "A")], [Segment("speaker:A", 0.1, 0.1 + (item + 1) / 200, {"text": f"item {item}"}, "s")]
        )
        lines.append({"source-ref": f"{item}.wav", "annotations": msgspec.to_builtins(given)})
    (tmp_path / "manifest.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    running = Served(tmp_path, "--workers", "2", "--invite", "Ada", "--invite", "Ben")
    yield running
    running.kill()


@dataclass
class Worker:
    """A person at a browser: opens tasks, submits, and submits again what was not taken."""

    name: str
    page: Page
    shown: str = ""
    #: The answers that the portal acknowledged, by the address of their task.
    acknowledged: dict[str, str] = field(default_factory=dict)
    #: Called once with the next request whose address ends so.
    awaited: str = ""
    strike: object = None

    def __post_init__(self) -> None:
        self.page.on("response", self._heard)
        self.page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        if self.awaited and request.url.endswith(self.awaited):
            self.awaited = ""
            assert callable(self.strike)
            self.strike()

    def _heard(self, response: Response) -> None:
        if response.url.endswith("/answer") and response.status == 200:
            self.acknowledged[response.url] = response.request.post_data or ""

    def next_task(self) -> bool:
        """Wait for a task that was not shown before; False when there is none any more."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            found = self.page.wait_for_function(NEXT, arg=self.shown, timeout=PATIENCE * 1000).json_value()
            if found != "start":
                self.shown = found if found != "over" else ""
                return bool(self.shown)
            with suppress(Error):  # it may be on its way already
                self.page.get_by_role("button", name="Start working").click(timeout=2000)
        raise AssertionError(f"no task came: {self.page.locator('body').inner_text()}")

    def submit(self) -> None:
        """Submit until it is acknowledged, as a person does; a task that could not be loaded comes by itself."""
        # By its address: what comes in its place must not be submitted unseen.
        frame = self.page.frame_locator(f'iframe[src="{self.shown}"]')
        button = frame.get_by_role("button", name="Submit", exact=True)
        refused = frame.get_by_text("Not handed over")
        limit = time.monotonic() + PATIENCE
        while not self.is_acknowledged:
            assert time.monotonic() < limit, [frame.locator("body").inner_text() for frame in self.page.frames]
            with suppress(Error):  # the task goes on its way, or comes anew
                button.click(timeout=1000)
            for wait in range(10):
                self.page.wait_for_timeout(20)
                if self.is_acknowledged or (wait == 9 and refused.is_visible()):
                    break

    @property
    def is_acknowledged(self) -> bool:
        return f"{self.shown}answer" in self.acknowledged


class Watch(threading.Thread):
    """Looks at the results while they are made: they must be whole each time, and never be fewer."""

    def __init__(self, out: Path) -> None:
        super().__init__(daemon=True)
        self.looks, self.faults = 0, list[str]()
        self._out, self._ended, self._most = out, threading.Event(), 0

    def run(self) -> None:
        while not self._ended.wait(0.5):
            if not (self._out / "manifests/output/output.manifest").exists():
                continue
            results = list(read_results(self._out, TASK))
            answered = sum(result.status == "answered" for result in results)
            kinds = {result.status for result in results}
            if len({result.item for result in results}) != ITEMS or not kinds <= {"answered", "unlabeled"}:
                self.faults.append(f"{kinds} for {len(results)} results: {results!r:.400}")
            if answered < self._most:
                self.faults.append(f"{answered} answers after {self._most}")
            self._most, self.looks = answered, self.looks + 1

    def end(self) -> None:
        self._ended.set()
        self.join()


def work(workers: list[Worker], served: Served) -> int:
    """Let workers submit in turn until nothing is left for them; return how often the server was killed meanwhile."""
    done, kills, busy = 0, 0, list(workers)
    while busy:
        for worker in list(busy):
            if not worker.next_task():
                busy.remove(worker)
                continue
            done += 1
            # Each fifth submission meets a kill, at each of the moments in turn.
            moment = MOMENTS[kills % len(MOMENTS)] if done % 5 == 0 else ""
            kills += bool(moment)
            if moment == "before":
                worker.page.frame_locator("iframe").get_by_role("button", name="Submit", exact=True).wait_for()
                served.restart()
            elif moment in {"answer", "take"}:
                worker.awaited = f"/{moment}"
            worker.submit()
            if moment == "after":
                served.restart()
    return kills


def answers_of(worker: Worker, out: Path) -> list[str]:
    """Return the answers of a worker that the files hold, sorted."""
    return sorted(
        json.dumps(answer["answerContent"])
        for path in (out / "annotations/worker-response/iteration-1").glob("*/*.json")
        for answer in json.loads(path.read_bytes())["answers"]
        if answer["workerId"] == worker.name
    )


def test_no_acknowledged_answer_is_lost_or_doubled_when_the_server_is_killed(browser: Browser, served: Served) -> None:
    contexts = [browser.new_context(viewport={"width": 800, "height": 600}) for _ in range(2)]
    workers = [Worker(name, context.new_page()) for name, context in zip(("Ada", "Ben"), contexts, strict=True)]
    uncaught: list[str] = []
    watch = Watch(served.out)
    watch.start()
    for worker in workers:
        worker.strike = served.restart
        worker.page.on("pageerror", lambda error: uncaught.append(str(error)))
        worker.page.goto(served.links[worker.name])
        assert worker.page.url == served.links[worker.name].rpartition("/join/")[0] + "/"
    kills = work(workers, served)
    watch.end()
    for context in contexts:
        context.close()
    assert served.stop() == 0
    assert [len(worker.acknowledged) for worker in workers] == [ITEMS, ITEMS]
    assert (kills, uncaught, watch.faults) == (KILLS, [], [])
    assert watch.looks > 0
    results = list(read_results(served.out, TASK))
    assert [result.status for result in results] == ["answered"] * (2 * ITEMS)
    for worker in workers:
        told = sorted(json.dumps(json.loads(text)) for text in worker.acknowledged.values())
        assert answers_of(worker, served.out) == told
    given = set()
    for result in results:
        assert result.annotation
        given.add((result.item, result.annotation.provenance.annotator))
        assert [segment.fields["text"] for segment in result.annotation.segments] == [f"item {result.item}"]
    assert given == {(item, worker.name) for item in range(ITEMS) for worker in workers}
    assert not list(served.out.rglob(".*.part"))


def test_the_state_is_shown_live_in_a_notebook(page: Page, lab: JupyterServer, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(800), 8000)
    code = f"""from avseg_widget import Task, groundtruth
lines = [{{"source-ref": {str(tmp_path / "a.wav")!r}}}]
p = groundtruth.Portal(Task(title="Live"), lines, {str(tmp_path / "out")!r}, invite=["<b>Ada</b>"])
p"""
    shown = open_notebook(page, lab, "portal", [code], "list(p.links.values())[0]")
    output = page.locator(".jp-OutputArea-output")
    expect(output).to_contain_text("0 of 1 items done, 0 of 1 answers, 0 being worked on")
    expect(output).to_contain_text("<b>Ada</b>")
    worker = page.context.new_page()
    worker.goto(shown.read())
    worker.get_by_role("button", name="Start working").click()
    worker.frame_locator("iframe").get_by_role("button", name="Submit", exact=True).click()
    worker.get_by_text("All is done").wait_for()
    expect(output).to_contain_text("1 of 1 items done, 1 of 1 answers")
    page.screenshot(path=tmp_path / "live.png")
    assert shown.kernel
    shown.kernel.run("p.close()")
    expect(output).to_contain_text("closed")
    expect(output.get_by_role("link")).to_have_count(0)
