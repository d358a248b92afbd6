"""Praat TextGrids: a tier is a track, an interval with a label a segment. Knows annotations and Praat's files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import AnnotationError, FormatError
from ..model import MAX_NAME, Annotation, Segment, Task, Track
from .carried import carried, in_layers, text_names, text_of, with_text
from .format import Format, name_of, text_field, track_named
from .reading import Reading, fit, propose_task
from .textgrid_text import BINARY, Tier, parse, print_text

#: The label of a segment without a text: an interval whose label is empty is where nothing is.
_NO_TEXT = " "
_CATEGORY = "tier"


class TextGrid(Format):
    """Tiers of one name are one track: Praat has no overlaps within a tier, so they go on further tiers.

    Times come back to the last bit, texts but for carriage returns and null characters; a tier's name is a track's tag,
    ``category:tag`` for tracks of other categories than ``"tier"``. Reads long, short, chronological and binary files.
    """

    suffixes: tuple[str, ...] = (".textgrid",)
    one_text = True

    def __init__(self, name: str, title: str, *, short: bool = False) -> None:
        self.name, self.title, self._short = name, title, short

    def sniff(self, head: bytes) -> bool:
        text = head.replace(b"\0", b"")[:400]
        is_text = b"ooTextFile" in text and b'"TextGrid"' in text
        return head.startswith(BINARY) or is_text or b'"Praat chronological TextGrid' in text

    def read(self, path: Path, task: Task | None) -> Reading:
        try:
            tiers, notes = parse(path.read_bytes())
            annotation = _annotation(tiers, text_field(Annotation(), task), notes)
        except (FormatError, AnnotationError) as error:
            raise FormatError(
                f"{path.name}, {error}. The file is damaged; save it again with the tool that made it"
            ) from None
        proposed = task or propose_task([annotation])
        return Reading(format=self.name, annotations=fit([annotation], proposed), task=proposed, notes=notes)

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        written, read = text_names(annotation, task)

        def rename(track: Track) -> tuple[str, str]:
            back = track_named(_clean(name_of(track, _CATEGORY)), _CATEGORY)
            return back.category, back.tag

        def change(segment: Segment) -> Segment:
            text = _clean(text_of(segment, written))
            return with_text(segment, read, "" if text == _NO_TEXT else text)

        return carried(annotation, rename, change, unused=True)

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        [annotation] = annotations
        end = max((segment.end for segment in annotation.segments), default=1.0)
        text = print_text(_tiers(annotation, text_field(annotation, task)), end, short=self._short)
        path.write_bytes(text.encode())


def _clean(text: str) -> str:
    """Return a text as Praat reads it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _tiers(annotation: Annotation, field: str) -> list[Tier]:
    rows: dict[str, list[tuple[float, float, str]]] = {}
    names = {track.id: _clean(name_of(track, _CATEGORY)) for track in annotation.tracks}
    for name in names.values():
        rows.setdefault(name, [])
    for segment in annotation.segments:
        label = _clean(text_of(segment, field)) or _NO_TEXT
        rows[names[segment.track]].append((segment.start, segment.end, label))
    layers = {name: in_layers(intervals, lambda one: one[:2]) for name, intervals in rows.items()}
    return [Tier(name, intervals=layer) for name, some in layers.items() for layer in some or [[]]]


def _annotation(tiers: Iterable[Tier], field: str, notes: list[str]) -> Annotation:
    tracks: dict[str, Track] = {}
    segments = []
    for number, tier in enumerate(tiers, 1):
        if tier.points:
            notes.append(f"tier {tier.name!r}: {len(tier.intervals):,} points are left out, as they have no length")
            continue
        track = track_named(_named(tier.name, number, notes), _CATEGORY)
        if track.id in tracks:
            notes.append(f"tier {number} has the name {tier.name!r} of one before it and is on the same track")
        track = tracks.setdefault(track.id, Track(track.category, track.tag, position=len(tracks)))
        labeled = [(start, end, text) for start, end, text in tier.intervals if text]
        if any(start == end for start, end, _ in labeled):
            notes.append(f"tier {tier.name!r}: intervals without a length are left out")
        segments += [
            Segment(track.id, start, end, {} if text == _NO_TEXT else {field: text})
            for start, end, text in labeled
            if start < end
        ]
    return Annotation(list(tracks.values()), segments)


def _named(name: str, number: int, notes: list[str]) -> str:
    if not name.strip():
        notes.append(f"tier {number} has no name")
        return f"tier {number}"
    if len(name) > MAX_NAME:
        notes.append(f"the name of tier {number} is cut after {MAX_NAME} characters")
    return name[:MAX_NAME]


FORMAT = TextGrid("textgrid", "Praat TextGrid")
