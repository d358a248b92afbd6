"""Answers what an editor fetches of the media. Knows the wire and the media, no widget."""

from __future__ import annotations

from ..errors import AvsegError
from ..media import Media
from ..wire import Fetch, FetchBytes, FetchCurves, Fetched, FetchFrames, FetchPeaks, FetchThumbnails


def fetch(media: Media, message: Fetch) -> tuple[Fetched, bytes | None]:
    """Return the answer to a fetch and its bytes, as ``Fetched`` describes them; None with an answer that says why."""
    lengths: list[int] = []
    try:
        if isinstance(message, FetchBytes):
            data = media.read_bytes(message.offset)
        elif isinstance(message, FetchPeaks):
            data = media.peak_tile(message.level, message.tile)
        elif isinstance(message, FetchFrames):
            data = media.frame_times().tobytes()
        elif isinstance(message, FetchCurves):
            data = media.curve_tile(message.tile, message.floor, message.ceiling)
        elif isinstance(message, FetchThumbnails):
            pictures = media.thumbnails(message.times, message.within)
            data, lengths = b"".join(pictures), [len(picture) for picture in pictures]
        else:
            data = media.spectrogram_tile(message.analysis, message.level, message.tile)
    except (AvsegError, OSError, ValueError) as error:
        return Fetched(client=message.client, request=message.request, error=str(error)), None
    return Fetched(client=message.client, request=message.request, lengths=lengths), data
