"""The TypeScript types and the schema they are made from are those of the Python types."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def check(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_is_up_to_date() -> None:
    check([sys.executable, "scripts/write_schema.py", "--check"], ROOT)


def test_the_typescript_types_are_up_to_date() -> None:
    if not (ROOT / "js" / "node_modules").is_dir():
        pytest.skip("js/node_modules is not installed")
    check([str(shutil.which("node")), "generate-types.mjs", "--check"], ROOT / "js")


def test_a_stale_schema_is_noticed(tmp_path: Path) -> None:
    for name in ("scripts/write_schema.py", "js/schema/avseg.schema.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / name, tmp_path / name)
    with (tmp_path / "js/schema/avseg.schema.json").open("a") as file:
        file.write("\n")
    command = [sys.executable, "scripts/write_schema.py", "--check"]
    environment = {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == "js/schema/avseg.schema.json is stale: run `make types`"
