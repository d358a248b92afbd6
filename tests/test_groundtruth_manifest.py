"""Manifests: made, checked line by line, read and written in a stream, and uploaded where an upload broke off."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import boto3
import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import presets
from avseg_widget.errors import ManifestError
from avseg_widget.groundtruth import LineProblem, Manifest, limits
from avseg_widget.groundtruth.lines import read_entries, write_line
from avseg_widget.media import make_proxy, open_media
from avseg_widget.media.browser import is_refusal, playing

from .media_makers import encode

HOSTILE = "</script>{{ 7*7 }}\u2028\u2029\x85\x00\"'`&\u202e\U0001f600"


def problems(lines, **options):
    return [(found.line, found.kind, found.attribute) for found in Manifest(lines).problems(**options)]


def item(number: int = 0, **more):
    return {"source-ref": f"s3://bucket/{number}.wav", **more}


def write(path: Path, *lines: str | bytes, end: bytes = b"\n") -> Path:
    path.write_bytes(b"".join((line if isinstance(line, bytes) else line.encode()) + end for line in lines))
    return path


def wav(path: Path, seconds: float = 0.2, pitch: float = 440) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * 8000)) / 8000), 8000)
    return path


# What there may be in a line


@pytest.mark.parametrize(
    ("line", "kind", "attribute", "message"),
    [
        ({}, "media", "", "neither source-ref nor source"),
        ({"source-ref": "s3://bucket/a", "source": "s3://bucket/a"}, "media", "", "both"),
        ({"source-ref": "a.wav"}, "media", "source-ref", "must be an s3:// URI"),
        ({"source-ref": "https://host/a.wav"}, "media", "source-ref", "must be an s3:// URI"),
        ({"source-ref": 3}, "media", "source-ref", "must say where the media is, not 3"),
        ({"source": " "}, "media", "source", "must say where"),
        ({"source": "some words"}, "media", "source", "an s3:// URI or an http"),
        ({"source-ref": "s3://B/a"}, "media", "source-ref", "write it as s3://bucket/key"),
        ({"source-ref": "s3://bucket/"}, "media", "source-ref", "S3 URI is"),
        ({"source-ref": "s3://bucket/" + "k" * 1013}, "media", "source-ref", "1,025 characters"),
        (item(**{"peaks-ref": "peaks"}), "reference", "peaks-ref", "must be an s3:// URI or"),
        (item(**{"annotations-ref": {"a": 1}}), "reference", "annotations-ref", "must be an s3:// URI or"),
        (item(**{"$a": 1}), "name", "$a", "begin with"),
        (item(**{"": 1}), "name", "", "empty"),
        (item(text="x" * 20_001), "attribute", "text", "20,001 characters, and Ground Truth takes at most 20,000"),
        (item(values=["x" * 19_997]), "attribute", "values", "20,001 characters"),
        (item(**{f"t{n}": "x" * 19_000 for n in range(6)}), "line", "", "at most 100,000"),
        (item(**{f"t{n}": "日" * 9_000 for n in range(4)}), "line", "", "bytes"),
        (item(text="\ud800"), "text", "", "half a character"),
        (item(text=float("nan")), "json", "", "cannot be written as JSON"),
        (item(text=object()), "json", "", "cannot be written as JSON"),
        (item(annotations={"segment": []}), "annotations", "annotations", "segment"),
    ],
)
def test_finds_what_ground_truth_does_not_take(line, kind, attribute, message):
    found = list(Manifest([item(1), line]).problems(task=presets.call_center()))
    assert [(problem.line, problem.kind, problem.attribute) for problem in found] == [(2, kind, attribute)]
    assert message in found[0].message
    assert str(found[0]).startswith("line 2: ")


def test_takes_what_fits_to_the_last_character():
    longest = {f"t{n}": "x" * 20_000 for n in range(4)}
    room = 100_000 - len(write_line(item(**longest, rest="")))
    lines = [
        item(1, **longest, rest="x" * room),
        {"source": "https://host/a.wav?x=1#y", "": 1} | {},
        {"source-ref": "s3://bucket/" + "k" * 1012, "text": HOSTILE},
    ]
    del lines[1][""]
    assert problems(lines) == []
    assert problems([item(1, **longest, rest="x" * (room + 1))]) == [(1, "line", "")]


def test_finds_duplicates_and_too_many_or_no_items():
    assert problems([item(1), item(2), item(1), {"source": "s3://bucket/2.wav"}]) == [
        (3, "duplicate", ""),
        (4, "duplicate", ""),
    ]
    assert problems([]) == [(0, "count", "")]
    too_many = Manifest(lambda: (item(number) for number in range(100_001)))
    assert list(too_many.problems()) == [
        LineProblem(100_000, "count", "the manifest has 100,001 items, and Ground Truth takes 1 to 100,000")
    ]


def test_tells_the_line_of_each_problem_of_a_file(tmp_path):
    path = write(
        tmp_path / "m.jsonl",
        b"\xef\xbb\xbf" + json.dumps(item(1)).encode(),
        '{"source-ref": "s3://bucket/2.wav", "text": "\u2028 is no end of line"}',
        "",
        '{"source-ref": ',
        b'{"source-ref": "\xff"}',
        '["s3://bucket/3.wav"]',
        '{"source-ref": "s3://bucket/4.wav", "n": NaN}',
        '{"source-ref": "s3://bucket/5.wav", "source-ref": "s3://bucket/6.wav"}',
        "[" * 100_000,
        '{"source-ref": "s3://bucket/7.wav", "n": 9007199254740993}',
        "",
        "",
        end=b"\r\n",
    )
    found = list(Manifest.read(path).problems())
    assert [(problem.line, problem.kind) for problem in found] == [
        *((number, "json") for number in (1, 3, 4, 5, 6, 7, 8, 9)),
    ]
    words = ["byte order mark", "is blank", "is not JSON", "is not UTF-8 at its byte 17", "must be a JSON object"]
    words += ["holds NaN", "'source-ref' is there twice", "is not JSON"]
    assert all(word in problem.message for word, problem in zip(words, found, strict=True))
    entries = list(Manifest.read(path).entries())
    assert len(entries) == 10
    assert entries[-1].value["n"] == 9007199254740993
    with pytest.raises(ManifestError, match=r"m\.jsonl, line 3 is blank"):
        list(Manifest.read(path))


def test_a_line_without_an_end_is_not_held_in_memory(monkeypatch):
    monkeypatch.setattr("avseg_widget.groundtruth.lines.MAX_READ_BYTES", 1024)
    file = io.BytesIO(b"x" * 5000 + b"\n" + b'{"a": 1}\n' + b" " * 3000)
    assert [(entry.number, entry.value) for entry in read_entries(file)] == [(1, None), (2, {"a": 1}), (3, None)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.dictionaries(st.text(), json_values, max_size=4), min_size=1, max_size=4))
def test_lines_come_back_exactly(lines):
    text = "".join(write_line(line) + "\n" for line in lines)
    assert text.splitlines() == text.split("\n")[:-1]
    assert [entry.value for entry in read_entries(io.BytesIO(text.encode()))] == lines


# Where lines come from


def test_lists_files_and_folders(tmp_path):
    for name in (
        "b/2.WAV",
        "b/1.mp3",
        "a/x.mp4",
        ".hidden/y.wav",
        "a/.z.wav",
        "a/x.proxy.mp4",
        "a/notes.txt",
        "single.bin",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    manifest = Manifest.from_files(tmp_path, tmp_path / "single.bin", metadata=lambda path: {"name": Path(path).stem})
    assert [line["name"] for line in manifest] == ["x", "1", "2", "single"]
    assert list(manifest) == list(manifest)
    assert next(iter(manifest))["source-ref"] == str(tmp_path / "a" / "x.mp4")
    with pytest.raises(ManifestError, match="there is no file or folder"):
        Manifest.from_files(tmp_path / "none")


def test_takes_the_rows_of_a_table():
    table = pd.DataFrame(
        {
            "path": ["s3://bucket/a.wav", "s3://bucket/b.wav"],
            "age": pd.array([31, None], dtype="Int64"),
            "when": [pd.Timestamp("2026-11-20T10:00:00Z"), pd.NaT],
            "score": [0.1, np.nan],
            "tags": [["x"], np.array([1, 2])],
            "who": ["Ann", None],
        }
    )
    manifest = Manifest(table, media="path")
    first = {"age": 31, "when": "2026-11-20T10:00:00+00:00", "score": 0.1, "tags": ["x"], "who": "Ann"}
    assert list(manifest) == [
        {"source-ref": "s3://bucket/a.wav", **first},
        {"source-ref": "s3://bucket/b.wav", "tags": [1, 2]},
    ]
    assert list(manifest.problems()) == []


def test_takes_dicts_with_values_of_numpy():
    lines = [{"source-ref": Path("a.wav"), "n": np.int64(3), "f": np.float32(0.5), "b": np.bool_(1), "x": None}]
    assert write_line(next(iter(Manifest(lines)))) == '{"source-ref":"a.wav","n":3,"f":0.5,"b":true,"x":null}'


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (iter([item()]), "read only once"),
        ("file.manifest", r"Manifest\.read"),
        (item(), "lines are dicts"),
        (3, "lines are dicts"),
    ],
)
def test_refuses_other_lines(lines, message):
    with pytest.raises(ManifestError, match=message):
        Manifest(lines)


@pytest.mark.parametrize("line", ["s3://bucket/a.wav", {1: 2}])
def test_refuses_lines_that_are_none(line):
    with pytest.raises(ManifestError, match=r"a line is a dict|name is a text"):
        list(Manifest([line]))


def test_media_of_this_machine_will_do_for_a_portal_here(tmp_path):
    wav(tmp_path / "a.wav")
    path = write(tmp_path / "m.jsonl", '{"source-ref":"a.wav"}', '{"source":"b.wav"}', '{"source":"https://host/c"}')
    assert [str(problem) for problem in Manifest.read(path).problems(local=True)] == [
        "line 2: source: there is no file 'b.wav'"
    ]
    assert Manifest.read(path).media_path({"source-ref": "a.wav"}) == tmp_path / "a.wav"
    assert Manifest.read(path).media_path({"source-ref": "s3://bucket/a.wav"}) is None


def test_opens_media_to_find_what_browsers_do_not_play(tmp_path):
    wav(tmp_path / "1.wav")
    encode(tmp_path / "2.mp3", 6, audio="mp3", noise=0.1, audio_options={"q": "4"})
    soundfile.write(tmp_path / "3.aiff", np.zeros(800), 8000)
    (tmp_path / "4.wav").write_bytes(b"no sound at all")
    found = list(Manifest.from_files(tmp_path).problems(local=True, media=True))
    assert [(problem.line, problem.kind) for problem in found] == [(2, "inexact"), (3, "unplayable"), (4, "unplayable")]
    assert "2.mp3" in found[0].message
    assert "AIFF" in found[1].message


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf8_is_told(tmp_path):
    (tmp_path / os.fsdecode(b"\xff.wav")).write_bytes(b"RIFF")
    manifest = Manifest.from_files(tmp_path)
    assert [(found.line, found.kind) for found in manifest.problems(local=True, media=True)] == [
        (1, "text"),
        (1, "unplayable"),
    ]
    with pytest.raises(ManifestError, match="half a character"):
        manifest.write(tmp_path / "m.manifest", local=True)


# Streaming


STREAM = """
import resource, sys
from avseg_widget.groundtruth import Manifest

def lines():
    for number in range(100_000):
        yield {"source-ref": f"s3://bucket/{number}.wav", "text": "x" * 500}

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

Manifest([next(lines())]).write(sys.argv[1])
before = most()
path = Manifest(lines).write(sys.argv[1])
print(sum(1 for _ in Manifest.read(path)), most() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory in other units")
def test_a_hundred_thousand_lines_need_little_memory(tmp_path):
    path = tmp_path / "big.manifest"
    done = subprocess.run([sys.executable, "-c", STREAM, str(path)], capture_output=True, text=True, check=True)
    count, grown = map(int, done.stdout.split())
    assert count == 100_000
    assert path.stat().st_size > 50_000_000
    # In MiB: a digest of each media is kept to find duplicates; the lines alone would be more than 100.
    assert grown < 30


def test_writing_is_all_or_nothing(tmp_path):
    target = tmp_path / "new" / "out.manifest"
    Manifest([item(1, text=HOSTILE)]).write(target)
    before = target.read_bytes()
    assert before.isascii() is False
    assert list(Manifest.read(target)) == [item(1, text=HOSTILE)]
    with pytest.raises(ManifestError, match=r"line 2: .*line 4: ") as caught:
        Manifest([item(1), {}, item(2), item(1)]).write(target)
    assert [problem.line for problem in caught.value.problems] == [2, 4]

    def broken() -> Iterator[dict]:
        yield item(1)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        Manifest(broken).write(target)
    assert target.read_bytes() == before
    assert list(target.parent.iterdir()) == [target]
    with pytest.raises(ManifestError, match="cannot be written"):
        Manifest([item(1)]).write(tmp_path / "new" / "out.manifest" / "below")


def test_a_manifest_that_is_not_there(tmp_path):
    with pytest.raises(ManifestError, match="there is no file"):
        list(Manifest.read(tmp_path / "none"))
    with pytest.raises(ManifestError, match="cannot be read"):
        list(Manifest.read(tmp_path))


# S3


def test_lists_what_lies_in_s3(s3):
    for key in ("calls/", "calls/2.wav", "calls/1 ä.mp3", "calls/readme.txt", "other/3.wav"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"" if key.endswith("/") else b"x")
    manifest = Manifest.from_s3("s3://bucket/calls/", metadata={"round": 1})
    assert list(manifest) == [
        {"source-ref": "s3://bucket/calls/1 ä.mp3", "round": 1},
        {"source-ref": "s3://bucket/calls/2.wav", "round": 1},
    ]
    with pytest.raises(ManifestError, match="write it as s3://bucket/key"):
        list(Manifest.from_s3("bucket/calls/"))


def test_buckets_must_be_in_the_region_of_the_job(s3):
    lines = [
        item(1),
        {"source-ref": "s3://far/1.wav"},
        item(2, **{"peaks-ref": "s3://far/2"}),
        {"source": "s3://no-such/a"},
    ]
    found = list(Manifest(lines).problems(region="eu-west-1"))
    assert [(problem.line, problem.kind, problem.attribute) for problem in found] == [
        (2, "region", "source-ref"),
        (3, "region", "peaks-ref"),
        (4, "region", "source"),
    ]
    assert "the bucket far is in ap-south-1, and the job in eu-west-1" in found[0].message


def test_what_s3_refuses_is_told(s3):
    with pytest.raises(ManifestError, match="there is no s3://bucket/none"):
        list(Manifest.read("s3://bucket/none"))
    denied = boto3.client("s3", aws_access_key_id="x", aws_secret_access_key="y")
    denied.meta.events.register("before-send.s3.*", lambda **_: (_ for _ in ()).throw(_refusal()))
    with pytest.raises(ManifestError, match="S3 refused s3://bucket/m"):
        list(Manifest.read("s3://bucket/m", client=denied))


def _refusal():
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")


def annotations(size: int):
    segments = [
        {"track": "t", "start": n, "end": n + 1, "id": f"s{n}", "fields": {"text": "é" * 10}} for n in range(size)
    ]
    track = {"category": "speaker", "tag": "Customer", "id": "t"}
    return {"tracks": [track], "segments": segments}


def keys(s3) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket="bucket").get("Contents", [])]


def test_uploads_media_peaks_and_long_annotations(s3, tmp_path):
    wav(tmp_path / "calls" / 'Anruf "ä" #1.wav')
    wav(tmp_path / "2.wav", pitch=880)
    lines = [
        {"id": 1, "source": 'calls/Anruf "ä" #1.wav', "annotations": annotations(500), "text": HOSTILE},
        {"source-ref": "2.wav", "annotations": annotations(2)},
        {"source-ref": "s3://bucket/there.wav"},
        {"source": "https://host/b.wav"},
    ]
    path = write(tmp_path / "m.jsonl", *map(json.dumps, lines))
    seen = []
    manifest = Manifest.read(path).upload(
        "bucket", "/job 1/", task=presets.call_center(), region="eu-west-1", progress=seen.append
    )
    assert manifest.place == "s3://bucket/job 1/input.manifest"
    first, second, *others = manifest
    assert others == lines[2:]
    assert list(first) == ["id", "source-ref", "text", "peaks-ref", "annotations-ref"]
    assert first["text"] == HOSTILE
    assert second["annotations"] == annotations(2)
    for line, file in ((first, tmp_path / 'calls/Anruf "ä" #1.wav'), (second, tmp_path / "2.wav")):
        key = line["source-ref"].removeprefix("s3://bucket/")
        stored = s3.get_object(Bucket="bucket", Key=key)
        assert stored["Body"].read() == file.read_bytes()
        assert stored["ContentType"] == "audio/wav"
        open_media(file).write_sidecar(tmp_path / "peaks")
        peaks = s3.get_object(Bucket="bucket", Key=line["peaks-ref"].removeprefix("s3://bucket/"))["Body"].read()
        assert peaks == (tmp_path / "peaks").read_bytes()
    assert first["source-ref"].endswith("-Anruf______1.wav")
    stored = s3.get_object(Bucket="bucket", Key=first["annotations-ref"].removeprefix("s3://bucket/"))
    assert json.loads(stored["Body"].read()) == annotations(500)
    assert list(manifest.problems(task=presets.call_center(), region="eu-west-1")) == []
    total = sum(file.stat().st_size for file in tmp_path.rglob("*.wav"))
    assert (seen[-1].item, seen[-1].items, seen[-1].sent, seen[-1].total, seen[-1].kept) == (4, 4, total, total, 0)
    assert [step.sent for step in seen] == sorted(step.sent for step in seen)


def test_an_upload_goes_on_where_it_broke_off(s3, tmp_path):
    for number in range(4):
        wav(tmp_path / f"{number}.wav", pitch=200 + number)
    sent = []

    def watch(params, **_):
        sent.append(params["url_path"] if "url_path" in params else params["Key"])
        if broken and len(sent) == 6:
            raise ConnectionError("the line went dead")

    s3.meta.events.register("before-call.s3.PutObject", watch)
    broken = True
    with pytest.raises(ConnectionError):
        Manifest.from_files(tmp_path).upload("bucket", "job", client=s3)
    assert "job/input.manifest" not in keys(s3)
    broken, before = False, keys(s3)
    assert len(before) == 5
    sent.clear()
    seen = []
    manifest = Manifest.from_files(tmp_path).upload("bucket", "job", progress=seen.append, client=s3)
    assert len(sent) == 9 - 5
    assert seen[-1].kept == 3
    assert len(list(manifest)) == 4
    sent.clear()
    Manifest.from_files(tmp_path).upload("bucket", "job", client=s3)
    assert len(sent) == 1  # the manifest itself


def test_what_is_there_with_other_bytes_is_sent_again(s3, tmp_path):
    wav(tmp_path / "a.wav")
    line = next(iter(Manifest.from_files(tmp_path).upload("bucket", "", client=s3)))
    key = line["source-ref"].removeprefix("s3://bucket/")
    whole = (tmp_path / "a.wav").read_bytes()
    s3.put_object(Bucket="bucket", Key=key, Body=bytes(len(whole)))
    Manifest.from_files(tmp_path).upload("bucket", "", client=s3)
    assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == whole


def test_big_files_go_in_parts(s3, tmp_path):
    soundfile.write(tmp_path / "long.wav", np.random.default_rng(1).integers(-9, 9, 5_000_000, np.int16), 8000)
    calls, seen = [], []
    s3.meta.events.register("before-call.s3.*", lambda model, **_: calls.append(model.name))
    line = next(iter(Manifest.from_files(tmp_path).upload("bucket", "", progress=seen.append, client=s3)))
    assert calls.count("UploadPart") == 2
    assert len({step.sent for step in seen}) > 2
    key = line["source-ref"].removeprefix("s3://bucket/")
    assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == (tmp_path / "long.wav").read_bytes()
    calls.clear()
    Manifest.from_files(tmp_path).upload("bucket", "", client=s3)
    assert "UploadPart" not in calls


def test_inexact_media_is_refused_before_anything_is_sent(s3, tmp_path):
    wav(tmp_path / "1.wav")
    encode(tmp_path / "2.mp3", 6, audio="mp3", noise=0.1, audio_options={"q": "4"})
    manifest = Manifest.from_files(tmp_path)
    with pytest.raises(ManifestError, match=r"line 2: 2\.mp3: .*MP3"):
        manifest.upload("bucket", "job", client=s3)
    assert keys(s3) == []
    assert len(list(manifest.upload("bucket", "job", allow_inexact=True, client=s3))) == 2


def test_a_proxy_takes_the_place_of_what_browsers_do_not_play(s3, tmp_path):
    wav(tmp_path / "in" / "1.wav")
    soundfile.write(tmp_path / "in" / "2.aiff", np.zeros(800), 8000)
    made = []

    def convert(path: Path) -> Path:
        samples, rate = soundfile.read(path, dtype="int16")
        made.append(path.name)
        soundfile.write(tmp_path / "2.flac", samples, rate)
        return tmp_path / "2.flac"

    first, second = Manifest.from_files(tmp_path / "in").upload("bucket", "job", proxy=convert, client=s3)
    assert made == ["2.aiff"]
    assert first["source-ref"].endswith("-1.wav")
    assert second["source-ref"].endswith("-2.flac")
    with pytest.raises(ManifestError, match=r"line 2: the proxy of 2\.aiff: .*AIFF"):
        Manifest.from_files(tmp_path / "in").upload("bucket", "job", proxy=lambda path: path, client=s3)


def test_the_packages_own_proxies_keep_the_times(s3, tmp_path):
    encode(tmp_path / "call.mp3", 6, audio="mp3", noise=0.1, audio_options={"q": "4"})
    for _ in range(2):
        manifest = Manifest.from_files(tmp_path).upload(
            "bucket", "", proxy=partial(make_proxy, overwrite=True), client=s3
        )
    (line,) = manifest
    assert line["source-ref"].endswith("-call.proxy.flac")
    s3.download_file("bucket", line["source-ref"].removeprefix("s3://bucket/"), str(tmp_path / "stored.flac"))
    stored = open_media(tmp_path / "stored.flac").info()
    assert stored.exact
    assert stored.duration == pytest.approx(open_media(tmp_path / "call.mp3").info().duration, abs=0.001)


@pytest.mark.parametrize("family", ["wav", "flac", "mp3", "ogg", "aac", "mp4", "matroska", "aiff", "mpegts", "avi"])
@pytest.mark.parametrize("audio", ["", "aac", "alac", "mp3", "vorbis", "pcm_s16le", "adpcm_ms"])
@pytest.mark.parametrize("video", ["", "h264", "hevc", "mjpeg"])
def test_each_warning_of_a_format_is_of_one_kind(family, audio, video):
    how = playing(family, audio, video, 1000, variable=True)
    others = [warning for warning in how.hindrances if not is_refusal(warning)]
    assert len(others) == (0 if how.exact else 1)
    assert all("exact times" in warning for warning in others)


def test_problems_of_the_lines_stop_an_upload_at_once(s3, tmp_path):
    wav(tmp_path / "1.wav")
    lines = [
        {"source-ref": str(tmp_path / "1.wav")},
        {"source-ref": str(tmp_path / "no.wav")},
        item(1, text="x" * 20_001),
    ]
    with pytest.raises(ManifestError, match=r"line 2: source-ref: there is no file .*line 3: 'text'") as caught:
        Manifest(lines).upload("bucket", "job", client=s3)
    assert [problem.line for problem in caught.value.problems] == [2, 3]
    assert keys(s3) == []


def test_the_bucket_must_be_there_and_in_the_region_of_the_job(s3, tmp_path):
    manifest = Manifest.from_files(wav(tmp_path / "1.wav"))
    with pytest.raises(ManifestError, match="the bucket far is in ap-south-1, and the job in eu-west-1"):
        manifest.upload("far", "job", region="eu-west-1")
    with pytest.raises(ManifestError, match="there is no s3://none/"):
        manifest.upload("none", "job")
    with pytest.raises(ManifestError, match="there is no s3://none/"):
        list(Manifest.from_s3("s3://none/a"))


def test_every_limit_names_its_source():
    found = [value for value in vars(limits).values() if isinstance(value, limits.Limit)]
    assert len(found) > 20
    assert all(limit.source.startswith("https://docs.aws.amazon.com/sagemaker/") for limit in found)


@pytest.mark.parametrize(
    ("limit", "good", "bad"),
    [
        (limits.JOB_NAME, ["a", "a-b-1", "x" * 63], ["", "-a", "a-", "a_b", "x" * 64]),
        (limits.LABEL_ATTRIBUTE, ["a", "sources", "ref"], ["source", "source-ref", "a-metadata", "a-ref", "x" * 128]),
        (limits.ROLE_ARN, ["arn:aws:iam::123456789012:role/Label"], ["arn:aws:iam::12:role/LabelLabel", "x" * 30]),
        (
            limits.WORKTEAM_ARN,
            ["arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/a"],
            ["private-crowd/a"],
        ),
        (limits.TASK_SECONDS, [30, 28_800], [29, 28_801]),
        (limits.WORKERS_PER_ITEM, [1, 9], [0, 10]),
        (limits.TASK_KEYWORD, ["two words"], ["two  words", "", "x" * 31]),
        (limits.TASK_PRICE, ["0.012", "1.200"], ["0.013", "1.2"]),
    ],
)
def test_limits_of_a_job(limit, good, bad):
    assert [limit.problem(value) for value in good] == [""] * len(good)
    assert all(limit.problem(value) for value in bad)
