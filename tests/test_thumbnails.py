"""Thumbnails: of the right frame, upright, of the right shape, and no more than can be asked for at once."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest

from avseg_widget import Segmenter, Task
from avseg_widget.errors import MediaError
from avseg_widget.media import open_media
from avseg_widget.media.thumbnails import HEIGHT, MOST_TIMES
from benchmarks.barcodes import CLIPS, clip, make, read_bars

from .media_makers import encode
from .recording import Browser

ODD = ["varying.mp4", "b-frames.mp4", "late.mp4", "cut.mp4", "from-ts.mp4", "varying.webm", "60-vp9.mp4"]


def opened(picture: bytes) -> np.ndarray:
    """Return the pixels of a JPEG."""
    with av.open(io.BytesIO(picture)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24")


@pytest.mark.parametrize("name", ODD)
def test_a_picture_is_of_the_frame_at_its_time(tmp_path: Path, name: str):
    item = clip(name)
    media = open_media(make(item, tmp_path, 6.0))
    times = media.frame_times()
    cut = len(item.times(6.0)) - len(times)
    # In no order, at the beginning and in the middle of frames.
    places = [len(times) - 1, 0, 70, 20, 21, 66, 51, 120]
    middles = [(times[place] + times[place + 1]) / 2 if place < len(times) - 1 else times[place] for place in places]
    for asked in ([float(times[place]) for place in places], middles):
        pictures = [opened(picture) for picture in media.thumbnails(asked, 0.0)]
        assert [read_bars(picture) - cut for picture in pictures] == places
        assert {picture.shape for picture in pictures} == {(HEIGHT, 114, 3)}


def test_a_key_frame_stands_for_what_comes_soon_after_it(tmp_path: Path):
    media = open_media(make(clip("25.mp4"), tmp_path, 6.0))
    pictures = media.thumbnails([0.5, 2.6, 3.5], 1.0)
    # Every 50th frame is a key frame.
    assert [read_bars(opened(picture)) for picture in pictures] == [0, 50, 87]


def test_times_before_and_after_the_film_give_its_first_and_last_frame(tmp_path: Path):
    media = open_media(make(clip("late.mp4"), tmp_path, 2.0))
    pictures = media.thumbnails([0.0, 99.0], 0.0)
    assert [read_bars(opened(picture)) for picture in pictures] == [0, 49]


@pytest.mark.parametrize(
    ("name", "audio", "video"),
    [
        ("a.avi", "mp3", "mpeg4"),
        ("a.flv", "aac", "libx264"),
        ("a.ts", "mp2", "libx264"),
        ("a.mpg", "mp2", "mpeg2video"),
    ],
)
def test_so_they_do_where_containers_go_to_no_such_place(tmp_path: Path, name: str, audio: str, video: str):
    media = open_media(encode(tmp_path / name, 3.0, audio=audio, video=video, late=1.0))
    inside = media.thumbnails([0.0, float(media.frame_times()[-1])], 0.0)
    assert all(inside)
    assert media.thumbnails([-30.0, -0.01, media.info().duration, 99.0], 0.0) == [inside[0]] * 2 + [inside[1]] * 2


def test_a_film_on_its_side_is_upright(tmp_path: Path):
    path = make(clip("25.mp4"), tmp_path, 1.0)
    data = bytearray(path.read_bytes())
    # The matrix of the first track's header: a quarter turn clockwise.
    at = data.index(b"tkhd") + 44
    matrix = [0, 1 << 16, 0, -(1 << 16), 0, 0, 90 << 16, 0, 1 << 30]
    data[at - 4 : at + 32] = b"".join(value.to_bytes(4, "big", signed=True) for value in matrix)
    media = open_media(bytes(data))
    assert (media.info().width, media.info().height) == (90, 160)
    [picture] = media.thumbnails([0.4], 0.0)
    pixels = opened(picture)
    assert pixels.shape == (HEIGHT, 36, 3)
    # What was left is above: turned back, the bars read again.
    assert read_bars(np.rot90(pixels)) == 10


def test_a_very_wide_film_keeps_its_shape(tmp_path: Path):
    media = open_media(encode(tmp_path / "a.mp4", 0.2, video="mpeg4", audio=None, aspect=12))
    assert (media.info().width, media.info().height) == (768, 48)
    [picture] = media.thumbnails([0.0], 0.0)
    assert opened(picture).shape == (32, 512, 3)


def test_sound_has_no_pictures_and_too_many_are_refused(tmp_path: Path):
    assert open_media((np.zeros(100), 8000)).thumbnails([0.0, 1.0], 0.0) == [b"", b""]
    media = open_media(make(CLIPS[0], tmp_path, 1.0))
    with pytest.raises(MediaError, match="at most 16"):
        media.thumbnails([0.0] * (MOST_TIMES + 1), 0.0)
    for times, within in (([float("nan")], 0.0), ([0.0], float("inf"))):
        with pytest.raises(MediaError, match="one of them is not a finite number"):
            media.thumbnails(times, within)


def test_a_file_that_vanished_is_named(tmp_path: Path):
    path = make(CLIPS[0], tmp_path, 1.0)
    media = open_media(path)
    kept = media.thumbnails([0.5], 0.0)
    path.unlink()
    assert media.thumbnails([0.5], 0.0) == kept
    with pytest.raises(MediaError, match=r"23\.976\.mp4 cannot be read any more"):
        media.thumbnails([0.6], 0.0)


@pytest.mark.usefixtures("recording")
def test_they_travel_in_one_buffer(tmp_path: Path):
    path = make(clip("25.mp4"), tmp_path, 2.0)
    browser = Browser(Segmenter(path, Task(tracks={"gait": ["walk"]})))
    answer, (data,) = browser.fetch("fetch_thumbnails", times=[0.2, 1.0], within=0.0)
    first, second = answer["lengths"]
    assert len(data) == first + second
    assert [read_bars(opened(part)) for part in (data[:first], data[first:])] == [5, 25]
    answer, buffers = browser.fetch("fetch_thumbnails", times=[0.0] * 99, within=0.0)
    assert "ask for fewer" in answer["error"]
    assert not buffers
