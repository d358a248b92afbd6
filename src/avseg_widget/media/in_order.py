"""When frames of H.264 in AVI are shown, which libav guesses from when their packets are decoded. Decodes nothing."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from av.codec.context import Flags

if TYPE_CHECKING:
    from av.container import InputContainer


def is_guessed(container: InputContainer, stream: Any) -> bool:
    """Return whether only the order of frames tells when they are shown."""
    return container.format.name == "avi" and bool(stream.codec_context.name == "h264")


class InOrder:
    """Gives frames, which decoders give as they are shown, the times of the packets read so far in ascending order."""

    def __init__(self, container: InputContainer, stream: Any) -> None:
        self._is_needed = is_guessed(container, stream)
        if self._is_needed:
            # Of each packet there has to be a frame, also where decoding begins before its picture is whole.
            stream.codec_context.flags |= Flags.output_corrupt
        self._stamps: list[int] = []

    def clear(self) -> None:
        """Begin anew, after a jump."""
        self._stamps.clear()

    def take(self, packet: Any, frames: list[Any]) -> list[Any]:
        """Return the frames that came with a packet, none for the end, each with its time."""
        if self._is_needed:
            if packet is not None and packet.pts is not None:
                heappush(self._stamps, packet.pts)
            for frame in frames:
                frame.pts = heappop(self._stamps) if self._stamps else None
            return [frame for frame in frames if not frame.is_corrupt]
        return frames
