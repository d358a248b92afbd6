"""The pre-annotation function: checks a line of the manifest, adds its peaks and what to start from. Knows no task.

Set ``AVSEG_START_FROM`` to the label attribute of an earlier job to start from its label, or its first worker's answer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from . import aws

#: Most characters of a task's input; what is longer stays in S3 for the page to fetch.
MAX_INPUT = 100_000


def handler(event: Mapping[str, Any], _context: Any = None) -> dict[str, Any]:
    """Return the task's input for a line of the manifest.

    The keys of the line stay. ``taskObject`` says where the media is; ``peaks-ref`` and ``annotations`` are added where
    ``<media>.peaks`` and ``<media>.annotations.json`` lie beside it in S3; ``annotations-ref`` becomes ``annotations``
    when that fits.

    Raises
    ------
    ValueError
        When the line is of no use, so that Ground Truth marks the item as failed; says why.
    """
    line = event.get("dataObject")
    if not isinstance(line, Mapping):
        raise ValueError(f"dataObject must be a line of the manifest, not {line!r:.200}")
    media = _media(line)
    task_input = {**line, "taskObject": media}
    if "peaks-ref" not in line and aws.is_s3(media) and aws.exists(f"{media}.peaks"):
        task_input["peaks-ref"] = f"{media}.peaks"
    _add_annotations(task_input, media)
    if _length(task_input) > MAX_INPUT:
        raise ValueError(
            f"the input for {media!r:.200} has {_length(task_input):,} characters, more than {MAX_INPUT:,}"
        )
    # Samples write the boolean as a text, and some manifests do.
    required = str(line.get("isHumanAnnotationRequired", True)).lower() != "false"
    return {"taskInput": task_input, "isHumanAnnotationRequired": required}


def _media(line: Mapping[str, Any]) -> str:
    given = [key for key in ("source-ref", "source") if key in line]
    if len(given) != 1:
        raise ValueError(
            f"the line needs source-ref or source, one of them, and has {' and '.join(given) or 'neither'}"
        )
    media = line[given[0]]
    if not isinstance(media, str) or not (aws.is_s3(media) or aws.host_of(media)):
        raise ValueError(f"{given[0]} must be an s3:// URI or an http(s) URL, not {media!r:.200}")
    return media


def _add_annotations(task_input: dict[str, Any], media: str) -> None:
    found = task_input.get("annotations") or _earlier(task_input)
    if found:
        task_input["annotations"] = _checked(found, "annotations")
        return
    ref = task_input.get("annotations-ref")
    if not ref and aws.is_s3(media) and aws.exists(f"{media}.annotations.json"):
        ref = task_input["annotations-ref"] = f"{media}.annotations.json"
    if not aws.is_s3(ref):
        return
    annotations = _checked(aws.read(str(ref)), str(ref))
    inlined = {key: value for key, value in task_input.items() if key != "annotations-ref"}
    inlined["annotations"] = annotations
    if _length(inlined) <= MAX_INPUT:
        task_input.pop("annotations-ref")
        task_input["annotations"] = annotations


def _earlier(line: Mapping[str, Any]) -> Any:
    """Return what an earlier job says of the item: its label, or the first answer of a worker."""
    attribute = os.environ.get("AVSEG_START_FROM", "")
    label, metadata = line.get(attribute), line.get(f"{attribute}-metadata")
    if not attribute or not isinstance(metadata, Mapping):
        return None
    if isinstance(label, Mapping) and label.get("annotations"):
        return label["annotations"]
    ref = metadata.get("worker-response-ref")
    answers = aws.decode(aws.read(str(ref))).get("answers") if aws.is_s3(ref) else None
    for answer in answers or []:
        content = aws.decode(answer.get("answerContent", {}))
        if isinstance(content, Mapping) and content.get("annotations"):
            return content["annotations"]
    return None


def _checked(value: Any, where: str) -> Any:
    try:
        annotations = aws.decode(value)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where:.200} is not JSON: {error}") from None
    if not isinstance(annotations, Mapping) or not isinstance(annotations.get("segments", []), list):
        raise ValueError(f"{where:.200} must be an object with a list of segments, not {annotations!r:.80}")
    return annotations


def _length(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False))
