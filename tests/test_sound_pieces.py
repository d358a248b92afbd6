"""The pieces of sound that the task page makes for exact ranges, read by libav."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
from typing import Any

import av
import numpy as np
import pytest

from avseg_widget.media import open_media

from .conftest import ROOT

JS = ROOT / "js"


def made(cases: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
    node = shutil.which("node")
    if not node or not (JS / "node_modules" / "esbuild").is_dir():
        pytest.fail("needs Node and js/node_modules: run `make test`, which installs them")
    given = json.dumps(cases)
    done = subprocess.run(
        [node, "tests/pieces.mjs"], cwd=JS, input=given, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any] | None] = json.loads(done.stdout)
    return found


def read(piece: dict[str, Any]) -> tuple[int, int, np.ndarray]:
    """Return rate, place of the first sample, and samples."""
    with av.open(io.BytesIO(base64.b64decode(piece["bytes"]))) as container:
        stream = container.streams.audio[0]
        # Each frame carries checksums, which libav else only reports.
        stream.codec_context.options = {"err_detect": "crccheck+explode"}
        frames = list(container.decode(stream))
        assert stream.time_base is not None
        first = frames[0].pts * stream.time_base * stream.rate
        samples = np.concatenate([frame.to_ndarray().reshape(-1, stream.channels) for frame in frames])
        assert frames[0].format.name == "s16"
        return stream.rate, round(first), samples


def test_libav_reads_each_sample_at_its_place():
    random = np.random.default_rng(1)
    cases = []
    for channels, rate, length, first, last in [
        (1, 8000, 9000, 0, 9000),
        (2, 44_100, 20_000, 777, 19_999),
        (2, 48_000, 4096, 0, 4096),
        (1, 48_000, 5000, 4096, 4097),
        (6, 96_000, 9000, 100, 9000),
        (8, 192_000, 5000, 1, 4999),
        # Beyond 128 frames a frame's number takes two bytes.
        (1, 16_000, 1_300_000, 0, 1_300_000),
    ]:
        samples = random.integers(-32768, 32768, (channels, length))
        samples[:, :2] = [-32768, 32767]
        span = {"start": first / rate, "end": last / rate}
        cases.append({"channels": samples.tolist(), "rate": rate, "kind": "sound", **span})
    for case, piece in zip(cases, made(cases), strict=True):
        assert piece is not None
        rate, at, samples = read(piece)
        first, last = round(case["start"] * rate), round(case["end"] * rate)
        assert (rate, at, piece["mime"]) == (case["rate"], first, 'audio/mp4; codecs="flac"')
        assert (piece["start"], piece["end"], piece["offset"]) == (first / rate, last / rate, 0)
        assert np.array_equal(samples, np.transpose(case["channels"])[first:last])


def test_after_the_sound_there_is_silence():
    """Browsers may decode some samples less than the media has."""
    sound = {"channels": [[1, 2, 3, 4] * 1000], "rate": 8000}
    (end,) = made([{**sound, "kind": "sound", "start": 0.4, "end": 0.51}])
    assert end is not None
    assert read(end)[2][:, 0].tolist() == [1, 2, 3, 4] * 200 + [0] * 80


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.75, 1.25, 1.5, 2, 3, 4])
def test_stretched_sound_is_that_of_python(speed: float):
    random = np.random.default_rng(3)
    cases = []
    for channels, rate, first, last in [
        (1, 8000, 0, 12_000),
        (2, 44_100, 777, 30_001),
        (3, 48_000, 5, 4000),
        (1, 16_000, 9, 300),
        (1, 8000, 9, 12),
        (2, 22_050, 9, 10),
    ]:
        tones = np.sin(np.cumsum(random.uniform(0.05, 0.3, (channels, last)), axis=1))
        samples = np.rint(8000 * tones + random.normal(0, 300, tones.shape)).astype(np.int16)
        span = {"start": first / rate, "end": last / rate, "speed": speed}
        cases.append({"channels": samples.tolist(), "rate": rate, "kind": "sound", **span})
    for case, piece in zip(cases, made(cases), strict=True):
        assert piece is not None
        rate, at, samples = read(piece)
        sound = np.transpose(case["channels"]).astype(np.int16)
        ours = open_media((sound, rate)).sound_fragment(case["start"], case["end"], speed)
        assert (piece["start"], piece["end"], at) == (ours.start, ours.end, round(ours.start * rate))
        theirs = read({"bytes": base64.b64encode(ours.bytes)})[2]
        assert np.abs(samples.astype(int) - theirs).max() <= 1


def test_what_browsers_do_not_play_as_flac_is_not_made():
    kinds = [(0, 48_000), (9, 48_000), (1, 7999), (1, 200_000)]
    cases = [{"channels": [[1] * 9] * channels, "rate": rate} for channels, rate in kinds]
    assert made([{**case, "kind": "sound", "start": 0, "end": 1} for case in cases]) == [None] * 4
