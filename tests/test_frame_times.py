"""Times of frames in files as cameras and converters leave them: each is that of one frame, in the order shown."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from avseg_widget.media import open_media
from benchmarks.barcodes import clip, make, read_bars

ODD = ["varying.mp4", "b-frames.mp4", "late.mp4", "cut.mp4", "from-ts.mp4", "varying.webm", "60-vp9.mp4"]


def decoded(path: Path) -> tuple[list[int], np.ndarray]:
    """Return the numbers and times in seconds of a video's frames, as a decoder gives them."""
    with av.open(str(path)) as container:
        frames = [(read_bars(frame.to_ndarray(format="rgb24")), frame.time) for frame in container.decode(video=0)]
    return [number for number, _ in frames], np.array([time for _, time in frames])


@pytest.mark.parametrize("name", ODD)
def test_every_frame_has_its_own_time(tmp_path: Path, name: str):
    item = clip(name)
    path = make(item, tmp_path, 4.0)
    numbers, times = decoded(path)
    media = open_media(path)
    np.testing.assert_allclose(media.frame_times(), times, atol=1e-9, rtol=0)
    assert media.info().frame_count == len(numbers)
    # An edit list cuts frames away; all others are there, and none twice.
    assert numbers == list(range(numbers[0], len(item.times(4.0))))
    assert (numbers[0] > 0) == (name == "cut.mp4")
    assert (times[0] > 0) == (name in {"late.mp4", "from-ts.mp4"})


def test_frames_at_the_same_time_count_once(tmp_path: Path):
    first = make(clip("25.mp4"), tmp_path, 2.0)
    path = tmp_path / "twice.mkv"
    with av.open(str(first)) as read, av.open(str(path), "w") as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is None:
                continue
            if packet.pts == 10 * 3600:
                packet.pts = packet.dts = 9 * 3600
            packet.stream = stream
            written.mux(packet)
    with av.open(str(path)) as read:
        assert len([packet for packet in read.demux(video=0) if packet.size]) == 50
    times = open_media(path).frame_times()
    assert len(times) == 49
    assert (np.diff(times) > 0).all()
