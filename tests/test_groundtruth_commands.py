"""The commands about Ground Truth: from media to results and away again, with AWS simulated."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile

from avseg_widget import presets
from avseg_widget.cli import main

from . import fake_sagemaker, moto_stacks
from .fake_sagemaker import FakeSageMaker, label

COMMANDS = ["preview", "manifest", "deploy", "launch", "status", "results", "stop", "cleanup"]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fake(s3) -> Iterator[FakeSageMaker]:
    moto_stacks.install()
    fake = FakeSageMaker()
    end = fake_sagemaker.install(fake)
    yield fake
    end()


@pytest.fixture
def avseg(capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Return a function that runs a command in this process, where AWS is simulated."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*arguments: Any) -> tuple[int, str, str]:
        try:
            code = main([os.fspath(one) for one in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        out, error = capsys.readouterr()
        assert "Traceback" not in error
        return code, out, error

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def task(tmp_path: Path) -> Path:
    path = tmp_path / "task.json"
    path.write_bytes(msgspec.json.encode(presets.call_center()))
    return path


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    for number in range(2):
        soundfile.write(folder / f"{number}.wav", np.sin(np.arange(8000) / (3 + number)) / 2, 8000)
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_each_has_help_and_refuses_what_it_does_not_know(avseg, command):
    code, out, _ = avseg(command, "--help")
    assert code == 0
    assert "--json" in out
    assert "Exit code: 0 done" in " ".join(out.split())
    code, out, error = avseg(command, "--nonsense")
    assert (code, out) == (2, "")
    assert "usage: avseg" in error


def test_the_help_loads_nothing_heavy():
    code = "import sys; from avseg_widget.cli import _parser; _parser(); print('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_from_media_to_results_and_away_again(s3, fake, avseg, task, calls):
    code, out, error = avseg("manifest", calls, "--out", "s3://bucket/in", "--task", task, "--json")
    assert (code, json.loads(out)) == (0, {"manifest": "s3://bucket/in/input.manifest"})
    assert "1.wav" in error

    code, out, error = avseg("deploy", "bucket", "--function", "post", "--json")
    deployed = json.loads(out)
    assert code == 0
    assert deployed["post_function_arn"]
    assert error.splitlines()[0] == "create the stack avseg"

    launch = ["launch", "calls-1", task, "s3://bucket/in/input.manifest", "--team", "linguists"]
    code, out, _ = avseg(*launch, "--workers", "2", "--keyword", "speech", "--dry-run")
    assert (code, out, fake.jobs) == (0, "calls-1 would be created\n", {})
    code, out, _ = avseg(*launch, "--workers", "2", "--keyword", "speech", "--json")
    assert code == 0
    assert json.loads(out) == {
        "name": "calls-1", "status": "Initializing", "labeled": 0, "failed": 0, "unlabeled": 2, "reason": "",
        "output": "s3://bucket/results/calls-1/manifests/output/output.manifest", "cost": None,
    }  # fmt: skip
    human = fake.jobs["calls-1"]["HumanTaskConfig"]
    assert (human["NumberOfHumanWorkersPerDataObject"], human["TaskKeywords"]) == (2, ["speech"])
    assert human["AnnotationConsolidationConfig"]["AnnotationConsolidationLambdaArn"] == deployed["post_function_arn"]
    assert avseg(*launch)[0] == 2

    code, out, error = avseg("status", "calls-1", "--wait", "--every", "0")
    assert (code, out) == (0, "calls-1: Completed, 2 of 2 labeled\n")
    assert "2 of 2" in error

    code, out, _ = avseg("results", "calls-1", "--task", task, "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(found) == 4
    expected = msgspec.to_builtins(label(1, "private.eu-west-1.b").segments)
    assert found[3]["annotation"]["segments"] == expected
    code, out, _ = avseg("results", "s3://bucket/results/calls-1")
    assert out.splitlines()[0].startswith("0 answered: 1 segments, private.eu-west-1.a (s3://bucket/in/media/")

    code, out, _ = avseg("cleanup")
    assert (code, out.splitlines()[-1]) == (0, "remove it with --delete")
    assert avseg("cleanup", "--dry-run", "--json")[1] == avseg("cleanup", "--json")[1]
    code, out, _ = avseg("cleanup", "--delete", "--json")
    assert (code, json.loads(out)["done"]) == (0, True)
    assert {one["Name"] for one in s3.list_buckets()["Buckets"]} == {"bucket", "far"}
    assert avseg("results", "calls-1")[0] == 0


def test_stops_a_job_once(fake, avseg, task, calls):
    avseg("manifest", calls, "--out", "s3://bucket/in")
    avseg("deploy", "bucket")
    avseg("launch", "a", task, "s3://bucket/in/input.manifest", "--team", fake_sagemaker.TEAM)
    fake._asked["a"] = 0
    code, out, _ = avseg("stop", "a", "--dry-run")
    assert (code, out) == (0, "would stop a: InProgress, 0 of 2 labeled\n")
    fake._asked["a"] = 0
    code, out, _ = avseg("stop", "a")
    assert (code, out) == (0, "a: Stopped, 0 of 2 labeled\n")
    assert avseg("stop", "a")[1] == "a: Stopped, 0 of 2 labeled; there is nothing to stop\n"


def test_what_cannot_be_launched_is_told_with_all_reasons(fake, avseg, task, calls):
    avseg("manifest", calls, "--out", "s3://bucket/in")
    avseg("deploy", "bucket")
    launch = ["launch", "a_b", task, "s3://bucket/in/input.manifest", "--team", "public", "--workers", "12"]
    code, out, _ = avseg(*launch, "--json")
    assert code == 2
    problems = json.loads(out)["problems"]
    assert len(problems) == 4
    code, out, _ = avseg(*launch, "--price", "0.36", "--declare", "FreeOfPersonallyIdentifiableInformation")
    assert (code, out.splitlines()[0], len(out.splitlines())) == (2, "a_b cannot be created:", 3)


def test_the_public_workforce_is_paid(fake, avseg, task, calls):
    avseg("manifest", calls, "--out", "s3://bucket/in")
    avseg("deploy", "bucket")
    code, out, _ = avseg(
        "launch", "a", task, "s3://bucket/in/input.manifest", "--team", "public", "--price", "0.36",
        "--declare", "FreeOfPersonallyIdentifiableInformation", "--workers", "2", "--wait", "--every", "0",
    )  # fmt: skip
    assert (code, out.splitlines()[1]) == (0, "public workforce: 1.44 USD so far, 1.44 USD at most")


def test_checks_and_writes_a_manifest(avseg, calls, tmp_path):
    target = tmp_path / "input.manifest"
    code, out, _ = avseg("manifest", calls, "--local", "--out", target, "--dry-run")
    assert (code, out) == (0, f"2 items, 0 problems; would be written to {target}\n")
    assert not target.exists()
    code, out, _ = avseg("manifest", calls, "--local", "--out", target, "--metadata", '{"round": 1}')
    assert (code, out) == (0, f"{target}\n")
    assert [json.loads(line)["round"] for line in target.read_text().splitlines()] == [1, 1]
    assert avseg("manifest", target, "--local")[0] == 0
    code, out, _ = avseg("manifest", target, "--json")
    assert (code, json.loads(out)["items"], json.loads(out)["problems"][0]["kind"]) == (1, 2, "media")


def test_a_release_is_written(avseg, tmp_path):
    code, out, _ = avseg("deploy", "--release", tmp_path / "out", "--json")
    names = [Path(path).name for path in json.loads(out)["written"]]
    assert (code, names) == (0, ["avseg-stack.json", "worker.js", "avseg.css", "avseg-lambdas.zip"])
    template = json.loads((tmp_path / "out" / "avseg-stack.json").read_text())
    files = template["Resources"]["Assets"]["Properties"]["Files"]
    assert [file["Name"] for file in files] == names[1:]
    assert avseg("deploy", "--release", tmp_path / "none", "--dry-run")[0] == 0
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["launch", "a", "none.json", "s3://b/m", "--team", "t"], "the task none.json cannot be read"),
        (["launch", "a", "{bad}", "s3://b/m", "--team", "t"], "is none"),
        (["launch", "a", "{task}", "s3://b/m", "--team", "t"], "there is no stack 'avseg' in eu-west-1"),
        (["launch", "a", "{task}", "s3://b/m"], "--team"),
        (["manifest", "s3://bucket/a", "here"], "give one s3:// place"),
        (["manifest", "none"], "there is no file or folder"),
        (["manifest", ".", "--metadata", "[]"], "--metadata must be a JSON object"),
        (["status", "none"], "the job none: AWS refused"),
        (["results", "none"], "the job none: AWS refused"),
        (["deploy", "none"], "there is no s3://none/"),
        (["deploy"], "required"),
        (["preview", "{task}", "none.wav"], "none.wav"),
    ],
)
@pytest.mark.usefixtures("fake")
def test_what_is_refused(avseg, task, tmp_path, arguments, words):
    bad = tmp_path / "bad.json"
    bad.write_text('{"titel": 1}')
    code, out, error = avseg(*(text.format(task=task, bad=bad) for text in arguments))
    assert (code, out) == (2, "")
    assert words in error


def test_previews_until_it_is_stopped(task, calls):
    command = [sys.executable, "-m", "avseg_widget.cli", "preview", str(task), str(calls / "0.wav"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = json.loads(process.stdout.readline())["url"]
        process.stderr.readline()
        with urllib.request.urlopen(url) as page:
            assert re.search(r'<div id="avseg"', page.read().decode())
        answer = json.dumps({"annotations": '{"tracks": [], "segments": []}'}).encode()
        request = urllib.request.Request(f"{url}answer", data=answer, headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request).close()
        process.send_signal(signal.SIGINT)
        out, error = process.communicate()
    assert (process.returncode, error) == (0, "")
    assert json.loads(out)["answer"]["answers"][0]["answerContent"]["annotations"]
