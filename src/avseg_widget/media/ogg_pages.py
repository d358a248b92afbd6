"""Packets of Ogg by their pages: libav does not know when those of a stream's last page are. Knows no codec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

from av import Packet
from av.error import FFmpegError

from .container import packets, seek_sound

if TYPE_CHECKING:
    from av.container import InputContainer


def packets_from(container: InputContainer, sound: Any, seconds: float) -> Iterator[Any]:
    """Go to a time of the container, in seconds, or so far before it that another page follows; yield what is there.

    Where libav begins with the last page it takes the time that was asked for as its beginning.
    """
    step = 1.0
    while seconds > 0:
        # After another jump libav cannot go to some places.
        with suppress(FFmpegError):
            seek_sound(container, sound, seconds)
            rest = packets(container, sound)
            begun: list[Any] = []
            for packet in rest:
                begun.append(packet)
                if is_later(packet, begun[0]):
                    return chain(begun, rest)
        seconds, step = seconds - step, 2 * step
    seek_sound(container, sound, 0.0)
    return packets(container, sound)


def is_later(packet: Any, first: Any) -> bool:
    """Return whether a packet lies on a later page than another one."""
    return packet.pts is not None and packet.pos != first.pos


def counted(found: Iterable[Any], start: int) -> Iterator[Any]:
    """Yield packets; those of a stream of one page counted from ``start``, where the second one's samples begin.

    The first one of Vorbis only prepares the decoder. Of one page libav counts it as if it were heard, and says of the
    last one that so much more is to be left out, too.
    """
    rest = iter(found)
    page: list[Any] = []
    for packet in rest:
        page.append(packet)
        if is_later(packet, page[0]):
            yield from chain(page, rest)
            return
    at = start - (page[0].duration or 0) if page else 0
    for packet in page:
        if packet.pts is None:
            yield packet
            continue
        whole = Packet(bytes(packet))
        whole.stream, whole.time_base, whole.pts, whole.dts = packet.stream, packet.time_base, at, at
        at += packet.duration or 0
        yield whole
