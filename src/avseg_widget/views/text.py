"""An annotation as text with one line for each segment, for print. Knows no markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .words import (
    answers_of,
    clock,
    counted,
    fit,
    is_suggested,
    label_of,
    origin_text,
    summary,
    track_names,
    width_of,
)

if TYPE_CHECKING:
    from ..model import Annotation, Segment

#: Most segments that are written, and most answers of the content.
MOST_LINES = 40
#: Most columns of a track's name, and of what is said of a segment.
_TRACK, _ANSWERS = 32, 100
#: They shape the letters beside them and take no place: not to be written as escapes.
_JOINERS = "\u200c\u200d"


def text_of(annotation: Annotation, *, names: Sequence[str] = (), title: str = "") -> str:
    """Return an annotation as text: a summary, a line for each of the first segments, the content.

    >>> from avseg_widget.model import Annotation, Segment, Track
    >>> segment = Segment("speaker:Anna", 0.5, 1.25, {"text": "hello", "tone": "calm"})
    >>> print(text_of(Annotation(tracks=[Track("speaker", "Anna")], segments=[segment], content={"rate": 4})))
    Annotation: 1 segment on 1 track
    0:00.500  0:01.250  speaker: Anna  hello (tone: calm)
    content
      rate: 4
    """
    lines = [f"Annotation{f' of {title}' if title else ''}: {summary(annotation)}"]
    lines += _segment_lines(annotation, names)
    content = list(answers_of(annotation.content))
    if content:
        lines.append("content")
    lines += [f"  {name}: {fit(text, _ANSWERS)}" for name, text in content[:MOST_LINES]]
    if len(content) > MOST_LINES:
        lines.append(f"  … and {counted(len(content) - MOST_LINES, 'more answer')}")
    return "\n".join(map(plain, lines))


def _segment_lines(annotation: Annotation, names: Sequence[str]) -> list[str]:
    shown = annotation.segments[:MOST_LINES]
    tracks = track_names(annotation)
    rows = [
        (
            clock(item.start),
            clock(item.end),
            fit(plain(tracks[item.track]), _TRACK),
            fit(said(item, names), _ANSWERS),
        )
        for item in shown
    ]
    starts, ends, wide = (max((columns(row[place]) for row in rows), default=0) for place in range(3))
    lines = [
        f"{start:>{starts}}  {end:>{ends}}  {track}{' ' * (wide - columns(track))}  {text}".rstrip()
        for start, end, track, text in rows
    ]
    more = len(annotation.segments) - len(shown)
    return [*lines, f"… and {counted(more, 'more segment')}"] if more else lines


def said(segment: Segment, names: Sequence[str]) -> str:
    """Write what a segment's annotator answered, its text first, and where it comes from."""
    label = label_of(segment, names)
    rest = [(name, text) for name, text in answers_of(segment.fields, names)]
    first = next((pair for pair in rest if pair[1] == label), None)
    details = [f"{name}: {text}" for name, text in rest if (name, text) != first]
    origin = origin_text(segment)
    if origin:
        details.append(origin)
    mark = "? " if is_suggested(segment) else ""
    return mark + " ".join(filter(None, [label, f"({'; '.join(details)})" if details else ""]))


def columns(text: str) -> int:
    """Return the columns that text takes."""
    return sum(map(width_of, text))


def plain(text: str) -> str:
    """Write what would move the cursor, or is no character at all, as an escape."""
    return "".join(letter if letter.isprintable() or letter in _JOINERS else ascii(letter)[1:-1] for letter in text)
