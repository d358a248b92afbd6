"""MP4 in fragments from a server where these, or what lists them, are not as most writers have them."""

from __future__ import annotations

import gc
import struct
import sys
import tempfile
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from avseg_widget.media import Media, mp4_moov, mp4_segments, open_media
from avseg_widget.media.boxes import boxes, boxes_in, exactly, inside
from avseg_widget.media.container import open_container
from avseg_widget.media.mp4_kept import KeptLists

from .fragment_makers import box
from .media_makers import encode, interleaved
from .media_servers import serve
from .test_mp4_fragments import PURE, changed, film, set_at, sound
from .test_mp4_fragments_remote import SEGMENTED, check, demuxed, shown, small
from .test_mp4_parts import in_parts, samples

__all__ = ["in_parts", "small"]

#: Bytes of a box whose length is less than its head, of 32 and of 64 bits.
SHORT = [struct.pack(">I", 7), struct.pack(">I", 1)]
FILLER = 6 << 20
VP9 = {"g": "20", "deadline": "realtime", "cpu-used": "8"}


def long_groups(path: Path, flags: str, duration: int = 500_000) -> Path:
    """Write a film with a key frame each 1.8 seconds, and segments of half a second or so."""
    return film(path, flags, duration, video_options={"g": "45", "bf": "2", "x264-params": "scenecut=0"})


def test_stretches_that_begin_between_key_frames(tmp_path: Path) -> None:
    path = long_groups(tmp_path / "a.mp4", SEGMENTED[0])
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        assert len(far._place.stretches.firsts) >= 5
        firsts: dict[int, bool] = {}
        with open_container(far._place) as container:
            for packet in container.demux(container.streams.video[0]):
                firsts.setdefault(container._number, packet.is_keyframe)
        assert not any(list(firsts.values())[1:3])
        found = shown(far)
        # With an index libav goes wrong in the local file, too.
        path.write_bytes(path.read_bytes().replace(b"sidx", b"free"))
        local = open_media(path)
        expected = shown(local)
        assert np.array_equal(found["whole"], expected["whole"])
        assert all(np.array_equal(found[name], expected[name]) for name in ("frames", "pictures", "packets"))
        times = [each / 4 for each in range(1, 24)]
        assert far.thumbnails(times[4:18], 0.0) == local.thumbnails(times[4:18], 0.0)
        for time in reversed(times):
            assert far.thumbnails([time], 0.0) == local.thumbnails([time], 0.0)
            assert fragment(far, time) == fragment(local, time)
        assert far._place.stretches


@pytest.mark.parametrize("flags", SEGMENTED)
def test_an_index_of_segments_without_key_frames(tmp_path: Path, flags: str) -> None:
    path = long_groups(tmp_path / "a.mp4", flags)
    plain = tmp_path / "b.mp4"
    plain.write_bytes(path.read_bytes().replace(b"sidx", b"free"))
    expected = open_media(plain)
    times = [4.9, 0.9, 3.1, 5.9, 2.2]
    with serve(path.read_bytes()) as served:
        for media in (open_media(path), open_media(path.read_bytes()), open_media(served.url)):
            assert [media.thumbnails([time], 0.0) for time in times] == [
                expected.thumbnails([time], 0.0) for time in times
            ]
            assert [fragment(media, time) for time in times] == [fragment(expected, time) for time in times]


@pytest.mark.parametrize("make", [sound, film])
def test_an_index_in_other_units_than_the_track(tmp_path: Path, make: Callable[..., Path]) -> None:
    def in_others(data: bytearray, at: int, _: int) -> None:
        units = struct.unpack_from(">I", data, at + 8)[0]
        struct.pack_into(">I", data, at + 8, units * 3)

    path = changed(make(tmp_path / "a.mp4", SEGMENTED[0]), b"sidx", in_others)
    local = open_media(path)
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        check(shown(far), shown(local))


def test_indices_that_do_not_tell_of_the_same_bytes(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", "delay_moov+global_sidx+default_base_moof", late=1.5)
    with serve(path.read_bytes()) as served:
        check(shown(open_media(served.url)), shown(open_media(path)))


def fragment(media: Media, time: float) -> list[tuple[Any, ...]]:
    data = media.picture_fragment(time, time + 1, ["h264"], resume=False).bytes
    with av.open(BytesIO(data)) as container:
        return [(packet.pts, packet.dts, packet.is_keyframe, bytes(packet)) for packet in container.demux()]


@pytest.mark.parametrize("kinds", [["video"], ["video", "audio"], ["audio"]])
def test_packets_from_between_key_frames(tmp_path: Path, kinds: list[str]) -> None:
    path = long_groups(tmp_path / "b.mp4", SEGMENTED[0])
    with serve(path.read_bytes()) as served:
        whole = demuxed(served.url, kinds)
        for time in (0.1, 1.3, 2.2, 3.4, 4.9, 5.8):
            found = demuxed(served.url, kinds, time)
            assert whole[-len([each for each in found if not each[5]]) - len(kinds) :] == found


@pytest.mark.parametrize("length", SHORT)
def test_a_box_that_ends_before_it_begins_is_none(length: bytes) -> None:
    data = box(b"free", bytes(4)) + length + b"moof" + (15).to_bytes(8, "big") + bytes(100)
    assert [name for name, _, _ in boxes(BytesIO(data), 0, len(data))] == [b"free"]
    assert [name for name, _, _ in boxes_in(data, 0, len(data))] == [b"free"]


def test_less_than_nothing_is_not_read() -> None:
    with pytest.raises(ValueError, match="-1"):
        exactly(BytesIO(bytes(10)), -1)


@pytest.mark.parametrize("length", SHORT)
@pytest.mark.parametrize("name", [b"sidx", b"moof", b"ftyp"])
def test_a_box_of_no_length_does_not_fetch_all(tmp_path: Path, name: bytes, length: bytes) -> None:
    data = sound(tmp_path / "a.mp4").read_bytes()
    end = 0 if name == b"ftyp" else data.index(b"moof") - 4
    odd = length + name + (15).to_bytes(8, "big") + box(b"free", bytes(FILLER))
    with serve(data[:end] + odd + data[end:]) as served:
        open_media(served.url)
        assert served.sent < FILLER / 2


@pytest.mark.parametrize("far", [True, False])
def test_sound_of_which_two_packets_are_at_one_time(tmp_path: Path, in_parts: pytest.MonkeyPatch, *, far: bool) -> None:
    path = film(tmp_path / "a.mp4", "frag_every_frame+empty_moov")
    with serve(path.read_bytes()) as served:
        media = open_media(served.url if far else path)
        assert media._facts.movie is None
        found = samples(media)
    in_parts.undo()
    check(found, samples(open_media(path)))


def test_pictures_come_long_before_the_sound(tmp_path: Path, small: pytest.MonkeyPatch) -> None:
    path = long_groups(tmp_path / "a.mp4", f"{PURE}+separate_moof", 9_000_000)
    small.setattr(mp4_moov, "_FAR_HEAD", 10)
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        assert far._facts.movie is not None
        check(shown(far), shown(open_media(path)), but={"frame_count"})


def test_a_codec_of_which_libav_does_not_know_how_long_the_first_packet_is(tmp_path: Path) -> None:
    made = encode(tmp_path / "a.mp4", 6.0, video="libvpx-vp9", audio="libopus", rate=48_000, video_options=VP9)
    path = interleaved(made, movflags=SEGMENTED[0], frag_duration="500000")
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        found = demuxed(served.url, ["video", "audio"])
        with open_container(far._place) as container:
            deque(container.demux(list(container.streams)), 0)
            assert container._number > 2
        assert far._place.stretches
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux() if packet.size]
        assert [(packet.pts, packet.duration) for packet in packets] == [each[1:4:2] for each in found if not each[5]]


def test_lists_are_let_go_of_with_the_media(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.mp4")
    gc.collect()
    gc.disable()
    try:
        with serve(path.read_bytes()) as served:
            media = open_media(served.url)
            shown(media)
            movie = media._facts.movie
            assert movie is not None
            track = movie.tracks[0]
            kept = weakref.ref(track.kept)
            media.close()
            del media, movie, track
        assert kept() is None
    finally:
        gc.enable()


class _Full(BytesIO):
    """A file on a disk that is full."""

    def close(self) -> None:
        super().close()
        raise OSError(28, "No space left on device")


def no_file(*_: object) -> BytesIO:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("make", [_Full, no_file])
def test_a_disk_that_is_full_is_no_matter_at_the_end(monkeypatch: pytest.MonkeyPatch, make: Callable[..., Any]) -> None:
    told: list[object] = []
    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", lambda *_: make())
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    with suppress(OSError):
        KeptLists()
    assert not told


def test_lists_of_what_is_odd_are_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    spooled = tempfile.SpooledTemporaryFile
    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", lambda most: made.append(spooled(most)) or made[-1])
    path = changed(sound(tmp_path / "a.mp4"), b"trun", set_at(8, 0x7FFFFFFF))
    with serve(path.read_bytes()) as served:
        assert open_media(served.url)._facts.movie is None
    assert made
    assert all(each.closed for each in made)


def test_many_indices_are_not_all_kept(tmp_path: Path) -> None:
    data = sound(tmp_path / "a.mp4").read_bytes()
    end = data.index(b"moof") - 4
    head = struct.pack(">B3xIIIIHH", 0, 1, 44_100, 0, 0, 0, 20_000)
    index = box(b"sidx", head, struct.pack(">III", 1, 1, 0) * 20_000)
    with BytesIO(data[:end] + index * 100 + data[end:]) as file:
        found, _ = mp4_segments._indices(file, inside(file, 0, end, b"moov"), len(file.getvalue()))
    assert len(found) <= 70
