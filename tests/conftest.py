"""What all tests share: where real media for tests lies, if anywhere, and an S3 of their own. Knows no browser."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .recording import RecordingComm

ROOT = Path(__file__).parent.parent
# AWS's own descriptions of its services are a million small objects: looking through all of them for cycles again and
# again takes a fifth of the tests' time.
gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real recordings beside the checkout; skip where there is none."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no ../shared/data with real recordings beside the checkout")
    return folder


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep peaks in a folder of each test's own."""
    monkeypatch.setenv("AVSEG_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have widgets talk to a browser's end that keeps what was sent."""
    import comm
    from comm import base_comm

    manager = base_comm.CommManager()
    monkeypatch.setattr(comm, "get_comm_manager", lambda: manager)
    monkeypatch.setattr(comm, "create_comm", RecordingComm)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a client of an S3 in memory, with the bucket "bucket" in eu-west-1 and "far" in ap-south-1."""
    import boto3
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        for bucket, region in (("bucket", "eu-west-1"), ("far", "ap-south-1")):
            place = {"LocationConstraint": region}
            boto3.client("s3", region_name=region).create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
        yield boto3.client("s3")
