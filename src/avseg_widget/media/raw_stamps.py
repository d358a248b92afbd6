"""Stamp packets of bare AC-3, E-AC-3 and DTS, whose lengths libav rounds down. Decodes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

#: Their demuxers; containers of them have no length of their own.
BARE = {"ac3", "eac3", "dts"}
#: Their packets have a multiple of this many samples, and their time stamps this many units a second.
_BLOCK_SAMPLES, _UNITS = 256, 90_000
#: The greatest part of a time by which stamps are too early: one unit of a block at 48 kHz.
_SLOWEST = 1 / 480


def runs_slow(container: str, rate: int) -> bool:
    """Return whether stamps of a demuxer are too early, the more the later: such as 0.8 s after an hour at 44,100 Hz.

    >>> runs_slow("ac3", 44100), runs_slow("ac3", 48000), runs_slow("mp3", 44100)
    (True, False, False)
    """
    return container in BARE and rate > 0 and _BLOCK_SAMPLES * _UNITS % rate > 0


def before(seconds: float) -> float:
    """Give a time by such stamps at or before a true one."""
    return seconds * (1 - _SLOWEST)


def restamped(packets: Iterable[Any], rate: int) -> Iterator[Any]:
    """Yield packets that run slow with the stamps of their samples: each is as long as all."""
    for packet in packets:
        if packet.pts is not None and packet.duration:
            blocks = round(packet.duration * rate / (_UNITS * _BLOCK_SAMPLES))
            number = packet.pts // packet.duration
            units = _UNITS * _BLOCK_SAMPLES * blocks
            packet.pts = packet.dts = round(number * units / rate)
            packet.duration = round((number + 1) * units / rate) - packet.pts
        yield packet
