"""The editor's drawing: 100 to 100,000 segments in an hour of sound on the task page, wavesurfer's Regions beside it.

Frame time is the distance of animation frames while real mouse and wheel input moves the page; script time is what
Chromium's trace counts as script within each of them. The segments come as they would in a job, by `annotations-ref`:
a value in a manifest's line may have 20,000 characters. `first_draw_ms` runs from the moment their last byte has come
to the frame that shows them, `page_draw_ms` from the moment the page itself has: the bundle's start and the fetching of
peaks and segments are in it. `dom_nodes` counts the editor's elements, those in wavesurfer's shadow tree included, at
the largest size.
"""

from __future__ import annotations

import argparse
import asyncio
import http.server
import json
import math
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from playwright.async_api import Browser, Page, async_playwright

from avseg_widget import Annotation, groundtruth

from .common import FLAGS, HOUR, chromium, finish, make_annotation, make_task, write_hour
from .frames import Driver, Frames, step_back, watch

LIMITS = {
    "first_draw_ms": 500,
    "frame_p95_ms": 16.9,
    "script_p95_ms": 4,
    "growth_100_to_100000": 1.5,
    "dom_nodes": 500,
}
SIZES = (100, 10_000, 100_000)
#: Seconds in sight while scrolling.
WINDOWS = (900, 60, 10)
CTRL = 2
VENDOR = Path(__file__).parents[1] / "js/node_modules/wavesurfer.js/dist"
HERE = Path(__file__).parent

#: Says when the first segment is on the screen: a lane that holds one is not of one colour any more.
FIRST_DRAW = """
const look = () => {
  const canvas = document.querySelector('canvas[data-avseg="tracks"]');
  if (canvas && canvas.width && canvas.height > 300) {
    const row = canvas.getContext("2d").getImageData(0, 18, canvas.width, 1).data;
    for (let at = 4; at < row.length; at += 4) {
      if (row[at] !== row[0] || row[at + 1] !== row[1] || row[at + 2] !== row[2]) {
        requestAnimationFrame(() => setTimeout(() => { window.benchDrawn = performance.now(); }));
        return;
      }
    }
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
#: When the page had been read to its end, and when the segments had come.
PAGE_AT = "() => performance.getEntriesByType('navigation')[0].domInteractive"
DATA_AT = "() => performance.getEntriesByName(%r)[0].responseEnd"
COUNT_NODES = """() => {
  const count = (node) => [...node.children].reduce((sum, child) => sum + 1 + count(child), 0)
    + (node.shadowRoot ? count(node.shadowRoot) : 0);
  return count(document.querySelector(".avseg"));
}"""


class Bench:
    """One page of ours at one size."""

    def __init__(self, browser: Browser, page: Page, driver: Driver, annotation: Annotation) -> None:
        self.browser, self.page, self.driver, self.annotation = browser, page, driver, annotation

    async def place(self) -> dict[str, Any]:
        """Return where the tracks are: window in seconds, box in px."""
        found: dict[str, Any] = await self.page.evaluate(
            """() => {
              const canvas = document.querySelector('canvas[data-avseg="tracks"]');
              const { left, top, width } = canvas.getBoundingClientRect();
              const { start, end, rows } = canvas.dataset;
              return { left, top, width, start: Number(start), end: Number(end), rows: JSON.parse(rows) };
            }"""
        )
        return found

    async def window(self, seconds: float, around: float = HOUR / 2) -> None:
        """Show so many seconds around a time, by Ctrl and the wheel."""
        place = await self.place()
        self.driver.send("mouseWheel", place["left"] + 5, place["top"] + 5, deltaX=0, deltaY=9000, modifiers=CTRL)
        await self.driver.rest()
        turn = math.log(HOUR / seconds) / math.log(1.002)
        x = place["left"] + around / HOUR * place["width"]
        self.driver.send("mouseWheel", x, place["top"] + 5, deltaX=0, deltaY=-turn, modifiers=CTRL)
        await self.driver.rest()
        await self.page.wait_for_timeout(300)
        place = await self.place()
        if not 0.5 < (place["end"] - place["start"]) / seconds < 2:
            raise RuntimeError(f"asked to show {seconds} s, the page shows {place}")

    async def scroll(self) -> Frames:
        place = await self.place()
        x, y = place["left"] + place["width"] / 2, place["top"] + 100
        steps = [12] * 100 + [-12] * 100

        async def motion() -> None:
            await self.driver.each(
                partial(self.driver.send, "mouseWheel", x, y, deltaX=step, deltaY=0) for step in steps
            )

        return await watch(self.browser, self.page, motion)

    async def zoom(self) -> Frames:
        place = await self.place()
        x, y = place["left"] + place["width"] / 2, place["top"] + 100
        steps = [-24] * 130 + [24] * 130

        async def motion() -> None:
            await self.driver.each(
                partial(self.driver.send, "mouseWheel", x, y, deltaX=0, deltaY=step, modifiers=CTRL) for step in steps
            )

        return await watch(self.browser, self.page, motion)

    async def drag(self) -> Frames:
        """Drag the end of a segment to and fro, and let it go where it makes a change."""
        segment = self.annotation.segments[len(self.annotation.segments) // 2]
        await self.window(60, segment.end)
        place = await self.place()
        x = place["left"] + (segment.end - place["start"]) / (place["end"] - place["start"]) * place["width"]
        row = next(row for row in place["rows"] if row[0] == segment.track)
        y = place["top"] + row[1] + row[2] / 2
        xs = [x + 60 * math.sin(step / 12) for step in range(220)]

        async def motion() -> None:
            self.driver.send("mouseMoved", x, y)
            self.driver.send("mousePressed", x, y, button="left", buttons=1, clickCount=1)
            await self.driver.each(
                partial(self.driver.send, "mouseMoved", at, y, button="left", buttons=1) for at in xs
            )
            self.driver.send("mouseReleased", xs[-1], y, button="left", clickCount=1)
            await self.driver.rest()

        frames = await watch(self.browser, self.page, motion)
        await self.page.get_by_role("button", name="Undo: resize segment").wait_for(timeout=10_000)
        return frames


async def until_drawn(page: Page) -> None:
    """Look now and then, first after a while: what is asked of the page brings scripts into it while it draws."""
    await asyncio.sleep(3)
    while not await page.evaluate("window.benchDrawn"):
        await asyncio.sleep(0.5)


async def measure(browser: Browser, media: Path, count: int) -> dict[str, Any]:
    """Return what one size takes."""
    annotation = make_annotation(count)
    with (
        serve(media.parent, {"segments.json": msgspec.json.encode(annotation)}) as segments,
        groundtruth.preview(make_task(), media, {"annotations-ref": f"{segments}segments.json"}) as served,
    ):
        page = await browser.new_page(viewport={"width": 1920, "height": 1200})
        page.on("pageerror", lambda error: print("the page failed:", error))
        await page.add_init_script(FIRST_DRAW)
        await page.goto(served.url)
        await asyncio.wait_for(until_drawn(page), 60)
        drawn = await page.evaluate("window.benchDrawn")
        first = drawn - await page.evaluate(DATA_AT % f"{segments}segments.json")
        whole = drawn - await page.evaluate(PAGE_AT)
        await page.wait_for_timeout(500)
        nodes = await page.evaluate(COUNT_NODES)
        bench = Bench(browser, page, Driver(await page.context.new_cdp_session(page)), annotation)
        motions = {}
        for seconds in WINDOWS:
            await bench.window(seconds)
            motions[f"scroll_{seconds}"] = await bench.scroll()
        await bench.window(HOUR)
        motions["zoom"] = await bench.zoom()
        motions["drag"] = await bench.drag()
        if count >= SIZES[1]:
            nodes = max(nodes, await page.evaluate(COUNT_NODES))
        await page.close()
    every = Frames()
    for frames in motions.values():
        every.add(frames)
    detail = {name: frames.figures() for name, frames in motions.items()}
    return {
        "first_draw_ms": round(first),
        "page_draw_ms": round(whole),
        "dom_nodes": nodes,
        **every.figures(),
        "motions": detail,
    }


async def measure_regions(browser: Browser, count: int) -> dict[str, Any]:
    """Return what the same motions take with wavesurfer's Regions plugin."""
    with serve(VENDOR) as vendor:
        page = await browser.new_page(viewport={"width": 1920, "height": 1200})
        await page.goto(f"{vendor}plugins/")
        for name in ("wavesurfer.min.js", "plugins/regions.min.js", "plugins/zoom.min.js"):
            await page.add_script_tag(url=f"/{name}")
        regions = [(item.start, item.end) for item in make_annotation(count).segments]
        added = await page.evaluate((HERE / "regions.js").read_text(), {"regions": regions, "duration": HOUR})
        driver = Driver(await page.context.new_cdp_session(page))

        async def wheel(steps: list[tuple[float, float]]) -> Frames:
            async def motion() -> None:
                await driver.each(partial(driver.send, "mouseWheel", 700, 60, deltaX=x, deltaY=y) for x, y in steps)

            return await watch(browser, page, motion)

        async def drag() -> None:
            x, y = await page.evaluate("window.benchHandleAt()")
            driver.send("mouseMoved", x, y)
            driver.send("mousePressed", x, y, button="left", buttons=1, clickCount=1)
            moves = [x + 30 * math.sin(step / 12) for step in range(80)]
            await driver.each(partial(driver.send, "mouseMoved", at, y, button="left", buttons=1) for at in moves)
            driver.send("mouseReleased", x, y, button="left", clickCount=1)
            await driver.rest()

        motions = {"scroll": await wheel([(12, 0)] * 60)}
        motions["drag"] = await watch(browser, page, drag)
        motions["zoom"] = await wheel([(0, -24)] * 30 + [(0, 24)] * 30)
        await page.close()
    every = Frames()
    for frames in motions.values():
        every.add(frames)
    detail = {name: frames.figures() for name, frames in motions.items()}
    return {"add_ms": round(added), **every.figures(), "motions": detail}


@contextmanager
def serve(folder: Path, files: Mapping[str, bytes] | None = None) -> Iterator[str]:
    """Serve a folder to pages from anywhere, first putting files into it; yields its URL."""
    for name, content in (files or {}).items():
        (folder / name).write_bytes(content)
    handler = partial(OpenHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class OpenHandler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


async def run(sizes: list[int], *, regions: bool) -> dict[str, Any]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        step_back()
        with tempfile.TemporaryDirectory(prefix="avseg-bench-") as folder:
            media = write_hour(Path(folder))
            found = {str(size): await measure(browser, media, size) for size in sizes}
        if regions:
            found["regions"] = await measure_regions(browser, 10_000)
        await browser.close()
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", help="only these, while working on the editor: no summary")
    chosen = parser.parse_args().sizes
    found = asyncio.run(run(list(chosen or SIZES), regions=not chosen))
    if chosen:
        print(json.dumps(found, indent=1))
        return
    small, *large = (found[str(size)] for size in SIZES)
    growth = max(large[-1][key] / small[key] for key in ("frame_p95", "script_p95"))
    figures = {
        "first_draw_ms": max(item["first_draw_ms"] for item in large),
        "page_draw_ms": max(item["page_draw_ms"] for item in large),
        "frame_p95_ms": max(item["frame_p95"] for item in large),
        "script_p95_ms": max(item["script_p95"] for item in large),
        "growth_100_to_100000": round(growth, 2),
        "dom_nodes": max(item["dom_nodes"] for item in large),
        "regions_frame_p95_ms": found["regions"]["frame_p95"],
        "regions_add_ms": found["regions"]["add_ms"],
    }
    finish(figures, LIMITS, found)


if __name__ == "__main__":
    main()
