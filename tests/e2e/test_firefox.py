"""The worker page in Debian's Firefox ESR, with a sound server of its own where the machine has no sound."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from avseg_widget import Task, fields, groundtruth, sample

FIREFOX = shutil.which("firefox-esr")
DRIVER = Path(__file__).parent / "firefox.mjs"


@pytest.fixture
def sound(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yield an environment in which media plays: Firefox stops it where there is no device for sound."""
    server = shutil.which("pulseaudio")
    if server is None:
        pytest.skip("no pulseaudio: Firefox plays nothing without a sound device")
    folder = tmp_path / "pulse"
    folder.mkdir(mode=0o700)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(tmp_path)}
    command = [server, "-n", "--daemonize=no", "--exit-idle-time=-1", "--load=module-null-sink"]
    process = subprocess.Popen(
        [*command, "--load=module-native-protocol-unix"], env=environment, stderr=subprocess.DEVNULL
    )
    yield environment
    process.terminate()
    process.wait()


@pytest.mark.skipif(FIREFOX is None, reason="no firefox-esr")
def test_the_worker_page_in_firefox(sound: dict[str, str]) -> None:
    task = Task(tracks={"speaker": ["A"]}, segment_fields=[fields.Text("text")])
    with groundtruth.preview(task, sample.audio()) as preview:
        command = ["node", str(DRIVER), preview.url, str(FIREFOX)]
        done = subprocess.run(command, env=sound, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["faults"] == []
        annotation = preview.annotation
    assert annotation is not None
    recorded, drawn = annotation.segments
    assert recorded.start == 0.0
    assert 0.4 < recorded.end < 5
    assert drawn.fields == {"text": "written in Firefox"}
    start, end, width = (float(told["geometry"][name]) for name in ("start", "end", "width"))
    for time, x in ((drawn.start, 200), (drawn.end, 300)):
        assert abs(time - (start + x / width * (end - start))) < (end - start) / width
        assert round(time * 16000) / 16000 == time
