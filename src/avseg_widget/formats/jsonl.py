"""JSON Lines: one annotation a line, as this package has it; carries everything. Knows the model only."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..errors import FormatError
from ..model import Annotation, Task
from .format import Format
from .reading import Reading, fit, propose_task


class JsonLines(Format):
    """Every value comes back as it was, times to the last bit."""

    name = "jsonl"
    title = "JSON Lines"
    suffixes = (".jsonl", ".ndjson")
    keeps_ids = True
    many = True

    def sniff(self, head: bytes) -> bool:
        return head.lstrip().startswith(b'{"tracks":') and b'"segments":' in head

    def read(self, path: Path, task: Task | None) -> Reading:
        annotations = []
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    annotations.append(msgspec.json.decode(line, type=Annotation))
                except (msgspec.DecodeError, UnicodeError) as error:
                    raise FormatError(f"{path.name}, line {number}: {error}") from None
        proposed = task or propose_task(annotations)
        return Reading(format=self.name, annotations=fit(annotations, proposed), task=proposed)

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        return annotation

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        with path.open("wb") as file:
            for annotation in annotations:
                file.write(msgspec.json.encode(annotation) + b"\n")


FORMAT = JsonLines()
