"""The same 500 random edits end in the same document in Python and, by its own test, in TypeScript.

``python -m tests.test_random_edits`` writes the fixture anew.
"""

from __future__ import annotations

import json
import sys

import msgspec
import pytest

from avseg_widget.document import Document
from avseg_widget.model import Annotation, Diff

from .edits import DURATION, FIXTURES, TASK, Plain, RandomEdits, empty_annotation, read_fixture

NAME = "random_edits.json"
SEED = 20_240_501
COUNT = 500
#: How often the fixture says what the document holds, in edits.
EVERY = 100


def make() -> Plain:
    edits = RandomEdits(SEED)
    diffs, states = [], {}
    for number in range(1, COUNT + 1):
        diffs.append(edits.next())
        if number % EVERY == 0:
            states[str(number)] = edits.annotation
    return {"start": empty_annotation(), "diffs": diffs, "states": states}


def as_text(fixture: Plain) -> str:
    def rows(values: list[str]) -> str:
        return ",\n".join(values)

    def dump(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    diffs = rows([dump(diff) for diff in fixture["diffs"]])
    states = rows([f"{dump(number)}:{dump(state)}" for number, state in fixture["states"].items()])
    return f'{{"start":{dump(fixture["start"])},\n"diffs":[\n{diffs}\n],\n"states":{{\n{states}\n}}}}\n'


def test_the_fixture_is_up_to_date():
    committed = (FIXTURES / NAME).read_text(encoding="utf-8")
    assert committed == as_text(make()), f"{NAME} is stale: run `python -m tests.test_random_edits`"
    assert len(committed.encode()) < 200_000
    assert json.loads(committed) == make()


@pytest.fixture(scope="module")
def fixture() -> Plain:
    return read_fixture(NAME)


def test_python_ends_in_the_same_document(fixture):
    document = Document(TASK, DURATION, msgspec.convert(fixture["start"], Annotation))
    for number, diff in enumerate(fixture["diffs"], 1):
        document = document.apply(msgspec.convert(diff, Diff))
        if str(number) in fixture["states"]:
            assert msgspec.to_builtins(document.annotation) == fixture["states"][str(number)]


def test_the_edits_are_of_every_kind(fixture):
    kinds = {(part, change) for diff in fixture["diffs"] for part in diff for change in diff[part]}
    parts = {(part, change) for part in ("tracks", "segments", "content") for change in ("put", "remove")}
    assert kinds == parts | {("completion", "done"), ("completion", "reason")}
    assert all(state["segments"] for state in fixture["states"].values())


if __name__ == "__main__":
    size = (FIXTURES / NAME).write_text(as_text(make()), encoding="utf-8")
    sys.stdout.write(f"{NAME}: {size} characters\n")
