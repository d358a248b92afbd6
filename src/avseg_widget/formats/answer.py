"""Reads what an annotator handed in through Ground Truth. Knows the model; no network and no file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from ..document import Document
from ..errors import AnnotationError, AnswerError
from ..model import Annotation, Provenance, Task
from .sample_answer import read_sample_answer

#: How many times an answer may be JSON within a JSON string.
MAX_LEVELS = 5


def read_answer(answer: Mapping[str, Any] | list[Any] | str | bytes, task: Task | None = None) -> Annotation:
    """Return the annotation in an answer of Ground Truth.

    Parameters
    ----------
    answer
        The content of an answer (``answerContent``), one answer, a whole worker response with one answer, or the
        one-element list that a page outside Ground Truth shows; as values or as JSON. Its ``annotations`` may be a
        string or an object, as this package writes it or in the shape of the published sample
        (``annotations.streams``).
    task
        When given, the annotation is checked against it. It also tells the kind of the content fields of an answer in
        the sample's shape; without it the fields of :func:`presets.call_center` and :func:`presets.video_gait` do.

    Raises
    ------
    AnswerError
        When the answer cannot be read or does not fit the task; says where in it.
    """
    content = _find_content(answer)
    if "annotations" not in content:
        keys = ", ".join(map(repr, content)) or "nothing"
        raise AnswerError(f"annotations: missing; the answer holds {keys}. Was it made with another template?")
    annotations = _decode(content["annotations"], "annotations")
    if not isinstance(annotations, Mapping):
        raise AnswerError(f"annotations: must be an object, not {_short(annotations)}")
    has_streams = "streams" in annotations
    annotation = read_sample_answer(content, annotations, task) if has_streams else _read_own(annotations)
    return annotation if task is None else _fit(annotation, task)


def _find_content(answer: Any) -> Mapping[str, Any]:
    """Unwrap an answer down to the object keyed by the names of the form's fields."""
    value, path = _decode(answer, "answer"), "answer"
    for _ in range(MAX_LEVELS):
        if isinstance(value, list):
            value = _only(value, path)
            path += "[0]"
        elif isinstance(value, Mapping) and "answers" in value and "annotations" not in value:
            path += ".answers"
            value = value["answers"]
        elif isinstance(value, Mapping) and "answerContent" in value and "annotations" not in value:
            path += ".answerContent"
            value = value["answerContent"]
        else:
            break
        value = _decode(value, path)
    if not isinstance(value, Mapping):
        raise AnswerError(f"{path}: must be an object with the key 'annotations', not {_short(value)}")
    return value


def _only(values: list[Any], path: str) -> Any:
    if len(values) == 1:
        return values[0]
    if not values:
        raise AnswerError(f"{path}: holds no answer")
    raise AnswerError(
        f"{path}: holds {len(values)} answers, one of each annotator; read them one at a time, for example "
        '[read_answer(one) for one in response["answers"]]'
    )


def _decode(value: Any, path: str) -> Any:
    """Read JSON in JSON strings until something else comes out."""
    for _ in range(MAX_LEVELS):
        if not isinstance(value, (str, bytes)):
            return value
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise AnswerError(f"{path}: is not JSON: {error}") from None
    if isinstance(value, (str, bytes)):
        raise AnswerError(f"{path}: is JSON in more than {MAX_LEVELS} levels of strings")
    return value


def _read_own(annotations: Mapping[str, Any]) -> Annotation:
    try:
        annotation = msgspec.convert(annotations, Annotation)
    except msgspec.ValidationError as error:
        raise AnswerError("annotations: " + str(error).replace("`$", "`annotations")) from None
    known = {track.id for track in annotation.tracks}
    for place, segment in enumerate(annotation.segments):
        if segment.track not in known:
            raise AnswerError(f"annotations.segments[{place}].track: there is no track {segment.track!r}")
    return annotation


def _fit(annotation: Annotation, task: Task) -> Annotation:
    try:
        return Document(task, annotation=annotation).annotation
    except AnnotationError as error:
        raise AnswerError(f"annotations: {error}") from None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def provenance_of(answer: Mapping[str, Any], media: str) -> Provenance:
    """Return who answered and when: as the service says it, never as the answer itself does."""
    metadata = answer.get("workerMetadata")
    identity = metadata.get("identityData") if isinstance(metadata, Mapping) else None
    identity = identity if isinstance(identity, Mapping) else {}
    return Provenance(
        annotator=_text(answer.get("workerId")),
        media=media,
        accepted=_text(answer.get("acceptanceTime")),
        submitted=_text(answer.get("submissionTime")),
        seconds=_seconds(answer.get("timeSpentInSeconds")),
        provider=_text(identity.get("identityProviderType")),
        issuer=_text(identity.get("issuer")),
        subject=_text(identity.get("sub")),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _seconds(value: Any) -> float | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and not isinstance(value, bool) else None
