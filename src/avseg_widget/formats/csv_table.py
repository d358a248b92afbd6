"""CSV: one row a segment, several media in one file. Knows the columns of tables and what spreadsheets do to text."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import FormatError
from ..model import Annotation, Task
from .format import Format
from .reading import Reading
from .table_reading import gather, name_columns, read_rows
from .tables import OWN, Column, Kind, columns_of, kind_of_field, rows_of

#: What a spreadsheet takes for a formula; see https://owasp.org/www-community/attacks/CSV_Injection.
_FORMULA = "[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_UNSAFE, _MADE_SAFE = re.compile(f"'*{_FORMULA}"), re.compile(f"'+{_FORMULA}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FLAGS = {"true": True, "false": False}
#: Longest text in a cell, in characters; the default of :mod:`csv` is shorter than many a transcript.
_LONGEST = 2**31 - 1
_DELIMITERS = ",;\t"
#: Rows of texts, as often as they are asked for.
Rows = Callable[[], Iterable[dict[str, str]]]
#: What reads a cell of a kind in a column.
Decode = Callable[[str, Kind, str], Any]


class CsvTable(Format):
    """A text that a spreadsheet would take for a formula is written with ``'`` before it, and read without.

    An empty cell is no answer. What kind of answers a column holds is what the task says, else what all of its cells
    can be read as: yes or no (``true``, ``false``), numbers, lists of texts (in JSON), texts.
    """

    name = "csv"
    title = "CSV"
    suffixes = (".csv",)
    keeps_ids = True
    many = True

    def sniff(self, head: bytes) -> bool:
        first = re.split(rb"[\r\n]", head.removeprefix(b"\xef\xbb\xbf"), maxsplit=1)[0]
        cells = {cell.strip(b'"') for cell in re.split(rb"[,;]", first)}
        return {b"start", b"end"} <= cells

    def read(self, path: Path, task: Task | None) -> Reading:
        source = CsvFile(path, _DELIMITERS)
        with unlimited_cells():
            columns, notes = name_columns(source.names, path.name)
            typed = typed_rows(source.rows, _kinds(columns, task), source.where)
            read = read_rows(typed, columns, task, format=self.name, where=source.where)
        return Reading(format=self.name, annotations=read.annotations, task=read.task, notes=notes)

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        return self.carry_all([annotation], task)[0]

    def carry_all(self, annotations: list[Annotation], task: Task | None) -> list[Annotation]:
        names = columns_of(annotations, task)
        columns, _ = name_columns(names, self.title)

        def rows() -> Iterator[dict[str, str]]:
            for row in rows_of(annotations, names):
                yield {name: encode(value) for name, value in row.items()}

        def where(number: int) -> str:
            return f"row {number}"

        return gather(typed_rows(rows, _kinds(columns, task), where), columns, where)

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        names = columns_of(annotations, task)
        with path.open("w", encoding="utf-8", newline="") as file:
            # Its default end of lines is the only one with which all versions of Python quote a bare \r.
            writer = csv.writer(file)
            writer.writerow(names)
            for row in rows_of(annotations, names):
                writer.writerow([encode(value) for value in row.values()])


class CsvFile:
    """The rows of a file, as often as they are asked for, and the line of the last one.

    Raises
    ------
    FormatError
        When the file is not UTF-8, has no header, or a row is not one of this table.
    """

    def __init__(self, path: Path, delimiters: str) -> None:
        self._path = path
        self._line = 1
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                first = file.readline(1 << 20)
        except UnicodeDecodeError as error:
            raise self._wrong_encoding(error) from None
        self._delimiter = max(delimiters, key=first.count)
        self.names = next(self._cells(), [])

    def where(self, _number: int = 0) -> str:
        return f"{self._path.name}, line {self._line}"

    def rows(self) -> Iterator[dict[str, str]]:
        cells = self._cells()
        next(cells, None)
        for row in cells:
            if len(row) != len(self.names):
                raise FormatError(
                    f"{self.where()}: has {len(row)} cells, the header has {len(self.names)}; is the file cut off?"
                )
            yield dict(zip(self.names, row, strict=True))

    def _cells(self) -> Iterator[list[str]]:
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, delimiter=self._delimiter, strict=True)
                for row in reader:
                    self._line = reader.line_num
                    if row:
                        yield row
        except UnicodeDecodeError as error:
            raise self._wrong_encoding(error) from None
        except csv.Error as error:
            raise FormatError(f"{self.where()}: after it {error}; is a quote missing, or the file cut off?") from None

    def _wrong_encoding(self, error: UnicodeDecodeError) -> FormatError:
        return FormatError(f"{self._path.name} is not UTF-8 text ({error.reason}); save it as CSV UTF-8")


@contextmanager
def unlimited_cells() -> Iterator[None]:
    """Let cells be as long as they are."""
    before = csv.field_size_limit(_LONGEST)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def encode(value: Any) -> str:
    """Return the text of a cell.

    >>> [encode(value) for value in (True, -0.5, ["a"], "=1+1", "-", "it's", None)]
    ['true', '-0.5', '["a"]', "'=1+1", "'-", "it's", '']
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if _UNSAFE.match(value) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(list(value), ensure_ascii=False) if isinstance(value, list) else repr(value)


def decode(text: str, kind: Kind, column: str) -> Any:
    """Return what a cell says, None where it is empty; raises FormatError where it is not of this kind."""
    if text == "":
        return None
    value: Any
    if kind == "flag":
        value = _FLAGS.get(text.lower())
    elif kind in ("number", "whole"):
        value = _number(text)
    elif kind == "list":
        value = _list(text)
    else:
        return text[1:] if _MADE_SAFE.match(text) else text
    if value is None:
        says = {"flag": "true or false", "list": 'a list such as ["a", "b"]'}.get(kind, "a number")
        raise FormatError(f"{column} is {says}, not {text!r:.100}")
    return value


def _number(text: str) -> float | int | None:
    if not _NUMBER.fullmatch(text):
        return None
    if text.isdecimal() and len(text) < 16:
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None


def _list(text: str) -> list[str] | None:
    if not text.startswith("["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None


def typed_rows(
    rows: Rows, held: Mapping[str, Kind | None], where: Callable[[int], str], read: Decode = decode
) -> Iterator[dict[str, Any]]:
    """Yield rows of texts as rows of values, of the kinds that columns hold.

    Where that is None the rows are gone through once before, to see what all of the cells can be.
    """
    unknown = [name for name, kind in held.items() if kind is None]
    known = {name: kind for name, kind in held.items() if kind is not None}
    if unknown:
        known.update(_infer(rows(), unknown))
    for number, row in enumerate(rows(), 1):
        try:
            values = {name: read(text, known[name], name) for name, text in row.items()}
        except FormatError as error:
            raise FormatError(f"{where(number)}: {error}") from None
        yield values


def _kinds(columns: Mapping[str, Column], task: Task | None) -> dict[str, Kind | None]:
    return {name: OWN.get(name) or asked_kind(column, task) for name, column in columns.items()}


def asked_kind(column: Column, task: Task | None) -> Kind | None:
    """Return what a column of answers holds by the task, None where it does not ask for them."""
    asked = [] if task is None else task.segment_fields if column.part == "field" else task.content_fields
    return next((kind_of_field(field) for field in asked if field.name == column.name), None)


def _infer(rows: Iterable[dict[str, str]], names: list[str]) -> dict[str, Kind]:
    can = {name: {"flag", "number", "list"} for name in names}
    for row in rows:
        for name, kinds in can.items():
            text = row[name]
            if text and kinds:
                kinds &= {"flag" if text.lower() in _FLAGS else "list" if _list(text) is not None else "number"}
                if "number" in kinds and _number(text) is None:
                    kinds.clear()
    order: tuple[Kind, ...] = ("flag", "number", "list")
    return {name: next((kind for kind in order if kind in kinds), "text") for name, kinds in can.items()}


FORMAT = CsvTable()
