"""Several recordings on one time axis, their channels side by side at one rate. Knows no format and no browser."""

from __future__ import annotations

import math
from typing import Any, Literal

from ..errors import MediaError
from ..wire import MediaInfo
from .ends import MAX_SECONDS
from .probe import Facts, Part
from .source import Place

#: Most channels of all recordings together: as many as FLAC, in which they travel, can hold.
MAX_ALIGNED_CHANNELS = 8
_HELP = "give a list of recordings, or of (recording, offset in seconds)"


def split(sources: list[Any]) -> list[tuple[Any, float]]:
    """Take a list of recordings, or of ``(recording, offset)``, apart into recordings and offsets in seconds.

    >>> split(["a.wav", ("b.wav", 0.5)])
    [('a.wav', 0.0), ('b.wav', 0.5)]
    """
    if not sources:
        raise MediaError(f"the list of recordings is empty: {_HELP}")
    return [_with_offset(number, source) for number, source in enumerate(sources, 1)]


def _with_offset(number: int, source: Any) -> tuple[Any, float]:
    # An array is what else comes first in a tuple.
    if not isinstance(source, tuple) or (source and _is_array(source[0])):
        return source, 0.0
    if len(source) != 2 or isinstance(source[1], (str, bytes)) or not hasattr(source[1], "__float__"):
        raise MediaError(f"recording {number} of the list is not well formed: {_HELP}")
    offset = float(source[1])
    if not (math.isfinite(offset) and offset >= 0):
        raise MediaError(
            f"the offset of recording {number} is {offset} s: offsets count from 0, the start of the time axis; "
            "add the same number of seconds to all"
        )
    if offset > MAX_SECONDS:
        raise MediaError(
            f"the offset of recording {number} is {offset:g} s "
            f"(at most {MAX_SECONDS:,}, {MAX_SECONDS // 3600:,} hours): "
            "give it in seconds from the start of the time axis, not as a time of day or a count of samples"
        )
    return source[0], offset


def _is_array(value: Any) -> bool:
    """Whether it is an array, or lists of numbers, and no list of recordings."""
    while isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, tuple) and value and isinstance(value[0], (int, float)):
        return True
    return hasattr(value, "dtype") or isinstance(value, (int, float))


def join(parts: list[Part]) -> tuple[Place, Facts]:
    """Put recordings side by side; the one with a picture gives it.

    Raises
    ------
    MediaError
        when they have more than 8 channels together or two pictures, or one could not be opened.
    """
    name = " + ".join(part.place.name for part in parts)
    for part in parts:
        if part.facts.info.duration is None:
            reason = part.facts.info.warnings[0].partition(", so there is no waveform")[0]
            raise MediaError(f"{reason}, so it cannot be aligned with others: check it, or download it first")
    films = [part for part in parts if part.facts.info.kind == "video"]
    if len(films) > 1:
        raise MediaError(
            f"{films[0].place.name} and {films[1].place.name} both have a picture, and one can be shown: "
            "give the sound of the others"
        )
    channels = sum(part.facts.info.channels for part in parts)
    if channels > MAX_ALIGNED_CHANNELS:
        raise MediaError(
            f"{name} have {channels} channels together (at most {MAX_ALIGNED_CHANNELS}): "
            "leave out recordings, or mix some of them down"
        )
    film = films[0] if films else None
    warnings = [f"{part.place.name}: {text}" for part in parts for text in part.facts.info.warnings]
    info = MediaInfo(
        name=name,
        kind="video" if film else "audio",
        duration=max(part.offset + (part.facts.info.duration or 0.0) for part in parts),
        sample_rate=max(part.facts.info.sample_rate for part in parts),
        channels=channels,
        container="aligned",
        codecs=list(dict.fromkeys(codec for part in parts for codec in part.facts.info.codecs)),
        channel_names=_channel_names(parts),
        warnings=warnings,
    )
    place = Place(
        name, parts=tuple(part.place for part in parts), picture=(film.place.picture or film.place) if film else None
    )
    return place, _facts(info, parts, film)


def _facts(info: MediaInfo, parts: list[Part], film: Part | None) -> Facts:
    decoder: Literal["aligned", "none"] = "aligned" if info.channels else "none"
    if film is None:
        return Facts(info, decoder, parts=tuple(parts))
    shown = film.facts.info
    times = film.facts.frame_times
    info = MediaInfo(
        **{name: getattr(info, name) for name in info.__struct_fields__}
        | {"width": shown.width, "height": shown.height, "frame_count": shown.frame_count}
    )
    # The picture's time shown as 0 lies before its start by the offset.
    origin = film.facts.origin - film.offset
    return Facts(
        info,
        decoder,
        origin,
        None if times is None else times + film.offset,
        parts=tuple(parts),
        movie=film.facts.movie,
        picture_stream=film.facts.picture_stream,
    )


def _channel_names(parts: list[Part]) -> list[str]:
    names = [part.place.name for part in parts]
    if len(set(names)) < len(names):
        names = [f"{number}: {name}" for number, name in enumerate(names, 1)]
    return [
        name if part.facts.info.channels == 1 else f"{name}, channel {channel}"
        for part, name in zip(parts, names, strict=True)
        for channel in range(1, part.facts.info.channels + 1)
    ]
