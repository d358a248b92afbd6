"""Answers: whatever shape they come in, the same annotation, or an error that says where."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import fields, presets
from avseg_widget.errors import AnswerError
from avseg_widget.groundtruth import read_answer
from avseg_widget.model import Annotation, Segment, Task, Track

ANNOTATION = Annotation(
    [Track("speaker", "Customer"), Track("language", "English")],
    [
        Segment(
            "speaker:Customer", 0.1, 0.30000000000000004, {"text": "{{ </script> \u202e", "emotion": "Sad"}, id="a"
        ),
        Segment("language:English", 0, 5e-324, id="b"),
    ],
    {"rate": 3, "backgroundNoise": ["traffic"], "speechNonSpeech": "speech"},
)
TEXT = msgspec.json.encode(ANNOTATION).decode()

#: As the published sample hands it in.
SAMPLE = {
    "annotations": {
        "categories": {"language": ["English"], "speaker": ["Customer", "Representative"]},
        "elapsedTime": 12.5,
        "streams": {
            "language": [{"id": "English", "start": 0, "end": 2.25, "text": "", "emotion": ""}],
            "speaker": [
                {"id": "Customer", "start": 0.5, "end": 1.1, "text": "Hello", "emotion": "Happy"},
                {"id": "Representative", "start": 1.1, "end": 2.25, "text": "Hi", "emotion": "Neutral"},
                {"id": "Customer", "start": 1.0, "end": 1.5},
            ],
        },
    },
    "backgroundNoise": {"ambient": False, "music": True, "traffic": True},
    "emotiontag": "Neutral",
    "environmentalSounds": {"birdsChirping": False, "doorbell": False, "footsteps": False},
    "label": "Hi",
    "rate": {"1": False, "2": False, "3": False, "4": True, "5": False},
    "speakerGender": {"female": False, "male": False},
    "speechNonSpeech": {"non-speech": False, "speech": True},
    "textTranslationFinal": "Hello. Hi.",
}
SAMPLE_CONTENT = {
    "backgroundNoise": ["traffic", "music"],
    "environmentalSounds": [],
    "rate": 4,
    "speechNonSpeech": "speech",
    "textTranslationFinal": "Hello. Hi.",
}


def response(*contents):
    return {"answers": [{"answerContent": content, "workerId": "w", "timeSpentInSeconds": 1.5} for content in contents]}


def nested(text, levels):
    for _ in range(levels):
        text = json.dumps(text)
    return text


@pytest.mark.parametrize(
    "answer",
    [
        {"annotations": TEXT},
        {"annotations": json.loads(TEXT)},
        {"annotations": nested(TEXT, 4), "other": "x"},
        json.dumps({"annotations": TEXT}),
        json.dumps({"annotations": TEXT}).encode(),
        [{"annotations": TEXT}],
        response({"annotations": TEXT}),
        response({"annotations": TEXT})["answers"][0],
        response(json.dumps({"annotations": TEXT})),
        json.dumps(response({"annotations": TEXT})),
    ],
)
@pytest.mark.parametrize("task", [None, presets.call_center()])
def test_reads_its_own_answers(answer, task):
    assert read_answer(answer, task) == ANNOTATION


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("task", [None, presets.call_center()])
def test_reads_the_sample_shape(as_text, task):
    content = {**SAMPLE, "annotations": json.dumps(SAMPLE["annotations"])} if as_text else SAMPLE
    annotation = read_answer(response(content), task)
    assert annotation.content == SAMPLE_CONTENT
    assert [track.id for track in annotation.tracks] == [
        "language:English",
        "speaker:Customer",
        "speaker:Representative",
    ]
    assert annotation.segments == [
        Segment("language:English", 0, 2.25, id="language-1"),
        Segment("speaker:Customer", 0.5, 1.1, {"text": "Hello", "emotion": "Happy"}, id="speaker-1"),
        Segment("speaker:Customer", 1.0, 1.5, id="speaker-3"),
        Segment("speaker:Representative", 1.1, 2.25, {"text": "Hi", "emotion": "Neutral"}, id="speaker-2"),
    ]


def test_reads_the_video_sample():
    content = {
        "annotations": {"streams": {"Gait": [{"id": "Walk", "start": 1, "end": 2}]}},
        "presenceOfObjects": {"animals": True, "other": False, "people": True},
        "primaryIncidents": "5+",
        "sceneChange": {"no": True, "yes": False},
        "textTranslationFinal": "",
    }
    expected = {"presenceOfObjects": ["people", "animals"], "primaryIncidents": "5+", "sceneChange": "no"}
    assert read_answer(content).content == expected
    assert read_answer(content, presets.video_gait()).content == expected


def test_unknown_fields_of_the_sample_shape_keep_what_they_hold():
    content = {"annotations": {"streams": {}}, "flags": {"b": True, "a": True, "c": False}, "note": "x", "size": 1.5}
    assert read_answer(content).content == {"flags": ["b", "a"], "note": "x", "size": 1.5}
    with pytest.raises(AnswerError, match="the task has no field"):
        read_answer(content, presets.call_center())


def test_the_task_tells_the_kinds():
    task = Task(
        tracks={"a": ["b"]},
        content_fields=[
            fields.Checkbox("yes"),
            fields.Number("size"),
            fields.Select("pick", ["p", "q"]),
            fields.Rating("rate", 3),
        ],
    )
    content = {
        "annotations": {"streams": {"a": [{"id": "b", "start": 0, "end": 1}]}},
        "yes": {"on": True},
        "size": "1.5",
        "pick": {"p": False, "q": True},
        "rate": "2",
    }
    assert read_answer(content, task).content == {"yes": True, "size": 1.5, "pick": "q", "rate": 2}


def entries(*items):
    return {"annotations": {"streams": {"speaker": list(items)}}}


GOOD = {"id": "Customer", "start": 0, "end": 1}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("nothing", "answer: is not JSON"),
        ("", "answer: is not JSON"),
        (b"\xff", "answer: is not JSON"),
        (3, "answer: must be an object"),
        (None, "answer: must be an object"),
        ([], "answer: holds no answer"),
        ({}, "annotations: missing; the answer holds nothing"),
        ({"other": 1}, "annotations: missing; the answer holds 'other'"),
        (response(), r"answer.answers: holds no answer"),
        (response({}, {}), r"answer.answers: holds 2 answers.*read_answer\(one\)"),
        (response({"x": 1}), "annotations: missing"),
        ({"annotations": "{"}, "annotations: is not JSON"),
        ({"annotations": ""}, "annotations: is not JSON"),
        ({"annotations": nested(TEXT, 5)}, "more than 5 levels"),
        ({"annotations": [1]}, "annotations: must be an object"),
        ({"annotations": {"segments": 1}}, r"annotations: .*`annotations.segments`"),
        ({"annotations": {"segment": []}}, "annotations: .*segment"),
        (
            {
                "annotations": {
                    "tracks": [{"category": "a", "tag": "b"}],
                    "segments": [{"track": "a:b", "start": 2, "end": 1}],
                }
            },
            r"annotations: .*0 <= start < end.*`annotations.segments\[0\]",
        ),
        (
            {"annotations": {"segments": [{"track": "a:b", "start": 1, "end": 2}]}},
            r"annotations.segments\[0\].track: there is no track 'a:b'",
        ),
        ('{"annotations": {"segments": [{"track": "a:b", "start": NaN, "end": 2}]}}', "is not JSON"),
        ({"annotations": {"streams": []}}, "annotations.streams: must be an object"),
        ({"annotations": {"streams": {"speaker": {}}}}, "annotations.streams.speaker: must be a list"),
        (entries(GOOD, [0, 1]), r"annotations.streams.speaker\[1\]: is a list, \[0, 1\], which names no tag"),
        (entries(GOOD, "x"), r"annotations.streams.speaker\[1\]: must be an object"),
        (entries({"start": 0, "end": 1}), r"annotations.streams.speaker\[0\]: id missing"),
        (entries({"id": "Customer"}), r"annotations.streams.speaker\[0\]: start, end missing"),
        (entries(GOOD, {**GOOD, "start": 10, "end": 4}), r"annotations.streams.speaker\[1\]: .*start=10.0 and end=4.0"),
        (entries({**GOOD, "end": "1"}), r"annotations.streams.speaker\[0\]: end must be a finite number"),
        (entries({**GOOD, "end": float("inf")}), r"annotations.streams.speaker\[0\]: end must be a finite number"),
        (entries({**GOOD, "id": 7}), r"annotations.streams.speaker\[0\]: .*texts of 1 to 200"),
        (entries({**GOOD, "text": {"a": 1}}), r"annotations.streams.speaker\[0\]: text: must be a text"),
        ({**SAMPLE, "rate": {"1": True, "2": True}}, "rate: takes one choice, but '1', '2' are chosen"),
        ({**SAMPLE, "rate": {"9": True}}, "rate: must be a whole number from 1 to 5"),
        ({**SAMPLE, "speechNonSpeech": {"noise": True}}, "speechNonSpeech: must be one of"),
        ({**SAMPLE, "more": {"a": {"b": 1}}}, "more: must be a text, a number"),
    ],
)
def test_says_what_is_wrong(answer, message):
    with pytest.raises(AnswerError, match=message):
        read_answer(answer)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            {"annotations": {"tracks": [{"category": "a", "tag": "b"}]}},
            "annotations: track 'a:b': the task offers no tag",
        ),
        ({"annotations": {"content": {"rate": 9}}}, "annotations: content: rate must be a whole number from 1 to 5"),
        ({"annotations": {"content": {"x": 9}}}, "annotations: content: the task has no field 'x'"),
    ],
)
def test_says_what_does_not_fit_the_task(answer, message):
    with pytest.raises(AnswerError, match=message):
        read_answer(answer, presets.call_center())


TRACKS = list(presets.call_center().offered_tracks().values())
times = st.floats(0, 1e6, allow_nan=False, allow_subnormal=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@st.composite
def annotations(draw):
    tracks = draw(st.lists(st.sampled_from(TRACKS), min_size=1, unique=True))
    spans = draw(st.lists(st.tuples(times, times).filter(lambda span: span[0] != span[1]), max_size=8))
    segments = [
        Segment(draw(st.sampled_from(tracks)).id, min(span), max(span), {"text": draw(texts)}, id=f"s{place}")
        for place, span in enumerate(spans)
    ]
    content = {"rate": draw(st.integers(1, 5)), "textTranslationFinal": draw(texts)}
    return Annotation(tracks, segments, content)


@settings(max_examples=100, deadline=None)
@given(annotations(), st.integers(0, 4))
def test_gives_the_annotation_back_exactly(annotation, levels):
    text = nested(msgspec.json.encode(annotation).decode(), levels)
    read = read_answer(response({"annotations": text}), presets.call_center())
    assert read == annotation
    assert [segment.start.hex() for segment in read.segments] == [
        segment.start.hex() for segment in annotation.segments
    ]
