"""Answers what an editor fetches of the media. Knows the wire and the media, no widget."""

from __future__ import annotations

from ..errors import AvsegError
from ..media import Media
from ..wire import FetchBytes, Fetched, FetchFrames, FetchPeaks, FetchSpectrogram, FetchThumbnails


def fetch(
    media: Media, message: FetchBytes | FetchPeaks | FetchSpectrogram | FetchFrames | FetchThumbnails
) -> tuple[Fetched, bytes | None]:
    """Return the answer to a fetch and its bytes, as ``Fetched`` describes them; None with an answer that says why."""
    rows, top = 0, 0.0
    lengths: list[int] = []
    try:
        if isinstance(message, FetchBytes):
            data = media.read_bytes(message.offset)
        elif isinstance(message, FetchPeaks):
            data = media.peak_tile(message.level, message.tile)
        elif isinstance(message, FetchFrames):
            data = media.frame_times().tobytes()
        elif isinstance(message, FetchThumbnails):
            pictures = media.thumbnails(message.times, message.within)
            data, lengths = b"".join(pictures), [len(picture) for picture in pictures]
        else:
            spectrogram = media.spectrogram(message.start, message.end, message.columns)
            data, rows, top = spectrogram.bytes, spectrogram.rows, spectrogram.top
    except (AvsegError, OSError, ValueError) as error:
        return Fetched(client=message.client, request=message.request, error=str(error)), None
    return Fetched(client=message.client, request=message.request, rows=rows, top=top, lengths=lengths), data
