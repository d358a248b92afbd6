"""Write sound and pictures into a new file, each sample and frame at its time. Knows no choice of what to write."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import av.filter
import numpy as np
from av.video.frame import PictureType

from .container import audio_stream, frames, open_container, packets, video_stream
from .reader import AudioReader
from .samples import Block
from .source import Place

if TYPE_CHECKING:
    from av.container import OutputContainer

#: Seconds of sound encoded at once: small, so that sound and pictures come in turns.
_SOUND_STEP = 1
#: Seconds from one key frame to the next: what a jump has to decode at most.
_KEY_STEP = 1.0
#: MP4 counts units of time in 32 bits.
MAX_TIMESCALE = (1 << 31) - 1


@dataclass(frozen=True)
class Clock:
    """Turns a stream's own time stamps into those of the new file, whose unit is ``base`` seconds."""

    base: Fraction
    factor: int = 1
    shift: int = 0

    def at(self, stamp: int) -> int:
        """Give the new time stamp."""
        return stamp * self.factor - self.shift


def clock_for(base: Fraction, origin: float) -> Clock:
    """Choose the unit of time: the stream's own, or a finer one where the origin lies between two units."""
    units = Fraction(base.denominator, base.numerator)
    shift = round(origin * units)
    # The origin itself is known to a millionth of a second.
    if abs(shift / units - Fraction(origin)) < Fraction(1, 1_000_000):
        return Clock(base, shift=shift)
    factor = min(math.ceil(1_000_000 / units), MAX_TIMESCALE // base.denominator) or 1
    return Clock(base / factor, factor, round(origin * units * factor))


class EncodedSound:
    """Sound from a reader; yields the seconds written so far."""

    def __init__(self, container: OutputContainer, reader: AudioReader, codec: str, layout: str, rate: int) -> None:
        self._container, self._reader, self._rate = container, reader, rate
        stream: Any = container.add_stream(codec, rate=rate, layout=layout)
        if codec != "flac":
            # Bits per second for each channel: speech and music without audible loss.
            stream.bit_rate = 64_000 * reader.channels
        self._stream, self._layout = stream, layout

    def __iter__(self) -> Iterator[float]:
        done = 0
        for block in self._blocks():
            frame = _audio_frame(block, self._layout, self._rate, done)
            self._container.mux(self._stream.encode(frame))
            done += len(block)
            yield done / self._rate
        self._container.mux(self._stream.encode(None))

    def _blocks(self) -> Iterator[Block]:
        step = max(1, _SOUND_STEP * self._reader.rate)
        pieces = (block[at : at + step] for block in self._reader.blocks() for at in range(0, len(block), step))
        return pieces if self._rate == self._reader.rate else self._resampled(pieces)

    def _resampled(self, pieces: Iterator[Block]) -> Iterator[Block]:
        resampler = av.AudioResampler("s16", self._layout, self._rate)
        taken = given = 0
        for piece in pieces:
            for frame in resampler.resample(_audio_frame(piece, self._layout, self._reader.rate, taken)):
                found = self._samples(frame)
                given += len(found)
                yield found
            taken += len(piece)
        rest = [self._samples(frame) for frame in resampler.resample(None)]
        missing = max(0, round(taken * self._rate / self._reader.rate) - given)
        tail = np.zeros((missing, self._reader.channels), np.int16)
        end = np.concatenate([*rest, tail])[:missing]
        if len(end):
            yield end

    def _samples(self, frame: av.AudioFrame) -> Block:
        return frame.to_ndarray().astype(np.int16, copy=False).reshape(-1, self._reader.channels)


def _audio_frame(block: Block, layout: str, rate: int, first: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), format="s16", layout=layout)
    frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
    return frame


class CopiedStream:
    """The packets of one stream as they are, on the new clock; yields the seconds written so far."""

    def __init__(self, container: OutputContainer, place: Place, kind: str, clock: Clock) -> None:
        self._container, self._place, self._kind, self._clock = container, place, kind, clock
        with open_container(place) as source:
            self._stream: Any = container.add_stream_from_template(self._of(source))
        self._stream.time_base = clock.base

    def __iter__(self) -> Iterator[float]:
        clock = self._clock
        with open_container(self._place) as source:
            for packet in packets(source, self._of(source)):
                if packet.dts is None:
                    continue
                packet.pts, packet.dts = clock.at(packet.pts), clock.at(packet.dts)
                packet.duration *= clock.factor
                packet.time_base, packet.stream = clock.base, self._stream
                reached = float(packet.dts * clock.base)
                self._container.mux(packet)
                yield reached

    def _of(self, source: av.container.InputContainer) -> Any:
        return video_stream(source) if self._kind == "video" else audio_stream(source)


class EncodedPictures:
    """The frames of a video as H.264, upright and with square pixels; yields the seconds written so far."""

    def __init__(self, container: OutputContainer, place: Place, clock: Clock, size: tuple[int, int]) -> None:
        self._container, self._place, self._clock = container, place, clock
        self._width, self._height = width, height = size
        # Without frames that wait for later ones, no player needs an edit list to find the first.
        options = {"preset": "veryfast", "crf": "20", "bf": "0", "forced-idr": "1"}
        self._stream: Any = container.add_stream("libx264", options=options)
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        with open_container(place) as source:
            stream: Any = video_stream(source)
            context = self._stream.codec_context
            context.framerate = stream.average_rate or Fraction(25)
            context.color_primaries, context.color_trc = stream.color_primaries, stream.color_trc
            context.colorspace = stream.colorspace
        self._stream.time_base = self._stream.codec_context.time_base = clock.base

    def __iter__(self) -> Iterator[float]:
        lengths: dict[int, int] = {}
        key_at, last = -math.inf, -1
        with open_container(self._place) as source:
            for found in frames(source, video_stream(source)):
                # A stamp that does not rise would end the file: such a frame cannot be shown either.
                if found.pts is None or (stamp := self._clock.at(found.pts)) <= last:
                    continue
                last, time = stamp, float(stamp * self._clock.base)
                frame = self._upright(found)
                frame.pts, frame.time_base = stamp, self._clock.base
                is_key = time >= key_at + _KEY_STEP
                key_at = time if is_key else key_at
                frame.pict_type = PictureType.I if is_key else PictureType.NONE
                lengths[stamp] = found.duration * self._clock.factor
                self._mux(frame, lengths)
                yield time
        self._mux(None, lengths)

    def _mux(self, frame: av.VideoFrame | None, lengths: dict[int, int]) -> None:
        for packet in self._stream.encode(frame):
            packet.duration = lengths.pop(packet.pts, packet.duration)
            self._container.mux(packet)

    def _upright(self, frame: av.VideoFrame) -> av.VideoFrame:
        turns = round(frame.rotation / 90) % 4
        lying = (self._height, self._width) if turns % 2 else (self._width, self._height)
        plain = frame.reformat(*lying, format="yuv420p")
        return _turned(plain, turns) if turns else plain


def _turned(frame: av.VideoFrame, turns: int) -> av.VideoFrame:
    """Turn a frame counter-clockwise by quarter turns."""
    planes = []
    for plane, scale in zip(frame.planes, (1, 2, 2), strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        planes.append(np.rot90(rows[: frame.height // scale, : frame.width // scale], turns).ravel())
    width, height = (frame.height, frame.width) if turns % 2 else (frame.width, frame.height)
    flat = np.concatenate(planes).reshape(height * 3 // 2, width)
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(flat), format="yuv420p")


def in_turns(tracks: list[Iterator[float]]) -> Iterator[float]:
    """Advance the track that is furthest behind, so that the file interleaves them; yields seconds written."""
    reached = dict.fromkeys(range(len(tracks)), 0.0)
    while reached:
        behind = min(reached, key=lambda track: reached[track])
        time = next(tracks[behind], None)
        if time is None:
            del reached[behind]
        else:
            reached[behind] = time
            yield min(reached.values())
