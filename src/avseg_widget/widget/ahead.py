"""What a queue makes in the background: the next item's media, opened, and small pictures of media. Knows no queue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from ..media import Media
from ..queue_wire import SMALL_COLUMNS, Picture
from ..wire import PEAK_TILE_COLUMNS

#: Seconds without work after which the thread ends; it begins again when it is needed.
_IDLE = 10.0
#: Where in a video its picture is taken, as a part of its length.
_EARLY = 0.1
#: Peaks as the page gets them, and the loudest that a sample can be.
_MOST, _FULL = 255, 32768


class Small(NamedTuple):
    """A picture of a row, and its bytes."""

    picture: Picture
    data: bytes


class Ahead:
    """Opens media before it is asked for, in one thread: the next item first, then what rows in sight show.

    Parameters
    ----------
    open_media
        Opens the media of the item with an index.
    is_cheap
        Whether the media of an index may be read whole only to show a picture of it.
    """

    def __init__(self, open_media: Callable[[int], Media], is_cheap: Callable[[int], bool]) -> None:
        self._open = open_media
        self._is_cheap = is_cheap
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._next: int | None = None
        #: What is being opened for the next item, and what was.
        self._opening: int | None = None
        self._opened: tuple[int, Media] | None = None
        self._wanted: list[int] = []
        self._small: dict[int, Small] = {}
        self._reading: Media | None = None

    def prepare(self, index: int | None) -> None:
        """Open an item's media and begin to make its peaks; what was opened before for another one is let go."""
        with self._changed:
            if self._opened is not None and self._opened[0] != index:
                self._opened[1].close()
                self._opened = None
            self._next = None if self._opened is not None else index
            self._start()

    def take(self, index: int) -> Media:
        """Give the media of an item: as it was opened, when it was; else it is opened now.

        Raises
        ------
        MediaError
            When it cannot be opened.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._opening != index)
            if self._opened is not None and self._opened[0] == index:
                media = self._opened[1]
                self._opened = None
                return media
        return self._open(index)

    def is_ready(self, index: int) -> bool:
        """Whether an item's media was opened ahead and waits to be taken."""
        with self._changed:
            return self._opened is not None and self._opened[0] == index

    def pictures(self, indices: Iterable[int]) -> tuple[list[Small], list[int]]:
        """Give the pictures that there are, and the indices of those that are made now, the first of them first."""
        wanted = list(dict.fromkeys(indices))
        with self._changed:
            found = [self._small[index] for index in wanted if index in self._small]
            self._wanted = [index for index in wanted if index not in self._small]
            self._start()
            return found, list(self._wanted)

    def close(self) -> None:
        """End the thread, and let go of what nobody took."""
        with self._changed:
            self._closed = True
            self._next, self._wanted = None, []
            held = [media for media in (self._reading, self._opened and self._opened[1]) if media is not None]
            self._opened = None
            self._changed.notify_all()
        for media in held:
            media.close()

    def _start(self) -> None:
        self._changed.notify_all()
        if self._thread is None and not self._closed and (self._next is not None or self._wanted):
            self._thread = threading.Thread(target=self._run, name="avseg-ahead", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._next is not None or bool(self._wanted), _IDLE)
                index, self._next = self._next, None
                picture = self._wanted[0] if index is None and self._wanted else None
                self._opening = index
                if index is None and picture is None:
                    self._thread = None
                    return
            if index is not None:
                self._prepare(index)
            elif picture is not None:
                self._picture(picture)

    def _prepare(self, index: int) -> None:
        media: Media | None = None
        try:
            media = self._open(index)
            media.build_peaks()
        except Exception:  # noqa: BLE001 - told when the item is opened itself
            media = None
        with self._changed:
            self._opening = None
            if media is not None and (self._closed or self._next is not None):
                media.close()
            elif media is not None:
                self._opened = (index, media)
            self._changed.notify_all()

    def _picture(self, index: int) -> None:
        try:
            small = self._make(index)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the media is shown in its row
            problem = str(error) or type(error).__name__
            small = Small(Picture(index=index, kind="none", problem=problem), b"")
        with self._changed:
            self._reading = None
            self._small[index] = small
            self._wanted = [other for other in self._wanted if other != index]

    def _make(self, index: int) -> Small:
        if not self._is_cheap(index):
            return Small(Picture(index=index, kind="none"), b"")
        media = self._open(index)
        with self._changed:
            self._reading = None if self._closed else media
        try:
            info = media.info()
            kind, data = ("jpeg", _jpeg(media)) if info.kind == "video" else ("wave", small_wave(media))
        finally:
            media.close()
        picture = Picture(index=index, kind=kind if data else "none", bytes=len(data), length=info.duration)  # type: ignore[arg-type]  # one of the two above
        return Small(picture, data)


def _jpeg(media: Media) -> bytes:
    length = media.info().duration
    return media.thumbnails([length * _EARLY], within=length)[0] if length else b""


def small_wave(media: Media) -> bytes:
    """Return SMALL_COLUMNS peaks of a sound, 0 to 255 of full scale, over all channels; none without sound."""
    info = media.info()
    frames = round((info.duration or 0.0) * info.sample_rate)
    if frames == 0:
        return b""
    level = 0
    while frames > PEAK_TILE_COLUMNS * 4**level:
        level += 1
    tile: Any = np.frombuffer(media.peak_tile(level, 0), "<i2").reshape(max(1, info.channels), -1, 2)
    loudest = np.abs(tile.astype(np.int32)).max(axis=(0, 2), initial=0)
    if not len(loudest):
        return b""
    starts = np.arange(SMALL_COLUMNS) * len(loudest) // SMALL_COLUMNS
    found = np.maximum.reduceat(loudest, starts)
    return bytes(np.minimum(_MOST, found * _MOST // _FULL).astype(np.uint8))
