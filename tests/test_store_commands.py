"""The commands about stores."""

from __future__ import annotations

import json
import signal

import pytest

from avseg_widget import Store
from avseg_widget.cli import main

from .labeling import begun, edit, put


@pytest.fixture
def avseg(capsys):
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*arguments):
        code = main(["store", *map(str, arguments)])
        out, error = capsys.readouterr()
        return code, out, error

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def path(tmp_path):
    with Store(tmp_path / "labels.db") as store:
        record = begun(store)
        for number in range(80):
            edit(record, put("a", text=str(number)))
        store.set_mark("other.wav", "ann", flagged=True)
    return tmp_path / "labels.db"


def test_list_and_history_say_what_there_is(avseg, path):
    code, out, _ = avseg("list", path)
    assert code == 0
    assert out.startswith("call.wav (ann, round 1): started, 1 segment, 20")
    assert "other.wav (ann, round 1): new, 0 segments, -, flagged" in out
    rows = [json.loads(line) for line in avseg("list", path, "--json")[1].splitlines()]
    assert [(row["item"], row["revision"]) for row in rows] == [("call.wav", 81), ("other.wav", 0)]
    lines = avseg("history", path, "call.wav")[1].splitlines()
    assert len(lines) == 81
    assert lines[-1].startswith("81 20")
    assert '"text":"79"' in lines[-1]
    assert json.loads(avseg("history", path, "call.wav", "--json")[1].splitlines()[0])["annotator"] == "ann"
    code, _, error = avseg("history", path, "none.wav")
    assert (code, "holds no annotation of 'none.wav'" in error) == (2, True)


def test_check_backup_and_compact(avseg, path, tmp_path):
    assert avseg("check", path) == (0, f"{path} is whole\n", "")
    assert avseg("backup", path, tmp_path / "copy.db")[0] == 0
    assert json.loads(avseg("backup", path, "--json")[1]) == {"backup": f"{path}.backup"}
    sizes = json.loads(avseg("compact", path, "--keep", 0, "--json")[1])
    assert sizes["after"] <= sizes["before"]
    assert avseg("history", path, "call.wav")[1] == ""
    path.write_bytes(b"nothing")
    code, out, _ = avseg("check", path)
    assert (code, "was made again from labels.db.backup" in out) == (0, True)


def test_a_path_without_a_store_makes_none(avseg, tmp_path):
    code, _, error = avseg("check", tmp_path / "none.db")
    assert (code, "there is no store" in error) == (2, True)
    assert list(tmp_path.iterdir()) == []
