"""Answers of Ground Truth, as it stores those of one item: all annotators' in one file. Knows no manifest, no AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..errors import AnswerError, FormatError
from ..model import Annotation, Task
from .answer import provenance_of, read_answer
from .format import Format
from .reading import Reading, fit, propose_task


class GroundTruth(Format):
    """A worker response with annotations as this package's pages hand them in; carries everything.

    Answers in the shape of the published sample are read as well.
    """

    name = "ground-truth"
    title = "Ground Truth answers"
    suffixes: tuple[str, ...] = (".answer.json",)
    keeps_ids = True
    many = True

    def sniff(self, head: bytes) -> bool:
        ours = rb'(\xef\xbb\xbf)?\s*(\{\s*"answers"\s*:|[\[{].*"(answerContent|streams)"\s*:)'
        return re.match(ours, head, re.DOTALL) is not None

    def read(self, path: Path, task: Task | None) -> Reading:
        try:
            value = msgspec.json.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise FormatError(f"{path.name}: is not JSON, or not all of it: {error}") from None
        annotations: list[Annotation] = []
        try:
            for answer in _answers(value):
                annotations.append(_annotation(answer, task))  # noqa: PERF401
        except AnswerError as error:
            raise FormatError(f"{path.name}: answer {len(annotations) + 1}: {error}") from None
        proposed = task or propose_task(annotations)
        return Reading(format=self.name, annotations=fit(annotations, proposed), task=proposed)

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        return annotation

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        answers = [_stored(one, {"annotations": msgspec.json.encode(one).decode()}) for one in annotations]
        path.write_bytes(msgspec.json.encode({"answers": answers}))


def _answers(value: Any) -> list[Any]:
    answers = value.get("answers") if isinstance(value, Mapping) and "answers" in value else value
    return answers if isinstance(answers, list) else [answers]


def _annotation(answer: Any, task: Task | None) -> Annotation:
    """Return what an answer says; who said it is what Ground Truth says where it does."""
    annotation = read_answer(answer, task)
    if not isinstance(answer, Mapping) or "workerId" not in answer:
        return annotation
    return msgspec.structs.replace(annotation, provenance=provenance_of(answer, annotation.provenance.media))


def _stored(annotation: Annotation, content: Mapping[str, Any]) -> dict[str, Any]:
    who = annotation.provenance
    about = {"acceptanceTime": who.accepted, "submissionTime": who.submitted, "timeSpentInSeconds": who.seconds}
    identity = {"identityProviderType": who.provider, "issuer": who.issuer, "sub": who.subject}
    return {
        "answerContent": dict(content),
        "workerId": who.annotator,
        "workerMetadata": {"identityData": {name: text for name, text in identity.items() if text}},
        **{name: value for name, value in about.items() if value not in ("", None)},
    }


class GroundTruthSample(GroundTruth):
    """The same with annotations in the shape of the published sample, for what reads that: tags in streams."""

    name = "ground-truth-sample"
    title = "Ground Truth answers of the published sample"
    suffixes = ()
    keeps_ids = False

    def sniff(self, head: bytes) -> bool:
        return False  # the other reads them

    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        try:
            read = read_answer(_stored(annotation, _sample(annotation)))
        except AnswerError as error:
            raise FormatError(f"the sample's shape does not hold the annotation: {error}") from None
        tracks = {(track.category, track.tag): track for track in annotation.tracks}
        names = {track.id: tracks[track.category, track.tag].id for track in read.tracks}
        # Ids are by category and place there.
        counts: dict[str, int] = {}
        ids = {}
        for segment in annotation.segments:
            category = next(track.category for track in annotation.tracks if track.id == segment.track)
            counts[category] = counts.get(category, 0) + 1
            ids[f"{category}-{counts[category]}"] = segment.id
        return msgspec.structs.replace(
            read,
            tracks=[
                msgspec.structs.replace(track, id=names[track.id], position=place)
                for place, track in enumerate(read.tracks)
            ],
            segments=[
                msgspec.structs.replace(segment, id=ids[segment.id], track=names[segment.track])
                for segment in read.segments
            ],
            provenance=msgspec.structs.replace(annotation.provenance, media=""),
        )

    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        answers = [_stored(one, _sample(one)) for one in annotations]
        path.write_bytes(msgspec.json.encode({"answers": answers}))


def _sample(annotation: Annotation) -> dict[str, Any]:
    tracks = {track.id: track for track in annotation.tracks}
    streams: dict[str, list[dict[str, Any]]] = {}
    for segment in annotation.segments:
        if segment.track not in tracks:
            raise FormatError(f"segment {segment.id!r} is on a track {segment.track!r} that there is not")
        track = tracks[segment.track]
        entry = {**segment.fields, "id": track.tag, "start": segment.start, "end": segment.end}
        streams.setdefault(track.category, []).append(entry)
    content = {
        name: dict.fromkeys(value, True) if isinstance(value, list) else value
        for name, value in annotation.content.items()
    }
    return {**content, "annotations": {"streams": streams}}


FORMAT = GroundTruth()
