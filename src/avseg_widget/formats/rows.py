"""What RTTM, CTM and UEM share: one file for many media, a line for a segment. Knows lines and annotations."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..errors import AnnotationError, FormatError
from ..fields import FieldValue
from ..model import Annotation, Origin, Provenance, Segment, Task, Track
from .carried import carried, text_names, text_of
from .format import Format, text_field
from .lines import Line, read_lines
from .reading import Reading, fit, propose_task


@dataclass(frozen=True)
class Row:
    """What one line says: of which media, on which track, from when to when, and more where the format has it.

    ``note`` names what else is in the line and is left out.
    """

    media: str
    track: tuple[str, str]
    start: float
    end: float
    text: str = ""
    confidence: float | None = None
    note: str = ""


class RowFormat(Format):
    """A format whose file has a line for each segment, of one media after the other; the media's name says which."""

    many = True
    one_text = True

    @abstractmethod
    def parse_line(self, line: Line) -> Row | str:
        """Return what a line says, or what to count in a note where it is no segment."""

    @abstractmethod
    def print_line(self, row: Row) -> str:
        """Return the line for a segment."""

    @abstractmethod
    def keep_row(self, row: Row) -> Row:
        """Return what comes back of a row when its line is read."""

    def read(self, path: Path, task: Task | None) -> Reading:
        notes: dict[str, int] = {}
        rows: dict[str, list[Row]] = {}
        try:
            for line in read_lines(path):
                row = self._parse(line)
                note = row if isinstance(row, str) else "lines without a duration" if row.start == row.end else row.note
                notes[note] = notes.get(note, 0) + 1
                if isinstance(row, Row) and row.start < row.end:
                    rows.setdefault(row.media, []).append(row)
            field = text_field(Annotation(), task)
            annotations = [self._annotation(media, some, field) for media, some in rows.items()]
        except FormatError as error:
            raise FormatError(f"{path.name}, {error}. Mend or remove that line") from None
        proposed = task or propose_task(annotations)
        return Reading(
            format=self.name,
            annotations=fit(annotations, proposed),
            task=proposed,
            notes=[f"{count:,} {what} are left out" for what, count in notes.items() if what],
        )

    def _parse(self, line: Line) -> Row | str:
        try:
            row = self.parse_line(line)
            if isinstance(row, Row):
                Track(*row.track)
        except AnnotationError as error:
            raise line.fail(str(error)[:150]) from None
        return row

    def _annotation(self, media: str, rows: Iterable[Row], field: str) -> Annotation:
        tracks: dict[tuple[str, str], Track] = {}
        segments = []
        for row in rows:
            track = tracks.setdefault(row.track, Track(*row.track, position=len(tracks)))
            fields: dict[str, FieldValue] = {field: row.text} if row.text else {}
            segments.append(Segment(track.id, row.start, row.end, fields, origin=self._origin(row)))
        return Annotation(list(tracks.values()), segments, provenance=Provenance(media=media))

    def _origin(self, row: Row) -> Origin | None:
        """Return what made a segment: only programs say how sure they are."""
        return None if row.confidence is None else Origin(self.name, confidence=row.confidence)

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        written, read = text_names(annotation, task)
        tracks = {track.id: track for track in annotation.tracks}

        def change(segment: Segment) -> Segment:
            row = self.keep_row(_row("", segment, tracks, written))
            fields: dict[str, FieldValue] = {read: row.text} if row.text else {}
            return msgspec.structs.replace(segment, fields=fields, origin=self._origin(row))

        def rename(track: Track) -> tuple[str, str]:
            return self.keep_row(Row("", (track.category, track.tag), 0, 1)).track

        kept = carried(annotation, rename, change, unused=False)
        media = annotation.provenance.media if annotation.segments else ""
        return msgspec.structs.replace(kept, provenance=Provenance(media=media))

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        names = [annotation.provenance.media for annotation in annotations if annotation.segments]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise FormatError(
                f"{self.title} tells annotations apart by their media, and two are of {twice[0]!r}; write two files"
            )
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for annotation in annotations:
                tracks = {track.id: track for track in annotation.tracks}
                field = text_field(annotation, task)
                for segment in annotation.segments:
                    row = _row(annotation.provenance.media, segment, tracks, field)
                    file.write(self.print_line(row) + "\n")


def _row(media: str, segment: Segment, tracks: dict[str, Track], field: str) -> Row:
    track = tracks[segment.track]
    confidence = None if segment.origin is None else segment.origin.confidence
    name = (track.category, track.tag)
    return Row(media, name, segment.start, segment.end, text_of(segment, field), confidence)


def confidence_of(line: Line, column: int) -> float | None:
    """Return how sure a program is; None where a line does not say, or not from 0 to 1."""
    token = line.columns[column] if column < len(line.columns) else ""
    value = float(token) if re.fullmatch(r"[01](?:\.\d{0,1200})?", token) else -1.0
    return value if 0 <= value <= 1 else None


def look(head: bytes) -> list[list[str]]:
    """Return the columns of the whole lines that a file begins with; none where it is no text."""
    *whole, last = head.decode("utf-8", "replace").lstrip("\ufeff").splitlines() or [""]
    lines = whole if len(head) > 4096 else [*whole, last]
    return [line.split() for line in lines if line.strip() and not line.lstrip().startswith(";;")]


def is_time(token: str) -> bool:
    """Whether a column may be a time."""
    return bool(re.fullmatch(r"-?\d+(?:\.\d*)?", token))
