"""The files of a job as Ground Truth lays them out: found, read and written. Knows no annotation.

``manifests/output/output.manifest``, and ``annotations/worker-response/iteration-<n>/<item>/<time>.json`` with the
answers of all workers to one item.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import AnswerError, ManifestError
from . import limits
from .lines import Line, write_line
from .places import NotThereError, Store, is_s3, replaced

RESPONSE_REF = "worker-response-ref"

_MANIFEST = "manifests/output/output.manifest"
_RESPONSES = "annotations/worker-response"
_RESPONSE = re.compile(rf"(?:.*/)?{_RESPONSES}/(iteration-\d+)/(\d+)/([^/\\]+\.json)", re.DOTALL)
_ITERATION = re.compile(r"iteration-(\d+)")
#: What stands for a colon in names on Windows, which knows none.
_COLONS = (":", "_", "-", "%3A", "\uf03a")


def find_manifest(source: str, store: Store) -> str:
    """Return where the output manifest is, given itself or the folder of its job."""
    if is_s3(source):
        is_file = not source.endswith("/") and store.head(source) is not None
        return source if is_file else f"{source.rstrip('/')}/{_MANIFEST}"
    path = Path(source).absolute()
    if not path.is_dir():
        return str(path)
    found = [place for place in (path / _MANIFEST, path / "output.manifest") if place.is_file()]
    return str(found[0] if found else path / _MANIFEST)


def _root_of(manifest: str) -> str:
    """Return the folder of the job that a manifest lies in, with a slash at its end; intermediate ones lie deeper."""
    if is_s3(manifest):
        found = re.match(r"(.*/)(?:manifests|annotations)/", manifest, re.DOTALL)
        return found[1] if found else manifest.rpartition("/")[0] + "/"
    parents = list(Path(manifest).parents)
    near = (folder for folder in parents[:4] if (folder / _RESPONSES).is_dir())
    return next(near, parents[0]).as_posix().rstrip("/") + "/"


class ResponseFiles:
    """The worker responses of the job that an output manifest is of."""

    def __init__(self, manifest: str, store: Store) -> None:
        self._store = store
        self._is_far = is_s3(manifest)
        self._root = _root_of(manifest)
        self._iterations: list[str] | None = None

    def read_ref(self, ref: Any) -> bytes:
        """Read the response that a manifest refers to: beside a local manifest if it is there, else from S3.

        Raises
        ------
        NotThereError
            When it is not there.
        AnswerError
            When the reference is none.
        """
        parts = _RESPONSE.fullmatch(ref) if isinstance(ref, str) else None
        if parts is not None and not self._is_far:
            folder = Path(self._root, _RESPONSES, parts[1], parts[2])
            for name in dict.fromkeys(parts[3].replace(":", colon) for colon in _COLONS):
                if (folder / name).is_file():
                    return (folder / name).read_bytes()
        where = f"{self._root}{_RESPONSES}/{'/'.join(parts.groups())}" if parts is not None and not is_s3(ref) else ref
        if not is_s3(where):
            if parts is None:
                raise AnswerError(f"{RESPONSE_REF} is no place of a worker response: {ref!r:.200}")
            raise NotThereError(f"there is no worker response {where}")
        with self._store.open(where) as file:
            return file.read()

    def of_item(self, item: str) -> Iterator[bytes]:
        """Read all responses to an item, in the order of the iterations."""
        for iteration in self._all_iterations():
            where = f"{self._root}{_RESPONSES}/{iteration}/{item}/"
            if self._is_far:
                for uri, _size in self._store.objects(where):
                    with self._store.open(uri) as file:
                        yield file.read()
            else:
                for path in sorted(Path(where).glob("*.json")):
                    yield path.read_bytes()

    def _all_iterations(self) -> list[str]:
        if self._iterations is None:
            folder = f"{self._root}{_RESPONSES}/"
            if self._is_far:
                names = self._store.folders(folder)
            else:
                names = [path.name for path in Path(folder).glob("iteration-*")]
            found = sorted((int(match[1]), name) for name in names if (match := _ITERATION.fullmatch(name)))
            self._iterations = [name for _number, name in found]
        return self._iterations


class ResultsFolder:
    """A folder that results are written to as Ground Truth does, by one writer at a time.

    Each file appears as a whole; what lies there after a crash is what was written before.

    Parameters
    ----------
    folder
        The job's; made when it is not there.
    attribute
        The name of the label in the output manifest.
    job
        The job's name.

    Raises
    ------
    ManifestError
        When Ground Truth does not take one of the names.
    """

    def __init__(self, folder: Any, *, attribute: str = "avseg", job: str = "local") -> None:
        if problem := limits.LABEL_ATTRIBUTE.problem(attribute) or limits.JOB_NAME.problem(job):
            raise ManifestError(problem)
        self.folder = Path(folder).absolute()
        self._attribute = attribute
        self._job = job

    @property
    def manifest(self) -> Path:
        """Where the output manifest is."""
        return self.folder / _MANIFEST

    def answers(self, item: int) -> list[Any]:
        """Return the answers to an item, from 0, in the order in which they came."""
        path = self._response(item)
        found: list[Any] = json.loads(path.read_bytes())["answers"] if path is not None else []
        return found

    def add_answer(self, item: int, answer: Mapping[str, Any]) -> str:
        """Add one worker's answer, as Ground Truth stores it, to those to an item; return the reference to them.

        One that is there already, as after a crash, is not added again.
        """
        answers = self.answers(item)
        return self.write_answers(item, answers if answer in answers else [*answers, answer])

    def write_answers(self, item: int, answers: Iterable[Any]) -> str:
        """Write all answers to an item, in place of those that are there; return the reference to them, "" for none."""
        given = list(answers)
        path = self._response(item) or self._folder_of(item) / f"{_file_name(given)}.json"
        if not given:
            path.unlink(missing_ok=True)
            return ""
        with replaced(path) as file:
            file.write(write_line({"answers": given}).encode("utf-8"))
        return path.relative_to(self.folder).as_posix()

    def ref(self, item: int) -> str:
        """Return the reference to the answers to an item, "" for none."""
        path = self._response(item)
        return path.relative_to(self.folder).as_posix() if path is not None else ""

    def write_manifest(self, lines: Iterable[Mapping[str, Any]]) -> Path:
        """Write the output manifest for an input's lines: which items have answers, and where they are."""
        return self.write_lines(self.output_line(line, item) for item, line in enumerate(lines))

    def write_lines(self, lines: Iterable[Mapping[str, Any]]) -> Path:
        """Write lines of an output manifest as they are."""
        with replaced(self.manifest) as file:
            for line in lines:
                file.write(write_line(line).encode("utf-8") + b"\n")
        return self.manifest

    def output_line(
        self,
        line: Mapping[str, Any],
        item: int,
        *,
        label: Mapping[str, Any] | None = None,
        failure: str = "",
        ref: str = "",
        created: str = "",
    ) -> Line:
        """Return an item's line of the output manifest; one that nobody answered stays as it was.

        ``ref`` is where the answers are, by default where this folder has them; a consolidated ``label`` has none.
        ``created`` is the time of the label, by default the last answer's.
        """
        name = f"{self._attribute}-metadata"
        plain = {key: value for key, value in line.items() if key not in {self._attribute, name}}
        metadata = {"job_name": self._job, "type": "groundTruth/custom", "human-annotated": "yes"}
        if failure:
            return {**plain, name: {**metadata, "failure-reason": failure}}
        place = ref or self.ref(item)
        if label is None and not place:
            return plain
        metadata["creation_date"] = created or self._last_time(item)
        if label is None:
            metadata[RESPONSE_REF] = place
        return {**plain, self._attribute: label or {}, name: metadata}

    def _last_time(self, item: int) -> str:
        times = [answer.get("submissionTime") for answer in self.answers(item) if isinstance(answer, Mapping)]
        return max((time for time in times if isinstance(time, str)), default="")

    def _folder_of(self, item: int) -> Path:
        return self.folder / _RESPONSES / "iteration-1" / str(int(item))

    def _response(self, item: int) -> Path | None:
        return next(iter(sorted(self._folder_of(item).glob("*.json"))), None)


def _file_name(answers: list[Any]) -> str:
    """Name a response by its first answer's time, without what a file's name must not hold."""
    time = answers[0].get("submissionTime") if answers and isinstance(answers[0], Mapping) else ""
    return re.sub(r"[^0-9]+", "-", str(time or ""))[:40].strip("-") or "answers"
