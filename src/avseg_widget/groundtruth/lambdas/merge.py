"""Makes one annotation of several, with how well they agree. Plain values in and out; needs the standard library."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: Share of their common time that two segments must overlap by to be one.
MIN_OVERLAP = 0.5

Plain = dict[str, Any]
#: The worker, by place, and what they drew.
_Drawn = tuple[int, Plain]


def merge(annotations: Sequence[Mapping[str, Any]]) -> Plain:
    """Merge annotations of one media into one.

    Segments of one track by different workers are one when they overlap by ``MIN_OVERLAP`` of their common time, the
    best overlaps first. One that half of the workers or more have is kept: its times are the medians of theirs, its
    answers those that most gave; of equally many, those of whoever comes first.

    Returns
    -------
    dict
        ``annotations``; ``agreement``, 0 to 1 over all segments and pairs of workers, None for one worker;
        ``segments``, by id how many workers have it and their mean overlap; ``content``, by field the share of workers
        that gave the answer kept; ``left_out``, how many segments too few had.

    >>> def drawn(start, end):
    ...     track = {"category": "speaker", "tag": "A", "id": "speaker:A"}
    ...     return {"tracks": [track], "segments": [{"track": "speaker:A", "start": start, "end": end}]}
    >>> merged = merge([drawn(0, 8), drawn(0, 10), drawn(1, 9)])
    >>> [(segment["start"], segment["end"]) for segment in merged["annotations"]["segments"]]
    [(0.0, 9.0)]
    >>> merged["agreement"]
    0.7926
    """
    count = len(annotations)
    tracks, drawn = _by_track(annotations)
    groups = [(name, group) for name, found in drawn.items() for group in _groups(found)]
    kept = [(name, group) for name, group in groups if 2 * len(group) >= count]
    kept.sort(key=lambda item: min((segment["start"], segment["end"]) for _, segment in item[1]))
    segments, told = [], {}
    for number, (name, group) in enumerate(kept, 1):
        segments.append({"track": _track_id(tracks[name]), **_segment(group), "id": f"merged-{number}"})
        told[f"merged-{number}"] = {"workers": len(group), "overlap": _rounded(_overlap_in(group, len(group)))}
    content, shares = _vote([annotation.get("content", {}) for annotation in annotations])
    overlaps = [_overlap_in(group, count) or 0.0 for _, group in groups]
    done = all(annotation.get("completion", {}).get("done") for annotation in annotations)
    return {
        "annotations": {
            "tracks": list(tracks.values()),
            "segments": segments,
            "content": content,
            "completion": {"done": done},
            "version": 1,
        },
        "agreement": _rounded(statistics.fmean(overlaps) if overlaps else 1.0) if count > 1 else None,
        "segments": told,
        "content": shares,
        "left_out": len(groups) - len(kept),
    }


def _by_track(
    annotations: Sequence[Mapping[str, Any]],
) -> tuple[dict[tuple[str, str], Plain], dict[tuple[str, str], list[_Drawn]]]:
    """Return the tracks of all workers, and what was drawn on each, by category and tag: ids are a worker's own."""
    tracks: dict[tuple[str, str], Plain] = {}
    drawn: dict[tuple[str, str], list[_Drawn]] = {}
    for worker, annotation in enumerate(annotations):
        names = {}
        for track in annotation.get("tracks", []):
            name = (track["category"], track["tag"])
            tracks.setdefault(name, dict(track))
            names[_track_id(track)] = name
        for segment in annotation.get("segments", []):
            drawn.setdefault(names[segment["track"]], []).append((worker, segment))
    return tracks, drawn


def _track_id(track: Mapping[str, Any]) -> str:
    """Return a track's id; our page always gives it one."""
    return str(track.get("id") or f"{track['category']}:{track['tag']}")


def overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Return the time that two segments share, as a part of the time that either takes.

    >>> overlap({"start": 0, "end": 2}, {"start": 1, "end": 3})
    0.3333333333333333
    """
    shared = min(one["end"], other["end"]) - max(one["start"], other["start"])
    whole = max(one["end"], other["end"]) - min(one["start"], other["start"])
    return max(0.0, float(shared / whole))


def _groups(drawn: list[_Drawn]) -> list[list[_Drawn]]:
    """Put the segments of one track that are the same into groups, of each worker at most one."""
    ordered = sorted(drawn, key=lambda item: (item[1]["start"], item[1]["end"], item[0]))
    pairs = []
    for place, (worker, segment) in enumerate(ordered):
        for later in range(place + 1, len(ordered)):
            other, following = ordered[later]
            if following["start"] >= segment["end"]:
                break
            share = overlap(segment, following)
            if other != worker and share >= MIN_OVERLAP:
                pairs.append((-share, place, later))
    group_of = {place: [place] for place in range(len(ordered))}
    for _, one, other in sorted(pairs):
        first, second = group_of[one], group_of[other]
        workers = {ordered[place][0] for place in first} & {ordered[place][0] for place in second}
        if first is second or workers:
            continue
        first.extend(second)
        for place in second:
            group_of[place] = first
    unique = {id(group): group for group in group_of.values()}
    return [sorted((ordered[place] for place in group), key=lambda item: item[0]) for group in unique.values()]


def _segment(group: list[_Drawn]) -> Plain:
    segments = [segment for _, segment in group]
    start, end = (float(statistics.median(segment[edge] for segment in segments)) for edge in ("start", "end"))
    if not 0 <= start < end < math.inf:
        start, end = segments[0]["start"], segments[0]["end"]  # the mean of two came out of range
    fields, _ = _vote([segment.get("fields", {}) for segment in segments])
    return {"start": start, "end": end, "fields": fields}


def _overlap_in(group: list[_Drawn], count: int) -> float | None:
    """Return the mean overlap over all pairs of ``count`` workers; a pair of which one has no segment has none."""
    pairs = count * (count - 1) // 2
    shares = [overlap(one, other) for place, (_, one) in enumerate(group) for _, other in group[place + 1 :]]
    return math.fsum(shares) / pairs if pairs else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _vote(answers: Sequence[Mapping[str, Any]]) -> tuple[Plain, dict[str, float]]:
    """Return the answer that most gave to each field, and the share that gave it; no answer counts as one."""
    kept, shares = {}, {}
    for name in dict.fromkeys(name for answer in answers for name in answer):
        given = [answer.get(name) for answer in answers]
        if any(isinstance(value, list) for value in given):
            value: Any = _options([one if isinstance(one, list) else [] for one in given])
        else:
            texts = [json.dumps(value, sort_keys=True) for value in given]
            value = given[texts.index(max(texts, key=texts.count))]
        shares[name] = round(sum(value == one for one in given) / len(given), 4)
        if value is not None:
            kept[name] = value
    return kept, shares


def _options(given: Iterable[list[Any]]) -> list[Any]:
    """Return the options that more than half chose, in the order in which they first came."""
    lists = list(given)
    options = dict.fromkeys(option for chosen in lists for option in chosen)
    return [option for option in options if 2 * sum(option in chosen for chosen in lists) > len(lists)]
