"""Names of media for a store, known without opening files or asking a network. Knows no store and no widget."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from ..media import open_media
from ..media.batch.inputs import without_secrets

_REMOTE = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+://")


def item_name(media: Any, folder: Path) -> str:
    """Return the name of media that :meth:`Media.identity` gives, even of a file that is not there.

    Raises
    ------
    MediaError
        When it is no media, and no place of any.
    """
    if isinstance(media, str) and _REMOTE.match(media):
        return without_secrets(media)
    if isinstance(media, os.PathLike) or (isinstance(media, str) and not media.startswith("file:")):
        path = Path(os.path.abspath(Path(media).expanduser()))  # noqa: PTH100 - resolve() would follow links
        return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
    return open_media(media).identity(folder)


def is_near(media: Any) -> bool:
    """Whether media as a queue is given it is read without a network."""
    return not (isinstance(media, str) and "://" in media)
