"""The overlap rule of a task: which rules there are, and which segments break them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from avseg_widget import Task
from avseg_widget.errors import TaskError
from avseg_widget.model import Annotation
from avseg_widget.problems import find_problems

FIXTURE = json.loads((Path(__file__).parent / "fixtures" / "overlap.json").read_text(encoding="utf-8"))
TRACKS = {"speaker": ["Customer", "Agent"], "noise": ["car"]}


@pytest.mark.parametrize("case", FIXTURE["cases"], ids=lambda case: str(case["name"]))
def test_overlaps_are_problems_where_the_rule_says_so(case: dict[str, Any]) -> None:
    task = Task(tracks=TRACKS, overlap=case["overlap"])
    annotation = msgspec.convert({"tracks": FIXTURE["tracks"], "segments": case["segments"]}, Annotation)
    assert msgspec.to_builtins(find_problems(annotation, task)) == case["problems"]


@pytest.mark.parametrize(
    ("overlap", "message"),
    [
        ({"speaker": "never"}, "overlap['speaker'] is one of 'allow', 'forbid', 'trim', not 'never'"),
        ({"sound": "trim"}, "overlap: 'sound' is not a category of tracks; those are ['speaker', 'noise']"),
        (["forbid"], """overlap is a rule for each category such as {"speaker": "forbid"}, not ['forbid']"""),
    ],
)
def test_a_rule_that_is_none_is_refused(overlap: Any, message: str) -> None:
    with pytest.raises(TaskError) as raised:
        Task(tracks=TRACKS, overlap=overlap)
    assert str(raised.value) == message
