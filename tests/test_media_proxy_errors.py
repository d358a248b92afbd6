"""Proxies that are stopped, refused or short of room: whole or not there; in memory that does not grow."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from avseg_widget.errors import MediaError
from avseg_widget.media import make_proxy, open_media
from avseg_widget.media.proxy import CancelledError

from .media_makers import encode
from .test_media_proxy import film, samples


def test_progress_rises_to_the_end(tmp_path: Path):
    told: list[float] = []
    open_media(encode(tmp_path / "a.mkv", 4.0, video="libx264")).make_proxy(progress=told.append)
    assert told == sorted(told)
    assert 0.9 < told[-1] <= 1


def test_a_stopped_proxy_leaves_nothing(tmp_path: Path):
    path = encode(tmp_path / "a.mp3", 5.0, audio="libmp3lame")
    media, cancel = open_media(path), threading.Event()
    before = media.make_proxy(tmp_path / "kept.flac").path.read_bytes()
    for options in ({"cancel": cancel, "progress": lambda _: cancel.set()}, {"progress": int.__sub__}):
        with pytest.raises((CancelledError, TypeError)):
            media.make_proxy(tmp_path / "kept.flac", overwrite=True, **options)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.mp3", "kept.flac"]
    assert (tmp_path / "kept.flac").read_bytes() == before


def test_what_is_refused(tmp_path: Path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.zeros(100), 8000)
    media = open_media(path)
    with pytest.raises(MediaError, match="overwrite its source"):
        media.make_proxy(path, overwrite=True)
    with pytest.raises(MediaError, match=r"end its name with \.flac"):
        media.make_proxy(tmp_path / "a.mp3")
    with pytest.raises(MediaError, match="sound cannot be 'mp3'"):
        media.make_proxy(tmp_path / "b.flac", sound="mp3")
    with pytest.raises(MediaError, match="give 2 pixels or more"):
        media.make_proxy(max_height=1)
    media.make_proxy()
    with pytest.raises(MediaError, match="is there already"):
        media.make_proxy()
    with pytest.raises(MediaError, match=r"say where its proxy is written, by path="):
        open_media((np.zeros(10), 8000)).make_proxy()
    with pytest.raises(MediaError, match="cannot be written"):
        media.make_proxy(tmp_path / "nowhere" / "a.flac")
    with pytest.raises(MediaError, match="resampled"):
        open_media((np.zeros(100), 1000)).make_proxy(tmp_path / "slow.flac")
    assert open_media((np.zeros(100), 1000)).make_proxy(tmp_path / "slow.m4a", sound="aac").info().sample_rate == 8000
    with pytest.raises(MediaError, match="10 channels, FLAC here holds 8"):
        open_media((np.zeros((100, 10)), 8000)).make_proxy(tmp_path / "many.flac")
    path.unlink()
    with pytest.raises(MediaError, match="cannot be read any more"):
        media.make_proxy(tmp_path / "late.flac")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.proxy.flac", "slow.m4a"]


LIMITED = """import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from avseg_widget.media import open_media
open_media(sys.argv[1]).make_proxy(sys.argv[2])
"""


@pytest.mark.parametrize("name", ["a.flac", "a.mp4"])
def test_a_disk_that_takes_no_more(tmp_path: Path, name: str):
    if name == "a.mp4":
        source = film(tmp_path / "a.mkv", "libx264", "aac", base=Fraction(1, 25), stamps=list(range(900)), crf="0")
    else:
        source = encode(tmp_path / "a.mp3", 10.0, audio="libmp3lame", noise=0.1)
    (tmp_path / "out").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, source, tmp_path / "out" / name], capture_output=True, text=True, check=False
    )
    assert "cannot be written (File too large)" in done.stderr, done.stderr
    assert not list((tmp_path / "out").iterdir())


NOTED = """import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
from avseg_widget.media.batch import collect, run
list(run("peaks", collect([sys.argv[1]]), out=sys.argv[2]))
"""


def test_a_batch_on_a_disk_that_takes_no_more(tmp_path: Path):
    source = encode(tmp_path / "a.wav", 1.0, audio="pcm_s16le")
    done = subprocess.run(
        [sys.executable, "-c", NOTED, source, tmp_path / "out"], capture_output=True, text=True, check=False
    )
    last = done.stderr.splitlines()[-1]
    assert "what was made cannot be noted in" in last, done.stderr
    assert "(File too large)" in last


def test_a_damaged_source_gives_what_is_readable(tmp_path: Path):
    path = encode(tmp_path / "a.mp3", 5.3, audio="libmp3lame", noise=0.02)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    media = open_media(path)
    proxy = media.make_proxy()
    np.testing.assert_array_equal(samples(proxy), samples(media))
    assert 1.5 < proxy.info().duration < 5


def test_any_name_and_any_reader(tmp_path: Path):
    folder = tmp_path / "call:12 %03d\nü"
    folder.mkdir()
    path = encode(tmp_path / "a.mp3", 1.0, audio="libmp3lame")
    for name in ("-x.flac", "a\nb.flac", "%d.flac", "سلام.flac", "x" * 250 + ".flac"):
        proxy = make_proxy(path, folder / name)
        assert (proxy.path, proxy.info().sample_rate) == (folder / name, 44100)
        assert proxy.path.stat().st_mode & 0o777 == 0o666 & ~umask()


def umask() -> int:
    value = os.umask(0)
    os.umask(value)
    return value


def test_memory_does_not_grow_with_length(tmp_path: Path):
    code = """import sys
from avseg_widget.media import open_media
open_media(sys.argv[1]).make_proxy(sys.argv[2])
with open("/proc/self/status") as status:
    print(next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")))
"""
    used = []
    for seconds in (30, 1200):
        path = encode(tmp_path / f"{seconds}.mp3", seconds, audio="libmp3lame", rate=16000)
        run = [sys.executable, "-c", code, path, tmp_path / f"{seconds}.flac"]
        used.append(int(subprocess.run(run, capture_output=True, text=True, check=True).stdout))
    assert used[1] - used[0] < 25, used
