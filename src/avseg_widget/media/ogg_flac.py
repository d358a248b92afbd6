"""Stamp packets of FLAC in Ogg by the page after theirs: libav may stamp those of the first page it reads wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .ogg_pages import is_later

#: Bytes of a frame within which its number lies.
_HEAD = 11
#: Seconds by which the stamps of packets may differ from the count of samples.
_JITTER = 0.01


def paged(found: Iterable[Any], sound: Any) -> Iterator[Any]:
    """Yield packets, those of each page counted back from the first of the next one; the last page's as they are."""
    page: list[Any] = []
    for packet in found:
        if page and is_later(packet, page[0]):
            _stamp(page, packet.pts, sound)
            yield from page
            page = []
        page.append(packet)
    yield from page


def _stamp(page: list[Any], stop: int, sound: Any) -> None:
    """Stamp the packets of a page that ends at ``stop``, or by their numbers where these say nearly the same."""
    start = stop - sum(packet.duration or 0 for packet in page)
    number = _number_of(page[0], sound)
    # Stamps that come from Matroska are rounded; numbers begin anew where streams were joined.
    at = start if number is None or abs(number - start) > _JITTER * sound.rate else number
    for packet in page:
        packet.pts = packet.dts = at
        at += packet.duration or 0


def _number_of(packet: Any, sound: Any) -> int | None:
    """Return the place of a frame's first sample as its header has it: a number coded as UTF-8 codes letters.

    The format is that of RFC 9639, 9.1: frames of one size are counted, those of several say their first sample.
    """
    head = bytes(memoryview(packet)[:_HEAD])
    if len(head) < _HEAD or head[0] != 0xFF or head[1] & 0xFE != 0xF8:
        return None
    more = 8 - (head[4] ^ 0xFF).bit_length()
    number = head[4] & (0x7F >> more)
    for byte in head[5 : 4 + max(1, more)]:
        number = number << 6 | byte & 0x3F
    settings = sound.codec_context.extradata or b""
    return number if head[1] & 1 else number * int.from_bytes(settings[:2], "big")
