"""S3 and JSON as Ground Truth hands them to a function. Knows the standard library and boto3 only."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

#: How many times a value may be JSON within a JSON string.
MAX_LEVELS = 5
#: S3's answers where there is nothing; without the right to list a bucket it refuses instead.
_ABSENT = {"404", "403", "NoSuchKey", "AccessDenied", "Forbidden"}


@functools.lru_cache(maxsize=1)
def _client() -> Any:
    import boto3

    return boto3.client("s3")


def is_s3(value: Any) -> bool:
    """Tell whether this is an ``s3://`` URI."""
    return isinstance(value, str) and value.startswith("s3://")


def _split(uri: str) -> dict[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not is_s3(uri) or not bucket or not key:
        raise ValueError(f"{uri!r:.200} is no S3 URI")
    return {"Bucket": bucket, "Key": key}


def read(uri: str) -> bytes:
    """Read an object with the function's own rights."""
    data: bytes = _client().get_object(**_split(uri))["Body"].read()
    return data


def exists(uri: str) -> bool:
    """Tell whether there is an object that the function may read."""
    from botocore.exceptions import ClientError

    try:
        _client().head_object(**_split(uri))
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return False
        raise
    return True


def uri_in(value: Mapping[str, Any]) -> str:
    """Return the URI in an object of Ground Truth, which spells its key in two ways; empty when there is none."""
    found = value.get("s3Uri") or value.get("s3uri") or ""
    return found if isinstance(found, str) else ""


def decode(value: Any) -> Any:
    r"""Read JSON in JSON strings until something else comes out.

    >>> decode('"{\\"a\\": 1}"')
    {'a': 1}
    """
    for _ in range(MAX_LEVELS):
        if not isinstance(value, (str, bytes)):
            return value
        value = json.loads(value)
    raise ValueError(f"JSON in more than {MAX_LEVELS} levels of strings")


def host_of(uri: str) -> str:
    """Return the host of an http(s) URL, empty for anything else.

    >>> host_of("https://host/a.wav"), host_of("a.wav")
    ('host', '')
    """
    parts = urlsplit(uri)
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""
