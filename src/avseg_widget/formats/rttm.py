"""RTTM, who spoke when: a speaker is a track, a line a segment. Knows NIST's columns and annotations."""

from __future__ import annotations

import re
from dataclasses import replace

from ..model import Track
from .format import name_of, track_named
from .lines import NOTHING, Line, add, difference, exact, from_column, plain, to_column
from .rows import Row, RowFormat, confidence_of, look

_SPEAKER = "SPEAKER"
#: What else may have a time, as in NIST's evaluation plan of 2009; each is a category by its name in lower case.
_OTHERS = {
    *("SEGMENT", "NOSCORE", "NO_RT_METADATA", "LEXEME", "NON-LEX", "NON-SPEECH", "FILLER", "EDIT", "IP", "SU", "CB"),
    "A/P",
}
_NEVER_TIMED = "SPKR-INFO"
_CHANNEL = re.compile(r"speaker (\S+)")


class Rttm(RowFormat):
    """Decimals stay as exact as times are: a start and a duration give the end to the last bit.

    Speakers of another channel than 1 are of a category ``"speaker 2"`` by its name. What is not a speaker's turn, such
    as a LEXEME, is of the category ``"lexeme"``, with its text. A number in the column for confidence says that a
    program made the segment.
    """

    name = "rttm"
    title = "RTTM"
    suffixes = (".rttm",)

    def sniff(self, head: bytes) -> bool:
        lines = look(head)
        return bool(lines) and all(line[0] in _OTHERS | {_SPEAKER, _NEVER_TIMED} and len(line) > 7 for line in lines)

    def parse_line(self, line: Line) -> Row | str:
        kind, columns = line.columns[0], line.columns
        if kind not in _OTHERS | {_SPEAKER, _NEVER_TIMED}:
            raise line.fail(f"{kind[:40]!r} is no type of a line of RTTM, such as SPEAKER")
        if len(columns) < 8:
            raise line.fail(f"a line of RTTM has 9 or 10 columns, not {len(columns)}; names have no spaces")
        if kind == _NEVER_TIMED or NOTHING in columns[3:5]:
            return f"{kind} lines without a time"
        start = line.seconds(3, "the start")
        times = line.span(start, add(start, line.seconds(4, "the duration")))
        name = from_column(columns[7])
        if kind != _SPEAKER:
            track = (kind.lower(), name or kind.lower())
        else:
            channel = columns[2]
            category = "speaker" if channel in {"1", NOTHING} else f"speaker {channel}"
            named = track_named(name or "speaker", category)
            track = (named.category, named.tag)
        text = "" if kind == _SPEAKER else from_column(columns[5])
        return Row(from_column(columns[1]), track, *times, text, confidence_of(line, 8))

    def print_line(self, row: Row) -> str:
        category, tag = row.track
        kind, channel, name = _SPEAKER, "1", name_of(Track(category, tag), "speaker")
        found = _CHANNEL.fullmatch(category)
        if category in {other.lower() for other in _OTHERS}:
            kind, name = category.upper(), tag
        elif found and found[1] == to_column(found[1]) and found[1] not in {"1", NOTHING}:
            channel, name = found[1], name_of(Track(category, tag), category)
        return " ".join(
            [
                *(kind, to_column(row.media), channel, plain(exact(row.start)), difference(row.start, row.end)),
                *(to_column(self.keep_row(row).text), NOTHING, to_column(name)),
                *(NOTHING if row.confidence is None else plain(exact(row.confidence)), NOTHING),
            ]
        )

    def keep_row(self, row: Row) -> Row:
        return row if row.track[0].upper() in _OTHERS and row.track[0].islower() else replace(row, text="")


FORMAT = Rttm()
