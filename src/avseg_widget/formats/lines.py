"""Lines of columns, as NIST's tools have them: their names, numbers and comments. Knows no annotation."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from pathlib import Path

from ..errors import FormatError

#: What stands in a column that says nothing.
NOTHING = "<NA>"
_NUMBER = re.compile(r"[-+]?(?:\d{1,400}(?:\.\d{0,1200})?|\.\d{1,1200})(?:[eE][-+]?\d{1,3})?")
#: Any two floats have a sum and a difference with fewer digits.
_EXACT = Context(prec=1500)
#: What would be read as the end of a column or a line, as an escape, or is not seen.
_UNSAFE = re.compile(r"[%\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]")

_ESCAPED = re.compile(r"(?:%[0-9A-F]{2})+")


@dataclass(frozen=True)
class Line:
    """One line's columns, and its number for errors."""

    number: int
    columns: list[str]

    def fail(self, what: str) -> FormatError:
        return FormatError(f"line {self.number}: {what}")

    def seconds(self, column: int, name: str) -> Decimal:
        """Return a time as it is written."""
        token = self.columns[column]
        if not _NUMBER.fullmatch(token):
            raise self.fail(f"{name} (column {column + 1}) is a number of seconds, not {token[:40]!r}")
        return Decimal(token)

    def span(self, start: Decimal, end: Decimal) -> tuple[float, float]:
        """Return a start and an end, checked; they are the same for what has no length."""
        span = float(start), float(end)
        if start < 0 or not all(map(math.isfinite, span)):
            raise self.fail(f"a start of {span[0]!r} s and an end of {span[1]!r} s lie outside of any media")
        if end < start:
            raise self.fail(f"the end, {span[1]!r} s, is before the start, {span[0]!r} s")
        return span


def read_lines(path: Path, *, separator: str | None = None) -> Iterator[Line]:
    """Yield the lines of a file that say something, split at white space or a separator.

    Raises
    ------
    FormatError
        When the file is not in UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = 1 + error.object[: error.start].count(b"\n")
        raise FormatError(f"line {number}: this is not UTF-8 ({error.reason}); save the file in UTF-8") from None
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line.strip() and not (separator is None and line.lstrip().startswith(";;")):
            # Only what NIST's tools split at: str.split() would split at spaces within names of other scripts too.
            yield Line(number, line.split(separator) if separator else re.findall(r"[^ \t\v\f]+", line))


def add(one: Decimal, other: Decimal) -> Decimal:
    """Return an exact sum, such as an end from a start and a duration."""
    return _EXACT.add(one, other)


def exact(time: float) -> Decimal:
    """Return a time as the shortest decimal that is read as the same float."""
    return Decimal(repr(time))


def difference(start: float, end: float) -> str:
    """Return a duration so that start + duration is read as the end, to the last bit."""
    return plain(_EXACT.subtract(exact(end), exact(start)))


def plain(number: Decimal) -> str:
    """Return a number without an exponent.

    >>> plain(exact(1e-07)), plain(exact(1e22))
    ('0.0000001', '10000000000000000000000')
    """
    return format(number, "f")


def to_column(text: str) -> str:
    """Return a text as one column: what would end it is escaped as in web addresses, no text is ``<NA>``.

    >>> to_column("Ann Lee"), to_column("100%"), to_column(""), to_column("<NA>")
    ('Ann%20Lee', '100%25', '<NA>', '%3CNA>')
    """
    if not text:
        return NOTHING
    # A line that begins with a semicolon may be a comment.
    safe = 1 if text == NOTHING or text[0] == ";" else 0
    return "".join(f"%{ord(letter):02X}" for letter in text[:safe]) + _UNSAFE.sub(_escaped, text[safe:])


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def from_column(token: str) -> str:
    """Return the text that :func:`to_column` was given; other columns are taken as they are."""
    return "" if token == NOTHING else _ESCAPED.sub(_unescaped, token)


def _unescaped(match: re.Match[str]) -> str:
    try:
        return bytes.fromhex(match[0].replace("%", "")).decode()
    except UnicodeDecodeError:
        return match[0]
