"""Frames shown beside the number that the editor says: random seeks, steps and pauses in videos of every kind.

Each frame shows its own number as bars. A page with the editor's bundle is driven by its own controls: a number is
typed, a key pressed, playing stopped; then the bars are read off the video and must be those of the number shown.
`wrong_frames` counts all that were not, or did not come within five seconds. On real time stamps, real decoders:
H.264 in MP4 and VP9 in WebM and MP4, with varying rates, B-frames, starts that are not zero and edit lists.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, async_playwright

from avseg_widget import Task, groundtruth
from avseg_widget.media import open_media

from .barcodes import CLIPS, READ_BARS, Clip, make
from .common import FLAGS, chromium, finish

LIMITS = {"wrong_frames": 0}
SECONDS = 20.0
COUNT = 1000
PAUSES = 25
#: Pages at work at the same time.
PAGES = 2

#: Makes one kind of moves after the other in a page; returns what was wrong and how long a move took.
DRIVE = """async ({ targets, steps, pauses, first, count, readBars }) => {
  const read = eval(readBars);
  const editor = document.querySelector(".avseg-editor");
  const field = editor.querySelector(".avseg-frame input");
  const video = editor.querySelector("video");
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const wrong = [];
  const key = (target, name, repeat = false) =>
    target.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, repeat }));
  const type = async (number) => {
    field.focus();
    field.value = String(number);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await Promise.resolve();
    key(field, "Enter");
  };
  const check = async (kind, asked) => {
    const limit = performance.now() + 5000;
    while (Number(field.value) !== asked && performance.now() < limit) await frame();
    const [shown, bars] = [Number(field.value), read(video) + 1 - first];
    if (shown !== asked || bars !== asked) wrong.push({ kind, asked, shown, bars, mediaTime: video.currentTime });
  };
  const timed = async (act) => {
    const from = performance.now();
    await act();
    return Math.round(performance.now() - from);
  };
  const seeksMs = await timed(async () => {
    for (const target of targets) {
      await type(target);
      await check("seek", target);
    }
  });
  const stepsMs = await timed(async () => {
    let at = targets.at(-1);
    for (const step of steps) {
      at = Math.min(Math.max(at + step, 1), count);
      key(editor, step > 0 ? "ArrowRight" : "ArrowLeft");
      await check("step", at);
    }
  });
  let heldFrames = 0;
  const heldMs = await timed(async () => {
    // A key that is held: every frame that comes must be the next one.
    await type(1);
    await check("seek", 1);
    const seen = [1];
    for (let turn = 0; turn < 400 && seen.at(-1) < Math.min(count, 120); turn += 1) {
      key(editor, "ArrowRight", true);
      await frame();
      const bars = read(video) + 1 - first;
      if (bars !== seen.at(-1)) seen.push(bars);
    }
    heldFrames = seen.length;
    seen.forEach((bars, place) => bars === place + 1 || wrong.push({ kind: "held", asked: place + 1, bars }));
  });
  const pausesMs = await timed(async () => {
    for (const target of pauses) {
      await type(target);
      await check("seek", target);
      key(editor, " ");
      await new Promise((done) => setTimeout(done, 60 + (target % 7) * 9));
      key(editor, " ");
      // A picture may come late, and the editor waits 200 ms before it puts one right.
      await new Promise((done) => setTimeout(done, 250));
      for (let turn = 0; turn < 8; turn += 1) await frame();
      while (video.seeking) await frame();
      const [shown, bars] = [Number(field.value), read(video) + 1 - first];
      if (shown !== bars) wrong.push({ kind: "pause", asked: target, shown, bars });
    }
  });
  return { wrong, seeksMs, stepsMs, heldMs, heldFrames, pausesMs };
}"""


async def measure_clip(browser: Browser, item: Clip, folder: Path, seconds: float, count: int) -> dict[str, Any]:
    """Return what was wrong in one clip after ``count`` seeks and as many steps."""
    path = make(item, folder, seconds)
    times = open_media(path).frame_times()
    chance = random.Random(item.name)
    number = len(times)
    page = await browser.new_page(viewport={"width": 1000, "height": 900})
    page.on("pageerror", lambda error: print("the page failed:", error))
    with groundtruth.preview(Task(tracks={"gait": ["walk"]}), path) as served:
        await page.goto(served.url)
        await page.wait_for_function("document.querySelector('.avseg-frame input')?.value === '1'")
        runs = [step for _ in range(count // 10) for step in [chance.choice((1, -1))] * 10]
        moves = {
            "targets": [chance.randint(1, number) for _ in range(count - 3)] + [1, number, number // 2],
            "steps": runs,
            "pauses": [chance.randint(1, number * 9 // 10) for _ in range(PAUSES)],
            "first": len(item.times(seconds)) - number,
            "count": number,
            "readBars": READ_BARS,
        }
        found: dict[str, Any] = await page.evaluate(DRIVE, moves)
        await page.close()
    return found


async def _measure(clips: Sequence[Clip], seconds: float, count: int) -> dict[str, Any]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        turns = asyncio.Semaphore(PAGES)
        with tempfile.TemporaryDirectory(prefix="avseg-bench-") as folder:

            async def one(item: Clip) -> dict[str, Any]:
                async with turns:
                    return await measure_clip(browser, item, Path(folder), seconds, count)

            found = await asyncio.gather(*map(one, clips))
        await browser.close()
    return {item.name: result for item, result in zip(clips, found, strict=True)}


def measure(clips: Sequence[Clip] = CLIPS, seconds: float = SECONDS, count: int = COUNT) -> dict[str, Any]:
    """Return ``wrong_frames`` over all clips, and under ``clips`` what was wrong in each and how long a move took."""
    found = asyncio.run(_measure(clips, seconds, count))
    detail = {
        name: {
            "wrong": len(result["wrong"]),
            "examples": result["wrong"][:5],
            "seek_ms": round(result["seeksMs"] / count, 1),
            "step_ms": round(result["stepsMs"] / count, 1),
            "held_frames": result["heldFrames"],
            "held_ms": round(result["heldMs"] / max(1, result["heldFrames"]), 1),
        }
        for name, result in found.items()
    }
    return {"wrong_frames": sum(result["wrong"] for result in detail.values()), "clips": detail}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="seeks, and as many steps, of each clip")
    parser.add_argument("--clips", nargs="*", help="only these")
    chosen = parser.parse_args()
    found = measure([item for item in CLIPS if not chosen.clips or item.name in chosen.clips], count=chosen.count)
    for name, result in found["clips"].items():
        print(f"{name:15s} {json.dumps(result)}")
    finish({"wrong_frames": found["wrong_frames"]}, LIMITS, {"clips": found["clips"], "count": chosen.count})


if __name__ == "__main__":
    main()
