"""Walk through a container's packets without decoding: frame times, where the data ends. Knows no browser."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .container import audio_stream, open_container, packets, video_stream
from .mp3 import PacketIndex
from .source import Place

FrameTimes = npt.NDArray[np.float64]

#: MP3 pads a packet by one byte to keep its bit rate constant.
_PADDING_BYTES = 1


@dataclass(frozen=True)
class Scan:
    """What the packets tell: times in seconds on the browser's timeline, ``end`` 0 when there are none."""

    frame_times: FrameTimes
    end: float
    #: The packets of the sound differ in size: the bit rate varies.
    variable: bool
    index: PacketIndex | None = None


def scan(place: Place, origin: float, *, most: int | None = None) -> Scan:
    """Demux sound and picture, at most ``most`` packets; ``origin`` is the container's time shown as 0, in seconds."""
    shown: FrameTimes = np.empty(0)
    sizes: set[int] = set()
    end = 0.0
    count = 0
    with open_container(place) as container:
        audio, video = audio_stream(container), video_stream(container)
        pending = array("q")
        streams = [stream for stream in (audio, video) if stream is not None]
        index = PacketIndex() if container.format.name == "mp3" else None
        for packet in packets(container, streams):
            if index is not None:
                index.note(packet)
            if not _is_shown(packet):
                continue
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base) - origin)
            if packet.stream is audio:
                sizes.add(packet.size)
            else:
                pending.append(packet.pts)
            count += 1
            if count == most:
                break
        else:
            if index is not None:
                index.finish()
        place.check()
        if video is not None and video.time_base is not None:
            base = video.time_base
            # Of frames that begin at the same time one is shown.
            shown = np.unique(np.array(pending, np.float64) * base.numerator / base.denominator - origin)
    return Scan(shown[shown >= 0], end, len(sizes) > 1 and max(sizes) - min(sizes) > _PADDING_BYTES, index)


def _is_shown(packet: Any) -> bool:
    # An edit list keeps packets that only the decoder needs: they are marked, and no browser shows them.
    return packet.pts is not None and not packet.is_discard and not packet.is_corrupt
