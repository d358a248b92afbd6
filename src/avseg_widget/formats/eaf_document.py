"""An ELAN document as tiers of annotations with their times in milliseconds. Knows ELAN's rules, not our segments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from .eaf_xml import Tree, from_xml_id

ALIGNABLE, REF = "ALIGNABLE_ANNOTATION", "REF_ANNOTATION"
#: The name of a header's property that says which tier another one goes on with, as tiers hold no overlaps.
LAYER = "avseg-widget:layer:"


@dataclass(eq=False)
class Placed:
    """One annotation: the element that says it, where it is, what it says and when, in milliseconds."""

    id: str
    element: ET.Element
    tier: Tier
    value: str
    start: int = 0
    end: int = 0

    @property
    def parent(self) -> str:
        """The annotation that this one belongs to; empty for one with times of its own."""
        return from_xml_id(self.element.get("ANNOTATION_REF", ""))


@dataclass(eq=False)
class Tier:
    """One tier; ``constraint`` is its type's stereotype, empty where it stands for itself."""

    id: str
    element: ET.Element
    kind: str
    constraint: str
    parent: str
    annotations: list[Placed] = field(default_factory=list)

    @property
    def symbolic(self) -> bool:
        """Whether annotations have the times of those they belong to."""
        return self.constraint.startswith("Symbolic")


class EafDocument:
    """A document's tiers in its order, annotations by id, and time slots by id, all as they are in the tree.

    Raises
    ------
    FormatError
        When an element lacks what ELAN needs, or refers to what is not there; says in which line.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.root = tree.root
        if self.root.tag != "ANNOTATION_DOCUMENT":
            raise tree.fail(self.root, f"an ELAN document is an ANNOTATION_DOCUMENT, not {self.root.tag[:40]!r}")
        header = self.root.find("HEADER")
        self.header = header if header is not None else ET.Element("HEADER")
        units = self.header.get("TIME_UNITS", "milliseconds")
        if units != "milliseconds":
            raise tree.fail(self.header, f"times are in {units[:40]!r}; save the file again in ELAN for milliseconds")
        self.slots = self._read_slots()
        self.tiers = self._read_tiers()
        self.by_id = self._by_id()
        self._place()

    def layers(self) -> dict[str, str]:
        """Return the tiers that others go on with, by the others' ids."""
        said = {element.get("NAME", ""): element.text or "" for element in self.header.findall("PROPERTY")}
        found = {name.removeprefix(LAYER): owner for name, owner in said.items() if name.startswith(LAYER)}
        tiers = self.tiers.keys() - found.keys()
        return {id_: owner for id_, owner in found.items() if id_ in self.tiers and owner in tiers}

    def parents_first(self) -> list[Tier]:
        """Return the tiers so that each comes after its parent."""
        ordered: dict[str, Tier] = {}
        for tier in self.tiers.values():
            line, last = {tier.id: tier}, tier
            while last.parent and last.parent not in ordered:
                if last.parent not in self.tiers:
                    raise self.tree.fail(last.element, f"there is no tier {last.parent[:40]!r} to be its parent")
                if last.parent in line:
                    raise self.tree.fail(last.element, f"the tier {last.id[:40]!r} is its own parent")
                last = self.tiers[last.parent]
                line[last.id] = last
            ordered.update(reversed(line.items()))
        return list(ordered.values())

    def _read_slots(self) -> dict[str, int | None]:
        slots: dict[str, int | None] = {}
        for element in self.root.iterfind("TIME_ORDER/TIME_SLOT"):
            value = element.get("TIME_VALUE")
            if value is not None and not re.fullmatch(r"[0-9]{1,15}", value):
                raise self.tree.fail(element, f"TIME_VALUE is a number of milliseconds, not {value[:40]!r}")
            slots[self.tree.attribute(element, "TIME_SLOT_ID")] = None if value is None else int(value)
        return slots

    def _read_tiers(self) -> dict[str, Tier]:
        types = {one.get("LINGUISTIC_TYPE_ID"): one for one in self.root.iterfind("LINGUISTIC_TYPE")}
        tiers: dict[str, Tier] = {}
        for element in self.root.iterfind("TIER"):
            id_ = self.tree.attribute(element, "TIER_ID")
            if id_ in tiers:
                raise self.tree.fail(element, f"there is a tier {id_[:40]!r} already")
            kind = element.get("LINGUISTIC_TYPE_REF", "")
            constraint = types[kind].get("CONSTRAINTS", "") if kind in types else ""
            tier = Tier(id_, element, kind, constraint.replace(" ", "_"), element.get("PARENT_REF", ""))
            tier.annotations = [
                Placed("", one, tier, one.findtext("ANNOTATION_VALUE") or "")
                for one in element.iterfind("ANNOTATION/*")
                if one.tag in {ALIGNABLE, REF}
            ]
            tiers[id_] = tier
        return tiers

    def _by_id(self) -> dict[str, Placed]:
        found: dict[str, Placed] = {}
        for tier in self.tiers.values():
            for one in tier.annotations:
                one.id = from_xml_id(self.tree.attribute(one.element, "ANNOTATION_ID"))
                if one.id in found or not one.id:
                    raise self.tree.fail(one.element, f"there is an annotation {one.id[:40]!r} already")
                found[one.id] = one
        return found

    def slots_of(self, one: Placed) -> tuple[str, str]:
        """Return the ids of an annotation's time slots."""
        first, second = (self.tree.attribute(one.element, f"TIME_SLOT_REF{number}") for number in (1, 2))
        for slot in (first, second):
            if slot not in self.slots:
                raise self.tree.fail(one.element, f"there is no time slot {slot[:40]!r}")
        return first, second

    def _place(self) -> None:
        """Give every annotation its times; those without times of their own share their parent's, as in ELAN."""
        ordered = self.parents_first()
        times = dict(self.slots)
        spans = {one.id: self.slots_of(one) for one in self.by_id.values() if one.element.tag == ALIGNABLE}
        for tier in ordered:
            _fill_chains(times, [spans[one.id] for one in tier.annotations if one.id in spans])
        known = _fill_rest(times)
        done: set[str] = set()
        for tier in ordered:
            for one in tier.annotations:
                if one.id in spans:
                    one.start, one.end = (known[slot] for slot in spans[one.id])
                elif one.parent not in done:
                    raise self.tree.fail(one.element, f"there is no annotation {one.parent[:40]!r} on a parent tier")
            for parent, children in children_of(tier).items():
                _divide(self.by_id[parent], children, parts=tier.constraint == "Symbolic_Subdivision")
            done |= {one.id for one in tier.annotations}


def children_of(tier: Tier) -> dict[str, list[Placed]]:
    """Return a tier's annotations without times of their own, by their parents' ids, in their order."""
    groups: dict[str, list[Placed]] = {}
    for one in tier.annotations:
        if one.element.tag == REF:
            groups.setdefault(one.parent, []).append(one)
    return {parent: _in_chain(children) for parent, children in groups.items()}


def _in_chain(children: list[Placed]) -> list[Placed]:
    """Return children in the order in which each names the one before it; what hangs on nothing is as in the file."""
    after = {from_xml_id(one.element.get("PREVIOUS_ANNOTATION", "")): one for one in children}
    ids = {one.id for one in children}
    ordered: dict[str, Placed] = {}
    for one in children:
        if from_xml_id(one.element.get("PREVIOUS_ANNOTATION", "")) in ids:
            continue
        following: Placed | None = one
        while following is not None and following.id not in ordered:
            ordered[following.id] = following
            following = after.get(following.id)
    return list({**ordered, **{one.id: one for one in children if one.id not in ordered}}.values())


def _divide(parent: Placed, children: list[Placed], *, parts: bool) -> None:
    length, count = parent.end - parent.start, len(children) if parts else 1
    for place, one in enumerate(children):
        first = place if parts else 0
        one.start, one.end = (parent.start + length * part // count for part in (first, first + 1))


def _fill_chains(times: dict[str, int | None], spans: Iterable[tuple[str, str]]) -> None:
    """Divide the time between two slots evenly among the annotations that lead from one to the other."""
    spans = list(spans)
    following = dict(reversed(spans))
    for start, end in spans:
        if times[start] is None or times[end] is not None:
            continue
        chain = {start: None, end: None}
        last = end
        while times[last] is None and following.get(last, last) not in chain:
            last = following[last]
            chain[last] = None
        _spread(times, list(chain))


def _fill_rest(times: dict[str, int | None]) -> dict[str, int]:
    """Place what is left between its neighbours in the order of the slots."""
    known: dict[str, int] = {}
    run: list[str] = []
    reached = 0
    for slot, value in times.items():
        if value is None:
            run.append(slot)
            continue
        known.update((one, reached + (value - reached) * n // (len(run) + 1)) for n, one in enumerate(run, 1))
        known[slot] = reached = value
        run = []
    return {**known, **dict.fromkeys(run, reached)}


def _spread(times: dict[str, int | None], chain: list[str]) -> None:
    first, last = times[chain[0]], times[chain[-1]]
    if first is None or last is None:
        return
    for place, slot in enumerate(chain):
        times[slot] = first + (last - first) * place // (len(chain) - 1)
