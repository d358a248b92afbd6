"""Writes what a release publishes for stacks launched from the console. Knows no AWS."""

from __future__ import annotations

from pathlib import Path

from ..errors import StackError
from .bundle import load_bundle
from .stack_template import console_template

#: What the template is called among the files.
TEMPLATE = "avseg-stack.json"


def write_release(folder: str | Path) -> list[Path]:
    """Write the template for the console and the files that its stack fetches, to be published at one https address.

    Raises
    ------
    StackError
        When the bundle is not built, or the folder cannot be written.
    """
    bundle = load_bundle()
    files = {TEMPLATE: console_template(bundle=bundle).encode()}
    files.update({asset.source: asset.data for asset in bundle.assets})
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (target / name).write_bytes(data)
    except OSError as error:
        raise StackError(f"{target} cannot be written ({error.strerror or error})") from None
    return [target / name for name in files]
