"""The files that annotators' browsers and AWS Lambda get, named by their content. Knows no AWS."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from ..errors import StackError
from .lambda_archive import lambda_zip

_STATIC = Path(__file__).parent.parent / "static"
#: What is named by its content never changes.
CACHE_CONTROL = "public, max-age=31536000, immutable"
#: The folder of the bucket that CloudFront serves, and the one that only AWS Lambda reads.
SERVED, KEPT = "assets/", "functions/"


@dataclass(frozen=True)
class Asset:
    """A file, its type, and the folder of the bucket that it goes to."""

    source: str
    data: bytes
    content_type: str
    folder: str

    @property
    def sha256(self) -> str:
        """The file's checksum, in hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def name(self) -> str:
        """The name that holds the content's checksum, such as ``avseg-worker-0123456789abcdef.js``."""
        stem, dot, suffix = self.source.rpartition(".")
        stem = stem if stem.startswith("avseg") else f"avseg-{stem}"
        return f"{stem}-{self.sha256[:16]}{dot}{suffix}"

    @property
    def key(self) -> str:
        """Where in the bucket it lies."""
        return self.folder + self.name

    @property
    def integrity(self) -> str:
        """What a page says of it, so that a browser takes no other file for it."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.data).digest()).decode()


@dataclass(frozen=True)
class Bundle:
    """The worker page's script and style, and the archive of the functions."""

    script: Asset
    style: Asset
    functions: Asset

    @property
    def assets(self) -> tuple[Asset, ...]:
        """All of them."""
        return self.script, self.style, self.functions


def load_bundle() -> Bundle:
    """Return the files of this version.

    Raises
    ------
    StackError
        When the bundle is not built.
    """
    # The documented types: another one is a known way for a template to fail.
    return Bundle(
        script=Asset("worker.js", _read("worker.js"), "application/javascript;CHARSET=UTF-8", SERVED),
        style=Asset("avseg.css", _read("avseg.css"), "text/css;CHARSET=UTF-8", SERVED),
        functions=Asset("avseg-lambdas.zip", lambda_zip(), "application/zip", KEPT),
    )


def _read(name: str) -> bytes:
    try:
        return (_STATIC / name).read_bytes()
    except OSError:
        raise StackError(f"the bundle is not built ({name} missing in {_STATIC}): run `make build`") from None
