"""Find the streams that follow one another in an Ogg file, by its pages: the links of its chain. Decodes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise
from typing import BinaryIO, NamedTuple

from ..errors import MediaError
from .source import Place
from .stretches import Stretches

#: The most streams of a chain: each takes some milliseconds to open.
MOST_LINKS = 10_000
#: Bytes up to which all pages are looked at, 16 MiB, or 2 MiB from far.
_SMALL, _FAR_SMALL = 1 << 24, 1 << 21
#: Of longer files one page in so many bytes is looked at, or so many pages of one from far.
_STEP, _FAR_PAGES = 1 << 20, 8
#: Bytes between two pages from far within which all are looked at.
_NEAR = 1 << 18
#: Bytes of the start of a page, and then the length of each of up to 255 pieces of it.
_HEAD, _PIECES = 27, 255
#: The most bytes of a page.
_MOST = _HEAD + _PIECES + _PIECES * 255
_MARK = b"OggS"
_BEGINS = 2


class _Page(NamedTuple):
    """A page: its bytes, whether it begins a stream, and its stream and number in it."""

    start: int
    stop: int
    begins: bool
    serial: bytes
    number: int

    def is_followed_by(self, other: _Page) -> bool:
        """Return whether a page further on can be of the same link. Many writers call every stream 0."""
        return other.serial == self.serial and other.number > self.number


def find_links(place: Place) -> list[Place]:
    """Give each stream of a chain as a place of its own, one for what is no chain, none for what is no Ogg.

    A long file is not looked through where some of its pages have the same stream and rising numbers. From far only
    what lies around the seams is read.
    """
    with place.open() as file:
        if file.read(len(_MARK)) != _MARK:
            return []
        pages = _Pages(file)
        starts = list(islice(pages.seams(is_far=place.is_far), MOST_LINKS))
    if len(starts) == MOST_LINKS:
        raise MediaError(f"{place.name} consists of {MOST_LINKS:,} streams or more: split it into files of fewer")
    bounds = [0, *starts, pages.size]
    if not starts:
        return [place]
    return [replace(place, start=start, stop=stop, stretches=Stretches()) for start, stop in pairwise(bounds)]


class _Pages:
    """The pages of an open file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, 2)

    def seams(self, *, is_far: bool) -> Iterator[int]:
        """Yield where each link but the first begins."""
        group = self._first_group()
        if not group:
            return
        if self.size <= (_FAR_SMALL if is_far else _SMALL):
            yield from self._seams_within(0, self.size)
            return
        step = self.size // _FAR_PAGES if is_far else _STEP
        seen = [page for start in range(0, self.size - _MOST, step) if (page := self._after(start))]
        seen += list(self._walked(self.size - _MOST, self.size))[-1:]
        if len(group) > 1:
            # Streams side by side take turns.
            if not is_far and seen[-1].serial not in group:
                yield from self._seams_within(0, self.size)
        elif is_far and self.size > _SMALL:
            for first, last in pairwise(seen):
                yield from self._between(first, last)
        elif not all(first.is_followed_by(last) for first, last in pairwise(seen)):
            yield from self._seams_within(0, self.size)

    def _between(self, first: _Page, last: _Page) -> Iterator[int]:
        if first.is_followed_by(last) or first.start >= last.start:
            return
        middle = self._after((first.start + last.start) // 2) if last.start - first.start > _NEAR else None
        if middle is None or middle.start >= last.start:
            yield from self._seams_within(first.start, last.stop)
            return
        yield from self._between(first, middle)
        yield from self._between(middle, last)

    def _first_group(self) -> set[bytes]:
        """Give the streams that begin at the beginning."""
        group: set[bytes] = set()
        for page in self._walked(0, self.size):
            if not page.begins:
                break
            group.add(page.serial)
        return group

    def _seams_within(self, start: int, stop: int) -> Iterator[int]:
        """Yield the pages that begin a stream after others that do not."""
        is_in_link = False
        for page in self._walked(start, stop):
            if page.begins and is_in_link:
                yield page.start
            is_in_link = not page.begins

    def _walked(self, start: int, stop: int) -> Iterator[_Page]:
        page = self._after(start)
        while page is not None and page.start < stop:
            yield page
            # Of a page that was cut others may lie in what it says is its own.
            page = self._at(page.stop) or self._after(page.start + len(_MARK))

    def _after(self, start: int) -> _Page | None:
        """Give the first page that begins at a byte or after it."""
        while start < self.size:
            self._file.seek(start)
            data = self._file.read(_MOST)
            found = data.find(_MARK)
            while found >= 0:
                page = self._at(start + found)
                # Sound may hold these four letters, too.
                if page is not None and (page.stop >= self.size or self._at(page.stop) is not None):
                    return page
                found = data.find(_MARK, found + 1)
            start += max(1, len(data) - len(_MARK) + 1)
        return None

    def _at(self, start: int) -> _Page | None:
        self._file.seek(start)
        head = self._file.read(_HEAD + _PIECES)
        # After the mark there is the version, 0.
        if len(head) < _HEAD or not head.startswith(_MARK + b"\x00"):
            return None
        count = head[_HEAD - 1]
        length = _HEAD + count + sum(head[_HEAD : _HEAD + count])
        return _Page(start, start + length, bool(head[5] & _BEGINS), head[14:18], int.from_bytes(head[18:22], "little"))
