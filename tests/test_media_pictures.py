"""Pictures that are encoded anew for a browser: as they are shown, and there from the beginning of the media on."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from avseg_widget.media import open_media

from .media_makers import encode


def joined(film: Path, sound: Path, later: Fraction) -> Path:
    """Write a film of the pictures of one file, some seconds later, and the sound of another."""
    target = film.with_name("joined.mp4")
    with av.open(str(film)) as pictures, av.open(str(sound)) as heard, av.open(str(target), "w") as container:
        streams = [(pictures.streams.video[0], later), (heard.streams.audio[0], Fraction(0))]
        targets = [container.add_stream_from_template(stream) for stream, _ in streams]
        for (stream, by), written in zip(streams, targets, strict=True):
            for packet in stream.container.demux(stream):
                if packet.dts is not None and packet.pts is not None:
                    shift = round(by / packet.time_base)
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, written
                    container.mux(packet)
    return target


def test_the_first_picture_is_there_from_the_beginning_however_late_it_comes(tmp_path: Path) -> None:
    film = encode(tmp_path / "film.mp4", 1.0, video="mpeg4", audio=None)
    media = open_media(joined(film, encode(tmp_path / "long.mp4", 4.0), Fraction(5, 2)))
    first, second = media.frame_times()[:2]
    assert first == pytest.approx(2.5)
    # What a page asks for first ends long before.
    for start in (0.0, 1.0):
        fragment = media.picture_fragment(start, start + 0.5, ["h264"], resume=False)
        assert (fragment.start, fragment.end) == pytest.approx((0, second))
        with av.open(io.BytesIO(fragment.bytes)) as container:
            [packet] = [packet for packet in container.demux(video=0) if packet.size]
            assert packet.pts * packet.time_base + round(fragment.offset) == 0


@pytest.mark.parametrize("codec", ["h264", "vp9"])
def test_pixels_that_are_not_square_are_shown_as_wide_as_they_are(tmp_path: Path, codec: str) -> None:
    media = open_media(encode(tmp_path / "a.mkv", 1.0, video="mpeg4", aspect=2))
    assert (media.info().width, media.info().height) == (128, 48)
    fragment = media.picture_fragment(0, 0.5, [codec], resume=False)
    with av.open(io.BytesIO(fragment.bytes)) as container:
        picture = next(container.decode(video=0))
    assert (picture.width, picture.height) == (128, 48)


def test_damage_leaves_the_pictures_before_and_after_it(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", 4.0, video="libx264", audio=None, video_options={"bf": "3", "g": "50"})
    with av.open(str(path)) as container:
        places = [packet.pos or 0 for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    data[places[44] : places[61]] = bytes(places[61] - places[44])
    path.write_bytes(data)
    media = open_media(path)
    found: list[float] = []
    at = 0.0
    while at < 3.99:
        fragment = media.picture_fragment(at, min(at + 0.7, 4.0), ["vp9"], resume=at > 0)
        assert fragment.end > at
        with av.open(io.BytesIO(fragment.bytes)) as container:
            found += [
                float(packet.pts * packet.time_base) + fragment.offset
                for packet in container.demux(video=0)
                if packet.size
            ]
        at = fragment.end
    assert found == sorted(set(found))
    assert min(found) == 0
    assert len(found) > 60


def test_an_animated_gif_is_a_film_of_its_own_frames(tmp_path: Path) -> None:
    path = tmp_path / "generated.gif"
    pictures = [np.full((48, 64, 3), 40, np.uint8) for _ in range(20)]
    for number, picture in enumerate(pictures):
        # All else is as in the frame before, so that a frame holds no more than this.
        picture[8:40, 3 * number : 3 * number + 6] = 250
    with av.open(str(path), "w") as container:
        stream = container.add_stream("gif", rate=10, width=64, height=48)
        stream.pix_fmt = "rgb8"
        for picture in [*pictures, None]:
            frame = None if picture is None else av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
    media = open_media(path)
    assert (media.info().kind, media.info().duration, media.info().frame_count) == ("video", 2.0, 20)
    np.testing.assert_allclose(media.frame_times(), np.arange(20) / 10)
    for number in (15, 4, 19, 0):
        (jpeg,) = media.thumbnails([number / 10], 0.0)
        (thumbnail,) = av.open(io.BytesIO(jpeg)).decode(video=0)
        row = thumbnail.reformat(64, 48, format="gray").to_ndarray()[24].astype(int)
        assert np.flatnonzero(row > 150).mean() == pytest.approx(3 * number + 2.5, abs=1), number
    fragment = media.picture_fragment(1.0, 2.0, ["h264"], resume=False)
    assert len(list(av.open(io.BytesIO(fragment.bytes)).decode(video=0))) == 10
