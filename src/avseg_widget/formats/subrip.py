"""SubRip (SRT): cues that are numbered, with a text. Knows the format, which has no standard, as players read it.

Parsed here: libraries for it leave out cues that are damaged without a word, and change texts with empty lines or
numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ..errors import AnnotationError, FormatError
from ..model import Track
from .format import name_of, track_named
from .subtitles import NOBODY, SPEAKER, Cue, Said, Subtitles, clock

_TIME = r"(\d{1,9}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?", re.ASCII)
_SPEAKER = re.compile(r"([^\n]*?\S[^\n]*?):(?: |(?=\n)|$)")
#: What a speaker's name cannot hold: ends of lines, the arrow of a timing, a space where one ends it or at its ends.
_NO_NAME = re.compile("[\r\n]|(?<=--)>|(?<=:) |^ | $")
_ESCAPE = re.compile(r"%(0D|0A|20|3E)")


class SubRip(Subtitles):
    """A text begins with its track's name, ``Ann: hello``; so it is read where all texts of a file begin so.

    Texts are kept as they are, markup too; they have no empty lines.
    """

    name = "srt"
    title = "SubRip"
    suffixes = (".srt",)
    latest = 100 * 3_600_000 - 1

    def sniff(self, head: bytes) -> bool:
        text = head.decode("utf-8-sig", "replace").lstrip()
        return re.match(rf"\d+[ \t]*\r?\n{_TIMING.pattern}", text, re.ASCII) is not None

    def parse(self, text: str, name: str) -> tuple[list[Cue], list[str]]:
        lines = re.split("\r\n|\r|\n", text)
        starts = [number for number, line in enumerate(lines) if _is_timing(line)]
        wrong = [number for number, line in enumerate(lines) if "-->" in line and not _is_timing(line)]
        if wrong or (not starts and text.strip()):
            number = wrong[0] if wrong else 0
            raise FormatError(
                f"{name}, line {number + 1}: is not the timing of a cue, 00:00:00,000 --> 00:00:01,000: "
                f"{lines[number]:.100}"
            )
        ends = [*(_index(lines, start) for start in starts), len(lines)][1:] if starts else []
        return [_cue(lines, start, end) for start, end in zip(starts, ends, strict=True)], []

    def spell(self, said: Sequence[Said]) -> list[str]:
        texts = [_clean(text) for _, text in said]
        nobody = all((track.category, track.tag) == (NOBODY.category, NOBODY.tag) for track, _ in said)
        if nobody and _speakers(texts) is None:
            return texts
        names = [name_of(track, SPEAKER) for track, _ in said]
        quoted = [_NO_NAME.sub(lambda found: f"%{ord(found[0]):02X}", name) for name in names]
        return [f"{name}: {text}" if text else f"{name}:" for name, text in zip(quoted, texts, strict=True)]

    def understand(self, texts: Sequence[str]) -> list[list[Said]]:
        said = _speakers(texts)
        return [[one] for one in said] if said else [[(NOBODY, text)] for text in texts]

    def layout(self, cues: Iterable[Cue]) -> str:
        return "".join(
            f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n{cue.text}\n\n"
            for number, cue in enumerate(cues, 1)
        )


def _is_timing(line: str) -> bool:
    found = _TIMING.fullmatch(line)
    return found is not None and all(int(found[group]) < 60 for group in (2, 3, 6, 7))


def _index(lines: list[str], start: int) -> int:
    """Return the line in which the cue with this timing begins: that of its number, where it has one."""
    return start - 1 if start and lines[start - 1].strip().isdecimal() else start


def _cue(lines: list[str], start: int, end: int) -> Cue:
    found = _TIMING.fullmatch(lines[start])
    assert found is not None  # noqa: S101
    first, last = (_milliseconds(found.groups()[place : place + 4]) for place in (0, 4))
    text = lines[start + 1 : end]
    while text and not text[-1].strip():
        text.pop()
    return Cue(first, last, "", "\n".join(text), start + 1)


def _milliseconds(groups: Sequence[str]) -> int:
    hours, minutes, seconds = (int(group) for group in groups[:3])
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(groups[3].ljust(3, "0"))


def _speakers(texts: Sequence[str]) -> list[Said] | None:
    """Return who says what, None unless all texts say who."""
    said = [*_spoken(texts)]
    return said if said and len(said) == len(texts) else None


def _spoken(texts: Iterable[str]) -> Iterator[Said]:
    for text in texts:
        found = _SPEAKER.match(text)
        if found is None:
            return
        try:
            track: Track = track_named(_ESCAPE.sub(lambda one: chr(int(one[1], 16)), found[1]), SPEAKER)
        except AnnotationError:
            return
        yield track, text[found.end() :]


def _clean(text: str) -> str:
    """Return a text that ends no cue and begins none."""
    lines = re.split("\r\n|\r|\n", text.replace("\0", "\ufffd").replace("-->", "->"))
    return "\n".join(line for line in lines if line.strip())


FORMAT = SubRip()
