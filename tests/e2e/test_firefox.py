"""The worker page in Debian's Firefox ESR, with a sound server of its own where the machine has no sound."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from avseg_widget import Task, fields, groundtruth, sample

from .editor import on_grid
from .hosts import received

FIREFOX = shutil.which("firefox-esr")
DRIVER = Path(__file__).parent / "firefox.mjs"
RATE = 16_000
TASK = Task(
    tracks={"language": ["English", "Hindi"], "speaker": ["Customer", "Representative"]},
    segment_fields=[fields.Text("text"), fields.Select("emotion", ["Happy", "Sad"])],
    content_fields=[
        fields.Radio("speechNonSpeech", ["speech", "non-speech"]),
        fields.Checkboxes("backgroundNoise", ["traffic", "music", "ambient"]),
        fields.Rating("rate", 5),
        fields.Text("notes", multiline=True),
    ],
)


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
def test_the_scenario_in_firefox(sound: dict[str, str]) -> None:
    with groundtruth.preview(TASK, sample.audio()) as preview:
        command = ["node", str(DRIVER), preview.url, str(FIREFOX)]
        done = subprocess.run(command, env=sound, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["faults"] == []
        annotation = received(preview)
    shown = {step: [tuple(row.values())[1:] for row in rows] for step, rows in told["shown"].items()}
    check_gestures(told, shown)

    # What Python received, bit by bit on the sound's grid.
    assert [(track.category, track.tag) for track in annotation.tracks] == [
        ("language", "Hindi"),
        ("speaker", "Customer"),
    ]
    recorded, drawn = sorted(annotation.segments, key=lambda segment: segment.start)
    assert (recorded.track, recorded.start, recorded.end, recorded.fields) == ("speaker:Customer", 0.0, 1.25, {})
    assert drawn.track == "language:Hindi"
    assert drawn.fields == {"text": "written in Firefox <b>", "emotion": "Sad"}
    for time, seen in zip((drawn.start, drawn.end), shown["submitted"][1][1:3], strict=True):
        assert time == pytest.approx(seen, abs=6e-7)
        assert time == on_grid(time, RATE)
    assert annotation.content == {
        "speechNonSpeech": "non-speech",
        "backgroundNoise": ["traffic", "ambient"],
        "rate": 4,
        "notes": "two\nlines",
    }


def check_gestures(told: dict[str, Any], shown: dict[str, list[tuple[Any, ...]]]) -> None:
    """Compare the table after each gesture with where the pointer took and left what it moved."""
    [(track, start, end, *_)] = shown["recorded"]
    assert (track, start) == ("speaker: Customer", 0.0)
    assert 0.4 < end < 5
    first, last = (on_grid(time, RATE) for time in told["drawn"])
    assert shown["drawn"][1][0] == "language: Hindi"
    assert shown["drawn"][1][1:3] == seconds(first, last)
    last = on_grid(last + told["resized"][1] - told["resized"][0], RATE)
    assert shown["resized"][1][1:3] == seconds(first, last)
    way = told["moved"][1] - told["moved"][0]
    first, last = on_grid(first + way, RATE), on_grid(last + way, RATE)
    assert shown["moved"][1][1:3] == seconds(first, last)
    assert [row[1:3] for row in shown["split"][1:]] == [seconds(first, 12.5), seconds(12.5, last)]
    assert shown["merged"] == shown["moved"]
    assert shown["typed"][0][1:3] == (0.0, 1.25)
    assert shown["submitted"] == shown["typed"]


def seconds(start: float, end: float) -> object:
    """Return times as the table shows them, with six digits."""
    return pytest.approx((start, end), abs=6e-7)
