"""Run a function that suggests segments: with progress, to be cancelled, and with errors in words. Knows no widget."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from ..errors import AssistError, AvsegError
from ..media import open_media
from ..model import Segment
from ..suggestions import as_suggestions
from .sound import Progress


class CancelledError(AssistError):
    """The run was cancelled; nothing of it is suggested."""


class Cancel(Protocol):
    """Tells whether to stop, as a ``threading.Event`` does."""

    def is_set(self) -> bool: ...


def run(
    function: Callable[..., Iterable[Segment | Mapping[str, Any]]],
    media: Any,
    *,
    source: str = "",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    **options: Any,
) -> list[Segment]:
    """Call a function that finds segments, and give them as suggestions.

    Parameters
    ----------
    function
        Called with the Media and the options, it returns segments (or dicts with their names), or yields them
        as it finds them. Where it has a parameter ``progress``, it is given a function to call with the part that is
        done, 0 to 1; where it yields, that is the time of what it yielded. Both are steps: a run is cancelled at them.
    media
        A Media, or what :func:`avseg_widget.media.open_media` opens.
    source
        Who made the segments; by default what they or the function say, else the function's name.
    progress
        Called at each step with the part that is done, 0 to 1.
    cancel
        Asked at each step by ``is_set()`` whether to stop, such as a ``threading.Event``.

    Raises
    ------
    CancelledError
        When it was cancelled.
    AssistError
        When the function fails, or gives what are no segments; the function's own error is its cause.
    """
    name = name_of(function, source)
    opened = open_media(media)
    duration = opened.info().duration or 0.0

    def step(done: float) -> None:
        if cancel is not None and cancel.is_set():
            raise CancelledError(f"{name} was cancelled")
        if progress is not None:
            progress(min(float(done), 1.0) if done >= 0 else 0.0)

    try:
        given = _parameters(function)
        found = function(
            opened,
            **({"progress": step} if "progress" in given else {}),
            **({"source": source} if source and "source" in given else {}),
            **options,
        )
        segments = list(_stepped(found, step, duration) if isinstance(found, Iterator) else found)
        step(1.0)
        return as_suggestions(segments, source or _unnamed(segments, name), opened.info().duration)
    except CancelledError:
        raise
    except AvsegError as error:
        raise AssistError(f"{name} failed: {error}") from error
    except Exception as error:  # whatever a function of one's own raises
        raise AssistError(f"{name} failed: {type(error).__name__}: {error}") from error


def name_of(function: Callable[..., Any], source: str = "") -> str:
    """Give the name of what a function suggests: the one given, its own ``source``, or its name."""
    if source:
        return source
    parameter = _parameters(function).get("source")
    if parameter is not None and isinstance(parameter.default, str) and parameter.default:
        return parameter.default
    inner = getattr(function, "func", function)
    return str(getattr(inner, "__name__", type(inner).__name__)).strip("<>")


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # some of C have none
        return {}


def _stepped(found: Iterator[Any], step: Progress, duration: float) -> Iterator[Any]:
    for item in found:
        end = item.get("end") if isinstance(item, Mapping) else getattr(item, "end", None)
        step(end / duration if isinstance(end, (int, float)) and duration else 0.0)
        yield item


def _unnamed(segments: list[Any], name: str) -> str:
    """Give the name, unless the segments say themselves who made them."""
    origins = [item.get("origin") if isinstance(item, Mapping) else getattr(item, "origin", None) for item in segments]
    return "" if segments and all(origins) else name
