"""Parquet: one row a segment, with the kinds of its values. Knows the columns of tables; needs pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import FormatError
from ..model import Annotation, Task
from .csv_table import encode
from .extras import load
from .format import Format
from .reading import Reading
from .table_reading import gather, name_columns, read_rows
from .tables import Kind, columns_of, rows_of

#: Rows that are in memory at a time, beside the annotations.
_BATCH = 65_536


class Parquet(Format):
    """Answers of several kinds in one column are written as texts; all others come back as they were."""

    name = "parquet"
    title = "Parquet"
    suffixes = (".parquet",)
    keeps_ids = True
    many = True

    def sniff(self, head: bytes) -> bool:
        return head.startswith(b"PAR1")

    def read(self, path: Path, task: Task | None) -> Reading:
        arrow = load("pyarrow", "formats")
        parquet = load("pyarrow.parquet", "formats")
        try:
            with parquet.ParquetFile(path) as file:
                columns, notes = name_columns(file.schema_arrow.names, path.name)
                batches = (batch.to_pylist() for batch in file.iter_batches(_BATCH))
                rows = ({name: _cell(value) for name, value in row.items()} for batch in batches for row in batch)
                read = read_rows(rows, columns, task, format=self.name, where=lambda row: f"{path.name}, row {row}")
        except FormatError:
            raise
        # Of a damaged file pyarrow says so in many classes, some of which are Python's own.
        except (arrow.ArrowException, OSError, ValueError, OverflowError) as error:
            raise FormatError(f"{path.name} is damaged or not Parquet: {str(error).splitlines()[0]:.300}") from None
        return Reading(format=self.name, annotations=read.annotations, task=read.task, notes=notes)

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        return self.carry_all([annotation], task)[0]

    def carry_all(self, annotations: list[Annotation], task: Task | None) -> list[Annotation]:
        names = columns_of(annotations, task)
        columns, _ = name_columns(names, self.title)
        return gather(arrow_rows(annotations, names), columns, lambda row: f"row {row}")

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        arrow = load("pyarrow", "formats")
        parquet = load("pyarrow.parquet", "formats")
        names = columns_of(annotations, task)
        schema = arrow_schema(names)
        rows = arrow_rows(annotations, names)
        with parquet.ParquetWriter(path, schema, compression="zstd") as file:
            while chunk := list(islice(rows, _BATCH)):
                file.write_batch(arrow.RecordBatch.from_pylist(chunk, schema))


def arrow_schema(columns: dict[str, Kind]) -> Any:
    """Return the schema of a table with columns of these kinds."""
    arrow = load("pyarrow", "formats")
    types = {
        "flag": arrow.bool_(),
        "whole": arrow.int64(),
        "number": arrow.float64(),
        "list": arrow.list_(arrow.string()),
    }
    return arrow.schema([(name, types.get(kind, arrow.string())) for name, kind in columns.items()])


def arrow_rows(annotations: Iterable[Annotation], columns: dict[str, Kind]) -> Iterator[dict[str, Any]]:
    """Yield rows whose values are of their columns' kinds."""
    mixed = {name for name, kind in columns.items() if kind == "mixed"}
    numbers = {name for name, kind in columns.items() if kind == "number"}
    for row in rows_of(annotations, columns):
        for name in mixed:
            value = row[name]
            row[name] = value if value is None or isinstance(value, str) else encode(value)
        for name in numbers:
            if row[name] is not None:
                row[name] = float(row[name])
        yield row


def _cell(value: Any) -> Any:
    # What pandas has for an empty cell in a column of numbers.
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124


FORMAT = Parquet()
