"""Recordings side by side: one time axis, one rate, the channels of all, each where its offset puts it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget.errors import MediaError
from avseg_widget.media import Media, open_media
from avseg_widget.media.resample import ResampledReader

from .media_makers import clicks, encode, onsets
from .test_media_peaks import Blocks

RATE = 16000


def sound(frames: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-20000, 20000, (frames, channels), np.int16)


def decoded(media: Media) -> np.ndarray:
    return np.concatenate(list(media._reader().blocks()))  # type: ignore[union-attr]


def window(media: Media, start: int, stop: int) -> np.ndarray:
    (found,) = media._reader().windows([(start, stop)])  # type: ignore[union-attr]
    return found


def test_three_microphones_are_one_media(tmp_path: Path):
    for number, seconds in enumerate([1.0, 2.5, 0.5]):
        soundfile.write(tmp_path / f"mic{number}.wav", clicks(seconds, RATE), RATE)
    media = open_media([tmp_path / "mic0.wav", str(tmp_path / "mic1.wav"), (tmp_path / "mic2.wav").read_bytes()])
    info = media.info()
    assert (info.kind, info.duration, info.sample_rate, info.channels) == ("audio", 2.5, RATE, 3)
    assert info.name == "mic0.wav + mic1.wav + recording"
    assert info.channel_names == ["mic0.wav", "mic1.wav", "recording"]
    assert (media.source.url, media.source.stream, media.path) == ("", True, None)
    found = decoded(media)
    assert found.shape == (40000, 3)
    for channel, frames in enumerate([16000, 40000, 8000]):
        np.testing.assert_allclose(found[:frames, channel], clicks(frames / RATE, RATE)[:, 0] * 32768, atol=1)
        assert not found[frames:, channel].any()
    with pytest.raises(MediaError, match="has no bytes"):
        media.read_bytes(0)


@settings(max_examples=25, deadline=None)
@given(
    lengths=st.lists(st.tuples(st.integers(1, 30_000), st.integers(1, 2), st.integers(0, 9000)), min_size=1).map(
        lambda lengths: lengths[:4]
    ),
    start=st.integers(-3000, 40_000),
    length=st.integers(1, 20_000),
)
def test_every_window_is_that_part_of_the_whole(lengths, start, length):
    arrays = [sound(frames, channels, frames) for frames, channels, _ in lengths]
    media = open_media([((array, RATE), offset / RATE) for array, (_, _, offset) in zip(arrays, lengths, strict=True)])
    total = max(len(array) + offset for array, (_, _, offset) in zip(arrays, lengths, strict=True))
    expected = np.zeros((total, sum(array.shape[1] for array in arrays)), np.int16)
    first = 0
    for array, (_, channels, offset) in zip(arrays, lengths, strict=True):
        expected[offset : offset + len(array), first : first + channels] = array
        first += channels
    assert media.info().duration == pytest.approx(total / RATE, abs=1e-9)
    np.testing.assert_array_equal(decoded(media), expected)
    padded = np.zeros((length, expected.shape[1]), np.int16)
    low, high = max(start, 0), min(start + length, total)
    if low < high:
        padded[low - start : high - start] = expected[low:high]
    np.testing.assert_array_equal(window(media, start, start + length), padded)


def test_channels_of_one_name_are_numbered():
    stereo = (sound(10, 2), RATE)
    assert open_media([stereo, stereo]).info().channel_names == [
        "1: recording.wav, channel 1",
        "1: recording.wav, channel 2",
        "2: recording.wav, channel 1",
        "2: recording.wav, channel 2",
    ]
    assert open_media(stereo).info().channel_names == []


def test_any_formats_side_by_side(tmp_path: Path):
    names = {"a.mp3": "libmp3lame", "a.m4a": "aac", "a.flac": "flac"}
    paths = [encode(tmp_path / name, 4.3, audio=codec) for name, codec in names.items()]
    media = open_media([(path, number) for number, path in enumerate(paths)])
    found = decoded(media)
    for channel in range(3):
        assert np.abs(onsets(found[:, channel]) - (np.arange(5) + channel) * 44100).max() <= 5
    np.testing.assert_array_equal(window(media, 100_000, 120_000), found[100_000:120_000])


# A picture beside it.


def test_a_film_and_a_microphone(tmp_path: Path):
    film = encode(tmp_path / "a.mp4", 3.0, video="libx264")
    soundfile.write(tmp_path / "mic.wav", clicks(5.0, 44100), 44100)
    media = open_media([tmp_path / "mic.wav", (film, 1.5)])
    info = media.info()
    assert (info.kind, info.width, info.height, info.frame_count, info.duration) == ("video", 64, 48, 75, 5.0)
    assert info.channel_names == ["mic.wav", "a.mp4"]
    np.testing.assert_array_equal(media.frame_times(), np.arange(75) / 25 + 1.5)
    assert np.abs(onsets(decoded(media)[:, 1]) - (np.arange(3) + 1.5) * 44100).max() <= 5
    assert media.peak_tile(4, 0)


def test_a_film_in_a_list_within_a_list_keeps_its_pictures(tmp_path: Path):
    film = encode(tmp_path / "a.mp4", 1.0, video="libx264")
    media = open_media([([(film, 0.5), (sound(RATE), RATE)], 0.25), (sound(RATE), RATE)])
    np.testing.assert_allclose(media.frame_times(), np.arange(25) / 25 + 0.75, atol=1e-9)
    assert media.thumbnails([1.0], 0.0)[0]
    assert media.picture_fragment(0, 1, ["h264"], resume=False).end > 1


def test_a_film_without_sound_and_a_microphone(tmp_path: Path):
    film = encode(tmp_path / "a.mp4", 2.0, audio=None, video="libx264")
    media = open_media([film, (sound(RATE), RATE)])
    assert (media.info().channels, media.info().sample_rate, media.info().duration) == (1, RATE, 2.0)
    assert decoded(media).shape == (2 * RATE, 1)


def test_two_pictures_are_refused(tmp_path: Path):
    film = encode(tmp_path / "a.mp4", 1.0, video="libx264")
    with pytest.raises(MediaError, match=r"a\.mp4 and a\.mp4 both have a picture"):
        open_media([film, film])


# Rates that differ.


@pytest.mark.parametrize("rates", [(8000, 48000), (44100, 48000), (16000, 44100), (44099, 48000), (11025, 96000)])
def test_a_lower_rate_is_raised_and_everything_stays_in_its_place(rates: tuple[int, int]):
    low, high = rates
    ticks = np.arange(round(3.2 * low)) / low
    tone = 0.5 * np.sin(2 * np.pi * 440 * ticks)
    media = open_media([((tone, low), 0.25), (np.zeros(5 * high), high)])
    assert media.info().sample_rate == high
    found = decoded(media)[:, 0] / 32768
    first = round(0.25 * high)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(3.2 * high)) / high)
    # Beside the ends, where the tone begins at once, it is the same tone to 16 bits' precision or so.
    margin = high // 50
    part = slice(first + margin, first + len(expected) - margin)
    assert np.abs(found[part] - expected[margin:-margin]).max() < 0.002
    assert not found[: first - margin].any()
    assert not found[first + len(expected) + margin :].any()


@settings(max_examples=40, deadline=None)
@given(
    rates=st.sampled_from([(8000, 48000), (44100, 48000), (16000, 44100), (8000, 11025)]),
    frames=st.integers(1, 120_000),
    spans=st.lists(st.tuples(st.integers(-5000, 600_000), st.integers(1, 30_000)), min_size=1, max_size=4),
    size=st.integers(100, 50_000),
)
def test_resampled_windows_are_that_part_of_the_whole(rates, frames, spans, size):
    reader = Blocks(sound(frames, 2, frames), [size])
    reader.rate = rates[0]
    reader.windows = lambda spans: (padded(reader._samples, start, stop) for start, stop in spans)
    resampled = ResampledReader(reader, rates[1], frames)
    whole = np.concatenate(list(resampled.blocks()))
    assert len(whole) == -(-frames * rates[1] // rates[0])
    asked = [(start, start + length) for start, length in spans]
    for (start, stop), found in zip(asked, resampled.windows(asked), strict=True):
        np.testing.assert_array_equal(found, padded(whole, start, stop))


def padded(samples: np.ndarray, start: int, stop: int) -> np.ndarray:
    result = np.zeros((stop - start, samples.shape[1]), np.int16)
    low, high = max(start, 0), min(stop, len(samples))
    if low < high:
        result[low - start : high - start] = samples[low:high]
    return result


def test_a_list_within_a_list_may_be_later():
    one = (sound(RATE), RATE)
    media = open_media([([one, one], 0.5), (one, 0.25), ([0.5] * RATE, RATE), ([(0.5, 0.1)] * RATE, RATE)])
    assert (media.info().duration, media.info().channels) == (1.5, 6)


# What cannot be aligned.


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ([], "the list of recordings is empty"),
        ([0.1, 0.2], "media cannot be a float"),
        ([(sound(5, 5), RATE), (sound(5, 4), RATE)], r"have 9 channels together \(at most 8\)"),
        ([((sound(5), RATE), -1.0)], "the offset of recording 1 is -1.0 s.*add the same number"),
        ([((sound(5), RATE), float("nan"))], "the offset of recording 1 is nan s"),
        ([((sound(5), RATE), 1e300)], r"the offset of recording 1 is 1e\+300 s \(at most 3,600,000, 1,000 hours\)"),
        ([(sound(5), RATE), ((sound(5), RATE), "1")], "recording 2 of the list is not well formed"),
        ([("a.wav", 1, 2)], "recording 1 of the list is not well formed"),
        ([()], "recording 1 of the list is not well formed"),
        (["http://127.0.0.1:9/a.wav"], r"could not open a\.wav \(.+\), so it cannot be aligned"),
        (["nope.wav"], "there is no file"),
    ],
)
def test_lists_that_do_not_do(sources: list[object], words: str):
    with pytest.raises(MediaError, match=words):
        open_media(sources)


def test_what_is_wrong_with_one_recording_is_said_of_it(tmp_path: Path):
    buffer = io.BytesIO()
    soundfile.write(buffer, clicks(2.0, RATE), RATE, format="WAV")
    (tmp_path / "cut.wav").write_bytes(buffer.getvalue()[:-32000])
    (tmp_path / "ok.wav").write_bytes(buffer.getvalue())
    warnings = open_media([tmp_path / "ok.wav", tmp_path / "cut.wav"]).info().warnings
    assert warnings[0] == "cut.wav: The file is damaged or cut: it plays until 1.0 s of 2.0 s."
