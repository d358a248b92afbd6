"""CTM, words in their time: a channel is a track, a word a segment. Knows NIST's columns and annotations."""

from __future__ import annotations

from ..model import Track
from .format import name_of, track_named
from .lines import Line, add, difference, exact, from_column, plain, to_column
from .rows import Row, RowFormat, confidence_of, is_time, look


class Ctm(RowFormat):
    """The category of all tracks is ``"channel"``; a text of several words is one line, its spaces are escaped."""

    name = "ctm"
    title = "CTM"
    suffixes = (".ctm",)

    def sniff(self, head: bytes) -> bool:
        lines = look(head)
        return bool(lines) and all(5 <= len(line) <= 8 and all(map(is_time, line[2:4])) for line in lines)

    def parse_line(self, line: Line) -> Row | str:
        columns = line.columns
        if not 5 <= len(columns) <= 8:
            raise line.fail(f"a line of CTM has 5 to 8 columns, not {len(columns)}; words have no spaces")
        if columns[2] == columns[3] == "*":
            return "marks of alternatives"
        start = line.seconds(2, "the start")
        times = line.span(start, add(start, line.seconds(3, "the duration")))
        track = track_named(from_column(columns[1]) or "1", "channel")
        note = "columns for a word's type or speaker" if len(columns) > 6 else ""
        name, text = (track.category, track.tag), from_column(columns[4])
        return Row(from_column(columns[0]), name, *times, text, confidence_of(line, 5), note)

    def print_line(self, row: Row) -> str:
        columns = [to_column(row.media), to_column(name_of(Track(*row.track), "channel"))]
        columns += [plain(exact(row.start)), difference(row.start, row.end), to_column(row.text)]
        return " ".join(columns if row.confidence is None else [*columns, plain(exact(row.confidence))])

    def keep_row(self, row: Row) -> Row:
        return row


FORMAT = Ctm()
