"""Finds the format of a file and hands it over. Knows the formats by name; the libraries they need load when asked."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import msgspec

from ..errors import FormatError
from ..model import Annotation, Task
from ..replacing import replaced
from .carried import in_one_field, in_own_fields
from .format import Format
from .loss import LossReport, compare
from .reading import Reading, fit

#: The modules of formats, in the order in which a file is offered to them.
_MODULES = {
    "jsonl": ".jsonl",
    "csv": ".csv_table",
    "parquet": ".parquet",
    "label-studio": ".label_studio",
    "ground-truth": ".ground_truth",
    "ground-truth-sample": ".ground_truth_sample",
    "cvat": ".cvat_tsv",
    "webvtt": ".webvtt",
    "srt": ".subrip",
    "eaf": ".eaf",
    "textgrid": ".textgrid",
    "textgrid-short": ".textgrid_short",
    "rttm": ".rttm",
    "uem": ".uem",
    "ctm": ".ctm",
    "audacity": ".audacity",
}
#: How much of a file a format sees to know it as its own, in bytes.
_HEAD = 8192


def names() -> list[str]:
    """Return the names of the formats."""
    return list(_MODULES)


def read(path: str | os.PathLike[str], task: Task | None = None, *, format: str | None = None) -> Reading:  # noqa: A002
    """Return the annotations in a file.

    Parameters
    ----------
    path
        The file; its format is found from its beginning and the end of its name.
    task
        What the annotations must fit; without it one that they fit is proposed.
    format
        The format's name, one of :func:`names`, where it is not to be found out.

    Raises
    ------
    FormatError
        When there is no such file, no format knows it, it is damaged (says where), or it does not fit the task.
    ImportError
        When a library for the format is not installed; says how to install it.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror or error}") from None
    chosen = _load(format) if format else _find(path, head)
    reading = chosen.read(path, task)
    if task is None or not chosen.one_text:
        return reading
    own = fit([in_own_fields(one, task) for one in reading.annotations], task)
    return msgspec.structs.replace(reading, annotations=own)


def write(
    annotations: Annotation | Iterable[Annotation],
    path: str | os.PathLike[str],
    *,
    task: Task | None = None,
    format: str | None = None,  # noqa: A002
    like: str | os.PathLike[str] | None = None,
) -> LossReport:
    """Write annotations to a file and return what it does not carry of them; :func:`find_losses` says it before.

    Parameters
    ----------
    annotations
        One annotation, or several where the format takes them.
    path
        The file, replaced as a whole when all is written.
    task
        What was asked; it says which field is the text of a segment, and the kinds of the answers.
    format
        The format's name, by default the one that the end of the file's name says.
    like
        An ELAN document that the annotation was read from: what else is in it, such as its hierarchy and vocabularies,
        is in the one that is written too. It stays as it is unless it is ``path``. Other formats are written anew.

    Raises
    ------
    FormatError
        When the name says no format, the format cannot hold the annotations at all, or the file cannot be written.
    ImportError
        When a library for the format is not installed.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FormatError(f"there is no folder {path.parent} for {path.name}: make it, or check the path")
    chosen = _like(_load(format) if format else _by_suffix(path), like)
    given = _several(chosen, annotations)
    report = _report(chosen, given, task)
    try:
        with replaced(path) as part:
            chosen.write(_said(chosen, given, task), part, task)
    except OSError as error:
        raise FormatError(f"{path} cannot be written: {error.strerror or error}") from None
    except OverflowError as error:
        raise FormatError(f"{path} cannot be written: a number is too large ({error})") from None
    except UnicodeEncodeError as error:
        half = error.object[error.start : error.end]
        raise FormatError(f"{path} cannot be written: a text has half a character ({half!r}); type it again") from None
    return report


def find_losses(
    annotations: Annotation | Iterable[Annotation],
    format: str,  # noqa: A002
    *,
    task: Task | None = None,
    like: str | os.PathLike[str] | None = None,
) -> LossReport:
    """Return what a format does not carry of annotations; nothing is written. ``format`` may be a file's name too."""
    chosen = _like(_load(format) if format in _MODULES else _by_suffix(Path(format)), like)
    return _report(chosen, _several(chosen, annotations), task)


def _report(chosen: Format, annotations: list[Annotation], task: Task | None) -> LossReport:
    carried = chosen.carry_all(_said(chosen, annotations, task), task)
    if task is not None and chosen.one_text:
        carried = [in_own_fields(one, task) for one in carried]
    losses = [
        loss
        for before, after in zip(annotations, carried, strict=True)
        for loss in compare(before, after, keeps_ids=chosen.keeps_ids)
    ]
    return LossReport(chosen.name, losses)


def _said(chosen: Format, annotations: list[Annotation], task: Task | None) -> list[Annotation]:
    """Return annotations as the format says them."""
    return [in_one_field(one, task) for one in annotations] if chosen.one_text and task else annotations


def _several(chosen: Format, annotations: Annotation | Iterable[Annotation]) -> list[Annotation]:
    given = [annotations] if isinstance(annotations, Annotation) else list(annotations)
    if len(given) != 1 and not chosen.many:
        raise FormatError(f"{chosen.title} holds one annotation, not {len(given)}; write a file for each")
    for annotation in given:
        known = {track.id for track in annotation.tracks}
        for segment in annotation.segments:
            if segment.track not in known:
                raise FormatError(
                    f"segment {segment.id!r} is on a track {segment.track!r} that the annotation has not; add the track"
                )
    return given


def _like(chosen: Format, path: str | os.PathLike[str] | None) -> Format:
    return chosen if path is None else chosen.based_on(Path(path))


def _load(name: str) -> Format:
    if name not in _MODULES:
        raise FormatError(f"there is no format {name!r}; the formats are {', '.join(_MODULES)}")
    found = import_module(_MODULES[name], __package__).FORMAT
    assert isinstance(found, Format)  # noqa: S101
    return found


def _by_suffix(path: Path) -> Format:
    named = _named(path)
    if not named:
        raise FormatError(
            f"{path.name} ends like no format's files; give format=, one of {', '.join(_MODULES)}", parameter="format"
        )
    return named[0]


def _find(path: Path, head: bytes) -> Format:
    named = _named(path)
    for one in [*named, *(_load(name) for name in _MODULES)]:
        if one.sniff(head):
            return one
    if named:  # its own reader says best what is wrong with it
        return named[0]
    raise FormatError(
        f"{path.name} is in no format known here; give format= if it is one of {', '.join(_MODULES)}",
        parameter="format",
    )


def _named(path: Path) -> list[Format]:
    """Return the formats whose files end like this one, that with the longest end first."""
    name = path.name.lower()
    ends = {one: [len(end) for end in one.suffixes if name.endswith(end)] for one in map(_load, _MODULES)}
    return sorted((one for one, lengths in ends.items() if lengths), key=lambda one: -max(ends[one]))
