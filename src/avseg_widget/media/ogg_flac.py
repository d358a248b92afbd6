"""Place frames of FLAC in Ogg after a jump by the numbers they carry: libav stamps those of the first page wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .container import audio_stream, frames, open_container, packets, seek_sound
from .source import Place

if TYPE_CHECKING:
    from av.container import InputContainer

#: Bytes of a frame within which its number lies.
_HEAD = 11


def first_number(place: Place) -> int:
    """Give the number of the first sample, by which the numbers of a part cut from a longer file begin later."""
    with open_container(place) as container:
        sound = audio_stream(container)
        packet = next(packets(container, sound), None) if sound is not None else None
        if sound is None or packet is None or packet.pts is None:
            return 0
        return (_number_of(packet, sound) or packet.pts) - int(packet.pts)


def frames_from(container: InputContainer, sound: Any, seconds: float, first: int) -> Iterator[tuple[int | None, Any]]:
    """Go to a time of the container, in seconds, and yield frames with their stamps in samples from there on."""
    seek_sound(container, sound, seconds)
    number: int | None = None

    def note(packet: Any) -> None:
        nonlocal number
        number = _number_of(packet, sound)

    for frame in frames(container, sound, note):
        yield None if number is None else number - first, frame


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
