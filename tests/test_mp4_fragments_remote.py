"""MP4 in fragments that comes from a server: read by its lists or by its index of segments, the same as whole."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avseg_widget.errors import MediaError
from avseg_widget.media import Media, mp4_fragments, mp4_kept, mp4_moov, mp4_segments, open_media, probe, ranged
from avseg_widget.media.boxes import inside
from avseg_widget.media.container import open_container
from avseg_widget.media.mp4_segmented import SegmentedContainer
from avseg_widget.media.mp4_segments import is_indexed
from avseg_widget.media.source import find

from .fragment_makers import noted, priming, written_anew
from .media_servers import Served, serve
from .test_mp4_fragments import KINDS, PURE, changed, film, moved, set_at, sound
from .test_mp4_parts import in_parts, packets, samples
from .test_mp4_remote import told

__all__ = ["in_parts"]

SEGMENTED = ["dash+global_sidx+frag_keyframe", "frag_keyframe+delay_moov+global_sidx+default_base_moof"]
Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def small() -> Iterator[pytest.MonkeyPatch]:
    """Take few packets for many, and a second for a long time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mp4_fragments, "STRETCH", 20)
        patch.setattr(mp4_moov, "_FAR_HEAD", 50)
        patch.setattr(mp4_kept, "_MOST_IN_MEMORY", 1000)
        patch.setattr(mp4_segments, "PART", 1)
        yield patch


def shown(media: Media) -> dict[str, Any]:
    """Return what is read of media."""
    found: dict[str, Any] = {**told(media), **samples(media), "frames": media.frame_times()}
    if media.info().kind == "video":
        found["pictures"] = [*media.thumbnails([0.0, 1.2, 3.1, 5.9], 0.0), *media.thumbnails([4.4], 1.0)]
        found["packets"] = np.array(packets(media), object)
    return found


def lasts_as_for_libav(small: pytest.MonkeyPatch) -> None:
    """Let the length by an index be libav's, which lets the time before a first picture last twice."""
    small.setattr(SegmentedContainer, "duration", property(lambda self: self._head.duration))


def check(found: dict[str, Any], expected: dict[str, Any], *, but: set[str] | None = None) -> None:
    assert found.keys() == expected.keys()
    for name in found.keys() - (but or set()):
        assert np.array_equal(found[name], expected[name]), name


def whole_from(served: Served, small: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what is read of media with an index where libav reads it whole."""
    with small.context() as patch:
        patch.setattr(probe, "cut_segments", lambda _: None)
        media = open_media(served.url)
        assert media._facts.movie is None
        assert not media._place.stretches
        return shown(media)


def demuxed(source: object, kinds: list[str], at: float | None = None) -> list[tuple[Any, ...]]:
    """Return the packets of some streams of what is opened, from a time on; places are those of the file."""
    place = open_media(source)._place
    found = []
    with open_container(place) as container:
        streams = [stream for stream in container.streams if stream.type in kinds]
        if at is not None:
            container.seek(round(at / streams[0].time_base), stream=streams[0], backward=True)
        for packet in container.demux(streams):
            stream, is_end = packet.stream.index, packet.size == 0
            found.append((stream, packet.pts, packet.dts, packet.duration, packet.is_keyframe, is_end, bytes(packet)))
    return found


@pytest.mark.parametrize("flags", [*KINDS, "dash", "dash+delay_moov", f"{PURE}+skip_trailer"])
@pytest.mark.parametrize("make", [sound, film])
def test_it_is_read_as_the_local_file(tmp_path: Path, make: Make, flags: str) -> None:
    path = make(tmp_path / "a.mp4", flags)
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        assert far._facts.movie is not None
        found = shown(far)
    local = open_media(path)
    assert local._facts.movie is None
    # It is told by what is opened, where libav does not know.
    check(found, shown(local), but={"frame_count"})


@pytest.mark.parametrize("make", [sound, film])
def test_it_is_read_in_parts_as_the_local_file_is(tmp_path: Path, in_parts: pytest.MonkeyPatch, make: Make) -> None:
    path = make(tmp_path / "a.mp4")
    with serve(path.read_bytes()) as served:
        check(shown(open_media(served.url)), shown(open_media(path)))


@pytest.mark.parametrize("options", [{"trafs": 2}, {"runs": 3}, {"trafs": 2, "runs": 2, "wide": True}])
@pytest.mark.parametrize("make", [sound, film])
def test_of_other_writers(tmp_path: Path, make: Make, options: dict[str, object]) -> None:
    path = written_anew(make(tmp_path / "a.mp4"), tmp_path / "b.mp4", 31, **options)
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        assert far._facts.movie is not None
        check(shown(far), shown(open_media(path)), but={"frame_count"})


@pytest.mark.parametrize("missing", [1, 1000, 30_000])
@pytest.mark.parametrize("make", [sound, film])
def test_what_is_cut_is_read_up_to_there(tmp_path: Path, make: Make, missing: int) -> None:
    path = make(tmp_path / "a.mp4", f"{PURE}+skip_trailer")
    path.write_bytes(path.read_bytes()[:-missing])
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        assert far._facts.movie is not None
        found = shown(far)
    # Of what is far no warning tells where it ends.
    expected = shown(open_media(path))
    assert np.array_equal(found["frames"], expected["frames"])
    count = min(len(found["whole"]), len(expected["whole"]))
    assert abs(len(found["whole"]) - len(expected["whole"])) <= 60_000
    assert np.array_equal(found["whole"][: count - 2048], expected["whole"][: count - 2048])


def without_times(path: Path) -> Path:
    path.write_bytes(path.read_bytes().replace(b"tfdt", b"free"))
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda path: changed(path, b"tfdt", moved(lambda number: -30_000 * (number == 4))),
        lambda path: changed(path, b"trun", set_at(8, 0x7FFFFFFF)),
    ],
)
def test_what_is_odd_is_read_whole(tmp_path: Path, change: Callable[[Path], Path]) -> None:
    path = change(sound(tmp_path / "a.mp4", f"{PURE}+skip_trailer"))
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        assert far._facts.movie is None
        check(shown(far), shown(open_media(path)))


@pytest.mark.parametrize("make", [sound, film])
def test_fragments_without_times(tmp_path: Path, make: Make) -> None:
    path = without_times(make(tmp_path / "a.mp4", f"{PURE}+skip_trailer"))
    with serve(path.read_bytes()) as served:
        check(shown(open_media(served.url)), shown(open_media(path)), but={"frame_count"})


def spread(path: Path, gap: int) -> bytes:
    """Put so much of nothing after each fragment."""
    data, made, at = path.read_bytes(), [], 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        made.append(data[at : at + size])
        if name == b"mdat":
            made.append(struct.pack(">I4s", gap, b"free") + bytes(gap - 8))
        at += size
    return b"".join(made)


@pytest.mark.parametrize("make", [sound, film])
def test_its_lists_are_fetched_once(tmp_path: Path, small: pytest.MonkeyPatch, make: Make) -> None:
    small.setattr(ranged, "BLOCK_BYTES", 1 << 12)
    small.setattr(ranged, "_MOST_KEPT", 16)
    small.setattr(ranged, "_MOST_AHEAD", 4)
    path = make(tmp_path / "a.mp4", f"{PURE}+default_base_moof+skip_trailer")
    with serve(spread(path, 60_000)) as served:
        with open_container(find(served.url)) as container:
            assert container.streams
        once = len(served.requests)
        assert once > 12
        served.requests.clear()
        far = open_media(served.url)
        assert len(served.requests) <= once + 20
        served.requests.clear()
        reader = far._reader()
        assert reader is not None
        for start in (10_000, 200_000, 90_000):
            next(reader.windows([(start, start + 1000)]))
        assert len(served.requests) <= 3 * 8


@pytest.mark.parametrize("flags", SEGMENTED)
@pytest.mark.parametrize("make", [sound, film])
def test_an_index_makes_stretches(tmp_path: Path, small: pytest.MonkeyPatch, make: Make, flags: str) -> None:
    lasts_as_for_libav(small)
    # Only where each segment begins with a key frame does libav find one in it.
    path = make(tmp_path / "a.mp4", flags, 500_000 if make is sound else 10_000_000)
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        assert len(far._place.stretches.firsts) >= 2
        found = shown(far)
        assert far._place.stretches
        check(found, whole_from(served, small))


@pytest.mark.parametrize("flags", SEGMENTED)
@pytest.mark.parametrize(
    ("kinds", "at"), [(["video", "audio"], None), (["audio"], 1.7), (["audio"], 5.5), (["video"], 3.0)]
)
def test_packets_of_stretches_are_those_of_the_whole(
    tmp_path: Path, small: pytest.MonkeyPatch, flags: str, kinds: list[str], at: float | None
) -> None:
    # Only where each segment begins with a key frame does libav find one in it.
    path = film(tmp_path / "a.mp4", flags, 10_000_000)
    with serve(path.read_bytes()) as served:
        found = demuxed(served.url, kinds, at)
        small.setattr(mp4_segments, "PART", 1 << 20)
        assert found == demuxed(served.url, kinds, at)


def test_stretches_are_opened_in_turn(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", SEGMENTED[0])
    with serve(path.read_bytes()) as served:
        place = open_media(served.url)._place
        seen: dict[int, int] = {}
        with open_container(place) as container:
            for _ in container.demux(list(container.streams)):
                seen[container._number] = seen.get(container._number, 0) + 1
        assert list(seen) == list(range(len(place.stretches.firsts)))
        assert max(seen.values()) < 150


def test_an_index_takes_no_more_requests(tmp_path: Path, small: pytest.MonkeyPatch) -> None:
    small.setattr(ranged, "BLOCK_BYTES", 1 << 12)
    small.setattr(ranged, "_MOST_AHEAD", 1)
    path = film(tmp_path / "a.mp4", SEGMENTED[0])
    counts = []
    with serve(path.read_bytes()) as served:
        for is_cut in (True, False):
            if not is_cut:
                small.setattr(probe, "cut_segments", lambda _: None)
            served.requests.clear()
            media = open_media(served.url)
            assert bool(media._place.stretches) == is_cut
            counts.append(len(served.requests))
    assert counts[0] <= counts[1] + 2


def lying(segment: int, by: int) -> Callable[[bytearray, int, int], None]:
    """Let a segment be longer and the next one shorter."""

    def change(data: bytearray, at: int, _: int) -> None:
        first = at + (32 if data[at] else 24)
        for number, more in ((segment, by), (segment + 1, -by)):
            place = first + 12 * number
            struct.pack_into(">I", data, place, struct.unpack_from(">I", data, place)[0] + more)

    return change


@pytest.mark.parametrize("by", [1, 8, 700, -40])
@pytest.mark.parametrize("make", [sound, film])
def test_an_index_that_lies_is_found_out(tmp_path: Path, small: pytest.MonkeyPatch, make: Make, by: int) -> None:
    lasts_as_for_libav(small)
    path = make(tmp_path / "a.mp4", SEGMENTED[0])
    with serve(path.read_bytes()) as served:
        expected = demuxed(served.url, ["video", "audio"])
        place = open_media(served.url)._place
    for segment in range(3, 7):
        changed(path, b"sidx", lying(segment, by))
    with serve(path.read_bytes()) as served:
        assert demuxed(served.url, ["video", "audio"]) == expected
        far = open_media(served.url)
        assert len(far._place.stretches.firsts) == len(place.stretches.firsts)
        found = np.concatenate(list(far.sound_blocks()))
        assert not far._place.stretches
        again = shown(far)
        check(again, whole_from(served, small))
        assert np.array_equal(found, again["whole"])


@pytest.mark.parametrize(
    "change",
    [
        without_times,
        lambda path: changed(path, b"tfdt", moved(lambda number: -20_000 * (number > 12))),
        lambda path: changed(path, b"tfdt", moved(lambda number: 7 * number * number)),
    ],
)
@pytest.mark.parametrize("make", [sound, film])
def test_odd_times_of_what_has_an_index(
    tmp_path: Path, small: pytest.MonkeyPatch, make: Make, change: Callable[[Path], Path]
) -> None:
    path = change(make(tmp_path / "a.mp4", SEGMENTED[0]))
    with serve(path.read_bytes()) as served:
        found = demuxed(served.url, ["video", "audio"])
        small.setattr(mp4_segments, "PART", 1 << 20)
        assert found == demuxed(served.url, ["video", "audio"])


@pytest.mark.parametrize("flags", [f"{SEGMENTED[0]}+skip_trailer", SEGMENTED[1]])
def test_without_all_segments_its_lists_are_read(tmp_path: Path, flags: str) -> None:
    path = sound(tmp_path / "a.mp4", flags)
    data = path.read_bytes()[:-20_000]
    with serve(data) as served:
        far = open_media(served.url)
        assert far._facts.movie is not None
        assert not far._place.stretches


def test_priming_that_is_noted_keeps_it_whole(tmp_path: Path) -> None:
    path = noted(sound(tmp_path / "a.mp4", f"{SEGMENTED[0]}+skip_trailer"), priming(2112))
    with path.open("rb") as file:
        size = len(path.read_bytes())
        assert is_indexed(file, inside(file, 0, size, b"moov"), size)
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        assert far._facts.movie is None
        assert not far._place.stretches


@pytest.mark.parametrize("filler", [0, 1, 127, 255])
def test_any_bytes_in_an_index_are_read_or_refused(tmp_path: Path, filler: int) -> None:
    whole = sound(tmp_path / "a.mp4", SEGMENTED[0]).read_bytes()
    place = whole.index(b"sidx")
    with serve(whole) as served:
        for begin, count in [(-4, 4), (4, 4), (8, 4), (12, 4), (16, 8), (34, 2), (36, 4), (40, 4), (60, 24), (4, 90)]:
            data = bytearray(whole)
            data[place + begin : place + begin + count] = bytes([filler]) * count
            served.data = bytes(data)
            try:
                samples(open_media(served.url))
            except MediaError:
                continue


@pytest.mark.parametrize("flags", [PURE, SEGMENTED[0]])
def test_a_network_that_fails_is_told(tmp_path: Path, small: pytest.MonkeyPatch, flags: str) -> None:
    small.setattr(ranged, "BLOCK_BYTES", 1 << 12)
    small.setattr(ranged, "_MOST_KEPT", 4)
    small.setattr(ranged, "_MOST_AHEAD", 1)
    small.setattr(ranged, "_PAUSES", ())
    path = film(tmp_path / "a.mp4", flags)
    with serve(path.read_bytes()) as served:
        far = open_media(served.url)
        served.status = 500
        with pytest.raises(MediaError, match=r"cannot be read at byte .* \(the server answers 500\)"):
            list(far.sound_blocks())
        served.status = 0
        assert len(np.concatenate(list(far.sound_blocks())))
        served.tag = '"2"'
        with pytest.raises(MediaError, match="has changed"):
            list(far.sound_blocks())
