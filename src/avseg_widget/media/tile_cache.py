"""Tiles kept by how lately they were asked for, up to so many bytes. Knows nothing of what is in them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

#: What a tile costs beside its bytes, so that empty ones are not kept without end.
_OVERHEAD = 256


class TileCache:
    """Bytes by key; the ones not asked for the longest go first when there are more than ``most`` bytes.

    One thread at a time makes a tile.

    >>> cache = TileCache(1000)
    >>> [len(cache.get(name, lambda: bytes(500))) for name in ("a", "b")], len(cache)
    ([500, 500], 1)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._lock = Lock()
        self._tiles: OrderedDict[Hashable, bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tiles)

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return the tile of a key, made when it is not kept."""
        with self._lock:
            return self._get(key, make)

    def _get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        found = self._tiles.get(key)
        if found is not None:
            self._tiles.move_to_end(key)
            return found
        made = make()
        self._tiles[key] = made
        self._size += len(made) + _OVERHEAD
        while self._size > self._most and self._tiles:
            _, dropped = self._tiles.popitem(last=False)
            self._size -= len(dropped) + _OVERHEAD
        return made
