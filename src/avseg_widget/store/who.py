"""Who works on a store: names of the user, the machine and the process. Knows no store."""

from __future__ import annotations

import getpass
import os
import platform


def user_name() -> str:
    """Return the name of the user of this machine, "annotator" where nobody knows it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        return "annotator"


def writer_name() -> str:
    """Return who writes from this process, for those who meet the change elsewhere."""
    return f"{user_name()} on {platform.node() or 'a machine'}, process {os.getpid()}"
