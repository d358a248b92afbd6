"""Frames of a page while it is being moved: real input, the page's own frame times, script time from a trace."""

from __future__ import annotations

import asyncio
import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .common import percentile

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Page

#: How often the driver sends input, in seconds: more often than a screen is drawn, as a mouse does.
INTERVAL = 0.008
#: What Chromium's trace calls work that is script; the outermost of nested ones counts.
SCRIPT = {
    "FunctionCall", "EvaluateScript", "RunMicrotasks", "FireAnimationFrame", "TimerFire", "EventDispatch",
    "FireIdleCallback", "v8.callFunction", "MinorGC", "MajorGC",
}  # fmt: skip
CATEGORIES = "devtools.timeline,v8,blink.user_timing"
#: Marks each frame, for the trace and for the page's own figures.
WATCH = """() => {
  window.benchTimes = [];
  const loop = (time) => {
    window.benchTimes.push(time);
    performance.mark("bench-frame");
    window.benchHandle = requestAnimationFrame(loop);
  };
  window.benchHandle = requestAnimationFrame(loop);
}"""
STOP = "() => { cancelAnimationFrame(window.benchHandle); performance.clearMarks(); return window.benchTimes; }"


def step_back() -> None:
    """Let the browser go before what drives it, from now on: a hand with a mouse takes no processor's time."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    drivers = children.read_text().split() if children.exists() else []
    for process in (os.getpid(), *map(int, drivers)):
        os.setpriority(os.PRIO_PROCESS, process, 10)


@dataclass
class Frames:
    """Times in ms of the frames of one motion."""

    frame: list[float] = field(default_factory=list)
    script: list[float] = field(default_factory=list)

    def add(self, other: Frames) -> None:
        self.frame += other.frame
        self.script += other.script

    def figures(self) -> dict[str, float]:
        return {
            "frames": len(self.frame),
            "frame_p50": round(percentile(self.frame, 0.5), 2),
            "frame_p95": round(percentile(self.frame), 2),
            "script_p50": round(percentile(self.script, 0.5), 2),
            "script_p95": round(percentile(self.script), 2),
            "script_max": round(max(self.script), 2),
        }


class Driver:
    """Sends mouse input through the browser without waiting for each to be handled, as a hand does."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self._under_way: set[asyncio.Task[Any]] = set()

    def send(self, kind: str, x: float, y: float, **more: Any) -> None:
        event = {"type": kind, "x": x, "y": y, **more}
        task = asyncio.ensure_future(self._session.send("Input.dispatchMouseEvent", event))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def rest(self) -> None:
        """Return when everything sent was handled."""
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def each(self, steps: Iterable[Callable[[], None]]) -> None:
        """Take one step after the other at the pace of a mouse; never more than a few ahead of the page."""
        clock = asyncio.get_running_loop()
        next_at = clock.time()
        for step in steps:
            step()
            next_at = max(next_at + INTERVAL, clock.time())
            await asyncio.sleep(next_at - clock.time())
            while len(self._under_way) > 4:
                await asyncio.sleep(0.001)
        await self.rest()


async def watch(browser: Browser, page: Page, motion: Callable[[], Awaitable[None]]) -> Frames:
    """Return the frames of a motion."""
    tracer = await browser.new_browser_cdp_session()
    events: list[dict[str, Any]] = []
    done = asyncio.Event()
    tracer.on("Tracing.dataCollected", lambda data: events.extend(data["value"]))
    tracer.on("Tracing.tracingComplete", lambda _: done.set())
    await tracer.send("Tracing.start", {"categories": CATEGORIES, "transferMode": "ReportEvents"})
    await page.evaluate(WATCH)
    await motion()
    times = await page.evaluate(STOP)
    await tracer.send("Tracing.end")
    await done.wait()
    await tracer.detach()
    # The first frames hold the start of the measuring itself.
    return Frames([after - before for before, after in pairwise(times[2:])], script_times(events)[2:])


def script_times(events: list[dict[str, Any]]) -> list[float]:
    """Return the ms of script between the marks of the page's frames."""
    marks = [event for event in events if event["name"] == "bench-frame"]
    place, _ = Counter((event["pid"], event["tid"]) for event in marks).most_common(1)[0]
    starts = sorted(event["ts"] for event in marks)
    spent = [0.0] * len(starts)
    end = 0.0
    own = (e for e in events if e["name"] in SCRIPT and e["ph"] == "X" and (e["pid"], e["tid"]) == place)
    for event in sorted(own, key=lambda event: event["ts"]):
        begin = max(event["ts"], end)
        end = max(end, event["ts"] + event.get("dur", 0))
        frame = bisect_right(starts, begin) - 1
        if frame >= 0:
            spent[frame] += max(0.0, end - begin) / 1000
    return spent[:-1]
