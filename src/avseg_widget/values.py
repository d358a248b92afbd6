"""Read-only list and dict for values that are replaced, never changed in place. Knows no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_HINT = "this value is read-only: assign a new one, for example w.segments = [*w.segments, segment]"


def _refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
    raise TypeError(_HINT)


class FrozenDict(dict[K, V]):
    """A dict that refuses changes, so that an edit that could not be synced never looks done.

    >>> FrozenDict(a=1) == {"a": 1}
    True
    """

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type, tuple[dict[K, V]]]:
        return type(self), (dict(self),)


class FrozenList(list[V]):
    """A list that refuses changes, equal to any list with the same items.

    >>> FrozenList([1, 2]) == [1, 2]
    True
    """

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))

    def __reduce__(self) -> tuple[type, tuple[list[V]]]:
        return type(self), (list(self),)


def freeze_mapping(values: Mapping[str, Any]) -> FrozenDict[str, Any]:
    """Copy a mapping, turning the lists inside it into read-only ones."""
    return FrozenDict({key: FrozenList(value) if _is_list(value) else value for key, value in values.items()})


def _is_list(value: Any) -> bool:
    return not isinstance(value, (str, float, int, bytes, Mapping)) and isinstance(value, Iterable)
