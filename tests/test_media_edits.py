"""MP4 with one edit, which is read without libav's list of the edits: the same samples and lengths as with it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avseg_widget.media import container, open_media, opened, straight
from avseg_widget.media.layout import sound_edit
from avseg_widget.media.source import Place

from .media_makers import encode

SECONDS = 3.0
#: Without noise that decoders make up.
PLAIN = {"aac_pns": "0"}


def at(path: Path) -> Place:
    status = path.stat()
    return Place(name=path.name, path=path, size=status.st_size, modified=status.st_mtime_ns)


def patched(path: Path, length: int | None = None, first: int | None = None, speed: int = 1 << 16) -> Path:
    """Change the edit: how much of the movie it lasts, in ms, and where in the track it begins, in samples."""
    data = bytearray(path.read_bytes())
    place = data.index(b"elst") + 12
    found = struct.unpack_from(">Ii", data, place)
    length, first = (given if given is not None else was for given, was in zip((length, first), found, strict=True))
    struct.pack_into(">Iii", data, place, length, first, speed)
    path.write_bytes(data)
    return path


def with_rate(path: Path, rate: int) -> Path:
    """Change the sample rate that the track is described with."""
    data = bytearray(path.read_bytes())
    struct.pack_into(">I", data, data.index(b"stsd") + 4 + 40, rate << 16)
    path.write_bytes(data)
    return path


def everything(path: Path) -> tuple[object, ...]:
    media = open_media(path)
    reader = media._reader()
    assert reader is not None
    blocks = np.concatenate(list(reader.blocks()))
    spans = [(0, 3000), (len(blocks) // 2, len(blocks) // 2 + 5000), (len(blocks) - 2000, len(blocks) + 2000)]
    windows = [window.tobytes() for window in reader.windows(spans)]
    info = media.info()
    return (info.duration, info.start, info.warnings, media._facts.origin, blocks.shape, blocks.tobytes(), windows)


@pytest.fixture
def by_list() -> Iterator[pytest.MonkeyPatch]:
    """Let libav follow the edits as it does by itself."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (container, opened, straight):
            patch.setattr(module, "sound_edit", lambda _: None)
        yield patch


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
@pytest.mark.parametrize("length", [None, 1, 1234, 2999])
@pytest.mark.parametrize("first", [None, 0, 1, 512, 2112, 5000])
def test_it_is_read_as_by_the_list(
    tmp_path: Path, by_list: pytest.MonkeyPatch, rate: int, length: int | None, first: int | None
) -> None:
    path = patched(
        encode(tmp_path / "a.m4a", SECONDS, rate=rate, channels=2, noise=0.1, audio_options=PLAIN), length, first
    )
    expected = everything(path)
    by_list.undo()
    assert sound_edit(at(path)) is not None
    assert everything(path) == expected


@pytest.mark.parametrize("audio", ["alac", "libmp3lame", "libopus", "flac"])
def test_other_codecs_are_too(tmp_path: Path, by_list: pytest.MonkeyPatch, audio: str) -> None:
    path = encode(tmp_path / "a.mp4", SECONDS, audio=audio, rate=48_000, channels=2, noise=0.1)
    expected = everything(path)
    by_list.undo()
    assert everything(path) == expected


def test_what_has_more_to_it_is_left_to_the_list(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", SECONDS)
    assert sound_edit(at(path)) == SECONDS
    whole = path.read_bytes()
    for odd in [
        encode(tmp_path / "film.mp4", SECONDS, video="libx264"),
        encode(tmp_path / "late.mp4", SECONDS, video="libx264", late=0.7),
        encode(tmp_path / "none.m4a", SECONDS, file_options={"use_editlist": "0"}),
        encode(tmp_path / "parts.m4a", SECONDS, file_options={"movflags": "frag_keyframe+empty_moov"}),
        encode(tmp_path / "a.mp3", SECONDS, audio="libmp3lame"),
        patched(encode(tmp_path / "before.m4a", SECONDS), first=-1),
        patched(encode(tmp_path / "nothing.m4a", SECONDS), length=0),
        patched(encode(tmp_path / "slow.m4a", SECONDS), speed=1 << 15),
        with_rate(encode(tmp_path / "other.m4a", SECONDS), 22_050),
    ]:
        assert sound_edit(at(odd)) is None, odd.name
    for odd_bytes in [
        b"",
        b"\0\0\0\x08ftyp",
        whole[: whole.index(b"moov") + 4],
        whole[: whole.index(b"elst") + 4],
        whole.replace(b"mdhd", b"xxxx"),
        whole.replace(b"edts", b"xxxx"),
    ]:
        path.write_bytes(odd_bytes)
        assert sound_edit(at(path)) is None


@pytest.mark.parametrize("name", [b"moov", b"mvhd", b"trak", b"mdia", b"mdhd", b"hdlr", b"edts", b"elst"])
def test_any_bytes_in_its_boxes_are_no_error(tmp_path: Path, name: bytes) -> None:
    whole = encode(tmp_path / "a.m4a", SECONDS).read_bytes()
    path = tmp_path / "b.m4a"
    place = whole.index(name)
    for filler in (0, 1, 255):
        for begin, count in [(-4, 4), (4, 4), (4, 24), (8, 60)]:
            data = bytearray(whole)
            data[place + begin : place + begin + count] = bytes([filler]) * count
            path.write_bytes(data)
            sound_edit(at(path))
