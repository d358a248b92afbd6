"""Writes an annotation and its media as one page that plays without a kernel or a network. Knows no widget."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import msgspec

from .document import Document
from .errors import AvsegError, MediaError
from .formats.reading import propose_task
from .media import Media, open_media
from .model import Annotation, Task
from .replacing import replaced
from .views import mime_bundle
from .views.words import clean

_STATIC = Path(__file__).parent / "static"
#: Media up to this many bytes that browsers play exactly is taken as it is; all else as a compressed copy.
_AS_IT_IS = 16 * 1024 * 1024
#: Greatest height of a compressed video, in pixels.
_HEIGHT = 480
_MEGABYTE = 1_000_000

# Scripts run by their checksum only, and nothing may be fetched: what the page holds cannot call anybody.
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-{checksum}'; \
style-src 'unsafe-inline'; img-src data: blob:; media-src blob:; connect-src blob:; base-uri 'none'; \
form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main id="avseg"></main>
<noscript>{static}</noscript>
<script type="application/json" id="avseg-data">{data}</script>
<script type="text/plain" id="avseg-peaks">{peaks}</script>
<script type="text/plain" id="avseg-media">{media}</script>
<script>{script}</script>
</body>
</html>
"""


@dataclass(frozen=True)
class HtmlPage:
    """A page that was written: where it is, and how large it and the media in it are, in bytes."""

    path: Path
    size: int
    media_size: int

    def __str__(self) -> str:
        return f"{self.path}: {_megabytes(self.size)}, {_megabytes(self.media_size)} of it media"

    __repr__ = __str__

    def __fspath__(self) -> str:
        return str(self.path)


@runtime_checkable
class _Labeled(Protocol):
    """What a Segmenter has of what is needed here."""

    annotation: Any
    task: Task
    media: Media


def export_html(
    source: Any,
    path: str | os.PathLike[str],
    media: Any = None,
    task: Task | None = None,
    *,
    title: str = "",
    max_bytes: int = 100_000_000,
    overwrite: bool = False,
    progress: Callable[[float], None] | None = None,
) -> HtmlPage:
    """Write one page that holds the annotation, its media and the editor: it plays and reads from any disk, offline.

    The page shows what the editor shows, to be played, searched and zoomed into; nothing in it can be changed. Media
    that browsers play exactly, up to 16 MiB, is in it as it is; all else is a compressed copy with the same times: AAC
    (FLAC for more than two channels), pictures of at most 480 rows.

    Parameters
    ----------
    source
        An annotation, or a :class:`~avseg_widget.Segmenter` with its media and task.
    path
        Where to, such as ``"call.html"``.
    media
        What was labeled, as :class:`~avseg_widget.Segmenter` takes it; needed with an annotation.
    task
        What was asked; without it the fields are those that have answers.
    title
        The page's title; by default the task's, or the media's name.
    max_bytes
        Most bytes of the media in the page, which takes a third more for them.
    overwrite
        Replace a file that is there already.
    progress
        Called with the part of a copy that is done, 0 to 1; what it raises stops the export.

    Returns
    -------
    HtmlPage
        Where it is and how large.

    Raises
    ------
    AnnotationError
        When the annotation does not fit the task or the media.
    AvsegError
        When the media is missing or the page cannot be written, or the bundle is not built.
    MediaError
        When the media cannot be read, or is larger than ``max_bytes`` even compressed.
    """
    labeled = source if isinstance(source, _Labeled) else None
    annotation = labeled.annotation if labeled else source
    if not isinstance(annotation, Annotation):
        raise AvsegError(f"export_html takes an Annotation or a Segmenter, not {type(source).__name__}")
    if media is None and labeled is None:
        raise AvsegError("an annotation holds no media: pass what it is of, export_html(annotation, path, media=...)")
    target = Path(path)
    _check(target, overwrite=overwrite)
    found = open_media(labeled.media if labeled and media is None else media)
    task = task or (labeled.task if labeled else propose_task([annotation]))
    Document(task, found.info().duration, annotation)  # raises when they do not fit
    title = title or task.title or found.info().name
    with tempfile.TemporaryDirectory(prefix="avseg-export-") as folder:
        playable, content = _playable(found, Path(folder), max_bytes, progress)
        peaks = Path(folder) / "peaks"
        playable.write_sidecar(peaks)
        parts = {"media": content, "peaks": peaks.read_bytes()}
    page = _page(annotation, task, title=title, media=found, played=playable, parts=parts)
    _write(target, page)
    return HtmlPage(target, len(page), len(content))


def _check(target: Path, *, overwrite: bool) -> None:
    """Find out before anything long is done what would keep a page from being written."""
    if target.exists() and not overwrite:
        raise AvsegError(
            f"{target} is there already: choose another name, or give overwrite=True", parameter="overwrite"
        )
    if not target.parent.is_dir():
        raise AvsegError(f"the page {target} cannot be written (there is no folder {target.parent}): make it first")
    _bundle("standalone.js")


def _page(
    annotation: Annotation, task: Task, *, title: str, media: Media, played: Media, parts: dict[str, bytes]
) -> bytes:
    """Return the page of an annotation of ``media``; ``parts`` are the bytes that it plays, and their peaks."""
    script, style = _bundle("standalone.js"), _bundle("avseg.css")
    info = media.info()
    names = [field.name for field in task.segment_fields]
    return _PAGE.format(
        checksum=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        title=_escape(title),
        style=style,
        script=script,
        static=mime_bundle(annotation, duration=info.duration, names=names, title=info.name)["text/html"],
        data=_json(_data(annotation, task, info.name, played.info().mime)),
        **{name: base64.b64encode(content).decode() for name, content in parts.items()},
    ).encode()


def _write(target: Path, page: bytes) -> None:
    """Write a file; nobody ever sees half of it."""
    try:
        with replaced(target) as part:
            part.write_bytes(page)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise AvsegError(f"the page {target} cannot be written ({reason}): choose another place") from None


def _data(annotation: Annotation, task: Task, name: str, mime: str) -> dict[str, Any]:
    by = f"Labeled by {annotation.provenance.annotator}. " if annotation.provenance.annotator else ""
    return {
        "task": task if task.title else msgspec.structs.replace(task, title=name[:200]),
        "annotation": annotation,
        "note": f"{by}This page is for reading: click a segment to play it.",
        "media": {"name": name, "mime": mime},
    }


def _json(value: Any) -> str:
    """Write JSON that no HTML can be in: a script's end and a comment's beginning both need a ``<``."""
    return msgspec.json.encode(value).decode().replace("<", "\\u003c")


def _escape(text: str) -> str:
    return clean(text).replace("&", "&amp;").replace("<", "&lt;")


def _playable(
    media: Media, folder: Path, max_bytes: int, progress: Callable[[float], None] | None
) -> tuple[Media, bytes]:
    """Return media that browsers play exactly and that is small, and its bytes: itself, or a compressed copy."""
    info = media.info()
    if info.exact and not info.hindrances and info.duration is not None:
        content = _content(media, min(_AS_IT_IS, max_bytes))
        if content is not None:
            return media, content
    if info.kind == "video":
        made = media.make_proxy(folder / "media.mp4", max_height=_HEIGHT, progress=progress)
    elif info.channels > 2:
        made = media.make_proxy(folder / "media.flac", progress=progress)
    else:
        made = media.make_proxy(folder / "media.m4a", sound="aac", progress=progress)
    content = _content(made, max_bytes)
    if content is None:
        size = (folder / made.info().name).stat().st_size
        raise MediaError(
            f"{info.name} has {_megabytes(size)} even compressed, and the page takes {_megabytes(max_bytes)}: give "
            f"max_bytes={size} or more, or export a shorter piece; browsers open pages of up to some hundred MB"
        )
    return made, content


def _content(media: Media, most: int) -> bytes | None:
    """Return the bytes of media's file; None where there are more than ``most``, or it is no single file."""
    content = bytearray()
    try:
        while len(content) <= most and (chunk := media.read_bytes(len(content))):
            content += chunk
    except MediaError:
        return None
    return bytes(content) if len(content) <= most else None


def _bundle(name: str) -> str:
    try:
        return (_STATIC / name).read_text(encoding="utf-8")
    except OSError:
        raise AvsegError(f"the bundle is not built ({name} missing in {_STATIC}): run `make build`") from None


def _megabytes(size: int) -> str:
    return f"{size / _MEGABYTE:.1f} MB"
