"""Peaks made in a thread: what is there at any time, stopping, going on, failing, and ending with their media."""

from __future__ import annotations

import gc
import os
import signal
import threading
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from avseg_widget import Segmenter, Task
from avseg_widget.errors import MediaError
from avseg_widget.media import open_media
from avseg_widget.media.waveform import Waveform
from avseg_widget.widget.fetching import fetch
from avseg_widget.wire import PEAK_TILE_COLUMNS, BuildPeaks, FetchPeaks

from .media_makers import encode
from .test_media_peaks import brute, unpack

#: Samples of one block: one tile of level 4.
STEP = 256 * PEAK_TILE_COLUMNS


class Gated:
    """A reader of noise that reads on when it is let; ``broken`` makes the next block an error."""

    rate = 48000
    channels = 2
    is_exact = True
    index = b""

    def __init__(self, blocks: int) -> None:
        self.samples = np.random.default_rng(7).integers(-32768, 32768, (blocks * STEP + 77, 2), np.int16)
        self.gate = threading.Semaphore(0)
        self.broken = False
        self.windows_read = 0

    def blocks(self) -> Iterator[np.ndarray]:
        for start in range(0, len(self.samples), STEP):
            assert self.gate.acquire(timeout=30)
            if self.broken:
                raise OSError(5, "Input/output error")
            yield self.samples[start : start + STEP]

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[np.ndarray]:
        for start, stop in spans:
            self.windows_read += stop - start
            yield self.samples[start:stop]

    def let(self, count: int) -> None:
        self.gate.release(count)


def gated(blocks: int) -> tuple[Gated, Waveform]:
    reader = Gated(blocks)
    return reader, Waveform(reader, None, len(reader.samples), lambda error: MediaError(f"cannot be read: {error}"))


def until(waveform: Waveform, frames: int) -> None:
    """Wait until the pass has read so many samples."""
    while waveform.frames < frames:
        threading.Event().wait(0.002)


def test_tiles_grow_while_the_pass_is_running():
    reader, waveform = gated(40)
    top = waveform.tile(8, 0)
    assert top.columns.shape == (2, 0, 2)
    assert not top.complete
    assert waveform.progress().running
    reader.let(17)
    until(waveform, 16 * STEP)
    found = waveform.tile(8, 0)
    assert not found.complete
    expected = brute(reader.samples, 8, 0)
    assert 0 < found.columns.shape[1] < expected.shape[1]
    np.testing.assert_array_equal(found.columns, expected[:, : found.columns.shape[1]])
    assert 0.3 < waveform.progress().progress < 0.5
    whole = waveform.tile(5, 1)
    assert whole.complete
    np.testing.assert_array_equal(whole.columns, brute(reader.samples, 5, 1))
    reader.let(100)
    assert waveform.wait().finished
    for level, tile in [(4, 40), (6, 2), (8, 0), (12, 0)]:
        last = waveform.tile(level, tile)
        assert last.complete
        np.testing.assert_array_equal(last.columns, brute(reader.samples, level, tile))
    assert (waveform.progress().progress, waveform.progress().running) == (1.0, False)


@pytest.mark.parametrize(("level", "tile"), [(0, 900), (3, 20), (4, 7), (5, 1)])
def test_what_the_pass_has_not_reached_is_read_for_the_window(level: int, tile: int):
    reader, waveform = gated(8)
    found = waveform.tile(level, tile)
    assert found.complete
    np.testing.assert_array_equal(found.columns, brute(reader.samples, level, tile))
    assert reader.windows_read <= 4 * STEP
    reader.let(100)


def test_a_stopped_pass_goes_on_where_it_was():
    reader, waveform = gated(40)
    waveform.start()
    reader.let(10)
    until(waveform, 10 * STEP)
    stopping = threading.Thread(target=waveform.stop)
    stopping.start()
    reader.let(1)
    stopping.join()
    reached = waveform.frames
    assert reached <= 11 * STEP
    assert not waveform.tile(8, 0).complete
    assert not waveform.progress().running
    assert waveform.frames == reached
    assert waveform.start()
    reader.let(100)
    waveform.wait()
    assert waveform.frames == len(reader.samples)
    np.testing.assert_array_equal(waveform.tile(8, 0).columns, brute(reader.samples, 8, 0))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Take the signal also where the tests run in the background, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_wait_stops_the_pass_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("avseg_widget.media.waveform._STOP_WAIT", 0.0)
    reader, waveform = gated(20)

    def interrupt() -> None:
        until(waveform, 3 * STEP)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    reader.let(3)
    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        waveform.wait()
    # Until the block that it reads has come, the thread is still at it.
    assert waveform.progress().running
    reader.let(100)
    assert waveform.wait().finished
    assert waveform.frames == len(reader.samples)


def test_a_pass_that_got_no_thread_begins_with_the_next_request():
    reader, waveform = gated(2)

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(RuntimeError):
            waveform.start()
    assert not waveform.progress().running
    reader.let(100)
    assert waveform.start()
    assert waveform.wait().finished


def test_an_error_says_why_keeps_what_there_is_and_can_be_tried_again():
    reader, waveform = gated(40)
    waveform.start()
    reader.let(20)
    until(waveform, 20 * STEP)
    thread = waveform._thread
    assert thread is not None
    reader.broken = True
    reader.let(1)
    # Not `wait`, which begins anew what has failed already.
    thread.join(30)
    assert "cannot be read" in waveform.problem
    found = waveform.tile(8, 0)
    assert found.columns.shape[1]
    assert "Input/output error" in waveform.progress().problem
    assert not waveform.progress().running
    np.testing.assert_array_equal(waveform.tile(0, 900).columns, brute(reader.samples, 0, 900))
    reader.broken = False
    reader.let(100)
    waveform.start()
    assert waveform.wait().finished
    assert waveform.progress().problem == ""
    np.testing.assert_array_equal(waveform.tile(8, 0).columns, brute(reader.samples, 8, 0))


def test_a_pass_ends_with_its_media():
    reader, waveform = gated(40)
    waveform.start()
    thread = waveform._thread
    assert thread is not None
    gone = weakref.ref(waveform)
    del waveform
    reader.let(1)
    thread.join(30)
    gc.collect()
    assert not thread.is_alive()
    assert gone() is None


def test_the_wire_carries_peaks_and_how_far_they_are(tmp_path: Path):
    samples = np.random.default_rng(3).integers(-9000, 9000, (48000 * 20, 2), np.int16)
    soundfile.write(tmp_path / "a.wav", samples, 48000)
    media = open_media(tmp_path / "a.wav")
    answer, data = fetch(media, BuildPeaks(client="c", request=1, run=True))
    assert (answer.request, answer.error, data) == (1, "", b"")
    media.peak_tile(4, 0)
    answer, data = fetch(media, FetchPeaks(client="c", request=2, level=4, tile=1))
    assert answer.peaks is not None
    assert (answer.peaks.progress, answer.peaks.complete, answer.peaks.running) == (1.0, True, False)
    assert data is not None
    np.testing.assert_array_equal(unpack(data, 2), brute(samples, 4, 1))
    answer, data = fetch(media, FetchPeaks(client="c", request=3, level=40, tile=1))
    assert (data, answer.error) == (None, "there is no peak tile 1 of level 40: levels are 0 to 31")


def test_a_file_that_changed_is_told_and_nothing_of_it_is_kept(tmp_path: Path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(48000), 48000)
    media, status = open_media(path), path.stat()
    soundfile.write(path, np.zeros(96000), 48000)
    for request in (1, 2):
        answer, data = fetch(media, FetchPeaks(client="c", request=request, level=6, tile=0))
        assert data is None
        assert "a.wav has changed since it was opened" in answer.error
    with pytest.raises(MediaError, match=r"a\.wav has changed since"):
        media.peak_tile(6, 0)
    soundfile.write(path, np.zeros(48000), 48000)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    fetch(media, BuildPeaks(client="c", request=3, run=True))
    assert len(media.peak_tile(6, 0)) == 12 * 4


def test_a_file_that_changes_when_its_peaks_are_there_is_told_and_still_drawn(tmp_path: Path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(5000, np.int16), 8000)
    media = open_media(path)
    whole = media.peak_tile(4, 0)
    kept = path.rename(tmp_path / "kept.wav")
    data, found = media.peaks_so_far(4, 0)
    assert (data, found.progress) == (whole, 1.0)
    assert found.problem.startswith("a.wav cannot be read any more")
    kept.rename(path)
    assert media.build_peaks().problem == ""


def test_a_file_that_is_gone_is_told(tmp_path: Path):
    path = encode(tmp_path / "a.mp3", 2, audio="libmp3lame")
    media = open_media(path)
    path.unlink()
    with pytest.raises(MediaError, match=r"a.mp3 cannot be read any more"):
        media.peak_tile(4, 0)


def test_closing_a_widget_ends_the_pass_of_its_media(tmp_path: Path):
    media = open_media((np.zeros((48000, 2), np.int16), 48000))
    first, second = Segmenter(media, Task()), Segmenter(media, Task())
    first.close()
    # What another editor asks for goes on.
    answer, data = fetch(second.media, FetchPeaks(client="c", request=1, level=4, tile=0))
    assert (answer.error, len(data or b"")) == ("", 188 * 8)
    second.close()


def test_silent_pictures_have_no_peaks(tmp_path: Path):
    media = open_media(encode(tmp_path / "a.mp4", 1, audio=None, video="libx264"))
    assert media.peaks_so_far(4, 0)[0] == b""
    assert media.build_peaks().progress == 1.0
    assert media.build_peaks(run=False).running is False
