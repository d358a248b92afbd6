"""Packs the Lambda functions into the archive that AWS takes. Knows no AWS."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

#: What to give AWS as a function's handler.
PRE_HANDLER = "avseg_lambdas.pre.handler"
POST_HANDLER = "avseg_lambdas.post.handler"

_FOLDER = Path(__file__).parent / "lambdas"


def lambda_zip() -> bytes:
    """Return the archive of both functions; the same bytes for the same version, on any machine.

    >>> zipfile.ZipFile(io.BytesIO(lambda_zip())).namelist()[0]
    'avseg_lambdas/__init__.py'
    """
    buffer = io.BytesIO()
    # Neither compressed, which depends on the zlib there is, nor with a file's own time and rights.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(_FOLDER.glob("*.py")):
            entry = zipfile.ZipInfo(f"avseg_lambdas/{path.name}", (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()
