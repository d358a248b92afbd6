"""ELAN's controlled vocabularies as choices of a task, each for the tracks of the types that use it. Knows no times."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import msgspec

from .. import fields as kinds
from ..fields import Field
from ..model import RESERVED, Annotation, Task

_LONGEST = 60


@dataclass
class Vocabulary:
    """A vocabulary: the field it is as, its own name, its values, and the types of tiers that use it."""

    field: str
    name: str
    values: list[str]
    types: list[str]


def read_vocabularies(root: ET.Element, text: str) -> list[Vocabulary]:
    """Return the vocabularies that a document holds and its types use; ``text`` is the field of all other texts."""
    found: list[Vocabulary] = []
    taken = {text, *RESERVED}
    types = [(one.get("CONTROLLED_VOCABULARY_REF"), one.get("LINGUISTIC_TYPE_ID", "")) for one in root]
    for element in root.findall("CONTROLLED_VOCABULARY"):
        name = element.get("CV_ID", "")
        values = list(dict.fromkeys(filter(None, _values(element))))
        using = [type_ for reference, type_ in types if reference == name and type_]
        if values and using:
            field = re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:_LONGEST]
            field = field if re.match(r"[A-Za-z_]", field) else f"_{field}"
            while field in taken:
                field += "_"
            taken.add(field)
            found.append(Vocabulary(field, name, values, using))
    return found


def _values(element: ET.Element) -> Iterable[str]:
    """Yield the values of the entries: of several languages the first, which the file shows first, too."""
    for entry in element:
        if entry.tag == "CV_ENTRY":
            yield entry.text or ""
        elif entry.tag == "CV_ENTRY_ML":
            yield entry.findtext("CVE_VALUE") or ""


def field_by_type(vocabularies: Iterable[Vocabulary]) -> dict[str, str]:
    """Return the field that is asked instead of a text, by type."""
    return {type_: one.field for one in vocabularies for type_ in one.types}


def with_choices(
    task: Task, annotation: Annotation, vocabularies: Iterable[Vocabulary], text: str, notes: list[str]
) -> Task:
    """Return a proposed task with vocabularies as choices, and its text asked where there is none."""
    chosen: list[Field] = []
    taken: set[str] = set()
    for one in vocabularies:
        types = [type_ for type_ in one.types if type_ in task.tracks]
        if types:
            used = (segment.fields.get(one.field) for segment in annotation.segments)
            more = dict.fromkeys(str(value) for value in used if value and value not in one.values)
            if more:
                notes.append(f"{len(more):,} values that the vocabulary {one.name!r} has not are offered with its own")
            chosen.append(kinds.Select(one.field, [*one.values, *more], label=one.name, categories=types))
            taken.update(types)
    names = {field.name for field in chosen}
    kept = [field for field in task.segment_fields if field.name not in names]
    others = [category for category in task.tracks if category not in taken]
    if taken and others:
        kept = [msgspec.structs.replace(field, categories=others) if field.name == text else field for field in kept]
    return msgspec.structs.replace(task, segment_fields=[*kept, *chosen])
