"""A thing that is made when it is first asked for. Knows nothing of what it is."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Makes a thing at the first call and returns it at each, the same in all threads; what raises is tried again.

    >>> numbers = Once(lambda: [1, 2])
    >>> numbers() is numbers()
    True
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._lock = Lock()

    @property
    def made(self) -> T | None:
        """The thing, None when it was not made yet."""
        return self._made[0] if self._made else None

    def __call__(self) -> T:
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]
