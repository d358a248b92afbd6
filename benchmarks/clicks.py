"""Hours of marks whose place can be heard, in six formats, made once for a machine. Knows no browser.

A mark is a burst of 30 ms around the middle of each quarter of a second; its pitch says which quarter of eight seconds
it is. Beside the marks there is a noise, soft and loud by turns, so that a variable bit rate varies.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import soundfile

from avseg_widget.media.media import open_media

RATE = 48_000
#: Seconds between two marks, and how many different ones there are.
STEP, PITCHES = 0.25, 32
HOURS = 3
#: Whole packets of every codec, and whole rounds of the marks, in seconds.
_BLOCK = 120
_BURST = 0.03
#: Format: file ending, codec of PyAV (none: soundfile), samples in a packet, options.
_ENCODED = {
    "mp3_cbr": (".mp3", "libmp3lame", 1152, {"b": "96k"}),
    "mp3_vbr": (".mp3", "libmp3lame", 1152, {"q": "4"}),
    "aac": (".m4a", "aac", 1024, {"b": "96k"}),
    "opus": (".opus", "libopus", 960, {"b": "64k"}),
}
FORMATS = ("wav", "flac", *_ENCODED)


def pitch_of(mark: int) -> float:
    """Give the pitch of the mark of a quarter second, in Hz."""
    return 1000 + 110 * (mark % PITCHES)


def block() -> npt.NDArray[np.float32]:
    """Give 120 s of marks and noise, which may follow themselves without end."""
    count = round(STEP * RATE)
    ticks = np.arange(count) / RATE
    burst = round(_BURST * RATE)
    envelope = np.zeros(count)
    envelope[(count - burst) // 2 : (count - burst) // 2 + burst] = np.hanning(burst)
    quarters = [0.6 * envelope * np.sin(2 * np.pi * pitch_of(mark) * ticks) for mark in range(PITCHES)]
    marks = np.tile(np.concatenate(quarters), round(_BLOCK / (PITCHES * STEP)))
    noise = np.random.default_rng(1).normal(0, 1, len(marks))
    loudness = np.repeat(np.random.default_rng(2).uniform(0.001, 0.02, _BLOCK), RATE)
    return np.asarray(marks + noise * loudness, np.float32)


def make(format_: str, folder: Path | None = None, hours: float = HOURS) -> Path:
    """Write the marks in one of ``FORMATS`` and return the path; a file that is there is taken as it is."""
    folder = folder or Path(tempfile.gettempdir()) / f"avseg-benchmark-{hours}h"
    folder.mkdir(exist_ok=True)
    ending = _ENCODED[format_][0] if format_ in _ENCODED else f".{format_}"
    path = folder / f"{format_}{ending}"
    if path.exists():
        return path
    part = path.with_name(f"part-{path.name}")
    times = round(hours * 3600 / _BLOCK)
    if format_ in _ENCODED:
        _encode(part, format_, times)
    else:
        with soundfile.SoundFile(part, "w", RATE, 1, "PCM_16") as file:
            sound = block()
            for _ in range(times):
                file.write(sound)
    part.rename(path)
    return path


def shift_of(path: Path) -> float:
    """Return how late the marks are in a file decoded from its start on, in seconds: an encoder's unmarked delay."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("flt", "mono", RATE)
        parts = []
        for frame in container.decode(audio=0):
            parts += [each.to_ndarray()[0] for each in resampler.resample(frame)]
            if sum(map(len, parts)) > RATE:
                break
    sound, wanted = np.concatenate(parts)[:RATE], block()[:RATE]
    likeness = np.fft.irfft(np.fft.rfft(sound, 2 * RATE) * np.conj(np.fft.rfft(wanted, 2 * RATE)))
    late = int(np.argmax(likeness))
    return (late if late < RATE else late - 2 * RATE) / RATE


def sound_of(path: Path, start: float, end: float) -> npt.NDArray[np.float64]:
    """Return a stretch of a file's sound, in seconds, as the editor sends it."""
    fragment = open_media(path).sound_fragment(start, end)
    with av.open(io.BytesIO(fragment.bytes)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]) / 32768


def _encode(path: Path, format_: str, times: int) -> None:
    """Encode two blocks, and repeat the packets of the second: it follows itself as it followed the first."""
    _ending, codec, size, options = _ENCODED[format_]
    each = _BLOCK * RATE // size
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, layout="mono", options=options)
        if format_ == "mp3_vbr":
            stream.codec_context.qscale = True
            stream.codec_context.global_quality = 4 * 118
        found = [(bytes(packet), packet) for packet in _packets(stream)]
        first = found[0][1].pts
        for number in range(times * each):
            data = found[number if number < 2 * each else each + number % each][0]
            packet = av.Packet(data)
            packet.stream = stream
            packet.pts = packet.dts = first + number * size
            packet.duration, packet.time_base, packet.is_keyframe = size, Fraction(1, RATE), True
            container.mux(packet)


def _packets(stream: av.audio.AudioStream) -> Iterator[av.Packet]:
    stream.codec_context.open()
    size = stream.codec_context.frame_size
    name = stream.codec_context.format.name
    sound = block()
    samples = np.concatenate([sound, sound, sound[: RATE * 4]])
    resampler = av.AudioResampler(name, "mono", RATE, size)
    for at in range(0, len(samples), size * 1000):
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis, at : at + size * 1000], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
        for part in resampler.resample(frame):
            yield from stream.encode(part)
