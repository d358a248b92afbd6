"""Answers what an editor fetches of the media. Knows the wire and the media, no widget."""

from __future__ import annotations

from typing import Any, Final, get_args

from ..errors import AvsegError
from ..media import Media
from ..wire import (
    BuildPeaks,
    Fetch,
    FetchCurves,
    Fetched,
    FetchFragment,
    FetchFrames,
    FetchPeaks,
    FetchThumbnails,
)

_TYPES: Final = frozenset(message.__struct_config__.tag for message in get_args(Fetch))


def is_fetch(content: Any) -> bool:
    """Whether a message, as it came, is a fetch."""
    return isinstance(content, dict) and content.get("type") in _TYPES


def fetch(media: Media, message: Fetch) -> tuple[Fetched, bytes | None]:
    """Return the answer to a fetch and its bytes, as ``Fetched`` describes them; None with an answer that says why."""
    found: dict[str, Any] = {}
    try:
        if isinstance(message, FetchFragment):
            data, found = _fragment(media, message)
        elif isinstance(message, FetchPeaks):
            data, found["peaks"] = media.peaks_so_far(message.level, message.tile)
        elif isinstance(message, BuildPeaks):
            data, found["peaks"] = b"", media.build_peaks(run=message.run)
        elif isinstance(message, FetchFrames):
            data = media.frame_times().tobytes()
        elif isinstance(message, FetchCurves):
            data = media.curve_tile(message.tile, message.floor, message.ceiling)
        elif isinstance(message, FetchThumbnails):
            pictures = media.thumbnails(message.times, message.within)
            data, found["lengths"] = b"".join(pictures), [len(picture) for picture in pictures]
        else:
            data = media.spectrogram_tile(message.analysis, message.level, message.tile)
    except (AvsegError, OSError, ValueError) as error:
        return Fetched(client=message.client, request=message.request, error=str(error)), None
    return Fetched(client=message.client, request=message.request, **found), data


def _fragment(media: Media, message: FetchFragment) -> tuple[bytes, dict[str, Any]]:
    start, end = message.start, message.end
    if message.kind == "sound":
        fragment = media.sound_fragment(start, end, message.speed)
    else:
        fragment = media.picture_fragment(start, end, message.codecs, resume=message.resume)
    names = ("start", "end", "offset", "mime")
    return fragment.bytes, {name: getattr(fragment, name) for name in names}
