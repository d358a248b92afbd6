"""MP4 whose edits show several parts of its sound: the samples are those parts, one after another."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from avseg_widget.errors import MediaError
from avseg_widget.media import Media, edited, mp4_moov, open_media, readers
from avseg_widget.media.mp4_moov import movie_of
from avseg_widget.media.source import find

from .fragment_makers import box, with_box
from .test_mp4_parts import sound

RATE = 48_000
#: How long each is, in thousandths of a second, and the sample of the track with which it begins; -1 is silence.
EDITS = {
    "ascending": [(1001, 5000), (700, 100_000), (1500, 200_007)],
    "back": [(1500, 200_007), (333, 0), (1001, 5000), (1001, 5000)],
    "silence": [(500, -1), (1001, 5000), (333, -1), (250, -1), (1500, 100_000), (77, -1)],
    "one": [(1001, 5000), (20, -1)],
    "joined": [(1000, 2112), (1000, 50_112), (1000, 98_112)],
    "short": [(1, 4 * number) for number in range(300)],
    "to the end": [(1000, 0), (1500, 230_000)],
}


@pytest.fixture(params=[False, True], ids=["short", "long"])
def in_parts(request: pytest.FixtureRequest) -> Iterator[None]:
    """Read a file in one part, or in some; ranges from a second on are long ones then."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param:
            patch.setattr(mp4_moov, "HEAD", 50)
            patch.setattr(readers, "PART", 70)
            patch.setattr(edited, "LONG", RATE)
        yield


def with_edits(path: Path, edits: list[tuple[int, int]], speed: int = 1 << 16, track: int = 0) -> Path:
    """Put other edits into a file."""
    data = path.read_bytes().replace(b"edts", b"free")
    rows = b"".join(struct.pack(">Iii", length, first, speed) for length, first in edits)
    table = box(b"elst", struct.pack(">II", 0, len(edits)), rows)
    path.write_bytes(with_box(data, track, [], box(b"edts", table)))
    return path


def plain(path: Path) -> np.ndarray:
    """Return all samples of a track, the first at its time 0; what its last packet holds beyond its end is left out."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        frames = list(container.decode(audio=0))
        start, stop = frames[0].pts, container.streams.audio[0].duration
        resampler = av.AudioResampler("s16", frames[0].layout, frames[0].sample_rate)
        found = [part.to_ndarray() for frame in [*frames, None] for part in resampler.resample(frame)]
    channels = frames[0].layout.nb_channels
    samples = np.concatenate(found, axis=1).reshape(-1, channels)
    return np.concatenate([np.zeros((start, channels), np.int16), samples])[:stop]


def shown(track: np.ndarray, edits: list[tuple[int, int]], rate: int = RATE) -> np.ndarray:
    """Return the parts of a track that edits show."""
    ends = np.cumsum([0, *(length for length, _ in edits)])
    parts = []
    for (_, first), start, stop in zip(edits, ends, ends[1:], strict=False):
        part = np.zeros((round(stop * rate / 1000) - round(start * rate / 1000), track.shape[1]), np.int16)
        found = track[first : first + len(part)] if first >= 0 else part
        part[: len(found)] = found
        parts.append(part)
    return np.concatenate(parts)


def check(media: Media, expected: np.ndarray, seams: list[int], most: int = 0) -> None:
    """Compare all samples, and those around each seam."""
    found = media._reader()
    assert found is not None
    whole = np.concatenate(list(found.blocks()))
    assert whole.shape == expected.shape
    assert np.abs(whole.astype(int) - expected).max() <= most
    end = len(expected)
    spans = [(max(0, seam - 3000), min(end, seam + 5000)) for seam in seams]
    spans += [(7, 7), (end // 2, end), (0, end)]
    for (start, stop), window in zip(spans, found.windows(spans), strict=True):
        assert np.abs(window.astype(int) - expected[start:stop]).max(initial=0) <= most, start
    (beyond,) = found.windows([(-100, end + 100)])
    assert not beyond[:100].any()
    assert not beyond[-100:].any()


def check_edits(path: Path, edits: list[tuple[int, int]], most: int = 0) -> None:
    track = plain(path)
    media = open_media(with_edits(path, edits))
    assert media.info().duration == pytest.approx(sum(length for length, _ in edits) / 1000, abs=1e-12)
    seams = [round(end * RATE / 1000) for end in np.cumsum([length for length, _ in edits])]
    check(media, shown(track, edits), seams[:9], most)


@pytest.mark.parametrize("name", EDITS)
def test_the_parts_are_shown_one_after_another(tmp_path: Path, in_parts: None, name: str) -> None:
    check_edits(sound(tmp_path / "a.m4a", rate=RATE), EDITS[name])


# Opus forgets what came long before only by and by.
@pytest.mark.parametrize(("audio", "most"), [("alac", 0), ("libmp3lame", 0), ("libopus", 8), ("flac", 0)])
def test_other_codecs_are_too(tmp_path: Path, in_parts: None, audio: str, most: int) -> None:
    check_edits(sound(tmp_path / "a.mp4", audio, rate=RATE), EDITS["back"], most)


def test_lengths_do_not_add_up_their_rounding(tmp_path: Path, in_parts: None) -> None:
    """A thousandth of a second is 44.1 samples."""
    path = sound(tmp_path / "a.m4a", rate=44_100)
    track, edits = plain(path), EDITS["short"]
    media = open_media(with_edits(path, edits))
    assert media.info().duration == pytest.approx(0.3)
    check(media, shown(track, edits, 44_100), [6615])


def test_what_is_told_of_it(tmp_path: Path) -> None:
    info = open_media(with_edits(sound(tmp_path / "a.m4a", rate=RATE), EDITS["silence"])).info()
    assert (info.start, info.kind, info.warnings) == (0.5, "audio", [])
    assert not info.exact
    assert info.way == "stream: In MP4 files of several edits browsers may play beside the time shown"
    one = open_media(with_edits(sound(tmp_path / "b.m4a", rate=RATE), [(500, -1), (1001, 5000)])).info()
    assert one.exact
    assert not one.hindrances


def test_what_has_more_to_it_is_left_to_decoders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edits = EDITS["ascending"]
    assert movie_of(find(with_edits(sound(tmp_path / "a.m4a"), edits))) is not None
    for path in [
        with_edits(sound(tmp_path / "slow.m4a"), edits, speed=1 << 15),
        with_edits(sound(tmp_path / "empty.m4a"), [*edits, (0, 0)]),
        with_edits(sound(tmp_path / "before.m4a"), [*edits, (100, -2)]),
        with_edits(sound(tmp_path / "silent.m4a"), [(100, -1)] * 3),
        with_edits(sound(tmp_path / "after.m4a"), [*edits, (1000, 2**31 - 1)]),
        with_edits(sound(tmp_path / "longer.m4a"), [*edits, (2**32 - 1, 0)]),
        with_edits(sound(tmp_path / "many.m4a"), edits * 400),
    ]:
        assert movie_of(find(path)) is None, path.name
    # One unit of its time stamps is more than a sample.
    monkeypatch.setattr(mp4_moov, "_MOST_AFTER", 1 << 40)
    coarse = with_edits(sound(tmp_path / "coarse.m4a"), edits)
    data = bytearray(coarse.read_bytes())
    struct.pack_into(">I", data, data.index(b"mdhd") + 16, 4410)
    coarse.write_bytes(data)
    assert movie_of(find(coarse)) is not None
    assert open_media(coarse)._facts.movie is None


def with_text(path: Path, edits: list[tuple[int, int]]) -> Path:
    """Add a track of text to a file, which has the packets of the one of sound, and edits of its own."""
    whole = path.read_bytes()
    data = with_edits(path, edits).read_bytes()
    at = data.index(b"trak") - 4
    track = data[at : at + int.from_bytes(data[at : at + 4], "big")].replace(b"soun", b"text")
    start = whole.rindex(b"moov") - 4
    path.write_bytes(whole[:start] + box(b"moov", whole[start + 8 :], track))
    return path


@pytest.mark.parametrize(("text", "end"), [(EDITS["ascending"], 3.201), ([(500, -1), (3000, 5000), (1, 0)], 3.501)])
def test_a_text_beside_it_may_have_several_too(
    tmp_path: Path, in_parts: None, text: list[tuple[int, int]], end: float
) -> None:
    edits, path = EDITS["ascending"], sound(tmp_path / "a.m4a", rate=RATE)
    expected = shown(plain(path), edits)
    media = open_media(with_text(with_edits(path, edits), text))
    assert media.info().duration == pytest.approx(end)
    check(media, expected, [1001 * RATE // 1000])


def test_a_cut_file_is_left_to_decoders(tmp_path: Path) -> None:
    path = with_edits(sound(tmp_path / "a.m4a"), EDITS["ascending"])
    assert open_media(path)._facts.movie is not None
    path.write_bytes(path.read_bytes() + struct.pack(">I4s", 1000, b"mdat"))
    assert open_media(path)._facts.movie is None


def test_silence_that_is_too_long_is_an_error(tmp_path: Path) -> None:
    path = with_edits(sound(tmp_path / "a.m4a"), [(2**32 - 1, -1), (1000, 0), (1000, 0)])
    with pytest.raises(MediaError, match="hours long"):
        open_media(path)


@pytest.mark.parametrize("at", range(0, 40, 4))
@pytest.mark.parametrize("value", [0, 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_any_bytes_in_its_edits_are_no_other_error(tmp_path: Path, value: int, at: int) -> None:
    data = bytearray(with_edits(sound(tmp_path / "a.m4a"), EDITS["ascending"]).read_bytes())
    struct.pack_into(">I", data, data.index(b"elst") - 4 + at, value)
    path = tmp_path / "b.m4a"
    path.write_bytes(data)
    try:
        media = open_media(path)
    except MediaError:
        return
    found = media._reader()
    assert found is not None
    assert [len(window) for window in found.windows([(0, 5000), (60_000, 61_000)])] == [5000, 1000]
