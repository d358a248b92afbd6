"""ELAN's rules for its documents, checked with a parser of their own: the schema EAFv3.0 and what the tiers ask for."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

#: The schema's order of a document's parts.
ORDER = [
    *("LICENSE", "HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE", "CONSTRAINT"),
    *("CONTROLLED_VOCABULARY", "LEXICON_REF", "REF_LINK_SET", "EXTERNAL_REF"),
]
#: The attributes that an element must have, and those that it may have.
ATTRIBUTES = {
    "ANNOTATION_DOCUMENT": ("AUTHOR DATE VERSION", "FORMAT xsi:noNamespaceSchemaLocation"),
    "HEADER": ("", "MEDIA_FILE TIME_UNITS"),
    "MEDIA_DESCRIPTOR": ("MEDIA_URL MIME_TYPE", "RELATIVE_MEDIA_URL TIME_ORIGIN EXTRACTED_FROM"),
    "PROPERTY": ("", "NAME"),
    "TIME_SLOT": ("TIME_SLOT_ID", "TIME_VALUE"),
    "TIER": ("TIER_ID LINGUISTIC_TYPE_REF", "PARTICIPANT ANNOTATOR DEFAULT_LOCALE PARENT_REF EXT_REF LANG_REF"),
    "ALIGNABLE_ANNOTATION": (
        "ANNOTATION_ID TIME_SLOT_REF1 TIME_SLOT_REF2",
        "SVG_REF EXT_REF LANG_REF CVE_REF",
    ),
    "REF_ANNOTATION": ("ANNOTATION_ID ANNOTATION_REF", "PREVIOUS_ANNOTATION EXT_REF LANG_REF CVE_REF"),
    "LINGUISTIC_TYPE": (
        "LINGUISTIC_TYPE_ID",
        "TIME_ALIGNABLE CONSTRAINTS GRAPHIC_REFERENCES CONTROLLED_VOCABULARY_REF EXT_REF LEXICON_REF",
    ),
    "CONSTRAINT": ("STEREOTYPE", "DESCRIPTION"),
}
_ID = re.compile(r"[^\W\d][\w.-]*")


def check_eaf(path: Path) -> None:
    """Assert that ELAN takes a file: the schema's order, attributes and references, and what constraints ask for."""
    root = ET.parse(path).getroot()
    tags = [element.tag for element in root]
    assert tags == sorted(tags, key=ORDER.index)
    assert Counter(tags)["HEADER"] == Counter(tags)["TIME_ORDER"] == 1
    for element in root.iter():
        if element.tag in ATTRIBUTES:
            needed, allowed = (set(names.split()) for names in ATTRIBUTES[element.tag])
            given = {re.sub(r"^\{.*\}", "xsi:", name) for name in element.attrib}
            assert needed <= given <= needed | allowed, (element.tag, given)
    ids = [e.get(f"{kind}_ID") for kind in ("TIME_SLOT", "ANNOTATION") for e in root.iter() if e.get(f"{kind}_ID")]
    assert len(set(ids)) == len(ids)
    assert all(_ID.fullmatch(id_) for id_ in ids)
    slots = {e.get("TIME_SLOT_ID"): e.get("TIME_VALUE") for e in root.iter("TIME_SLOT")}
    values = [int(value) for value in slots.values() if value is not None]
    assert all(value < 2**32 for value in values)
    assert values == sorted(values)
    types = {e.get("LINGUISTIC_TYPE_ID"): e.get("CONSTRAINTS") for e in root.iter("LINGUISTIC_TYPE")}
    stereotypes = {e.get("STEREOTYPE") for e in root.iter("CONSTRAINT")}
    assert {constraint for constraint in types.values() if constraint} <= stereotypes
    tiers = {e.get("TIER_ID"): e for e in root.iter("TIER")}
    assert len(tiers) == tags.count("TIER")
    for tier in tiers.values():
        constraint = types[tier.get("LINGUISTIC_TYPE_REF")]
        assert bool(constraint) == ("PARENT_REF" in tier.attrib)
        _check_tier(tier, constraint or "", tiers, slots)


def _check_tier(tier, constraint, tiers, slots) -> None:
    wrappers = tier.findall("ANNOTATION")
    assert all(len(wrapper) == 1 and len(wrapper[0]) == 1 for wrapper in wrappers)
    found = [wrapper[0] for wrapper in wrappers]
    assert all(one[0].tag == "ANNOTATION_VALUE" for one in found)
    if constraint.startswith("Symbolic"):
        assert all(one.tag == "REF_ANNOTATION" for one in found)
        parents = {e.get("ANNOTATION_ID") for e in tiers[tier.get("PARENT_REF")].iter() if e.get("ANNOTATION_ID")}
        assert {one.get("ANNOTATION_REF") for one in found} <= parents
        groups: dict[str, list] = {}
        for one in found:
            groups.setdefault(one.get("ANNOTATION_REF"), []).append(one)
        for children in groups.values():
            chain = {one.get("PREVIOUS_ANNOTATION") for one in children}
            assert len(chain) == len(children), "two follow the same"
            assert chain - {None} <= {one.get("ANNOTATION_ID") for one in children}
            assert len(children) == 1 or constraint == "Symbolic_Subdivision"
        return
    assert all(one.tag == "ALIGNABLE_ANNOTATION" for one in found)
    spans = [(slots[one.get("TIME_SLOT_REF1")], slots[one.get("TIME_SLOT_REF2")]) for one in found]
    aligned = sorted((int(start), int(end)) for start, end in spans if start and end)
    assert all(start <= end for start, end in aligned)
    assert all(before[1] <= after[0] for before, after in pairwise(aligned)), "annotations of a tier overlap"
