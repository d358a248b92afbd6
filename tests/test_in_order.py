"""H.264 in AVI, with frames that are decoded before others that are shown first: libav guesses when each is shown."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import pytest

from avseg_widget.media import open_media
from benchmarks.barcodes import bars, read_bars

COUNT = 100


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return made(tmp_path / "a.avi", {"bf": "3", "g": "25"})


def made(path: Path, options: dict[str, str]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, width=160, height=90, options=options)
        stream.pix_fmt = "yuv420p"
        for number in range(COUNT):
            frame = av.VideoFrame.from_ndarray(bars(number, 160, 90), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def numbers(data: bytes, kind: str | None = None) -> list[int]:
    with av.open(io.BytesIO(data), format=kind) as container:
        return [read_bars(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


def test_libav_guesses(film: Path) -> None:
    with av.open(str(film)) as container:
        stamps = [frame.pts for frame in container.decode(video=0)]
    assert stamps != sorted(stamps)


def test_each_frame_is_shown_at_its_time(film: Path) -> None:
    media = open_media(film)
    times = media.frame_times().tolist()
    assert len(times) == COUNT
    asked = [7, 8, 9, 10, 11, 60, 33, 0, 99]
    pictures = media.thumbnails([times[number] + 0.001 for number in asked], 0.0)
    assert [numbers(picture, "mjpeg")[0] for picture in pictures] == asked


def test_its_fragments_follow_one_another(film: Path) -> None:
    media = open_media(film)
    found: list[int] = []
    at = 0.0
    while at < 4.0:
        fragment = media.picture_fragment(at, at + 0.9, ["h264"], resume=at > 0)
        found += numbers(fragment.bytes)
        at = fragment.end
    assert found == list(range(COUNT))


def test_its_proxy_has_the_frames_in_order(film: Path, tmp_path: Path) -> None:
    proxy = open_media(film).make_proxy(tmp_path / "proxy.mp4")
    assert numbers((tmp_path / "proxy.mp4").read_bytes()) == list(range(COUNT))
    with av.open(str(tmp_path / "proxy.mp4")) as container:
        stamps = [frame.pts for frame in container.decode(video=0)]
    assert stamps == sorted(stamps)
    assert proxy.frame_times() == pytest.approx(open_media(film).frame_times(), abs=1e-3)


def test_frames_are_not_taken_for_those_before_that_cannot_be_decoded(tmp_path: Path) -> None:
    """After a jump the first pictures of what is refreshed bit by bit are not whole."""
    options = {"bf": "0", "x264-params": "intra-refresh=1:scenecut=0:keyint=20"}
    media = open_media(made(tmp_path / "a.avi", options))
    times = media.frame_times().tolist()
    for number in (52, 70, 77):
        (picture,) = media.thumbnails([times[number] + 0.001], 0.0)
        assert numbers(picture, "mjpeg") == [number]
