"""Praat's own rules for TextGrids: as text (long, short, chronological) and as binary. Knows no annotation.

praatio has most of these too, but not to the bit: it strips texts, rounds times near whole numbers when it writes, and
takes ``item [`` within a text for the next tier.
"""

from __future__ import annotations

import codecs
import math
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..errors import FormatError

BINARY = b"ooBinaryFile\x08TextGrid"
_INTERVALS, _POINTS = "IntervalTier", "TextTier"
#: What Praat takes notice of: texts, numbers and flags by themselves; words are for people, and what follows a "!" is.
_TOKEN = re.compile(
    r'!(?P<comment>[^\n]*)|"(?P<text>[^"]*(?:""[^"]*)*)"(?=\s|\Z)|(?P<open>")|<(?P<flag>[^>\s]*)>'
    r"|(?P<number>[-+]?\d\S*)|(?P<word>\S+)"
)
_NUMBER = re.compile(r"[-+]?\d{1,400}(?:\.\d{0,1200})?(?:[eE][-+]?\d{1,4})?")


@dataclass
class Tier:
    """A named row of intervals ``(start, end, text)`` in seconds; of points, the end is the start."""

    name: str
    points: bool = False
    intervals: list[tuple[float, float, str]] = field(default_factory=list)


class _Text:
    """The texts, numbers and flags in a file's text, one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[re.Match[str]] = []
        self._next = 0
        for match in _TOKEN.finditer(text):
            if match.lastgroup not in {"comment", "word"}:
                self._tokens.append(match)
            if match.lastgroup == "open":  # what follows is within it
                break

    @property
    def more(self) -> bool:
        return self._next < len(self._tokens)

    def line(self) -> str:
        """Say where the value is that was taken last."""
        return f"line {1 + self._text.count(chr(10), 0, self._tokens[max(0, self._next - 1)].start())}"

    def _take(self, wanted: str) -> str:
        if not self.more:
            raise FormatError(f"line {1 + self._text.count(chr(10))}: the file ends where a {wanted} is due")
        match = self._tokens[self._next]
        self._next += 1
        if match.lastgroup == "open":
            raise FormatError(f"{self.line()}: a text begins here that does not end")
        if match.lastgroup != wanted:
            raise FormatError(f"{self.line()}: a {wanted} is due, not {match.group()[:40]!r}")
        return match[wanted]

    def string(self) -> str:
        return self._take("text").replace('""', '"')

    def kind(self) -> str:
        return self.string()

    def exists(self) -> bool:
        return self._take("flag") == "exists"

    def number(self) -> float:
        token = self._take("number")
        number = float(token) if _NUMBER.fullmatch(token) else math.nan
        if not math.isfinite(number):
            raise FormatError(f"{self.line()}: {token[:40]!r} is no number of seconds")
        return number

    def count(self) -> int:
        token = self._take("number")
        if not re.fullmatch(r"\d{1,12}", token):
            raise FormatError(f"{self.line()}: {token[:40]!r} is no count")
        return int(token)


class _Binary:
    """The values in a binary file, one after the other; all numbers are big-endian."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = len(BINARY)

    def line(self) -> str:
        return f"byte {self._at}"

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise FormatError(f"byte {len(self._data)}: the file ends in the middle")
        self._at += count
        return taken

    def string(self) -> str:
        length = int.from_bytes(self._take(2), "big")
        if length != 0xFFFF:
            return self._take(length).decode("latin-1")
        units = bytearray()
        for _ in range(int.from_bytes(self._take(2), "big")):  # counts characters, of which some take two units
            units += self._take(2)
            if 0xD8 <= units[-2] < 0xDC:
                units += self._take(2)
        return units.decode("utf-16-be", "replace")

    def kind(self) -> str:
        return self._take(self._take(1)[0]).decode("latin-1")

    def exists(self) -> bool:
        return self._take(1) != b"\0"

    def number(self) -> float:
        number: float = struct.unpack(">d", self._take(8))[0]
        if not math.isfinite(number):
            raise FormatError(f"{self.line()}: {number!r} is no number of seconds")
        return number

    def count(self) -> int:
        return int.from_bytes(self._take(4), "big")


def decode(data: bytes) -> tuple[str, list[str]]:
    """Return a file's text as Praat reads it, and a note where the encoding is a guess.

    Raises
    ------
    FormatError
        For UTF-16 that ends within a character.
    """
    notes = []
    try:
        if data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
            text = data.decode("utf-16")
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.encoding.startswith("utf-16"):
            raise FormatError(f"byte {error.start}: this is no UTF-16 ({error.reason})") from None
        text = data.decode("latin-1")
        notes.append("the file is not in UTF-8 or UTF-16 and was read as Latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def parse(data: bytes) -> tuple[list[Tier], list[str]]:
    """Return the tiers of a TextGrid in any of Praat's four forms, and notes.

    Raises
    ------
    FormatError
        For anything else; says in which line, or at which byte.
    """
    if data.startswith(BINARY):
        return _grid(_Binary(data)), []
    text, notes = decode(data)
    if text.startswith('"Praat chronological TextGrid text file"'):
        return _chronological(_Text(text)), notes
    source = _Text(text)
    if not source.string().startswith("ooTextFile"):
        raise FormatError('line 1: a TextGrid begins with File type = "ooTextFile"')
    found = source.string()
    if found != "TextGrid":
        raise FormatError(
            f"{source.line()}: the file holds a {found[:40]!r}, not a TextGrid; take the TextGrid out of it in Praat"
        )
    return _grid(source), notes


def _grid(source: _Text | _Binary) -> list[Tier]:
    source.number()
    source.number()
    return [_tier(source) for _ in range(source.count())] if source.exists() else []


def _tier(source: _Text | _Binary) -> Tier:
    points = _is_points(source)
    tier = Tier(source.string(), points)
    source.number()
    source.number()
    for _ in range(source.count()):
        _interval(source, tier)
    return tier


def _is_points(source: _Text | _Binary) -> bool:
    kind = source.kind()
    if kind not in {_INTERVALS, _POINTS}:
        raise FormatError(f"{source.line()}: a tier is an {_INTERVALS} or a {_POINTS}, not {kind[:40]!r}")
    return kind == _POINTS


def _interval(source: _Text | _Binary, tier: Tier) -> None:
    start = source.number()
    end = start if tier.points else source.number()
    text = source.string()
    if end < start:
        raise FormatError(f"{source.line()}: an interval of tier {tier.name!r} ends at {end!r}, before its start")
    if text and start < 0 and not tier.points:
        raise FormatError(f"{source.line()}: an interval of tier {tier.name!r} starts at {start!r}, before the media")
    tier.intervals.append((start, end, text))


def _chronological(source: _Text) -> list[Tier]:
    source.string()
    source.number()
    source.number()
    tiers = []
    for _ in range(source.count()):
        points = _is_points(source)
        tiers.append(Tier(source.string(), points))
        source.number()
        source.number()
    while source.more:
        number = source.count()
        if not 1 <= number <= len(tiers):
            raise FormatError(f"{source.line()}: there is no tier {number}")
        _interval(source, tiers[number - 1])
    return tiers


def print_text(tiers: Iterable[Tier], end: float, *, short: bool) -> str:
    """Return interval tiers as Praat's text, every tier filled up with empty intervals from 0 to ``end`` seconds."""
    tiers = list(tiers)
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
    if short:
        head += f"0\n{end!r}\n<exists>\n{len(tiers)}\n"
    else:
        head += f"xmin = 0 \nxmax = {end!r} \ntiers? <exists> \nsize = {len(tiers)} \nitem []: \n"
    return head + "".join(_print_tier(number, tier, end, short=short) for number, tier in enumerate(tiers, 1))


def _print_tier(number: int, tier: Tier, end: float, *, short: bool) -> str:
    filled = _filled(tier.intervals, end)
    name = _quoted(tier.name)
    if short:
        rows = "".join(f"{start!r}\n{stop!r}\n{_quoted(text)}\n" for start, stop, text in filled)
        return f'"{_INTERVALS}"\n{name}\n0\n{end!r}\n{len(filled)}\n{rows}'
    inner = " " * 8
    rows = "".join(
        f"{inner}intervals [{place}]:\n{inner}    xmin = {start!r} \n{inner}    xmax = {stop!r} \n"
        f"{inner}    text = {_quoted(text)} \n"
        for place, (start, stop, text) in enumerate(filled, 1)
    )
    return (
        f'    item [{number}]:\n{inner}class = "{_INTERVALS}" \n{inner}name = {name} \n{inner}xmin = 0 \n'
        f"{inner}xmax = {end!r} \n{inner}intervals: size = {len(filled)} \n{rows}"
    )


def _filled(intervals: list[tuple[float, float, str]], end: float) -> list[tuple[float, float, str]]:
    filled = []
    reached = 0.0
    for start, stop, text in intervals:
        if start > reached:
            filled.append((reached, start, ""))
        filled.append((start, stop, text))
        reached = stop
    return [*filled, (reached, end, "")] if reached < end else filled


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
