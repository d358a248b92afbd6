"""Damage for files of any format, and what may come of reading them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hypothesis import strategies as st

from avseg_widget import FormatError, formats

_BYTES = [b"\x00", b"\xff", b"\n", b'"', b"<", b"9" * 400, b"-", b"NaN", b"1e999", b"[" * 5000, b"{", b"\xed\xa0\x80"]


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Draw a file that is cut off, has bytes flipped, taken out or put in."""
    made = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(len(made) - 1, 0)))
        how = draw(st.sampled_from(["cut", "flip", "take", "put"]))
        if how == "cut":
            del made[place:]
        elif how == "flip" and made:
            made[place] ^= 1 << draw(st.integers(0, 7))
        elif how == "take":
            del made[place : place + draw(st.integers(1, 40))]
        else:
            made[place:place] = draw(st.sampled_from(_BYTES))
    return bytes(made)


def read_or_say(path: Path) -> None:
    """Read a file; any error but the one that says what is wrong comes out."""
    with suppress(FormatError):
        assert isinstance(formats.read(path).annotations, list)
