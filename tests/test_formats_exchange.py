"""CVAT's table and Label Studio's JSON: what was written comes back, their own files are read, damage is told."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import Annotation, FormatError, Origin, Provenance, Segment, Task, Track, fields, formats
from avseg_widget.formats import cvat_tsv, label_studio
from avseg_widget.formats.format import Format

from . import annotations_strategy as some
from .format_checks import check_damaged, read_or_say

BOTH = [cvat_tsv.FORMAT, label_studio.FORMAT]
EXAMPLES = settings(max_examples=1000, deadline=None)
ONE = Annotation(
    [Track("speaker", "Ann")],
    [Segment("speaker:Ann", 0.1, 1 / 3, {"text": "=hello\nthere", "loud": True, "marks": ["a"], "score": 2.5}, id="a")],
    {"topics": ["x"], "summary": "short"},
    Provenance(annotator="7", media="call.wav", seconds=4.5),
)
SUGGESTED = Annotation(
    [Track("speaker", "Ann")],
    [Segment("speaker:Ann", 1, 2, {"text": "x"}, id="b", origin=Origin("vad", "suggested", 0.25))],
    provenance=Provenance(media="call.wav"),
)


@pytest.mark.parametrize("chosen", BOTH, ids=lambda one: one.name)
def test_what_is_read_is_what_was_said(tmp_path: Path, chosen: Format) -> None:
    some.check_round_trip(chosen.name, tmp_path / f"a{chosen.suffixes[0]}", examples=1000)


@settings(EXAMPLES, max_examples=300)
@given(given=st.lists(some.annotations(), max_size=4))
def test_several_annotators_come_back_in_their_order(
    tmp_path_factory: pytest.TempPathFactory, given: list[Annotation]
) -> None:
    path = tmp_path_factory.getbasetemp() / "several.json"
    formats.write(given, path)
    chosen = label_studio.FORMAT
    wanted = [some.comparable(chosen.carry(one, None), chosen) for one in given]
    assert [some.comparable(one, chosen) for one in formats.read(path, format="label-studio").annotations] == wanted


def test_label_studio_takes_what_it_documents(tmp_path: Path) -> None:
    task = Task(tracks={"speaker": ["Ann"]}, segment_fields=[fields.Text("text"), fields.Select("mood", ["a", "b"])])
    told = Annotation(
        ONE.tracks, [Segment("speaker:Ann", 1, 2, {"text": "hi", "mood": "a"}, id="x")], provenance=ONE.provenance
    )
    formats.write([told, SUGGESTED], tmp_path / "a.json", task=task)
    [made] = json.loads((tmp_path / "a.json").read_text())
    assert made["data"] == {"audio": "call.wav"}
    [annotation] = made["annotations"]
    assert (annotation["completed_by"], annotation["lead_time"]) == (7, 4.5)
    region, text, mood = annotation["result"]
    assert region == {
        "id": "x", "from_name": "speaker", "to_name": "audio", "type": "labels", "origin": "manual",
        "value": {"start": 1.0, "end": 2.0, "labels": ["Ann"]},
    }  # fmt: skip
    assert text["type"] == "textarea"
    assert text["value"] == {"start": 1.0, "end": 2.0, "text": ["hi"]}
    assert (mood["type"], mood["value"]["choices"], mood["id"]) == ("choices", ["a"], "x")
    [prediction] = made["predictions"]
    assert (prediction["model_version"], prediction["result"][0]["score"]) == ("vad", 0.25)
    assert formats.read(tmp_path / "a.json").annotations == [told, SUGGESTED]


#: As Label Studio exports a project, with its own ids, several annotators, a prediction and a video of frames.
EXPORT: list[dict[str, Any]] = [
    {
        "id": 1,
        "data": {"audio": "/data/upload/1/call.wav", "title": "a call"},
        "annotations": [
            {
                "id": 11, "completed_by": {"id": 3, "email": "ann@example.org"}, "was_cancelled": False,
                "created_at": "2024-03-09T22:16:08.728353Z", "lead_time": 4.288,
                "result": [
                    {"original_length": 9.5, "value": {"start": 0.25, "end": 1.5, "channel": 0, "labels": ["Speech"]},
                     "id": "wavesurfer_1", "from_name": "labels", "to_name": "audio", "type": "labels",
                     "origin": "manual"},
                    {"original_length": 9.5, "value": {"start": 0.25, "end": 1.5, "channel": 0, "text": ["one", "two"]},
                     "id": "wavesurfer_1", "from_name": "transcription", "to_name": "audio", "type": "textarea"},
                    {"value": {"start": 2, "end": 3, "labels": ["Speech", "Noise"]}, "id": "r2", "from_name": "labels",
                     "to_name": "audio", "type": "labels", "origin": "prediction-changed"},
                    {"value": {"start": 2, "end": 3, "choices": ["Happy"]}, "id": "r2", "from_name": "emotion",
                     "to_name": "audio", "type": "choices"},
                    {"value": {"start": 4, "end": 5, "rating": 3}, "id": "r3", "from_name": "stars", "type": "rating"},
                    {"value": {"choices": ["good", "loud"]}, "id": "c", "from_name": "quality", "type": "choices"},
                    {"from_id": "r2", "to_id": "r3", "type": "relation", "direction": "right"},
                ],
            },
            {"id": 12, "completed_by": 4, "was_cancelled": True, "result": []},
        ],
        "predictions": [
            {"model_version": "m1", "score": 0.5, "result": [
                {"value": {"start": 1, "end": 2, "labels": ["Speech"]}, "id": "p", "from_name": "labels",
                 "type": "labels"},
                {"value": {"start": 3, "end": 4, "labels": ["Noise"]}, "id": "q", "from_name": "labels",
                 "type": "labels", "score": 0.9},
            ]},
        ],
    },
    {
        "data": {"video": "film.mp4", "fps": 25},
        "annotations": [{"result": [
            {"value": {"ranges": [{"start": 1, "end": 25}], "timelinelabels": ["Walk"]}, "id": "t", "from_name": "move",
             "type": "timelinelabels"},
        ]}],
    },
]  # fmt: skip


def test_an_export_of_label_studio_is_read(tmp_path: Path) -> None:
    (tmp_path / "export.json").write_text(json.dumps(EXPORT))
    reading = formats.read(tmp_path / "export.json")
    ann, skipped, predicted, film = reading.annotations
    assert ann.provenance == Provenance(
        "ann@example.org", "/data/upload/1/call.wav", submitted="2024-03-09T22:16:08.728353Z", seconds=4.288
    )
    assert [(one.id, one.track, one.start, one.fields) for one in ann.segments] == [
        ("wavesurfer_1", "labels:Speech", 0.25, {"transcription": "one\ntwo"}),
        ("r2", "labels:Speech", 2, {"emotion": "Happy"}),
        ("r2-3", "labels:Noise", 2, {"emotion": "Happy"}),
        ("r3", "region:region", 4, {"stars": 3}),
    ]
    assert ann.segments[1].origin == Origin("label-studio", "corrected")
    assert ann.content == {"quality": ["good", "loud"]}
    assert (skipped.provenance.annotator, skipped.segments) == ("4", [])
    assert [one.origin for one in predicted.segments] == [Origin("m1", confidence=0.5), Origin("m1", confidence=0.9)]
    assert [(one.track, one.start, one.end) for one in film.segments] == [("move:Walk", 0.0, 1.0)]
    assert any("relation" in note for note in reading.notes)
    # One annotation as storage in a cloud has it.
    (tmp_path / "12").write_text(json.dumps({**EXPORT[0]["annotations"][0], "task": {"data": EXPORT[0]["data"]}}))
    assert formats.read(tmp_path / "12").annotation == ann


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[{"data": {}, "annotations": [{"result": [{"value": {"start": "x", "end": 2}}]}]}]',
         r"\[0\]\.annotations\[0\]\.result\[0\]\.value: start is a number, not 'x'"),
        ('{"data": {}, "annotations": [{"result": [{"type": "labels", "value": {"start": 3, "end": 2}}]}]}',
         r"result\[0\]: a segment must have 0 <= start"),
        ('[{"data": {}, "annotations": 5}]', r"\[0\]\.annotations: must be a list, not 5"),
        ('[{"audio": "a.wav", "annotations": []}]', r"\[0\]: has no 'data'.*not as JSON_MIN"),
        ('[{"data": {}, "annotations": [{"result": [', "is not JSON, or not all of it"),
        ("[" * 100_000, "is not JSON"),
        ('[{"data": {}, "annotations": [{"result": [{"value": {"start": 1e400, "end": 2}}]}]}]', "JSON|number"),
        ('[{"data": {}, "annotations": [{"lead_time": "long", "result": []}]}]', r"\[0\]: lead_time is a number"),
        ('[{"data": {"fps": 0}, "annotations": [{"result": [{"value": {"ranges": []}}]}]}]', "frame rate is above 0"),
    ],
)  # fmt: skip
def test_damage_is_told_by_its_place(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(FormatError, match=says):
        formats.read(tmp_path / "a.json")


def test_cvat_reads_and_writes_such_a_table(tmp_path: Path) -> None:
    formats.write(
        [ONE, Annotation(SUGGESTED.tracks, SUGGESTED.segments, provenance=Provenance(media="b"))], tmp_path / "a.tsv"
    )
    with (tmp_path / "a.tsv").open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file, delimiter="\t")
    assert first == {
        "id": "a", "filename": "call.wav", "start": "00:00:00.100000", "stop": "00:00:00.333333",
        "label": "speaker:Ann", "source": "manual", "score": "1.0", "text": "=hello\nthere",
        "loud": "true", "marks": '["a"]', "field:score": "2.5",
    }  # fmt: skip
    assert (second["source"], second["score"], second["filename"]) == ("auto", "0.25", "b")
    report = formats.find_losses(ONE, "cvat").counts()
    assert report[("segments.end", "changed")] == 1
    assert report[("content['topics']", "dropped")] == 1
    # The example of CVAT's documentation, and times as Python prints them.
    (tmp_path / "b.tsv").write_text(
        "start\tstop\tlabel\ttranscript\n00:00:00.000\t00:00:02.450\tspeech\tHello, world.\n"
        "0:00:03.1\t1 day, 0:00:04\tmusic\t\n"
    )
    read = formats.read(tmp_path / "b.tsv").annotation
    assert [(one.track, one.start, one.end, one.fields) for one in read.segments] == [
        ("label:speech", 0.0, 2.45, {"transcript": "Hello, world."}),
        ("label:music", 3.1, 86404.0, {}),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("start\tstop\tlabel\n1\t2\tx\n", "line 2: start is a time such as"),
        ("start\tstop\tlabel\n00:00:02\t00:00:01\tx\n", "line 2: a segment must have"),
        ("start\tstop\tlabel\n00:00:01\t00:00:02\t\n", "line 2: a track's category and tag"),
        ("start\tstop\tlabel\n00:00:01\t00:00:02\n", "line 2: has 2 cells, the header has 3"),
        ("start\tend\tlabel\n", "line 1: needs the columns start, stop and label"),
        ("start\tstop\tlabel\tscore\n00:00:01\t00:00:02\tx\thigh\n", "line 2: score is a number"),
    ],
)
def test_a_damaged_cvat_table_is_told_by_its_line(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "a.tsv").write_text(content)
    with pytest.raises(FormatError, match=says):
        formats.read(tmp_path / "a.tsv")


def test_two_annotators_do_not_become_one_in_cvat(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"one annotation of each media.*call\.wav"):
        formats.write([ONE, SUGGESTED], tmp_path / "a.tsv")


@pytest.mark.parametrize("chosen", BOTH, ids=lambda one: one.name)
def test_damage_is_an_error_or_a_result(tmp_path: Path, chosen: Format) -> None:
    path = tmp_path / f"damaged{chosen.suffixes[0]}"
    formats.write(ONE, path)
    check_damaged(path, rounds=500)


@settings(EXAMPLES, max_examples=150)
@given(data=st.data())
def test_any_json_is_an_error_or_a_result(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Put a wrong value anywhere in an export."""
    path = tmp_path_factory.getbasetemp() / "wrong.json"
    export: Any = json.loads(json.dumps(EXPORT))
    place = export
    while isinstance(place, (dict, list)) and place:
        key: Any = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], (dict, list)) or data.draw(st.integers(0, 4)) == 0:
            place[key] = data.draw(
                st.sampled_from([None, -1, 1e308, 10**18, "", "x", [], {}, [None], True, {"avseg": {}}])
            )
            break
        place = place[key]
    path.write_text(json.dumps(export))
    read_or_say(path)
