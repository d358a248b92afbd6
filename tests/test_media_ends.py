"""Media is as long as its sound and its pictures, whatever its container states of that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import numpy as np
import pytest

from avseg_widget.media import ends, open_media
from avseg_widget.media.container import packets
from avseg_widget.media.cut_end import CUT

from .media_makers import encode

#: As long as no whole number of packets or of milliseconds is.
SECONDS = 7.3331


def samples_of(path: Path) -> int:
    """Count what a decoder gives from the beginning to the end."""
    with av.open(str(path)) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.mka", "libopus", 48000),
        ("a.webm", "libopus", 48000),
        ("a.mka", "aac", 48000),
        ("a.mka", "alac", 44100),
        ("a.mka", "eac3", 44100),
        ("a.mka", "flac", 16000),
        ("a.flv", "aac", 44100),
        ("a.flv", "libmp3lame", 44100),
        ("a.caf", "alac", 48000),
    ],
)
def test_sound_is_as_long_as_what_is_decoded(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = encode(tmp_path / name, SECONDS, audio=codec, rate=rate, noise=0.3)
    media = open_media(path)
    read = np.concatenate(list(media.sound_blocks()))
    shown = media.info().duration
    assert not media.info().warnings
    # Time stamps are whole milliseconds.
    assert shown == pytest.approx(len(read) / rate, abs=0.0011)
    assert len(read) == pytest.approx(samples_of(path), abs=0.001 * rate)
    assert np.any(read[-round(0.03 * rate) :])


@pytest.mark.parametrize("name", ["a.flv", "a.mkv"])
def test_a_film_ends_with_what_ends_last(tmp_path: Path, name: str) -> None:
    path = encode(tmp_path / name, SECONDS, audio="aac", video="libx264", rate=44100, noise=0.3, late=0.5)
    info = open_media(path).info()
    with av.open(str(path)) as container:
        ends = [
            float((packet.pts + packet.duration) * packet.time_base)
            for packet in container.demux()
            if packet.pts is not None
        ]
    assert info.duration == pytest.approx(max(ends), abs=0.0011)
    assert not info.warnings


def _with_longer(path: Path, kind: str) -> Path:
    """Write a film of 3 s with something that is not shown and goes on until 9 s."""
    text = path.with_suffix(".srt")
    text.write_text("1\n00:00:01,000 --> 00:00:09,000\none\n")
    with av.open(str(path), "w") as container, av.open(str(text)) as words:
        picture = container.add_stream("mpeg4", rate=25, width=64, height=48)
        sounds = [container.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(1 + (kind == "sound"))]
        told = container.add_stream_from_template(words.streams[0]) if kind == "subtitles" else None
        for packet in words.demux() if told is not None else ():
            if packet.pts is not None:
                packet.stream = told
                container.mux(packet)
        for number in range(75):
            shown = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number, np.uint8), format="rgb24")
            container.mux(picture.encode(shown))
        container.mux(picture.encode(None))
        for sound, seconds in zip(sounds, (3, 9), strict=False):
            for second in range(seconds):
                frame = av.AudioFrame.from_ndarray(np.full((1, 8000), 99, np.int16), "s16", "mono")
                frame.sample_rate, frame.pts = 8000, 8000 * second
                container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


@pytest.mark.parametrize("kind", ["subtitles", "sound"])
def test_a_film_is_not_cut_because_a_stream_that_is_not_shown_is_longer(tmp_path: Path, kind: str) -> None:
    path = _with_longer(tmp_path / "a.mkv", kind)
    info = open_media(path).info()
    assert info.duration == pytest.approx(3, abs=0.0011)
    assert not [told for told in info.warnings if told.startswith(CUT)]
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    assert [told for told in open_media(path).info().warnings if told.startswith(CUT)]


def test_a_packet_that_is_longer_than_its_sound_is_no_missing_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As older writers leave ALAC, whose last packet they count as if it were full.
    monkeypatch.setattr(ends, "_end_of_sound", lambda *_: SECONDS - 0.4)
    info = open_media(encode(tmp_path / "a.caf", SECONDS, audio="alac", rate=8000)).info()
    assert info.duration == pytest.approx(SECONDS - 0.4)
    assert not info.warnings


def test_a_film_whose_list_of_places_is_lost_ends_with_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        # As libav refuses to jump in some WebM files that are cut.
        raise av.error.PermissionError(1, "not permitted")

    monkeypatch.setattr(ends, "seek_sound", refuse)
    path = encode(tmp_path / "a.webm", SECONDS, audio="libopus", video="libvpx", rate=48000)
    assert open_media(path).info().duration == pytest.approx(samples_of(path) / 48000, abs=0.0011)


@pytest.mark.parametrize("late", [0.0, 3.3])
def test_windows_media_is_as_long_as_what_ends_last_and_tells_when_it_is_cut(tmp_path: Path, late: float) -> None:
    rate, options = 44100, {"b": "64000"}
    path = encode(
        tmp_path / "a.wmv", SECONDS, audio="wmav2", video="wmv2", rate=rate, noise=0.3, late=late, audio_options=options
    )
    media = open_media(path)
    assert not media.info().warnings
    assert media.info().duration == pytest.approx(sum(map(len, media.sound_blocks())) / rate, abs=0.0011)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    (told,) = open_media(path).info().warnings
    assert told.startswith(CUT)


def test_sound_whose_packets_all_seem_to_be_the_last_is_not_decoded_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = encode(tmp_path / "a.mka", SECONDS, audio="flac", rate=16000, noise=0.3)
    monkeypatch.setattr(ends, "_MOST_DECODED", 1.0)
    assert open_media(path).info().duration == pytest.approx(SECONDS, abs=0.002)


def test_damage_that_looks_like_one_more_stream_ends_the_file() -> None:
    class Odd:
        """A container as PyAV's, which learns of a stream on the way and fails as it comes to the end."""

        streams = SimpleNamespace(audio=[], video=[])

        def demux(self, _stream: Any) -> Iterator[str]:
            yield "one"
            raise IndexError

    assert list(packets(cast("Any", Odd()), None)) == ["one"]
