"""Choices spent one after the other from bytes that Hypothesis draws at once. Knows nothing of the project."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

Item = TypeVar("Item")

#: What formats mistake for their own: separators, comments, quotes, markup, line ends, what is cut off or left empty.
PITFALLS = [
    *('"', '""', "'", "\\", "\\n", "\t", "\n", "\n\n", "\r\n", "\r", " ", "  x  ", ",", ";", ";;", "|", "#", "!", "%"),
    *(":", "<exists>", "<NA>", "N/A", "null", "None", "nan", "true", "0", "1.5", "-1", "=1+1", "item [1]:"),
    *('"IntervalTier"', "xmin = 0", 'text = "a"', "-->", "&amp;", "<b>x</b>", "]]>", "{\\an8}", "\\N", "WEBVTT"),
    *("NOTE x", "00:00:01.000", "[1]", "{}", "a:b", "a%3Ab", "\x00", "\x0b", "\x1f", "\x85", "\u2028", "\ufeff"),
    *("\ufffe", "é", "e\u0301", "語", "\U0001f600"),
]
_PIECES = [*PITFALLS, "word", "two words"]
#: Where characters come from, as code points from and to: letters, those of one byte, of one unit, all the others.
_CHARACTERS = [(0x61, 0x7B), (0, 0x100), (0, 0xD800), (0xE000, 0x110000)]
#: Numbers that are printed, rounded or added up wrongly where any are.
_ODD_NUMBERS = [
    *(0.0, -0.0, 5e-324, 2.2250738585072014e-308, 1e-7, 1e-5, 0.1 + 0.2, 1 / 3, 0.9999999999999999, 1 + 2**-52),
    *(59.9995, 59.999999999, 3599.9996, 2.0**53, 1e16, 1e22, 1.7976931348623157e308, -1.5, -1e-300),
]
_LONGEST = 100_000
_LONGEST_BITS: int = struct.unpack("<Q", struct.pack("<d", _LONGEST))[0]
_ODD_TIMES = [one for one in _ODD_NUMBERS if 0 <= one <= _LONGEST] + [math.nextafter(_LONGEST, 0), float(_LONGEST)]


class Choices:
    """Takes bytes for choices; zeros, which are also what follows them, choose what is first, fewest or simplest.

    Hypothesis needs milliseconds for what it draws in a hundred parts. Bytes it draws in one, and shrinks to zeros.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def below(self, count: int) -> int:
        """Return a number from 0 to ``count`` - 1."""
        size = ((count - 1).bit_length() + 7) // 8
        taken = self._content[self._place : self._place + size]
        self._place += size
        return int.from_bytes(taken, "little") % count

    def flip(self) -> bool:
        """Return False or True."""
        return self.below(2) == 1

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return items[self.below(len(items))]

    def some(self, items: Sequence[Item]) -> list[Item]:
        """Return some of up to eight items, in their order."""
        chosen = self.below(1 << len(items))
        return [item for place, item in enumerate(items) if chosen >> place & 1]

    def text(self) -> str:
        """Return a text: any characters, a pitfall, or several of those and of words put together."""
        kind = self.below(3)
        if kind == 1:
            return self.pick(PITFALLS)
        if kind == 2:
            return "".join([self.pick(_PIECES) for _ in range(self.below(5))])
        return "".join([self._character() for _ in range(self.below(13))])

    def _character(self) -> str:
        first, end = self.pick(_CHARACTERS)
        return chr(first + self.below(end - first))

    def name(self) -> str:
        """Return a text that is not blank."""
        text = self.text()
        return text if text.strip() else f"{text}x"

    def number(self) -> float:
        """Return a number of any size that a float has, or an odd one."""
        if self.flip():
            return self.pick(_ODD_NUMBERS)
        [number] = struct.unpack("<d", self.below(1 << 64).to_bytes(8, "little"))
        return float(number) if math.isfinite(number) else 0.0

    def time(self) -> float:
        """Return seconds: as people type, on the grid of 48 kHz audio, of 29.97 frames, to the bit, tiny, or odd."""
        kind = self.below(8)
        if kind < 2:
            return self.below(_LONGEST * 100 + 1) / 100
        if kind < 4:
            return self.below(10_000_001) / 48_000
        if kind == 4:
            return self.below(_LONGEST + 1) * 1001 / 30_000
        if kind == 5:
            return self.pick(_ODD_TIMES)
        if kind == 6:
            return self.below(1 << 53) * (_LONGEST / 2**53)
        [time] = struct.unpack("<d", self.below(_LONGEST_BITS).to_bytes(8, "little"))
        return float(time)

    def share(self) -> float:
        """Return a number from 0 to 1."""
        return self.below((1 << 53) + 1) / 2**53


def drawn(make: Callable[[Choices], Item], size: int) -> st.SearchStrategy[Item]:
    """Return what draws ``size`` bytes of choices and makes something of them."""
    return st.binary(min_size=size, max_size=size).map(lambda content: make(Choices(content)))


texts = drawn(Choices.text, 64)
