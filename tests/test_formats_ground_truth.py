"""Ground Truth's answers as files: ours lose nothing, the published sample's are read and written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from avseg_widget import Annotation, FormatError, Provenance, Segment, Track, formats
from avseg_widget.formats import ground_truth, ground_truth_sample
from avseg_widget.groundtruth import read_answer

from . import annotations_strategy as some
from .format_checks import check_damaged
from .test_groundtruth_answer import SAMPLE, SAMPLE_CONTENT

EXAMPLES = settings(max_examples=1000, deadline=None)
ONE = Annotation(
    [Track("speaker", "Ann")],
    [Segment("speaker:Ann", 0.1, 1 / 3, {"text": "hi", "emotion": "Sad"}, id="a")],
    {"topics": ["x"]},
    Provenance("private.1", "call.wav", "2024-05-01T10:00:00Z", "2024-05-01T10:05:00.25Z", 300.25, "Cognito", "i", "s"),
)


@EXAMPLES
@given(one=some.annotations())
def test_ours_lose_nothing(tmp_path_factory: pytest.TempPathFactory, one: Annotation) -> None:
    path = tmp_path_factory.getbasetemp() / "ours.answer.json"
    assert not formats.write([one, one], path)
    for read in formats.read(path).annotations:
        assert some.comparable(read, ground_truth.FORMAT) == some.comparable(one, ground_truth.FORMAT)


def test_the_samples_shape_loses_what_it_says(tmp_path: Path) -> None:
    some.check_round_trip("ground-truth-sample", tmp_path / "sample.json", examples=1000)


def test_an_answer_is_stored_as_ground_truth_stores_it(tmp_path: Path) -> None:
    formats.write(ONE, tmp_path / "0.answer.json")
    [answer] = json.loads((tmp_path / "0.answer.json").read_text())["answers"]
    assert (answer["workerId"], answer["timeSpentInSeconds"]) == ("private.1", 300.25)
    assert answer["workerMetadata"]["identityData"] == {"identityProviderType": "Cognito", "issuer": "i", "sub": "s"}
    assert isinstance(answer["answerContent"]["annotations"], str)
    assert read_answer(answer).segments == ONE.segments
    assert formats.read(tmp_path / "0.answer.json").annotation == ONE


def test_the_published_sample(tmp_path: Path) -> None:
    response = {"answers": [{"answerContent": SAMPLE, "workerId": "w", "submissionTime": "2024"}, SAMPLE]}
    (tmp_path / "0.json").write_text(json.dumps(response))
    first, second = formats.read(tmp_path / "0.json").annotations
    assert first.content == SAMPLE_CONTENT
    assert (first.provenance.annotator, second.provenance.annotator) == ("w", "")
    assert len(first.segments) == 4
    # Written again it is what it was, but for what the sample's table left in it.
    formats.write(first, tmp_path / "1.json", format="ground-truth-sample")
    again = json.loads((tmp_path / "1.json").read_text())["answers"][0]["answerContent"]
    assert again["annotations"]["streams"]["speaker"][0] == SAMPLE["annotations"]["streams"]["speaker"][0]
    assert again["backgroundNoise"] == {"traffic": True, "music": True}
    chosen = ground_truth_sample.FORMAT
    assert some.comparable(formats.read(tmp_path / "1.json").annotation, chosen) == some.comparable(first, chosen)
    told = {loss.subject for loss in formats.find_losses(ONE, "ground-truth-sample").losses}
    assert told == {"segments.id", "provenance.media"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"answers": [{"answerContent": {"annotations": "{"}}]}', "answer 1: annotations: is not JSON"),
        ('{"answers": [{"answerContent": {}}]}', "answer 1: annotations: missing"),
        ('{"answers": [{"answerContent": ' + "[" * 100_000, "is not JSON"),
        ('{"answers": ["' + "[" * 100_000 + '"], "answerContent": 1}', "answer 1: answer: is not JSON"),
        ('{"answerContent": {"annotations": {"streams": {"a": [{"id": "b", "start": 2, "end": 1}]}}}}',
         r"streams\.a\[0\]: a segment must have"),
    ],
)  # fmt: skip
def test_damage_is_told_by_its_place(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(FormatError, match=says):
        formats.read(tmp_path / "a.json")


@pytest.mark.parametrize("name", ["ground-truth", "ground-truth-sample"])
def test_damage_is_an_error_or_a_result(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.answer.json"
    formats.write([ONE, ONE], path, format=name)
    check_damaged(path, rounds=500)
