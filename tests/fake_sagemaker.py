"""A stand-in for SageMaker's labeling calls, which moto lacks: jobs go on each time they are asked for.

It answers every client of this process, checks requests as the service does, and writes a job's results where the
service would. Knows of our code only how results are written.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws

from avseg_widget import Annotation, Provenance, Segment, Track
from avseg_widget.groundtruth import Result, write_results

from . import moto_stacks

REGION = "eu-west-1"
TEAM = "arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/linguists"
_TIME = datetime(2026, 1, 1, tzinfo=timezone.utc)
#: How a job is, the first time that it is asked for, the second, and from then on.
_COURSE = ("Initializing", "InProgress", "Completed")


def label(item: int, worker: str) -> Annotation:
    """Return what a worker answers for an item."""
    start = item + len(worker) / 100
    return Annotation(
        [Track("speaker", "Customer")],
        [Segment("speaker:Customer", start, start + 1, {"text": f"said by {worker}"}, id="1")],
        provenance=Provenance(annotator=worker),
    )


class FakeSageMaker:
    """The service's state, and its answers by the operation's name."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self._asked: dict[str, int] = {}

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        answers: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "CreateLabelingJob": self._create,
            "DescribeLabelingJob": self._describe,
            "StopLabelingJob": self._stop,
            "ListLabelingJobs": self._list,
            "ListTags": lambda params: {"Tags": self.jobs[params["ResourceArn"].rpartition("/")[2]]["Tags"]},
            "ListWorkteams": lambda _: {
                "Workteams": [
                    {"WorkteamName": "linguists", "WorkteamArn": TEAM, "Description": "Linguists", "SubDomain": "a.b"}
                ]
            },
            "ListSubscribedWorkteams": lambda _: {"SubscribedWorkteams": []},
        }
        return answers[operation](params)

    def _create(self, params: Mapping[str, Any]) -> dict[str, Any]:
        name = params["LabelingJobName"]
        if name.lower() in {job.lower() for job in self.jobs}:
            raise ClientError({"Error": {"Code": "ResourceInUse", "Message": "exists"}}, "CreateLabelingJob")
        arn = f"arn:aws:sagemaker:{REGION}:123456789012:labeling-job/{name}"
        self.jobs[name] = {**params, "LabelingJobArn": arn, "LabelingJobStatus": "Initializing"}
        return {"LabelingJobArn": arn}

    def _describe(self, params: Mapping[str, Any]) -> dict[str, Any]:
        name = params["LabelingJobName"]
        if name not in self.jobs:
            raise ClientError({"Error": {"Code": "ResourceNotFound", "Message": "none"}}, "DescribeLabelingJob")
        job = self.jobs[name]
        asked = self._asked[name] = self._asked.get(name, -1) + 1
        if job["LabelingJobStatus"] not in {"Stopped", "Completed"}:
            job["LabelingJobStatus"] = _COURSE[min(asked, 2)]
            if job["LabelingJobStatus"] == "Completed":
                self._write(job)
        items = len(_lines(job))
        done = items if job["LabelingJobStatus"] == "Completed" else 0
        counters = {"TotalLabeled": done, "HumanLabeled": done, "Unlabeled": items - done}
        return {**job, "LabelCounters": counters, "CreationTime": _TIME, "LastModifiedTime": _TIME}

    def _stop(self, params: Mapping[str, Any]) -> dict[str, Any]:
        self.jobs[params["LabelingJobName"]]["LabelingJobStatus"] = "Stopped"
        return {}

    def _list(self, params: Mapping[str, Any]) -> dict[str, Any]:
        found = [job for job in self.jobs.values() if job["LabelingJobStatus"] == params["StatusEquals"]]
        return {"LabelingJobSummaryList": found}

    def _write(self, job: Mapping[str, Any]) -> None:
        """Write the results to S3, as workers of the team had handed them in."""
        count = job["HumanTaskConfig"]["NumberOfHumanWorkersPerDataObject"]
        results = [
            Result(item=item, line=line, status="answered", annotation=label(item, f"private.{REGION}.{'ab'[worker]}"))
            for item, line in enumerate(_lines(job))
            for worker in range(count)
        ]
        root = f"{job['OutputConfig']['S3OutputPath']}/{job['LabelingJobName']}"
        bucket, _, prefix = root.removeprefix("s3://").partition("/")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_results(folder, results, attribute=job["LabelAttributeName"], job=job["LabelingJobName"])
            for path in folder.rglob("*"):
                if path.is_file():
                    text = path.read_text().replace(folder.as_posix(), root)
                    key = f"{prefix}/{path.relative_to(folder).as_posix()}"
                    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())


def _lines(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    uri = job["InputConfig"]["DataSource"]["S3DataSource"]["ManifestS3Uri"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return [json.loads(line) for line in body.splitlines()]


def install(fake: FakeSageMaker) -> Callable[[], None]:
    """Let the stand-in answer for SageMaker in this process; return what ends that."""
    real = BaseClient._make_api_call

    def call(client: Any, operation: str, params: dict[str, Any]) -> Any:
        if client.meta.service_model.service_name == "sagemaker":
            return fake.call(operation, params)
        return real(client, operation, params)

    BaseClient._make_api_call = call

    def end() -> None:
        BaseClient._make_api_call = real

    return end


def start(bucket: str) -> None:
    """Simulate AWS in this process until it ends: moto, with what it lacks, and a data bucket."""
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION=REGION)
    mock_aws().start()
    moto_stacks.install()
    install(FakeSageMaker())
    boto3.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
