"""Proxies: the samples and frame times of the source, in files that browsers play exactly."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from avseg_widget.errors import MediaError
from avseg_widget.media import Media, open_media
from avseg_widget.media.encode import clock_for
from avseg_widget.media.readers import reader_for

from .media_makers import clicks, encode

VBR = {"global_quality": "472", "flags": "+qscale"}


def samples(media: Media) -> np.ndarray:
    reader = reader_for(media._place, media._facts)
    assert reader is not None
    return np.concatenate(list(reader.blocks()))


def lag(first: np.ndarray, second: np.ndarray) -> int:
    """Return how many samples ``second`` is later than ``first``, by cross-correlation."""
    size = 1 << (len(first) + len(second)).bit_length()
    spectra = [np.fft.rfft(values[:, 0].astype(float), size) for values in (first, second)]
    best = int(np.argmax(np.fft.irfft(np.conj(spectra[0]) * spectra[1])))
    return best - size if best > size // 2 else best


SOUNDS = [
    ("vbr.mp3", "libmp3lame", 44100, 2, VBR),
    ("cbr.mp3", "libmp3lame", 48000, 1, {}),
    ("adts.aac", "aac", 44100, 1, {}),
    ("a.m4a", "aac", 44100, 2, {}),
    ("lossless.m4a", "alac", 44100, 2, {}),
    ("opus.webm", "libopus", 48000, 2, {}),
    ("a.aiff", "pcm_s16be", 44100, 2, {}),
    ("surround.wav", "pcm_s16le", 48000, 6, {}),
    ("phone.wav", "pcm_mulaw", 8000, 1, {}),
]


@pytest.fixture(params=SOUNDS, ids=lambda sound: sound[0])
def sound(request: pytest.FixtureRequest, tmp_path: Path) -> Media:
    name, codec, rate, channels, options = request.param
    path = encode(
        tmp_path / name, 3.21, audio=codec, rate=rate, channels=channels, noise=0.02, audio_options=dict(options)
    )
    return open_media(path)


def test_flac_holds_every_sample(sound: Media):
    proxy = sound.make_proxy()
    assert proxy.path == sound.path.with_name(f"{sound.path.stem}.proxy.flac")
    expected = samples(sound)
    np.testing.assert_array_equal(samples(proxy), expected)
    info = proxy.info()
    assert (info.exact, info.warnings, info.mime) == (True, [], "audio/flac")
    assert (info.sample_rate, info.channels) == (sound.info().sample_rate, sound.info().channels)
    assert info.duration == len(expected) / info.sample_rate
    again, rate = soundfile.read(proxy.path, dtype="int16", always_2d=True)
    assert rate == info.sample_rate
    np.testing.assert_array_equal(again, expected)


@pytest.mark.parametrize("kind", ["aac", "opus"])
def test_small_sound_lies_where_it_was(sound: Media, kind: str):
    suffix = {"aac": ".m4a", "opus": ".opus"}[kind]
    target = sound.path.with_name(f"small{suffix}")
    if sound.info().channels > 2:
        with pytest.raises(MediaError, match=f"6 channels, {kind.upper()} here holds 2: choose flac"):
            sound.make_proxy(target, sound=kind)
        return
    proxy = sound.make_proxy(target, sound=kind)
    assert (proxy.info().exact, proxy.info().warnings) == (True, [])
    expected, found = samples(sound), samples(proxy)
    rate, new_rate = sound.info().sample_rate, proxy.info().sample_rate
    assert new_rate == (48000 if kind == "opus" else rate)
    assert len(found) == round(len(expected) * new_rate / rate)
    assert proxy.info().duration == pytest.approx(len(found) / new_rate, abs=1e-6)
    if new_rate != rate:
        at = np.arange(len(found)) * rate / new_rate
        expected = np.interp(at, np.arange(len(expected)), expected[:, 0])[:, None]
    assert abs(lag(expected, found)) <= 1


@pytest.mark.parametrize("count", [1, 1000, 44101])
@pytest.mark.parametrize("kind", ["flac", "aac", "opus"])
def test_the_number_of_samples_is_exact(tmp_path: Path, count: int, kind: str):
    media = open_media((np.full(count, 0.1), 44100))
    target = tmp_path / {"flac": "a.flac", "aac": "a.m4a", "opus": "a.opus"}[kind]
    proxy = media.make_proxy(target, sound=kind)
    assert len(samples(proxy)) == (round(count * 48000 / 44100) if kind == "opus" else count)


def test_ogg_vorbis(tmp_path: Path):
    soundfile.write(tmp_path / "a.ogg", clicks(2.0, channels=2), 44100, format="OGG", subtype="VORBIS")
    media = open_media(tmp_path / "a.ogg")
    proxy = media.make_proxy()
    np.testing.assert_array_equal(samples(proxy), samples(media))
    assert not media.info().exact
    assert proxy.info().exact


# Pictures.


def film(path: Path, codec: str, audio: str | None, *, base: Fraction, stamps: list[int], **options: str) -> Path:
    """Encode frames at the given stamps (in units of ``base``), with sound beside them."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream(codec, width=64, height=48, pix_fmt="yuv420p", options=options)
        picture.codec_context.framerate = Fraction(30)
        picture.time_base = picture.codec_context.time_base = base
        rate = 48000 if audio == "libopus" else 44100
        sound = container.add_stream(audio, rate=rate, layout="mono") if audio else None
        for number, stamp in enumerate(stamps):
            pixels = np.zeros((48, 64, 3), np.uint8)
            pixels[:, : 1 + number % 64] = (number * 37 % 256, number % 256, 90)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = stamp, base
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        if sound is not None:
            noise = np.random.default_rng(2).normal(0, 0.05, round(rate * float(stamps[-1] * base)))
            frame = av.AudioFrame.from_ndarray(noise[None].astype(np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def stamps_of(kind: str) -> tuple[Fraction, list[int]]:
    steps = np.random.default_rng(3).integers(300, 9000, 90).cumsum()
    return {
        "25": (Fraction(1, 25), list(range(90))),
        "23.976": (Fraction(1001, 24000), list(range(90))),
        "variable": (Fraction(1, 90000), [int(step) for step in steps - steps[0]]),
        "late": (Fraction(1, 600), [400 + 20 * number for number in range(90)]),
    }[kind]


FILMS = [
    ("a.mp4", "libx264", "aac"),
    ("a.mkv", "libx264", "libmp3lame"),
    ("a.ts", "libx264", "aac"),
    ("a.webm", "libvpx-vp9", "libopus"),
    ("hevc.mp4", "libx265", "aac"),
    ("a.mov", "prores_ks", None),
    ("silent.mp4", "mpeg4", None),
]


@pytest.mark.parametrize("times", ["25", "23.976", "variable", "late"])
@pytest.mark.parametrize(("name", "codec", "audio"), FILMS, ids=lambda value: value)
def test_every_frame_keeps_its_time(tmp_path: Path, name: str, codec: str, audio: str | None, times: str):
    if codec == "mpeg4" and times == "variable":
        pytest.skip("MPEG-4 has no such fine times")
    base, stamps = stamps_of(times)
    options = {"bf": "3"} if codec == "libx264" else {"x265-params": "log-level=none"} if codec == "libx265" else {}
    if codec == "prores_ks":
        path = film_of_prores(tmp_path / name, base, stamps)
    else:
        path = film(tmp_path / name, codec, audio, base=base, stamps=stamps, **options)
    media = open_media(path)
    expected = media.frame_times()
    assert len(expected) == 90
    for sound in ("flac", None):
        proxy = media.make_proxy(tmp_path / "proxy.mp4", sound=sound, overwrite=True)
        info = proxy.info()
        assert (info.exact, info.warnings, info.mime) == (True, [], "video/mp4")
        assert (info.width, info.height, info.frame_count) == (64, 48, 90)
        # FFmpeg tells a container's start in whole microseconds.
        np.testing.assert_allclose(proxy.frame_times(), expected, rtol=0, atol=1e-6)
        if audio and sound == "flac":
            np.testing.assert_array_equal(samples(proxy), samples(media))
        elif audio:
            assert abs(lag(samples(media), samples(proxy))) <= 1
    assert video_codec(tmp_path / "proxy.mp4") == "h264"


def film_of_prores(path: Path, base: Fraction, stamps: list[int]) -> Path:
    with av.open(str(path), "w", options={"video_track_timescale": str(base.denominator)}) as container:
        picture = container.add_stream("prores_ks", width=64, height=48, pix_fmt="yuv422p10le")
        picture.time_base = picture.codec_context.time_base = base
        for number, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = stamp, base
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
    return path


def video_codec(path: Path) -> str:
    with av.open(str(path)) as container:
        return container.streams.video[0].codec_context.name


def packets_of(path: Path, kind: str) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(**{kind: 0}) if packet.size]


def test_what_browsers_play_already_is_copied(tmp_path: Path):
    base, stamps = stamps_of("variable")
    path = film(tmp_path / "a.mp4", "libx264", "aac", base=base, stamps=stamps, bf="3")
    media = open_media(path)
    proxy = media.make_proxy(tmp_path / "p.mp4")
    for kind in ("video", "audio"):
        assert packets_of(proxy.path, kind) == packets_of(path, kind)
    before, after = samples(media), samples(proxy)
    # The source's own edit list ends it to the millisecond.
    assert 0 <= len(after) - len(before) < 45
    np.testing.assert_array_equal(after[: len(before)], before)
    data = proxy.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_rare_key_frames_are_made_regular(tmp_path: Path):
    base = Fraction(1, 30)
    path = film(tmp_path / "a.mp4", "libx264", None, base=base, stamps=list(range(330)), g="1000", sc_threshold="0")
    proxy = open_media(path).make_proxy()
    assert packets_of(proxy.path, "video") != packets_of(path, "video")
    np.testing.assert_array_equal(proxy.frame_times(), np.arange(330) / 30)
    with av.open(str(proxy.path)) as container:
        keys = [float(packet.pts * packet.time_base) for packet in container.demux(video=0) if packet.is_keyframe]
    assert keys[0] == 0
    assert max(np.diff([*keys, 11])) <= 1 + 1e-9


def test_pictures_are_made_smaller_and_stay_the_same_pictures(tmp_path: Path):
    base, stamps = stamps_of("variable")
    path = film(tmp_path / "a.mp4", "libx264", "aac", base=base, stamps=stamps)
    media = open_media(path)
    proxy = media.make_proxy(max_height=31)
    assert (proxy.info().width, proxy.info().height) == (40, 30)
    np.testing.assert_array_equal(proxy.frame_times(), media.frame_times())
    for before, after in zip(pictures(path, (40, 30)), pictures(proxy.path, (40, 30)), strict=True):
        assert np.abs(before - after).mean() < 6
    assert packets_of(media.make_proxy(tmp_path / "b.mp4", max_height=48).path, "video") == packets_of(path, "video")


def pictures(path: Path, size: tuple[int, int]) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.reformat(*size, format="rgb24").to_ndarray().astype(int) for frame in container.decode(video=0)]


@pytest.mark.parametrize("turn", [90, 180, -90])
def test_a_phone_held_upright(tmp_path: Path, turn: int):
    """The turn of the pictures is kept when they are copied, and put into the pixels when they are encoded."""
    path = film(tmp_path / "a.mp4", "libx264", None, base=Fraction(1, 25), stamps=list(range(30)))
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    matrix = {90: (0, -one, one, 0), 180: (-one, 0, 0, -one), -90: (0, one, -one, 0)}[turn]
    for place, value in zip((0, 4, 12, 16), matrix, strict=True):
        data[at + place : at + place + 4] = value.to_bytes(4, "big", signed=True)
    path.write_bytes(data)
    media = open_media(path)
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).rotation % 360 == turn % 360
    copied = media.make_proxy()
    with av.open(str(copied.path)) as container:
        assert next(container.decode(video=0)).rotation % 360 == turn % 360
    encoded = media.make_proxy(tmp_path / "b.mp4", max_height=media.info().height - 2)
    turned = [np.rot90(picture, turn // 90) for picture in pictures(path, (64, 48))]
    size = (encoded.info().width, encoded.info().height)
    assert size == {True: (46, 62), False: (62, 46)}[turn != 180]
    for before, after in zip(turned, pictures(encoded.path, turned[0].shape[1::-1]), strict=True):
        assert np.abs(before - after).mean() < 12


@pytest.mark.parametrize("size", [(63, 47), (640, 2)])
def test_odd_sizes_are_made_even(tmp_path: Path, size: tuple[int, int]):
    with av.open(str(tmp_path / "a.avi"), "w") as container:
        stream = container.add_stream("ffv1", rate=25, width=size[0], height=size[1], pix_fmt="yuv444p")
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((size[1], size[0], 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    info = open_media(tmp_path / "a.avi").make_proxy().info()
    assert (info.width % 2, info.height % 2, info.frame_count) == (0, 0, 5)


def test_clocks():
    assert clock_for(Fraction(1, 25), 0.0).at(7) == 7
    assert clock_for(Fraction(1, 1000), -0.007).at(-7) == 0
    between = clock_for(Fraction(1, 25), -0.007)
    assert abs(float(between.at(3) * between.base) - (3 / 25 + 0.007)) < 1e-6
