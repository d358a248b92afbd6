"""Films of which edits show several parts: the same frames at the same times as by libav, and sound to the sample."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import av
import numpy as np
import pytest

from avseg_widget.media import Media, edited, mp4_edits, mp4_moov, mp4_movie, open_media, readers
from avseg_widget.media import film as film_parts
from avseg_widget.media.film import EditedFilm, film_of
from avseg_widget.media.mp4_moov import movie_of
from avseg_widget.media.pictures import SHIFT
from avseg_widget.media.source import find
from benchmarks.barcodes import clip, make, read_bars

from .fragment_makers import box, with_box
from .media_makers import encode, interleaved
from .test_mp4_edits import RATE, check, plain, shown

#: How long each is, in thousandths of a second, and the seconds of the film with which it begins; -1 is nothing.
EDITS = {
    "ascending": [(1001, 0.2), (1700, 2.1), (1500, 4.5)],
    "back": [(1500, 4.17), (333, 0.0), (1001, 0.5), (1001, 0.5)],
    "late": [(500, -1), (1001, 1.3), (1500, 4.0)],
    "key": [(1000, 0.0), (2000, 4.0), (1000, 2.0)],
    "short": [(200, 0.3 * number) for number in range(15)],
    "to the end": [(1000, 0.0), (2900, 5.2)],
}


@pytest.fixture(params=[False, True], ids=["short", "long"])
def in_parts(request: pytest.FixtureRequest) -> Iterator[None]:
    """Read a film in one part, or in some."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param:
            patch.setattr(mp4_movie, "LONG", 0)
            patch.setattr(mp4_moov, "HEAD", 150)
            patch.setattr(mp4_movie, "HEAD", 150)
            patch.setattr(mp4_edits, "_FIRST", 7)
            patch.setattr(mp4_edits, "BLOCK", 30)
            patch.setattr(readers, "PART", 70)
            patch.setattr(film_parts, "PART", 20)
            patch.setattr(edited, "LONG", RATE)
        yield


def film(path: Path, name: str = "b-frames.mp4", **options: str) -> Path:
    """Return a film of 8 s whose header comes last."""
    found = interleaved(make(clip(name), path, 8.0), **options)
    found.write_bytes(found.read_bytes().replace(b"edts", b"free"))
    return found


def with_edits(path: Path, edits: list[tuple[int, float]], track: int) -> Path:
    """Put the edits of a track into a film that has none."""
    with av.open(str(path)) as container:
        rate = 1 / container.streams[track].time_base
    rows = b"".join(
        struct.pack(">Iii", length, -1 if first == -1 else round(first * rate), 1 << 16) for length, first in edits
    )
    table = box(b"elst", struct.pack(">II", 0, len(edits)), rows)
    path.write_bytes(with_box(path.read_bytes(), track, [], box(b"edts", table)))
    return path


def decoded(path: Path | io.BytesIO) -> list[tuple[float, int]]:
    """Return when frames are shown, and their numbers, as libav gives them."""
    with av.open(path if isinstance(path, io.BytesIO) else str(path)) as container:
        frames = list(container.decode(video=0))
        base = container.streams.video[0].time_base
        return [(float(frame.pts * base), read_bars(frame.to_ndarray(format="rgb24"))) for frame in frames]


def played(media: Media, start: float) -> list[tuple[float, int]]:
    """Return the same of the fragments that follow one another from a time on."""
    data, resume = b"", False
    while start < media.frame_times()[-1]:
        fragment = media.picture_fragment(start, start + 1.3, ["h264"], resume=resume)
        data += fragment.bytes
        start, resume = fragment.end, True
    return [(time - SHIFT, number) for time, number in decoded(io.BytesIO(data))]


def check_pictures(path: Path) -> None:
    expected = decoded(path)
    media = open_media(path)
    with closing(film_of(media._place, media._facts)()) as opened:
        assert isinstance(opened, EditedFilm)
    times = media.frame_times()
    assert times.tolist() == sorted({time for time, _ in expected if time >= 0})
    assert media.info().frame_count == len(times)
    number_at = dict(expected)
    # Of edits whose frames would be shown at once, the later one is shown.
    latest = [time for at, (time, _) in enumerate(expected) if all(time < other for other, _ in expected[at + 1 :])]
    for some in np.array_split(latest[::7], 8):
        if not len(some):
            continue
        for time, picture in zip(some, media.thumbnails([time + 0.001 for time in some], 0.0), strict=True):
            with av.open(io.BytesIO(picture), format="mjpeg") as image:
                assert read_bars(next(image.decode(video=0)).to_ndarray(format="rgb24")) == number_at[time], time
    for start in (0.0, 1.1, 2.6):
        for time, number in played(media, start):
            nearest = min(number_at, key=lambda each: abs(each - time))
            assert nearest == pytest.approx(time, abs=1e-4)
            assert number_at[nearest] == number


@pytest.mark.parametrize("name", EDITS)
def test_frames_are_those_of_libav(tmp_path: Path, in_parts: None, name: str) -> None:
    check_pictures(with_edits(film(tmp_path), EDITS[name], 0))


@pytest.mark.parametrize("name", ["25.mp4", "varying.mp4", "from-ts.mp4", "60-vp9.mp4"])
def test_those_of_other_films_are_too(tmp_path: Path, in_parts: None, name: str) -> None:
    check_pictures(with_edits(film(tmp_path, name), EDITS["ascending"], 0))


def test_those_that_are_decoded_before_they_are_shown(tmp_path: Path, in_parts: None) -> None:
    made = film(tmp_path, movflags="negative_cts_offsets")
    check_pictures(with_edits(made, EDITS["back"], 0))


@pytest.mark.parametrize("name", ["25.mp4", "b-frames.mp4", "varying.mp4"])
def test_any_edits_have_the_times_of_libav(tmp_path: Path, in_parts: None, name: str) -> None:
    plain = film(tmp_path, name)
    chance = np.random.default_rng(1)
    for number in range(20):
        lengths = chance.integers(120, 3000, 4).tolist()
        edits = [(length, float(first)) for length, first in zip(lengths, chance.uniform(0, 7.8, 4), strict=True)]
        path = tmp_path / f"{number}.mp4"
        path.write_bytes(plain.read_bytes())
        found = movie_of(find(with_edits(path, [(200, -1), *edits][number % 2 :], 0)))
        # Some end after the film.
        if found is None:
            continue
        times = found.frame_times(found.tracks[0])
        assert times.tolist() == sorted({time for time, _ in decoded(path) if time >= 0})


def of_sound(edits: list[tuple[int, float]]) -> list[tuple[int, int]]:
    """Return edits as those of a track of sound are."""
    return [(length, -1 if first == -1 else round(first * RATE)) for length, first in edits]


def noisy(path: Path) -> Path:
    """Return a film with noise, and without edits."""
    given = {"video": "libx264", "noise": 0.1, "rate": RATE, "audio_options": {"aac_pns": "0"}}
    found = interleaved(encode(path, 8.0, **given))
    found.write_bytes(found.read_bytes().replace(b"edts", b"free"))
    return found


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("both", [False, True])
def test_sound_is_to_the_sample(tmp_path: Path, in_parts: None, *, both: bool, name: str) -> None:
    path, edits = noisy(tmp_path / "a.mp4"), EDITS[name]
    expected = shown(plain(path), of_sound(edits))
    with_edits(path, edits, 1)
    frames = 200
    if both:
        frames = len({time for time, _ in decoded(with_edits(path, edits, 0)) if time >= 0})
    media = open_media(path)
    check(media, expected, [round(end * RATE / 1000) for end in np.cumsum([length for length, _ in edits])][:9])
    info = media.info()
    assert info.frame_count == len(media.frame_times()) == frames
    assert info.duration == pytest.approx(sum(length for length, _ in edits) / 1000 if both else 8.08, abs=1e-4)
    assert info.start == (0.5 if both and name == "late" else 0.0 if both or name != "late" else 0.08)


def test_one_edit_of_the_picture_and_several_of_the_sound(tmp_path: Path, in_parts: None) -> None:
    path = noisy(tmp_path / "a.mp4")
    expected = shown(plain(path), of_sound(EDITS["back"]))
    with_edits(with_edits(path, EDITS["back"], 1), [(3000, 2.08)], 0)
    media = open_media(path)
    check(media, expected, [])
    assert media.frame_times().tolist() == [time for time, _ in decoded(path)]
    with closing(film_of(media._place, media._facts)()) as opened:
        assert not isinstance(opened, EditedFilm)
    (picture,) = media.thumbnails([1.0], 0.0)
    assert picture


def test_several_edits_of_the_picture_and_one_of_the_sound(tmp_path: Path, in_parts: None) -> None:
    path = noisy(tmp_path / "a.mp4")
    expected = plain(path)[RATE : 6 * RATE]
    with_edits(with_edits(path, [(5000, 1.0)], 1), EDITS["back"], 0)
    media = open_media(path)
    check(media, expected, [])
    assert media.info().duration == 5.0
    assert len(media.frame_times()) == len({time for time, _ in decoded(path)})


def test_what_is_told_of_it(tmp_path: Path) -> None:
    info = open_media(with_edits(film(tmp_path), EDITS["ascending"], 0)).info()
    assert (info.kind, info.width, info.height, info.warnings) == ("video", 160, 90, [])
    assert not info.exact
    beside = "In MP4 files of several edits browsers may play beside the time shown"
    assert info.hindrances == [f"{beside}: convert it to MP4 with H.264 and AAC for exact times."]


def test_what_has_more_to_it_is_left_to_decoders(tmp_path: Path) -> None:
    whole = film(tmp_path)
    edits = EDITS["ascending"]

    def edited_by(edits: list[tuple[int, float]], change: Callable[[bytes], bytes] = bytes) -> Path:
        path = tmp_path / "b.mp4"
        path.write_bytes(whole.read_bytes())
        path.write_bytes(change(with_edits(path, edits, 0).read_bytes()))
        return path

    assert movie_of(find(edited_by(edits))) is not None
    for path in [
        edited_by([*edits, (300, -1), (500, 1.0)]),
        edited_by([(100, -1), (200, -1)]),
        edited_by([*edits, (9000, 1.0)]),
        edited_by([(40, 0.1 * number) for number in range(9)]),
        edited_by(edits, lambda data: with_box(data, 0, [b"mdia", b"minf", b"stbl"], box(b"sbgp", bytes(8)))),
        edited_by(edits, lambda data: data + struct.pack(">I4s", 1000, b"mdat")),
    ]:
        assert movie_of(find(path)) is None
        assert open_media(path)._facts.movie is None


def test_its_proxy_is_as_long(tmp_path: Path) -> None:
    edits = EDITS["key"]
    media = open_media(with_edits(with_edits(noisy(tmp_path / "a.mp4"), edits, 1), edits, 0))
    proxy = open_media(media.make_proxy(tmp_path / "proxy.mp4"))
    assert proxy.frame_times() == pytest.approx(media.frame_times())
    assert sum(map(len, proxy.sound_blocks())) == 4 * RATE
