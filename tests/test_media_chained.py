"""Ogg files of several streams one after the other: read whole, each sample as in the streams alone."""

from __future__ import annotations

import io
import re
from contextlib import ExitStack
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from avseg_widget.errors import MediaError
from avseg_widget.media import Media, ogg_links, open_media, probe, ranged
from avseg_widget.media.ogg_links import find_links
from avseg_widget.media.ranged import Blocks
from avseg_widget.media.samples import Block
from avseg_widget.media.source import Place, find

from .media_makers import LAYOUTS
from .media_servers import serve

KINDS = ("opus", "vorbis", "flac")


def made(path: Path, codec: str, seconds: float, *, rate: int = 48000, channels: int = 1) -> Path:
    """Write noise; libsndfile gives each stream another serial number, libav's are all 0."""
    noise = 0.1 * np.random.default_rng(int(seconds * 100)).standard_normal((round(seconds * rate), channels))
    if codec != "flac":
        soundfile.write(path, noise, rate, format="OGG", subtype=codec.upper())
        return path
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream(codec, rate=rate, layout=LAYOUTS[channels])
        frame = av.AudioFrame.from_ndarray(
            (noise * 32767).astype(np.int16).reshape(1, -1), format="s16", layout=LAYOUTS[channels]
        )
        frame.sample_rate = rate
        resampler = av.AudioResampler("s16", LAYOUTS[channels], rate, frame_size=stream.codec_context.frame_size)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux([packet for packet in stream.encode(piece) if packet.size])
    return path


def chain(path: Path, *parts: Path | bytes) -> Path:
    path.write_bytes(b"".join(part if isinstance(part, bytes) else part.read_bytes() for part in parts))
    return path


def samples(media: Media) -> Block:
    reader = media._reader()
    assert reader is not None
    return np.concatenate(list(reader.blocks()))


def check(media: Media, expected: Block) -> None:
    info = media.info()
    assert info.duration == pytest.approx(len(expected) / info.sample_rate, abs=1e-6)
    found = samples(media)
    assert np.array_equal(found, expected)
    reader = media._reader()
    assert reader is not None
    spans = [
        (0, 500),
        (-20, 90),
        (47_000, 49_000),
        (48_100, 57_600),
        (400, 600),
        (len(expected) - 30, len(expected) + 9),
    ]
    padded = np.pad(expected, ((20, 9), (0, 0)))
    for (start, stop), block in zip(spans, reader.windows(iter(spans)), strict=True):
        assert np.array_equal(block, padded[start + 20 : stop + 20]), (start, stop)


@pytest.mark.parametrize("codec", KINDS)
def test_all_streams_are_read(tmp_path: Path, codec: str) -> None:
    parts = [made(tmp_path / f"{seconds}.ogg", codec, seconds) for seconds in (1.0, 0.73, 2.1)]
    media = open_media(chain(tmp_path / "all.ogg", *parts))
    expected = np.concatenate([samples(open_media(part)) for part in parts])
    assert len(expected) == 48000 + 35040 + 100_800
    check(media, expected)
    info = media.info()
    assert (info.container, info.codecs, info.sample_rate, info.channels) == ("ogg", [codec], 48000, 1)
    assert not info.exact
    assert info.way.startswith("stream: In Ogg files of several streams browsers may play the first alone")
    peaks = np.frombuffer(media.peak_tile(6, 0), np.int16).reshape(-1, 2)
    assert peaks[:, 1].tolist() == [expected[start : start + 4096].max() for start in range(0, len(expected), 4096)]
    fragment = media.sound_fragment(0.9, 1.9)
    (tmp_path / "played.mp4").write_bytes(fragment.bytes)
    assert np.array_equal(samples(open_media(tmp_path / "played.mp4"))[43_200:], expected[43_200:91_200])


@pytest.mark.parametrize("codec", KINDS)
def test_any_place_of_one_stream(tmp_path: Path, codec: str) -> None:
    media = open_media(made(tmp_path / "a.ogg", codec, 14.0))
    expected, reader = samples(media), media._reader()
    assert reader is not None
    for start in range(10_000, len(expected) - 999, 17_917):
        (block,) = reader.windows([(start, start + 999)])
        assert np.array_equal(block, expected[start : start + 999]), start


def copied(path: Path, parts: list[Path], *, late: int = 0, base: Fraction | None = None) -> Path:
    """Copy the packets of streams into one stream that begins late, in samples; ``base`` rounds their times."""
    with ExitStack() as stack:
        sources = [stack.enter_context(av.open(str(part))) for part in parts]
        container = stack.enter_context(av.open(str(path), "w", format="ogg"))
        stream = container.add_stream_from_template(sources[0].streams.audio[0])
        start = late
        for source in sources:
            for packet in source.demux(source.streams.audio[0]):
                if packet.size and packet.duration and packet.time_base:
                    at, start = start, start + packet.duration
                    packet.pts = at if base is None else round(round(at * packet.time_base / base) * base * 8000)
                    packet.dts, packet.stream = packet.pts, stream
                    container.mux(packet)
    return path


def check_places(media: Media, expected: Block) -> None:
    """Compare the whole and windows at many places, each in a call of its own and all of them in one."""
    assert np.array_equal(samples(media), expected)
    reader = media._reader()
    assert reader is not None
    starts = [*range(0, len(expected) - 500, 7919), *(len(expected) - left for left in (9000, 4000, 1500, 500))]
    spans = [(start, start + 500) for start in np.random.default_rng(1).permutation(starts).tolist()]
    for span, block in zip(spans, reader.windows(iter(spans)), strict=True):
        assert np.array_equal(block, expected[slice(*span)]), span
        (alone,) = reader.windows([span])
        assert np.array_equal(alone, block), span


def test_two_encodings_of_flac_copied_into_one_stream(tmp_path: Path) -> None:
    parts = [made(tmp_path / f"{seconds}.ogg", "flac", seconds, rate=8000) for seconds in (11.52, 9.5)]
    expected = np.concatenate([samples(open_media(part)) for part in parts])
    check_places(open_media(copied(tmp_path / "a.ogg", parts)), expected)


def test_flac_that_starts_late(tmp_path: Path) -> None:
    part = made(tmp_path / "a.ogg", "flac", 13.0, rate=8000)
    expected = np.pad(samples(open_media(part)), ((8000, 0), (0, 0)))
    check_places(open_media(copied(tmp_path / "late.ogg", [part], late=8000)), expected)


def test_flac_whose_times_were_rounded(tmp_path: Path) -> None:
    part = made(tmp_path / "a.ogg", "flac", 13.0, rate=8000)
    rounded = copied(tmp_path / "rounded.ogg", [part], base=Fraction(1, 300))
    check_places(open_media(rounded), samples(open_media(part)))


def test_flac_of_which_a_page_is_lost(tmp_path: Path) -> None:
    data = made(tmp_path / "a.ogg", "flac", 9.0).read_bytes()
    pages = [match.start() for match in re.finditer(b"OggS\0", data)]
    (tmp_path / "lost.ogg").write_bytes(data[: pages[4]] + data[pages[5] :])
    media = open_media(tmp_path / "lost.ogg")
    check_places(media, samples(media))


@pytest.mark.parametrize("codec", KINDS)
def test_the_same_stream_twice(tmp_path: Path, codec: str) -> None:
    part = made(tmp_path / "a.ogg", codec, 1.2)
    alone = samples(open_media(part))
    check(open_media(chain(tmp_path / "twice.ogg", part, part)), np.concatenate([alone, alone]))


@pytest.mark.parametrize("codec", KINDS)
def test_more_channels_on_the_way(tmp_path: Path, codec: str) -> None:
    mono, stereo = made(tmp_path / "1.ogg", codec, 1.1), made(tmp_path / "2.ogg", codec, 1.2, channels=2)
    one, two = (samples(open_media(part)) for part in (mono, stereo))
    expected = np.concatenate([np.repeat(one, 2, axis=1), two, np.repeat(one, 2, axis=1)])
    check(open_media(chain(tmp_path / "all.ogg", mono, stereo, mono)), expected)


@pytest.mark.parametrize("codec", KINDS)
def test_another_rate_on_the_way(tmp_path: Path, codec: str) -> None:
    fast, slow = made(tmp_path / "1.ogg", codec, 1.1), made(tmp_path / "2.ogg", codec, 1.2, rate=24000)
    media = open_media(chain(tmp_path / "all.ogg", fast, slow, fast))
    found, alone = samples(media), samples(open_media(fast))
    first, second = 52_800, 52_800 + 57_600
    assert np.array_equal(found[:first], alone)
    assert np.array_equal(found[second:], alone)
    given = samples(open_media(slow))[:, 0].astype(float)
    assert np.corrcoef(found[first:second:2, 0], given)[0, 1] > 0.98
    check(media, found)


def test_streams_of_several_codecs(tmp_path: Path) -> None:
    parts = [made(tmp_path / codec, codec, 1.0) for codec in KINDS]
    media = open_media(chain(tmp_path / "all.ogg", *parts))
    check(media, np.concatenate([samples(open_media(part)) for part in parts]))
    assert media.info().codecs == list(KINDS)


@pytest.mark.parametrize("codec", KINDS)
def test_what_is_damaged(tmp_path: Path, codec: str) -> None:
    first, second = made(tmp_path / "1.ogg", codec, 3.1), made(tmp_path / "2.ogg", codec, 1.2)
    data, whole = first.read_bytes(), samples(open_media(second))
    cut = samples(open_media(chain(tmp_path / "cut.ogg", data[:-300])))
    found = samples(open_media(chain(tmp_path / "all.ogg", data[:-300], second)))
    assert np.array_equal(found, np.concatenate([cut, whole]))
    unknown = data.replace(b"OpusHead", b"OtherOne").replace(b"\1vorbis", b"\1others").replace(b"\x7fFLAC", b"\x7fflac")
    media = open_media(chain(tmp_path / "odd.ogg", b"".join((second.read_bytes(), b"OggS\0" * 20, unknown)), second))
    check(media, np.concatenate([whole, whole]))
    (warning,) = (text for text in media.info().warnings if "of 3" in text)
    assert warning.startswith("Stream 2 of 3, at 1.2 s, is left out: ")
    with pytest.raises(MediaError):
        open_media(chain(tmp_path / "none.ogg", data[:50], data[:50]))


def test_streams_with_a_picture(tmp_path: Path) -> None:
    part = tmp_path / "a.mkv"
    with av.open(str(part), "w", format="ogg") as container:
        stream = container.add_stream("libvpx", rate=25, width=64, height=48)
        stream.pix_fmt = "yuv420p"
        for _ in range(25):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux([packet for packet in stream.encode(None) if packet.size])
    info = open_media(chain(tmp_path / "all.ogv", part, part)).info()
    assert info.kind == "video"
    assert info.warnings[0].startswith("2 recordings with a picture follow one another in this Ogg file")


@pytest.mark.parametrize("codec", KINDS)
def test_other_places(tmp_path: Path, codec: str) -> None:
    parts = [made(tmp_path / f"{seconds}.ogg", codec, seconds) for seconds in (1.0, 1.7)]
    expected = np.concatenate([samples(open_media(part)) for part in parts])
    path = chain(tmp_path / "all.ogg", *parts)
    check(open_media(path.read_bytes()), expected)
    with path.open("rb") as file:
        check(open_media(file), expected)
    with serve(path.read_bytes()) as served:
        media = open_media(served.url)
        check(media, expected)
        assert media.info().way.startswith("stream: In Ogg files of several streams")


def pages(serial: int, count: int, length: int = 60) -> bytes:
    """Return the pages of a stream of no known codec; lengths in units of 255 bytes."""
    body = bytes([length]) + b"\xff" * length + b"OggS" + bytes(255 * length - 4)
    heads = (
        b"OggS\0" + bytes([2 * (number == 0)]) + bytes(8) + bytes([serial, 0, 0, 0]) + number.to_bytes(4, "little")
        for number in range(count)
    )
    return b"".join(head + bytes(4) + body for head in heads)


class Counted:
    """Bytes from far, and how many were fetched."""

    far = True

    def __init__(self, data: bytes) -> None:
        self.warnings: list[str] = []
        self.fetched = 0
        self._data = data

    def fetch(self, start: int, stop: int) -> tuple[bytes, int]:
        found = self._data[start:stop]
        self.fetched += len(found)
        return found, len(self._data)


@pytest.mark.parametrize(
    "links", [[(1, 1300)], [(0, 500), (0, 800)], [(1, 900), (2, 350), (3, 50)], [(7, 200), (8, 900), (7, 200)]]
)
def test_a_long_file_is_not_looked_through(tmp_path: Path, links: list[tuple[int, int]]) -> None:
    parts = [pages(serial, count) for serial, count in links]
    starts = [0, *accumulate(map(len, parts))][:-1]
    source = Counted(b"".join(parts))
    found = find_links(Place("a.ogg", blocks=Blocks("a.ogg", source)))
    assert [place.start for place in found] == starts
    assert source.fetched < sum(map(len, parts)) / 2
    (tmp_path / "a.ogg").write_bytes(b"".join(parts))
    assert [place.start for place in find_links(find(tmp_path / "a.ogg"))] == starts


def test_short_streams_of_one_number_in_a_long_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ogg_links, "_SMALL", 100_000)
    parts = [pages(0, 3 + number % 5) for number in range(60)]
    (tmp_path / "a.ogg").write_bytes(b"".join(parts))
    assert len(find_links(find(tmp_path / "a.ogg"))) == len(parts)


def test_a_shorter_file_from_far_is_read_where_its_numbers_fall() -> None:
    one, some = pages(0, 500), b"".join(pages(0, 3 + number % 5) for number in range(100))
    for data, count in ((one, 1), (some, 100)):
        source = Counted(data)
        assert len(find_links(Place("a.ogg", blocks=Blocks("a.ogg", source)))) == count
        assert source.fetched < len(data) / 2 or count > 1


def test_streams_side_by_side_are_no_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ogg_links, "_SMALL", 0)
    first, second = (pages(serial, 40) for serial in (1, 2))
    size = len(first) // 40
    turns = b"".join(each[at : at + size] for at in range(0, len(first), size) for each in (first, second))
    (tmp_path / "a.ogg").write_bytes(turns)
    assert len(find_links(find(tmp_path / "a.ogg"))) == 1
    (tmp_path / "b.ogg").write_bytes(turns + pages(3, 40))
    assert len(find_links(find(tmp_path / "b.ogg"))) == 2


class Failing(io.BytesIO):
    """A file whose bytes cannot be read from a place on, once it is told so."""

    fails_from = 1 << 40

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= self.fails_from:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_read_that_fails_leaves_no_stream_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after it would lie at other times than when it is opened again."""
    monkeypatch.setattr(ranged, "_MOST_KEPT", 2)
    monkeypatch.setattr(ranged, "_MOST_AHEAD", 1)
    monkeypatch.setattr(ranged, "_PAUSES", (0.0,))
    part = made(tmp_path / "a.ogg", "flac", 20.0).read_bytes()
    file = Failing(part * 3)
    found = probe.find_links

    def then_fail(place: Place) -> list[Place]:
        links = found(place)
        file.fails_from = len(part) + 100_000
        return links

    monkeypatch.setattr(probe, "find_links", then_fail)
    with pytest.raises(MediaError, match="cannot be read"):
        open_media(file).info()


def test_many_streams_that_cannot_be_read_are_told_in_few_words(tmp_path: Path) -> None:
    good = made(tmp_path / "a.ogg", "opus", 0.5).read_bytes()
    unknown = good.replace(b"OpusHead", b"OtherOne")
    info = open_media(chain(tmp_path / "all.ogg", good, *[unknown] * 9)).info()
    assert [text[:12] for text in info.warnings] == ["Stream 2 of ", "Stream 3 of ", "Stream 4 of ", "So are 6 mor"]


def test_a_chain_of_too_many_streams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ogg_links, "MOST_LINKS", 5)
    part = made(tmp_path / "a.ogg", "opus", 0.2).read_bytes()
    assert open_media(chain(tmp_path / "some.ogg", *[part] * 5)).info().duration == pytest.approx(1.0)
    with pytest.raises(MediaError, match="split it into files of fewer"):
        open_media(chain(tmp_path / "more.ogg", *[part] * 6)).info()
