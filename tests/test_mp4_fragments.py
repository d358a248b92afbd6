"""Long MP4 of fragments, which is read in parts by their lists: the same samples, frames and lengths as by libav's."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from avseg_widget.errors import MediaError
from avseg_widget.media import mp4_fragments, mp4_movie, open_media
from avseg_widget.media.mp4_moov import movie_of
from avseg_widget.media.source import find

from .fragment_makers import box, cover, jpeg, noted, priming, written_anew
from .media_makers import encode, interleaved
from .test_mp4_parts import PLAIN, SECONDS, check_any_bytes, check_same, in_parts, packets

__all__ = ["in_parts"]

PURE = "frag_keyframe+empty_moov"
KINDS = [
    PURE,
    f"{PURE}+default_base_moof",
    f"{PURE}+separate_moof",
    f"{PURE}+skip_trailer",
    "frag_keyframe",
    "frag_keyframe+delay_moov",
    "frag_keyframe+delay_moov+negative_cts_offsets",
    "frag_keyframe+delay_moov+omit_tfhd_offset",
    "cmaf",
    "isml+frag_keyframe",
]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mp4_fragments, "STRETCH", 20)


def sound(path: Path, flags: str = PURE, duration: int = 500_000, audio: str = "aac", **options: object) -> Path:
    given = PLAIN if audio == "aac" else {}
    plain = encode(path, SECONDS, audio=audio, channels=2, noise=0.1, audio_options=given, **options)
    return interleaved(plain, movflags=flags, frag_duration=str(duration))


def film(path: Path, flags: str = PURE, duration: int = 500_000, **options: object) -> Path:
    made = encode(path, SECONDS, video="libx264", channels=2, noise=0.1, audio_options=PLAIN, **options)
    return interleaved(made, movflags=flags, frag_duration=str(duration))


def changed(path: Path, name: bytes, change: Callable[[bytearray, int, int], None]) -> Path:
    """Change what follows each box of a name, whose number is told."""
    data = bytearray(path.read_bytes())
    place, number = data.find(name), 0
    while place >= 0:
        change(data, place + 4, number)
        place, number = data.find(name, place + 4), number + 1
    assert number
    path.write_bytes(data)
    return path


def moved(by: Callable[[int], int]) -> Callable[[bytearray, int, int], None]:
    """Move the times of fragments."""

    def change(data: bytearray, at: int, number: int) -> None:
        kind = ">Q" if data[at] else ">I"
        (time,) = struct.unpack_from(kind, data, at + 4)
        struct.pack_into(kind, data, at + 4, time + by(number))

    return change


def end_of_packets(path: Path) -> float:
    """Return when the last packet ends, on the browser's timeline."""
    with av.open(str(path)) as container:
        streams = [*container.streams.audio, *container.streams.video]
        ends = {stream.index: 0.0 for stream in streams}
        for packet in container.demux(streams):
            if packet.pts is not None:
                end = float((packet.pts + packet.duration) * packet.time_base)
                ends[packet.stream.index] = max(ends[packet.stream.index], end)
        return max(ends.values()) - min(0.0, (container.start_time or 0) / av.time_base)


@pytest.mark.parametrize("flags", [*KINDS, "dash", "dash+delay_moov"])
@pytest.mark.parametrize("make", [sound, film])
def test_its_length_is_that_of_its_packets(tmp_path: Path, make: Callable[..., Path], flags: str) -> None:
    path = make(tmp_path / "a.mp4", flags)
    assert open_media(path).info().duration == pytest.approx(end_of_packets(path), abs=1e-5)


@pytest.mark.parametrize("options", [{"trafs": 2}, {"runs": 3}, {"trafs": 2, "runs": 2, "wide": True}])
@pytest.mark.parametrize("make", [sound, film])
@pytest.mark.parametrize("each", [7, 31])
def test_of_other_writers(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, make: Callable[..., Path], options: dict[str, object], each: int
) -> None:
    path = written_anew(make(tmp_path / "a.mp4"), tmp_path / "b.mp4", each, **options)
    check_same(path, in_parts)
    assert open_media(path).info().duration == pytest.approx(end_of_packets(path), abs=1e-5)


@pytest.mark.parametrize("flags", KINDS)
@pytest.mark.parametrize("make", [sound, film])
def test_it_is_read_as_the_whole(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, make: Callable[..., Path], flags: str
) -> None:
    check_same(make(tmp_path / "a.mp4", flags), in_parts)


@pytest.mark.parametrize("rate", [8000, 48_000])
def test_at_other_rates_too(tmp_path: Path, in_parts: pytest.MonkeyPatch, rate: int) -> None:
    check_same(film(tmp_path / "a.mp4", rate=rate), in_parts)


@pytest.mark.parametrize("duration", [20_000, 90_000, 3_000_000])
def test_of_fragments_of_any_length(tmp_path: Path, in_parts: pytest.MonkeyPatch, duration: int) -> None:
    check_same(sound(tmp_path / "a.mp4", duration=duration), in_parts)


# Opus forgets what came long before only by and by.
@pytest.mark.parametrize(("audio", "most"), [("alac", 0), ("libmp3lame", 0), ("libopus", 1), ("flac", 0)])
def test_of_other_codecs(tmp_path: Path, in_parts: pytest.MonkeyPatch, audio: str, most: int) -> None:
    check_same(sound(tmp_path / "a.mp4", audio=audio, rate=48_000), in_parts, most)


@pytest.mark.parametrize("flags", [PURE, "frag_keyframe+delay_moov"])
def test_sound_that_begins_late(tmp_path: Path, in_parts: pytest.MonkeyPatch, flags: str) -> None:
    check_same(film(tmp_path / "a.mp4", flags, late=0.7), in_parts)
    in_parts.setattr(mp4_movie, "LONG", 0)
    check_same(sound(tmp_path / "b.mp4", flags, late=0.7), in_parts)


@pytest.mark.parametrize("name", ["dash", "frag_keyframe+delay_moov+global_sidx+default_base_moof"])
@pytest.mark.parametrize("make", [sound, film])
def test_with_an_index_of_its_own(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, make: Callable[..., Path], name: str
) -> None:
    """By that a film of 6.08 s were 6.16 s long."""
    path = make(tmp_path / "a.mp4", name)
    check_same(path, in_parts)
    assert open_media(path).info().duration == pytest.approx(SECONDS, abs=0.0801)


def test_a_gap_is_silent(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = changed(sound(tmp_path / "a.mp4"), b"tfdt", moved(lambda number: 44_100 if number > 3 else 0))
    check_same(path, in_parts)


@pytest.mark.parametrize("late", [44_100, 3_000_000_000])
def test_what_begins_in_the_middle_of_a_broadcast(tmp_path: Path, in_parts: pytest.MonkeyPatch, late: int) -> None:
    path = changed(sound(tmp_path / "a.mp4"), b"tfdt", moved(lambda _: late))
    parts = open_media(path)
    assert parts._facts.movie is not None
    # Its last fragment ends there.
    assert parts.info().duration == pytest.approx(late / 44_100 + SECONDS, abs=0.03)
    found = next(parts._reader().windows([(late, late + 200_000)]))
    in_parts.undo()
    assert (found == next(open_media(path)._reader().windows([(late, late + 200_000)]))).all()


def test_a_film_from_the_middle_of_a_broadcast(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "a.mp4", f"{PURE}+separate_moof")
    rates = {}
    with av.open(str(path)) as container:
        rates = {stream.index: 1 / stream.time_base for stream in container.streams}
    order = []

    def number(data: bytearray, at: int, _: int) -> None:
        order.append(int.from_bytes(data[at + 4 : at + 8], "big") - 1)

    changed(path, b"tfhd", number)
    changed(path, b"tfdt", moved(lambda fragment: round(100 * rates[order[fragment]])))
    parts = open_media(path)
    assert parts._facts.movie is not None
    frames, found = parts.frame_times(), next(parts._reader().windows([(4_410_000, 4_600_000)]))
    assert frames[0] == pytest.approx(100.08)
    assert parts.info().duration == pytest.approx(100.08 + SECONDS, abs=0.01)
    pictures = [(first, second) for first, second, *_ in packets(parts)]
    in_parts.undo()
    whole = open_media(path)
    assert frames.tolist() == whole.frame_times().tolist()
    assert (found == next(whole._reader().windows([(4_410_000, 4_600_000)]))).all()
    assert pictures == [(first, second) for first, second, *_ in packets(whole)]


def odd(change: Callable[[bytearray, int, int], None], name: bytes) -> Callable[[Path], Path]:
    return lambda path: changed(path, name, change)


def set_at(offset: int, value: int, *, only: int = 2) -> Callable[[bytearray, int, int], None]:
    def change(data: bytearray, at: int, number: int) -> None:
        if number == only:
            struct.pack_into(">I", data, at + offset, value)

    return change


@pytest.mark.parametrize(
    "change",
    [
        odd(moved(lambda number: -30_000 * (number == 4)), b"tfdt"),
        odd(set_at(4, 77), b"tfhd"),
        odd(set_at(4, 0x7FFFFFFF), b"trun"),
        odd(set_at(8, 0x7FFFFFFF), b"trun"),
        odd(set_at(8, 2, only=0), b"trex"),
        odd(set_at(4, 9, only=0), b"trex"),
        odd(set_at(-8, 1 << 30), b"moof"),
    ],
)
def test_what_is_odd_is_read_whole(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, change: Callable[[Path], Path]
) -> None:
    path = sound(tmp_path / "a.mp4", f"{PURE}+skip_trailer")
    assert movie_of(find(path)) is not None
    assert movie_of(find(change(path))) is None


@pytest.mark.parametrize("name", [b"mvex", b"trex", b"moof", b"mfhd", b"traf", b"tfhd", b"tfdt", b"trun", b"mdat"])
def test_any_bytes_in_its_boxes_are_no_error(tmp_path: Path, in_parts: pytest.MonkeyPatch, name: bytes) -> None:
    whole = sound(tmp_path / "a.m4a").read_bytes()
    for place in (whole.index(name), whole.rindex(name)):
        check_any_bytes(whole, place, tmp_path / "b.m4a")


@pytest.mark.parametrize("make", [sound, film])
def test_with_a_picture_of_its_cover(tmp_path: Path, in_parts: pytest.MonkeyPatch, make: Callable[..., Path]) -> None:
    path = noted(make(tmp_path / "a.mp4", f"{PURE}+default_base_moof+skip_trailer"), cover(jpeg()))
    with av.open(str(path)) as container:
        assert any(stream.disposition & av.stream.Disposition.attached_pic for stream in container.streams.video)
    check_same(path, in_parts)


@pytest.mark.parametrize("make", [sound, film])
def test_with_priming_that_is_noted(tmp_path: Path, in_parts: pytest.MonkeyPatch, make: Callable[..., Path]) -> None:
    path = noted(make(tmp_path / "a.mp4", f"{PURE}+default_base_moof+skip_trailer"), priming(2112))
    check_same(path, in_parts)
    assert not next(open_media(path)._reader().windows([(0, 2112)])).any()


def test_packets_beyond_its_end_are_no_error(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = written_anew(film(tmp_path / "a.mp4"), tmp_path / "b.mp4", 50)
    data = bytearray(path.read_bytes())
    struct.pack_into(">i", data, data.index(b"trun", data.rindex(b"moof")) + 12, 5_000_000)
    struct.pack_into(">I", data, data.rindex(b"mdat") - 4, 9_000_000)
    path.write_bytes(data)
    for _ in range(2):
        media = open_media(path)
        assert len(np.concatenate(list(media.sound_blocks())))
        in_parts.undo()


@pytest.mark.parametrize(("flags", "count"), [(0x0, 1 << 20), (0x1, 1 << 14), (0x100, 1 << 20)])
def test_lists_of_packets_that_cannot_be_take_no_memory(
    tmp_path: Path, in_parts: pytest.MonkeyPatch, flags: int, count: int
) -> None:
    path = sound(tmp_path / "a.mp4", f"{PURE}+skip_trailer")
    # Packets of a byte each, or of none.
    for size in (0, 1):
        run = box(b"trun", struct.pack(">IIi", flags, count, 0))
        head = box(b"tfhd", struct.pack(">IIII", 0x20018, 1, 1, size))
        path.write_bytes(path.read_bytes() + 40 * box(b"moof", box(b"traf", head, *[run] * 60)))
        tracemalloc.start()
        assert movie_of(find(path)) is None
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 20e6


def test_an_edit_that_begins_after_its_first_packets(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = sound(tmp_path / "a.mp4", "frag_keyframe+delay_moov")
    changed(path, b"elst", lambda data, at, _: struct.pack_into(">i", data, at + 12, 130_000))
    assert movie_of(find(path)) is None
    assert open_media(path).info().channels == 2


def test_a_file_that_changes_is_told(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = sound(tmp_path / "a.mp4")
    media = open_media(path)
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(MediaError, match="has changed"):
        list(media.sound_blocks())


def test_packets_are_as_written_out(tmp_path: Path, in_parts: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "a.mp4")
    found = movie_of(find(path))
    assert found is not None
    with av.open(str(path)) as container:
        for number, track in enumerate(found.tracks):
            listed = [packet for packet in container.demux(container.streams[number]) if packet.size]
            container.seek(0)
            assert track.count == len(listed)
            times = [packet.dts for packet in listed]
            for first, last in [(0, track.count), (3, 4), (track.count - 1, track.count), (17, 60)]:
                expected = listed[first:last]
                assert track.places(first, last).tolist() == [packet.pos for packet in expected]
                assert track.sizes(first, last).tolist() == [packet.size for packet in expected]
                steps = np.diff([*times, track.end])[first:last]
                assert np.repeat(*track.steps(first, last)[::-1]).tolist() == steps.tolist()
                keys = track.keys(first, last)
                if keys is not None:
                    assert keys.tolist() == [at for at in range(first, last) if listed[at].is_keyframe]
            for packet in range(track.count):
                assert track.time(packet) == times[packet]
                assert track.packet_at(times[packet]) == packet
