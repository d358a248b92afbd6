"""Answers what an editor fetches of the media. Knows the wire and the media, no widget."""

from __future__ import annotations

from typing import Any

from ..errors import AvsegError
from ..media import Media
from ..wire import Fetched, FetchFragment, FetchFrames, FetchPeaks, FetchSpectrogram


def fetch(
    media: Media, message: FetchFragment | FetchPeaks | FetchSpectrogram | FetchFrames
) -> tuple[Fetched, bytes | None]:
    """Return the answer to a fetch and its bytes, as ``Fetched`` describes them; None with an answer that says why."""
    found: dict[str, Any] = {}
    try:
        if isinstance(message, FetchFragment):
            data, found = _fragment(media, message)
        elif isinstance(message, FetchPeaks):
            data = media.peak_tile(message.level, message.tile)
        elif isinstance(message, FetchFrames):
            data = media.frame_times().tobytes()
        else:
            spectrogram = media.spectrogram(message.start, message.end, message.columns)
            data, found = spectrogram.bytes, {"rows": spectrogram.rows, "top": spectrogram.top}
    except (AvsegError, OSError, ValueError) as error:
        return Fetched(client=message.client, request=message.request, error=str(error)), None
    return Fetched(client=message.client, request=message.request, **found), data


def _fragment(media: Media, message: FetchFragment) -> tuple[bytes, dict[str, Any]]:
    start, end = message.start, message.end
    if message.kind == "sound":
        fragment = media.sound_fragment(start, end)
    else:
        fragment = media.picture_fragment(start, end, message.codecs, resume=message.resume)
    names = ("start", "end", "offset", "mime")
    return fragment.bytes, {name: getattr(fragment, name) for name in names}
