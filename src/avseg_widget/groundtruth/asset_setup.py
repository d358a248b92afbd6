"""The set-up function of a stack launched from the console: fetches the released files into the stack's bucket.

It goes into the template as text, as a file of its own, so it knows nothing of the package.
"""

from __future__ import annotations

import hashlib
import json
import threading
import urllib.request
from collections.abc import Mapping
from typing import Any

import boto3

#: Seconds kept of the function's own time to answer, seconds that a server may say nothing, and a file's most bytes.
MARGIN, SILENCE, MAX_BYTES = 10.0, 20.0, 32 * 1024 * 1024


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Do what CloudFormation asks of the custom resource, and always answer it: it would wait for an hour."""
    answer = Answer(event)
    # Lambda ends a function that is late without a word to CloudFormation.
    seconds = max(context.get_remaining_time_in_millis() / 1000 - MARGIN, 0.1)
    late = threading.Timer(seconds, answer.send, ["FAILED", f"the set-up was not done in {seconds:.0f} s: try again"])
    late.daemon = True
    late.start()
    try:
        properties = event["ResourceProperties"]
        if event["RequestType"] == "Delete":
            empty(properties["Bucket"])
        else:
            # What an earlier version fetched stays: a running job's template asks for it.
            for file in properties["Files"]:
                copy(properties["Bucket"], properties["Source"], file)
        answer.send("SUCCESS", "")
    except Exception as error:  # noqa: BLE001  # whatever it is, CloudFormation must hear of it
        answer.send("FAILED", f"{type(error).__name__}: {error}")
    finally:
        late.cancel()


class Answer:
    """The one answer that a request gets."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self._url = event["ResponseURL"]
        bucket = event.get("ResourceProperties", {}).get("Bucket")
        self._body = {
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            # The same for an update: another one would have the old resource deleted, and the files with it.
            "PhysicalResourceId": f"avseg-assets-{bucket}" if bucket else event["LogicalResourceId"],
        }
        if event["RequestType"] == "Delete":
            self._body["PhysicalResourceId"] = event["PhysicalResourceId"]
        self._lock = threading.Lock()
        self._is_sent = False

    def send(self, status: str, reason: str) -> None:
        """Answer, unless that was done already."""
        with self._lock:
            if self._is_sent:
                return
            self._is_sent = True
        body = json.dumps({**self._body, "Status": status, "Reason": reason[:1000]}).encode()
        # No type: the URL is signed without one.
        request = urllib.request.Request(  # noqa: S310  # CloudFormation's own URL
            self._url, data=body, method="PUT", headers={"Content-Type": ""}
        )
        with urllib.request.urlopen(request, timeout=MARGIN - 1):  # noqa: S310
            pass


def copy(bucket: str, source: str, file: Mapping[str, str]) -> None:
    """Fetch one file, and keep it if it is the released one.

    Raises
    ------
    ValueError
        When the file is not there, is another one, or does not come over https.
    """
    url = f"{source.rstrip('/')}/{file['Name']}"
    if not url.startswith("https://"):
        raise ValueError(f"the source must be an https URL, not {url}")
    with urllib.request.urlopen(url, timeout=SILENCE) as response:  # noqa: S310
        if not response.url.startswith("https://"):
            raise ValueError(f"{url} leads to {response.url}, which is not https")
        data = response.read(MAX_BYTES + 1)
    if hashlib.sha256(data).hexdigest() != file["Sha256"]:
        raise ValueError(f"{url} is not the released file: its SHA-256 is not {file['Sha256']}")
    boto3.client("s3").put_object(
        Bucket=bucket,
        Key=file["Key"],
        Body=data,
        ContentType=file["ContentType"],
        CacheControl=file["CacheControl"],
        Metadata={"sha256": file["Sha256"]},
    )


def empty(bucket: str) -> None:
    """Delete every object of a bucket and every version of it: one that is not empty cannot be deleted."""
    client = boto3.client("s3")
    try:
        client.head_bucket(Bucket=bucket)
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return  # somebody was faster, and an error would keep the stack
        raise
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for item in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]
        if found:
            errors = client.delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True}).get("Errors")
            if errors:
                raise ValueError(f"{errors[0]['Key']} cannot be deleted: {errors[0].get('Message')}")
