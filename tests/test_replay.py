"""The same 10,000 random diffs make the same documents in Python and in the editor's TypeScript, bit by bit."""

from __future__ import annotations

import json
import shutil
import subprocess

import msgspec
import pytest

from avseg_widget.document import Document
from avseg_widget.model import Diff

from .conftest import ROOT
from .edits import DURATION, TASK, Plain, RandomEdits, apply_plainly, empty_annotation

SEED = 20_251_121
COUNT = 10_000
JS = ROOT / "js"


def canonical(annotation: Plain) -> str:
    """Return an annotation as JSON that is equal where the values are, with times as their very bits."""

    def bits(value: object) -> object:
        if isinstance(value, dict):
            return {name: item.hex() if name in ("start", "end") else bits(item) for name, item in value.items()}
        return [bits(item) for item in value] if isinstance(value, list) else value

    # JavaScript writes 1.0 as 1: every number is made a float, as JSON does not tell them apart.
    return json.dumps(bits(json.loads(json.dumps(annotation), parse_int=float)), sort_keys=True)


def test_ten_thousand_random_diffs_end_alike_in_both_languages():
    node = shutil.which("node")
    if not node or not (JS / "node_modules" / "esbuild").is_dir():
        pytest.fail("needs Node and js/node_modules: run `make test`, which installs them")
    edits = RandomEdits(SEED)
    diffs = [edits.next() for _ in range(COUNT)]
    document = Document(TASK, DURATION)
    here = []
    for diff in diffs:
        document = document.apply(msgspec.convert(diff, Diff))
        here.append(msgspec.to_builtins(document.annotation))
    assert max(len(state["segments"]) for state in here) > 20

    given = json.dumps({"start": empty_annotation(), "diffs": diffs})
    done = subprocess.run(
        [node, "tests/replay.mjs"], cwd=JS, input=given, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    there = json.loads(done.stdout)
    # Later diffs put right what an earlier one did wrong, so the end alone would not show it.
    assert len(there["states"]) == COUNT
    differing = [number for number in range(COUNT) if there["states"][number] != here[number]]
    assert not differing, f"first after diff {differing[0]}: {diffs[differing[0]]}"
    assert canonical(there["states"][-1]) == canonical(here[-1])
    wanted = [empty_annotation(), *here[:-1]]
    wrong = [number for number in range(COUNT) if there["undone"][COUNT - 1 - number] != wanted[number]]
    assert not wrong, f"undoing diff {wrong[-1]} did not lead back: {diffs[wrong[-1]]}"


def test_the_comparison_sees_the_last_bit():
    segment = {"track": "t", "start": 0.1 + 0.2, "end": 1.0, "fields": {}, "id": "a"}
    one, other = (
        apply_plainly(empty_annotation(), {"segments": {"put": {"a": {**segment, "start": start}}}})
        for start in (0.1 + 0.2, 0.3)
    )
    assert canonical(one) != canonical(other)
    assert canonical(one) == canonical(json.loads(json.dumps(one).replace("1.0", "1")))
