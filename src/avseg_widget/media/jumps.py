"""How decoding begins at a place, by codec: how far before it, and whether by libav's own jump. Decodes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile
from math import inf
from typing import Any

#: Seconds decoded before a place that is jumped to: decoders need some packets to be right again.
PREROLL = 0.25
#: Where that is not enough: what these decode depends on all before it, the less the longer ago that was.
_LONG = {
    "opus": 1.0,
    "adpcm_g722": 4.0,
    "adpcm_g726": 12.0,
    "adpcm_g726le": 12.0,
    "gsm": 4.0,
    "gsm_ms": 4.0,
    "speex": 8.0,
}
#: Each value of these is the one before and a difference, in all packets together.
_SUMS = {"adpcm_yamaha", "adpcm_ima_qt"}
#: Codecs in WAV of which libav counts packets; of others it takes bytes for seconds by what the header says of them.
_COUNTED = {"mp1", "mp2", "mp3", "dts", "aac"}
#: Their decoders fill up with noise, the same for the same packet when asked to; they forget that as libav jumps.
_NOISY = {"ac3", "eac3"}
#: How many samples a packet of these has, only decoding tells.
_UNKNOWN = {"wmav1", "wmav2"}


@dataclass(frozen=True)
class Jump:
    """How to come to a place: ``preroll`` is in seconds, infinite where decoding begins at the start."""

    preroll: float = PREROLL
    #: By reading packets from the start on, without decoding them: an hour takes half a second.
    reads_on: bool = False
    #: Time stamps are a guess: samples are counted.
    counts: bool = False
    #: Each jump takes a decoder of its own, which gets the ``options``.
    reopens: bool = False
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, container: str, codec: str) -> Jump:
        """Choose by the family of a container and the codec of the sound."""
        if codec in _NOISY:
            return cls(reopens=True, options=(("cons_noisegen", "1"),))
        if container != "wav" or codec in _COUNTED or codec.startswith("pcm_"):
            return cls(inf if codec in _SUMS else _LONG.get(codec, PREROLL))
        if codec in _SUMS or codec in _UNKNOWN:
            return cls(inf, counts=codec in _UNKNOWN)
        return cls(_LONG.get(codec, PREROLL), reads_on=True, reopens=True)


def later(packets: Iterator[Any], stamp: int) -> Iterator[Any]:
    """Leave out the packets before a time stamp."""
    return dropwhile(lambda packet: packet.pts is not None and packet.pts < stamp, packets)
