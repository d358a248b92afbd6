"""Audacity's label files: a label is a segment; there are no tracks. Knows annotations and lines."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from ..errors import FormatError
from ..fields import FieldValue
from ..model import Annotation, Segment, Task, Track
from .carried import carried, text_names, text_of, with_text
from .format import Format, text_field
from .lines import exact, plain, read_lines
from .reading import Reading, fit, propose_task

#: A label's text ends at a tab or at the end of the line.
_SPACE = re.compile(r"\r\n|[\t\n\r]")


class Audacity(Format):
    """All labels are on one track: the first that the task offers, ``label: label`` where there is none."""

    name = "audacity"
    title = "Audacity labels"
    one_text = True
    suffixes = (".txt",)

    def sniff(self, head: bytes) -> bool:
        first = next((line for line in head.decode("utf-8", "replace").splitlines() if line.strip()), "")
        return bool(re.match(r"\ufeff?-?\d+[.,]\d+\t-?\d+[.,]\d+(\t|$)", first))

    def read(self, path: Path, task: Task | None) -> Reading:
        track, field = _track(task), text_field(Annotation(), task)
        segments: list[Segment] = []
        points = frequencies = 0
        try:
            for line in read_lines(path, separator="\t"):
                if line.columns[0] == "\\":
                    frequencies += 1
                    continue
                if len(line.columns) < 2:
                    raise line.fail("a label is a start, an end and a text with tabs between them")
                start, end = line.span(line.seconds(0, "the start"), line.seconds(1, "the end"))
                text = line.columns[2] if len(line.columns) > 2 else ""
                fields: dict[str, FieldValue] = {field: text} if text else {}
                points += start == end
                if start < end:
                    segments.append(Segment(track.id, start, end, fields))
        except FormatError as error:
            raise FormatError(f"{path.name}, {error}. Mend or remove that line") from None
        annotation = Annotation([track] if segments else [], segments)
        notes = [f"{points:,} labels are left out, as they have no length"] if points else []
        notes += [f"the frequencies of {frequencies:,} labels are left out"] if frequencies else []
        proposed = task or propose_task([annotation])
        return Reading(format=self.name, annotations=fit([annotation], proposed), task=proposed, notes=notes)

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        written, read = text_names(annotation, task)
        track = _track(task)

        def change(segment: Segment) -> Segment:
            return with_text(segment, read, _clean(text_of(segment, written)))

        return carried(annotation, lambda _: (track.category, track.tag), change, unused=False)

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        [annotation] = annotations
        field = text_field(annotation, task)
        lines = (
            f"{plain(exact(one.start))}\t{plain(exact(one.end))}\t{_clean(text_of(one, field))}\n"
            for one in annotation.segments
        )
        path.write_bytes("".join(lines).encode())


def _track(task: Task | None) -> Track:
    offered = {} if task is None else task.offered_tracks()
    first = next(iter(offered.values()), Track("label", "label"))
    return msgspec.structs.replace(first, position=0)


def _clean(text: str) -> str:
    return _SPACE.sub(" ", text)


FORMAT = Audacity()
