"""Suggestions in Python: what an origin may be, which problems they are, and how they come into a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from avseg_widget import AnnotationError, Origin, Task, fields, groundtruth
from avseg_widget.document import Document
from avseg_widget.model import Annotation, Completion, Diff, Segment, Track
from avseg_widget.problems import find_problems
from avseg_widget.suggestions import suggest

SHARED = json.loads((Path(__file__).parent / "fixtures" / "suggestions.json").read_text(encoding="utf-8"))
TASK = Task(tracks={"speaker": ["Customer", "Agent"]}, segment_fields=[fields.Text("text")])
CUSTOMER, AGENT = "speaker:Customer", "speaker:Agent"


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: str(case["name"]))
def test_suggestions_are_problems_until_someone_looked(case: dict[str, Any]) -> None:
    task = Task(tracks={"speaker": ["Customer"]}, overlap=case.get("overlap", {}))
    annotation = msgspec.convert({"tracks": SHARED["tracks"], "segments": case["segments"]}, Annotation)
    assert msgspec.to_builtins(find_problems(annotation, task)) == case["problems"]


@pytest.mark.parametrize("item", SHARED["invalid"], ids=repr)
def test_what_is_no_origin_is_refused_with_its_place(item: Any) -> None:
    document = Document(TASK, 10.0)
    with pytest.raises(AnnotationError, match=r"^segments\[0\]: origin"):
        document.diff_to([{"track": CUSTOMER, "start": 0, "end": 1, "origin": item}])
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(item, Origin)


def test_dicts_may_say_where_a_segment_comes_from() -> None:
    diff = Document(TASK, 10.0).diff_to([{"track": CUSTOMER, "start": 0, "end": 1, "origin": {"source": "x"}}])
    assert [segment.origin for segment in diff.segments.put.values()] == [Origin("x")]


def add(document: Document, segments: Any, source: str = "") -> Diff:
    return document.diff_to(suggest(document.annotation, document.task, segments, source, document.duration))


def test_an_annotation_with_suggestions_left_is_not_done_without_a_reason() -> None:
    document = Document(TASK, 10.0)
    document = document.apply(add(document, [Segment(CUSTOMER, 0, 1)], "x"))
    done = msgspec.structs.replace(add(document, [], "x"), completion=Completion(done=True))
    with pytest.raises(AnnotationError, match="is a suggestion nobody has accepted or corrected"):
        document.apply(done)


def test_answers_read_back_keep_the_origin() -> None:
    origin = Origin("x", "accepted", 0.25)
    annotation = Annotation([Track("speaker", "Customer")], [Segment(CUSTOMER, 0, 1, id="a", origin=origin)])
    text = msgspec.json.encode(annotation).decode()
    assert groundtruth.read_answer({"annotations": text}, TASK).segments[0].origin == origin


def test_suggestions_come_with_their_tracks_and_nothing_else_changes() -> None:
    document = Document(TASK, 10.0, Annotation([Track("speaker", "Agent")], [Segment(AGENT, 1, 2, id="mine")]))
    diff = add(document, [{"track": "speaker: Customer", "start": 0, "end": 1}, Segment(AGENT, 3, 4)], "model")
    assert list(diff.tracks.put) == [CUSTOMER]
    assert diff.segments.remove == []
    assert {(item.track, item.origin) for item in diff.segments.put.values()} == {
        (CUSTOMER, Origin("model")),
        (AGENT, Origin("model")),
    }
    assert document.apply(diff).by_id["mine"].origin is None


def test_a_maker_is_kept_unless_another_is_named_and_what_was_looked_at_is_open_again() -> None:
    made = Segment(CUSTOMER, 0, 1, id="a", origin=Origin("old", "accepted", 0.5))
    found = [add(Document(TASK, 10.0), [made], source).segments.put["a"].origin for source in ("", "new")]
    assert found == [Origin("old", "suggested", 0.5), Origin("new", "suggested", 0.5)]


def test_suggestions_end_with_the_media() -> None:
    diff = add(Document(TASK, 10.0), [Segment(CUSTOMER, 9, 11, id="a"), Segment(CUSTOMER, 10, 12)], "x")
    assert [(item.start, item.end) for item in diff.segments.put.values()] == [(9, 10)]


@pytest.mark.parametrize(
    ("segments", "source", "message"),
    [
        (
            [Segment("speaker:Bob", 0, 1)],
            "x",
            "the task offers no track 'speaker:Bob'; it offers 'speaker:Customer', 'speaker:Agent'",
        ),
        ([Segment(CUSTOMER, 0, 1)], "", 'segments[0]: say who made it, by source="my model"'),
        (
            [Segment(CUSTOMER, 0, 1, id="there")],
            "x",
            "a segment with the id 'there' is there already; leave ids out to add another",
        ),
        ([3], "x", "segments[0]: a segment is a Segment or a dict with its names, not 3"),
        ("abc", "x", "suggestions are a list of Segments or dicts, not 'abc'"),
        (
            [Segment(CUSTOMER, 0, 1, {"mood": "sad"})],
            "x",
            "segments[0]: the task has no field 'mood' here; its fields are 'text'",
        ),
    ],
)
def test_what_does_not_fit_is_told(segments: Any, source: str, message: str) -> None:
    document = Document(TASK, 10.0, Annotation([Track("speaker", "Agent")], [Segment(AGENT, 1, 2, id="there")]))
    with pytest.raises(AnnotationError) as raised:
        add(document, segments, source)
    assert str(raised.value) == message
