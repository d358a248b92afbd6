"""ELAN's XML as a tree with line numbers, without what XML can do harm with. Knows no tiers and no annotation.

The tree is the document: pympi-ling, which reads ELAN too, has no place for links between annotations, for the entries
of vocabularies that annotations refer to, and for comments, so a file would come back without them.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET
from xml.parsers import expat

from ..errors import FormatError

#: ELAN's documents have five levels.
_DEEPEST = 20
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Ids as ELAN makes them stay as they are; "ts1" and "er1" are those of time slots and external references.
_PLAIN_ID = re.compile(r"(?!(?:ts|er)\d+\Z)[A-Za-z][A-Za-z0-9.-]*[0-9][A-Za-z0-9.-]*")
#: What stands for a character; half characters stay escaped, as they cannot be stored.
_ESCAPE = re.compile("_x(0(?!0D[89A-F])[0-9A-F]{5}|10[0-9A-F]{4})_")


class Tree:
    """A parsed document: its root and where each element begins."""

    def __init__(self, root: ET.Element, lines: dict[ET.Element, int]) -> None:
        self.root = root
        self._lines = lines

    def fail(self, element: ET.Element, what: str) -> FormatError:
        """Return the error that something is wrong with an element."""
        return FormatError(f"line {self._lines.get(element, 0)}: {what}")

    def attribute(self, element: ET.Element, name: str) -> str:
        """Return an attribute that must be there."""
        if name not in element.attrib:
            raise self.fail(element, f"this {element.tag} has no {name}")
        return element.attrib[name]


def parse_xml(data: bytes) -> Tree:
    """Return a document's tree.

    Raises
    ------
    FormatError
        When it is no XML, too deep, or declares a document type: entities are never expanded nor fetched.
    """
    builder = ET.TreeBuilder(insert_comments=True)
    parser = expat.ParserCreate()
    lines: dict[ET.Element, int] = {}
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise FormatError(f"line {parser.CurrentLineNumber}: more than {_DEEPEST} elements within each other")
        lines[builder.start(tag, attributes)] = parser.CurrentLineNumber

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_: object) -> None:
        raise FormatError(f"line {parser.CurrentLineNumber}: ELAN's files declare no document type; remove the DOCTYPE")

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.CommentHandler = builder.comment
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except FormatError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two for encodings that expat has not
        what = expat.ErrorString(error.code) if isinstance(error, expat.ExpatError) else str(error)
        raise FormatError(f"line {parser.CurrentLineNumber}: this is no XML ({what})") from None
    return Tree(builder.close(), lines)


def print_xml(root: ET.Element) -> bytes:
    """Return a document as a file holds it."""
    ET.indent(root, "    ")
    text = ET.tostring(root, encoding="unicode").replace("\r", "&#13;")
    # As ELAN writes it, so that a file that is written again differs only in what was changed.
    text = text.replace(" />", "/>").replace("<ANNOTATION_VALUE/>", "<ANNOTATION_VALUE></ANNOTATION_VALUE>")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def clean(text: str) -> str:
    """Return a text without the characters that XML cannot hold, each replaced by U+FFFD."""
    return _NOT_IN_XML.sub("\ufffd", text)


def to_xml_id(id_: str) -> str:
    """Return an id that XML takes and :func:`from_xml_id` turns back; it has a digit, which pympi wants.

    >>> to_xml_id("a12"), to_xml_id("é"), from_xml_id(to_xml_id("é"))
    ('a12', '_x0000E9_', 'é')
    """
    if _PLAIN_ID.fullmatch(id_):
        return id_
    escaped = re.sub(r"[^A-Za-z0-9.-]", lambda match: f"_x{ord(match[0]):06X}_", id_[1:])
    return f"_x{ord(id_[0]):06X}_{escaped}"


def from_xml_id(id_: str) -> str:
    """Return the id that :func:`to_xml_id` was given; any other as it is."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), id_)
