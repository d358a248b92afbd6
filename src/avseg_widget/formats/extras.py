"""Loads the libraries that formats need, and says how to install one that is missing. Knows no format."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def load(module: str, extra: str) -> Any:
    """Return a module of a library that comes with an extra of this package.

    Raises
    ------
    ImportError
        When it is not installed; says how to install it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != library:
            raise
        raise ImportError(f'this needs {library}: pip install "avseg-widget[{extra}]"') from None
