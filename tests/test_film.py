"""The pictures of a long MP4, from parts of it: the same, and at the same times, as from all of it at once."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from avseg_widget.media import Media, film, mp4_moov, mp4_movie, open_media
from avseg_widget.media.film import Film, PartedFilm
from benchmarks.barcodes import clip, make

from .media_makers import interleaved

FRAGMENTS = "frag_keyframe+empty_moov+negative_cts_offsets"
CODECS = ["h264", "vp9"]
#: How long a key frame stands for what follows it, in seconds.
WITHIN = (0.0, 0.5, 3.0)
#: By how many units of the film an edit begins later, by how many of the file it is shorter, and how it is read.
CUTS = [(30_030, 0, PartedFilm), (160_000, 0, PartedFilm), (0, 2000, Film)]


@pytest.fixture
def in_parts() -> Iterator[pytest.MonkeyPatch]:
    """Take every MP4 for a long one, of parts with some key frames each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mp4_movie, "LONG", 0)
        patch.setattr(mp4_movie, "HEAD", 150)
        patch.setattr(mp4_moov, "HEAD", 150)
        patch.setattr(film, "PART", 60)
        yield patch


def packets(media: Media, start: float, codecs: list[str]) -> list[object]:
    """Return the packets of the fragments that follow one another from a time on."""
    data, found, resume = b"", [], False
    while start <= media.frame_times()[-1]:
        fragment = media.picture_fragment(start, start + 0.7, codecs, resume=resume)
        found += [fragment.start, fragment.end, fragment.mime]
        data += fragment.bytes
        start, resume = fragment.end, True
    with av.open(io.BytesIO(data)) as container:
        return [*found, *((packet.pts, packet.dts, packet.duration, bytes(packet)) for packet in container.demux())]


def shown(media: Media, codecs: list[str], within: tuple[float, ...]) -> list[list[object]]:
    """Return pictures in no order, and what follows from some times on."""
    frames = media.frame_times()
    times = [0.0, *(float(frames[place]) + 0.001 for place in (-1, 0, 70, 20, 21, 49, 50, 51, 99, 120)), 99.0]
    pictures: list[list[object]] = [list(media.thumbnails(times, each)) for each in within]
    starts = [float(frames[place]) for place in (0, 28, 60, -5)]
    return [*pictures, *(packets(media, start, codecs) for start in starts)]


def check_same(
    path: Path,
    in_parts: pytest.MonkeyPatch,
    codecs: list[str] = CODECS,
    within: tuple[float, ...] = WITHIN,
    kind: type[Film] = PartedFilm,
) -> None:
    parts = open_media(path)
    with closing(film.film_of(parts._place, parts._facts)()) as opened:
        assert type(opened) is kind
    found = shown(parts, codecs, within)
    in_parts.undo()
    whole = open_media(path)
    assert whole._facts.movie is None
    for one, other in zip(found, shown(whole, codecs, within), strict=True):
        assert one == other


@pytest.mark.parametrize("name", ["25.mp4", "b-frames.mp4", "varying.mp4", "late.mp4", "from-ts.mp4", "60-vp9.mp4"])
def test_pictures_of_parts_are_those_of_the_whole(tmp_path: Path, in_parts: pytest.MonkeyPatch, name: str) -> None:
    check_same(make(clip(name), tmp_path, 8.0), in_parts)


@pytest.mark.parametrize("name", ["b-frames.mp4", "varying.mp4"])
def test_those_that_are_encoded_anew_are_too(tmp_path: Path, in_parts: pytest.MonkeyPatch, name: str) -> None:
    check_same(make(clip(name), tmp_path, 8.0), in_parts, ["vp9"])


@pytest.mark.parametrize("name", ["25.mp4", "b-frames.mp4", "varying.mp4", "60-vp9.mp4"])
def test_in_fragments(tmp_path: Path, in_parts: pytest.MonkeyPatch, name: str) -> None:
    # Which key frame is near enough decoders judge by other times where they read fragments themselves.
    check_same(interleaved(make(clip(name), tmp_path, 8.0), movflags=FRAGMENTS), in_parts, within=(0.0,))


@pytest.mark.parametrize(
    ("later", "shorter", "kind"), [(30_030, 0, PartedFilm), (160_000, 0, PartedFilm), (0, 2000, Film)]
)
def test_where_an_edit_cuts_the_beginning_or_the_end_away(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, later: int, shorter: int, kind: type[Film]
) -> None:
    path = make(clip("b-frames.mp4"), tmp_path, 8.0)
    data = bytearray(path.read_bytes())
    # The film's is the first.
    place = data.index(b"elst") + 12
    length, first = struct.unpack_from(">Ii", data, place)
    struct.pack_into(">Ii", data, place, length - later // 90 - shorter, first + later)
    path.write_bytes(data)
    check_same(path, in_parts, kind=kind)


def test_a_film_of_one_key_frame_is_one_part(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    plain = clip("b-frames.mp4")
    check_same(make(replace(plain, options=plain.options | {"g": "999"}), tmp_path, 8.0), in_parts)


def test_beside_another_recording(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = make(clip("b-frames.mp4"), tmp_path, 8.0)
    both = open_media([(path, 0.5), (np.zeros(80_000), 8000)])
    with closing(film.film_of(both._place, both._facts)()) as opened:
        assert type(opened) is PartedFilm
    pictures = both.thumbnails([0.5, 4.5, 8.0], 0.0)
    assert pictures == open_media(path).thumbnails([0.0, 4.0, 7.5], 0.0)
