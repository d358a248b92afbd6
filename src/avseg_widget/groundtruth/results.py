"""Reads what annotators handed in, out of the files of a job. Knows the answers' shapes by `read_answer` only."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

import msgspec

from ..errors import AnswerError, ManifestError
from ..formats.answer import provenance_of, read_answer
from ..model import Annotation, Provenance, Task
from .line_checks import MEDIA_KEYS
from .lines import Entry, read_entries
from .places import NotThereError, Store, Where, is_s3
from .results_folder import RESPONSE_REF, ResponseFiles, find_manifest

#: Answers fetched from S3 at the same time, and items read ahead.
_THREADS, _AHEAD = 8, 32
#: What tells that an attribute is a label's metadata, in both spellings that Ground Truth has.
_METADATA_KEYS = {"human-annotated", "job-name", "job_name", "creation-date", "creation_date", RESPONSE_REF}
#: Where a label holds the answers themselves, as AWS's own pass-through function and ours write it.
_ALL_ANSWERS = "annotationsFromAllWorkers"

Status = Literal["answered", "consolidated", "unreadable", "unlabeled", "failed"]


class Result(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer of one worker, one label made of several, or why there is none.

    Parameters
    ----------
    item
        The place of the item in the manifest, from 0.
    line
        The item's line, without the label.
    status
        ``"answered"`` by a worker, ``"consolidated"`` out of workers' answers, ``"unreadable"`` for an answer that is
        there but cannot be read, ``"unlabeled"`` for an item without one, ``"failed"`` for one that Ground Truth gave
        up.
    annotation
        What was answered; who, when and of what are in its ``provenance``. None where the status says so.
    reason
        Why there is no annotation.
    label
        What else a post-annotation Lambda says of a consolidated one, such as its ``agreement``.
    raw
        The unreadable answer as it was found.
    """

    item: int
    line: dict[str, Any]
    status: Status
    annotation: Annotation | None = None
    reason: str = ""
    label: dict[str, Any] = {}
    raw: Any = None


def read_results(
    source: Where, task: Task | None = None, *, attribute: str = "", client: Any = None
) -> Iterator[Result]:
    """Yield the answers of all workers, item by item in the order of the manifest; nothing is held in memory.

    Parameters
    ----------
    source
        An output manifest, or the folder of a job with ``manifests/output/output.manifest``: a local path or an
        ``s3://`` URI. Of a folder that was downloaded the answers are read from there, whatever the manifest says of
        their place.
    task
        When given, annotations must fit it; see :func:`read_answer`.
    attribute
        The job's label attribute, where a manifest holds those of several.
    client
        A boto3 client of S3.

    Raises
    ------
    ManifestError
        When the manifest cannot be read, S3 refuses, or it is not clear which attribute is the label. An item's own
        faults are results.
    """
    store = Store(client)
    manifest = find_manifest(str(source), store)
    reader = _Reader(ResponseFiles(manifest, store), task, attribute)
    with store.open(manifest) as file:
        entries = read_entries(file)
        if is_s3(manifest):
            yield from _ahead(reader.read, entries)
        else:
            for entry in entries:
                yield from reader.read(entry)


def _ahead(read: Callable[[Entry], list[Result]], entries: Iterator[Entry]) -> Iterator[Result]:
    """Read items in their order, some at the same time, as each needs a request or more."""
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: deque[Future[list[Result]]] = deque()
        try:
            for entry in entries:
                waiting.append(pool.submit(read, entry))
                if len(waiting) == _AHEAD:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


class _Reader:
    """Reads the results of one item after the other."""

    def __init__(self, files: ResponseFiles, task: Task | None, attribute: str) -> None:
        self._files = files
        self._task = task
        self._attribute = attribute

    def read(self, entry: Entry) -> list[Result]:
        item = entry.number - 1
        if entry.value is None:
            return [Result(item=item, line={}, status="unreadable", reason=f"line {entry.number} {entry.problem}")]
        attribute = self._attribute or _label_attribute(entry)
        own = {attribute, f"{attribute}-metadata"} if attribute else set()
        line = {key: value for key, value in entry.value.items() if key not in own}
        metadata = entry.value.get(f"{attribute}-metadata") if attribute else None
        item_reader = _ItemReader(item, line, self._task)
        if isinstance(metadata, Mapping) and (reason := _failure(metadata)):
            return [item_reader.result("failed", reason=reason)]
        label = entry.value.get(attribute) if attribute else None
        ref = metadata.get(RESPONSE_REF) if isinstance(metadata, Mapping) else None
        found: list[Result] = []
        if ref is not None:
            found += item_reader.referred(self._files, ref)
        elif metadata is not None or label:
            found += item_reader.answers(self._files.of_item(_place(label, item))) or item_reader.embedded(label)
        is_passed_through = isinstance(label, Mapping) and _ALL_ANSWERS in label and "annotations" not in label
        if label and not is_passed_through:
            found.append(item_reader.consolidated(label))
        return found or [item_reader.result("unlabeled", reason="nobody has answered it")]


class _ItemReader:
    """Makes the results of one item."""

    def __init__(self, item: int, line: dict[str, Any], task: Task | None) -> None:
        self._item = item
        self._line = line
        self._task = task
        media = next((line[key] for key in MEDIA_KEYS if key in line), "")
        self._media = media if isinstance(media, str) else ""

    def result(self, status: Status, **more: Any) -> Result:
        return Result(item=self._item, line=self._line, status=status, **more)

    def referred(self, files: ResponseFiles, ref: Any) -> list[Result]:
        try:
            found = self.answers([files.read_ref(ref)])
        except (NotThereError, AnswerError) as error:
            return [self.result("unreadable", reason=str(error), raw={RESPONSE_REF: ref})]
        return found or [self.result("unlabeled", reason=f"the worker response {ref!r:.200} holds no answer")]

    def answers(self, responses: Iterable[bytes]) -> list[Result]:
        """Read the answers in worker responses; one that is there twice is read once."""
        found: list[Result] = []
        seen = set()
        for response in responses:
            try:
                answers = _answers_in(response)
            except AnswerError as error:
                found.append(self.result("unreadable", reason=str(error), raw=response.decode("utf-8", "replace")))
                continue
            for answer in answers:
                text = json.dumps(answer, sort_keys=True)
                if text not in seen:
                    found.append(self._answer(answer))
                seen.add(text)
        return found

    def embedded(self, label: Any) -> list[Result]:
        """Read the answers that a label holds as they are: those of a Lambda that passes them through."""
        answers = label.get(_ALL_ANSWERS) if isinstance(label, Mapping) else None
        found = []
        for answer in answers if isinstance(answers, list) else []:
            data = answer.get("annotationData") if isinstance(answer, Mapping) else None
            content = data.get("content") if isinstance(data, Mapping) else None
            kept = {"workerId": answer.get("workerId"), "answerContent": content} if content is not None else answer
            found.append(self._answer(kept))
        return found

    def consolidated(self, label: Any) -> Result:
        try:
            annotation = read_answer(label, self._task)
        except AnswerError as error:
            return self.result("unreadable", reason=f"the consolidated label: {error}", raw={"label": label})
        annotation = msgspec.structs.replace(annotation, provenance=Provenance(media=self._media))
        more = {key: value for key, value in label.items() if key != "annotations"} if isinstance(label, dict) else {}
        return self.result("consolidated", annotation=annotation, label=more)

    def _answer(self, answer: Any) -> Result:
        try:
            annotation = read_answer(answer, self._task)
        except AnswerError as error:
            who = answer.get("workerId") if isinstance(answer, Mapping) else None
            return self.result("unreadable", reason=f"the answer of worker {who!r:.200}: {error}", raw=answer)
        provenance = (
            provenance_of(answer, self._media) if isinstance(answer, Mapping) else Provenance(media=self._media)
        )
        return self.result("answered", annotation=msgspec.structs.replace(annotation, provenance=provenance))


def _label_attribute(entry: Entry) -> str:
    """Find the attribute that a job labeled; empty where no job did."""
    names = [
        key.removesuffix("-metadata")
        for key, value in (entry.value or {}).items()
        if key.endswith("-metadata") and isinstance(value, Mapping) and (_METADATA_KEYS & set(value) or _failure(value))
    ]
    if len(names) > 1:
        given = ", ".join(map(repr, names))
        raise ManifestError(
            f"line {entry.number} holds the labels {given}: name one, for example attribute={names[-1]!r}"
        )
    return names[0] if names else ""


def _failure(metadata: Mapping[str, Any]) -> str:
    """Return the reason for which an item failed; its key is not documented."""
    return next((str(value) or key for key, value in metadata.items() if "fail" in key.lower()), "")


def _place(label: Any, item: int) -> str:
    """Return the name that Ground Truth gave an item: its place, unless our post-annotation Lambda was told another."""
    told = label.get("item") if isinstance(label, Mapping) else None
    return told if isinstance(told, str) and told.isdecimal() else str(item)


def _answers_in(response: bytes) -> list[Any]:
    try:
        value = json.loads(response)
    except (ValueError, RecursionError) as error:
        raise AnswerError(f"the worker response is not JSON: {error}") from None
    answers = value.get("answers") if isinstance(value, Mapping) else value
    if not isinstance(answers, list):
        raise AnswerError(f"the worker response must be an object with a list of answers, not {value!r:.80}")
    return answers
