"""A batch over a Dask cluster of two worker processes: the same results, lost workers, plain errors."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from avseg_widget.errors import MediaError
from avseg_widget.media.batch import Outcome, collect, run
from avseg_widget.replacing import part_prefix

from .media_makers import encode
from .test_cli import AVSEG, CRASHING, avseg, lines, write_tones
from .test_imports import run_without

distributed = pytest.importorskip("distributed")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    write_tones(tmp_path / "many", 20)
    encode(tmp_path / "many" / "a.mp3", 1.0, audio="libmp3lame")
    encode(tmp_path / "many" / "b.mkv", 1.0, video="libx264")
    (tmp_path / "many" / "damaged.wav").write_bytes(b"dear diary")
    return tmp_path / "many"


@pytest.fixture
def scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address of a cluster; its workers die where they open a file with "crash" in its name."""
    (tmp_path / "sitecustomize.py").write_text(CRASHING)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=60
    ) as cluster:
        yield cluster.scheduler_address


def by_name(outcomes: Iterator[Outcome]) -> dict[str, tuple[str, str, object]]:
    return {found.name: (found.status, found.error, found.info) for found in outcomes}


def test_the_results_are_those_of_the_local_engine(corpus: Path, tmp_path: Path, scheduler: str):
    found = collect([corpus])
    for task in ("probe", "peaks", "proxy"):
        here, there = tmp_path / f"here-{task}", tmp_path / f"there-{task}"
        there.mkdir()
        # As of a worker that died in the middle of it.
        output = there / f"001.wav{'.flac' if task == 'proxy' else '.peaks'}"
        left = output.with_name(f"{part_prefix(output)}0.part")
        left.touch()
        local = by_name(run(task, found, out=here, jobs=2))
        assert by_name(run(task, found, out=there, engine="dask", scheduler=scheduler)) == local
        assert [name for name, (status, *_) in local.items() if status == "failed"] == ["damaged.wav"]
        assert left.exists() == (task == "probe")
        left.unlink(missing_ok=True)
        names = sorted(path.name for path in here.glob("*"))
        assert names == sorted(path.name for path in there.glob("*"))
        for name in set(names) - {"avseg-media.jsonl"}:
            assert (here / name).read_bytes() == (there / name).read_bytes()
    again = by_name(run("proxy", found, out=there, engine="dask", scheduler=scheduler))
    assert sorted(status for status, *_ in again.values()) == ["failed"] + ["skipped"] * 22


def test_a_file_that_makes_workers_die_is_one_failure(corpus: Path, tmp_path: Path, scheduler: str):
    (corpus / "007.wav").rename(corpus / "crash.wav")
    found = by_name(run("proxy", collect([corpus]), out=tmp_path / "out", engine="dask", scheduler=scheduler))
    failed = {name: error for name, (status, error, _) in found.items() if status == "failed"}
    assert len(found) == 23, found
    assert set(failed) == {"crash.wav", "damaged.wav"}, failed
    assert "the decoder crashed on this file" in failed["crash.wav"]


def test_the_command_makes_a_cluster_of_its_own(corpus: Path, tmp_path: Path):
    done = avseg("proxy", corpus, "--out", tmp_path / "out", "--engine", "dask", "--jobs", "2", "--json")
    assert done.returncode == 1, done.stderr
    assert sorted(line["status"] for line in lines(done.stdout)) == ["done"] * 22 + ["failed"]


def test_a_run_on_a_cluster_that_was_stopped_goes_on(tmp_path: Path):
    write_tones(tmp_path / "many", 30, seconds=60)
    out = tmp_path / "out"
    command = [*AVSEG, "proxy", tmp_path / "many", "--out", out, "--json"]
    dask = [*command, "--engine", "dask", "--jobs", "2"]
    # As in a terminal: every process of the group is told.
    with subprocess.Popen(
        dask, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate()
    assert (process.returncode, "stopped" in errors) == (130, True), errors
    assert "KeyboardInterrupt" not in errors
    assert not list(out.glob(".avseg-*"))
    again = avseg("proxy", tmp_path / "many", "--out", out, "--json")
    assert {line["status"] for line in lines(again.stdout)} == {"done", "skipped"}
    assert len(list(out.glob("*.flac"))) == 30


def test_a_cluster_that_is_not_there(corpus: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("avseg_widget.media.batch.cluster._PATIENCE", 1)
    with pytest.raises(MediaError, match=r"no Dask cluster answers at tcp://127\.0\.0\.1:9"):
        list(run("probe", collect([corpus]), engine="dask", scheduler="tcp://127.0.0.1:9"))


def test_without_dask_the_command_says_how_to_install_it(corpus: Path):
    code = f"from avseg_widget.cli import main; sys.exit(main(['media', 'probe', {str(corpus)!r}, '--engine', 'dask']))"
    done = run_without("distributed", code=code)
    assert done.returncode == 2
    assert 'pip install "avseg-widget[dask]"' in done.stderr
