"""Puts segments into an ELAN document so that all else in it stays as it is. Knows tiers and constraints, no tracks."""

from __future__ import annotations

import mimetypes
import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from xml.etree import ElementTree as ET

from ..model import Provenance, track_id
from .eaf_document import ALIGNABLE, LAYER, REF, EafDocument, Placed, Tier, children_of
from .eaf_xml import clean, print_xml, to_xml_id

#: A segment to be put in: its track's id, start and end in milliseconds, and text.
Wanted = tuple[str, int, int, str]

_CONSTRAINTS = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps allowed within this "
    "interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refering to the same parent are "
    "ordered",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps are allowed",
}
_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"


def blank(provenance: Provenance) -> bytes:
    """Return a new document without tiers."""
    root = ET.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": clean(provenance.annotator),
            "DATE": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    header = ET.SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    media = clean(provenance.media)
    if media:
        kind = mimetypes.guess_type(media)[0] or "unknown"
        ET.SubElement(header, "MEDIA_DESCRIPTOR", {"MEDIA_URL": media, "MIME_TYPE": kind})
    ET.SubElement(root, "TIME_ORDER")
    for stereotype, description in _CONSTRAINTS.items():
        ET.SubElement(root, "CONSTRAINT", {"STEREOTYPE": stereotype, "DESCRIPTION": description})
    return print_xml(root)


def merge(
    document: EafDocument,
    tiers: Mapping[tuple[str, str], list[Tier]],
    names: Mapping[str, tuple[str, str]],
    wanted: Mapping[str, Wanted],
) -> None:
    """Make a document's tiers hold the wanted segments.

    Parameters
    ----------
    document
        What is changed, together with its tree.
    tiers
        The document's tiers by category and tag of their tracks, each with those that go on with it.
    names
        The category and tag of each track that there is to be.
    wanted
        The segments that there are to be, by id.
    """
    _Merge(document, tiers, names, wanted).run()


class _Merge:
    def __init__(
        self,
        document: EafDocument,
        tiers: Mapping[tuple[str, str], list[Tier]],
        names: Mapping[str, tuple[str, str]],
        wanted: Mapping[str, Wanted],
    ) -> None:
        self._document, self._root = document, document.root
        self._wanted: dict[tuple[str, str], dict[str, Wanted]] = {name: {} for name in names.values()}
        for id_, one in wanted.items():
            self._wanted[names[one[0]]][id_] = one
        self._tiers = {name: list(some) for name, some in tiers.items()}
        self._slots = _Slots(document)
        # Whether something has lost its parent is seen from where parents were.
        self._before = {tier.id: Parents(tier.annotations) for tier in document.tiers.values()}

    def run(self) -> None:
        for name in self._wanted:
            if name not in self._tiers:
                self._tiers[name] = [self._new_tier(*name)]
        names = {some[0].id: name for name, some in self._tiers.items()}
        for tier in self._document.parents_first():
            if tier.id in names:
                name = names[tier.id]
                # A parent's layers are tiers that nothing depends on.
                above = self._document.tiers[tier.parent].annotations if tier.parent else []
                before = self._before.get(tier.parent, Parents([]))
                _Row(self, self._tiers[name], before, Parents(above)).fill(self._wanted.get(name))
        self._remove_tiers()
        self._slots.write()

    def place(self, element: ET.Element, start: int, end: int) -> None:
        """Give an annotation time slots of its own."""
        element.set("TIME_SLOT_REF1", self._slots.add(start))
        element.set("TIME_SLOT_REF2", self._slots.add(end))

    def align(self, annotations: Iterable[Placed]) -> None:
        """Keep annotations where they are when those whose time they share are changed."""
        for one in annotations:
            if one.element.tag == ALIGNABLE:
                self._slots.align(one.element.attrib["TIME_SLOT_REF1"], one.start)
                self._slots.align(one.element.attrib["TIME_SLOT_REF2"], one.end)

    def new_layer(self, some: list[Tier]) -> Tier:
        """Add a tier for what overlaps on those that a track has."""
        id_ = self._unused(f"{some[0].id} ({len(some) + 1})")
        element = ET.Element("TIER", {**some[0].element.attrib, "TIER_ID": id_})
        ET.SubElement(self._document.header, "PROPERTY", {"NAME": LAYER + id_}).text = some[0].id
        some.append(self._insert_tier(id_, element, some[-1].element))
        return some[-1]

    def _new_tier(self, category: str, tag: str) -> Tier:
        types = {one.get("LINGUISTIC_TYPE_ID"): one for one in self._root.findall("LINGUISTIC_TYPE")}
        kind = category
        while kind in types and "CONSTRAINTS" in types[kind].attrib:  # it needs a parent
            kind += " (independent)"
        last = _last(self._root, "TIME_ORDER", "TIER")
        if kind not in types:
            flags = {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": kind, "TIME_ALIGNABLE": "true"}
            after = _last(self._root, "TIME_ORDER", "TIER", "LINGUISTIC_TYPE")
            _insert_after(self._root, after, ET.Element("LINGUISTIC_TYPE", flags))
        plain = ":" not in tag and "%" not in tag and self._unused(tag) == tag
        id_ = tag if plain else self._unused(track_id(category, tag))
        return self._insert_tier(id_, ET.Element("TIER", {"LINGUISTIC_TYPE_REF": kind, "TIER_ID": id_}), last)

    def _insert_tier(self, id_: str, element: ET.Element, after: ET.Element | None) -> Tier:
        _insert_after(self._root, after, element)
        old = next((tier for tier in self._document.tiers.values() if tier.element is after), None)
        kind, parent = element.get("LINGUISTIC_TYPE_REF", ""), element.get("PARENT_REF", "")
        tier = Tier(id_, element, kind, old.constraint if old is not None and parent else "", parent)
        self._document.tiers[id_] = tier
        return tier

    def _unused(self, id_: str) -> str:
        names = {one.get("NAME", "").removeprefix(LAYER) for one in self._document.header.findall("PROPERTY")}
        while id_ in self._document.tiers or id_ in names:
            id_ += "'"
        return id_

    def _remove_tiers(self) -> None:
        """Remove the tiers of tracks that are no more, and layers that nothing is on; parents stay for their tiers."""
        doubtful = [
            tier
            for name, some in self._tiers.items()
            for place, tier in enumerate(some)
            if name not in self._wanted or (place and not tier.annotations)
        ]
        tiers = self._document.tiers
        while left := [tier for tier in doubtful if all(one.parent != tier.id for one in tiers.values())]:
            for tier in left:
                doubtful.remove(tier)
                del tiers[tier.id]
                self._root.remove(tier.element)
                for one in self._document.header.findall("PROPERTY"):
                    if one.get("NAME") == LAYER + tier.id:
                        self._document.header.remove(one)


class _Row:
    """One track's tiers, while they are filled; those of its parent are done."""

    def __init__(self, merge_: _Merge, some: list[Tier], before: Parents, now: Parents) -> None:
        self._merge, self._some, self._before, self._now = merge_, some, before, now
        self._old = {one.id: one for one in _all(some)}
        self._wrappers = {one: wrapper for tier in some for wrapper in tier.element for one in wrapper}
        self._busy: dict[Tier, list[tuple[int, int]]] = {}

    def fill(self, wanted: dict[str, Wanted] | None) -> None:
        """Make the tiers hold these segments; None for a track that is no more."""
        if wanted is None:
            wanted = {}
        else:  # what has no length was not read as a segment, so that it is not gone
            still = {one.id: ("", one.start, one.end, one.value) for one in self._old.values() if one.start >= one.end}
            wanted = {**still, **wanted}
        stay = {one.id for one in self._old.values() if one.id in wanted and self._stays(one, wanted[one.id])}
        if stay != set(self._old):
            self._merge.align(self._old.values())
        for tier in self._some:
            self._clear(tier, stay)
            for one in tier.annotations:
                _say(one, wanted[one.id][3])
        for id_, segment in sorted(wanted.items(), key=lambda item: item[1][1:3]):
            if id_ not in stay:
                self._add(id_, segment)
        for tier in self._some:
            if tier.constraint == "Symbolic_Subdivision":
                _link(tier)
            elif not tier.symbolic and stay != set(wanted):
                _sort(tier)

    def _clear(self, tier: Tier, stay: set[str]) -> None:
        """Remove all annotations of a tier but those that stay."""
        for one in tier.annotations:
            if one.id not in stay:
                tier.element.remove(self._wrappers[one.element])
        tier.annotations = [one for one in tier.annotations if one.id in stay]
        self._busy[tier] = sorted((one.start, one.end) for one in tier.annotations)

    def _stays(self, one: Placed, wanted: Wanted) -> bool:
        if one.element.tag == REF:
            return one.parent in self._now
        if (one.start, one.end) != wanted[1:3]:
            return False
        was_within = next(self._before.around(one.start, one.end), None)
        return was_within is None or next(self._now.around(one.start, one.end), None) is not None

    def _add(self, id_: str, wanted: Wanted) -> None:
        """Add a segment, unless the tier's constraint asks for a parent and there is none around it."""
        _, start, end, text = wanted
        first = self._some[0]
        parent = self._parent_of(start, end)
        if first.parent and parent is None:
            return
        known = self._old.get(id_)
        if first.symbolic and parent is not None:
            reference = {"ANNOTATION_ID": to_xml_id(id_), "ANNOTATION_REF": parent.element.get("ANNOTATION_ID", "")}
            element = ET.Element(REF, reference)
            tier = first
        else:
            element = ET.Element(ALIGNABLE, {"ANNOTATION_ID": to_xml_id(id_)})
            if known is not None and known.element.tag == ALIGNABLE:
                element = known.element
            self._merge.place(element, start, end)
            tier = next((tier for tier in self._some if _is_free(self._busy[tier], start, end)), None) or self._layer()
            insort(self._busy[tier], (start, end))
        if element.find("ANNOTATION_VALUE") is None:
            ET.SubElement(element, "ANNOTATION_VALUE")
        one = Placed(id_, element, tier, element.findtext("ANNOTATION_VALUE") or "", start, end)
        _say(one, text)
        ET.SubElement(tier.element, "ANNOTATION").append(element)
        tier.annotations.append(one)

    def _layer(self) -> Tier:
        tier = self._merge.new_layer(self._some)
        self._busy[tier] = []
        return tier

    def _parent_of(self, start: int, end: int) -> Placed | None:
        around = self._now.around(start, end)
        if self._some[0].constraint != "Symbolic_Association":
            return next(around, None)
        taken = {one.parent for one in self._some[0].annotations}
        return next((one for one in around if (one.start, one.end) == (start, end) and one.id not in taken), None)


class Parents:
    """The annotations that others may belong to, by id and by time."""

    def __init__(self, annotations: Iterable[Placed]) -> None:
        self._spans = sorted(((one.start, one.end, one) for one in annotations), key=lambda span: span[:2])
        self._starts = [span[0] for span in self._spans]
        self._ids = {span[2].id for span in self._spans}

    def __contains__(self, id_: str) -> bool:
        return id_ in self._ids

    def around(self, start: int, end: int) -> Iterator[Placed]:
        """Yield those that hold a span, the one that starts last first."""
        for place in range(bisect_right(self._starts, start) - 1, -1, -1):
            _, stop, one = self._spans[place]
            if end <= stop:
                yield one


class _Slots:
    """A document's time slots, and those to be added."""

    def __init__(self, document: EafDocument) -> None:
        self._document = document
        self._used_before = _used(document)
        self._added: list[tuple[int, str]] = []
        numbers = [int(match[1]) for slot in document.slots if (match := re.fullmatch(r"ts([0-9]{1,15})", slot))]
        self._last = max(numbers, default=0)

    def add(self, time: int) -> str:
        """Return a new slot."""
        self._last += 1
        self._added.append((time, f"ts{self._last}"))
        return f"ts{self._last}"

    def align(self, slot: str, time: int) -> None:
        """Give a slot the time that it was found to have, if it has none."""
        if self._document.slots.get(slot, time) is None:
            del self._document.slots[slot]
            self._added.append((time, slot))

    def write(self) -> None:
        """Write the slots that are used in the order of their times; those without stay behind the one before them."""
        root = self._document.root
        gone = self._used_before - _used(self._document)
        added = sorted(self._added, reverse=True)
        order: list[tuple[int | None, str]] = []
        for slot, time in self._document.slots.items():
            while time is not None and added and added[-1][0] < time:
                order.append(added.pop())
            order.append((time, slot))
        element = root.find("TIME_ORDER")
        if element is None:
            element = ET.Element("TIME_ORDER")
            _insert_after(root, _last(root, "LICENSE", "HEADER"), element)
        element[:] = [
            ET.Element("TIME_SLOT", {"TIME_SLOT_ID": slot} | ({} if time is None else {"TIME_VALUE": str(time)}))
            for time, slot in [*order, *reversed(added)]
            if slot not in gone
        ]


def _used(document: EafDocument) -> set[str]:
    aligned = (one for tier in document.tiers.values() for one in tier.annotations if one.element.tag == ALIGNABLE)
    return {one.element.get(f"TIME_SLOT_REF{number}", "") for one in aligned for number in (1, 2)}


def _all(some: Iterable[Tier]) -> list[Placed]:
    return [one for tier in some for one in tier.annotations]


def _is_free(busy: list[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_left(busy, (start, end))
    return (at == 0 or busy[at - 1][1] <= start) and (at == len(busy) or end <= busy[at][0])


def _say(one: Placed, text: str) -> None:
    """Change an annotation's text; an entry of a vocabulary that it refers to is not what it says any more."""
    if one.value == text:
        return
    value = one.element.find("ANNOTATION_VALUE")
    if value is None:
        value = ET.SubElement(one.element, "ANNOTATION_VALUE")
    value.text = text
    one.value = text
    one.element.attrib.pop("CVE_REF", None)


def _link(tier: Tier) -> None:
    """Chain the parts of each parent in the order of their times."""
    for children in children_of(tier).values():
        before = ""
        for one in sorted(children, key=lambda child: child.start):
            if before:
                one.element.set("PREVIOUS_ANNOTATION", before)
            else:
                one.element.attrib.pop("PREVIOUS_ANNOTATION", None)
            before = one.element.get("ANNOTATION_ID", "")


def _sort(tier: Tier) -> None:
    times = {one.element: (one.start, one.end) for one in tier.annotations}
    tier.element[:] = sorted(tier.element, key=lambda wrapper: next((times[e] for e in wrapper if e in times), (0, 0)))


def _last(root: ET.Element, *tags: str) -> ET.Element | None:
    return next((element for element in reversed(root) if element.tag in tags), None)


def _insert_after(root: ET.Element, after: ET.Element | None, element: ET.Element) -> None:
    root.insert(0 if after is None else list(root).index(after) + 1, element)
