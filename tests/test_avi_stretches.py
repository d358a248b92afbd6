"""A long AVI, which is read in stretches: the same packets, samples, frames and pictures as of the whole."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from avseg_widget.errors import MediaError
from avseg_widget.media import Media, avi_stretches, open_media
from avseg_widget.media.container import open_container

from .avi_makers import RATE, SAMPLE, SCALE, START, Chunk, headers_of, put_together, taken_apart
from .media_makers import encode, interleaved
from .test_mp4_parts import samples
from .test_stretches import check_same

SECONDS = 8.0
HERTZ = 48_000
KINDS = [("mpeg4", "libmp3lame"), ("mpeg4", "pcm_s16le"), ("mpeg4", "mp2"), ("mpeg4", None), ("libx264", "libmp3lame"),
         ("mjpeg", "pcm_u8"), ("cinepak", "pcm_mulaw"), ("msvideo1", "libmp3lame"), ("ffv1", "pcm_s24le"),
         ("mpeg2video", "pcm_f32le"), ("huffyuv", "pcm_alaw")]  # fmt: skip

LATE = {"mpeg4": {"bf": "2"}, "mpeg2video": {"bf": "2"}, "libx264": {"bf": "0"}}
PIXELS = {"mjpeg": "yuvj420p", "cinepak": "rgb24", "msvideo1": "rgb555le", "huffyuv": "yuv422p"}


@pytest.fixture
def in_stretches() -> Iterator[pytest.MonkeyPatch]:
    """Take every AVI for a long one, of stretches with some key frames each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(avi_stretches, "FIRST", 60)
        patch.setattr(avi_stretches, "PART", 50)
        patch.setattr(avi_stretches, "_NEAR", 40)
        # At 48 kHz, of frames of 1152 and 1536 samples.
        patch.setattr(avi_stretches, "_STEP", 3)
        yield patch


def made(folder: Path, video: str = "mpeg4", audio: str | None = "libmp3lame", **options: str) -> Path:
    pictures = {"g": "20", **({"bf": "0"} if video == "libx264" else {})} | (
        {"bf": "2"} if video in {"mpeg4", "mpeg2video"} else {}
    )
    pixels = PIXELS.get(video, "yuv420p")
    kinds = {"pixels": pixels, "video_options": pictures, "audio_options": options}
    return interleaved(encode(folder / "a.avi", SECONDS, video=video, audio=audio, noise=0.1, rate=HERTZ, **kinds))


def apart(folder: Path, video: str = "mpeg4", audio: str = "libmp3lame") -> tuple[bytearray, list[Chunk]]:
    return taken_apart(made(folder, video, audio).read_bytes())


def in_halves(folder: Path, size: int = 8000) -> tuple[bytearray, list[Chunk]]:
    """Return a film with MP3 of a constant rate in chunks of half a second, in which frames begin anywhere."""
    path = made(folder, b="128k")
    header, chunks = taken_apart(path.read_bytes())
    streams = headers_of(header)
    for place, value in ((SCALE, 1), (RATE, 16_000), (SAMPLE, 1)):
        struct.pack_into("<I", header, streams[1] + place, value)
    formats = headers_of(header, b"strf")
    struct.pack_into("<IH", header, formats[1] + 16, 16_000, 1)
    sound = b"".join(chunk.data for chunk in chunks if chunk.name == b"01wb")
    pictures = [chunk for chunk in chunks if chunk.name == b"00dc"]
    found: list[Chunk] = []
    for number, picture in enumerate(pictures):
        reached = int(number / 25 * 16_000) // size
        if number == 0 or reached > int((number - 1) / 25 * 16_000) // size:
            found.append(Chunk(b"01wb", sound[reached * size : (reached + 1) * size]))
        found.append(picture)
    return header, found


@pytest.mark.parametrize(("video", "audio"), KINDS)
def test_it_is_read_as_the_whole(
    tmp_path: Path, in_stretches: pytest.MonkeyPatch, video: str, audio: str | None
) -> None:
    check_same(made(tmp_path, video, audio), in_stretches)


@pytest.mark.parametrize("size", [8000, 4000, 640])
def test_frames_of_sound_that_begin_in_one_chunk_and_end_in_another(
    tmp_path: Path, in_stretches: pytest.MonkeyPatch, size: int
) -> None:
    check_same(put_together(tmp_path / "b.avi", *in_halves(tmp_path, size)), in_stretches)


@pytest.mark.parametrize("recs", [False, True])
@pytest.mark.parametrize("parts", [1, 2, 5])
def test_a_file_of_several_parts(tmp_path: Path, in_stretches: pytest.MonkeyPatch, parts: int, recs: bool) -> None:
    path = put_together(tmp_path / "b.avi", *in_halves(tmp_path), parts=parts, recs=recs)
    check_same(path, in_stretches)


def test_lists_of_chunks_within_the_film(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    check_same(put_together(tmp_path / "b.avi", *apart(tmp_path), recs=True), in_stretches)


@pytest.mark.parametrize("parts", [0, 3])
@pytest.mark.parametrize("is_key", [False, True])
def test_pictures_that_were_dropped(tmp_path: Path, in_stretches: pytest.MonkeyPatch, parts: int, is_key: bool) -> None:
    header, chunks = apart(tmp_path, "mjpeg")
    for number in (30, 31, 77, 150, 151, 152, 260):
        if chunks[number].name == b"00dc":
            chunks[number] = Chunk(b"00dc", b"", is_key)
    assert any(not chunk.data for chunk in chunks)
    check_same(put_together(tmp_path / "b.avi", header, chunks, parts=parts), in_stretches)


def test_streams_that_begin_later(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    header, chunks = apart(tmp_path, audio="pcm_s16le")
    for stream, units in zip(headers_of(header), (5, 9000), strict=True):
        struct.pack_into("<I", header, stream + START, units)
    check_same(put_together(tmp_path / "b.avi", header, chunks), in_stretches)


def odd_flags(header: bytearray, chunks: list[Chunk]) -> list[Chunk]:
    """Let the header say that chunks lie in any order."""
    header[header.index(b"avih") + 20] |= 0x20
    return chunks


def odd_order(_: bytearray, chunks: list[Chunk]) -> list[Chunk]:
    """Let all sound come before the pictures."""
    return sorted(chunks, key=lambda chunk: chunk.name, reverse=True)


def odd_late(_: bytearray, chunks: list[Chunk]) -> list[Chunk]:
    """Let sound come 3 s late."""
    times = {b"00dc": 0.0, b"01wb": 3.0}
    found = []
    for chunk in chunks:
        times[chunk.name] += 0.04 if chunk.name == b"00dc" else 1152 / HERTZ
        found.append((times[chunk.name], chunk))
    return [chunk for _, chunk in sorted(found, key=lambda item: item[0])]


def odd_keys(_: bytearray, chunks: list[Chunk]) -> list[Chunk]:
    """Let only some sound be key packets."""
    return [chunk._replace(is_key=not number % 9) for number, chunk in enumerate(chunks)]


def odd_names(_: bytearray, chunks: list[Chunk]) -> list[Chunk]:
    """Let some pictures have another name."""
    return [chunk._replace(name=b"00db") if chunk.name == b"00dc" and chunk.is_key else chunk for chunk in chunks]


def odd_missing(_: bytearray, chunks: list[Chunk]) -> list[Chunk]:
    """Let the index not tell of a picture."""
    chunks[40] = Chunk(b"00dc", chunks[40].data, is_listed=False)
    return chunks


def odd_sound_missing(_: bytearray, chunks: list[Chunk]) -> list[Chunk]:
    """Let the index not tell of some sound."""
    number = next(number for number, chunk in enumerate(chunks) if number > 40 and chunk.name == b"01wb")
    chunks[number] = chunks[number]._replace(is_listed=False)
    return chunks


def odd_end(_: bytearray, chunks: list[Chunk]) -> list[Chunk]:
    """Let sound end early."""
    return [chunk for number, chunk in enumerate(chunks) if number < 200 or chunk.name == b"00dc"]


@pytest.mark.parametrize(
    "odd", [odd_flags, odd_order, odd_late, odd_keys, odd_names, odd_missing, odd_sound_missing, odd_end]
)
def test_what_is_odd_is_read_as_one(tmp_path: Path, in_stretches: pytest.MonkeyPatch, odd: object) -> None:
    header, chunks = apart(tmp_path)
    path = put_together(tmp_path / "b.avi", header, odd(header, chunks))  # type: ignore[operator]
    check_same(path, in_stretches, 0)
    assert not open_media(path)._place.stretches


@pytest.mark.parametrize("parts", [0, 3])
@pytest.mark.parametrize("missing", [1, 400, 20_000])
def test_what_is_cut_is_read_as_one(tmp_path: Path, in_stretches: pytest.MonkeyPatch, missing: int, parts: int) -> None:
    path = put_together(tmp_path / "b.avi", *apart(tmp_path), parts=parts)
    path.write_bytes(path.read_bytes()[:-missing])
    check_same(path, in_stretches, 0)


def test_a_picture_without_key_frames_is_read_as_one(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    header, chunks = apart(tmp_path)
    first = next(number for number, chunk in enumerate(chunks) if chunk.name == b"00dc")
    chunks = [chunk._replace(is_key=chunk.name == b"01wb" or number == first) for number, chunk in enumerate(chunks)]
    check_same(put_together(tmp_path / "b.avi", header, chunks), in_stretches, 0)


def test_what_is_short_is_read_as_one(tmp_path: Path) -> None:
    assert not open_media(made(tmp_path))._place.stretches


def test_no_more_is_listed_than_a_stretch_has(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    path = made(tmp_path, "mjpeg", "pcm_s16le")
    media = open_media(path)
    listed: dict[int, int] = {}
    with open_container(media._place) as container:
        for _ in container.demux(list(container.streams)):
            streams = container._part.streams
            listed[container._number] = sum(len(stream.index_entries) for stream in streams)
    assert list(listed) == list(range(len(media._place.stretches.firsts)))
    assert max(listed.values()) < 200
    in_stretches.undo()
    with open_container(open_media(path)._place) as container:
        assert sum(len(stream.index_entries) for stream in container.streams) > 300


@pytest.mark.parametrize("name", [b"avih", b"strh", b"strf", b"indx", b"movi", b"ix00", b"idx1", b"00dc"])
def test_any_bytes_are_read_or_refused(tmp_path: Path, in_stretches: pytest.MonkeyPatch, name: bytes) -> None:
    path = put_together(tmp_path / "b.avi", *apart(tmp_path), parts=0 if name == b"idx1" else 2)
    whole = path.read_bytes()
    at = whole.index(name)
    for place, filler in [(place, filler) for place in range(0, 60, 4) for filler in (0, 1, 255)]:
        data = bytearray(whole)
        data[at + place : at + place + 4] = bytes([filler]) * 4
        path.write_bytes(data)
        try:
            read_some(open_media(path))
        except MediaError:
            continue


def read_some(media: Media) -> None:
    samples(media)
    if media.info().kind == "video":
        media.thumbnails([0.0, 3.0, 7.0], 0.0)


def test_a_file_that_changes_is_refused(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    path = made(tmp_path)
    media = open_media(path)
    assert media._place.stretches
    path.write_bytes(path.read_bytes() + b"0")
    with pytest.raises(MediaError, match="changed"):
        media.thumbnails([6.0], 0.0)
