"""A labeling job of Ground Truth: checked, created, followed, stopped, read. Knows no stack."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any, Literal

import msgspec

from ..errors import JobError
from ..model import Task
from .aws_session import Aws, asked, poll
from .deployment import Deployment, find_deployment
from .job_request import JobOptions, job_problems, job_request, price_of
from .line_checks import MEDIA_KEYS, MOST_TOLD, REF_KEYS
from .manifest import Manifest
from .places import Where, is_s3
from .progress_bar import ProgressBar
from .results import Result, read_results
from .workteams import find_team

Status = Literal["Initializing", "InProgress", "Completed", "Failed", "Stopping", "Stopped"]

#: Seconds between two looks at a job.
EVERY = 30.0
_KEYS = (*MEDIA_KEYS, *REF_KEYS)
_OVER = {"Completed", "Failed", "Stopped"}


class JobStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is.

    Parameters
    ----------
    name, status
        The job, and Ground Truth's word for how it is.
    labeled, failed, unlabeled
        Items of each kind; all 0 while it is ``"Initializing"``.
    reason
        Why it failed.
    output
        The output manifest, there or yet to come.
    """

    name: str
    status: Status
    labeled: int = 0
    failed: int = 0
    unlabeled: int = 0
    reason: str = ""
    output: str = ""

    @property
    def total(self) -> int:
        """All items."""
        return self.labeled + self.failed + self.unlabeled

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.status in _OVER

    def __str__(self) -> str:
        failed = f", {self.failed:,} failed" if self.failed else ""
        reason = f": {self.reason}" if self.reason else ""
        return f"{self.name}: {self.status}, {self.labeled:,} of {self.total:,} labeled{failed}{reason}"


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What the public workforce is paid, in US dollars; AWS's own charges come on top.

    ``so_far`` is for the items that are labeled: tasks of others may be done too. ``at_most`` is for all items.
    """

    per_task: Decimal
    workers: int
    so_far: Decimal
    at_most: Decimal


class LabelingJob:
    """A job by its name; made by :meth:`create`, or before.

    Parameters
    ----------
    name
        Of the job.
    region, session
        Where it is, and a boto3 session for another account than the default one.
    """

    def __init__(self, name: str, *, region: str = "", session: Any = None) -> None:
        self.name = name
        self._aws = Aws(session, region)

    def __repr__(self) -> str:
        return f"LabelingJob({self.name!r}, region={self._aws.region!r})"

    @classmethod
    def create(
        cls,
        name: str,
        task: Task,
        manifest: Manifest | Where,
        workteam: str,
        *,
        deployment: Deployment | str = "avseg",
        region: str = "",
        session: Any = None,
        dry_run: bool = False,
        **options: Any,
    ) -> LabelingJob:
        """Check everything that can be checked, upload the template, and create the job.

        Parameters
        ----------
        name
            1 to 63 letters, digits and hyphens; no other job of the account in the region, whatever its case.
        task
            What annotators are asked.
        manifest
            An uploaded manifest, or where it is in S3.
        workteam
            A team's ARN, the name of a private one, or ``"public"``; see :func:`list_workteams`.
        deployment
            What :func:`deploy` returned, or the name of its stack.
        region, session
            See :class:`LabelingJob`; the deployment's region when empty.
        dry_run
            Only check; the job that is returned is not there.
        **options
            See :class:`~avseg_widget.groundtruth.job_request.JobOptions`.

        Raises
        ------
        JobError
            When something is not right, with all of it in ``problems``, or AWS refuses.
        StackError, ManifestError, TaskError
            When the deployment is not there, the manifest cannot be read, or the template gets too long.
        """
        chosen = _options(options)
        if isinstance(deployment, str):
            deployment = find_deployment(deployment, region=region, session=session)
        aws = Aws(session, region or deployment.region)
        source = manifest if isinstance(manifest, Manifest) else Manifest.read(manifest, client=aws.s3)
        if not is_s3(source.place):
            raise JobError("the manifest is not in S3: call its method upload, and give what that returns")
        text = deployment.template(task).encode()
        digest = hashlib.sha256(text).hexdigest()
        template = f"s3://{deployment.bucket}/{deployment.input_prefix}templates/{digest[:16]}.liquid.html"
        team = find_team(aws, workteam)
        request = job_request(
            name, task, chosen, manifest=source.place, team=team, template=template, deployment=deployment
        )
        _refuse(name, job_problems(request, aws.region, aws.store.region))
        _refuse(name, _line_problems(source, task, deployment, chosen.attribute))
        if not dry_run:
            aws.store.put(template, text, ContentType="text/html; charset=utf-8")
            _create(aws, request)
        return cls(name, region=aws.region, session=aws.session)

    def status(self) -> JobStatus:
        """Ask how far the job is.

        Raises
        ------
        JobError
            When there is no such job, or AWS refuses.
        """
        return _status(self._describe())

    def wait(
        self, *, every: float = EVERY, timeout: float | None = None, progress: ProgressBar | None = None
    ) -> JobStatus:
        """Wait until the job is over, showing how far it is; a job that failed is no error here.

        Parameters
        ----------
        every, timeout
            Seconds between two looks, and seconds to wait at most.
        progress
            Where to show it; a bar in a notebook, lines on standard error elsewhere, when None.

        Raises
        ------
        JobError
            When it is not over in time.
        """
        bar = progress or ProgressBar()

        def ask() -> JobStatus | None:
            found = self.status()
            failed = f", {found.failed:,} failed" if found.failed else ""
            bar.show(found.labeled + found.failed, found.total, f"{self.name}: {found.status}{failed}")
            return found if found.is_over else None

        try:
            return poll(ask, every=every, timeout=timeout, late="")
        except TimeoutError:
            raise JobError(f"the job {self.name} is not over after {timeout:,.0f} s: wait longer, or stop it") from None
        finally:
            bar.end()

    def stop(self) -> None:
        """Stop the job, for good: what was labeled so far is kept, and a new job can take up the rest."""
        with asked(f"stopping the job {self.name}", JobError):
            self._aws.sagemaker.stop_labeling_job(LabelingJobName=self.name)

    def results(self, task: Task | None = None) -> Iterator[Result]:
        """Yield the answers of all workers; see :func:`read_results`.

        Raises
        ------
        JobError
            When the job is not over.
        """
        job = self._describe()
        status = _status(job)
        if not status.is_over:
            raise JobError(f"the job {self.name} is {status.status}: its results are there when it is over or stopped")
        return read_results(status.output, task, attribute=job["LabelAttributeName"], client=self._aws.s3)

    def cost(self) -> Cost | None:
        """Return what the public workforce is paid; None for private teams and vendors, who are not paid by task."""
        job = self._describe()
        human = job["HumanTaskConfig"]
        price = price_of(human)
        if price is None:
            return None
        workers: int = human["NumberOfHumanWorkersPerDataObject"]
        status = _status(job)
        human_labeled = job.get("LabelCounters", {}).get("HumanLabeled", 0)
        each = price * workers
        return Cost(per_task=price, workers=workers, so_far=each * human_labeled, at_most=each * status.total)

    def _describe(self) -> dict[str, Any]:
        with asked(f"the job {self.name}", JobError):
            found: dict[str, Any] = self._aws.sagemaker.describe_labeling_job(LabelingJobName=self.name)
        return found


def _options(options: Mapping[str, Any]) -> JobOptions:
    # Through JSON's types, so that lists do for tuples, and an unknown name is told with those there are.
    try:
        return msgspec.convert(options, JobOptions)
    except msgspec.ValidationError as error:
        names = ", ".join(JobOptions.__struct_fields__)
        raise JobError(f"an option is not right: {error}; there are {names}") from None


def _refuse(name: str, problems: list[str]) -> None:
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise JobError(f"the job {name!r:.80} cannot be created:\n{listed}", problems)


def _line_problems(manifest: Manifest, task: Task, deployment: Deployment, attribute: str) -> list[str]:
    """Return the first problems of the lines: their own, what the role may not read, results that are there."""
    found = [str(problem) for problem in islice(manifest.problems(task=task, region=deployment.region), MOST_TOLD)]
    readable = tuple(
        f"s3://{deployment.bucket}/{prefix}" for prefix in (deployment.input_prefix, deployment.output_prefix)
    )
    refused = [] if manifest.place.startswith(readable) else [manifest.place]
    for entry in manifest.entries() if not found else ():
        line = entry.value or {}
        refused += [str(line[key]) for key in _KEYS if is_s3(line.get(key)) and not line[key].startswith(readable)]
        if attribute in line and f"{attribute}-metadata" not in line:
            found.append(f"line {entry.number}: {attribute!r} is there, and no job's label: choose another attribute")
        if len(found) + len(refused) >= MOST_TOLD:
            break
    told = " or ".join(f"{start}*" for start in dict.fromkeys(readable))
    return [*found, *(f"the job's role may read {told} only, not {uri}" for uri in refused)]


def _create(aws: Aws, request: Mapping[str, Any]) -> None:
    name = request["LabelingJobName"]
    with asked(f"creating the job {name}", JobError):
        try:
            aws.sagemaker.create_labeling_job(**request)
        except aws.sagemaker.exceptions.ResourceInUse:
            raise JobError(f"there is a job {name!r} already, or one that differs in case only: name it anew") from None


def _status(job: Mapping[str, Any]) -> JobStatus:
    counters = job.get("LabelCounters", {})
    name = job["LabelingJobName"]
    expected = f"{job['OutputConfig']['S3OutputPath'].rstrip('/')}/{name}/manifests/output/output.manifest"
    return JobStatus(
        name=name,
        status=job["LabelingJobStatus"],
        labeled=counters.get("TotalLabeled", 0),
        failed=counters.get("FailedNonRetryableError", 0),
        unlabeled=counters.get("Unlabeled", 0),
        reason=job.get("FailureReason", ""),
        output=(job.get("LabelingJobOutput") or {}).get("OutputDatasetS3Uri") or expected,
    )
