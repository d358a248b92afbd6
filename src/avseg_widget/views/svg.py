"""An annotation as an SVG timeline with a ground of its own: plain attributes only, as pages strip styles and scripts.

It holds no id, link, style or script, so that several may stand in one page, and an ``<img>`` shows it whole. Knows no
notebook.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .colors import FILL_SHARE, GROUND, HUES, LANE, LINE, MUTED, TEXT
from .layout import MOST_TRACKS, Box, Lane, Row, arrange
from .words import (
    clean,
    clock,
    counted,
    fit,
    is_right_to_left,
    is_suggested,
    label_of,
    origin_text,
    ruler_digits,
    ruler_step,
    summary,
    track_names,
)

if TYPE_CHECKING:
    from ..model import Annotation, Segment

#: Sizes in px. The names' column, the lanes' width, the ruler's height, a lane's, the space around all.
NAMES, WIDTH, RULER, LANE_HEIGHT, PAD = 190, 780, 24, 26, 10
_FULL = PAD + NAMES + WIDTH + PAD
#: Px between the ruler's marks at least, as in the editor.
_MARKS = 90
#: A box bears text from this width on, in px.
_WORDY = 32
#: Px of a column of text of 12 px; letters are narrower, most of them.
_COLUMN = 7
#: Shortest time line, in seconds.
_SHORTEST = 1e-3
#: Most characters of the text that comes up over a box.
_HOVER = 60
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def escape(text: str) -> str:
    """Write text as XML, for between tags and for attributes in double quotes."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def timeline(annotation: Annotation, *, duration: float | None = None, names: Sequence[str] = ()) -> str:
    """Return an annotation as SVG of 990 px width.

    Parameters
    ----------
    annotation
        What is drawn: at most 40 tracks, boxes for the 600 longest segments, marks for the others.
    duration
        Length of the media in seconds; None where it is not known: the time line then ends with the last segment.
    names
        Fields of the segments in the order in which they stand for one on its box.
    """
    span = max(duration or 0.0, _SHORTEST, *(segment.end for segment in annotation.segments))
    rows = arrange(annotation, WIDTH / span)
    heights = [_height(row) for row in rows]
    bottom = PAD + RULER + sum(heights) if rows else 0
    height = bottom + 22 + PAD
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_FULL}" height="{height}" viewBox="0 0 {_FULL} {height}" '
        f'role="img" aria-label="{escape(f"Timeline: {summary(annotation)}")}" font-family="{_FONT}" font-size="12" '
        f'fill="{TEXT}"><rect x="0.5" y="0.5" width="{_FULL - 1}" height="{height - 1}" rx="6" fill="{GROUND}" '
        f'stroke="{LINE}"/>'
    )
    parts = [head, *(_ruler(span, bottom) if rows else [])]
    top = PAD + RULER
    for place, row in enumerate(rows):
        parts += _row(row, HUES[place % len(HUES)], top, heights[place], names)
        top += heights[place]
    parts.append(_text(PAD, bottom + 20, _foot(annotation, span, duration), fill=MUTED))
    return "".join([*parts, "</svg>"])


def _height(row: Row) -> int:
    return LANE_HEIGHT * max(1, len(row.lanes)) + 4


def _foot(annotation: Annotation, span: float, duration: float | None) -> str:
    line = summary(annotation) if track_names(annotation) else "No tracks and no segments"
    if duration or annotation.segments:
        line += f" · {clock(span)}"
    hidden = len(track_names(annotation)) - MOST_TRACKS
    return fit(line + (f" · {counted(hidden, 'more track')} not shown" if hidden > 0 else ""), 140)


def _text(x: float, y: float, text: str, *, fill: str = "", anchor: str = "", rtl: bool = False) -> str:
    attributes = [f'fill="{fill}"' if fill else "", f'text-anchor="{anchor}"' if anchor else ""]
    attributes.append('direction="rtl"' if rtl else "")
    return f'<text x="{_px(x)}" y="{_px(y)}" {" ".join(filter(None, attributes))}>{escape(text)}</text>'


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _ruler(span: float, bottom: int) -> Iterator[str]:
    step = ruler_step(span / WIDTH * _MARKS)
    digits = ruler_digits(step)
    for mark in range(int(span / step * (1 + 1e-9)) + 1):
        x = PAD + NAMES + mark * step / span * WIDTH
        yield f'<path d="M{_px(x)} {PAD + RULER - 6}V{bottom}" stroke="{LINE}"/>'
        text = fit(clock(mark * step, digits), 14)
        half = len(text) * _COLUMN / 2
        if x + half <= _FULL - PAD / 2:
            yield _text(x, PAD + 11, text, fill=MUTED, anchor="middle")


def _row(row: Row, hue: tuple[str, str], top: int, height: int, names: Sequence[str]) -> Iterator[str]:
    left = PAD + NAMES
    name = fit(row.name, (NAMES - 16) / _COLUMN)
    rtl = is_right_to_left(name)
    yield f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{height - 1}" fill="{LANE}" fill-opacity="0.6"/>'
    yield f'<path d="M{PAD} {top + height - 0.5}H{left + WIDTH}" stroke="{LINE}"/>'
    yield f'<rect x="{PAD}" y="{top + 4}" width="3" height="{height - 8}" rx="1.5" fill="{hue[1]}"/>'
    said = f"<title>{escape(fit(row.name, 200))}</title>" if name != row.name else ""
    yield f"<g>{said}{_text(PAD + (NAMES - 8 if rtl else 9), top + height / 2 + 4, name, rtl=rtl)}</g>"
    for place, lane in enumerate(row.lanes):
        high = top + 3 + place * LANE_HEIGHT
        if lane.marks:
            yield _marks(lane, left, high, hue[1])
        yield f'<g fill="{hue[0]}" fill-opacity="{FILL_SHARE}" stroke="{hue[1]}">'
        for box in lane.boxes:
            yield _box(box, left, high, names)
        yield "</g>"
        for box in lane.boxes:
            yield _label(box, left, high, names)


def _marks(lane: Lane, left: int, top: int, color: str) -> str:
    """Draw all marks as one line as thick as a box is high: short, however many they are."""
    pieces, at = [], 0
    for begin, end in lane.marks:
        pieces.append(f"m{begin - at} 0h{end - begin}")
        at = end
    many = f"{counted(lane.small, 'segment')} too short to be drawn apart"
    return (
        f'<path d="M{left} {top + (LANE_HEIGHT - 4) // 2}{"".join(pieces)}" fill="none" stroke="{color}" '
        f'stroke-opacity="0.7" stroke-width="{LANE_HEIGHT - 4}"><title>{many}</title></path>'
    )


def _box(box: Box, left: float, top: int, names: Sequence[str]) -> str:
    width = box.right - box.left
    round_ = ' rx="4"' if width >= 10 else ""
    dashed = ' stroke-dasharray="4 3" fill-opacity="0.15"' if is_suggested(box.segment) else ""
    return (
        f'<rect x="{_px(left + box.left)}" y="{top}" width="{_px(width)}" height="{LANE_HEIGHT - 4}"{round_}{dashed}>'
        f"<title>{escape(_hover(box.segment, names))}</title></rect>"
    )


def _hover(segment: Segment, names: Sequence[str]) -> str:
    words = [fit(label_of(segment, names), _HOVER), fit(origin_text(segment), _HOVER)]
    return "\n".join([f"{clock(segment.start)} to {clock(segment.end)}", *filter(None, words)])


def _label(box: Box, left: float, top: int, names: Sequence[str]) -> str:
    width = box.right - box.left
    text = fit(label_of(box.segment, names)[:200], (width - 10) / _COLUMN) if width >= _WORDY else ""
    if not text:
        return ""
    rtl = is_right_to_left(text)
    # An SVG within an SVG cuts what sticks out, without an id that another in the page may have too.
    return (
        f'<svg x="{_px(left + box.left)}" y="{top}" width="{_px(width - 3)}" height="{LANE_HEIGHT - 4}" '
        f'pointer-events="none">{_text(width - 6 if rtl else 6, 15, text, rtl=rtl)}</svg>'
    )
