"""Label moments of audio and video in a notebook cell, and send the same editor to annotators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import fields, formats, presets, sample
from .errors import (
    AnnotationError,
    AnswerError,
    AssistError,
    AvsegError,
    ConflictError,
    FormatError,
    KeymapError,
    ManifestError,
    MediaError,
    QueueError,
    StoreError,
    TaskError,
)
from .model import Annotation, Completion, Origin, Provenance, Segment, Task, Track
from .problems import Problem

if TYPE_CHECKING:
    from .report import export_html
    from .store import Store
    from .widget import LabelingQueue, Segmenter

__all__ = [
    "Annotation",
    "AnnotationError",
    "AnswerError",
    "AssistError",
    "AvsegError",
    "Completion",
    "ConflictError",
    "FormatError",
    "KeymapError",
    "LabelingQueue",
    "ManifestError",
    "MediaError",
    "Origin",
    "Problem",
    "Provenance",
    "QueueError",
    "Segment",
    "Segmenter",
    "Store",
    "StoreError",
    "Task",
    "TaskError",
    "Track",
    "export_html",
    "fields",
    "formats",
    "presets",
    "sample",
]


def __getattr__(name: str) -> Any:
    # The widget needs the built bundle and ipywidgets, a page reads media; everything else works without them.
    if name == "export_html":
        from .report import export_html

        return export_html
    if name in {"LabelingQueue", "Segmenter"}:
        from . import widget

        return getattr(widget, name)
    if name == "Store":  # some Pythons are built without sqlite3
        from .store import Store

        return Store
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
