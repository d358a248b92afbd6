"""Objects that are read in ranges: of a web server, of S3, of any store fsspec reaches, of a file object.

Knows no format. No message holds a URL, since it may carry a password or a signature.
"""

from __future__ import annotations

import base64
import http.client
import io
import re
import threading
import urllib.error
import urllib.request
import weakref
from typing import Any, BinaryIO
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from ..errors import MediaError
from .ranged import LostError, changed

#: Seconds to wait for a connection, and for each part of an answer.
TIMEOUT = 5.0
#: Most bytes read only to be left out, from a server that cannot start in the middle.
MOST_SKIPPED = 64 * 1024 * 1024
#: Most seconds waited when a server asks to: somebody waits for what is read.
MOST_WAIT = 5
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)$")
_SECONDS = re.compile(r"[0-9]{1,9}")
_EMPTY_RANGE = re.compile(r"bytes \*/0$")
#: What packs; stores also send back what an upload was sent as ("aws-chunked"), or words that name no packing.
_PACKED = re.compile(r"\b(gzip|deflate|compress|br|zstd)\b", re.IGNORECASE)
#: What to do about an answer.
_HELP = {
    401: "it wants a user and password",
    403: "access is denied, or a signed URL has expired: open it again with a new one",
    404: "check the URL",
    410: "check the URL",
}


class _Stream:
    """An answer that holds the whole object, read from its start on."""

    def __init__(self, response: http.client.HTTPResponse, size: int, owner: object) -> None:
        self.position, self.size = 0, size
        self._response = response
        # A connection that is left open warns when it is thrown away.
        self.close = weakref.finalize(owner, response.close)

    def read(self, start: int, stop: int) -> bytes:
        while self.position < start:
            self._read(min(start - self.position, 1 << 20))
        return self._read(stop - start)

    def _read(self, count: int) -> bytes:
        data = _exactly(self._response, count)
        self.position += count
        return data


class HttpRanges:
    """An object of a web server; one that answers no Range requests is read from the start up to what is needed."""

    far = True

    def __init__(self, name: str, url: str) -> None:
        self.warnings: list[str] = []
        self.version = ""
        self._name = name
        self._url, self._user = _split_user(url)
        self._opener = _opener()
        #: What the server said that tells one content from another.
        self._tags: dict[str, str] = {}
        self._stream: _Stream | None = None
        #: What an answer of a part said that the whole has; 0 before there was one.
        self._size = 0

    def fetch(self, start: int, stop: int) -> tuple[bytes, int]:
        goes_on = self._stream is not None and self._stream.position == start
        try:
            return self._fetch_on(start, stop) if self.warnings or goes_on else self._fetch_range(start, stop)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 416 and _EMPTY_RANGE.match(error.headers.get("Content-Range", "")):
                    return b"", 0
                if error.code in {408, 429} or error.code >= 500:
                    wait = _wait_of(error.headers.get("Retry-After", ""))
                    asks = f" and asks to wait {wait} s" if wait else ""
                    raise LostError(f"the server answers {error.code}{asks}", min(wait, MOST_WAIT)) from None
                raise MediaError(f"{self._name} cannot be read: {_refusal(error.code)}") from None
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise LostError(_reason_of(error)) from None

    def _fetch_range(self, start: int, stop: int) -> tuple[bytes, int]:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        response = self._open(f"bytes={start}-{stop - 1}")
        if response.status != 206:
            # One that sent parts before may be a proxy's answer in its place, as a page to log in: the next may be it.
            if self._size and response.length != self._size:
                response.close()
                raise LostError("the server sent something else, as a page to log in")
            if not self._size:
                self.warnings.append(
                    f"The server of {self._name} answers no Range requests: Python reads it from its start again for "
                    "every jump back. Put it on a server that does, or download it."
                )
            self._stream = self._streamed(response)
            return self._fetch_on(start, stop)
        with response:
            self._check_unchanged(response)
            match = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != start or not start <= int(match[2]) < stop:
                raise MediaError(
                    f"{self._name} cannot be read: the server does not say which part it sent, and of how many bytes; "
                    "download it"
                )
            self._size = int(match[3])
            # A weak tag, W/"...", may stand for other bytes of the same meaning.
            if response.headers.get("ETag", "").startswith('"'):
                self.version = self.version or response.headers["ETag"]
            return _exactly(response, int(match[2]) + 1 - start), self._size

    def _fetch_on(self, start: int, stop: int) -> tuple[bytes, int]:
        # After an error the answer is of no more use.
        stream, self._stream = self._stream, None
        if stream is not None and stream.position > start:
            stream.close()
            stream = None
        stream = stream or self._streamed(self._open())
        if start - stream.position > MOST_SKIPPED:
            self._stream = stream
            raise MediaError(
                f"{self._name} cannot be read at byte {start:,}: its server answers no Range requests, and reading all "
                "that lies before would take too long; put it on a server that does, or download it"
            )
        data = stream.read(start, min(stop, stream.size))
        self._stream = stream
        return data, stream.size

    def _streamed(self, response: http.client.HTTPResponse) -> _Stream:
        if response.length is None:
            response.close()
            raise MediaError(
                f"{self._name} cannot be read: its server answers no Range requests and does not say how long it is; "
                "download it"
            )
        self._check_unchanged(response)
        return _Stream(response, response.length, self)

    def _open(self, wanted: str = "") -> http.client.HTTPResponse:
        request = urllib.request.Request(self._url, headers={"Accept-Encoding": "identity"})  # noqa: S310 - two schemes
        if wanted:
            request.add_header("Range", wanted)
        # Not sent on when the server redirects.
        if self._user:
            request.add_unredirected_header("Authorization", self._user)
        response: http.client.HTTPResponse = self._opener.open(request, timeout=TIMEOUT)
        packed = response.headers.get("Content-Encoding", "")
        if _PACKED.search(packed):
            response.close()
            raise MediaError(
                f"the server sends it compressed ({packed}), so that no part of it can be read: switch that off for "
                "media, or download it"
            )
        return response

    def _check_unchanged(self, response: http.client.HTTPResponse) -> None:
        told = {name: response.headers.get(name, "").removeprefix("W/") for name in ("ETag", "Last-Modified")}
        # Servers that share an address often differ in one of the two for the same content.
        same = [told[name] == tag for name, tag in self._tags.items() if told[name]]
        if same and not any(same):
            response.close()
            raise changed(self._name)
        self._tags |= {name: tag for name, tag in told.items() if tag}


def _exactly(response: http.client.HTTPResponse, count: int) -> bytes:
    data = response.read(count)
    if len(data) < count:
        raise LostError("the connection was cut")
    return data


def _opener() -> urllib.request.OpenerDirector:
    # The default opener follows redirects to ftp and opens files.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _split_user(url: str) -> tuple[str, str]:
    """Take user and password out of a URL: returns the rest, and them as a header."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    # What a browser would quote by itself.
    path, query = (quote(part, safe="%/:=&?~+!$,;'@()*[]") for part in (parts.path or "/", parts.query))
    bare = urlunsplit((parts.scheme, host, path, query, ""))
    return bare, "Basic " + base64.b64encode(unquote(user).encode()).decode() if user else ""


def _refusal(status: int) -> str:
    # What the server or urllib says beside the number may hold a URL.
    if 300 <= status < 400:
        return f"the server sends {status}, to nowhere or in a circle: check the URL"
    words = f"the server answers {status} {http.client.responses.get(status, '')}".rstrip()
    return f"{words}: {_HELP[status]}" if status in _HELP else words


def _wait_of(text: str) -> int:
    """Give the seconds of a Retry-After; 0 for a date, or none."""
    return int(text) if _SECONDS.fullmatch(text) else 0


def _reason_of(error: BaseException) -> str:
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(inner, TimeoutError):
        return f"no answer within {TIMEOUT:.0f} s"
    if isinstance(inner, http.client.IncompleteRead):
        return "the connection was cut"
    return str(getattr(inner, "strerror", None) or type(inner).__name__)


_S3_HELP = {
    "NoCredentialsError": "there are no AWS credentials: log in with the AWS command line, or set AWS_PROFILE",
    "ParamValidationError": "no bucket or object can be called so: check the URL, s3://bucket/key",
}


class S3Ranges:
    """An object of S3, reached with the user's own AWS settings: profile, region and endpoint as boto3 finds them."""

    far = True

    def __init__(self, name: str, bucket: str, key: str, version: str = "") -> None:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        self.warnings: list[str] = []
        self.version = ""
        self._name, self._object = name, {"Bucket": bucket, "Key": key}
        if version:
            self._object["VersionId"] = version
        # The blocks repeat what fails, so that a stall does not last three times three tries.
        config = Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries={"total_max_attempts": 1})
        try:
            self._client = boto3.client("s3", config=config)
        except BotoCoreError as error:
            raise MediaError(f"{name} cannot be read from S3: {error}") from None

    def fetch(self, start: int, stop: int) -> tuple[bytes, int]:
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
        from botocore.exceptions import ConnectionError as NotReachedError

        try:
            answer = self._client.get_object(**self._object, Range=f"bytes={start}-{stop - 1}")
            data: bytes = answer["Body"].read()
        except ClientError as error:
            return self._refused(error)
        except (HTTPClientError, NotReachedError, IncompleteReadError, OSError) as error:
            raise LostError(type(error).__name__) from None
        except BotoCoreError as error:
            reason = _S3_HELP.get(type(error).__name__, str(error))
            raise MediaError(f"{self._name} cannot be read from S3: {reason}") from None
        # From now on only this version of the object is asked for.
        self._object["IfMatch"] = self.version = answer["ETag"]
        return data, int(answer["ContentRange"].rpartition("/")[2])

    def _refused(self, error: Any) -> tuple[bytes, int]:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code == "InvalidRange":
            return b"", 0
        if status == 412:
            raise changed(self._name) from None
        if status == 429 or status >= 500:
            raise LostError(f"S3 answers {code}") from None
        known = {
            "NoSuchKey": "there is no such object: check bucket and key",
            "NoSuchVersion": "there is no such version of it: check versionId",
            "NoSuchBucket": "there is no such bucket: check its name",
            "AccessDenied": "access is denied: check the AWS profile and the bucket's policy",
        }
        reason = known.get(code, f"S3 answers {code}: {error.response['Error'].get('Message', '')}")
        raise MediaError(f"{self._name} cannot be read from S3: {reason}") from None


class FsspecRanges:
    """An object of any store that fsspec reaches."""

    far = True

    def __init__(self, name: str, url: str) -> None:
        scheme = url.partition(":")[0]
        try:
            import fsspec
        except ImportError:
            raise MediaError(
                f'{scheme} URLs are read by fsspec, which is not installed: pip install "avseg-widget[remote]"'
            ) from None
        self.warnings: list[str] = []
        self.version = ""
        self._name = name
        try:
            self._files, self._path = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise MediaError(f"{scheme} URLs cannot be read ({error}): pip install what it names") from None
        except Exception as error:  # noqa: BLE001 - every store has errors of its own
            raise MediaError(f"{name} cannot be read by {scheme} ({type(error).__name__}): check the URL") from None
        self._first: dict[str, Any] | None = None

    def fetch(self, start: int, stop: int) -> tuple[bytes, int]:
        try:
            info = self._files.info(self._path)
            stamp = {key: value for key, value in info.items() if isinstance(value, (str, int, float))}
            is_changed = self._first not in (None, stamp)
            self._first = self._first or stamp
            size = int(info["size"])
            data = self._files.cat_file(self._path, start=start, end=min(stop, size)) if size else b""
        except (FileNotFoundError, IsADirectoryError):
            raise MediaError(f"there is no object {self._name}: check the URL") from None
        except PermissionError:
            raise MediaError(f"{self._name} cannot be read: access is denied; check your credentials") from None
        except Exception as error:  # noqa: BLE001 - every store has errors of its own
            raise LostError(type(error).__name__) from None
        if is_changed:
            raise changed(self._name)
        return data, size


class FileRanges:
    """A file object of the user's: not closed, and its position put back after each read."""

    far = False

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.warnings: list[str] = []
        self.version = ""
        self._name, self._file = name, file
        self._lock = threading.Lock()

    def fetch(self, start: int, stop: int) -> tuple[bytes, int]:
        try:
            with self._lock:
                position = self._file.tell()
                try:
                    size = self._file.seek(0, io.SEEK_END)
                    self._file.seek(start)
                    return self._file.read(stop - start), size
                finally:
                    self._file.seek(position)
        except Exception as error:  # noqa: BLE001 - an object of the user's has errors of its own
            if getattr(self._file, "closed", False):
                raise MediaError(f"{self._name} was closed: keep the file open while it is labeled") from None
            reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
            raise MediaError(f"{self._name} cannot be read ({reason}): open it again") from None
