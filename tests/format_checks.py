"""Damage for files of any format, and what may come of reading them."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

from avseg_widget import FormatError, formats

_BYTES = [b"\x00", b"\xff", b"\n", b'"', b"<", b"9" * 400, b"-", b"NaN", b"1e999", b"[" * 5000, b"{", b"\xed\xa0\x80"]


def _damaged(content: bytes, chance: random.Random) -> bytes:
    """Return a file that is cut off, has bytes changed, taken out or put in."""
    made = bytearray(content)
    for _ in range(chance.randrange(1, 5)):
        place = chance.randrange(len(made) or 1)
        how = chance.choice(["cut", "flip", "change", "change", "take", "put"])
        if how == "cut":
            del made[place:]
        elif how == "flip" and made:
            made[place] ^= 1 << chance.randrange(8)
        elif how == "change" and made:
            made[place] = chance.choice([0, 9, 10, 34, 45, 60, chance.randrange(256)])
        elif how == "take":
            del made[place : place + chance.randrange(1, 41)]
        else:
            made[place:place] = chance.choice(_BYTES)
    return bytes(made)


def check_damaged(path: Path, *, rounds: int) -> None:
    """Check that a file, damaged in ways that its name decides, is read or refused with a FormatError."""
    content, chance = path.read_bytes(), random.Random(path.name)
    for _ in range(rounds):
        path.write_bytes(_damaged(content, chance))
        read_or_say(path)


def read_or_say(path: Path) -> None:
    """Read a file; any error but the one that says what is wrong comes out."""
    with suppress(FormatError):
        assert isinstance(formats.read(path).annotations, list)
