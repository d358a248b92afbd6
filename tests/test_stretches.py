"""A long FLV, which is read in stretches: the same samples, frames and pictures as of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av.error
import numpy as np
import pytest

from avseg_widget.errors import MediaError
from avseg_widget.media import Media, open_media, stretches
from avseg_widget.media.container import open_container

from .media_makers import RATE, encode, interleaved
from .media_servers import serve
from .test_mp4_parts import PLAIN, samples

SECONDS = 8.0
KEYS = {"g": "20", "bf": "2"}
KINDS = [("libx264", "aac"), ("libx264", "libmp3lame"), ("flv", "libmp3lame"), ("flv", "aac"), ("libx264", None),
         (None, "aac"), (None, "libmp3lame"), (None, "pcm_s16le")]  # fmt: skip


@pytest.fixture
def in_stretches() -> Iterator[pytest.MonkeyPatch]:
    """Take every FLV for a long one, of stretches with some key frames each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stretches, "FIRST", 60)
        patch.setattr(stretches, "PART", 70)
        patch.setattr(stretches, "HEAD", 1000)
        patch.setattr(stretches, "_TIMES", 0)
        yield patch


def made(path: Path, video: str | None, audio: str | None, *, late: float = 0.0, **options: str) -> Path:
    keys, plain = (KEYS if video == "libx264" else {"g": "20"}), (PLAIN if audio == "aac" else {})
    found = encode(
        path, SECONDS, video=video, audio=audio, noise=0.1, late=late, video_options=keys, audio_options=plain
    )
    return interleaved(found, **options)


def packets(media: Media) -> list[tuple[object, ...]]:
    """Return all packets from the beginning on, and some after jumps."""
    found: list[tuple[object, ...]] = []
    with open_container(media._place) as container:
        streams = list(container.streams)
        for time in (None, 7.0, 0.1, 3.333, 3.334, 5.0, 4.99, 20.0):
            for stream in streams:
                if time is not None:
                    try:
                        container.seek(round(time / stream.time_base), stream=stream, backward=True)
                    except av.error.FFmpegError as error:
                        found.append((time, type(error)))
                        continue
                for packet in container.demux(streams if time is None else stream):
                    about = (packet.stream.index, packet.pts, packet.dts, packet.duration, packet.is_keyframe)
                    found.append((*about, packet.time_base, bytes(packet)))
                if time is None:
                    break
    return found


def check_same(path: Path, in_stretches: pytest.MonkeyPatch, least: int = 3) -> None:
    parts = open_media(path)
    assert len(parts._place.stretches.firsts) >= least
    found = [packets(parts), samples(parts), shown_of(parts)]
    in_stretches.undo()
    whole = open_media(path)
    assert not whole._place.stretches
    assert parts.info() == whole.info()
    assert parts._facts.origin == whole._facts.origin
    assert parts.frame_times().tolist() == whole.frame_times().tolist()
    assert found[0] == packets(whole)
    assert found[2] == shown_of(whole)
    for name, expected in samples(whole).items():
        assert np.array_equal(found[1][name], expected), name


def decoded(media: Media) -> list[tuple[object, ...]]:
    """Return all frames of sound and picture, from the beginning on."""
    with open_container(media._place) as container:
        return [
            (packet.stream.index, frame.pts, frame.to_ndarray().tobytes())
            for packet in container.demux(list(container.streams))
            for frame in packet.decode()
        ]


def shown_of(media: Media) -> list[object]:
    """Return pictures, and what is played from some times on."""
    if media.info().kind != "video":
        return []
    times = [0.0, 7.9, 0.4, 2.1, 2.5, 3.96, 4.0, 6.9, 6.4, 99.0]
    found: list[object] = [list(media.thumbnails(times, within)) for within in (0.0, 0.5, 3.0)]
    for codec in ("h264", "vp9"):
        for start, resume in [(0.0, False), (1.3, False), (2.0, True), (5.9, False), (4.2, False)]:
            fragment = media.picture_fragment(start, start + 0.7, [codec], resume=resume)
            found.append((fragment.start, fragment.end, fragment.mime, fragment.bytes))
    return found


@pytest.mark.parametrize("flags", ["no_sequence_end", "add_keyframe_index"])
@pytest.mark.parametrize(("video", "audio"), KINDS)
def test_it_is_read_as_the_whole(
    tmp_path: Path, in_stretches: pytest.MonkeyPatch, video: str | None, audio: str | None, flags: str
) -> None:
    path = made(tmp_path / "a.flv", video, audio, flvflags=flags)
    if video == "flv":
        # What libav reads to tell the rate of frames.
        in_stretches.setattr(stretches, "HEAD", 35_000)
        in_stretches.setattr(stretches, "FIRST", 150)
    check_same(path, in_stretches)


def test_sound_that_begins_late(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    check_same(made(tmp_path / "a.flv", "libx264", "aac", late=2.3), in_stretches)


def test_sound_that_ends_early(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "a.flv", "libx264", "aac")
    data = path.read_bytes()
    tags = list(tags_of(data))
    half = len(tags) // 2
    path.write_bytes(
        data[: tags[half][0]] + b"".join(data[begin:end] for begin, end, kind, _ in tags[half:] if kind != 8)
    )
    check_same(path, in_stretches)


@pytest.mark.parametrize("place", [0.4, 0.5, 0.6])
def test_settings_that_change_on_the_way(tmp_path: Path, in_stretches: pytest.MonkeyPatch, place: float) -> None:
    path = made(tmp_path / "a.flv", "libx264", "aac")
    data = path.read_bytes()
    tags = list(tags_of(data))
    settings = b"".join(data[begin:end] for begin, end, kind, _ in tags[:5] if kind in {8, 9} and not data[begin + 12])
    assert settings
    keys = [begin for begin, _, kind, _ in tags if kind == 9 and data[begin + 11] >> 4 == 1]
    at = keys[int(len(keys) * place)]
    path.write_bytes(data[:at] + settings + data[at:])
    in_stretches.setattr(stretches, "HEAD", 20_000)
    parts = open_media(path)
    assert parts._place.stretches
    found = decoded(parts)
    in_stretches.undo()
    whole = open_media(path)
    assert parts.info() == whole.info()
    assert found == decoded(whole)


@pytest.mark.parametrize("missing", [1, 400, 20_000])
def test_what_is_cut_is_read_up_to_there(tmp_path: Path, in_stretches: pytest.MonkeyPatch, missing: int) -> None:
    path = made(tmp_path / "a.flv", "libx264", "aac")
    path.write_bytes(path.read_bytes()[:-missing])
    check_same(path, in_stretches)


def test_where_times_go_back_it_is_read_as_one(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "a.flv", "libx264", "aac")
    data = path.read_bytes()
    path.write_bytes(data + data[13:])
    check_same(path, in_stretches, 0)
    assert not open_media(path)._place.stretches


def test_where_one_tag_holds_several_packets_it_is_read_as_one(
    tmp_path: Path, in_stretches: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "a.flv", None, "libmp3lame")
    data = path.read_bytes()
    sounds = [data[begin:end] for begin, end, kind, _ in tags_of(data) if kind == 8]
    joined = b""
    for first, second in zip(sounds[::2], sounds[1::2], strict=False):
        # A tag is a header of 11 bytes, one of the sound's settings, its packets, and its length in 4.
        body = first[11:-4] + second[12:-4]
        joined += first[:1] + len(body).to_bytes(3, "big") + first[4:11] + body + (11 + len(body)).to_bytes(4, "big")
    path.write_bytes(data[: next(tags_of(data))[0]] + joined)
    parts = open_media(path)
    assert not parts._place.stretches
    in_stretches.undo()
    assert np.array_equal(samples(parts)["whole"], samples(open_media(path))["whole"])


def test_a_stretch_that_cannot_be_opened_is_told(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    media = open_media(made(tmp_path / "a.flv", "libx264", "aac"))
    reader = media._reader()
    assert reader is not None

    def refuse(*_: object) -> None:
        raise OSError(24, "Too many open files")

    in_stretches.setattr(Path, "open", refuse)
    with pytest.raises(MediaError, match=r"a\.flv cannot be read any more \(Too many open files\)"):
        list(reader.blocks())


def test_what_is_short_is_read_as_one(tmp_path: Path) -> None:
    assert not open_media(made(tmp_path / "a.flv", "libx264", "aac"))._place.stretches


def test_stretches_are_opened_in_turn(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    media = open_media(made(tmp_path / "a.flv", "libx264", "aac"))
    firsts = media._place.stretches.firsts
    seen: dict[int, list[int]] = {}
    with open_container(media._place) as container:
        for packet in container.demux(list(container.streams)):
            seen.setdefault(container._number, []).append(packet.size)
    assert list(seen) == list(range(len(firsts)))
    assert max(map(len, seen.values())) < 150


@pytest.mark.parametrize("filler", [0, 1, 127, 255])
@pytest.mark.parametrize("place", [4, 5, 9, 14, 17, 21, 0.3, 0.5, 0.7])
def test_any_bytes_are_read_or_refused(
    tmp_path: Path, in_stretches: pytest.MonkeyPatch, place: float, filler: int
) -> None:
    path = made(tmp_path / "a.flv", "libx264", "aac")
    whole = path.read_bytes()
    for count in (1, 4, 60, 3000):
        data = bytearray(whole)
        at = int(place * len(whole)) if place < 1 else int(place)
        data[at : at + count] = bytes([filler]) * count
        path.write_bytes(data)
        try:
            media = open_media(path)
            samples(media)
            media.thumbnails([0.0, 3.0, 7.0], 0.0)
        except MediaError:
            continue


def test_a_file_that_changes_is_refused(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "a.flv", "libx264", "aac")
    media = open_media(path)
    assert media._place.stretches
    path.write_bytes(path.read_bytes() + b"0")
    with pytest.raises(MediaError, match="changed"):
        media.thumbnails([6.0], 0.0)


def tags_of(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield begin, end, kind and time in ms of each tag of an FLV."""
    at = 13
    while at + 11 <= len(data):
        end = at + 15 + int.from_bytes(data[at + 1 : at + 4], "big")
        yield at, end, data[at], int.from_bytes(data[at + 7 : at + 8] + data[at + 4 : at + 7], "big")
        at = end


def check_far(found: dict[str, np.ndarray], url: str, path: Path) -> None:
    """Compare with what is read as one, from far, where the end is that which is stated, and from the file."""
    with open_media(url) as one:
        for name, expected in samples(one).items():
            assert np.array_equal(found[name], expected), name
    there = samples(open_media(path))["whole"]
    shared = min(len(found["whole"]), len(there))
    assert shared > max(len(found["whole"]), len(there)) - 0.001 * RATE
    assert np.array_equal(found["whole"][:shared], there[:shared])


@pytest.mark.parametrize(("video", "audio"), [("libx264", "aac"), ("flv", "libmp3lame"), (None, "aac")])
def test_from_far_it_is_learned_as_all_sound_is_read(
    tmp_path: Path, in_stretches: pytest.MonkeyPatch, video: str | None, audio: str
) -> None:
    path = made(tmp_path / "a.flv", video, audio)
    if video == "flv":
        in_stretches.setattr(stretches, "HEAD", 35_000)
        in_stretches.setattr(stretches, "FIRST", 150)
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        assert not far._place.stretches
        reader = far._reader()
        assert reader is not None
        next(reader.blocks())
        assert not far._place.stretches
        found = np.concatenate(list(reader.blocks()))
        assert len(far._place.stretches.firsts) >= 3
        again, shown = samples(far), shown_of(far)
        in_stretches.undo()
        check_far(again, served.url, path)
    assert shown == shown_of(open_media(path))
    assert np.array_equal(found, again["whole"])


def test_from_far_it_is_read_as_one_where_it_is_odd(tmp_path: Path, in_stretches: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "a.flv", "libx264", "aac")
    begun: list[int] = []

    def begin(self: object, begin: int, first: int) -> None:
        begun.append(first)
        raise stretches.OddError

    in_stretches.setattr(stretches.LearningContainer, "_begin", begin)
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        found = samples(far)
        assert begun
        assert not far._place.stretches
        in_stretches.undo()
        check_far(found, served.url, path)
