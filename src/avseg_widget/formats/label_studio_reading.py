"""Makes annotations of Label Studio's tasks. Knows the shapes of its results; no file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from .. import fields as kinds
from ..errors import AnnotationError, FormatError
from ..fields import Field, FieldValue
from ..model import Annotation, Origin, Provenance, Segment, Task, Track
from .table_reading import fitting_name, number

#: Our own word in the ``meta`` of a result.
OURS = "avseg"
#: Frames in a second where nothing says otherwise: the default of Label Studio's ``Video`` control.
_FRAME_RATE = 24.0
_ORIGINS = {"prediction": "accepted", "prediction-changed": "corrected"}
_UNLABELED = "region"


class _Result(NamedTuple):
    """One result with the place that it is at; ``spans`` are in seconds, empty for what is of the whole."""

    path: str
    id: str
    name: str
    type: str
    value: Mapping[str, Any]
    item: Mapping[str, Any]
    spans: list[tuple[float, float]]


class _Said(NamedTuple):
    """An annotation or prediction as it is in the file, with what it says."""

    path: str
    media: str
    about: Mapping[str, Any]
    results: list[_Result]
    predicted: bool


class Reader:
    """Reads the tasks of a file.

    Raises
    ------
    FormatError
        When something is not as Label Studio has it; says where in the JSON, and what is there.
    """

    def __init__(self, file: str, task: Task | None) -> None:
        self._file = file
        self._notes: Counter[str] = Counter()
        self._fields = {
            True: {field.name: field for field in task.segment_fields} if task else {},
            False: {field.name: field for field in task.content_fields} if task else {},
        }
        self._several: set[str] = set()

    def read(self, tasks: Any) -> list[Annotation]:
        """Return the annotations of all tasks in their order, each followed by its predictions."""
        listed = tasks if isinstance(tasks, list) else [tasks]
        found = [one for place, task in enumerate(listed) for one in self._of_task(task, f"[{place}]")]
        # Choices look alike, so what takes several is what was ever given another number than one.
        self._several = {
            result.name
            for one in found
            for result in one.results
            if result.type == "choices" and len(_texts(result.value.get("choices"))) != 1
        }
        return [self._annotation(one) for one in found]

    def notes(self) -> list[str]:
        """Return what was read otherwise than it is, and what was not read, in words."""
        return [text if count == 1 else f"{text} ({count} times)" for text, count in self._notes.items()]

    def _wrong(self, path: str, what: str) -> FormatError:
        return FormatError(f"{self._file}: {path}: {what}")

    def _object(self, value: Any, path: str) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self._wrong(path, f"must be an object, not {value!r:.80}")
        return value

    def _list(self, value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            raise self._wrong(path, f"must be a list, not {value!r:.80}")
        return value

    def _of_task(self, task: Any, path: str) -> Iterator[_Said]:
        task = self._object(task, path)
        if "result" in task and isinstance(task.get("task"), Mapping):  # as target storage has one annotation
            task = {**task["task"], "annotations": [task]}
        if "data" not in task:
            raise self._wrong(path, "has no 'data', so it is no task of Label Studio; export as JSON, not as JSON_MIN")
        data = self._object(task["data"], f"{path}.data")
        media = _media(data)
        for key in ("annotations", "completions", "predictions"):
            for place, one in enumerate(self._list(task.get(key) or [], f"{path}.{key}")):
                where = f"{path}.{key}[{place}]"
                if isinstance(one, int):  # exports may name predictions only
                    self._notes[f"{key} that are named only, not exported, are left out"] += 1
                    continue
                one = self._object(one, where)  # noqa: PLW2901
                items = self._list(one.get("result") or [], f"{where}.result")
                results = [self._result(item, f"{where}.result[{at}]", data) for at, item in enumerate(items)]
                yield _Said(where, media, one, [result for result in results if result], key == "predictions")

    def _result(self, item: Any, path: str, data: Mapping[str, Any]) -> _Result | None:
        item = self._object(item, path)
        type_ = item.get("type")
        if type_ == "relation" or "value" not in item:
            self._notes[f"results of the type {type_!r:.40} are left out"] += 1
            return None
        value = self._object(item["value"], f"{path}.value")
        spans: list[tuple[float, float]] = []
        try:
            if "ranges" in value:
                rate = self._frame_rate(value, data)
                for span in self._list(value["ranges"], f"{path}.value.ranges"):
                    span = self._object(span, f"{path}.value.ranges")  # noqa: PLW2901
                    first, last = number(span.get("start"), "start"), number(span.get("end"), "end")
                    spans.append(((first - 1) / rate, last / rate))  # frames count from 1, the last is in it
            elif "start" in value or "end" in value:
                spans.append((number(value.get("start"), "start"), number(value.get("end"), "end")))
        except AnnotationError as error:
            raise self._wrong(f"{path}.value", str(error)) from None
        id_, name = item.get("id"), item.get("from_name")
        return _Result(path, id_ if isinstance(id_, str) else path, str(name or type_), str(type_), value, item, spans)

    def _frame_rate(self, value: Mapping[str, Any], data: Mapping[str, Any]) -> float:
        frames, seconds = value.get("framesCount"), value.get("duration")
        if frames is not None and seconds is not None and number(seconds, "duration") > 0:
            rate = number(frames, "framesCount") / number(seconds, "duration")
        else:
            given = data.get("fps", data.get("frameRate"))
            rate = _FRAME_RATE if given is None else number(given, "fps")
            if given is None:
                self._notes[f"frames are read as {_FRAME_RATE:g} in a second, Label Studio's default"] += 1
        if rate <= 0:
            raise AnnotationError(f"a frame rate is above 0, not {rate!r}")
        return rate

    def _annotation(self, said: _Said) -> Annotation:
        regions = _Regions(said)
        content: dict[str, FieldValue] = {}
        spanned = {result.id for result in said.results if result.spans}
        try:
            for result in said.results:
                is_region = bool(result.spans) or result.id in spanned
                if result.type.endswith("labels") or result.type == "labels":
                    regions.label(result, _texts(result.value.get(result.type)))
                    continue
                name = fitting_name(result.name)
                answer = self._answer(result, self._fields[is_region].get(name))
                if answer is None:
                    self._notes[f"results of the type {result.type!r:.40} are left out"] += 1
                elif is_region:
                    regions.answer(result, name, answer)
                else:
                    content[name] = answer
            if said.about.get("was_cancelled"):
                self._notes["annotations that were skipped by their annotator are read like others"] += 1
            return regions.annotation(content)
        except AnnotationError as error:
            raise self._wrong(said.path, str(error)) from None

    def _answer(self, result: _Result, field: Field | None) -> FieldValue | None:
        if result.type == "choices":
            return self._chosen(result, field)
        value = result.value.get("text" if result.type == "textarea" else result.type)
        if result.type == "textarea":
            value = "\n".join(_texts(value)) if isinstance(value, list) else value
        if result.type == "taxonomy" and isinstance(value, list):
            return [" / ".join(_texts(one)) for one in value]
        if result.type in ("textarea", "datetime") and isinstance(value, str):
            return value
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return value if is_number and result.type in ("number", "rating") else None

    def _chosen(self, result: _Result, field: Field | None) -> FieldValue | None:
        chosen = _texts(result.value.get("choices"))
        kind = _ours(result.item)
        if kind == "flag" or isinstance(field, kinds.Checkbox):
            return chosen[0].lower() not in ("false", "no") if chosen else None
        if kind == "list" or isinstance(field, (kinds.MultiSelect, kinds.Checkboxes)):
            return chosen
        one = len(chosen) == 1 and (kind == "choice" or field is not None or result.name not in self._several)
        return chosen[0] if one else chosen


class _Regions:
    """Gathers the regions of one annotation with their labels and answers."""

    def __init__(self, said: _Said) -> None:
        self._said = said
        self._about = said.about
        self._labels: dict[str, list[tuple[Track, tuple[float, float], _Result]]] = {}
        self._fields: dict[str, dict[str, FieldValue]] = {}
        self._unlabeled: dict[str, _Result] = {}

    def label(self, result: _Result, tags: list[str]) -> None:
        found = self._labels.setdefault(result.id, [])
        for tag in tags or [_UNLABELED]:
            track = Track(result.name, tag)
            found.extend((track, span, result) for span in result.spans)

    def answer(self, result: _Result, name: str, value: FieldValue) -> None:
        self._fields.setdefault(result.id, {})[name] = value
        if result.spans:
            self._unlabeled.setdefault(result.id, result)

    def annotation(self, content: dict[str, FieldValue]) -> Annotation:
        for id_, result in self._unlabeled.items():
            if id_ not in self._labels:
                self.label(result._replace(name=_UNLABELED), [])
        tracks: dict[str, Track] = {}
        segments: dict[str, Segment] = {}
        for id_, labels in self._labels.items():
            for track, (start, end), result in labels:
                tracks.setdefault(track.id, track)
                own = id_ if id_ not in segments else f"{id_}-{len(segments) + 1}"
                try:
                    segment = Segment(track.id, start, end, self._fields.get(id_, {}), own, self._origin(result))
                except AnnotationError as error:
                    raise AnnotationError(f"{result.path.rpartition('.')[2]}: {error}") from None
                segments[segment.id] = segment
        return Annotation(list(tracks.values()), list(segments.values()), content, self._provenance())

    def _origin(self, result: _Result) -> Origin | None:
        ours = _ours(result.item)
        if isinstance(ours, Mapping):
            try:
                return msgspec.convert(ours, Origin)
            except msgspec.ValidationError as error:
                raise AnnotationError(f"meta.{OURS}: {error}") from None
        if self._said.predicted:
            score = result.item.get("score", self._about.get("score"))
            within = isinstance(score, (int, float)) and not isinstance(score, bool) and 0 <= score <= 1
            return Origin(str(self._about.get("model_version") or "prediction"), "suggested", score if within else None)
        status: Any = _ORIGINS.get(str(result.item.get("origin")))
        return None if status is None else Origin("label-studio", status)

    def _provenance(self) -> Provenance:
        if self._said.predicted:
            return Provenance(media=self._said.media)
        seconds = self._about.get("lead_time")
        return Provenance(
            annotator=annotator_of(self._about.get("completed_by")),
            media=self._said.media,
            accepted=_text(self._about.get("draft_created_at")),
            submitted=_text(self._about.get("created_at")),
            seconds=None if seconds is None else number(seconds, "lead_time"),
        )


def annotator_of(user: Any) -> str:
    """Return who a user of Label Studio is: by mail, else by number."""
    if isinstance(user, Mapping):
        user = user.get("email") or user.get("id")
    return str(user) if isinstance(user, (str, int)) and not isinstance(user, bool) else ""


def _media(data: Mapping[str, Any]) -> str:
    for key in ("audio", "video", "url"):
        if isinstance(data.get(key), str):
            return str(data[key])
    texts = [value for value in data.values() if isinstance(value, str)]
    return texts[0] if len(texts) == 1 else ""


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _ours(item: Mapping[str, Any]) -> Any:
    meta = item.get("meta")
    return meta.get(OURS) if isinstance(meta, Mapping) else None
