"""Media is as long as its sound and its pictures, whatever its container states of that."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from avseg_widget.media import open_media

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
