"""Choose where media ends: as its file states, as its packets tell, or where its last sound does. Knows no browser."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import av

from ..errors import MediaError
from .clocks import CLOCKED
from .container import audio_stream, frames, open_container, packets, seek_sound, video_stream
from .cut_end import cut_warning, is_cut_matroska
from .jumps import later
from .layout import has_mp3_length, is_cut_mp4
from .opened import Seen
from .raw_stamps import BARE
from .scan import Scan
from .source import Place

#: The greatest length that is believed, in seconds: 1,000 hours.
MAX_SECONDS = 3_600_000
#: How far, in seconds, the end of the data may lie before the length that the file states.
_CUT_TOLERANCE = 0.15
#: Containers that state their length in whole packets or milliseconds, or without the last packet.
_ROUNDED = {"matroska", "flv", "caf", "asf"}
#: Seconds before the stated end from which on packets are decoded.
_TAIL = 5.0
#: Seconds that are decoded at most: with damaged time stamps all packets may seem to be the last ones.
_MOST_DECODED = 120.0
#: Seconds by which time stamps may differ from the count of samples, being rounded.
_JITTER = 0.01


def end_of(place: Place, seen: Seen, found: Scan | None) -> tuple[float | None, tuple[str, ...]]:
    """Choose the end between what is stated and what is there, in seconds; with a warning when data is missing.

    Raises
    ------
    MediaError
        when it is too late to be believed.
    """
    is_rounded = seen.family in _ROUNDED and seen.sound is not None and not place.is_far
    if found is None or not is_rounded:
        return _told_end(place, seen.family, seen.stated, found)
    heard = _end_of_sound(place, seen.origin, found.end)
    if heard is None:
        return _told_end(place, seen.family, seen.stated, found)
    whole = replace(found, end=max(heard, found.picture_end))
    end, warnings = _told_end(place, seen.family, seen.stated, whole, packed=found.end)
    return _believed(place, heard) if heard >= found.picture_end else end, warnings


def _told_end(
    place: Place, family: str, stated: float | None, found: Scan | None, *, packed: float = 0.0
) -> tuple[float | None, tuple[str, ...]]:
    is_guess = family in {"aac", *BARE} or (family == "mp3" and not has_mp3_length(place))
    if found is None or (place.is_far and stated is not None):
        return _believed(place, stated), (_guess_warning(place, stated),) if is_guess or stated is None else ()
    if stated is None or is_guess or stated > MAX_SECONDS:
        return _believed(place, found.end), ()
    said = found.index.stated_end(place, found.end) if found.index is not None else None
    if said is not None and abs(said - stated) > _CUT_TOLERANCE:
        stated = said
    if family in {"mp3", "matroska", "flv", "asf"} and found.end > stated + _CUT_TOLERANCE:
        # Writers of these but MP3 count from 0 or from the first time stamp.
        return found.end, (_length_warning(found.end, stated),) if family == "mp3" else ()
    if family in CLOCKED and (place.stretches or found.unread is not None or abs(found.end - stated) < 1):
        # What states it is the time of one packet near the file's end; another packet may have a wrong one.
        return _believed(place, found.end), () if found.unread is None else (_joined_warning(place, found.unread),)
    # Other streams, such as subtitles, may make an MP4 longer than its sound and picture.
    least = stated - _CUT_TOLERANCE
    # A packet may be longer than what is heard of it.
    is_short = max(found.end, packed) < least and (family != "mp4" or bool(is_cut_mp4(place)))
    if is_short:
        # What is missing may be there, of streams that are not read.
        is_cut = family not in _ROUNDED or is_cut_matroska(place) or _end_of_others(place) < least
        return found.end, (cut_warning(found.end, stated),) if is_cut else ()
    # An AVI counts chunks as if they were full.
    return found.with_last_frame(min(stated, found.end)) if family == "avi" else stated, ()


def _end_of_sound(place: Place, origin: float, about: float) -> float | None:
    """Give when the last sample ends, in seconds, None where nothing of it can be decoded ``about`` there."""
    begin = max(0.0, about - _TAIL) + origin
    for jumps in (True, False):
        with open_container(place) as container:
            sound = audio_stream(container)
            if sound is None or sound.time_base is None:
                return None
            try:
                if jumps:
                    seek_sound(container, sound, begin)
            except av.error.FFmpegError:
                # The list of places may be lost with the end: packets are read from the start on.
                continue
            tail = later(packets(container, sound), round(begin / sound.time_base))
            return _last_end(frames(container, sound, found=tail), origin)
    return None


def _last_end(decoded: Iterable[Any], origin: float) -> float | None:
    end: float | None = None
    left = _MOST_DECODED
    for frame in decoded:
        length = frame.samples / frame.sample_rate
        left -= length
        if left < 0:
            return None
        if frame.pts is not None:
            start = float(frame.pts * frame.time_base) - origin
            end = start if end is None or abs(start - end) > _JITTER else end
        if end is not None:
            end += length
    return end


def _end_of_others(place: Place) -> float:
    """Give when the last packet ends of streams that are not read, such as subtitles; in seconds, 0 without."""
    end = 0.0
    with open_container(place) as container:
        read = (audio_stream(container), video_stream(container))
        others = [stream for stream in container.streams if stream not in read]
        for packet in packets(container, others) if others else ():
            if packet.pts is not None and packet.time_base is not None:
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return end


def _believed(place: Place, end: float | None) -> float | None:
    if end is not None and end > MAX_SECONDS:
        raise MediaError(
            f"{place.name} says it is {end / 3600:,.0f} hours long (at most {MAX_SECONDS // 3600:,} are believed): "
            "its header or its time stamps are damaged; export it again"
        )
    return end


def _joined_warning(place: Place, unread: float) -> str:
    return (
        f"Recordings follow one another in {place.name}, and what comes after {unread:.1f} s is not read: label each "
        "by itself, or make an MP4 of each before they are joined."
    )


def _guess_warning(place: Place, stated: float | None) -> str:
    if stated is None:
        return f"{place.name} does not say how long it is, so there is no waveform: download it first."
    return f"{place.name} does not say how long it is, and the length shown is a guess: download it for the true one."


def _length_warning(end: float, stated: float) -> str:
    return f"The file says it is {stated:.1f} s long and is {end:.1f} s long."
