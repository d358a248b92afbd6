"""Answers what an editor fetches of the media. Knows the wire and the media, no widget."""

from __future__ import annotations

from ..errors import AvsegError
from ..media import Media
from ..wire import FetchBytes, FetchCurves, Fetched, FetchFrames, FetchPeaks, FetchSpectrogram


def fetch(
    media: Media, message: FetchBytes | FetchPeaks | FetchSpectrogram | FetchCurves | FetchFrames
) -> tuple[Fetched, bytes | None]:
    """Return the answer to a fetch and its bytes, as ``Fetched`` describes them; None with an answer that says why."""
    try:
        if isinstance(message, FetchBytes):
            data = media.read_bytes(message.offset)
        elif isinstance(message, FetchPeaks):
            data = media.peak_tile(message.level, message.tile)
        elif isinstance(message, FetchFrames):
            data = media.frame_times().tobytes()
        elif isinstance(message, FetchCurves):
            data = media.curve_tile(message.tile, message.floor, message.ceiling)
        else:
            data = media.spectrogram_tile(message.analysis, message.level, message.tile)
    except (AvsegError, OSError, ValueError) as error:
        return Fetched(client=message.client, request=message.request, error=str(error)), None
    return Fetched(client=message.client, request=message.request), data
