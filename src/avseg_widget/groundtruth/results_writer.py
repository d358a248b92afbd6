"""Writes results as the files of a job. Knows the layout by `ResultsFolder` only."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..errors import ManifestError
from ..model import Annotation, Provenance
from .lines import Line
from .results import Result
from .results_folder import RESPONSE_REF, ResultsFolder


def write_results(folder: Any, results: Iterable[Result], *, attribute: str = "avseg", job: str = "local") -> Path:
    """Write results as Ground Truth does, so that :func:`read_results` gives them back; return the output manifest.

    The results of one item must follow one another, as ``read_results`` yields them; items are numbered anew.

    Parameters
    ----------
    folder
        The job's: ``manifests/output/output.manifest`` and
        ``annotations/worker-response/iteration-1/<item>/<time>.json`` are written in it.
    results
        What to write. They are gone through once.
    attribute, job
        The name of the label in the manifest, and of the job.

    Raises
    ------
    ManifestError
        When a name or a value cannot be written, an item is there twice, or the folder holds results already.
    """
    target = ResultsFolder(folder, attribute=attribute, job=job)
    if target.manifest.exists():
        raise ManifestError(f"{target.folder} holds results already: choose another folder")
    return target.write_lines(_lines(target, results))


def answer_of(annotation: Annotation) -> dict[str, Any]:
    """Return an annotation as Ground Truth would store it, its provenance as what the service says of the worker."""
    made = annotation.provenance
    plain = msgspec.structs.replace(annotation, provenance=Provenance())
    answer: dict[str, Any] = {"answerContent": {"annotations": msgspec.json.encode(plain).decode()}}
    named = {
        "acceptanceTime": made.accepted,
        "submissionTime": made.submitted,
        "timeSpentInSeconds": made.seconds,
        "workerId": made.annotator,
    }
    answer |= {key: value for key, value in named.items() if value not in {"", None}}
    named = {"identityProviderType": made.provider, "issuer": made.issuer, "sub": made.subject}
    if identity := {key: value for key, value in named.items() if value}:
        answer["workerMetadata"] = {"identityData": identity}
    return dict(sorted(answer.items()))


def _lines(target: ResultsFolder, results: Iterable[Result]) -> Iterator[Line]:
    seen: set[int] = set()
    for number, (item, group) in enumerate(itertools.groupby(results, key=lambda result: result.item)):
        if item in seen:
            raise ManifestError(f"the results of item {item} do not follow one another: sort them by item")
        seen.add(item)
        yield _line(target, number, list(group))


def _line(target: ResultsFolder, item: int, results: list[Result]) -> Line:
    answers = []
    label: dict[str, Any] | None = None
    failure = ref = ""
    for result in results:
        raw = result.raw if isinstance(result.raw, Mapping) else {}
        if result.status == "failed":
            failure = result.reason or "unknown"
        elif result.status == "consolidated" and result.annotation is not None:
            label = {**result.label, "annotations": msgspec.to_builtins(result.annotation)}
        elif result.annotation is not None:
            answers.append(answer_of(result.annotation))
        elif "label" in raw:
            label = raw["label"]
        elif isinstance(raw.get(RESPONSE_REF), str):
            ref = raw[RESPONSE_REF]
        elif result.raw is not None:
            answers.append(result.raw)
    target.write_answers(item, answers)
    return target.output_line(results[0].line, item, label=label, failure=failure, ref=ref)
