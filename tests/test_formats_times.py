"""A million random times through JSON, Python to JavaScript and back: to the bit."""

from __future__ import annotations

import gc
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from avseg_widget import Annotation, Segment, Track, formats

_HOPS = """
const fs = require("node:fs");
const lines = fs.readFileSync(process.argv[1], "utf8").split("\\n").filter(Boolean);
fs.writeFileSync(process.argv[2], lines.map((line) => JSON.stringify(JSON.parse(line)) + "\\n").join(""));
"""
_TIMES = 1_000_000
#: In one annotation; ten of them are one file.
_SEGMENTS = 50_000


def _random_times(chance: random.Random, count: int) -> list[float]:
    """Return times of all sizes that a float has, half of them those of media: on a grid, or below ten hours."""
    bits = struct.pack(f"<{count // 2}Q", *(chance.randrange(0x7FF0 << 48) for _ in range(count // 2)))
    any_bits = struct.unpack(f"<{count // 2}d", bits)
    media = [chance.randrange(36_000 * 48_000) / 48_000 for _ in range(count // 4)]
    return [*any_bits, *media, *(chance.uniform(0, 36_000) for _ in range(count - len(any_bits) - len(media)))]


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """Leave a million values that are in no cycles alone: looking for some takes as long as all else."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
def test_a_million_times_keep_their_bits(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node")
    chance = random.Random(20_24)
    times = sorted(set(_random_times(chance, _TIMES + 1000)))[:_TIMES]
    chance.shuffle(times)
    pairs = [sorted(times[place : place + 2]) for place in range(0, _TIMES, 2)]
    given = [
        Annotation(
            [Track("a", "b")],
            [
                Segment("a:b", start, end, id=f"{number}")
                for number, (start, end) in enumerate(pairs[first : first + _SEGMENTS])
            ],
        )
        for first in range(0, len(pairs), _SEGMENTS)
    ]
    there, back = tmp_path / "there.jsonl", tmp_path / "back.jsonl"
    assert not formats.write(given, there)
    subprocess.run([node, "-e", _HOPS, str(there), str(back)], check=True, timeout=300)
    read = formats.read(back).annotations
    bits = [struct.pack("<2d", one.start, one.end) for annotation in read for one in annotation.segments]
    assert bits == [struct.pack("<2d", one.start, one.end) for annotation in given for one in annotation.segments]
    assert len(bits) * 2 == _TIMES
