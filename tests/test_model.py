"""Tasks, tracks, segments and annotations: what is valid, what is not and how that is said, and the way to JSON."""

from __future__ import annotations

import json
import math
import re
import struct

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avseg_widget import fields
from avseg_widget.document import Document
from avseg_widget.errors import AnnotationError, TaskError
from avseg_widget.model import Annotation, Completion, Provenance, Segment, Task, Track, track_id

from .edits import read_fixture

TASKS = read_fixture("tasks.json")
ANNOTATIONS = read_fixture("annotations.json")
TASK = msgspec.convert(ANNOTATIONS["task"], Task)


def name_of(case):
    return case["name"]


def through_json(value):
    return msgspec.json.decode(msgspec.json.encode(value), type=type(value))


def expect_error(case, raised):
    message = str(raised.value)
    assert case["error"] in message
    assert message.endswith(f"at `{case['path']}`") or case["path"] is None


@pytest.mark.parametrize("case", TASKS["valid"], ids=name_of)
def test_valid_tasks(case):
    task = msgspec.convert(case["task"], Task)
    assert through_json(task) == task
    Document(task)


@pytest.mark.parametrize("case", TASKS["invalid"], ids=name_of)
def test_invalid_tasks(case):
    with pytest.raises(msgspec.ValidationError) as raised:
        msgspec.json.decode(json.dumps(case["task"]), type=Task)
    expect_error(case, raised)


@pytest.mark.parametrize("case", ANNOTATIONS["valid"], ids=name_of)
def test_valid_annotations(case):
    annotation = msgspec.json.decode(json.dumps(case["annotation"]), type=Annotation)
    assert through_json(annotation) == annotation
    document = Document(TASK, ANNOTATIONS["duration"], annotation)
    assert document.annotation == annotation
    assert document.segments == sorted(document.segments, key=lambda item: (item.start, item.end, item.id))


@pytest.mark.parametrize("case", ANNOTATIONS["invalid"], ids=name_of)
def test_invalid_annotations(case):
    with pytest.raises((msgspec.ValidationError, AnnotationError)) as raised:
        Document(TASK, ANNOTATIONS["duration"], msgspec.json.decode(json.dumps(case["annotation"]), type=Annotation))
    expect_error(case, raised)


@pytest.mark.parametrize("case", read_fixture("track_ids.json")["ids"])
def test_track_ids(case):
    assert track_id(case["category"], case["tag"]) == case["id"]
    assert Track(case["category"], case["tag"]).id == case["id"] or not case["category"].strip()


@given(st.lists(st.tuples(st.text(alphabet=":%A3", max_size=6), st.text(alphabet=":%A35", max_size=6)), max_size=30))
def test_track_ids_differ_where_names_differ(names):
    assert len({track_id(*name) for name in names}) == len(set(names))


@pytest.mark.parametrize("case", read_fixture("times.json")["times"])
def test_times_keep_every_bit(case):
    assert struct.pack(">d", case["seconds"]).hex() == case["bits"]
    segment = Segment("t", case["seconds"], case["seconds"] + 1, id="a")
    for copied in (
        through_json(segment),
        msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(segment))), Segment),
    ):
        assert struct.pack(">d", copied.start).hex() == case["bits"]
        assert copied.end == segment.end


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(str.strip)
TIMES = st.floats(0, 1e6, allow_subnormal=False)
VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    WORDS,
    st.lists(WORDS),
)


@st.composite
def annotations(draw):
    tracks = draw(st.lists(st.builds(Track, WORDS, WORDS), max_size=3, unique_by=lambda track: track.id))
    segments = []
    for id_ in draw(st.lists(WORDS, max_size=5, unique=True)):
        start = draw(TIMES)
        end = start + draw(st.floats(1e-3, 1e3))
        segments.append(Segment(draw(WORDS), start, end, draw(st.dictionaries(WORDS, VALUES, max_size=3)), id_))
    content = draw(st.dictionaries(WORDS, VALUES, max_size=3))
    completion = Completion(draw(st.booleans()), draw(WORDS))
    return Annotation(tracks, segments, content, Provenance(draw(WORDS), draw(WORDS)), completion)


@given(annotations())
def test_annotations_come_back_from_json_as_they_were(annotation):
    assert through_json(annotation) == annotation
    assert msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(annotation))), Annotation) == annotation


class TestSegment:
    def test_has_a_duration_an_own_id_and_read_only_fields(self):
        source = {"flags": ["x"]}
        one, two = Segment("t", 1, 3, source), Segment("t", 1, 3, source)
        assert (one.start, one.end, one.duration) == (1.0, 3.0, 2.0)
        assert type(one.start) is float
        assert one.id != two.id
        assert re.fullmatch("[0-9a-f]{12}", one.id)
        source["flags"].append("y")
        assert one.fields == {"flags": ["x"]}
        with pytest.raises(TypeError, match="read-only"):
            one.fields["text"] = "x"
        with pytest.raises(AttributeError):
            one.start = 2

    def test_takes_times_as_numpy_has_them(self):
        assert Segment("t", np.float64(0.1), np.float64(0.2)).start == 0.1
        segment = Segment("t", np.float32(0.1), np.int64(2))
        assert (segment.start, segment.end) == (float(np.float32(0.1)), 2.0)
        assert {type(segment.start), type(segment.end)} == {float}
        assert through_json(segment) == segment
        for wrong in (np.float32("nan"), np.float64("inf"), np.bool_(True), np.complex64(1), np.array([1.0])):
            with pytest.raises(AnnotationError, match="end must be a finite number of seconds"):
                Segment("t", 0, wrong)

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            (("t", 2, 1), "0 <= start < end, not start=2.0 and end=1.0"),
            (("t", 1, 1), "0 <= start < end"),
            (("t", -1, 1), "0 <= start < end"),
            (("t", math.nan, 1), "start must be a finite number of seconds, not nan"),
            (("t", 0, math.inf), "end must be a finite number of seconds, not inf"),
            (("t", 0, 10**400), "end must be a finite number of seconds"),
            (("t", "0", 1), "start must be a finite number of seconds, not '0'"),
            (("t", False, 1), "start must be a finite number of seconds, not False"),
            (("t", None, 1), "start must be a finite number"),
            (("", 0, 1), "track must be a track's id such as 'speaker:Customer', not ''"),
            ((None, 0, 1), "track must be a track's id"),
            (("t", 0, 1, {}, 5), "a segment's id is a text, not 5"),
            (("t", 0, 1, None), "a segment's fields are answers by field name, not None"),
        ],
    )
    def test_refuses_what_is_none(self, given, error):
        with pytest.raises(AnnotationError, match=re.escape(error)):
            Segment(*given)


class TestAnnotation:
    def test_sorts_its_segments_and_compares_by_value(self):
        parts = [Segment("t", 1, 3, id="b"), Segment("t", 1, 2, id="z"), Segment("t", 1, 3, id="a"), Segment("t", 0, 9)]
        annotation = Annotation(segments=parts)
        assert annotation.segments == [parts[3], parts[1], parts[2], parts[0]]
        assert annotation == Annotation(segments=parts[::-1])
        assert hash(annotation) == hash(Annotation(segments=parts[::-1]))

    def test_is_read_only(self):
        annotation = Annotation(content={"sounds": ["car"]})
        for change in (
            lambda: annotation.segments.append(Segment("t", 0, 1)),
            annotation.tracks.clear,
            lambda: annotation.content.update(x=1),
            lambda: annotation.content["sounds"].append("dog"),
        ):
            with pytest.raises(TypeError, match="read-only"):
                change()

    def test_default_values_are_not_shared(self):
        assert Segment("t", 0, 1).fields is not Segment("t", 0, 1).fields
        assert Annotation() == Annotation([], [], {}, Provenance("", ""), Completion(False, ""), 1)


class TestTask:
    def test_offers_every_track_by_its_id(self):
        offered = Task(tracks={"a:b": ["1", "2"], "c": ("3",)}).offered_tracks()
        assert list(offered) == ["a%3Ab:1", "a%3Ab:2", "c:3"]
        assert offered["c:3"] == Track("c", "3")

    def test_starts_with_the_defaults_of_content(self):
        task = Task(
            segment_fields=[fields.Text("text", default="x")],
            content_fields=[fields.Rating("rate", default=3), fields.Text("notes")],
        )
        assert task.first_annotation() == Annotation(content={"rate": 3})

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"tracks": {"s": "AB"}}, "tracks['s'] is a list of tags, not 'AB'"),
            ({"tracks": {"s": None}}, "tracks['s'] is a list of tags, not None"),
            ({"tracks": {"s": [1]}}, "a text of 1 to 200 characters, not 1"),
            ({"tracks": {"s": []}}, "needs at least one tag"),
            ({"tracks": {"s": ["A", "A"]}}, "each of them once"),
            ({"segment_fields": ["text"]}, 'segment_fields is a list of fields such as fields.Text("text")'),
            ({"content_fields": [fields.Text("a"), fields.Number("a")]}, "content_fields names 'a' twice"),
            ({"segment_fields": [fields.Text("end")]}, "'end' is a column that every segment has"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, given, error):
        with pytest.raises(TaskError, match=re.escape(error)):
            Task(**given)


@pytest.mark.parametrize("names", [("", "a"), ("a", " "), ("a", None), (3, "a"), ("a", "x" * 201)])
def test_tracks_need_names(names):
    with pytest.raises(AnnotationError, match="texts of 1 to 200 characters"):
        Track(*names)
