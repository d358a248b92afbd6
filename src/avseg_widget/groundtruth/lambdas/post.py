"""The post-annotation function: merges workers' answers into one label. Knows no task.

It reads with its own rights: its role needs ``s3:GetObject`` on the job's output.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from . import aws
from .merge import merge

Plain = dict[str, Any]


def handler(event: Mapping[str, Any], _context: Any = None) -> list[Plain]:
    """Return the label of each item in a batch.

    A label holds what :func:`merge` gives, ``item`` and ``workers``, and in ``problems`` the answers that could not be
    read. Where none could be merged, it passes all of them through as ``annotationsFromAllWorkers``. No item is left
    out.

    Raises
    ------
    ValueError
        When the event or its payload is none of Ground Truth.
    """
    attribute = event.get("labelAttributeName")
    if not isinstance(attribute, str) or not attribute:
        raise ValueError(f"labelAttributeName must name the label, not {attribute!r:.200}")
    return [_labeled(item, attribute) for item in _items(event.get("payload"))]


def _items(payload: Any) -> Iterator[Plain]:
    for part in payload if isinstance(payload, list) else [payload]:
        uri = aws.uri_in(part) if isinstance(part, Mapping) else ""
        if not uri:
            raise ValueError(f"payload must hold the s3Uri of the workers' answers, not {part!r:.200}")
        items = json.loads(aws.read(uri))
        if not isinstance(items, list) or not all(
            isinstance(item, dict) and "datasetObjectId" in item for item in items
        ):
            raise ValueError(f"{uri:.200} must hold a list of items with a datasetObjectId")
        yield from items


def _labeled(item: Plain, attribute: str) -> Plain:
    label = {"item": str(item["datasetObjectId"]), **_label(item.get("annotations") or [])}
    return {
        "datasetObjectId": item["datasetObjectId"],
        "consolidatedAnnotation": {"content": {attribute: label}},
    }


def _label(answers: list[Any]) -> Plain:
    read, workers, problems = [], [], []
    for answer in answers:
        worker = answer.get("workerId") if isinstance(answer, Mapping) else None
        try:
            annotation = _annotation(answer)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            problems.append({"workerId": worker, "reason": f"{type(error).__name__}: {error}"[:500]})
        else:
            read.append(annotation)
            workers.append(worker)
    more: Plain = {"problems": problems} if problems else {}
    if not read:
        return {"annotationsFromAllWorkers": answers, **more}
    return {**merge(read), "workers": workers, **more}


def _annotation(answer: Mapping[str, Any]) -> Plain:
    """Return the annotation in a worker's answer, checked as far as merging needs.

    Raises
    ------
    ValueError, TypeError, KeyError, AttributeError
        When it is none of this package's; the published sample's shape is not merged either.
    """
    data = answer["annotationData"]
    uri = aws.uri_in(data)
    content = aws.decode(aws.read(uri) if uri and "content" not in data else data["content"])
    annotation = aws.decode(content["annotations"])
    if not isinstance(annotation, dict) or "streams" in annotation:
        raise ValueError("the annotations are not in the shape that can be merged")
    ids = set()
    for track in annotation.get("tracks", []):
        if not isinstance(track["category"], str) or not isinstance(track["tag"], str):
            raise ValueError(f"a track is named by texts, not {track!r:.200}")
        ids.add(track.get("id") or f"{track['category']}:{track['tag']}")
    for segment in annotation.get("segments", []):
        if segment["track"] not in ids or not 0 <= segment["start"] < segment["end"] < math.inf:
            raise ValueError(f"a segment is on a track and has 0 <= start < end, not {segment!r:.200}")
        dict(segment.get("fields", {}))
    dict(annotation.get("content", {}))
    return annotation
