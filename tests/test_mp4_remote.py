"""MP4 that is not a file, of the kinds that are read by their own tables: the same as the file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avseg_widget.media import Media, open_media

from .fragment_makers import noted, priming
from .media_servers import serve
from .test_mp4_film_edits import EDITS, noisy, with_edits
from .test_mp4_parts import film, in_parts, packets, samples, sound

__all__ = ["in_parts"]


@contextmanager
def from_server(path: Path) -> Iterator[str]:
    with serve(path.read_bytes()) as served:
        yield served.url


@contextmanager
def from_memory(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()


@contextmanager
def from_object(path: Path) -> Iterator[io.BytesIO]:
    yield io.BytesIO(path.read_bytes())


WAYS = [from_server, from_memory, from_object]


def told(media: Media) -> dict[str, Any]:
    info = media.info()
    return {name: getattr(info, name) for name in ("duration", "start", "frame_count", "width", "sample_rate")}


def check_same(path: Path, source: object) -> None:
    local, other = open_media(path), open_media(source)
    assert (other._facts.movie is None) == (local._facts.movie is None)
    assert told(other) == told(local)
    assert other.frame_times().tolist() == local.frame_times().tolist()
    expected = samples(local)
    for name, found in samples(other).items():
        assert np.array_equal(found, expected[name]), name
    if local.info().kind == "video":
        times = [0.1, 1.2, 2.9]
        assert other.thumbnails(times, 0.0) == local.thumbnails(times, 0.0)
        assert packets(other) == packets(local)


@pytest.mark.parametrize("way", WAYS)
def test_priming_that_is_noted(tmp_path: Path, way: Callable[[Path], Any]) -> None:
    path = noted(sound(tmp_path / "a.m4a", file_options={"use_editlist": "0"}), priming(2112))
    with way(path) as source:
        assert open_media(source).info().duration == open_media(path).info().duration
        check_same(path, source)


@pytest.mark.parametrize("way", WAYS)
def test_several_edits(tmp_path: Path, way: Callable[[Path], Any]) -> None:
    path = with_edits(with_edits(noisy(tmp_path / "a.mp4"), EDITS["ascending"], 0), EDITS["ascending"], 1)
    with way(path) as source:
        check_same(path, source)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", [sound, film])
def test_long_ones(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, make: Callable[..., Path], way: Callable[[Path], Any]
) -> None:
    path = make(tmp_path / "a.mp4")
    with way(path) as source:
        assert open_media(source)._facts.movie is not None
        check_same(path, source)
