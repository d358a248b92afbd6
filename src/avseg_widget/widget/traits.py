"""Traits of widgets, and the files of the bundle that they come with. Knows no media and no document."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import traitlets

from ..errors import AnnotationError
from ..keymap import KeymapChoice, read_keymap, show_keymap
from .home import TURN

STATIC: Final = Path(__file__).parent.parent / "static"


def bundle(name: str) -> Path:
    """Return the path of a file that the browser loads."""
    path = STATIC / name
    if not path.is_file():
        raise ImportError(f"{path} is missing: build the editor's bundle with `make build`")
    return path


def given(proposal: Any) -> Any:
    """Return the value that a trait is to get, which cannot be None."""
    if proposal["value"] is None:
        raise AnnotationError(f"{proposal['trait'].name} cannot be None; assign an empty list or dict to clear it")
    return proposal["value"]


def keymap_trait() -> Any:
    """Return a trait of a keymap, which travels whole and is shown as short as it was given."""
    return traitlets.Any().tag(
        sync=True,
        to_json=lambda value, _: msgspec.to_builtins(read_keymap(value)),
        from_json=lambda value, _: show_keymap(msgspec.convert(value, KeymapChoice)),
    )


class Live(traitlets.TraitType[Any, Any]):
    """A trait that looks what others changed meanwhile, and is set by one thread at a time.

    Not Any, which takes None without asking the validators.
    """

    def get(self, obj: Any, cls: Any = None) -> Any:
        obj.look()
        return super().get(obj, cls)

    def set(self, obj: Any, value: Any) -> None:
        with TURN:
            super().set(obj, value)
