"""Lines of a manifest: read and written as JSON Lines, and made of tables and dicts. Knows no limit and no AWS."""

from __future__ import annotations

import datetime
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from ..errors import ManifestError

#: Longest line that is read at all, in bytes; output lines may be far longer than Ground Truth takes as input.
MAX_READ_BYTES = 64 * 1024 * 1024
#: Ends of lines to some readers, though not to JSON: written as escapes.
_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
_BOM = b"\xef\xbb\xbf"

Line = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One line as it was found: its number from 1, its value where it could be read, and what was wrong with it."""

    number: int
    value: Line | None
    problem: str = ""


def write_line(line: Mapping[str, Any]) -> str:
    r"""Return a line as JSON without an end of line.

    >>> write_line({"source-ref": "s3://b/a\u2028.wav", "n": 0.1})
    '{"source-ref":"s3://b/a\\u2028.wav","n":0.1}'

    Raises
    ------
    ManifestError
        When a value cannot be written as JSON.
    """
    try:
        text = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ManifestError(f"the line cannot be written as JSON: {error}") from None
    return text.translate(_LINE_ENDS)


def read_entries(file: IO[bytes]) -> Iterator[Entry]:
    """Yield the lines of a file in UTF-8, whatever they hold; blank ones at its end are none."""
    blank: list[Entry] = []
    number = 0
    while raw := file.readline(MAX_READ_BYTES):
        number += 1
        if len(raw) == MAX_READ_BYTES and not raw.endswith(b"\n"):
            _skip_line(file)
            entry = Entry(number, None, f"is longer than {MAX_READ_BYTES // 1024 // 1024} MiB")
        elif raw.isspace():
            blank.append(Entry(number, None, "is blank"))
            continue
        else:
            entry = _read_entry(number, raw)
        yield from blank
        blank.clear()
        yield entry


def _skip_line(file: IO[bytes]) -> None:
    while (more := file.readline(MAX_READ_BYTES)) and not more.endswith(b"\n"):
        pass


def _read_entry(number: int, raw: bytes) -> Entry:
    problem = ""
    if number == 1 and raw.startswith(_BOM):
        raw, problem = raw[len(_BOM) :], "begins with a byte order mark: save the file as UTF-8 without one"
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_key_twice, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        return Entry(number, None, f"is not UTF-8 at its byte {error.start + 1:,}")
    except (ValueError, RecursionError) as error:
        return Entry(number, None, f"is not JSON: {error}")
    if not isinstance(value, dict):
        return Entry(number, None, f"must be a JSON object, not {value!r:.80}")
    return Entry(number, value, problem)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r:.80} is there twice")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"it holds {name}")


def records(source: Any, media: str) -> Callable[[], Iterator[Line]]:
    """Return a function that yields the lines of dicts or of a DataFrame each time it is called.

    Raises
    ------
    ManifestError
        When the source is nothing of the kind, or could be read only once.
    """
    if callable(source):
        return lambda: (_line(record, media) for record in source())
    if hasattr(source, "itertuples") and hasattr(source, "columns"):
        return lambda: (_line(record, media) for record in _rows(source))
    if isinstance(source, (str, bytes, Mapping)) or not isinstance(source, Iterable):
        raise ManifestError(
            f"lines are dicts, a DataFrame or a function that gives dicts, not {source!r:.80}; "
            "for media give Manifest.from_files, for a file of lines Manifest.read"
        )
    if iter(source) is source:
        raise ManifestError("an iterator can be read only once: give a list, or the function that makes the iterator")
    return lambda: (_line(record, media) for record in source)


def _rows(table: Any) -> Iterator[dict[Any, Any]]:
    """Yield the rows of a DataFrame without their missing values."""
    columns = list(table.columns)
    for row in table.itertuples(index=False, name=None):
        yield {name: value for name, value in zip(columns, row, strict=True) if not _is_missing(value)}


def _is_missing(value: Any) -> bool:
    is_nan = isinstance(value, float) and math.isnan(value)
    return value is None or is_nan or type(value).__name__ in {"NAType", "NaTType"}


def _line(record: Any, media: str) -> Line:
    if not isinstance(record, Mapping):
        raise ManifestError(f"a line is a dict such as {{'source-ref': 's3://bucket/a.wav'}}, not {record!r:.80}")
    line = {}
    for name, value in record.items():
        if not isinstance(name, str):
            raise ManifestError(f"an attribute's name is a text, not {name!r}")
        line["source-ref" if name == media else name] = _plain(value)
    return line


def _plain(value: Any) -> Any:
    """Return a value of numpy, pandas or the standard library as one of JSON, exactly; others stay as they are."""
    if isinstance(value, (str, bool, int, float)) or value is None:
        # A subclass such as numpy.float64 is written as what it is a subclass of.
        return value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return _plain(value.tolist()) if hasattr(value, "tolist") else value
