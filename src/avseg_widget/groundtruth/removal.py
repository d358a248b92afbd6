"""Removes what a deployment has made, and shows it first. Touches only what carries the deployment's tag."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from ..errors import JobError, StackError
from . import cors
from .aws_session import Aws, asked, poll
from .stack import EVERY, Stack
from .stack_template import TAG

Kind = Literal["job", "cors", "objects", "stack", "bucket"]

#: Seconds that the stopping of a job may take: workers may finish what they have begun.
_STOP_TIMEOUT = 12 * 3600.0
_RUNNING = ("Initializing", "InProgress", "Stopping")


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is removed: what it is, its name, and in words what is done."""

    kind: Kind
    name: str
    text: str


class Cleanup(msgspec.Struct, frozen=True, kw_only=True):
    """What a clean-up removes, in the order in which it does; ``done`` tells whether it has.

    Records of finished jobs stay, which AWS never deletes, as do work teams and all data.
    """

    name: str
    region: str
    done: bool
    removals: tuple[Removal, ...] = ()

    def __str__(self) -> str:
        verb = "removed" if self.done else "would remove"
        lines = [f"  {removal.text}" for removal in self.removals]
        return "\n".join([f"{verb} for {self.name!r} in {self.region}:", *(lines or ["  nothing"])])


def cleanup(
    name: str = "avseg",
    *,
    delete: bool = False,
    bucket: str = "",
    region: str = "",
    session: Any = None,
    progress: Callable[[str], None] | None = None,
    every: float = EVERY,
) -> Cleanup:
    """Show what :func:`deploy` has made, and remove it with ``delete=True``; safe to run again where it broke off.

    Jobs of the deployment that still run are stopped, since they need it. Media, manifests and results stay.

    Parameters
    ----------
    name
        Of the stack.
    delete
        Whether to remove it; only shown otherwise.
    bucket
        The data bucket, to find its CORS rule when the stack is gone already.
    region, session, progress, every
        See :func:`deploy`.

    Raises
    ------
    StackError
        When a stack of this name is not one of ours, or AWS refuses.
    """
    aws = Aws(session, region)
    found = list(_Cleaner(aws, name, bucket, progress or (lambda _line: None), every).plan())
    if delete:
        for step in found:
            if progress is not None:
                progress(step.removal.text)
            step.run()
    return Cleanup(name=name, region=aws.region, done=delete, removals=tuple(step.removal for step in found))


@dataclass(frozen=True)
class _Step:
    removal: Removal
    run: Callable[[], None]


class _Cleaner:
    """Finds what is there and how it is removed."""

    def __init__(self, aws: Aws, name: str, bucket: str, tell: Callable[[str], None], every: float) -> None:
        self._aws = aws
        self._name = name
        self._data_bucket = bucket
        self._every = every
        self._stack = Stack(aws, name, tell, every=every)

    def plan(self) -> Iterator[_Step]:
        found = self._stack.find()
        yield from self._jobs()
        outputs = {item["OutputKey"]: item["OutputValue"] for item in (found or {}).get("Outputs", [])}
        bucket = self._data_bucket or outputs.get("DataBucket", "").removeprefix("s3://")
        if bucket:
            yield from self._cors(bucket)
        kept = {bucket}
        if found is not None:
            yield from self._stack_steps(found, kept)
        yield from self._left_buckets(kept)

    def _jobs(self) -> Iterator[_Step]:
        for arn, name, status in self._running_jobs():
            if self._has_tag(arn):
                text = f"stop the labeling job {name} ({status})"
                yield _Step(Removal(kind="job", name=name, text=text), lambda name=name: self._stop(name))  # type: ignore[misc]

    def _running_jobs(self) -> Iterator[tuple[str, str, str]]:
        with asked("the labeling jobs", StackError):
            for status in _RUNNING:
                for page in self._aws.sagemaker.get_paginator("list_labeling_jobs").paginate(StatusEquals=status):
                    for job in page["LabelingJobSummaryList"]:
                        yield job["LabelingJobArn"], job["LabelingJobName"], job["LabelingJobStatus"]

    def _has_tag(self, arn: str) -> bool:
        with asked(f"the tags of {arn}", StackError):
            pages = self._aws.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
            return any({"Key": TAG, "Value": self._name} in page["Tags"] for page in pages)

    def _stop(self, name: str) -> None:
        from .job import LabelingJob

        job = LabelingJob(name, region=self._aws.region, session=self._aws.session)
        if job.status().status != "Stopping":
            job.stop()

        def ask() -> str | None:
            status = job.status()
            return status.status if status.is_over else None

        try:
            poll(ask, every=self._every, timeout=_STOP_TIMEOUT, late="")
        except TimeoutError:
            raise JobError(f"the job {name} is still not stopped: run the clean-up again later") from None

    def _cors(self, bucket: str) -> Iterator[_Step]:
        try:
            rules = cors.read_rules(self._aws.s3, bucket)
        except StackError:
            return  # the data bucket is gone, or another's by now; it is none of ours
        if cors.without_rule(rules, self._name) == rules:
            return

        def run() -> None:
            # Read anew: somebody may have changed the others meanwhile.
            left = cors.without_rule(cors.read_rules(self._aws.s3, bucket), self._name)
            cors.write_rules(self._aws.s3, bucket, left)

        text = f"remove the CORS rule {cors.rule_id(self._name)} from {bucket}"
        yield _Step(Removal(kind="cors", name=bucket, text=text), run)

    def _stack_steps(self, found: dict[str, Any], kept: set[str]) -> Iterator[_Step]:
        resources = self._stack.resources(found["StackId"])
        buckets = {logical: name for logical, kind, name in resources if kind == "AWS::S3::Bucket"}
        assets = buckets.get("AssetBucket", "")
        # Only an empty bucket goes with its stack.
        if assets and self._is_ours(assets):
            kept.add(assets)
            text = f"empty the bucket {assets}, {self._count(assets)}"
            yield _Step(Removal(kind="objects", name=assets, text=text), lambda: self._empty(assets))
        text = f"delete the stack {self._name} with {len(resources)} resources"
        yield _Step(
            Removal(kind="stack", name=self._name, text=text),
            lambda: self._stack.delete(found["StackId"]),
        )

    def _left_buckets(self, kept: set[str]) -> Iterator[_Step]:
        """Yield the steps for the buckets that a stack leaves behind: that of the logs, or after a failure more."""
        with asked("the buckets", StackError):
            names = [item["Name"] for item in self._aws.s3.list_buckets()["Buckets"]]
        start = f"{self._name.lower()}-"
        for name in names:
            if name.startswith(start) and name not in kept and self._is_ours(name):
                text = f"delete the bucket {name} with {self._count(name)}"
                yield _Step(Removal(kind="bucket", name=name, text=text), lambda name=name: self._delete_bucket(name))  # type: ignore[misc]

    def _is_ours(self, bucket: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            tags = self._aws.s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
        except ClientError:
            return False  # none, or another's
        return {"Key": TAG, "Value": self._name} in tags and self._aws.store.region(bucket) == self._aws.region

    def _versions(self, bucket: str) -> Iterator[list[dict[str, str]]]:
        """Yield every version of every object, deleted ones too, in requests' worth."""
        for page in self._aws.s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            yield [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]

    def _count(self, bucket: str) -> str:
        with asked(f"the objects of {bucket}", StackError):
            count = sum(len(page) for page in self._versions(bucket))
        return f"{count:,} object{'s' * (count != 1)} and versions"

    def _empty(self, bucket: str) -> None:
        with asked(f"emptying {bucket}", StackError):
            for page in self._versions(bucket):
                if not page:
                    continue
                answer = self._aws.s3.delete_objects(Bucket=bucket, Delete={"Objects": page, "Quiet": True})
                if errors := answer.get("Errors"):
                    raise StackError(f"{errors[0]['Key']} in {bucket} cannot be deleted: {errors[0].get('Message')}")

    def _delete_bucket(self, bucket: str) -> None:
        if not self._is_ours(bucket):
            return  # it went with the stack
        self._empty(bucket)
        with asked(f"deleting {bucket}", StackError):
            self._aws.s3.delete_bucket(Bucket=bucket)
