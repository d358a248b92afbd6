"""An annotation as a part of a page: its timeline as a picture and a table, of markup that every sanitiser leaves.

The picture comes as a ``data:`` URL: GitHub and JupyterLab take drawings out of HTML that they do not trust, and leave
the drawings' words behind. Knows no notebook.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .svg import escape
from .text import said
from .words import answers_of, clock, counted, fit, summary, track_names

if TYPE_CHECKING:
    from ..model import Annotation

#: Most rows of a table.
MOST_ROWS = 20
#: Most characters of an answer.
_MOST_TEXT = 200
#: Notebooks put what is in tables at the right, as numbers are.
_LEFT = ' style="text-align: left;"'


def page_part(annotation: Annotation, drawn: str, *, names: Sequence[str] = (), title: str = "") -> str:
    """Return an annotation as HTML: the timeline ``drawn`` as SVG, and tables of segments and content."""
    picture = base64.b64encode(drawn.encode()).decode()
    alt = escape(f"Timeline{f' of {title}' if title else ''}: {summary(annotation)}")
    parts = [f'<img src="data:image/svg+xml;base64,{picture}" alt="{alt}"/>']
    tracks = track_names(annotation)
    segments = [
        (clock(item.start), clock(item.end), tracks[item.track], said(item, names))
        for item in annotation.segments[:MOST_ROWS]
    ]
    parts += table(("start", "end", "track", "answers"), segments)
    parts += more(len(annotation.segments), "segment")
    content = list(answers_of(annotation.content))
    parts += table(("content", "answer"), content[:MOST_ROWS])
    parts += more(len(content), "answer")
    return f"<div>{''.join(parts)}</div>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table as parts of markup, every cell escaped and cut; nothing where there are no rows."""
    if not rows:
        return []
    cells = "".join(f"<th{_LEFT}>{name}</th>" for name in head)
    return [
        f"<table><thead><tr>{cells}</tr></thead><tbody>",
        *(
            "<tr>" + "".join(f'<td dir="auto"{_LEFT}>{escape(fit(cell, _MOST_TEXT))}</td>' for cell in row) + "</tr>"
            for row in rows
        ),
        "</tbody></table>",
    ]


def more(count: int, what: str) -> list[str]:
    """Return how many rows a table leaves out, in words; nothing where it leaves out none."""
    return [f"<p>… and {counted(count - MOST_ROWS, f'more {what}')}</p>"] if count > MOST_ROWS else []
