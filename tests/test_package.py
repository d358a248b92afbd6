"""What is shipped: the wheel's and the sdist's content, the bundle's size, and the licences of what is bundled."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "src" / "avseg_widget" / "static"
BUNDLE = [
    "THIRD_PARTY_LICENSES.txt",
    "avseg.css",
    "crowd-standin.js",
    "portal.css",
    "portal.js",
    "queue.css",
    "queue.js",
    "standalone.js",
    "widget.js",
    "worker.js",
]
#: anywidget sends the widget's script once for each widget.
MOST_WIDGET_BYTES = 300_000


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and the sdist from the checkout; return their folder."""
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def names_in_wheel(folder: Path) -> list[str]:
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return wheel.namelist()


def test_the_wheel_holds_the_package_the_bundle_and_the_licences(built: Path) -> None:
    names = names_in_wheel(built)
    sources = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*.py")}
    assert sources <= set(names)
    assert "avseg_widget/py.typed" in names
    assert sorted(name for name in names if "/static/" in name) == [f"avseg_widget/static/{name}" for name in BUNDLE]
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_the_wheel_holds_nothing_else(built: Path) -> None:
    known = re.compile(r"avseg_widget/|avseg_widget-[\d.]+\.dist-info/")
    assert [name for name in names_in_wheel(built) if not known.match(name) or "__pycache__" in name] == []


def test_the_sdist_builds_the_same_wheel_without_node(built: Path, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        sdist.extractall(tmp_path, filter="data")
    folder = next(tmp_path.iterdir())
    assert not (folder / "js").exists()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "wheel")]
    done = subprocess.run(command, cwd=folder, env={"PATH": ""}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(names_in_wheel(tmp_path / "wheel")) == sorted(names_in_wheel(built))


def test_an_sdist_without_its_bundle_is_refused_in_one_line(built: Path, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        sdist.extractall(tmp_path, filter="data")
    folder = next(tmp_path.iterdir())
    (folder / "src" / "avseg_widget" / "static" / "widget.js").unlink()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.strip().splitlines()[-1].startswith("avseg-widget: this source archive lacks widget.js")


def test_the_widgets_script_is_small() -> None:
    assert (STATIC / "widget.js").stat().st_size <= MOST_WIDGET_BYTES


def test_every_bundled_package_has_its_licence_in_full() -> None:
    text = (STATIC / "THIRD_PARTY_LICENSES.txt").read_text(encoding="utf-8")
    packages = json.loads((ROOT / "js" / "package.json").read_text())["dependencies"]
    for name, version in packages.items():
        assert f"{name} {version} (" in text
        licence = next((ROOT / "js" / "node_modules" / name).glob("LICENSE*")).read_text(encoding="utf-8")
        assert licence.strip().replace("\r\n", "\n") in text


def test_lock_files_name_no_place_of_one_machine() -> None:
    packages = json.loads((ROOT / "js" / "package-lock.json").read_text())["packages"]
    places = {package.get("resolved", "https://registry.npmjs.org/") for package in packages.values()}
    assert all(place.startswith("https://registry.npmjs.org/") for place in places)
    lines = io.StringIO((ROOT / "requirements-dev.lock").read_text()).readlines()
    exact = re.compile(r"[a-z0-9.-]+(\[[a-z,]+\])?==\S+( ; .+)?\n|\s*#.*\n")
    assert [line for line in lines if not exact.fullmatch(line)] == []
