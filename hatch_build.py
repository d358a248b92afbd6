"""Build hook: makes the browser bundle when it is missing or older than its sources. Knows nothing of the package."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OUTPUTS = (
    "widget.js",
    "worker.js",
    "standalone.js",
    "crowd-standin.js",
    "avseg.css",
    "portal.js",
    "portal.css",
    "queue.css",
    "queue.js",
    "THIRD_PARTY_LICENSES.txt",
)


class BundleHook(BuildHookInterface):  # type: ignore[type-arg]  # its configuration has no public type
    """Builds ``src/avseg_widget/static`` before a wheel, an editable install or an sdist is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Build if needed; an unpacked sdist has no ``js`` folder, and its bundle is taken as it is."""
        root = Path(self.root)
        js, static = root / "js", root / "src" / "avseg_widget" / "static"
        if not js.is_dir():
            if missing := _missing(static):
                raise SystemExit(f"avseg-widget: this source archive lacks {missing} in {static}; get a complete one")
        elif _is_stale(js, static):
            _build(js)


def _missing(static: Path) -> str:
    return ", ".join(name for name in OUTPUTS if not (static / name).is_file())


def _is_stale(js: Path, static: Path) -> bool:
    if _missing(static):
        return True
    sources = [path for path in (js / "src").rglob("*") if path.is_file()]
    scripts = ("build.mjs", "icon-sprites.mjs", "licenses.mjs", "wavesurfer-parts.mjs")
    sources += [js / name for name in (*scripts, "package.json", "package-lock.json")]
    built = min((static / name).stat().st_mtime for name in OUTPUTS)
    return built < max(path.stat().st_mtime for path in sources)


def _build(js: Path) -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise SystemExit(
            "avseg-widget: building the browser bundle needs Node 20 or newer and npm; install them, or install a "
            "released version, which holds the bundle"
        )
    installed = js / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < (js / "package-lock.json").stat().st_mtime:
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=js, check=True)
        installed.touch()
    subprocess.run([npm, "run", "build"], cwd=js, check=True)
