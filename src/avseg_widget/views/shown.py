"""What makes an annotation show itself in notebooks and in print. The drawing is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..model import Annotation


class Shown:
    """Gives an annotation its timeline, its table and its text."""

    __slots__ = ()

    def __str__(self: Annotation) -> str:  # type: ignore[misc]
        from .text import text_of

        return text_of(self)

    def _repr_svg_(self: Annotation) -> str:  # type: ignore[misc]
        from .svg import timeline

        return timeline(self)

    def _repr_html_(self: Annotation) -> str:  # type: ignore[misc]
        return mime_bundle(self)["text/html"]

    def _repr_mimebundle_(self: Annotation, include: Any = None, exclude: Any = None) -> dict[str, str]:  # type: ignore[misc]  # noqa: ARG002
        return mime_bundle(self)


def mime_bundle(
    annotation: Annotation, *, duration: float | None = None, names: Sequence[str] = (), title: str = ""
) -> dict[str, str]:
    """Return an annotation as notebooks keep it, by MIME type: text/html, image/svg+xml and text/plain.

    Parameters
    ----------
    annotation
        What is shown.
    duration
        Length of the media in seconds; None where it is not known: the timeline then ends with the last segment.
    names
        Fields of the segments in the order in which they stand for one; the others follow as they come.
    title
        What the annotation is of.
    """
    from .html import page_part
    from .svg import timeline
    from .text import text_of

    drawn = timeline(annotation, duration=duration, names=names)
    return {
        "text/html": page_part(annotation, drawn, names=names, title=title),
        "image/svg+xml": drawn,
        "text/plain": text_of(annotation, names=names, title=title),
    }
