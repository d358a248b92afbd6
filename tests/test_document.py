"""The document: diffs apply wholly or not at all, keep every index right, and lead to exactly what was asked for."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import fields
from avseg_widget.document import Document
from avseg_widget.errors import AnnotationError
from avseg_widget.model import Annotation, Diff, Provenance, Segment, Task, Track

from .edits import DURATION, TASK, RandomEdits, apply_plainly, read_fixture

SHARED = read_fixture("transcripts.json")
SHARED_TASK = msgspec.convert(SHARED["task"], Task)
CUSTOMER, AGENT = "speaker:Customer", "speaker:Agent"


def as_diff(plain):
    """Return a diff as it comes from the browser."""
    return msgspec.json.decode(json.dumps(plain), type=Diff)


def open_shared(plain):
    return Document(SHARED_TASK, SHARED["duration"], msgspec.convert(plain, Annotation))


def check_indexes(document):
    assert document.segments == sorted(document.segments, key=lambda item: (item.start, item.end, item.id))
    assert document.by_id == {segment.id: segment for segment in document.segments}
    assert document.tracks == {track.id: track for track in document.tracks.values()}
    assert {segment.track for segment in document.segments} <= set(document.tracks)
    assert document.annotation == Annotation(
        list(document.tracks.values()),
        list(document.by_id.values()),
        document.content,
        document.provenance,
        document.completion,
    )


@pytest.mark.parametrize("transcript", SHARED["transcripts"], ids=lambda transcript: transcript["name"])
def test_shared_transcripts(transcript):
    document = open_shared(transcript["start"])
    for step in transcript["steps"]:
        before, document = document, document.apply(as_diff(step["diff"]))
        check_indexes(document)
        assert msgspec.to_builtins(document.annotation) == step["after"]
        assert document.apply(as_diff(step["inverse"])).annotation == before.annotation


@pytest.mark.parametrize("case", SHARED["refused"], ids=lambda case: case["name"])
def test_shared_diffs_that_do_not_fit_change_nothing(case):
    document = open_shared(SHARED["start"])
    with pytest.raises(AnnotationError, match=re.escape(case["error"])):
        document.apply(as_diff(case["diff"]))
    check_indexes(document)
    assert msgspec.to_builtins(document.annotation) == SHARED["start"]


@given(st.integers(0, 2**32), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_random_edits_keep_the_document_equal_to_a_plain_rebuild(seed, count):
    edits = RandomEdits(seed)
    document = Document(TASK, DURATION)
    history = [(document, edits.annotation)]
    for _ in range(count):
        diff = edits.next()
        document = document.apply(as_diff(diff))
        check_indexes(document)
        history.append((document, edits.annotation))
    for known, plain in history:
        assert msgspec.to_builtins(known.annotation) == plain


@given(st.integers(0, 2**32), st.integers(0, 25), st.integers(0, 25))
@settings(max_examples=60, deadline=None)
def test_diffs_to_another_state_lead_exactly_there(seed, before, after):
    edits = RandomEdits(seed)
    document = Document(TASK, DURATION)
    for _ in range(before):
        document = document.apply(as_diff(edits.next()))
    for _ in range(after):
        edits.next()
    wanted = msgspec.convert(edits.annotation, Annotation)
    there = document.apply(document.diff_to_annotation(wanted))
    check_indexes(there)
    assert there.annotation == wanted
    assert there.diff_to_annotation(wanted) == Diff()
    diff = document.diff_to(wanted.segments, wanted.content)
    partly = document.apply(diff)
    assert partly.segments == wanted.segments
    assert partly.content == wanted.content
    assert set(diff.segments.put) == {item.id for item in wanted.segments if document.by_id.get(item.id) != item}


@given(st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_applying_one_diff_is_applying_its_plain_meaning_once_more(seed):
    edits = RandomEdits(seed)
    document = Document(TASK, DURATION)
    for _ in range(10):
        diff = edits.next()
        document = document.apply(as_diff(diff))
    again = document.apply(as_diff(diff))
    assert msgspec.to_builtins(again.annotation) == apply_plainly(edits.annotation, diff)


def labeled():
    return Document(
        TASK,
        DURATION,
        Annotation(
            [Track("speaker", "Customer"), Track("speaker", "Agent")],
            [Segment(CUSTOMER, 0, 1, id="a"), Segment(AGENT, 1, 2, {"text": "x"}, id="b")],
            {"rate": 3},
            Provenance("Ann", "call.wav"),
        ),
    )


class TestDiffTo:
    def test_takes_dicts_and_segments_and_changes_only_what_differs(self):
        document = labeled()
        kept = document.segments[0]
        diff = document.diff_to([kept, {"track": AGENT, "start": 3, "end": 4, "fields": {"level": 1}, "id": "n"}])
        assert diff.segments.put == {"n": Segment(AGENT, 3, 4, {"level": 1.0}, "n")}
        assert diff.segments.remove == ["b"]
        assert diff.tracks == Diff().tracks
        assert document.diff_to(document.segments, document.content) == Diff()

    def test_brings_along_tracks_that_the_task_offers(self):
        diff = labeled().diff_to([Segment("language:English", 0, 1), Segment("a%3Ab:100%25", 0, 1)])
        assert list(diff.tracks.put) == ["language:English", "a%3Ab:100%25"]
        labeled().apply(diff)

    @pytest.mark.parametrize(
        ("shown", "id_"),
        [("speaker: Agent", AGENT), ("language: हिन्दी", "language:हिन्दी"), ("a:b: 100%", "a%3Ab:100%25")],
    )
    def test_takes_tracks_as_the_editor_shows_them(self, shown, id_):
        document = labeled()
        after = document.apply(document.diff_to([Segment(shown, 0, 1, id="n")]))
        assert after.by_id["n"].track == id_

    def test_stores_answers_as_the_fields_do(self):
        document = labeled()
        diff = document.diff_to([Segment(AGENT, 0, 1, {"level": 1}, "n")], {"sounds": ["dog", "car"], "rate": 3.0})
        assert diff.content.put == {"sounds": ["car", "dog"]}
        assert type(diff.segments.put["n"].fields["level"]) is float
        assert document.apply(diff).diff_to(content={"sounds": ("dog", "car"), "rate": 3}) == Diff()

    def test_takes_any_iterable_once(self):
        document = labeled()
        assert document.diff_to(item for item in document.segments) == Diff()
        assert document.diff_to(()).segments.remove == ["a", "b"]

    @pytest.mark.parametrize(
        ("segments", "error"),
        [
            (5, "segments is a list of Segments or dicts, not 5"),
            ("speaker", "segments is a list of Segments or dicts, not 'speaker'"),
            ({"a": 1}, "segments is a list of Segments or dicts"),
            ([3], "segments[0]: a segment is a Segment or a dict with its names, not 3"),
            ([{"track": AGENT, "start": 0}], "segments[0]: ['end'] missing; a segment has track, start, end"),
            ([{"track": AGENT, "start": 0, "end": 1, "x": 1}], "segments[0]: ['x'] not known"),
            ([{"track": AGENT, "start": 1, "end": 0}], "segments[0]: a segment must have 0 <= start < end"),
            ([{"track": AGENT, "start": "0", "end": 1}], "segments[0]: start must be a finite number"),
            ([{"track": AGENT, "start": 0, "end": 1, "fields": [1]}], "segments[0]: a segment's fields are answers"),
            ([{"track": AGENT, "start": 0, "end": 1, "id": 1}], "segments[0]: a segment's id is a text, not 1"),
            ([Segment(AGENT, 0, 1, id="a")] * 2, "segments[1]: another segment has the id 'a'"),
            ([Segment(AGENT, 0, 1, {"colour": "x"})], "segments[0]: the task has no field 'colour' here"),
            ([Segment(AGENT, 0, 1, {"mood": "x"})], "segments[0]: mood must be one of 'Happy', 'Sad', not 'x'"),
        ],
    )
    def test_says_which_segment_is_wrong(self, segments, error):
        with pytest.raises(AnnotationError, match=re.escape(error)):
            labeled().diff_to(segments)

    @pytest.mark.parametrize("content", [5, "x", ["rate"], [("rate", 3)]])
    def test_refuses_content_that_is_no_mapping(self, content):
        with pytest.raises(AnnotationError, match="content is a dict of answers by field name"):
            labeled().diff_to(content=content)

    def test_unknown_tracks_are_refused_when_applied(self):
        document = labeled()
        with pytest.raises(AnnotationError, match="there is no track 'Bob'; the tracks are 'speaker:Customer', "):
            document.apply(document.diff_to([Segment("Bob", 0, 1)]))


class TestDiffToAnnotation:
    def test_gives_the_tracks_their_order(self):
        document = labeled()
        for names in (["Agent", "Customer"], ["Customer", "Agent"], ["Agent"]):
            tracks = [Track("language", "English"), *(Track("speaker", name) for name in names)]
            wanted = Annotation(tracks, [Segment(AGENT, 0, 1, id="n")], {}, document.provenance)
            assert document.apply(document.diff_to_annotation(wanted)).annotation == wanted

    def test_brings_along_tracks_after_those_named(self):
        wanted = Annotation([Track("speaker", "Agent")], [Segment("language:English", 0, 1)])
        document = Document(TASK, DURATION)
        assert list(document.apply(document.diff_to_annotation(wanted)).tracks) == [AGENT, "language:English"]

    @pytest.mark.parametrize("wrong", [3, [], {"segments": []}])
    def test_refuses_what_is_no_annotation(self, wrong):
        with pytest.raises(AnnotationError, match="an annotation is an Annotation, not"):
            labeled().diff_to_annotation(wrong)


def test_opens_with_the_tasks_defaults_and_keeps_provenance():
    task = Task(content_fields=[fields.Rating("rate", default=2)])
    assert Document(task).content == {"rate": 2}
    assert Document(task, annotation=Annotation()).content == {}
    document = labeled()
    assert document.apply(Diff()).provenance == Provenance("Ann", "call.wav")
    assert document.apply(Diff()).annotation == document.annotation


def test_without_a_known_duration_segments_may_end_anywhere():
    document = Document(TASK, None)
    after = document.apply(document.diff_to([Segment(AGENT, 0, 1e9, id="a")]))
    assert after.segments[0].end == 1e9


def test_parts_that_a_diff_does_not_touch_are_the_same_objects():
    document = labeled()
    after = document.apply(as_diff({"content": {"put": {"rate": 4}}}))
    assert after.segments is document.segments
    assert after.tracks is document.tracks
    assert document.content == {"rate": 3}
