"""Transcripts of Whisper, from its own package or faster-whisper, as segments. Knows no sound; imports neither."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import msgspec

from ..errors import AssistError
from ..model import Origin, Segment


def from_whisper(
    result: Any, *, track: str, text: str = "text", words: bool = False, source: str = "whisper"
) -> list[Segment]:
    """Suggest the segments of a transcript.

    Parameters
    ----------
    result
        What ``model.transcribe`` returned: the dict of openai-whisper, the pair or the iterator of faster-whisper, or a
        list of such segments, dicts or objects. An iterator transcribes while it is read.
    track
        The track's id, such as ``"speaker:Customer"``.
    text
        The text field that the words go to; ``""`` for none.
    words
        A segment for each word; the result must be made with ``word_timestamps=True``.

    Returns
    -------
    list of Segment
        In order. What ends after the next one begins is cut there; empty texts are left out, and so is what has no
        times or no length, with a warning. The confidence is a word's probability, or ``exp(avg_logprob)``.

    Raises
    ------
    AssistError
        When this is no result of Whisper, or words are asked for that it does not hold.

    Examples
    --------
    >>> result = {"segments": [{"start": 0.0, "end": 1.5, "text": " Hello.", "avg_logprob": -0.1}]}
    >>> [(s.start, s.end, s.fields["text"], s.origin.confidence) for s in from_whisper(result, track="speaker:A")]
    [(0.0, 1.5, 'Hello.', 0.905)]
    """
    found: list[Segment] = []
    lost = 0
    for item in _words(result) if words else _segments(result):
        said = str(_get(item, "word" if words else "text") or "").strip()
        if not said:
            continue
        start, end = (_number(_get(item, name)) for name in ("start", "end"))
        if start is None or end is None or end <= max(start, 0.0):
            lost += 1
            continue
        origin = Origin(source, confidence=_confidence(item, words=words))
        found.append(Segment(track, max(start, 0.0), end, {text: said} if text else {}, origin=origin))
    if lost:
        what = "words" if words else "segments"
        warnings.warn(f"{lost} {what} of {lost + len(found)} have no times or no length and are left out", stacklevel=2)
    found.sort(key=lambda segment: segment.order)
    cut = [
        msgspec.structs.replace(segment, end=after.start) if segment.start < after.start < segment.end else segment
        for segment, after in pairwise(found)
    ]
    return cut + found[-1:]


def _segments(result: Any) -> Iterable[Any]:
    items = result.get("segments") if isinstance(result, Mapping) else result
    if isinstance(items, tuple) and len(items) == 2:
        items = items[0]
    if isinstance(items, (str, bytes, Mapping)) or not isinstance(items, Iterable):
        raise AssistError(
            f"this is no result of Whisper, but {_short(result)}: give what model.transcribe(...) returned"
        )
    for item in items:
        if _get(item, "text") is None:
            raise AssistError(f"a segment of Whisper has start, end and text; this is {_short(item)}")
        yield item


def _words(result: Any) -> Iterable[Any]:
    for item in _segments(result):
        found = _get(item, "words")
        if found is None:
            raise AssistError(
                "the result holds no words: transcribe with word_timestamps=True, or leave out words=True"
            )
        yield from found


def _get(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _confidence(item: Any, *, words: bool) -> float | None:
    value = _number(_get(item, "probability" if words else "avg_logprob"))
    if value is None:
        return None
    return round(min(max(value if words else math.exp(min(value, 0.0)), 0.0), 1.0), 3)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
