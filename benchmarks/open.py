"""Opening WAV files of 5 minutes to 10 hours in JupyterLab: how soon there is a waveform and sound, and at what price.

A file of 48 kHz in 16 bits lies below the server's folder; how its bytes come to the browser is the widget's choice.
The kernel has imported the package. Time runs from the moment the cell is run to the later of two: the waveform has
been drawn, and the sound, started as soon as Play takes a press, has moved the playhead. `cold_s` is with an empty
folder of kept peaks, `warm_s` with those of the run before, in a new kernel. The growth of the browser is that of all
its processes, from before the cell is run to after some seconds of play and a collection of garbage, the most of
both runs; that of the kernel is the most that it ever had. `open_bytes` are those of a run of its own with the
browser's network log on: websocket frames and HTTP bodies from the cell's run until a second of play later.

Beside it wavesurfer loads the hour by itself, from a server that sends it as fast as it is read.
"""

from __future__ import annotations

import argparse
import http.server
import json
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.e2e.servers import JupyterServer

from .cdp import Chrome, resident
from .common import finish

RATE = 48000
HOURS = {"5min": 1 / 12, "1h": 1.0, "3h": 3.0, "10h": 10.0}
#: Names in the figures, and the most that each may be.
LIMITS = {
    **{f"cold_s_{name}": 2.0 for name in HOURS},
    **{f"warm_s_{name}": 1.0 for name in HOURS},
    "heap_mb": 150,
    "heap_ratio_10h_vs_5min": 1.3,
    "kernel_mb": 200,
    "open_bytes": 5_000_000,
}
VENDOR = Path(__file__).parents[1] / "js/node_modules/wavesurfer.js/dist/wavesurfer.min.js"
#: Seconds of play before memory is read.
PLAYED = 3.0

CELLS = [
    "from avseg_widget import Segmenter, Task\nimport os\nos.environ['AVSEG_CACHE_DIR'] = {cache!r}",
    "w = Segmenter({media!r}, Task(tracks={{'speaker': ['A']}}))\nw",
]
IS_OPEN = """(() => {
  const { currentWidget } = window.jupyterapp?.shell ?? {};
  return Boolean(currentWidget?.context?.isReady && currentWidget.context.path === %s &&
    currentWidget.sessionContext.session?.kernel?.connectionStatus === "connected");
})()"""
FIRST = "window.jupyterapp.commands.execute('notebook:run-cell-and-select-next').then(() => true)"
#: Runs the cell and notes, frame by frame, when there is a waveform and when the playhead has moved.
OPEN = """(() => {
  const began = performance.now();
  const bench = (window.bench = {});
  let clicked = -1000;
  void window.jupyterapp.commands.execute("notebook:run-cell");
  const drawn = () => {
    const host = document.querySelector(".avseg-wave > div > div");
    for (const canvas of host?.shadowRoot?.querySelectorAll("canvas") ?? []) {
      if (!canvas.width || !canvas.height) continue;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let painted = 0;
      for (let at = 3; at < data.length; at += 4) painted += data[at] > 0 ? 1 : 0;
      if (painted > 1000) return true;
    }
    return false;
  };
  const look = () => {
    const now = performance.now() - began;
    if (!bench.wave && drawn()) bench.wave = now;
    const play = document.querySelector('.avseg button[aria-label="Play"]');
    if (!bench.sound && play && !play.disabled && now > clicked + 100) {
      bench.ready ??= now;
      clicked = now;
      play.click();
    }
    const clock = document.querySelector('.avseg [role="timer"] b')?.textContent ?? "";
    if (bench.ready && !bench.sound && /[1-9]/.test(clock)) bench.sound = now;
    if (!bench.wave || !bench.sound) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
SURFER = """(url) => new Promise((resolve) => {
  const began = performance.now();
  const place = document.body.appendChild(document.createElement("div"));
  const surfer = WaveSurfer.create({ container: place, url });
  surfer.on("ready", () => resolve({ seconds: (performance.now() - began) / 1000, error: "" }));
  surfer.on("error", (error) => resolve({ seconds: (performance.now() - began) / 1000, error: String(error) }));
})"""


def write_wav(path: Path, hours: float) -> None:
    """Write one channel of bursts of noise, a stretch of them moved on in each minute."""
    generator = np.random.default_rng(1)
    loudness = np.repeat(generator.random(120) ** 2, RATE // 2)
    minute = np.clip(generator.normal(0, 8000, 60 * RATE) * loudness, -32768, 32767).astype("<i2")
    count = round(hours * 60)
    size = count * minute.nbytes
    header = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    for value, width in ((1, 2), (1, 2), (RATE, 4), (2 * RATE, 4), (2, 2), (16, 2)):
        header += value.to_bytes(width, "little")
    with path.open("wb") as file:
        file.write(header + b"data" + size.to_bytes(4, "little"))
        for number in range(count):
            file.write(np.roll(minute, number * 12345).tobytes())


class Run:
    """One opening in a browser and a kernel of its own."""

    def __init__(self, server: JupyterServer, folder: Path, media: Path, cache: Path, *, log: bool = False) -> None:
        self.server = server
        profile = Path(tempfile.mkdtemp(dir=folder))
        self.chrome = Chrome(profile)
        cells = [cell.format(cache=str(cache), media=media.name) for cell in CELLS]
        name = f"{profile.name}.ipynb"
        self.chrome.send("Page.enable")
        self.chrome.send("Page.navigate", url=server.write_notebook(name, cells))
        self.chrome.until(IS_OPEN % json.dumps(name))
        self.kernel = server.kernel(name)
        self.chrome.run(FIRST, wait=True)
        time.sleep(2)
        self.pid = self.kernel.run("import os", "os.getpid()")
        if log:
            self.chrome.send("Network.enable")

    def open(self) -> dict[str, Any]:
        self.collect()
        before, kernel_before = self.chrome.memory(), resident(self.pid)
        self.chrome.events.clear()
        self.chrome.run(OPEN)
        times = self.chrome.until("bench.wave && bench.sound ? bench : null")
        time.sleep(1)
        self.chrome.run("0")  # takes in the events that came meanwhile
        received = count_bytes(self.chrome.events)
        time.sleep(PLAYED - 1)
        self.collect()
        return {
            "seconds": round(max(times["wave"], times["sound"]) / 1000, 3),
            "wave_s": round(times["wave"] / 1000, 3),
            "sound_s": round(times["sound"] / 1000, 3),
            "heap_mb": round((self.chrome.memory() - before) / 1e6, 1),
            "kernel_mb": round((resident(self.pid, "VmHWM") - kernel_before) / 1e6, 1),
            "bytes": received,
        }

    def collect(self) -> None:
        self.chrome.send("HeapProfiler.collectGarbage")

    def close(self) -> None:
        self.chrome.close()
        self.server.end_sessions()


def count_bytes(events: list[dict[str, Any]]) -> int:
    total = 0
    for event in events:
        parameters = event["params"]
        if event["method"] == "Network.webSocketFrameReceived":
            payload = parameters["response"]["payloadData"]
            # Binary frames are given as base64.
            total += len(payload) * 3 // 4 if parameters["response"]["opcode"] == 2 else len(payload)
        elif event["method"] == "Network.dataReceived":
            total += parameters["encodedDataLength"] or parameters["dataLength"]
    return total


def measure(server: JupyterServer, folder: Path, name: str) -> dict[str, Any]:
    media = server.folder / f"{name}.wav"
    write_wav(media, HOURS[name])
    found = {}
    try:
        for kind, cache, log in (("cold", "kept", False), ("warm", "kept", False), ("bytes", "other", True)):
            run = Run(server, folder, media, folder / f"{cache}-{name}", log=log)
            try:
                found[kind] = run.open()
            finally:
                run.close()
    finally:
        media.unlink()
    print(name, json.dumps(found))
    return found


def measure_wavesurfer(folder: Path) -> dict[str, Any]:
    """Load one hour with wavesurfer alone; its time, and the most that the browser grew."""
    write_wav(folder / "hour.wav", 1)
    shutil.copy(VENDOR, folder)
    (folder / "page.html").write_text("<!doctype html><script src='wavesurfer.min.js'></script>")
    handler = type("Handler", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: handler(*given, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        chrome = Chrome(Path(tempfile.mkdtemp(dir=folder)))
        try:
            chrome.send("Page.navigate", url=f"http://127.0.0.1:{server.server_port}/page.html")
            chrome.until("document.readyState === 'complete' && typeof WaveSurfer !== 'undefined'")
            before = most = chrome.memory()
            chrome.run(f"void ({SURFER})('hour.wav').then((found) => {{ window.found = found; }})")
            while not (found := chrome.run("window.found ?? null")):
                most = max(most, chrome.memory())
                time.sleep(0.2)
            most = max(most, chrome.memory())
        finally:
            chrome.close()
            server.shutdown()
    return {**found, "mb": round((most - before) / 1e6)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lengths", nargs="*", choices=HOURS, help="only these, while working on it: no summary")
    chosen = parser.parse_args().lengths
    with tempfile.TemporaryDirectory(prefix="avseg-bench-") as name:
        folder = Path(name)
        (folder / "jupyter").mkdir()
        server = JupyterServer("lab", folder / "jupyter")
        try:
            found = {length: measure(server, folder, length) for length in chosen or HOURS}
        finally:
            server.stop()
        if chosen:
            return
        (folder / "surfer").mkdir()
        surfer = measure_wavesurfer(folder / "surfer")
    kinds = ("cold", "warm")
    heaps = {length: max(runs[kind]["heap_mb"] for kind in kinds) for length, runs in found.items()}
    figures: dict[str, Any] = {
        f"{kind}_s": {length: runs[kind]["seconds"] for length, runs in found.items()} for kind in kinds
    }
    figures |= {f"{kind}_s_{length}": runs[kind]["seconds"] for length, runs in found.items() for kind in kinds}
    figures |= {
        "heap_mb": max(heaps.values()),
        "heap_ratio_10h_vs_5min": round(heaps["10h"] / max(1.0, heaps["5min"]), 2),
        "kernel_mb": max(runs[kind]["kernel_mb"] for runs in found.values() for kind in kinds),
        "open_bytes": max(runs["bytes"]["bytes"] for runs in found.values()),
        "wavesurfer_1h_s": round(surfer["seconds"], 2),
        "wavesurfer_1h_mb": surfer["mb"],
    }
    finish(figures, LIMITS, {"runs": found, "wavesurfer": surfer})


if __name__ == "__main__":
    main()
