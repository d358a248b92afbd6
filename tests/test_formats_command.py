"""`avseg convert`, the table of what formats carry, and libraries that are missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from avseg_widget import Annotation, Segment, Task, Track, formats

ROOT = Path(__file__).parent.parent
ONE = Annotation(
    [Track("speaker", "Ann")],
    [Segment("speaker:Ann", 1 / 3, 2, {"text": "hi", "loud": True}, id="a"), Segment("speaker:Ann", 3, 4, id="b")],
)
TASK = Task(tracks={"speaker": ["Eve"]})


def avseg(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "avseg_widget.cli", "convert", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def test_a_file_is_converted_and_what_is_lost_is_told(tmp_path: Path) -> None:
    formats.write(ONE, tmp_path / "a.jsonl")
    tried = avseg("a.jsonl", "a.vtt", "--dry-run", cwd=tmp_path)
    assert (tried.returncode, (tmp_path / "a.vtt").exists()) == (0, False)
    assert tried.stdout == "1 annotation with 2 segments would be written to a.vtt\n"
    assert "segments.fields['loud']: 1 dropped" in tried.stderr
    done = avseg("a.jsonl", "a.vtt", "--json", cwd=tmp_path)
    told: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, told["from"], told["to"], told["segments"]) == (0, "jsonl", "webvtt", 2)
    assert {(loss["path"], loss["kind"]) for loss in told["losses"]} == {
        ("segments['a'].start", "changed"),
        ("segments['a'].fields['loud']", "dropped"),
    }
    assert formats.read(tmp_path / "a.vtt").annotation.segments[0].start == 0.333
    back = avseg("a.vtt", "b.json", "--to", "ground-truth", cwd=tmp_path)
    assert "ground-truth: nothing is lost" in back.stderr
    assert formats.read(tmp_path / "b.json").format == "ground-truth"


def test_an_elan_file_is_written_like_the_one_it_was_read_from(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "elan_2.8.eaf"
    done = avseg(source, "again.eaf", "--like", source, cwd=tmp_path)
    assert (done.returncode, (tmp_path / "again.eaf").read_bytes()) == (0, source.read_bytes())
    refused = avseg(source, "a.csv", "--like", source, cwd=tmp_path).stderr
    assert (
        refused == "avseg: CSV is written anew, not into elan_2.8.eaf, as only ELAN documents are; leave out --like\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nope.srt", "a.csv"], "nope.srt cannot be read"),
        (["a.jsonl", "a.doc"], "a.doc ends like no format's files; give --to, one of jsonl, "),
        (["a.jsonl", "a.doc", "--dry-run"], "give --to, one of"),
        (["notes.doc", "a.csv"], "notes.doc is in no format known here; give --from if it is one of"),
        (["a.jsonl", "a.csv", "--task", "task.json"], "does not fit the task"),
        (["a.jsonl", "a.csv", "--to", "word"], "invalid choice"),
        (["two.jsonl", "a.srt"], "holds one annotation, not 2"),
        (["a.jsonl", "no/a.csv"], "there is no folder no for a.csv"),
    ],
)
def test_what_is_refused(tmp_path: Path, arguments: list[str], says: str) -> None:
    formats.write(ONE, tmp_path / "a.jsonl")
    formats.write([ONE, ONE], tmp_path / "two.jsonl")
    (tmp_path / "notes.doc").write_text("hello")
    (tmp_path / "task.json").write_bytes(msgspec.json.encode(TASK))
    done = avseg(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_the_table_of_the_documentation_is_true() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/write_formats.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("missing", "code", "extra"),
    [
        ("pyarrow", "f.write(a, 'a.parquet')", "formats"),
        ("webvtt", "f.read('a.vtt')", "formats"),
        ("datasets", "f.to_dataset(a)", "datasets"),
    ],
)
def test_a_missing_library_is_told(tmp_path: Path, missing: str, code: str, extra: str) -> None:
    formats.write(ONE, tmp_path / "a.vtt")
    blocked = f"import sys; sys.modules[{missing!r}] = None\nfrom avseg_widget import Annotation, formats as f\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{blocked}a = Annotation()\n{code}"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert f'this needs {missing}: pip install "avseg-widget[{extra}]"' in done.stderr
