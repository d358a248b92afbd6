"""Peaks kept on disk: found by content, never another's, bounded, and harmless when anything is wrong with the disk."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from avseg_widget.media import open_media
from avseg_widget.media.peak_cache import PeakCache, cache_folder, cache_limit, content_key
from avseg_widget.media.reader import ContainerReader, SoundFileReader

from .media_makers import encode
from .test_media_peaks import brute, unpack


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AVSEG_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "peaks"


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows with each pass over a sound."""
    made: list[str] = []
    for reader in (SoundFileReader, ContainerReader):
        original = reader.blocks
        monkeypatch.setattr(reader, "blocks", lambda self, original=original: made.append("pass") or original(self))
    return made


def write(path: Path, seed: int, seconds: float = 30.0) -> np.ndarray:
    samples = np.random.default_rng(seed).integers(-32768, 32768, (round(8000 * seconds), 2), np.int16)
    soundfile.write(path, samples, 8000)
    return samples


def tiles(path: Path) -> list[bytes]:
    media = open_media(path)
    return [media.peak_tile(level, tile) for level, tile in [(4, 0), (5, 0), (9, 0), (0, 3)]]


def test_peaks_are_kept_by_content_whatever_the_name_and_the_time(tmp_path: Path, folder: Path, passes: list[str]):
    samples = write(tmp_path / "a.wav", 1)
    first = tiles(tmp_path / "a.wav")
    assert (len(passes), len(list(folder.glob("*.peaks")))) == (1, 1)
    (tmp_path / "b.wav").write_bytes((tmp_path / "a.wav").read_bytes())
    os.utime(tmp_path / "b.wav", (1, 1))
    assert tiles(tmp_path / "b.wav") == first
    assert len(passes) == 1
    np.testing.assert_array_equal(unpack(first[0], 2), brute(samples, 4, 0))
    assert not list(folder.glob("*.part"))


def test_one_changed_sample_in_the_middle_is_another_content(tmp_path: Path, folder: Path, passes: list[str]):
    samples = write(tmp_path / "a.wav", 2)
    tiles(tmp_path / "a.wav")
    samples[100_000] = 0
    soundfile.write(tmp_path / "a.wav", samples, 8000)
    assert unpack(tiles(tmp_path / "a.wav")[0], 2).shape[0] == 2
    assert len(passes) == 2
    np.testing.assert_array_equal(unpack(tiles(tmp_path / "a.wav")[0], 2), brute(samples, 4, 0))


def test_a_large_file_edited_between_the_sampled_blocks_is_another(tmp_path: Path):
    path = tmp_path / "large.raw"
    with path.open("wb") as file:
        file.truncate(400 << 20)
    os.utime(path, (1000, 1000))
    first = content_key(path)
    assert content_key(path) == first
    with path.open("r+b") as file:
        file.seek(200 << 20)
        file.write(b"x")
    os.utime(path, (1001, 1001))
    assert content_key(path) != first


def test_webm_from_the_cache_is_placed_to_the_sample(tmp_path: Path, folder: Path, passes: list[str]):
    path = encode(tmp_path / "a.webm", 12.3, audio="libopus", rate=48000, noise=0.05)
    first = open_media(path)
    expected = [first.peak_tile(0, tile) for tile in (23, 140, 250)]
    second = open_media(path)
    assert [second.peak_tile(0, tile) for tile in (23, 140, 250)] == expected
    assert len(passes) == 1


@pytest.mark.parametrize("place", [0, 3, 9, 5000, -1, -10, -40, "cut", "empty"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, folder: Path, passes: list[str], place: int | str):
    write(tmp_path / "a.wav", 3)
    first = tiles(tmp_path / "a.wav")
    [kept] = folder.glob("*.peaks")
    data = bytearray(kept.read_bytes())
    if place == "cut":
        data = data[: len(data) // 2]
    elif place == "empty":
        data = bytearray()
    else:
        data[int(place)] ^= 0x55
    kept.write_bytes(data)
    assert tiles(tmp_path / "a.wav") == first
    assert len(passes) == 2
    assert tiles(tmp_path / "a.wav") == first
    assert len(passes) == 2


def test_the_least_recently_used_go_first(tmp_path: Path, folder: Path, passes: list[str], monkeypatch):
    for seed in range(4):
        write(tmp_path / f"{seed}.wav", seed)
    tiles(tmp_path / "0.wav")
    [one] = folder.glob("*.peaks")
    monkeypatch.setenv("AVSEG_CACHE_LIMIT", str(one.stat().st_size * 3 + 100))
    tiles(tmp_path / "1.wav")
    tiles(tmp_path / "2.wav")
    for age, name in [(30, "0"), (20, "1"), (10, "2")]:
        path = folder / f"{content_key(tmp_path / f'{name}.wav')}.peaks"
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    tiles(tmp_path / "0.wav")
    assert len(passes) == 3
    tiles(tmp_path / "3.wav")
    kept = {path.stem for path in folder.glob("*.peaks")}
    assert kept == {content_key(tmp_path / f"{name}.wav") for name in "023"}


@pytest.mark.parametrize("value", ["", "0"])
def test_the_cache_can_be_switched_off(tmp_path: Path, passes: list[str], monkeypatch, value: str):
    monkeypatch.setenv("AVSEG_CACHE_DIR", value)
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.wav", 4)
    assert tiles(tmp_path / "a.wav") == tiles(tmp_path / "a.wav")
    assert len(passes) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_the_folder_is_the_users(monkeypatch, tmp_path: Path):
    monkeypatch.delenv("AVSEG_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "avseg-widget" / "peaks"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path.home() / ".cache" / "avseg-widget" / "peaks"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == Path.home() / "Library" / "Caches" / "avseg-widget" / "peaks"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert cache_folder() == tmp_path / "avseg-widget" / "peaks"


def test_the_limit_is_1_gib_unless_told(monkeypatch, caplog):
    assert cache_limit() == 1 << 30
    monkeypatch.setenv("AVSEG_CACHE_LIMIT", "5000")
    assert cache_limit() == 5000
    monkeypatch.setenv("AVSEG_CACHE_LIMIT", "much")
    assert cache_limit() == 1 << 30
    assert "give a number of bytes" in caplog.text


def test_a_folder_that_cannot_be_made_gives_a_warning(tmp_path: Path, monkeypatch, caplog):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("AVSEG_CACHE_DIR", str(tmp_path / "file"))
    samples = write(tmp_path / "a.wav", 5)
    with caplog.at_level(logging.WARNING):
        np.testing.assert_array_equal(unpack(tiles(tmp_path / "a.wav")[0], 2), brute(samples, 4, 0))
    assert "peaks cannot be kept" in caplog.text


FULL = """
import resource, signal, sys, numpy as np
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from avseg_widget.media import open_media
media = open_media(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
print(hash(media.peak_tile(4, 0)) != 0, len(media.peak_tile(4, 1)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit of the size of files")
def test_a_disk_that_fills_up_gives_a_warning(tmp_path: Path, folder: Path):
    write(tmp_path / "a.wav", 6, 120)
    done = subprocess.run([sys.executable, "-c", FULL, tmp_path / "a.wav"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", str((960_000 // 256 - 2048) * 8)]
    assert "peaks cannot be kept" in done.stderr
    assert list(folder.iterdir()) == []


TWICE = """
import sys
from avseg_widget.media import open_media
print(*(hash_ for path in sys.argv[1:] for hash_ in [open_media(path).peak_tile(4, 0).hex()[:400]]))
"""


def test_processes_at_once_do_not_disturb_each_other(tmp_path: Path, folder: Path):
    paths = [tmp_path / f"{seed}.wav" for seed in range(6)]
    for seed, path in enumerate(paths):
        write(path, seed, 10)
    running = [
        subprocess.Popen([sys.executable, "-c", TWICE, *map(str, paths)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = [process.communicate()[0] for process in running]
    assert all(process.returncode == 0 for process in running)
    assert len(set(answers)) == 1
    assert len(list(folder.glob("*.peaks"))) == 6
    assert not list(folder.glob("*.part"))


def test_a_cache_of_no_bytes_keeps_nothing(tmp_path: Path):
    assert not PeakCache(tmp_path, 0).is_on
    assert PeakCache(tmp_path, 0).new_store("key").path is None
