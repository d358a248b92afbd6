"""What a store costs: one edit of 10,000 segments, and opening them behind thousands of edits. Knows no browser."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from statistics import median

from avseg_widget import Segment, Store
from avseg_widget.model import Diff, SegmentChange

from .common import HOUR, finish, make_annotation, make_task, percentile

SEGMENTS = 10_000
EDITS = 3_000
LIMITS = {"edit_ms": 20.0, "open_ms": 1000.0}


def main() -> None:
    task, start = make_task(), make_annotation(SEGMENTS)
    with tempfile.TemporaryDirectory(prefix="avseg-bench-") as name:
        path = Path(name) / "labels.db"
        with Store(path) as store:
            record = store.open("hour.wav", task, annotator="bench", duration=HOUR, start=start)
            edits = [
                _timed(lambda number=number: _edit(record, start.segments[number], number)) for number in range(EDITS)
            ]
            wanted = record.document.annotation
            flushes = [_timed(lambda: _flush(Path(name) / "flushed")) for _ in range(200)]
        opens, is_same = [], True
        for _ in range(5):
            began = time.perf_counter()
            with Store(path) as store:
                record = store.open("hour.wav", task, annotator="bench", duration=HOUR)
                opens.append(1000 * (time.perf_counter() - began))
                is_same = is_same and record.document.annotation == wanted
        size = sum(file.stat().st_size for file in Path(name).iterdir())
    figures = {"edit_ms": round(median(edits), 3), "open_ms": round(median(opens), 1), "is_same": is_same}
    detail = {
        "edit_p99_ms": round(percentile(edits, 0.99), 2),
        "flush_ms": round(median(flushes), 3),
        "open_all_ms": [round(value, 1) for value in opens],
        "bytes": size,
    }
    finish(figures, LIMITS, detail)


def _timed(job) -> float:  # type: ignore[no-untyped-def]
    began = time.perf_counter()
    job()
    return 1000 * (time.perf_counter() - began)


def _edit(record, segment, number) -> None:  # type: ignore[no-untyped-def]
    moved = Segment(segment.track, segment.start, segment.end, {"text": f"edit {number}"}, segment.id)
    record.apply(Diff(segments=SegmentChange({moved.id: moved})), "bench", number + 1, record.revision)


def _flush(path: Path) -> None:
    """Do what the disk must do for any edit that is to survive: write 300 bytes, and wait until they are there."""
    with path.open("ab", buffering=0) as file:
        file.write(b"x" * 300)
        os.fsync(file.fileno())


if __name__ == "__main__":
    main()
