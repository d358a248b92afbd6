"""Where a timeline's segments lie: tracks as rows, overlaps in lanes, what is too small as marks. Knows no format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappush, heapreplace, nlargest
from typing import TYPE_CHECKING

from .words import track_names

if TYPE_CHECKING:
    from ..model import Annotation, Segment

#: Most lanes of one track, and of all together; what overlaps more often is drawn over another.
MOST_LANES, _ALL_LANES = 4, 64
#: Most tracks that are drawn.
MOST_TRACKS = 40
#: Most segments that have a box of their own, the longest ones, and its least width in px.
MOST_BOXES, _LEAST = 600, 3.0


@dataclass(frozen=True)
class Box:
    """A segment from ``left`` to ``right`` in px."""

    left: float
    right: float
    segment: Segment


@dataclass(frozen=True)
class Lane:
    """Boxes, and the stretches in whole px where segments lie that are too small for one."""

    boxes: Sequence[Box]
    marks: Sequence[tuple[int, int]]
    #: How many segments the marks stand for.
    small: int


@dataclass(frozen=True)
class Row:
    """A track: its name and its lanes."""

    name: str
    lanes: Sequence[Lane]


def arrange(annotation: Annotation, scale: float) -> list[Row]:
    """Return the rows of a timeline of ``scale`` px a second."""
    names = dict(list(track_names(annotation).items())[:MOST_TRACKS])
    by_track: dict[str, list[Segment]] = {track: [] for track in names}
    for segment in annotation.segments:
        if segment.track in by_track:
            by_track[segment.track].append(segment)
    widths = (part.end * scale - part.start * scale for segments in by_track.values() for part in segments)
    least = max(_LEAST, (nlargest(MOST_BOXES + 1, widths) + [0.0] * (MOST_BOXES + 1))[MOST_BOXES])
    most = max(1, min(MOST_LANES, _ALL_LANES // max(1, len(names))))
    return [
        Row(names[track], [_lane(lane, scale, least) for lane in _apart(segments, most)])
        for track, segments in by_track.items()
    ]


def _apart(segments: Iterable[Segment], most: int) -> list[list[Segment]]:
    """Put segments, in their order, on as few lanes as keep them apart, ``most`` of them at most."""
    lanes: list[list[Segment]] = []
    ends: list[tuple[float, int]] = []
    for segment in segments:
        if not ends or (ends[0][0] > segment.start and len(lanes) < most):
            heappush(ends, (segment.end, len(lanes)))
            lanes.append([segment])
        else:
            end, lane = ends[0]
            heapreplace(ends, (max(end, segment.end), lane))
            lanes[lane].append(segment)
    return lanes


def _lane(segments: Iterable[Segment], scale: float, least: float) -> Lane:
    boxes: list[Box] = []
    marks: list[tuple[int, int]] = []
    small = 0
    for segment in segments:
        left, right = segment.start * scale, segment.end * scale
        if right - left > least:
            boxes.append(Box(left, right, segment))
            continue
        small += 1
        begin, end = int(left), max(int(left) + 1, round(right))
        if marks and begin <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(marks[-1][1], end))
        else:
            marks.append((begin, end))
    return Lane(boxes, marks, small)
