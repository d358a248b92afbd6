"""Long MP4, which is read in parts by its own tables: the same samples, frames and lengths as by libav's list."""

from __future__ import annotations

import io
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from avseg_widget.errors import MediaError
from avseg_widget.media import Media, mp4_moov, mp4_movie, open_media, readers
from avseg_widget.media import film as film_parts
from avseg_widget.media.mp4_moov import movie_of
from avseg_widget.media.mp4_movie import Movie
from avseg_widget.media.source import find

from .fragment_makers import with_box
from .media_makers import encode, interleaved

SECONDS = 6.0
#: Without noise that decoders make up.
PLAIN = {"aac_pns": "0"}


@pytest.fixture
def in_parts() -> Iterator[pytest.MonkeyPatch]:
    """Take every MP4 for a long one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mp4_movie, "LONG", 0)
        patch.setattr(mp4_movie, "HEAD", 50)
        patch.setattr(mp4_moov, "HEAD", 50)
        patch.setattr(readers, "PART", 70)
        patch.setattr(film_parts, "PART", 20)
        yield patch


def movie(path: Path) -> Movie:
    found = movie_of(find(path))
    assert found is not None
    return found


def film(path: Path, **options: object) -> Path:
    return interleaved(encode(path, SECONDS, video="libx264", channels=2, noise=0.1, audio_options=PLAIN, **options))


def sound(path: Path, audio: str = "aac", **options: object) -> Path:
    given = PLAIN if audio == "aac" else {}
    return encode(path, SECONDS, audio=audio, channels=2, noise=0.1, audio_options=given, **options)


def samples(media: Media) -> dict[str, np.ndarray]:
    found = media._reader()
    if not media.info().channels:
        return {}
    assert found is not None
    whole = np.concatenate(list(found.blocks()))
    end = len(whole)
    spans = [(0, 3000), (-50, 100), (end // 2, end // 2 + 60_000), (end - 2000, end + 2000), (100, 90_000), (7, 7)]
    windows = {f"window {start}": window for (start, _), window in zip(spans, found.windows(spans), strict=True)}
    return {"whole": whole, **windows}


def packets(media: Media) -> list[tuple[object, ...]]:
    """Return the packets of a fragment of pictures: what else it holds tells of bit rates."""
    data = media.picture_fragment(2.0, 4.0, ["h264"], resume=False).bytes
    with av.open(io.BytesIO(data)) as container:
        return [(packet.pts, packet.dts, packet.duration, bytes(packet)) for packet in container.demux()]


def check_same(path: Path, in_parts: pytest.MonkeyPatch, most: int = 0) -> None:
    """Compare a file that is read in parts with the same read whole; samples may differ by ``most``."""
    parts = open_media(path)
    assert parts._facts.movie is not None
    found, frames = samples(parts), parts.frame_times()
    pictures: list[object] = [parts.thumbnails([0.0, 3.1, 5.9], 0.0)]
    if parts.info().kind == "video":
        pictures.append(packets(parts))
    in_parts.undo()
    whole = open_media(path)
    assert whole._facts.movie is None
    assert parts.info() == whole.info()
    assert parts._facts.origin == whole._facts.origin
    assert frames.tolist() == whole.frame_times().tolist()
    assert pictures[0] == whole.thumbnails([0.0, 3.1, 5.9], 0.0)
    if len(pictures) > 1:
        assert pictures[1] == packets(whole)
    for name, expected in samples(whole).items():
        assert found[name].shape == expected.shape, name
        assert np.abs(found[name].astype(int) - expected).max(initial=0) <= most, name


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
@pytest.mark.parametrize("make", [sound, film])
def test_it_is_read_as_the_whole(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, make: Callable[..., Path], rate: int
) -> None:
    check_same(make(tmp_path / "a.mp4", rate=rate), in_parts)


# Opus forgets what came long before only by and by.
@pytest.mark.parametrize(("audio", "most"), [("alac", 0), ("libmp3lame", 0), ("libopus", 1), ("flac", 0)])
def test_other_codecs_are_too(tmp_path: Path, in_parts: pytest.MonkeyPatch, audio: str, most: int) -> None:
    check_same(sound(tmp_path / "a.mp4", audio=audio, rate=48_000), in_parts, most)


@pytest.mark.parametrize(("length", "first"), [(None, 0), (None, 3000), (2500, None), (5999, 1), (1, 2112)])
@pytest.mark.parametrize("make", [sound, film])
def test_edits_are_followed(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, make: Callable[..., Path], length: int | None, first: int | None
) -> None:
    path = make(tmp_path / "a.mp4", rate=48_000)
    data = bytearray(path.read_bytes())
    # Of a film that of the sound.
    place = data.rindex(b"elst") + 12
    found = struct.unpack_from(">Ii", data, place)
    struct.pack_into(
        ">Ii", data, place, *(new if new is not None else was for new, was in zip((length, first), found, strict=True))
    )
    path.write_bytes(data)
    check_same(path, in_parts)


def test_without_edits(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    check_same(sound(tmp_path / "a.mp4", file_options={"use_editlist": "0"}), in_parts)


@pytest.mark.parametrize("gap", [100, 3_000_000_000, 4_294_000_000])
def test_the_packets_of_a_large_file_are_found(tmp_path: Path, in_parts: pytest.MonkeyPatch, gap: int) -> None:
    data = bytearray(film(tmp_path / "a.mp4").read_bytes())
    start = int.from_bytes(data[:4], "big")
    for _ in range(2):
        place = data.index(b"stco") + 12
        (count,) = struct.unpack_from(">I", data, place - 4)
        moved = [offset + gap for offset in struct.unpack_from(f">{count}I", data, place)]
        data[place - 12 : place - 8] = b"done"
        struct.pack_into(f">{count}I", data, place, *moved)
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        # What is left out in between takes no room on the disk.
        file.write(data[:start] + struct.pack(">I4s", gap, b"free"))
        file.seek(start + gap)
        file.write(data[start:].replace(b"done", b"stco"))
    check_same(path, in_parts)


def test_real_film_and_speech(shared_data: Path, in_parts: pytest.MonkeyPatch) -> None:
    found = [path for path in sorted(shared_data.rglob("*")) if path.suffix in {".mp4", ".m4a"}]
    assert found
    for path in found:
        with pytest.MonkeyPatch.context() as again:
            again.setattr(mp4_movie, "LONG", 0)
            again.setattr(readers, "PART", 500)
            parts = open_media(path)
            frames, blocks = parts.frame_times(), np.concatenate(list(parts.sound_blocks()))
        in_parts.undo()
        whole = open_media(path)
        assert parts.info() == whole.info()
        assert frames.tolist() == whole.frame_times().tolist()
        expected = np.concatenate(list(whole.sound_blocks()))
        assert np.abs(blocks.astype(int) - expected).max() <= 1


def test_places_are_those_of_the_packets(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "a.mp4")
    tables = movie(path)
    with av.open(str(path)) as container:
        for number, track in enumerate(tables.tracks):
            packets = [
                (packet.pos, packet.size) for packet in container.demux(container.streams[number]) if packet.size
            ]
            container.seek(0)
            assert track.count == len(packets)
            for first, last in [(0, track.count), (3, 4), (track.count - 1, track.count), (17, 60)]:
                places = zip(track.places(first, last).tolist(), track.sizes(first, last).tolist(), strict=True)
                assert list(places) == packets[first:last]
            for packet in range(track.count):
                assert track.packet_at(track.time(packet)) == packet


def test_what_is_short_or_has_more_to_it_is_read_whole(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    plain = sound(tmp_path / "a.m4a")
    movie(plain)
    odd = [
        encode(tmp_path / "a.mov", SECONDS, audio="pcm_s16le"),
        encode(tmp_path / "a.mp3", SECONDS, audio="libmp3lame"),
    ]
    for path in odd:
        assert movie_of(find(path)) is None, path.name
        assert open_media(path).info().duration == pytest.approx(SECONDS, abs=0.8)
    in_parts.undo()
    assert movie_of(find(plain)) is None


def test_sound_of_uneven_packets_has_no_holes(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    """Its samples are counted within a part, and the next part lies where its stamp says, up to 10 ms off."""
    path = sound(tmp_path / "a.m4a", rate=48_000)
    data = bytearray(path.read_bytes())
    place = data.index(b"stts") + 8
    count, packets = struct.unpack_from(">2I", data, place)
    assert count == 2
    # Two kinds of packets of which the second is told to be 3 samples longer than what it holds.
    struct.pack_into(">4I", data, place + 4, packets // 2, 1024, packets - packets // 2 + 1, 1027)
    path.write_bytes(data)
    found = samples(open_media(path))["whole"].astype(int)
    in_parts.undo()
    whole = samples(open_media(path))["whole"].astype(int)
    assert np.flatnonzero(~found.any(axis=1)).size == 0 or (~found.any(axis=1)).sum() == (~whole.any(axis=1)).sum()
    # What is at the end of the one lies some samples later in the other.
    end = found[-20_000:-10_000]
    assert any((whole[-20_000 - shift : -10_000 - shift] == end).all() for shift in range(480))


@pytest.mark.parametrize("length", [1, 5, 9000, 2**31, 5987])
@pytest.mark.parametrize("name", ["first", "last", "mdhd"])
def test_lengths_that_are_wrong(tmp_path: Path, in_parts: pytest.MonkeyPatch, length: int, name: str) -> None:
    data = bytearray(film(tmp_path / "a.mp4").read_bytes())
    found = {"first": data.index(b"elst") + 12, "last": data.rindex(b"elst") + 12, "mdhd": data.rindex(b"mdhd") + 20}
    struct.pack_into(">I", data, found[name], length)
    path = tmp_path / "b.mp4"
    path.write_bytes(data)
    parts = open_media(path)
    assert parts._facts.movie is not None
    in_parts.undo()
    whole = open_media(path)
    assert parts.info() == whole.info()
    assert parts.frame_times().tolist() == whole.frame_times().tolist()


def test_pictures_of_chapters_are_no_film(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "a.mp4")
    path.write_bytes(with_box(path.read_bytes(), 1, [], struct.pack(">I4sI4sI", 20, b"tref", 12, b"chap", 1)))
    check_same(path, in_parts)
    assert open_media(path).info().kind == "audio"


def test_what_begins_elsewhere_is_read_whole(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "a.mp4")
    data = path.read_bytes()
    path.write_bytes(with_box(data, 1, [b"mdia", b"minf", b"stbl"], struct.pack(">I4sII", 16, b"stss", 0, 0)))
    assert movie_of(find(path)) is None
    late = bytearray(data)
    struct.pack_into(">i", late, late.rindex(b"elst") + 16, 44_100)
    path.write_bytes(late)
    assert movie_of(find(path)) is None


@pytest.mark.parametrize("missing", [1, 1000, 30_000])
@pytest.mark.parametrize("flags", ["faststart", "frag_keyframe+empty_moov+skip_trailer"])
@pytest.mark.parametrize("make", [sound, film])
def test_what_is_cut_is_read_up_to_there(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, make: Callable[..., Path], flags: str, missing: int
) -> None:
    path = interleaved(make(tmp_path / "a.mp4"), movflags=flags, frag_duration="500000")
    path.write_bytes(path.read_bytes()[:-missing])
    check_same(path, in_parts)


def test_a_cut_that_leaves_nothing_of_a_track(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    made = encode(tmp_path / "a.mp4", SECONDS, video="libx264", channels=2, file_options={"movflags": "faststart"})
    data = made.read_bytes()
    made.write_bytes(data[: data.index(b"mdat") + 14])
    for _ in range(2):
        with pytest.raises(MediaError, match="damaged or cut"):
            open_media(made)
        in_parts.undo()


@pytest.mark.parametrize("at", range(5000, 5600, 100))
def test_a_cut_film_ends_with_its_last_frame(tmp_path: Path, in_parts: pytest.MonkeyPatch, at: int) -> None:
    made = encode(tmp_path / "a.mp4", SECONDS, audio=None, video="libx264", file_options={"movflags": "faststart"})
    made.write_bytes(made.read_bytes()[:at])
    parts = open_media(made)
    assert parts._facts.movie is not None
    in_parts.undo()
    whole = open_media(made).info()
    assert parts.info().duration == pytest.approx(whole.duration, abs=1e-5)
    assert parts.info().warnings == whole.warnings


@pytest.mark.parametrize("late", [0.7, 0.01, 0.2345])
@pytest.mark.parametrize("make", [sound, film])
def test_sound_that_begins_late(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, make: Callable[..., Path], late: float
) -> None:
    check_same(make(tmp_path / "a.mp4", late=late), in_parts)


def test_frames_that_wait_for_later_ones_without_an_edit(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = interleaved(film(tmp_path / "b.mp4"), use_editlist="0")
    check_same(path, in_parts)
    assert open_media(path).frame_times()[0] == pytest.approx(0.08)


@pytest.mark.parametrize("box", [b"sbgp", b"sgpd", b"stps"])
def test_where_other_tables_say_where_decoding_begins(tmp_path: Path, in_parts: pytest.MonkeyPatch, box: bytes) -> None:
    path = film(tmp_path / "a.mp4")
    path.write_bytes(with_box(path.read_bytes(), 0, [b"mdia", b"minf", b"stbl"], struct.pack(">I4sII", 16, box, 0, 0)))
    check_same(path, in_parts)


def test_without_room_for_a_header_its_sound_is_the_same(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    check_same(sound(tmp_path / "a.m4a"), in_parts)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    in_parts.setattr(mp4_movie, "LONG", 0)
    check_same(sound(tmp_path / "a|b.m4a"), in_parts)


def test_counts_that_cannot_be_take_no_memory(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.m4a"
    whole = sound(path).read_bytes()
    for name, entries in [
        (b"stsz", [2674, 300_000_000]),
        (b"stts", [1, 0x7FFFFFFF, 0x0FFFFFFF]),
        (b"stts", [1, 0xFFFFFFFF, 1]),
    ]:
        data = bytearray(whole)
        struct.pack_into(f">{len(entries)}I", data, data.index(name) + 8, *entries)
        path.write_bytes(data)
        assert movie_of(find(path)) is None, name
    for sizes in [(1, 1 << 62), (1, (1 << 64) - 1)]:
        data = bytearray(whole)
        place = data.index(b"trak")
        struct.pack_into(">I4sQ", data, place - 4, sizes[0], b"trak", sizes[1])
        path.write_bytes(data)
        assert movie_of(find(path)) is None


NAMES = [b"moov", b"mvhd", b"trak", b"tkhd", b"mdia", b"mdhd", b"hdlr", b"minf", b"stbl", b"stsd", b"stts", b"stsc",
         b"stsz", b"stco", b"edts", b"elst"]  # fmt: skip


def check_any_bytes(whole: bytes, place: int, path: Path) -> None:
    """Write other bytes over a box and what follows it."""
    for filler in (0, 1, 127, 255):
        for begin, count in [(-4, 4), (4, 4), (8, 4), (12, 4), (4, 24), (8, 60)]:
            data = bytearray(whole)
            data[place + begin : place + begin + count] = bytes([filler]) * count
            path.write_bytes(data)
            found = movie_of(find(path))
            if found is not None:
                found.head()
                found.part(found.tracks[0], 3, 5)
                found.frame_times(found.tracks[0])


@pytest.mark.parametrize("name", NAMES)
def test_any_bytes_in_its_boxes_are_no_error(tmp_path: Path, in_parts: pytest.MonkeyPatch, name: bytes) -> None:
    whole = encode(tmp_path / "a.m4a", SECONDS).read_bytes()
    check_any_bytes(whole, whole.index(name), tmp_path / "b.m4a")
