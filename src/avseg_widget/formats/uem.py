"""UEM, what is to be scored: a channel is a track, a span of time a segment. Knows NIST's columns and annotations."""

from __future__ import annotations

from dataclasses import replace

from ..model import Track
from .format import name_of, track_named
from .lines import Line, exact, from_column, plain, to_column
from .rows import Row, RowFormat, is_time, look


class Uem(RowFormat):
    """Spans of time and nothing else; the category of all tracks is ``"channel"``."""

    name = "uem"
    title = "UEM"
    suffixes = (".uem",)

    def sniff(self, head: bytes) -> bool:
        lines = look(head)
        return bool(lines) and all(len(line) == 4 and all(map(is_time, line[2:4])) for line in lines)

    def parse_line(self, line: Line) -> Row | str:
        if len(line.columns) != 4:
            raise line.fail(f"a line of UEM has 4 columns, not {len(line.columns)}; names have no spaces")
        track = track_named(from_column(line.columns[1]) or "1", "channel")
        times = line.span(line.seconds(2, "the start"), line.seconds(3, "the end"))
        return Row(from_column(line.columns[0]), (track.category, track.tag), *times)

    def print_line(self, row: Row) -> str:
        name = to_column(name_of(Track(*row.track), "channel"))
        return f"{to_column(row.media)} {name} {plain(exact(row.start))} {plain(exact(row.end))}"

    def keep_row(self, row: Row) -> Row:
        return replace(row, text="", confidence=None)


FORMAT = Uem()
