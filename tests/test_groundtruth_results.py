"""Results: every worker's annotation out of the files of a job, whatever their state, and written as they were."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import Annotation, ManifestError, Provenance, Segment, Track, presets
from avseg_widget.groundtruth import Result, ResultsFolder, read_results, write_results

ANNOTATION = Annotation(
    [Track("speaker", "Customer")],
    [Segment("speaker:Customer", 0.1, 0.30000000000000004, {"text": "{{ </script> \u2028"}, id="a")],
    {"rate": 3},
)
SAMPLE = {
    "annotations": {"streams": {"speaker": [{"id": "Customer", "start": 0.5, "end": 1.1, "text": "Hi"}]}},
    "rate": {"1": False, "4": True},
}
LINE = {"source-ref": "s3://bucket/calls/1.wav", "speaker": "Ann"}
METADATA = {
    "job_name": "labeling-job/speech",
    "type": "groundTruth/custom",
    "human-annotated": "yes",
    "creation_date": "2026-11-20T10:00:00.000000",
}
PREFIX = "s3://bucket/out/speech"


def answer(worker: str = "private.eu-west-1.1", content=None, **more):
    return {
        "acceptanceTime": "2026-11-20T10:00:00.123Z",
        "answerContent": {"annotations": msgspec.json.encode(ANNOTATION).decode()} if content is None else content,
        "submissionTime": "2026-11-20T10:01:00.456Z",
        "timeSpentInSeconds": 40.543,
        "workerId": worker,
        "workerMetadata": {
            "identityData": {
                "identityProviderType": "Cognito",
                "issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x",
                "sub": "uuid-" + worker,
            }
        },
        **more,
    }


def provenance(worker: str = "private.eu-west-1.1") -> Provenance:
    return Provenance(
        annotator=worker,
        media="s3://bucket/calls/1.wav",
        accepted="2026-11-20T10:00:00.123Z",
        submitted="2026-11-20T10:01:00.456Z",
        seconds=40.543,
        provider="Cognito",
        issuer="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x",
        subject="uuid-" + worker,
    )


def signed(annotation: Annotation, made: Provenance) -> Annotation:
    return msgspec.structs.replace(annotation, provenance=made)


class Job:
    """The folder of a job as Ground Truth leaves it, on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list = []

    def item(self, *answers, name: str = "2026-11-20_10:01:00.json", iteration: int = 1, label=None, metadata=None):
        place = f"annotations/worker-response/iteration-{iteration}/{len(self.lines)}/{name}"
        self.file(place, json.dumps({"answers": list(answers)}))
        ref = {} if label else {"worker-response-ref": f"{PREFIX}/{place}"}
        return self.line({**LINE, "speech": label or {}, "speech-metadata": metadata or {**METADATA, **ref}})

    def file(self, place: str, text: str) -> None:
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def line(self, line) -> Job:
        self.lines.append(line)
        text = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in self.lines)
        self.file("manifests/output/output.manifest", text)
        return self


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path / "speech")


# Reading


def test_reads_every_workers_annotation_with_times_and_identity(job):
    job.item(answer("a"), answer("b", SAMPLE))
    first, second = read_results(job.folder, presets.call_center())
    assert first == Result(item=0, line=LINE, status="answered", annotation=signed(ANNOTATION, provenance("a")))
    assert second.annotation.provenance == provenance("b")
    assert second.annotation.segments == [Segment("speaker:Customer", 0.5, 1.1, {"text": "Hi"}, id="speaker-1")]
    assert second.annotation.content == {"rate": 4}
    assert list(read_results(job.folder / "manifests" / "output" / "output.manifest")) == [first, second]


@pytest.mark.parametrize(
    "place", ["annotations/intermediate/1/annotations.manifest", "manifests/intermediate/1/m", "m"]
)
def test_reads_other_manifests_of_the_job(s3, job, place):
    job.item(answer("a")).line(LINE)
    job.file(place, (job.folder / "manifests/output/output.manifest").read_text())
    assert [result.status for result in read_results(job.folder / place)] == ["answered", "unlabeled"]
    job.lines[0]["speech-metadata"]["worker-response-ref"] = "annotations/worker-response/iteration-1/0/x.json"
    job.line(LINE)
    put(s3, job)
    s3.put_object(
        Bucket="bucket",
        Key="out/speech/annotations/worker-response/iteration-1/0/x.json",
        Body=json.dumps({"answers": [answer("b")]}),
    )
    (first, *_) = read_results(PREFIX)
    assert first.annotation.provenance.annotator == "b"
    assert [result.status for result in read_results(f"{PREFIX}/{place}")] == ["answered", "unlabeled"]


def test_an_answer_does_not_say_who_made_it(job):
    forged = signed(ANNOTATION, Provenance("somebody else", "other.wav", submitted="2020"))
    job.item({"answerContent": {"annotations": json.loads(msgspec.json.encode(forged))}})
    (result,) = read_results(job.folder)
    assert result.annotation == signed(ANNOTATION, Provenance(media="s3://bucket/calls/1.wav"))


@pytest.mark.parametrize(
    "name", ["2026-11-20_10_01_00.json", "2026-11-20_10-01-00.json", "2026-11-20_10%3A01%3A00.json"]
)
def test_reads_a_download_whose_names_lost_their_colons(job, name):
    job.item(answer())
    folder = job.folder / "annotations/worker-response/iteration-1/0"
    (folder / "2026-11-20_10:01:00.json").rename(folder / name)
    assert [result.status for result in read_results(job.folder)] == ["answered"]


def test_reports_what_there_is_none_of(job):
    job.line(LINE)
    job.line({**LINE, "speech-metadata": {**METADATA, "failure-reason": "expired"}})
    job.line({**LINE, "speech": {}, "speech-metadata": METADATA})
    job.item()
    job.line({**LINE, "speech": {}, "speech-metadata": {**METADATA, "worker-response-ref": "../../etc/passwd"}})
    ref = "annotations/worker-response/iteration-1/77/none.json"
    job.line({**LINE, "speech": {}, "speech-metadata": {**METADATA, "worker-response-ref": ref}})
    job.line('{"source-ref": ')
    found = list(read_results(job.folder))
    assert [(result.item, result.status) for result in found] == [
        (0, "unlabeled"),
        (1, "failed"),
        (2, "unlabeled"),
        (3, "unlabeled"),
        (4, "unreadable"),
        (5, "unreadable"),
        (6, "unreadable"),
    ]
    assert all(result.annotation is None and result.reason for result in found)
    assert found[1].reason == "expired"
    assert "no place of a worker response" in found[4].reason
    assert "there is no worker response" in found[5].reason
    assert found[6].reason.startswith("line 7 is not JSON")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"workerId": "w"}, "worker 'w': annotations: missing"),
        (answer("w", {"annotations": "{"}), "worker 'w': annotations: is not JSON"),
        (answer("w", {"annotations": {"content": {"x": 1}}}), "the task has no field 'x'"),
        ("text", "is not JSON"),
        (None, "must be an object"),
    ],
)
def test_an_unreadable_answer_is_a_value_beside_the_others(job, entry, reason):
    job.item(answer("a"), entry, answer("b"))
    found = list(read_results(job.folder, presets.call_center()))
    assert [result.status for result in found] == ["answered", "unreadable", "answered"]
    assert reason in found[1].reason
    assert found[1].raw == entry


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "3", '{"answers": 3}', "\ud83d".encode("utf-8", "surrogatepass").decode("latin-1")]
)
def test_an_unreadable_response_is_a_value(job, text):
    job.item(answer())
    job.file("annotations/worker-response/iteration-1/0/2026-11-20_10:01:00.json", text)
    (result,) = read_results(job.folder)
    assert (result.status, result.annotation) == ("unreadable", None)
    assert "worker response" in result.reason


@pytest.mark.parametrize("seconds", [None, "soon", True, 1e400, [1]])
def test_tolerates_what_is_missing_or_of_another_kind(job, seconds):
    odd = {"answerContent": answer()["answerContent"], "timeSpentInSeconds": seconds, "workerId": 3}
    job.item({**odd, "workerMetadata": [], "submissionTime": None})
    (result,) = read_results(job.folder)
    assert result.annotation == signed(ANNOTATION, Provenance(media="s3://bucket/calls/1.wav"))


def test_a_submission_that_is_there_twice_is_read_once(job):
    later = answer("a", submissionTime="2026-11-20T11:00:00.000Z")
    job.item(answer("a"), answer("a"), later)
    assert [result.annotation.provenance.submitted for result in read_results(job.folder)] == [
        "2026-11-20T10:01:00.456Z",
        "2026-11-20T11:00:00.000Z",
    ]


def test_reads_consolidated_labels_and_the_answers_behind_them(job):
    label = {"annotations": msgspec.to_builtins(ANNOTATION), "agreement": 0.8, "workers": ["a", "b"]}
    job.item(answer("a"), label=label)
    job.file("annotations/worker-response/iteration-10/0/x.json", json.dumps({"answers": [answer("c")]}))
    job.file("annotations/worker-response/iteration-2/0/x.json", json.dumps({"answers": [answer("a"), answer("b")]}))
    found = list(read_results(job.folder))
    assert [(result.status, result.annotation.provenance.annotator) for result in found] == [
        ("answered", "a"),
        ("answered", "b"),
        ("answered", "c"),
        ("consolidated", ""),
    ]
    assert found[-1].annotation == signed(ANNOTATION, Provenance(media="s3://bucket/calls/1.wav"))
    assert found[-1].label == {"agreement": 0.8, "workers": ["a", "b"]}


def test_reads_labels_that_hold_all_answers(job):
    content = json.dumps(answer()["answerContent"])
    passed = [{"workerId": "a", "annotationData": {"content": content}}, {"workerId": "b", "annotationData": {}}]
    job.line({**LINE, "speech": {"annotationsFromAllWorkers": passed}, "speech-metadata": METADATA})
    found = list(read_results(job.folder))
    assert [result.status for result in found] == ["answered", "unreadable"]
    assert found[0].annotation.provenance == Provenance("a", "s3://bucket/calls/1.wav")


def test_the_label_of_several_must_be_named(job):
    job.item(answer())
    job.lines[0]["earlier-metadata"] = {"job-name": "x", "human-annotated": "yes"}
    job.line(LINE)
    with pytest.raises(ManifestError, match=r"line 1 holds the labels 'speech', 'earlier': name one"):
        list(read_results(job.folder))
    first, second = read_results(job.folder, attribute="speech")
    assert "earlier-metadata" in first.line
    assert (first.status, second.status) == ("answered", "unlabeled")


def test_where_there_is_no_manifest(tmp_path):
    with pytest.raises(ManifestError, match=r"there is no file .*output\.manifest"):
        list(read_results(tmp_path))


def put(s3, job: Job) -> None:
    for path in job.folder.rglob("*"):
        if path.is_file():
            s3.put_object(Bucket="bucket", Key=f"out/speech/{path.relative_to(job.folder)}", Body=path.read_bytes())


def test_reads_a_job_in_s3(s3, job):
    for number in range(40):
        job.item(answer(str(number)))
    job.item(answer("last"), label={"annotations": msgspec.to_builtins(ANNOTATION)})
    put(s3, job)
    local = list(read_results(job.folder))
    assert len(local) == 42
    for place in (PREFIX, f"{PREFIX}/", f"{PREFIX}/manifests/output/output.manifest"):
        assert list(read_results(place)) == local
    # A manifest that was downloaded alone leads back to S3.
    alone = job.folder.parent / "output.manifest"
    alone.write_bytes((job.folder / "manifests/output/output.manifest").read_bytes())
    assert list(read_results(alone))[:40] == local[:40]
    s3.delete_object(
        Bucket="bucket", Key="out/speech/annotations/worker-response/iteration-1/3/2026-11-20_10:01:00.json"
    )
    assert [result.status for result in read_results(PREFIX)][2:5] == ["answered", "unreadable", "answered"]
    with pytest.raises(ManifestError, match="there is no s3://bucket/none/manifests"):
        list(read_results("s3://bucket/none"))


def test_results_are_read_as_they_are_asked_for(s3, job):
    for _ in range(3):
        job.item(answer())
    results = read_results(job.folder)
    assert next(results).item == 0
    for path in job.folder.rglob("annotations/**/*.json"):
        path.unlink()
    assert [result.status for result in results] == ["unreadable", "unreadable"]


# Writing

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
times = st.floats(0, 1e6, allow_nan=False)
plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | times | texts


@st.composite
def annotations(draw, media: str):
    track = Track("speaker", draw(texts.filter(str.strip)))
    spans = draw(st.lists(st.tuples(times, times).filter(lambda span: span[0] != span[1]), max_size=4))
    segments = [
        Segment(track.id, min(span), max(span), {"text": draw(texts)}, id=f"s{place}")
        for place, span in enumerate(spans)
    ]
    seconds = draw(st.none() | times)
    made = Provenance(draw(texts), media, draw(texts), draw(texts), seconds, draw(texts), draw(texts), draw(texts))
    return Annotation([track], segments, {"note": draw(texts)}, made)


@st.composite
def results(draw):
    found = []
    for item in range(draw(st.integers(1, 4))):
        media = f"s3://bucket/{item}.wav"
        base = {"item": item, "line": {**draw(st.dictionaries(texts, plain, max_size=3)), "source-ref": media}}
        kind = draw(st.sampled_from(["answers", "answers", "failed", "unlabeled"]))
        if kind == "failed":
            found.append(Result(**base, status="failed", reason=draw(texts.filter(bool))))
        elif kind == "unlabeled":
            found.append(Result(**base, status="unlabeled", reason="nobody has answered it"))
        else:
            made = draw(st.lists(annotations(media), min_size=1, max_size=3, unique_by=msgspec.json.encode))
            found += [Result(**base, status="answered", annotation=annotation) for annotation in made]
            if draw(st.booleans()):
                note = draw(texts)
                raw = {"workerId": note, "answerContent": {"other": note}}
                reason = f"the answer of worker {note!r:.200}: annotations: missing; the answer holds 'other'. "
                reason += "Was it made with another template?"
                found.append(Result(**base, status="unreadable", raw=raw, reason=reason))
            if draw(st.booleans()):
                annotation = signed(draw(annotations(media)), Provenance(media=media))
                label = draw(st.dictionaries(st.sampled_from(["agreement", "workers"]), plain))
                found.append(Result(**base, status="consolidated", annotation=annotation, label=label))
    return found


@settings(max_examples=40, deadline=None)
@given(results())
def test_what_is_written_is_read_back_exactly(tmp_path_factory, given_results):
    folder = tmp_path_factory.mktemp("results")
    write_results(folder, given_results, attribute="speech", job="round-1")
    read = list(read_results(folder))
    assert read == given_results
    again = tmp_path_factory.mktemp("again")
    write_results(again, read, attribute="speech", job="round-1")
    assert contents(again) == contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_writes_the_files_of_ground_truth(job, tmp_path):
    job.item(answer("a"), answer("b")).line({"source-ref": "s3://bucket/2.wav"})
    target = tmp_path / "out"
    manifest = write_results(target, read_results(job.folder), attribute="speech", job="round-1")
    assert manifest == target / "manifests/output/output.manifest"
    first, second = map(json.loads, manifest.read_text().splitlines())
    assert second == {"source-ref": "s3://bucket/2.wav"}
    ref = "annotations/worker-response/iteration-1/0/2026-11-20-10-01-00-456.json"
    assert first == {
        **LINE,
        "speech": {},
        "speech-metadata": {
            "job_name": "round-1",
            "type": "groundTruth/custom",
            "human-annotated": "yes",
            "creation_date": "2026-11-20T10:01:00.456Z",
            "worker-response-ref": ref,
        },
    }
    assert json.loads((target / ref).read_text()) == {"answers": [answer("a"), answer("b")]}
    with pytest.raises(ManifestError, match="holds results already"):
        write_results(target, [])


def test_results_that_cannot_be_written(tmp_path):
    one, two = (Result(item=item, line=LINE, status="unlabeled") for item in (0, 1))
    with pytest.raises(ManifestError, match="sort them by item"):
        write_results(tmp_path, [one, two, one])
    with pytest.raises(ManifestError, match="LabelAttributeName"):
        write_results(tmp_path, [one], attribute="a-metadata")
    with pytest.raises(ManifestError, match="LabelingJobName"):
        write_results(tmp_path, [one], job="a_b")
    assert not (tmp_path / "manifests").exists() or list((tmp_path / "manifests/output").iterdir()) == []


def test_a_portal_adds_one_submission_at_a_time(tmp_path):
    folder = ResultsFolder(tmp_path, attribute="speech")
    lines = [LINE, {"source-ref": "s3://bucket/2.wav"}]
    assert folder.answers(0) == []
    ref = folder.add_answer(0, answer("a"))
    assert folder.add_answer(0, answer("b")) == ref
    assert folder.add_answer(0, answer("a")) == ref  # sent once more after a crash
    assert folder.answers(0) == [answer("a"), answer("b")]
    folder.write_manifest(lines)
    assert [result.status for result in read_results(tmp_path)] == ["answered", "answered", "unlabeled"]
    folder.add_answer(1, answer("c", {"annotations": "unreadable"}))
    folder.write_manifest(lines)
    assert [result.status for result in read_results(tmp_path)] == ["answered", "answered", "unreadable"]


WRITER = """
import sys
from avseg_widget.groundtruth import ResultsFolder

folder = ResultsFolder(sys.argv[1])
lines = [{"source-ref": f"s3://bucket/{number}.wav"} for number in range(10)]
for number in range(1_000_000):
    folder.add_answer(number % 10, {"workerId": str(number), "answerContent": {"annotations": {"segments": []}}})
    folder.write_manifest(lines)
    print(number, flush=True)
"""


@pytest.mark.parametrize("count", [1, 7, 23])
def test_a_killed_writer_leaves_whole_files(tmp_path, count):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    with writer:
        seen = [writer.stdout.readline().strip() for _ in range(count)]
        writer.kill()
    read = list(read_results(tmp_path))
    assert len({result.item for result in read}) == 10
    assert {result.status for result in read} <= {"answered", "unlabeled"}
    workers = {result.annotation.provenance.annotator for result in read if result.annotation is not None}
    assert set(seen) <= workers


def test_a_write_that_breaks_off_leaves_what_was_there(tmp_path):
    folder = ResultsFolder(tmp_path)
    folder.add_answer(0, answer("a"))
    folder.write_manifest([LINE])
    before = contents(tmp_path)
    with pytest.raises(ManifestError, match="cannot be written as JSON"):
        folder.add_answer(0, {"workerId": object()})
    with pytest.raises(ManifestError, match="cannot be written as JSON"):
        folder.write_manifest([LINE, {"x": float("nan")}])
    assert contents(tmp_path) == before


@pytest.mark.parametrize("time", ["../../x", "a/b\\c", "", None, "2026-11-20T10:00:00Z" * 20])
def test_no_text_of_an_answer_leads_out_of_the_folder(tmp_path, time):
    folder = ResultsFolder(tmp_path / "in")
    ref = folder.add_answer(7, answer(submissionTime=time))
    assert (tmp_path / "in" / ref).parent == tmp_path / "in/annotations/worker-response/iteration-1/7"
    assert list(tmp_path.iterdir()) == [tmp_path / "in"]
