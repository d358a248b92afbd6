"""Errors of functions as a shell's user meets them: they name options, not parameters. Knows no command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import AvsegError


@contextmanager
def naming(**options: str) -> Iterator[None]:
    """Have errors that come up speak of options such as ``"--overwrite"``, given by the parameter of each.

    >>> with naming(format="--from"):
    ...     raise AvsegError('a.doc is in no format known here; give format="csv" or another', parameter="format")
    Traceback (most recent call last):
    avseg_widget.errors.AvsegError: a.doc is in no format known here; give --from csv or another
    """
    try:
        yield
    except AvsegError as error:
        option = options.get(error.parameter)
        if option is not None:
            # The last one: a file's name before it may hold anything.
            said = re.compile(rf'(.*)\b{error.parameter}=(?:True|"([^"]*)"|)(.*)', re.DOTALL)
            error.args = (said.sub(lambda found: f"{found[1]}{_shown(option, found[2])}{found[3]}", str(error)),)
        raise


def _shown(option: str, value: str | None) -> str:
    return f"{option} {value}" if value else option
