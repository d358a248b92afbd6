"""The command ``avseg media`` as a shell runs it: many files, damaged ones, stopping and going on, odd names."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from avseg_widget.cli import main
from avseg_widget.media import open_media
from avseg_widget.media.batch import collect, run
from avseg_widget.media.batch.inputs import fitting

from .media_makers import encode
from .media_servers import serve

AVSEG = [sys.executable, "-m", "avseg_widget.cli", "media"]
#: Runs the command; returns its exit code and what it prints.
Told = Callable[..., tuple[int, str, str]]
#: Makes a process die where it opens a file with such a name, as a decoder with a fault would.
CRASHING = """import os, signal, sys
def crash(event, arguments):
    if event == "open" and "crash" in str(arguments[0]):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(crash)
"""


def avseg(*arguments: Any, cwd: Path | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [*AVSEG, *map(os.fspath, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, **options)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def write_tones(folder: Path, count: int, seconds: float = 0.1) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:03}.wav" for number in range(count)]
    for number, path in enumerate(paths):
        soundfile.write(path, np.sin(np.arange(round(8000 * seconds)) / (2 + number % 9)) / 2, 8000)
    return paths


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Return a folder of media of many kinds, in folders, and other files among them."""
    folder = tmp_path / "corpus"
    write_tones(folder / "calls", 3)
    encode(folder / "a.mp3", 1.0, audio="libmp3lame")
    (folder / "films").mkdir()
    encode(folder / "films" / "b.mkv", 1.0, video="libx264")
    (folder / "notes.txt").write_text("no media")
    (folder / ".hidden.wav").write_bytes(b"no media")
    return folder


NAMES = ["a.mp3", "calls/000.wav", "calls/001.wav", "calls/002.wav", "films/b.mkv"]


def test_probe_says_what_info_says(corpus: Path):
    done = avseg("probe", corpus, "--json")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "5 done, 0 skipped, 0 failed")
    found = {line["input"]: line["info"] for line in lines(done.stdout)}
    assert set(found) == {str(corpus / name) for name in NAMES}
    for path, info in found.items():
        expected = open_media(path).info()
        assert (info["duration"], info["exact"], info["warnings"]) == (
            expected.duration,
            expected.exact,
            expected.warnings,
        )
    plain = avseg("probe", corpus / "a.mp3", corpus / "films" / "b.mkv", "--jobs", "1").stdout.splitlines()
    assert plain[0] == "a.mp3: audio, 1.000 s, 44100 Hz, 1 channel, audio/mpeg, not exact"
    assert plain[2].startswith("b.mkv: video, 1.0")
    assert "64x48, 25 frames" in plain[2]


def test_proxies_keep_their_folders_and_are_made_once(corpus: Path, tmp_path: Path):
    out = tmp_path / "out"
    done = avseg("proxy", corpus, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    outputs = {str(Path(line["output"]).relative_to(out)) for line in lines(done.stdout)}
    assert outputs == {f"{name}.{'mp4' if name.startswith('films') else 'flac'}" for name in NAMES}
    for name in NAMES:
        suffix = ".mp4" if name.startswith("films") else ".flac"
        assert open_media(fitting(str(out / name), suffix)).info().exact
    assert done.stderr.splitlines()[0].startswith("[1/5] done ")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.*") if path.name != "avseg-media.jsonl"}
    again = avseg("proxy", corpus, "--out", out, "--json")
    assert [line["status"] for line in lines(again.stdout)] == ["skipped"] * 5
    assert {path: path.stat().st_mtime_ns for path in before} == before

    # Other content is made anew; the same content at another time is not; nor is what a user put there replaced.
    changed, touched, mine = (corpus / name for name in NAMES[:3])
    changed.write_bytes((corpus / "calls" / "002.wav").read_bytes())
    os.utime(touched, ns=(1, 1))
    (out / "calls" / "001.wav.flac").unlink()
    status = {
        Path(line["input"]): line["status"] for line in lines(avseg("proxy", corpus, "--out", out, "--json").stdout)
    }
    assert (status[changed], status[touched], status[mine]) == ("done", "skipped", "done")
    aac = avseg("proxy", corpus, "--out", out, "--sound", "aac", "--json")
    assert [line["status"] for line in lines(aac.stdout)] == ["done"] * 5
    assert (out / "a.mp3.m4a").exists()


def test_outputs_beside_the_inputs_are_no_inputs(corpus: Path):
    for expected in ("5 done, 0 skipped, 0 failed", "0 done, 5 skipped, 0 failed"):
        done = avseg("proxy", ".", cwd=corpus)
        assert done.stderr.splitlines()[-1] == expected
    inner = avseg("proxy", ".", "--out", "proxies", cwd=corpus)
    assert inner.stderr.splitlines()[-1].startswith("10 done")
    assert avseg("proxy", ".", "--out", "proxies", cwd=corpus).stderr.splitlines()[-1].startswith("0 done, 10 skipped")


def test_a_signed_url_keeps_its_secret(tmp_path: Path):
    secret = "http://127.0.0.1:9/a.mp3?signature=secret"
    done = avseg("proxy", secret, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "  http://127.0.0.1:9/a.mp3: Python could not open a.mp3" in done.stderr
    assert "secret" not in done.stderr + (tmp_path / "out" / "avseg-media.jsonl").read_text()


def test_what_the_command_has_not_made_stays(tmp_path: Path):
    for folder in "ab":
        write_tones(tmp_path / folder, 1, seconds=1 + ord(folder) / 100)
    out = tmp_path / "out"
    out.mkdir()
    (out / "000.wav.flac").write_text("mine")
    for _ in range(2):
        done = avseg("proxy", tmp_path / "a", "--out", out)
        assert (done.returncode, (out / "000.wav.flac").read_text()) == (1, "mine")
        assert "000.wav.flac is there already, made of something else" in done.stderr
    assert avseg("proxy", tmp_path / "a", "--out", out, "--overwrite").returncode == 0
    for _ in range(2):
        other = avseg("proxy", tmp_path / "b", "--out", out)
        assert other.returncode == 1
        assert f"made of {tmp_path / 'a' / '000.wav'}" in other.stderr


def test_peaks_files(corpus: Path, tmp_path: Path):
    assert avseg("peaks", corpus, "--out", tmp_path / "out").returncode == 0
    open_media(corpus / "a.mp3").write_sidecar(tmp_path / "a.peaks")
    assert (tmp_path / "out" / "a.mp3.peaks").read_bytes() == (tmp_path / "a.peaks").read_bytes()


def test_a_damaged_file_and_a_crash_take_nothing_down(tmp_path: Path):
    paths = write_tones(tmp_path / "many", 200)
    paths[50].write_bytes(b"dear diary")
    paths[120].rename(tmp_path / "many" / "crash.wav")
    (tmp_path / "sitecustomize.py").write_text(CRASHING)
    search = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = avseg(
        "proxy", tmp_path / "many", "--out", tmp_path / "out", "--json", "--jobs", "2",
        env={**os.environ, "PYTHONPATH": search},
    )  # fmt: skip
    assert done.returncode == 1
    found = {Path(line["input"]).name: line for line in lines(done.stdout)}
    assert len(found) == 200
    failed = {name: line["error"] for name, line in found.items() if line["status"] == "failed"}
    assert set(failed) == {"050.wav", "crash.wav"}
    assert "not audio or video" in failed["050.wav"]
    assert "the decoder crashed on this file" in failed["crash.wav"]
    end = done.stderr.splitlines()[-3:]
    assert end[0] == "198 done, 0 skipped, 2 failed"
    assert any(line.startswith(f"  {tmp_path / 'many' / 'crash.wav'}: ") for line in end)
    assert len(list((tmp_path / "out").glob("*.flac"))) == 198
    # What failed is tried again, what was done is not.
    again = avseg("proxy", tmp_path / "many", "--out", tmp_path / "out")
    assert again.stderr.splitlines()[-2] == "1 done, 198 skipped, 1 failed"


def test_a_process_that_is_killed_in_the_middle_leaves_nothing(tmp_path: Path):
    write_tones(tmp_path / "many", 3)
    write_tones(tmp_path / "many", 1, seconds=1500)  # the first is being made for long enough to be killed in it
    out = tmp_path / "out"
    command = [*AVSEG, "proxy", tmp_path / "many", "--out", out, "--json", "--jobs", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        while not list(out.glob(".avseg-*.part")):
            assert process.poll() is None
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
        assert process.stdout is not None
        found = lines(process.stdout.read())
    assert [line["status"] for line in found] == ["done"] * 3
    assert len(list(out.glob("*.flac"))) == 3
    assert not list(out.glob(".avseg-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_was_stopped_goes_on(tmp_path: Path, number: signal.Signals):
    write_tones(tmp_path / "many", 60, seconds=20)
    out = tmp_path / "out"
    command = [*AVSEG, "proxy", tmp_path / "many", "--out", out, "--json", "--jobs", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = [json.loads(process.stdout.readline()) for _ in range(5)]
        process.send_signal(number)
        # The pipe ends when the last process that has it has ended: no worker outlives the run.
        rest = process.stdout.read()
        errors = process.stderr.read()
    if number != signal.SIGKILL:
        assert (process.returncode, "stopped" in errors) == (130, True)
        assert not list(out.glob(".avseg-*"))
    before = {line["output"]: Path(line["output"]).stat().st_mtime_ns for line in [*first, *lines(rest)]}
    for path in out.glob("*.flac"):
        assert soundfile.info(path).frames == 160_000
    again = avseg("proxy", tmp_path / "many", "--out", out, "--json")
    status = {line["output"]: line["status"] for line in lines(again.stdout)}
    assert (again.returncode, len(status)) == (0, 60)
    for output, time in before.items():
        assert (status[output], Path(output).stat().st_mtime_ns) == ("skipped", time)
    assert not list(out.glob(".avseg-*.part"))


HOSTILE = [
    "a b.wav",
    "-rf.wav",
    "new\nline.wav",
    "سلام.wav",
    "@list.wav",
    "[1]*.wav",
    "\x1b[31m.wav",
    "y" * 251 + ".wav",
]


def test_a_link_to_what_was_not_fetched_is_a_failure_and_not_missed(tmp_path: Path):
    (tmp_path / "a.wav").symlink_to("nowhere")
    (failed,) = run("peaks", collect([tmp_path]), out=tmp_path / "out", jobs=1)
    assert (failed.status, failed.name) == ("failed", "a.wav")
    assert "there is no file" in failed.error


def test_any_name(tmp_path: Path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in HOSTILE:
        soundfile.write(folder / name, np.zeros(100), 8000)
    listed = avseg("proxy", "--out", "../out", "--json", "--", *HOSTILE, cwd=folder)
    assert listed.returncode == 0, listed.stderr
    assert {line["input"] for line in lines(listed.stdout)} == {str(folder / name) for name in HOSTILE}
    assert "\x1b" not in listed.stderr
    assert r"\x1b[31m.wav" in listed.stderr
    (tmp_path / "list.txt").write_bytes("\0".join(HOSTILE).encode())
    for given, data in ((f"@{tmp_path / 'list.txt'}", None), ("-", "\0".join(HOSTILE)), (".", None)):
        again = avseg("proxy", given, "--out", "../out", cwd=folder, input=data)
        assert again.stderr.splitlines()[-1] == "0 done, 8 skipped, 0 failed"


def test_what_browsers_record_and_a_list_from_windows_are_taken(tmp_path: Path):
    for name in ("a.weba", "b.spx"):
        (tmp_path / name).write_bytes(b"sound")
    (tmp_path / "list").write_bytes(f"\ufeff{tmp_path / 'a.weba'}\r\n{tmp_path / 'b.spx'}\r\n".encode())
    for given in (str(tmp_path), f"@{tmp_path / 'list'}"):
        assert [found.name for found in collect([given])] == ["a.weba", "b.spx"]


def test_lists_and_patterns(corpus: Path):
    names = [found.name for found in collect([f"{corpus}/calls/*.wav"])]
    assert names == ["000.wav", "001.wav", "002.wav"]
    listed = avseg("probe", "-", "--json", cwd=corpus, input="a.mp3\ncalls/000.wav\n")
    assert {Path(line["input"]).name for line in lines(listed.stdout)} == {"a.mp3", "000.wav"}
    assert fitting("x" * 300, ".flac") != fitting("x" * 301, ".flac")
    assert len(fitting("ü" * 300, ".flac").encode()) <= 255


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Told]:
    """Return the command in this process, for what needs none of its own: its exit code and what it prints."""
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(["media", *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        return (code, *capsys.readouterr())

    yield call
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["probe", "nope.wav"], "there is no file or folder 'nope.wav'"),
        (["probe", "*.nope"], "nothing is called like"),
        (["probe", "@nope"], "the list 'nope' cannot be read"),
        (["probe", "empty"], "there is no audio or video"),
        (["proxy", "{corpus}/calls/000.wav", "{corpus}/films/000.wav"], "would have the same output"),
        (["probe", "a.wav", "--jobs", "0"], "not a whole number above 0"),
        (["probe", "{corpus}", "--scheduler", "tcp://x:1", "--engine", "local"], "leave out --engine local"),
        (["probe"], "required"),
        (["proxy", "{corpus}", "--out", "a file"], "cannot be written"),
    ],
)
def test_what_is_refused(corpus: Path, tmp_path: Path, told: Told, arguments: list[str], words: str):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a file").touch()
    write_tones(corpus / "films", 1)
    code, out, error = told(*(text.format(corpus=corpus) for text in arguments))
    assert (code, out) == (2, "")
    assert words in error
    assert "Traceback" not in error


def test_what_is_missing_among_others_is_a_failure_like_them(tmp_path: Path, told: Told):
    write_tones(tmp_path, 1)
    (tmp_path / "list").write_text("000.wav\nnope.wav\n")
    code, out, error = told("peaks", "@list", "*.nope", "--out", "out", "--jobs", "1", "--json")
    assert code == 1
    assert {Path(line["input"]).name: line["status"] for line in lines(out)} == {
        "000.wav": "done",
        "nope.wav": "failed",
        "*.nope": "failed",
    }
    assert "nope.wav: there is no file" in error


def test_what_does_not_answer_is_a_failure(told: Told):
    with serve(b"", status=404) as served:
        for task in ("probe", "peaks", "proxy"):
            code, out, error = told(task, served.url, "--jobs", "1")
            assert (code, out) == (1, "")
            assert "the server answers 404" in error
            assert "secret" not in error


def test_files_of_one_name_are_probed_together(tmp_path: Path, told: Told):
    for folder in ("a", "b"):
        write_tones(tmp_path / folder, 1)
    code, out, _error = told("probe", *(str(tmp_path / folder / "000.wav") for folder in ("a", "b")), "--jobs", "1")
    assert code == 0
    assert {line.partition(": ")[0] for line in out.splitlines()} == {"000.wav", str(tmp_path / "b" / "000.wav")}


def test_a_terminal_sees_one_line(corpus: Path, tmp_path: Path):
    ours, theirs = pty.openpty()
    process = subprocess.run([*AVSEG, "probe", str(corpus)], stdout=subprocess.DEVNULL, stderr=theirs, check=False)
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    assert process.returncode == 0
    assert shown.count(b"\r\x1b[K") == 7
    assert b"[0/5]" in shown
    assert b"\r\x1b[K[5/5] 0 failed, last: " in shown
    assert shown.endswith(b"5 done, 0 skipped, 0 failed\r\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


def test_a_reader_that_has_enough(corpus: Path):
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m avseg_widget.cli media probe "{corpus}" --json | head -n 1'],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(lines(done.stdout)) == 1
    assert "Traceback" not in done.stderr


def test_in_python_a_run_may_be_left_early(tmp_path: Path):
    paths = write_tones(tmp_path / "many", 30, seconds=20)
    outcomes = run("proxy", collect(paths), out=tmp_path / "out", jobs=1)
    assert next(outcomes).status == "done"
    outcomes.close()
    made = list((tmp_path / "out").glob("*.flac"))
    assert 1 <= len(made) < 30
    assert not list((tmp_path / "out").glob(".avseg-*"))
