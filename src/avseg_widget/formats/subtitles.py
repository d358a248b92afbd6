"""What formats of subtitles have in common: cues in milliseconds, each said by somebody. Knows no format's syntax."""

from __future__ import annotations

import codecs
from abc import abstractmethod
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from .. import fields as kinds
from ..errors import AnnotationError, FormatError
from ..fields import FieldValue
from ..model import Annotation, Segment, Task, Track
from .format import Format, text_field
from .reading import Reading, fit, propose_task

#: The track of a cue that does not say whose it is.
NOBODY = Track("caption", "text")
#: The category of those that a cue says.
SPEAKER = "speaker"
#: A track with what was said on it; a cue may hold several.
Said = tuple[Track, str]


class Cue(NamedTuple):
    """A cue as it is in a file: times in whole milliseconds, its id or "", its text in the format's own spelling."""

    start: int
    end: int
    id: str
    text: str
    line: int = 0


class Subtitles(Format):
    """Cues hold one text and whole milliseconds; a segment that would have no length has one of a millisecond."""

    one_text = True
    #: The latest time that there is, in milliseconds; segments that go beyond it are left out.
    latest: int

    @abstractmethod
    def parse(self, text: str, name: str) -> tuple[list[Cue], list[str]]:
        """Return the cues in a file, and notes on what else is in it."""

    @abstractmethod
    def spell(self, said: Sequence[Said]) -> list[str]:
        """Return the texts of cues."""

    @abstractmethod
    def understand(self, texts: Sequence[str]) -> list[list[Said]]:
        """Return what the texts of all cues of a file say; of those made by :meth:`spell` one thing each."""

    @abstractmethod
    def layout(self, cues: Iterable[Cue]) -> str:
        """Return the text of a file."""

    def read(self, path: Path, task: Task | None) -> Reading:
        cues, notes = self.parse(read_text(path), path.name)
        name = _field(task)
        tracks: dict[str, Track] = {}
        segments: dict[str, Segment] = {}
        for number, (cue, said) in enumerate(zip(cues, self.understand([cue.text for cue in cues]), strict=True), 1):
            if cue.start == cue.end:
                notes.append(f"the cue in line {cue.line} has no length and is left out")
                continue
            for track, text in said:
                tracks.setdefault(track.id, track)
                id_ = _new_id(cue.id or f"s{number}", segments)
                fields: dict[str, FieldValue] = {name: text} if name and text else {}
                try:
                    segments[id_] = Segment(track.id, cue.start / 1000, cue.end / 1000, fields, id_)
                except AnnotationError as error:
                    raise FormatError(f"{path.name}, line {cue.line}: {error}") from None
        annotations = [Annotation(list(tracks.values()), list(segments.values()))]
        proposed = task or propose_task(annotations)
        return Reading(format=self.name, annotations=fit(annotations, proposed), task=proposed, notes=notes)

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        kept = self._kept(annotation)
        said = self.understand(self.spell(self._said(kept, annotation, task)))
        by_id = {track.id: track for track in annotation.tracks}
        name = _field(task)
        tracks: dict[str, Track] = {}
        segments = []
        for segment, [(track, text)] in zip(kept, said, strict=True):
            place = tracks[segment.track].position if segment.track in tracks else float(len(tracks))
            tracks[segment.track] = msgspec.structs.replace(
                by_id[segment.track], category=track.category, tag=track.tag, position=place
            )
            start, end = _milliseconds(segment)
            fields: dict[str, FieldValue] = {name: text} if name and text else {}
            segments.append(Segment(segment.track, start / 1000, end / 1000, fields, segment.id))
        return Annotation(list(tracks.values()), segments)

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        [annotation] = annotations
        kept = self._kept(annotation)
        texts = self.spell(self._said(kept, annotation, task))
        cues = (Cue(*_milliseconds(one), one.id, text) for one, text in zip(kept, texts, strict=True))
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(self.layout(cues))

    def _kept(self, annotation: Annotation) -> list[Segment]:
        # Compared in seconds: a time may be too large for whole milliseconds.
        return [segment for segment in annotation.segments if segment.end <= self.latest / 1000 - 1]

    def _said(self, segments: Iterable[Segment], annotation: Annotation, task: Task | None) -> list[Said]:
        name = text_field(annotation, task)
        tracks = {track.id: track for track in annotation.tracks}
        said = []
        for segment in segments:
            text = segment.fields.get(name, "")
            if segment.track not in tracks:
                raise FormatError(f"segment {segment.id!r} is on a track {segment.track!r} that there is not")
            said.append((tracks[segment.track], text if isinstance(text, str) else ""))
        return said


def _field(task: Task | None) -> str:
    """Return the field that texts are read into; empty where a task asks for none."""
    if task is not None and not any(isinstance(field, kinds.Text) for field in task.segment_fields):
        return ""
    return text_field(Annotation(), task)


def _milliseconds(segment: Segment) -> tuple[int, int]:
    start = round(segment.start * 1000)
    return start, max(round(segment.end * 1000), start + 1)


def _new_id(wanted: str, taken: Collection[str]) -> str:
    id_, number = wanted, len(taken)
    while id_ in taken:
        number += 1  # from their number on, as many may have the same
        id_ = f"{wanted}-{number}"
    return id_


def clock(milliseconds: int, point: str) -> str:
    """Return a time as subtitles write it.

    >>> clock(3_723_004, ",")
    '01:02:03,004'
    """
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 where its first bytes say so.

    Raises
    ------
    FormatError
        When it is something else.
    """
    data = path.read_bytes()
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{path.name} is not UTF-8 text (byte {error.start}: {error.reason}); save it as UTF-8"
        ) from None
