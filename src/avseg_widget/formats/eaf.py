"""ELAN documents: a tier is a track of its linguistic type, an annotation a segment. Knows annotations and tiers."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import msgspec

from ..errors import FormatError
from ..fields import FieldValue
from ..model import MAX_NAME, Annotation, Provenance, Segment, Task, Track, track_id
from .carried import carried, text_names, text_of, with_text
from .eaf_document import EafDocument, Tier
from .eaf_merge import blank, merge
from .eaf_vocabulary import Vocabulary, field_by_type, read_vocabularies, with_choices
from .eaf_xml import clean, parse_xml, print_xml
from .format import Format, text_field
from .reading import Reading, fit, propose_task

#: EAF's times are unsigned integers of 32 bits.
_LONGEST = 2**32 - 1


class Eaf(Format):
    """A track's category is its tier's linguistic type, its tag the tier's name; times are whole milliseconds.

    Parameters
    ----------
    basis
        The file that annotations are written into: its tiers, types, constraints, vocabularies and media stay as they
        are, and so do annotations that did not change. None for a new document of independent tiers.
    """

    name = "eaf"
    title = "ELAN"
    suffixes = (".eaf",)
    keeps_ids = True
    one_text = True

    def __init__(self, basis: Path | None = None) -> None:
        self._basis = basis

    def based_on(self, path: Path) -> Format:
        return Eaf(path)

    def sniff(self, head: bytes) -> bool:
        return b"<ANNOTATION_DOCUMENT" in head.replace(b"\0", b"")

    def read(self, path: Path, task: Task | None) -> Reading:
        document = _open(path)
        notes: list[str] = []
        text = text_field(Annotation(), task)
        vocabularies = read_vocabularies(document.root, text)
        annotation = _annotation(document, text, _choices(task, vocabularies), notes)
        proposed = task or with_choices(propose_task([annotation]), annotation, vocabularies, text, notes)
        return Reading(format=self.name, annotations=fit([annotation], proposed), task=proposed, notes=notes)

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        written, read = text_names(annotation, task)
        if self._basis is not None:
            # What has no times of its own gets them when it is read.
            merged = parse_xml(print_xml(self._merged(annotation, written).root))
            choices = _choices(task, read_vocabularies(merged.root, read))
            return _with_ids_of(annotation, _annotation(EafDocument(merged), read, choices, []))

        def change(segment: Segment) -> Segment:
            start, end = _milliseconds(segment)
            placed = msgspec.structs.replace(segment, start=start / 1000, end=end / 1000)
            return with_text(placed, read, clean(text_of(segment, written)))

        provenance = Provenance(clean(annotation.provenance.annotator), clean(annotation.provenance.media))
        carry = carried(annotation, lambda track: (clean(track.category), clean(track.tag)), change, unused=True)
        return msgspec.structs.replace(carry, provenance=provenance)

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        [annotation] = annotations
        path.write_bytes(print_xml(self._merged(annotation, text_field(annotation, task)).root))

    def _merged(self, annotation: Annotation, field: str) -> EafDocument:
        """Return the document to write."""
        document = _open(self._basis) if self._basis else EafDocument(parse_xml(blank(annotation.provenance)))
        tiers: dict[tuple[str, str], list[Tier]] = {}
        for track, some in _tracks_of(document, []):
            tiers[track.category, track.tag] = some
        choices = field_by_type(read_vocabularies(document.root, field))
        own = {track.id: choices.get(track.category, field) for track in annotation.tracks}
        wanted = {
            segment.id: (segment.track, *_milliseconds(segment), clean(_text_of(segment, field, own)))
            for segment in annotation.segments
        }
        names = {track.id: (clean(track.category), clean(track.tag)) for track in annotation.tracks}
        merge(document, tiers, names, wanted)
        return document


def _text_of(segment: Segment, field: str, own: dict[str, str]) -> str:
    return text_of(segment, field) or text_of(segment, own[segment.track])


def _open(path: Path) -> EafDocument:
    try:
        return EafDocument(parse_xml(path.read_bytes()))
    except FormatError as error:
        raise FormatError(f"{path.name}, {error}. Open the file in ELAN and save it again") from None
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror or error}") from None


def _milliseconds(segment: Segment) -> tuple[int, int]:
    """Return when a segment is; never without length."""
    start, end = (round(min(time, _LONGEST) * 1000) for time in (segment.start, segment.end))
    end = max(end, start + 1)
    if end > _LONGEST:
        raise FormatError(
            f"segment {segment.id!r} ends at {segment.end!r} s, but ELAN's times end at {_LONGEST / 1000:,.0f} s; "
            "leave it out"
        )
    return start, end


def _tracks_of(document: EafDocument, notes: list[str]) -> list[tuple[Track, list[Tier]]]:
    """Return the tracks that a document's tiers are, each with its tiers."""
    layers = document.layers()
    found: dict[str, tuple[Track, list[Tier]]] = {}
    for number, tier in enumerate(document.tiers.values(), 1):
        if tier.id in layers:
            continue
        category, tag = tier.kind, tier.id
        before, _, after = tier.id.partition(":")
        if unquote(before) == category and track_id(category, unquote(after)) == tier.id and unquote(after).strip():
            tag = unquote(after)
        if len(category) > MAX_NAME or len(tag) > MAX_NAME or not category.strip() or not tag.strip():
            notes.append(f"tier {number} has a name or a type that is empty or too long: it is called 'tier {number}'")
            category, tag = category.strip()[:MAX_NAME] or "tier", f"tier {number}"
        track = Track(category, tag, position=number)
        if track.id in found:
            track = Track(category, f"{tag[: MAX_NAME - 16]} ({number})", position=number)
        found[track.id] = (track, [tier])
    owners = {tiers[0].id: tiers for _, tiers in found.values()}
    for layer, owner in layers.items():
        owners[owner].append(document.tiers[layer])
    return list(found.values())


def _choices(task: Task | None, vocabularies: list[Vocabulary]) -> dict[str, str]:
    """Return the field that is answered instead of a text, by category; nothing where a task says what is asked."""
    return field_by_type(vocabularies) if task is None else {}


def _annotation(document: EafDocument, text: str, choices: dict[str, str], notes: list[str]) -> Annotation:
    tracks, segments = [], []
    without_length = 0
    for track, tiers in _tracks_of(document, notes):
        tracks.append(track)
        field = choices.get(track.category, text)
        for one in (one for tier in tiers for one in tier.annotations):
            if one.start < one.end:
                fields: dict[str, FieldValue] = {field: one.value} if one.value else {}
                segments.append(Segment(track.id, one.start / 1000, one.end / 1000, fields, one.id))
            else:
                without_length += 1
    if without_length:
        notes.append(f"{without_length:,} annotations are left out, as they have no length")
    dependent = sum(bool(tier.parent) for tier in document.tiers.values())
    vocabularies = len(document.root.findall("CONTROLLED_VOCABULARY"))
    if dependent or vocabularies:
        notes.append(
            f"{dependent:,} tiers depend on others and there are {vocabularies:,} controlled vocabularies: to keep "
            "that, write the annotation with like= (--like) and this file"
        )
    media = document.header.find("MEDIA_DESCRIPTOR")
    provenance = Provenance(document.root.get("AUTHOR", ""), "" if media is None else media.get("MEDIA_URL", ""))
    return Annotation(tracks, segments, provenance=provenance)


def _with_ids_of(annotation: Annotation, read: Annotation) -> Annotation:
    """Return what was read with the ids that tracks of those names have in an annotation."""
    known = {(track.category, track.tag): track.id for track in annotation.tracks}
    taken = set(known.values())
    ids = {}
    for track in read.tracks:
        id_ = known.get((track.category, track.tag))
        if id_ is None:
            id_ = track.id
            while id_ in taken:
                id_ += "'"
        taken.add(id_)
        ids[track.id] = id_
    return msgspec.structs.replace(
        read,
        tracks=[msgspec.structs.replace(track, id=ids[track.id]) for track in read.tracks],
        segments=[msgspec.structs.replace(segment, track=ids[segment.track]) for segment in read.segments],
    )


FORMAT = Eaf()
