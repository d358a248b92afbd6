"""Who spoke when, as pyannote.audio found it, as segments. Knows no sound; imports nothing of pyannote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import AssistError
from ..model import Origin, Segment


def from_pyannote(result: Any, *, tracks: Mapping[str, str] | Iterable[str], source: str = "pyannote") -> list[Segment]:
    """Suggest the segments of a diarization.

    Parameters
    ----------
    result
        A ``pyannote.core.Annotation``, or what a pipeline of pyannote.audio 4 returned, which holds one.
    tracks
        The track of each label, ``{"SPEAKER_00": "speaker:Customer"}``; or a list of tracks for the labels in the
        order in which they speak first.

    Returns
    -------
    list of Segment
        In order; those of different tracks may overlap, as speakers do.

    Raises
    ------
    AssistError
        When this is no annotation, or a label has no track; says which.
    """
    annotation = getattr(result, "speaker_diarization", result)
    if not hasattr(annotation, "itertracks"):
        raise AssistError(f"this is no pyannote.core.Annotation, but a {type(result).__name__}")
    found = sorted((span.start, span.end, str(label)) for span, _, label in annotation.itertracks(yield_label=True))
    labels = list(dict.fromkeys(label for _, _, label in found))
    of_label = _tracks(labels, tracks)
    return [
        Segment(of_label[label], max(start, 0.0), end, origin=Origin(source))
        for start, end, label in found
        if end > max(start, 0.0)
    ]


def _tracks(labels: list[str], tracks: Mapping[str, str] | Iterable[str]) -> dict[str, str]:
    names = ", ".join(map(repr, labels))
    if isinstance(tracks, Mapping):
        given = {str(label): track for label, track in tracks.items()}
    elif isinstance(tracks, str) or not isinstance(tracks, Iterable):
        raise AssistError(f"tracks is a dict of tracks by label, or a list of tracks, not {tracks!r}")
    else:
        given = dict(zip(labels, tracks, strict=False))
    missing = [label for label in labels if label not in given]
    if missing:
        example = f'{{{missing[0]!r}: "speaker:..."}}'
        raise AssistError(f"no track for {', '.join(map(repr, missing))}: the labels are {names}; map it, {example}")
    return given
