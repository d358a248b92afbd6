"""What the benchmarks share: the browser, an hour of sound, many segments, figures. Knows not what is measured."""

from __future__ import annotations

import json
import math
import os
import platform
import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from avseg_widget import Annotation, Segment, Task, Track, fields

HOUR = 3600.0
TRACKS = 20
RATE = 8000
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-background-timer-throttling",
]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WORDS = (
    "yes",
    "no",
    "well",
    "perhaps",
    "the",
    "line",
    "was",
    "busy",
    "again",
    "and",
    "nobody",
    "called",
    "back",
    "noon",
)


def chromium() -> str:
    """Return the path of the browser, `$CHROMIUM` first."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise SystemExit("needs Chromium: install it, or set CHROMIUM to the path of one")
    return found


def write_hour(folder: Path, seconds: float = HOUR) -> Path:
    """Write a WAV of bursts of noise, as speech has them, at a low rate; return its path."""
    path = folder / "hour.wav"
    generator = np.random.default_rng(1)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for _ in range(math.ceil(seconds / 10)):
            loudness = np.repeat(generator.random(20) ** 2, RATE // 2)
            file.write(np.clip(generator.normal(0, 0.25, loudness.size) * loudness, -1, 1))
    return path


def make_task(tracks: int = TRACKS) -> Task:
    return Task(
        title="Benchmark",
        tracks={"speaker": [f"Voice {place + 1}" for place in range(tracks)]},
        segment_fields=[fields.Text("text"), fields.Select("emotion", ["Happy", "Angry", "Neutral", "Sad"])],
    )


def make_annotation(count: int, tracks: int = TRACKS, duration: float = HOUR) -> Annotation:
    """Return segments spread evenly over tracks and time, as in dense speech: most of it covered, a few overlaps."""
    chance = random.Random(count)
    rows = [Track("speaker", f"Voice {place + 1}") for place in range(tracks)]
    slot = duration * tracks / count
    segments = []
    for place in range(count):
        begin = (place // tracks) * slot + chance.uniform(0, 0.25) * slot
        end = min(begin + chance.uniform(0.4, 1.0) * slot, duration)
        answers: dict[str, Any] = {"text": " ".join(chance.choices(WORDS, k=4)), "emotion": "Neutral"}
        segments.append(Segment(rows[place % tracks].id, round(begin, 4), round(end, 4), answers, id=f"s{place}"))
    return Annotation(rows, segments)


def percentile(values: Sequence[float], share: float = 0.95) -> float:
    """Return the value that a share of them does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def finish(figures: Mapping[str, Any], limits: Mapping[str, float], detail: Mapping[str, Any]) -> None:
    """Print what was measured, in words and then as JSON on the last line."""
    for name, limit in limits.items():
        value = figures[name]
        print(f"{'met   ' if value <= limit else 'MISSED'} {name} = {value} (limit {limit})")
    machine = {"cpus": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()}
    print(json.dumps({**figures, "limits": limits, "machine": machine, "detail": detail}))
