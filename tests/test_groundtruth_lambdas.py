"""The functions around a job: with the events that are documented, payloads in S3, and from the archive alone."""

from __future__ import annotations

import ast
import html
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import Annotation, Segment, Track, presets
from avseg_widget.groundtruth import build_template, lambda_archive, lambdas, read_answer, read_results
from avseg_widget.groundtruth.lambdas import aws, merge, post, pre
from avseg_widget.groundtruth.liquid import liquid_environment

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:labeling-job/speech"
MEDIA = "s3://bucket/calls/1.wav"
FOLDER = Path(lambdas.__file__).parent


@pytest.fixture(autouse=True)
def _fresh_client():
    aws._client.cache_clear()
    yield
    aws._client.cache_clear()


def annotation(*spans, tag="Customer", text="hello", **content) -> Annotation:
    segments = [
        Segment(f"speaker:{tag}", start, end, {"text": text}, id=f"s{n}") for n, (start, end) in enumerate(spans)
    ]
    return Annotation([Track("speaker", tag)], segments, content)


def dump(value: Annotation) -> str:
    return msgspec.json.encode(value).decode()


def put(s3, key: str, value) -> str:
    text = value if isinstance(value, (str, bytes)) else json.dumps(value)
    s3.put_object(Bucket="bucket", Key=key, Body=text)
    return f"s3://bucket/{key}"


# Before


def before(line):
    event = {"version": "2018-10-16", "labelingJobArn": ARN, "dataObject": line}
    return pre.handler(json.loads(json.dumps(event)), None)


def test_hands_the_line_on(s3):
    line = {"source-ref": MEDIA, "speaker": "Ann", "peaks-ref": "s3://bucket/peaks"}
    assert before(line) == {"taskInput": {**line, "taskObject": MEDIA}, "isHumanAnnotationRequired": True}
    web = {"source": "https://host/a.wav"}
    assert before(web)["taskInput"] == {**web, "taskObject": "https://host/a.wav"}


@pytest.mark.parametrize(("given", "expected"), [(False, False), ("false", False), ("False", False), ("true", True)])
def test_whether_a_human_is_needed_comes_out_as_a_boolean(s3, given, expected):
    assert before({"source-ref": MEDIA, "isHumanAnnotationRequired": given})["isHumanAnnotationRequired"] is expected


def test_adds_what_lies_beside_the_media(s3):
    peaks = put(s3, "calls/1.wav.peaks", b"peaks")
    put(s3, "calls/1.wav.annotations.json", dump(annotation((0, 1))))
    found = before({"source-ref": MEDIA})["taskInput"]
    assert found["peaks-ref"] == peaks
    assert read_answer(found, presets.call_center()) == annotation((0, 1))
    assert "annotations-ref" not in found


def test_long_annotations_stay_in_s3(s3):
    long = dump(annotation(*((n, n + 1) for n in range(3000))))
    ref = put(s3, "long.json", long)
    assert before({"source-ref": MEDIA, "annotations-ref": ref})["taskInput"]["annotations-ref"] == ref
    short = put(s3, "short.json", dump(annotation((0, 1))))
    found = before({"source-ref": MEDIA, "annotations-ref": short})["taskInput"]
    assert read_answer(found) == annotation((0, 1))
    assert "annotations-ref" not in found
    with pytest.raises(ValueError, match="more than 100,000"):
        before({"source-ref": MEDIA, "annotations": long})


def test_starts_from_an_earlier_job(s3, monkeypatch):
    monkeypatch.setenv("AVSEG_START_FROM", "speech")
    answers = [{"answerContent": {"other": 1}}, {"answerContent": {"annotations": dump(annotation((1, 2)))}}]
    ref = put(s3, "out/annotations/worker-response/iteration-1/0/x.json", {"answers": answers})
    line = {"source-ref": MEDIA, "speech": {}, "speech-metadata": {"worker-response-ref": ref}}
    assert read_answer(before(line)["taskInput"]) == annotation((1, 2))
    line = {"source-ref": MEDIA, "speech": {"annotations": {"tracks": [], "segments": []}}, "speech-metadata": {}}
    assert read_answer(before(line)["taskInput"]) == Annotation()
    assert "annotations" not in before({"source-ref": MEDIA})["taskInput"]


@pytest.mark.parametrize("key", ["source-ref", "source"])
def test_what_it_hands_on_fills_the_template(s3, key):
    put(s3, "calls/1.wav.peaks", b"peaks")
    put(s3, "calls/1.wav.annotations.json", dump(annotation((0, 1), text="\"'</script>{{ x }}")))
    text = build_template(presets.call_center(), script_url="worker.js", style_url="avseg.css")
    template = liquid_environment(lambda uri: f"signed:{uri}").from_string(text)
    page = template.render(task={"input": before({key: MEDIA})["taskInput"]})
    (attributes,) = re.findall(r'<div id="avseg"(.*?)></div>', page, re.DOTALL)
    found = {name: html.unescape(value) for name, value in re.findall(r'data-([a-z-]+)="(.*?)"', attributes, re.DOTALL)}
    assert found["media"] == f"signed:{MEDIA}"
    assert found["peaks"] == f"signed:{MEDIA}.peaks"
    assert read_answer({"annotations": found["annotations"]}) == annotation((0, 1), text="\"'</script>{{ x }}")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (None, "dataObject must be a line"),
        ([], "dataObject must be a line"),
        ({}, "needs source-ref or source, one of them, and has neither"),
        ({"source-ref": MEDIA, "source": MEDIA}, "has source-ref and source"),
        ({"source-ref": ""}, "source-ref must be an s3:// URI"),
        ({"source": "javascript:alert(1)"}, "source must be an s3:// URI"),
        ({"source-ref": MEDIA, "annotations": "{"}, "annotations is not JSON"),
        ({"source-ref": MEDIA, "annotations": [1]}, "must be an object with a list of segments"),
        ({"source-ref": MEDIA, "annotations": {"segments": {}}}, "must be an object with a list of segments"),
        ({"source-ref": MEDIA, "text": "x" * 100_000}, "characters, more than 100,000"),
    ],
)
def test_refuses_lines_that_are_of_no_use(s3, line, message):
    with pytest.raises(ValueError, match=message):
        before(line)


# After


def event(s3, items, *, key: str = "s3Uri"):
    uri = put(s3, "out/annotations/consolidated-annotation/consolidation-request/iteration-1/x.json", items)
    return {
        "version": "2018-10-16",
        "labelingJobArn": ARN,
        "labelCategories": None,
        "labelAttributeName": "speech",
        "roleArn": "arn:aws:iam::123456789012:role/Label",
        "payload": {key: uri},
    }


def answer(worker, value):
    return {"workerId": worker, "annotationData": {"content": json.dumps({"annotations": value})}}


def item(*answers, id_="0"):
    return {"datasetObjectId": id_, "dataObject": {"s3Uri": MEDIA}, "annotations": list(answers)}


def label(s3, *answers):
    (made,) = json.loads(json.dumps(post.handler(event(s3, [item(*answers)]))))
    assert made["datasetObjectId"] == "0"
    return made["consolidatedAnnotation"]["content"]["speech"]


@pytest.mark.parametrize("key", ["s3Uri", "s3uri"])
def test_merges_the_answers_of_each_item(s3, key):
    three = [annotation((0, 8), (20, 21), rate=3), annotation((0, 10), rate=4), annotation((1, 9), text="bye", rate=3)]
    items = [
        item(*(answer(str(n), dump(one)) for n, one in enumerate(three))),
        item(answer("a", dump(annotation((1, 2)))), id_="1"),
    ]
    first, second = post.handler(event(s3, items, key=key))
    assert (first["datasetObjectId"], second["datasetObjectId"]) == ("0", "1")
    made = first["consolidatedAnnotation"]["content"]["speech"]
    merged = read_answer(made, presets.call_center())
    assert merged.segments == [Segment("speaker:Customer", 0, 9, {"text": "hello"}, id="merged-1")]
    assert merged.content == {"rate": 3}
    assert made["workers"] == ["0", "1", "2"]
    assert made["segments"] == {"merged-1": {"workers": 3, "overlap": 0.7926}}
    assert made["content"] == {"rate": 0.6667}
    assert made["left_out"] == 1
    assert made["agreement"] == 0.3963
    alone = second["consolidatedAnnotation"]["content"]["speech"]
    assert read_answer(alone) == msgspec.structs.replace(
        annotation(), segments=[Segment("speaker:Customer", 1, 2, {"text": "hello"}, id="merged-1")]
    )
    assert (alone["agreement"], alone["item"]) == (None, "1")


@pytest.mark.parametrize("key", ["s3Uri", "s3uri"])
def test_reads_answers_that_lie_in_s3(s3, key):
    long = annotation(*((n, n + 1) for n in range(20_000)))
    uri = put(s3, "out/answer.json", {"annotations": dump(long)})
    assert len(dump(long)) > 1_000_000
    made = label(s3, {"workerId": "a", "annotationData": {key: uri}}, answer("b", dump(long)))
    assert made["agreement"] == 1.0
    assert len(made["annotations"]["segments"]) == 20_000


def test_an_answer_may_be_an_object_or_json_in_json(s3):
    plain = msgspec.to_builtins(annotation((0, 1)))
    made = label(s3, answer("a", plain), answer("b", json.dumps(dump(annotation((0, 1))))))
    assert (made["agreement"], made["workers"]) == (1.0, ["a", "b"])


def test_unreadable_answers_are_told_and_leave_the_others(s3):
    reversed_ = msgspec.to_builtins(annotation((0, 1)))
    reversed_["segments"][0]["start"] = 5
    made = label(
        s3, answer("a", dump(annotation((0, 1)))), answer("b", "{"), answer("c", reversed_), {"workerId": "d"}, None
    )
    assert made["workers"] == ["a"]
    assert [problem["workerId"] for problem in made["problems"]] == ["b", "c", "d", None]
    assert "0 <= start < end" in made["problems"][1]["reason"]


def test_passes_through_what_it_cannot_merge(s3):
    sample = {"streams": {"speaker": [{"id": "Customer", "start": 0, "end": 1}]}}
    made = label(s3, answer("a", sample))
    assert made["annotationsFromAllWorkers"] == [answer("a", sample)]
    assert label(s3)["annotationsFromAllWorkers"] == []


def test_labels_are_read_back_as_results(s3, tmp_path):
    sample = {"streams": {"speaker": [{"id": "Customer", "start": 0, "end": 1}]}}
    labels = [label(s3, answer("a", dump(annotation((0, 1)))), answer("b", dump(annotation((0, 1)))))]
    labels.append(label(s3, answer("c", sample)))
    metadata = {"job_name": "labeling-job/speech", "type": "groundTruth/custom", "human-annotated": "yes"}
    lines = [{"source-ref": MEDIA, "speech": made, "speech-metadata": metadata} for made in labels]
    (tmp_path / "output.manifest").write_text("".join(json.dumps(line) + "\n" for line in lines))
    merged, passed = read_results(tmp_path)
    assert (merged.status, merged.label["agreement"], merged.label["workers"]) == ("consolidated", 1.0, ["a", "b"])
    assert len(merged.annotation.segments) == 1
    assert (passed.status, passed.annotation.provenance.annotator) == ("answered", "c")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labelAttributeName": None}, "labelAttributeName must name the label"),
        ({"payload": None}, "payload must hold the s3Uri"),
        ({"payload": {"s3Uri": "https://host"}}, "is no S3 URI"),
        ({"payload": {"s3Uri": "s3://bucket/odd.json"}}, "must hold a list of items"),
    ],
)
def test_refuses_events_of_another_kind(s3, change, message):
    put(s3, "odd.json", [{"id": 1}])
    with pytest.raises(ValueError, match=message):
        post.handler({**event(s3, []), **change})


def test_a_payload_of_several_parts(s3):
    first = event(s3, [item(id_="0")])
    second = put(s3, "second.json", [item(id_="1")])
    made = post.handler({**first, "payload": [first["payload"], {"s3Uri": second}]})
    assert [one["datasetObjectId"] for one in made] == ["0", "1"]


# Merging


def spans(made):
    return [(segment["track"], segment["start"], segment["end"]) for segment in made["annotations"]["segments"]]


def plain(*given, **more):
    return msgspec.to_builtins(annotation(*given, **more))


def test_segments_of_one_worker_are_never_merged_with_each_other():
    made = merge.merge([plain((0, 10), (1, 10)), plain((0, 10))])
    assert spans(made) == [("speaker:Customer", 0, 10), ("speaker:Customer", 1, 10)]
    assert made["segments"]["merged-1"]["workers"] == 2


def test_touching_segments_stay_apart():
    made = merge.merge([plain((0, 1), (1, 2))] * 3)
    assert spans(made) == [("speaker:Customer", 0, 1), ("speaker:Customer", 1, 2)]
    assert made["agreement"] == 1.0


def test_tracks_are_the_same_by_category_and_tag():
    other = plain((0, 1))
    other["tracks"][0]["id"] = other["segments"][0]["track"] = "own"
    made = merge.merge([plain((0, 1)), other, plain((0, 1), tag="Representative")])
    assert [track["tag"] for track in made["annotations"]["tracks"]] == ["Customer", "Representative"]
    assert spans(made) == [("speaker:Customer", 0, 1)]
    assert made["left_out"] == 1


def test_votes_on_answers():
    made = merge.merge(
        [plain(noise=["a", "b"], rate=1), plain(noise=["b", "c"], rate=2), plain(noise=["b"], done=True)]
    )
    assert made["annotations"]["content"] == {"noise": ["b"], "rate": 1}
    assert made["content"] == {"noise": 0.3333, "rate": 0.3333, "done": 0.6667}
    assert made["agreement"] == 1.0


times = st.floats(0, 1e6, allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(times, times).filter(lambda span: span[0] != span[1]), max_size=6), min_size=1, max_size=4
    )
)
def test_what_comes_out_is_an_annotation_and_the_same_each_time(workers):
    given_ = [plain(*((min(span), max(span)) for span in drawn)) for drawn in workers]
    made = merge.merge(given_)
    assert json.dumps(made) == json.dumps(merge.merge(json.loads(json.dumps(given_))))
    read = read_answer(made, presets.call_center())
    assert len(read.segments) + made["left_out"] <= sum(map(len, workers))
    assert made["agreement"] is None or 0 <= made["agreement"] <= 1
    if len(workers) == 1:
        assert [(one.start, one.end) for one in read.segments] == sorted((min(span), max(span)) for span in workers[0])


# The archive


def test_the_functions_need_only_what_the_runtime_has():
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level <= 1, f"{path.name} reaches out of its folder"
                names = [node.module or ""] if node.level == 0 else []
            for name in names:
                assert name.split(".")[0] in sys.stdlib_module_names | {"boto3", "botocore"}, path.name


def test_the_archive_is_the_same_each_time(tmp_path, monkeypatch):
    before_ = lambda_archive.lambda_zip()
    (tmp_path / "copy").mkdir()
    for path in sorted(FOLDER.glob("*.py"), reverse=True):
        (tmp_path / "copy" / path.name).write_bytes(path.read_bytes())
        (tmp_path / "copy" / path.name).chmod(0o600)
    monkeypatch.setattr(lambda_archive, "_FOLDER", tmp_path / "copy")
    assert lambda_archive.lambda_zip() == before_


def test_the_functions_run_from_the_archive_alone(tmp_path):
    archive = tmp_path / "functions.zip"
    archive.write_bytes(lambda_archive.lambda_zip())
    assert zipfile.ZipFile(archive).testzip() is None
    line = {"source": "https://host/a.wav", "peaks-ref": "https://host/p"}
    code = (
        f"import importlib, json, sys; sys.path[:0] = [{str(archive)!r}]\n"
        "sys.modules.update(dict.fromkeys(['avseg_widget', 'msgspec', 'numpy']))\n"
        f"module, name = {lambda_archive.PRE_HANDLER!r}.rsplit('.', 1)\n"
        f"print(json.dumps(getattr(importlib.import_module(module), name)({{'dataObject': {line!r}}}, None)))\n"
        f"module, name = {lambda_archive.POST_HANDLER!r}.rsplit('.', 1)\n"
        "print(getattr(importlib.import_module(module), name).__module__)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert json.loads(first)["taskInput"]["taskObject"] == "https://host/a.wav"
    assert second == "avseg_lambdas.post"
