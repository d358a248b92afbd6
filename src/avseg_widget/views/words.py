"""What the views say: times, names, answers and origins as text that is safe to show. Knows no format."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..model import Annotation, Segment

#: What no XML holds, not even escaped: most control characters, halves of characters, and the last two places.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: They change the order of what follows them, and are never part of a word.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000)


def clean(text: str) -> str:
    """Return text that XML can hold and that leaves its surroundings as they are.

    >>> clean(f"a{chr(0)}b{chr(0x202E)}c")
    'a�bc'
    """
    return _TURNS.sub("", _NOT_XML.sub("\ufffd", text))


def clock(time: float, digits: int = 3) -> str:
    """Write a time as the editor does: ``1:02:03.450`` or ``0:03.450``.

    >>> clock(3723.45), clock(3.4499999), clock(59.9996), clock(65, 0)
    ('1:02:03.450', '0:03.450', '1:00.000', '1:05')
    """
    scale = 10**digits
    whole = math.floor(time * scale + 0.5) if math.isfinite(time * scale) else int(time) * scale
    minutes, rest = divmod(whole, 60 * scale)
    hours, minutes = divmod(minutes, 60)
    seconds, part = divmod(rest, scale)
    tail = f"{seconds:02}" + (f".{part:0{digits}}" if digits else "")
    return f"{hours}:{minutes:02}:{tail}" if hours else f"{minutes}:{tail}"


def ruler_step(least: float) -> float:
    """Return the smallest round step in seconds that is at least ``least``, as the editor's ruler has it.

    >>> ruler_step(0.03), ruler_step(7), ruler_step(100_000)
    (0.05, 10, 108000)
    """
    if least > 1:
        return next((step for step in _STEPS if step >= least), math.ceil(least / 36000) * 36000)
    power: float = 10.0 ** math.floor(math.log10(least))
    return next((factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9)), 10 * power)


def ruler_digits(step: float) -> int:
    """Return the decimals that tell neighbouring marks apart."""
    return 0 if step >= 1 else min(6, math.ceil(-math.log10(step) - 1e-9))


def track_names(annotation: Annotation) -> dict[str, str]:
    """Return what tracks are called, by id, in their order; last those that segments name and nobody added."""
    names = {track.id: f"{track.category}: {track.tag}" for track in annotation.tracks}
    for segment in annotation.segments:
        names.setdefault(segment.track, segment.track)
    return names


def value_text(value: Any) -> str:
    """Write an answer on one line.

    >>> value_text(["music", "traffic"]), value_text(True), value_text(" a  b "), value_text(4.0)
    ('music, traffic', 'yes', 'a b', '4')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(value_text, value))
    return str(value)


def answers_of(fields: Mapping[str, Any], names: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield names and answers: those of ``names`` first, then the others as they come; none that are empty."""
    for name in [*(name for name in names if name in fields), *(name for name in fields if name not in names)]:
        text = value_text(fields[name])
        if text:
            yield name, text


def label_of(segment: Segment, names: Sequence[str] = ()) -> str:
    """Return what stands for a segment: its first text, else its first answer."""
    answers = dict(answers_of(segment.fields, names))
    first_text = next((name for name in answers if isinstance(segment.fields[name], str)), None)
    return answers[first_text] if first_text is not None else next(iter(answers.values()), "")


def is_suggested(segment: Segment) -> bool:
    """Whether nobody has accepted it yet."""
    return segment.origin is not None and segment.origin.status == "suggested"


def origin_text(segment: Segment) -> str:
    """Say where a segment comes from; nothing for one that an annotator drew.

    >>> from avseg_widget.model import Origin, Segment
    >>> origin_text(Segment("a:b", 0, 1, origin=Origin("vad", confidence=0.931)))
    'suggested by vad, 93%'
    >>> origin_text(Segment("a:b", 0, 1, origin=Origin("vad", "corrected")))
    'suggested by vad, corrected'
    """
    if segment.origin is None:
        return ""
    sure = "" if segment.origin.confidence is None else f", {segment.origin.confidence:.0%}"
    status = "" if is_suggested(segment) else f", {segment.origin.status}"
    return f"suggested by {value_text(segment.origin.source)}{sure}{status}"


def counted(count: int, what: str) -> str:
    """Write a number of things.

    >>> counted(1, "track"), counted(12_000, "segment")
    ('1 track', '12,000 segments')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def summary(annotation: Annotation) -> str:
    """Say in one line what there is."""
    suggested = sum(map(is_suggested, annotation.segments))
    line = counted(len(annotation.segments), "segment") + (f" ({suggested:,} suggested)" if suggested else "")
    line += f" on {counted(len(track_names(annotation)), 'track')}"
    if annotation.completion.done:
        line += ", marked as done"
        line += f": {value_text(annotation.completion.reason)}" if annotation.completion.reason else ""
    return line


def width_of(character: str) -> int:
    """Return the columns that a character takes: none, one or two."""
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fit(text: str, columns: float) -> str:
    """Return text, or as much of its beginning as fits with an ellipsis into some columns.

    >>> fit("hello", 5), fit("hello", 4), fit("hello", 0.5)
    ('hello', 'hel…', '')
    """
    taken, total = 0, 0
    for place, character in enumerate(text):
        total += width_of(character)
        if total <= columns - 1:
            taken = place + 1
        if total > columns:
            return text[:taken].rstrip() + "…" if columns >= 1 else ""
    return text


def is_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction goes from right to left."""
    return next((kind != "L" for kind in map(unicodedata.bidirectional, text) if kind in {"L", "R", "AL"}), False)
