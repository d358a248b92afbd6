"""Checks a request by botocore's own model of the service: botocore itself checks no pattern, maximum or choice."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

#: Classes of characters as the models write them, for Java, and what comes nearest to each.
_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s"}


def request_problems(service: str, operation: str, request: Mapping[str, Any]) -> list[str]:
    """Return what a service's model does not allow in a request, each with its path.

    Parameters
    ----------
    service, operation
        As botocore calls them: ``"sagemaker"``, ``"CreateLabelingJob"``.
    request
        The operation's parameters.

    Examples
    --------
    >>> request_problems("sagemaker", "StopLabelingJob", {"LabelingJobName": "a_b"})
    ["LabelingJobName is 'a_b', which does not match [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"]
    """
    return list(_problems(_service_model(service).operation_model(operation).input_shape, request, ""))


@functools.cache
def _service_model(service: str) -> Any:
    from botocore.session import Session

    return Session().get_service_model(service)


def _problems(shape: Any, value: Any, path: str) -> Iterator[str]:
    check = _CHECKS.get(shape.type_name)
    if check is not None:
        yield from check(shape, value, path)


def _structure(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path} must be an object, not {value!r:.80}"
        return
    inside = f"{path}." if path else ""
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"{inside}{name} is missing"
    for name, member in value.items():
        if name not in shape.members:
            yield f"{inside}{name} is unknown; there are {', '.join(shape.members)}"
        elif member is not None or name not in shape.required_members:
            yield from _problems(shape.members[name], member, f"{inside}{name}")


def _list(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, (list, tuple)):
        yield f"{path} must be a list, not {value!r:.80}"
        return
    yield from _range(shape, len(value), path, "items")
    for place, item in enumerate(value):
        yield from _problems(shape.member, item, f"{path}[{place}]")


def _map(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path} must be an object, not {value!r:.80}"
        return
    yield from _range(shape, len(value), path, "keys")
    for key, item in value.items():
        yield from _problems(shape.key, key, f"{path} key {key!r:.80}")
        yield from _problems(shape.value, item, f"{path}.{key}")


def _string(shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{path} must be a text, not {value!r:.80}"
        return
    if wrong := list(_range(shape, len(value), path, "characters")):
        yield from wrong
        return
    choices = shape.metadata.get("enum")
    if choices and value not in choices:
        yield f"{path} is {value!r:.80}, and there are {', '.join(choices)}"
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value):
        yield f"{path} is {value!r:.80}, which does not match {pattern}"


def _number(shape: Any, value: Any, path: str) -> Iterator[str]:
    types = (int,) if shape.type_name in {"integer", "long"} else (int, float)
    if isinstance(value, bool) or not isinstance(value, types):
        yield f"{path} must be a{' whole' * (types == (int,))} number, not {value!r:.80}"
        return
    yield from _range(shape, value, path, "")


def _boolean(_shape: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{path} must be true or false, not {value!r:.80}"


def _range(shape: Any, size: float, path: str, unit: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and size < least) or (most is not None and size > most):
        allowed = f"at least {least:,}" if most is None else f"at most {most:,}"
        allowed = f"{least:,} to {most:,}" if least is not None and most is not None else allowed
        yield f"{path} has {size:,} {unit}, and takes {allowed}" if unit else f"{path} is {size:,}, and takes {allowed}"


def _matches(pattern: str, value: str) -> bool:
    """Tell whether a text as a whole is what a model's pattern says, which is written for Java."""
    for java, python in _CLASSES.items():
        pattern = pattern.replace(java, python)
    # A line break is a character too, and `.` in Java and here means all but that.
    return re.fullmatch(pattern, value) is not None


_CHECKS = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
    "boolean": _boolean,
}
