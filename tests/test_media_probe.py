"""What is found out of odd files: delays, late starts, missing indexes, wrong lengths; and any place read exactly."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget.media import Media, open_media
from avseg_widget.media.mp3 import PacketIndex
from avseg_widget.media.reader import AudioReader

from .media_makers import RATE, clicks, encode, onsets

VARIABLE = {"global_quality": "472", "flags": "+qscale"}


def reader_of(media: Media) -> AudioReader:
    reader = media._reader()
    assert reader is not None
    return reader


def decoded(media: Media) -> np.ndarray:
    return np.concatenate(list(reader_of(media).blocks()))


def starts(media: Media) -> np.ndarray:
    return onsets(decoded(media)[:, 0]) / media.info().sample_rate


# Description.


@pytest.mark.parametrize(
    ("name", "audio", "video", "container", "codecs"),
    [
        ("a.wav", "pcm_s16le", None, "wav", ["pcm_s16le"]),
        ("a.flac", "flac", None, "flac", ["flac"]),
        ("a.mp3", "libmp3lame", None, "mp3", ["mp3"]),
        ("a.m4a", "aac", None, "mp4", ["aac"]),
        ("a.webm", "libopus", "libvpx-vp9", "matroska", ["vp9", "opus"]),
        ("a.mov", "alac", "libx264", "mp4", ["h264", "alac"]),
        ("a.aiff", "pcm_s16be", None, "aiff", ["pcm_s16be"]),
    ],
)
def test_container_and_codecs(tmp_path: Path, name, audio, video, container, codecs):  # noqa: PLR0917
    rate = 48000 if audio == "libopus" else RATE
    info = open_media(encode(tmp_path / name, 1.0, audio=audio, video=video, rate=rate)).info()
    assert (info.container, info.codecs) == (container, codecs)


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_streams_that_are_left_out_are_told_and_not_left_to_the_browser(tmp_path: Path, kind: str):
    """Chromium plays the second sound of an MP4 where that is the default one."""
    target = tmp_path / "two 2.mp4"
    with (
        av.open(str(encode(tmp_path / "a.mp4", 1.0, video="libx264"))) as source,
        av.open(str(target), "w") as container,
    ):
        one = source.streams.audio[0] if kind == "audio" else source.streams.video[0]
        copies = [container.add_stream_from_template(one) for _ in range(2)]
        for packet in source.demux(one):
            if packet.dts is not None:
                pts, dts = packet.pts, packet.dts
                for copy in copies:
                    packet.stream, packet.pts, packet.dts, packet.time_base = copy, pts, dts, one.time_base
                    container.mux(packet)
    info = open_media(target).info()
    noun, place = {"audio": ("sound", "a:1"), "video": ("pictures", "v:1")}[kind]
    [warning] = info.warnings
    assert f"2 streams of {noun}, and the first is read" in warning
    assert f"ffmpeg -i 'two 2.mp4' -map 0:{place} -c copy" in warning
    assert info.way == f"stream: Of several streams of {noun} browsers may play another than the first, which is read"
    assert not info.exact


def test_the_description_is_for_reading(tmp_path: Path):
    info = open_media(encode(tmp_path / "a.mp4", 2.0, video="libx264", channels=2)).info()
    assert str(info).splitlines() == [
        "a.mp4: video, mp4, h264, aac",
        "  length   2.000 s",
        "  way      stream: there is no address from which the browser could load it",
        "  sound    44,100 Hz, 2 channels",
        "  picture  64 x 48, 50 frames, 25 a second",
    ]
    late = encode(tmp_path / "late.ts", 2.0, video="libx264", file_options={"output_ts_offset": "36000"})
    lines = str(open_media(late).info()).splitlines()
    assert re.fullmatch(r"  length   2\.04\d s, starts at \d{5}\.\d{3} s", lines[1])
    assert lines[2].startswith("  way      stream: Browsers do not play MPEG-TS")


def test_vorbis_is_the_samples_that_its_own_library_decodes(tmp_path: Path):
    """Its pages count a block of another size wrong now and then."""
    path = with_soundfile("a.ogg", "VORBIS")(tmp_path)
    expected = np.clip(soundfile.read(path, dtype="float32", always_2d=True)[0] * 32768, -32768, 32767)
    media = open_media(path)
    assert (media.info().duration, media.info().container) == (len(expected) / RATE, "ogg")
    assert np.abs(decoded(media) - expected).max() <= 1


# Delays and late starts.


def test_the_delay_of_an_aac_encoder_is_cut_away_where_the_file_says_so(tmp_path: Path):
    says = open_media(encode(tmp_path / "a.m4a", 3.0))
    assert np.abs(starts(says) - [0, 1, 2]).max() <= 1e-4
    assert says.info().duration == 3.0
    # Without an edit list a browser plays the delay.
    silent = open_media(encode(tmp_path / "b.m4a", 3.0, file_options={"use_editlist": "0"}))
    assert np.abs(starts(silent) - np.arange(3) - 1024 / RATE).max() <= 1e-4


def test_an_edit_list_with_a_delay(tmp_path: Path):
    media = open_media(encode(tmp_path / "a.mp4", 3.0, video="libx264", late=0.7))
    assert np.abs(starts(media) - [0.7, 1.7, 2.7]).max() < 0.002
    assert media.frame_times()[0] == 0
    (window,) = reader_of(media).windows([(30_000, 32_000)])
    np.testing.assert_array_equal(window, decoded(media)[30_000:32_000])


@pytest.mark.parametrize("offset", ["1.4", "36000"])
def test_the_clock_of_a_broadcast_is_no_silence(tmp_path: Path, offset: str):
    path = encode(tmp_path / "a.ts", 3.0, video="libx264", file_options={"output_ts_offset": offset})
    media = open_media(path)
    assert media.info().start == pytest.approx(float(offset), abs=0.06)
    assert media.info().duration == pytest.approx(3.04, abs=0.01)
    assert np.abs(starts(media) - np.arange(3) - 1024 / RATE).max() < 0.001
    assert media.frame_times()[0] == pytest.approx(1024 / RATE, abs=0.001)


def test_matroska_that_starts_late_keeps_its_start(tmp_path: Path):
    path = encode(tmp_path / "a.mkv", 3.0, video="libx264", file_options={"output_ts_offset": "10"})
    media = open_media(path)
    assert (media.info().start, media.info().duration) == (10.0, pytest.approx(13.02, abs=0.02))
    assert np.abs(starts(media) - [10, 11, 12]).max() < 0.002
    assert media.frame_times()[0] == 10.0
    assert not any("cut" in warning for warning in media.info().warnings)


def test_a_flac_cut_out_of_a_longer_one_keeps_its_start(tmp_path: Path):
    """The numbers of its frames go on where they were; libsndfile then fails at the first."""
    whole = encode(tmp_path / "whole.flac", 6.0, audio="flac")
    with av.open(str(whole)) as source, av.open(str(tmp_path / "cut.flac"), "w") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.pts is not None and packet.pts >= 3 * RATE:
                packet.stream = stream
                target.mux(packet)
    media = open_media(tmp_path / "cut.flac")
    assert 3.0 <= media.info().start < 3.2
    assert media.info().duration == 6.0
    assert np.abs(starts(media) - [4, 5]).max() <= 1e-4
    for start in (0, 100_000, 150_000, 5 * RATE):
        (window,) = reader_of(media).windows([(start, start + 2000)])
        np.testing.assert_array_equal(window, decoded(media)[start : start + 2000])


# Channels.


@pytest.mark.parametrize("layout", ["3.0", "5.0", "5.1", "6.1", "7.1"])
def test_the_channels_of_opus_are_in_the_order_of_all_else(tmp_path: Path, layout: str):
    channels = av.AudioLayout(layout).nb_channels
    tones = 300 * np.arange(1, channels + 1)
    samples = 0.3 * np.sin(2 * np.pi * tones[:, None] * np.arange(96_000) / 48_000)
    with av.open(str(tmp_path / "a.opus"), "w") as target:
        stream = target.add_stream("libopus", rate=48_000, layout=layout, options={"b": "512k"})
        packed = samples.T.reshape(1, -1).astype(np.float32)
        whole = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        whole.sample_rate, whole.pts, whole.time_base = 48_000, 0, Fraction(1, 48_000)
        resampler = av.AudioResampler(stream.format.name, layout, 48_000, 960)
        for frame in [*resampler.resample(whole), *resampler.resample(None), None]:
            target.mux(stream.encode(frame))
    media = open_media(tmp_path / "a.opus")
    with av.open(str(tmp_path / "a.opus")) as container:
        resampler = av.AudioResampler("s16", layout, 48_000)
        frames = [found for frame in container.decode(audio=0) for found in resampler.resample(frame)]
    expected = np.concatenate([frame.to_ndarray().reshape(-1, channels) for frame in frames])
    heard, there = (np.abs(np.fft.rfft(each[-48_000:], axis=0)).argmax(axis=0) for each in (decoded(media), expected))
    assert heard.tolist() == there.tolist()
    assert set(heard) == set(tones)
    (window,) = reader_of(media).windows([(50_000, 52_000)])
    np.testing.assert_allclose(window, decoded(media)[50_000:52_000], atol=1)


# Lengths that are missing or wrong.


def test_an_avi_whose_frames_wait_for_later_ones_shows_its_last_frame(tmp_path: Path):
    path = encode(tmp_path / "b-frames.avi", 1.0, audio=None, video="mpeg4", video_options={"bf": "2"})
    media = open_media(path)
    times = media.frame_times()
    assert (len(times), media.info().duration) == (25, pytest.approx(times[-1] + 0.04))
    assert open_media(encode(tmp_path / "plain.avi", 1.0, audio=None, video="mpeg4")).info().duration == 1.0


def test_an_avi_is_as_long_as_its_sound(tmp_path: Path):
    # The encoder leaves the last packet of PCM partly empty.
    media = open_media(encode(tmp_path / "a.avi", 3.33, audio="pcm_s16le"))
    assert len(decoded(media)) == round(media.info().duration * RATE) == round(3.33 * RATE)


def wav(seconds: float = 3.0) -> bytearray:
    buffer = io.BytesIO()
    soundfile.write(buffer, clicks(seconds, 16000), 16000, format="WAV")
    return bytearray(buffer.getvalue())


@pytest.mark.parametrize("stated", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF - 36])
def test_a_wav_that_does_not_know_its_length(stated: int):
    data = wav()
    place = data.index(b"data") + 4
    data[place : place + 4] = data[4:8] = struct.pack("<I", stated)
    media = open_media(bytes(data))
    assert (media.info().duration, media.info().warnings) == (3.0, [])
    np.testing.assert_array_equal(decoded(media), decoded(open_media(bytes(wav()))))


@pytest.mark.parametrize("total", [0, (1 << 36) - 1])
def test_a_flac_that_does_not_know_its_length(tmp_path: Path, total: int):
    data = bytearray(encode(tmp_path / "a.flac", 3.0, audio="flac").read_bytes())
    place = data.index(b"fLaC") + 21
    data[place] = data[place] & 0xF0 | total >> 32
    data[place + 1 : place + 5] = struct.pack(">I", total & 0xFFFFFFFF)
    media = open_media(bytes(data))
    assert media.info().duration == 3.0
    assert len(decoded(media)) == 3 * RATE


@pytest.mark.parametrize(
    ("packets", "words"), [(50, "The file says it is 1.3 s long and is 5.0 s long."), (10**6, "cut")]
)
def test_an_mp3_that_states_a_wrong_length(tmp_path: Path, packets: int, words: str):
    path = encode(tmp_path / "a.mp3", 5.0, audio="libmp3lame", noise=0.05, audio_options=VARIABLE)
    data = bytearray(path.read_bytes())
    place = data.index(b"Xing") + 8
    data[place : place + 4] = struct.pack(">I", packets)
    media = open_media(bytes(data))
    assert media.info().duration == pytest.approx(5.0, abs=0.03)
    assert words in media.info().warnings[0]
    assert len(decoded(media)) / RATE == pytest.approx(media.info().duration, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "audio", "options"),
    [
        ("a.mkv", "aac", {"live": "1"}),
        ("a.mp3", "libmp3lame", {"write_xing": "0"}),
        ("a.flac", "flac", {}),
        ("a.mp4", "aac", {"movflags": "frag_keyframe+empty_moov"}),
    ],
)
def test_without_an_index_every_place_is_found(tmp_path: Path, name: str, audio: str, options: dict[str, str]):
    path = encode(tmp_path / name, 20.0, audio=audio, noise=0.01, file_options=options, audio_options={"b": "96000"})
    media = open_media(path)
    assert media.info().duration == pytest.approx(20.0, abs=0.1)
    full = decoded(media)
    seconds = (onsets(full[:, 0])[::4]).tolist()
    assert len(seconds) == 5
    for start, found in zip(seconds, reader_of(media).windows([(at - 50, at + 2000) for at in seconds]), strict=True):
        assert abs(int(onsets(found[:, 0])[0]) - 50) <= 1, start


# Any place is that part of the whole.


def tones(seconds: float) -> np.ndarray:
    """Noise whose level changes four times a second: what makes an encoder vary its bit rate."""
    noise = 0.3 * np.random.default_rng(2).standard_normal(round(seconds * RATE))
    return noise * np.repeat(np.random.default_rng(3).random(round(seconds * 4)), RATE // 4)


def with_soundfile(name: str, subtype: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        soundfile.write(folder / name, tones(20.0), RATE, subtype)
        return folder / name

    return make


def with_av(name: str, audio: str, rate: int = RATE, **options: dict[str, str]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        return encode(folder / name, 20.0, audio=audio, rate=rate, noise=0.2, **options)  # type: ignore[arg-type]

    return make


MAKERS = {
    "vbr mp3": with_av("a.mp3", "libmp3lame", audio_options=VARIABLE),
    "vbr mp3 without index": with_av("b.mp3", "libmp3lame", audio_options=VARIABLE, file_options={"write_xing": "0"}),
    "cbr mp3": with_av("c.mp3", "libmp3lame"),
    "slow mp3": with_av("d.mp3", "libmp3lame", 16000, audio_options={"b": "8000"}),
    # The noise that an AAC decoder makes up for itself is another one in each run.
    "aac": with_av("a.m4a", "aac", audio_options={"aac_pns": "0"}),
    "adts aac": with_av("a.aac", "aac", audio_options={"aac_pns": "0"}),
    "opus": with_av("a.ogg", "libopus", 48000),
    "alac": with_av("b.m4a", "alac"),
    "flac": with_av("a.flac", "flac"),
    "matroska": with_av("a.mka", "flac"),
    "vorbis": with_soundfile("v.ogg", "VORBIS"),
    "24 bit wav": with_soundfile("w.wav", "PCM_24"),
    "float wav": with_soundfile("f.wav", "FLOAT"),
    "aiff": with_soundfile("a.aiff", "PCM_16"),
}


@pytest.fixture(scope="module", params=MAKERS)
def read_whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple:
    reader = reader_of(open_media(MAKERS[request.param](tmp_path_factory.mktemp("whole"))))
    return reader, np.concatenate(list(reader.blocks()))


@settings(max_examples=15, deadline=None)
@given(spans=st.lists(st.tuples(st.integers(-3000, 970_000), st.integers(1, 6000)), min_size=1, max_size=3))
def test_any_place_is_that_part_of_the_whole(read_whole, spans):
    reader, whole = read_whole
    asked = [(start, start + length) for start, length in spans]
    for (start, stop), found in zip(asked, reader.windows(asked), strict=True):
        expected = np.zeros((stop - start, 1), np.int16)
        low, high = max(start, 0), min(stop, len(whole))
        if low < high:
            expected[low - start : high - start] = whole[low:high]
        np.testing.assert_array_equal(found, expected)


# An hour of MP3.


def test_a_jump_in_an_hour_of_mp3_is_exact_and_reads_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    part = encode(
        tmp_path / "part.mp3",
        60.0,
        audio="libmp3lame",
        noise=0.05,
        audio_options=VARIABLE,
        file_options={"write_xing": "0", "id3v2_version": "0"},
    )
    path = tmp_path / "hour.mp3"
    path.write_bytes(part.read_bytes() * 60)
    media = open_media(path)
    reader = reader_of(media)
    assert media.info().duration == pytest.approx(3600, abs=2)
    minute = part_frames = 0
    kept: dict[int, np.ndarray] = {}
    places = [int(place) for place in np.random.default_rng(0).integers(0, 3600 * RATE - 4096, 12)]
    for block in reader.blocks():
        minute, part_frames = part_frames, part_frames + len(block)
        for place in places:
            low, high = max(place, minute), min(place + 4096, part_frames)
            if low < high:
                kept[place] = np.concatenate([kept.get(place, block[:0]), block[low - minute : high - minute]])
    packets = count_packets(monkeypatch)
    for place in places:
        (found,) = reader.windows([(place, place + 4096)])
        np.testing.assert_array_equal(found, kept[place])
    # So many packets are decoded in some milliseconds, wherever the place is.
    assert packets[0] / len(places) < 80


def count_packets(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    count = [0]
    frames = PacketIndex.frames

    def counted(self: PacketIndex, *arguments: object) -> Iterator[object]:
        for item in frames(self, *arguments):  # type: ignore[arg-type]
            count[0] += 1
            yield item

    monkeypatch.setattr(PacketIndex, "frames", counted)
    return count
