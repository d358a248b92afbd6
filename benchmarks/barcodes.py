"""Videos whose frames show their own number as bars, with every kind of time stamp. Knows nothing of our own code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

WIDTH, HEIGHT = 160, 90
#: Bars of one frame: twelve of its number, four to check it.
BARS = 16
_NUMBER_BARS = 12
#: Units of a second in which frames are stamped: every usual rate is exact in it.
_UNITS = 90_000

#: Reads a picture's bars in a page: the number of what a canvas or a video shows, -1 when it has no valid bars.
READ_BARS = """(picture) => {
  const canvas = window.benchCanvas ??= new OffscreenCanvas(160, 1);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const { videoHeight, videoWidth, height, width } = picture;
  context.drawImage(picture, 0, (videoHeight ?? height) * 0.25, videoWidth ?? width, 1, 0, 0, 160, 1);
  const { data } = context.getImageData(0, 0, 160, 1);
  let bits = 0;
  for (let bar = 0; bar < 16; bar += 1) bits = bits * 2 + (data[(bar * 10 + 5) * 4] > 127 ? 1 : 0);
  const number = bits >> 4;
  return (bits & 15) === (((number >> 8) + (number >> 4) + number + 5) & 15) ? number : -1;
}"""


def bars(number: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Draw a frame's number: an RGB picture of shape (height, width, 3)."""
    bits = number << 4 | _check(number)
    row = [255 * (bits >> (BARS - 1 - x * BARS // width) & 1) for x in range(width)]
    return np.broadcast_to(np.array(row, np.uint8)[None, :, None], (height, width, 3)).copy()


def read_bars(picture: Picture) -> int:
    """Read the number of a picture of shape (height, width, 3) of any size; -1 when it has no valid bars."""
    height, width = picture.shape[:2]
    row = picture[height // 4, [int((bar + 0.5) * width / BARS) for bar in range(BARS)]].mean(axis=-1) > 127
    bits = int("".join("1" if bit else "0" for bit in row), 2)
    number = bits >> 4
    return number if bits & 15 == _check(number) else -1


def _check(number: int) -> int:
    return ((number >> 8) + (number >> 4) + number + 5) & 15


def steady(rate: Fraction, seconds: float) -> list[Fraction]:
    """Return the times of frames at one rate, in seconds."""
    return [index / rate for index in range(round(seconds * rate))]


def varying(seconds: float, seed: int = 1) -> list[Fraction]:
    """Return times as a telephone has them: about 30 a second, uneven, with some long pauses."""
    chance = np.random.default_rng(seed)
    gaps = chance.choice([1500, 2990, 3000, 3010, 3750, 6000, 27_000], round(seconds * 40), p=_SHARES)
    times = [Fraction(int(ticks), _UNITS) for ticks in accumulate(gaps, initial=0)]
    return [time for time in times if time < seconds]


_SHARES = (0.1, 0.2, 0.4, 0.2, 0.05, 0.04, 0.01)


@dataclass(frozen=True)
class Clip:
    """A video to be made; its frames show the numbers from 0, or from what an edit list leaves, on."""

    name: str
    times: Callable[[float], list[Fraction]]
    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=dict)
    #: Seconds from the time 0 of the file to its first frame; below 0 an edit list cuts frames away.
    start: Fraction = Fraction(0)
    #: Goes through an MPEG transport stream, whose times begin anywhere.
    through_ts: bool = False


_H264 = {"preset": "veryfast", "crf": "23", "g": "50", "sc_threshold": "0"}
_VP9 = {"deadline": "realtime", "cpu-used": "8", "b:v": "300k", "g": "60", "lag-in-frames": "0"}
_FLAT = {**_H264, "bf": "0"}
_B_FRAMES = {**_H264, "bf": "3", "b-pyramid": "normal", "b_strategy": "0"}


def _at(rate: Fraction) -> Callable[[float], list[Fraction]]:
    return lambda seconds: steady(rate, seconds)


CLIPS = (
    Clip("23.976.mp4", _at(Fraction(24000, 1001)), options=_H264),
    Clip("25.mp4", _at(Fraction(25)), options=_FLAT),
    Clip("29.97.mp4", _at(Fraction(30000, 1001)), options=_H264),
    Clip("60.mp4", _at(Fraction(60)), options=_H264),
    Clip("b-frames.mp4", _at(Fraction(30000, 1001)), options=_B_FRAMES),
    Clip("varying.mp4", varying, options=_B_FRAMES),
    Clip("late.mp4", _at(Fraction(25)), options=_B_FRAMES, start=Fraction(7, 5)),
    Clip("cut.mp4", _at(Fraction(30000, 1001)), options=_B_FRAMES, start=Fraction(-11, 10)),
    Clip("from-ts.mp4", varying, options=_B_FRAMES, through_ts=True),
    Clip("23.976.webm", _at(Fraction(24000, 1001)), "libvpx-vp9", _VP9),
    Clip("varying.webm", varying, "libvpx-vp9", _VP9),
    Clip("60-vp9.mp4", _at(Fraction(60)), "libvpx-vp9", {**_VP9, "lag-in-frames": "16", "auto-alt-ref": "1"}),
)


def clip(name: str) -> Clip:
    """Return the clip of a name."""
    return next(item for item in CLIPS if item.name == name)


def make(item: Clip, folder: Path, seconds: float) -> Path:
    """Encode a clip, with silence as its sound; return its path."""
    path = folder / item.name
    times = item.times(seconds)
    if not item.through_ts and not item.start:
        _encode(path, item, times, seconds)
        return path
    middle = folder / (path.stem + (".ts" if item.through_ts else ".middle.mp4"))
    _encode(middle, item, times, seconds)
    remux(middle, path, item.start)
    middle.unlink()
    return path


def _encode(path: Path, item: Clip, times: list[Fraction], seconds: float) -> None:
    with av.open(str(path), "w") as container:
        video = container.add_stream(item.codec, rate=30, options=item.options)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, _UNITS)
        sound = container.add_stream("libopus" if path.suffix == ".webm" else "aac", rate=48_000, layout="mono")
        silence = _silence(seconds, sound.frame_size or 960, sound.format.name)
        heard = 0.0
        for number, time in enumerate(times):
            # In turns, as a muxer that waits too long for the sound writes it far from its pictures.
            while heard <= time and (block := next(silence, None)) is not None:
                heard = float((block.pts or 0) + block.samples) / 48_000
                container.mux(sound.encode(block))
            frame = av.VideoFrame.from_ndarray(bars(number), format="rgb24")
            frame.pts, frame.time_base = round(time * _UNITS), Fraction(1, _UNITS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))


def _silence(seconds: float, size: int, form: str) -> Iterator[av.AudioFrame]:
    for first in range(0, round(seconds * 48_000), size):
        frame = av.AudioFrame(form, "mono", size)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.rate, frame.pts, frame.time_base = 48_000, first, Fraction(1, 48_000)
        yield frame


def remux(source: Path, target: Path, start: Fraction) -> None:
    """Copy the packets into another container, ``start`` seconds later, and leave the times to begin where they do."""
    options = {"avoid_negative_ts": "disabled", "movflags": "+negative_cts_offsets"} if start < 0 else {}
    with av.open(str(source)) as read, av.open(str(target), "w", options=options) as written:
        # The sound of a transport stream is framed in a way that MP4 does not take.
        taken = read.streams.video if read.format.name == "mpegts" else read.streams
        streams: dict[int, Any] = {stream.index: written.add_stream_from_template(stream) for stream in taken}
        for packet in read.demux():
            if packet.dts is None or packet.stream.index not in streams:
                continue
            shift = round(start / packet.time_base)
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            # Without one the last frame would begin where the file ends, where no browser seeks to.
            packet.duration = packet.duration or round(Fraction(1, 30) / packet.time_base)
            packet.stream = streams[packet.stream.index]
            written.mux(packet)
