"""Answers what an editor fetches of the media. Knows the wire and the media, no widget."""

from __future__ import annotations

from ..errors import AvsegError
from ..media import Media
from ..wire import BuildPeaks, FetchBytes, Fetched, FetchFrames, FetchPeaks, FetchSpectrogram


def fetch(
    media: Media, message: FetchBytes | FetchPeaks | BuildPeaks | FetchSpectrogram | FetchFrames
) -> tuple[Fetched, bytes | None]:
    """Return the answer to a fetch and its bytes, as ``Fetched`` describes them; None with an answer that says why."""
    rows, top, peaks = 0, 0.0, None
    try:
        if isinstance(message, FetchBytes):
            data = media.read_bytes(message.offset)
        elif isinstance(message, FetchPeaks):
            data, peaks = media.peaks_so_far(message.level, message.tile)
        elif isinstance(message, BuildPeaks):
            data, peaks = b"", media.build_peaks(run=message.run)
        elif isinstance(message, FetchFrames):
            data = media.frame_times().tobytes()
        else:
            spectrogram = media.spectrogram(message.start, message.end, message.columns)
            data, rows, top = spectrogram.bytes, spectrogram.rows, spectrogram.top
    except (AvsegError, OSError, ValueError) as error:
        return Fetched(client=message.client, request=message.request, error=str(error)), None
    return Fetched(client=message.client, request=message.request, rows=rows, top=top, peaks=peaks), data
