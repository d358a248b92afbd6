"""Sound and silence told apart by their level. Knows no speech and no widget."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ..errors import AssistError
from ..media import Media
from ..model import Origin, Segment
from .sound import Progress, Samples, check_number, frames_of
from .stretches import Stretch, between, joined, padded, switched

#: Seconds of one level.
_STEP = 0.01
#: The power of -200 dB: silence has none.
_LEAST = 1e-20


def silence(
    media: Media,
    *,
    sound_track: str = "",
    silence_track: str = "",
    threshold: float = -40.0,
    hysteresis: float = 6.0,
    min_sound: float = 0.1,
    min_silence: float = 0.3,
    pad: float = 0.0,
    channel: int | None = None,
    source: str = "silence",
    progress: Progress | None = None,
) -> list[Segment]:
    """Suggest segments where there is sound, where there is silence, or both.

    Parameters
    ----------
    sound_track, silence_track
        The tracks' ids, such as ``"speaker:Customer"``; at least one of them.
    threshold
        Sound begins at this level, in dB of full scale (RMS of 10 ms; a sine of full scale has -3).
    hysteresis
        It ends this many dB lower.
    min_sound, min_silence
        The shortest there may be, in seconds: first shorter silences become sound, then shorter sounds silence.
    pad
        Seconds that each sound is widened on both sides; two that would meet share the silence between them.
    channel
        Counted from 0; None for the mean of all.
    progress
        Called with the part that is done, 0 to 1; what it raises ends the work.

    Returns
    -------
    list of Segment
        In order; their edges are whole samples. The memory used does not grow with the media's length.

    Raises
    ------
    AssistError
        When no track is named, or a number makes no sense.
    MediaError
        When there is no sound, or it cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> from avseg_widget.media import open_media
    >>> sine = np.sin(np.arange(8000)) * (np.arange(8000) >= 4000)
    >>> found = silence(open_media((sine, 8000)), sound_track="a:b", silence_track="a:c")
    >>> [(segment.track, segment.start, segment.end) for segment in found]
    [('a:c', 0.0, 0.5), ('a:b', 0.5, 1.0)]
    """
    if not sound_track and not silence_track:
        raise AssistError('name a track: sound_track="speaker:Customer", silence_track="event:Pause", or both')
    check_number("threshold", threshold, -math.inf, 0)
    for name, value in (("hysteresis", hysteresis), ("min_sound", min_sound), ("min_silence", min_silence)):
        check_number(name, value, 0)
    check_number("pad", pad, 0)
    rate = media.info().sample_rate
    length = round((media.info().duration or 0.0) * rate)
    step = max(1, round(_STEP * rate))
    levels = _levels(frames_of(media, rate, step, channel, progress))
    rough = (
        Stretch(start * step, min(stop * step, length))
        for start, stop in switched(levels, threshold, threshold - hysteresis)
    )
    whole = joined(rough, math.ceil(min_silence * rate))
    sounds = padded((item for item in whole if item.stop - item.start >= min_sound * rate), round(pad * rate), length)
    tracks = [(sound_track, sounds), (silence_track, list(between(sounds, length)))]
    found = [
        Segment(track, start / rate, stop / rate, origin=Origin(source))
        for track, stretches in tracks
        if track
        for start, stop in stretches
    ]
    return sorted(found, key=lambda segment: segment.order)


def _levels(frames: Iterator[Samples]) -> Iterator[float]:
    for pieces in frames:
        power = np.einsum("ij,ij->i", pieces, pieces) / pieces.shape[1]
        yield from (10 * np.log10(np.maximum(power, _LEAST))).tolist()
