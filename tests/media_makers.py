"""Makes media files for tests with PyAV and soundfile: clicks whose places are known. Knows nothing of our own code."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import av
import numpy as np

RATE = 44100
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
Options = tuple[tuple[str, str], ...]


class Made(NamedTuple):
    """What :func:`encode` makes."""

    suffix: str
    seconds: float
    audio: str | None
    video: str | None
    rate: int
    channels: int
    noise: float
    late: float
    pixels: str
    aspect: int
    file_options: Options
    audio_options: Options
    video_options: Options


def clicks(seconds: float, rate: int = RATE, channels: int = 1) -> np.ndarray:
    """Return silence with a burst of 20 ms at each full second, float32 of shape (frames, channels)."""
    ticks = np.arange(round(seconds * rate))
    burst = np.where(ticks % rate < rate * 0.02, 0.8 * np.sin(2 * np.pi * 1000 * ticks / rate), 0)
    return np.repeat(burst[:, None], channels, axis=1).astype(np.float32)


def onsets(mono: np.ndarray) -> np.ndarray:
    """Return the samples at which bursts begin, of int16 samples."""
    loud = np.flatnonzero(np.abs(mono.astype(int)) > 6500)
    return loud[np.diff(loud, prepend=-10_000) > 1000]


def encode(
    path: Path,
    seconds: float,
    *,
    audio: str | None = "aac",
    video: str | None = None,
    rate: int = RATE,
    channels: int = 1,
    noise: float = 0.0,
    late: float = 0.0,
    pixels: str = "yuv420p",
    aspect: int = 1,
    file_options: dict[str, str] | None = None,
    audio_options: dict[str, str] | None = None,
    video_options: dict[str, str] | None = None,
) -> Path:
    """Encode clicks with the codec ``audio``, and a film of 25 frames a second with ``video``; None leaves one out.

    ``noise`` is its level beside the clicks, ``late`` delays the sound, in seconds; ``aspect`` is how many times wider
    than high the film's pixels are.
    """

    def frozen(options: dict[str, str] | None) -> Options:
        return tuple((options or {}).items())

    made = Made(
        *(path.suffix, seconds, audio, video, rate, channels, noise, late, pixels, aspect),
        *(frozen(file_options), frozen(audio_options), frozen(video_options)),
    )
    path.write_bytes(_encoded(made))
    return path


@lru_cache(maxsize=32)
def _encoded(made: Made) -> bytes:
    """Return the file; tests ask for the same one many times."""
    with TemporaryDirectory() as folder:
        path = Path(folder, f"made{made.suffix}")
        with av.open(str(path), "w", options=dict(made.file_options)) as container:
            _encode(container, made)
        return path.read_bytes()


def _encode(container: av.container.OutputContainer, made: Made) -> None:
    picture = sound = None
    if made.video is not None:
        picture = container.add_stream(made.video, rate=25, width=64, height=48, options=dict(made.video_options))
        picture.pix_fmt, picture.codec_context.sample_aspect_ratio = made.pixels, Fraction(made.aspect)
    if made.audio is not None:
        layout = LAYOUTS[made.channels]
        sound = container.add_stream(made.audio, rate=made.rate, layout=layout, options=dict(made.audio_options))
    for number in range(round(made.seconds * 25) if picture is not None else 0):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number % 250, np.uint8), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        container.mux(picture.encode(frame))
    if picture is not None:
        container.mux(picture.encode(None))
    if sound is not None:
        samples = clicks(made.seconds, made.rate, made.channels)
        samples += made.noise * np.random.default_rng(1).standard_normal(samples.shape).astype(np.float32)
        _encode_sound(container, sound, samples, round(made.late * made.rate))


def _encode_sound(
    container: av.container.OutputContainer, stream: av.audio.AudioStream, samples: np.ndarray, first: int
) -> None:
    whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout=stream.layout.name)
    whole.sample_rate, whole.pts, whole.time_base = stream.rate, first, Fraction(1, stream.rate)
    resampler = av.AudioResampler(stream.format.name, stream.layout.name, stream.rate, stream.frame_size or 1024)
    for frame in [*resampler.resample(whole), *resampler.resample(None), None]:
        container.mux(stream.encode(frame))


def interleaved(path: Path, **options: str) -> Path:
    """Copy the packets into a new file in the order of their time, as a recorder writes them."""
    target = path.with_name(f"interleaved-{path.name}")
    with av.open(str(path)) as source, av.open(str(target), "w", options=options) as container:
        streams = {stream.index: container.add_stream_from_template(stream) for stream in source.streams}
        packets = [packet for packet in source.demux() if packet.dts is not None]
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            packet.stream = streams[packet.stream.index]
            container.mux(packet)
    return target
