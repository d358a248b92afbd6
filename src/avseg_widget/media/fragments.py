"""Write stretches of sound and pictures as fragmented MP4, as a MediaSource takes them. Knows no file and no reader."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import av
import av.container
import numpy as np

from .samples import Block

#: Most channels that FLAC holds; more are mixed into one.
MOST_CHANNELS = 8
#: The sample rates that browsers play of FLAC, in Hz; others are sent as the nearest multiple or part inside.
RATES = (8000, 192000)
SOUND_TYPE = 'audio/mp4; codecs="flac"'

_LAYOUTS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
# Time stamps stay as given: no edit list, no shift to zero; and no index of fragments at the end.
_OPTIONS = {
    "movflags": "empty_moov+default_base_moof+frag_custom+frag_discont+skip_trailer",
    "avoid_negative_ts": "disabled",
    "use_editlist": "0",
}


@dataclass(frozen=True)
class Fragment:
    """A stretch as an MP4 with its header.

    ``start`` and ``end`` are in seconds on the browser's timeline, ``offset`` is to be added to the times inside. For
    pictures ``end`` is where the next stretch goes on, in the order of decoding. A SourceBuffer is made for ``mime``.
    """

    bytes: bytes
    mime: str
    start: float
    end: float
    offset: float = 0.0


def encode_sound(block: Block, rate: int, first: int) -> bytes:
    """Encode samples as FLAC, the first of them placed at ``first / rate`` seconds: exactly as many as given."""
    block, rate, first = _playable(block, rate, first)
    layout = _LAYOUTS[block.shape[1] - 1]

    def fill(out: av.container.OutputContainer) -> None:
        stream = out.add_stream("flac", rate=rate, layout=layout)
        stream.codec_context.format = "s16"
        stream.codec_context.open()
        size = stream.codec_context.frame_size
        for at in range(0, len(block), size):
            frame = av.AudioFrame.from_ndarray(block[at : at + size].reshape(1, -1), format="s16", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, first + at, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))

    return write_mp4(fill)


def write_mp4(fill: Callable[[av.container.OutputContainer], None]) -> bytes:
    """Give the fragmented MP4 of what ``fill`` muxes."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4", options=_OPTIONS) as out:
        fill(out)
    return buffer.getvalue()


def without_header(data: bytes) -> bytes:
    """Leave only what follows the header of a fragmented MP4: a header makes a SourceBuffer wait for a key frame."""
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        if name == b"moof":
            return data[at:]
        at += max(size, 8)
    return b""


def sent_rate(rate: int) -> Fraction:
    """Give how many samples are sent for each one read: 1 where browsers play the rate."""
    if rate < RATES[0]:
        return Fraction(-(-RATES[0] // rate))
    return Fraction(1, -(-rate // RATES[1]))


def _playable(block: Block, rate: int, first: int) -> tuple[Block, int, int]:
    """Bring samples to a rate and a number of channels that can be sent; where both can, they are left as they are."""
    if block.shape[1] > MOST_CHANNELS:
        block = block.mean(axis=1, keepdims=True).astype(np.int16)
    factor = sent_rate(rate)
    if factor > 1:
        block = np.repeat(block, factor.numerator, axis=0)
    elif factor < 1:
        part = factor.denominator
        padded = np.pad(block, ((0, -len(block) % part), (0, 0)), mode="edge")
        block = padded.reshape(-1, part, block.shape[1]).mean(axis=1).astype(np.int16)
    return np.ascontiguousarray(block), round(rate * factor), round(first * factor)
