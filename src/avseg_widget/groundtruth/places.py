"""Reads and writes what lies at a local path or an s3:// URI. Knows no manifest; boto3 is loaded for s3:// only."""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeAlias

from .. import replacing
from ..errors import ManifestError

#: A local path or an ``s3://`` URI.
Where: TypeAlias = "str | os.PathLike[str]"

#: Bytes of a file kept in memory on its way from S3; more lie on disk.
_SPOOLED_BYTES = 8 * 1024 * 1024
_MISSING = {"404", "NoSuchKey", "NoSuchBucket", "NotFound"}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def is_s3(where: Any) -> bool:
    """Tell whether this is an ``s3://`` URI."""
    return isinstance(where, str) and where.startswith("s3://")


def split_s3(uri: str) -> tuple[str, str]:
    """Return the bucket and the key of an S3 URI; the key may be empty.

    >>> split_s3("s3://bucket/a/b.wav")
    ('bucket', 'a/b.wav')

    Raises
    ------
    ManifestError
        When it names no bucket.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not is_s3(uri) or not _BUCKET.fullmatch(bucket):
        raise ManifestError(f"{uri!r:.200} is no S3 URI: write it as s3://bucket/key")
    return bucket, key


class NotThereError(ManifestError):
    """There is no such file, object or bucket."""


class Store:
    """Local files and S3 objects, by one way; the client of S3 is made when it is first needed.

    Parameters
    ----------
    client
        A boto3 client of S3, for another account or endpoint than the default one.
    """

    def __init__(self, client: Any = None) -> None:
        self._client = client

    @property
    def client(self) -> Any:
        """The boto3 client of S3."""
        if self._client is None:
            import boto3

            self._client = boto3.client("s3")
        return self._client

    def open(self, where: Where) -> IO[bytes]:
        """Open a file or object for reading, as a whole on this machine: S3 would hang up on a slow reader.

        Raises
        ------
        NotThereError
            When there is none.
        ManifestError
            When it cannot be read.
        """
        if not is_s3(where):
            try:
                return Path(where).open("rb")
            except FileNotFoundError:
                raise NotThereError(f"there is no file {where}: check the path") from None
            except (OSError, ValueError) as error:
                raise ManifestError(f"{where} cannot be read ({error}): check the path and its permissions") from None
        bucket, key = split_s3(str(where))
        spool = tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES)  # noqa: SIM115  # the caller closes it
        try:
            with self.told(where):
                self.client.download_fileobj(bucket, key, spool)
        except BaseException:
            spool.close()
            raise
        spool.seek(0)
        return spool

    def head(self, uri: str) -> dict[str, Any] | None:
        """Return what S3 says of an object, None where there is none."""
        bucket, key = split_s3(uri)
        try:
            with self.told(uri):
                found: dict[str, Any] = self.client.head_object(Bucket=bucket, Key=key)
        except NotThereError:
            return None
        return found

    def objects(self, uri: str) -> Iterator[tuple[str, int]]:
        """Yield the URI and the size, in bytes, of each object whose URI starts with this one, in their order."""
        bucket, prefix = split_s3(uri)
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        with self.told(uri):
            for page in pages:
                for item in page.get("Contents", []):
                    yield f"s3://{bucket}/{item['Key']}", item["Size"]

    def folders(self, uri: str) -> list[str]:
        """Return what stands between an S3 URI that ends in a slash and the next slash."""
        bucket, prefix = split_s3(uri)
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
        with self.told(uri):
            found = [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])]
        return [name.removeprefix(prefix).rstrip("/") for name in found]

    def region(self, bucket: str) -> str:
        """Return the region that a bucket is in."""
        with self.told(f"s3://{bucket}/"):
            found = self.client.get_bucket_location(Bucket=bucket)["LocationConstraint"]
        # The two oldest regions go by other names there.
        return {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}.get(found) or str(found)

    def put(self, uri: str, data: bytes | Path, **extra: Any) -> None:
        """Upload bytes or a file, a big one in parts; ``extra`` are S3's own parameters, ``progress`` its callback."""
        bucket, key = split_s3(uri)
        progress = extra.pop("progress", None)
        with self.told(uri), data.open("rb") if isinstance(data, Path) else io.BytesIO(data) as file:
            self.client.upload_fileobj(file, bucket, key, ExtraArgs=extra, Callback=progress)

    @contextmanager
    def told(self, where: Where) -> Iterator[None]:
        """Turn what S3 answers into a NotThereError or another ManifestError that names the place."""
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _MISSING:
                raise NotThereError(f"there is no {where}: check the bucket and the key") from None
            raise ManifestError(f"S3 refused {where} ({error}): check the credentials and their rights") from None
        except (BotoCoreError, Boto3Error) as error:
            raise ManifestError(f"S3 could not be asked for {where} ({error})") from None


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """Give a file that takes the place of ``path`` when all of it is written, and is dropped when it is not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing.replaced(path) as part, part.open("xb") as file:
        yield file
