"""Windows after a jump are the samples of reading in order, of codecs and containers that libav jumps beside in."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from avseg_widget.media import open_media
from avseg_widget.media.raw_stamps import restamped, runs_slow
from avseg_widget.media.reader import AudioReader

from .media_makers import RATE, encode, onsets

#: More than what is read from the start in any case.
SECONDS = 33.7
#: Name, codec, rate and channels; the first four were seconds or their whole state off.
KINDS = [
    ("g722.wav", "g722", 16000, 1),
    ("yamaha.wav", "adpcm_yamaha", RATE, 2),
    ("yamaha.mka", "adpcm_yamaha", RATE, 2),
    ("wma.wav", "wmav2", RATE, 2),
    ("g726.wav", "g726", 8000, 1),
    ("gsm.wav", "GSM610", 8000, 1),
    ("a.mp2", "mp2", RATE, 2),
    ("a.ac3", "ac3", RATE, 2),
    ("48.ac3", "ac3", 48000, 2),
    ("a.eac3", "eac3", RATE, 2),
    ("ac3.wav", "ac3", 48000, 2),
    ("ac3.ts", "ac3", 48000, 2),
    ("eac3.mp4", "eac3", 48000, 2),
    ("ima.mov", "adpcm_ima_qt", 22050, 1),
    ("swf.flv", "adpcm_swf", 22050, 1),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jumps")


def make(folder: Path, name: str, codec: str, rate: int, channels: int) -> Path:
    path = folder / name
    if codec == "GSM610":
        noise = 0.1 * np.random.default_rng(1).standard_normal(round(SECONDS * rate))
        soundfile.write(path, noise, rate, codec)
    else:
        options = {"b": "128000"} if codec == "wmav2" else {}
        encode(path, SECONDS, audio=codec, rate=rate, channels=channels, noise=0.05, audio_options=options)
    return path


def reader_of(path: Path, *, has_pass: bool) -> tuple[AudioReader, np.ndarray]:
    media = open_media(path)
    reader = media._reader()
    assert reader is not None
    whole = np.concatenate(list(media.sound_blocks()))
    if has_pass:
        for _ in reader.blocks():
            pass
    return reader, whole


@pytest.mark.parametrize(("name", "codec", "rate", "channels"), KINDS, ids=[kind[0] for kind in KINDS])
def test_windows_are_the_samples_of_reading_in_order(
    folder: Path, name: str, codec: str, rate: int, channels: int
) -> None:
    path = make(folder, name, codec, rate, channels)
    # The time stamps of this one are so coarse that its places are known after a pass.
    reader, whole = reader_of(path, has_pass=name == "swf.flv")
    assert reader.is_exact or name.endswith(".mka")
    assert len(whole) / rate == pytest.approx(SECONDS, abs=0.2)
    places = [round(seconds * rate) for seconds in (0.2, 0.6, 3.21, 29.9, 9.9, 2.0, 26.5, 33.1, 12.4, 1.3)]
    # Of one after another the file stays open; of each alone it is opened anew.
    spans = [(place, place + 3000) for place in places]
    alone = [next(iter(reader.windows([span]))) for span in spans]
    for span, together, single in zip(spans, reader.windows(spans), alone, strict=True):
        np.testing.assert_array_equal(single, whole[slice(*span)], str(span))
        np.testing.assert_array_equal(together, whole[slice(*span)], str(span))


def test_mp2_is_heard_after_a_jump_and_is_where_it_was(folder: Path) -> None:
    path = make(folder, "clicks.mp2", "mp2", RATE, 1)
    reader, whole = reader_of(path, has_pass=False)
    (found,) = reader.windows([(5 * RATE - 500, 6 * RATE)])
    # The encoder is 481 samples late.
    assert onsets(found[:, 0])[0] == pytest.approx(500 + 481, abs=20)
    assert np.abs(whole).max() > 20000


@pytest.mark.parametrize("codec", ["ac3", "eac3"])
def test_bare_packets_that_libav_stamps_too_early_lose_nothing(tmp_path: Path, codec: str) -> None:
    part = encode(tmp_path / f"part.{codec}", 10.0, audio=codec, noise=0.05)
    count = sum(packet.size > 0 for packet in av.open(str(part)).demux(audio=0))
    path = tmp_path / f"long.{codec}"
    path.write_bytes(part.read_bytes() * 12)
    media = open_media(path)
    assert media.info().duration == pytest.approx(12 * count * 1536 / RATE, abs=1e-4)
    assert media.info().warnings == []
    reader, whole = reader_of(path, has_pass=False)
    assert len(whole) == 12 * count * 1536
    for place in (50 * RATE, 119 * RATE):
        np.testing.assert_array_equal(next(iter(reader.windows([(place, place + 99)]))), whole[place : place + 99])


def test_stamps_that_are_rounded_down_are_told_apart() -> None:
    assert [rate for rate in (16000, 22050, 24000, 32000, 44100, 48000) if runs_slow("dts", rate)] == [22050, 44100]
    packets = [av.Packet(1) for _ in range(1000)]
    for number, packet in enumerate(packets):
        packet.pts = packet.dts = number * 1044
        packet.duration = 1044
    stamps = [packet.pts for packet in restamped(packets, 44100)]
    assert stamps == [round(Fraction(number * 512 * 90000, 44100)) for number in range(1000)]


def test_opus_that_begins_late_is_read_at_its_beginning(tmp_path: Path) -> None:
    plain = encode(tmp_path / "a.opus", 6.0, audio="libopus", rate=48000, noise=0.05)
    late = tmp_path / "late.opus"
    with av.open(str(plain)) as source, av.open(str(late), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.size:
                packet.pts = packet.dts = packet.pts + 120_000
                packet.stream = stream
                target.mux(packet)
    reader, whole = reader_of(late, has_pass=False)
    for place in (10, 12_000, 30_000, 60_000, 200_000):
        (found,) = reader.windows([(place, place + 2000)])
        # Its decoder fills up with noise.
        assert np.abs(found.astype(int) - whole[place : place + 2000]).max() < 40, place


@pytest.mark.parametrize(("seconds", "rate"), [(0.3, 44100), (0.5, 24000), (4.0, 24000)])
def test_vorbis_of_one_page_and_its_last_page_are_where_they_were(tmp_path: Path, seconds: float, rate: int) -> None:
    path = tmp_path / "speech.ogg"
    noise = 0.1 * np.random.default_rng(1).standard_normal(round(seconds * rate))
    soundfile.write(path, noise, rate, "VORBIS")
    # Two pages are headers.
    assert (path.read_bytes().count(b"OggS") == 3) == (seconds < 1)
    reader, whole = reader_of(path, has_pass=False)
    true = soundfile.read(path, always_2d=True)[0]
    assert whole.shape == true.shape == (len(noise), 1)
    np.testing.assert_allclose(whole / 32768, true, atol=1e-4)
    # Once the end was read libav begins with the last page.
    spans = [(start, start + 900) for start in (len(true) - 900, len(true) - 3000, 200, len(true) - 2000, 9000)]
    for (start, stop), found in zip(spans, reader.windows(spans), strict=True):
        expected = np.zeros((900, 1), np.int16)
        expected[: len(whole) - start] = whole[start:stop]
        np.testing.assert_array_equal(found, expected)
