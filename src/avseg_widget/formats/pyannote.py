"""pyannote's Annotation objects: a label is a track, a track of theirs a segment. Knows both and no file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import AnnotationError, FormatError
from ..model import Annotation, Provenance, Segment, Task, Track
from .carried import carried
from .format import name_of, track_named
from .loss import LossReport, compare
from .reading import Reading, fit, propose_task

if TYPE_CHECKING:
    from pyannote.core import Annotation as PyannoteAnnotation

_NAME = "pyannote"
_CATEGORY = "speaker"


def from_pyannote(annotation: PyannoteAnnotation, task: Task | None = None) -> Reading:
    """Return what a ``pyannote.core.Annotation`` says: labels are speakers, names of tracks are ids where they can be.

    Raises
    ------
    FormatError
        When it is another object, starts before the media does, or does not fit the task.
    """
    if not hasattr(annotation, "itertracks"):
        raise FormatError(
            f"a pyannote Annotation is due (result.speaker_diarization of a pipeline), not {annotation!r:.80}"
        )
    found = list(annotation.itertracks(yield_label=True))
    given = [track for _, track, _ in found]
    are_ids = all(isinstance(track, str) and track for track in given) and len(set(given)) == len(given)
    tracks: dict[str, Track] = {}
    segments = []
    for span, id_, label in found:
        named = _track(str(label))
        track = tracks.setdefault(named.id, msgspec.structs.replace(named, position=len(tracks)))
        segments.append(_segment(track, span, str(id_) if are_ids else ""))
    media = "" if annotation.uri is None else str(annotation.uri)
    read = Annotation(list(tracks.values()), segments, provenance=Provenance(media=media))
    proposed = task or propose_task([read])
    return Reading(format=_NAME, annotations=fit([read], proposed), task=proposed)


def to_pyannote(annotation: Annotation) -> tuple[PyannoteAnnotation, LossReport]:
    """Return a ``pyannote.core.Annotation`` and what it does not carry: all but times, tracks and ids.

    Raises
    ------
    ImportError
        When pyannote.core is not installed.
    """
    try:
        from pyannote.core import Annotation as Made
        from pyannote.core import Segment as Span
    except ImportError:
        raise ImportError('pyannote.core is not installed: pip install "avseg-widget[pyannote]"') from None
    made = Made(uri=annotation.provenance.media or None)
    names = {track.id: name_of(track, _CATEGORY) for track in annotation.tracks}
    for segment in annotation.segments:
        made[Span(segment.start, segment.end), segment.id] = names[segment.track]
    # pyannote leaves out what is shorter than a microsecond, and rounds where it is told to.
    kept = {id_: span for span, id_ in made.itertracks()}

    def change(segment: Segment) -> Segment | None:
        span = kept.get(segment.id)
        if span is None:
            return None
        return msgspec.structs.replace(segment, start=span.start, end=span.end, fields={}, origin=None)

    carry = carried(annotation, lambda track: (track.category, track.tag), change, unused=False)
    carry = msgspec.structs.replace(carry, provenance=Provenance(media=annotation.provenance.media))
    return made, LossReport(_NAME, compare(annotation, carry, keeps_ids=True))


def _track(label: str) -> Track:
    try:
        return track_named(label, _CATEGORY) if label.strip() else Track(_CATEGORY, "unnamed")
    except AnnotationError as error:
        raise FormatError(f"the label {label[:40]!r}: {error}; rename it: annotation.rename_labels(...)") from None


def _segment(track: Track, span: Any, id_: str) -> Segment:
    start, end = float(span.start), float(span.end)
    if not (math.isfinite(start) and math.isfinite(end) and 0 <= start < end):
        raise FormatError(
            f"a segment of {track.tag!r} goes from {start!r} to {end!r} s, which is not in any media; crop the "
            "annotation to the media first: annotation.crop(Segment(0, duration))"
        )
    return Segment(track.id, start, end, id=id_)
