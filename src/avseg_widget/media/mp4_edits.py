"""Which packets several edits of an MP4's picture need, and when they show these: as libav has it. Knows no decoder.

libav shows the frames that begin within an edit. The first of them that is decoded is decoded when the edit begins, and
all edits are moved together so that nothing is shown later than it has to be.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .mp4_track import BLOCK, Ints, OddError, Track, spread

#: Packets that are looked through at first, and then twice as many each time: an edit may be short, or long.
_FIRST = 1 << 10


class Piece(NamedTuple):
    """An edit: the packets ``[first, last)`` are decoded for it, of which those of ``[begin, end)`` are shown.

    Times are the track's own, and what is shown is so by ``later`` later; ``start`` is when its first frame is.
    """

    first: int
    last: int
    begin: int
    end: int
    start: int
    later: int


def pieces_of(track: Track) -> list[Piece]:
    """Return the edits of a track that show frames.

    Raises
    ------
    OddError
        where nothing is shown between two of them, or one is shown before the one that precedes it.
    """
    found: list[Piece] = []
    empty = 0
    for edit in track.edits:
        start, length = int(edit.start * track.rate), int((edit.stop - edit.start) * track.rate)
        if edit.first is None:
            empty = start + length
            if found:
                raise OddError
            continue
        piece = _piece(track, start, int(edit.first * track.rate), length)
        if piece is not None:
            found.append(piece)
    # Pieces of a few frames may be moved before one another.
    if not found or any(one.start >= other.start for one, other in pairwise(found)):
        raise OddError
    ahead = max(0, min(piece.start for piece in found) - empty)
    return [piece._replace(start=piece.start - ahead, later=piece.later - ahead) for piece in found]


def times_of(track: Track, pieces: list[Piece]) -> npt.NDArray[np.float64]:
    """Return when frames are shown, in the track's units, ascending."""
    found = []
    for piece in pieces:
        for first in range(piece.first, piece.last, BLOCK):
            shown = track.shown_at(first, min(first + BLOCK, piece.last))
            found.append(shown[(shown >= piece.begin) & (shown < piece.end)] + float(piece.later))
    times = np.concatenate(found)
    times.sort()
    return times


def key_shown_before(track: Track, time: int) -> int:
    """Return the last packet that is shown at or before a time and from which decoding can begin, or the first one."""
    last, size = track.packet_at(time) + 1, _FIRST
    while last > 0:
        first = max(0, last - min(size, BLOCK))
        keys = _keys(track, first, last)
        found = keys[track.shown_at(first, last)[keys - first] <= time]
        if len(found):
            return int(found[-1])
        last, size = first, 2 * size
    return 0


def _piece(track: Track, start: int, begin: int, length: int) -> Piece | None:
    """Return an edit, not yet moved with the others."""
    first = key_shown_before(track, begin)
    end, keys_after = begin + length, 0
    decoded = earliest = None
    last, size = first, _FIRST
    while last < track.count and keys_after < 2:
        at, last = last, min(last + min(size, BLOCK), track.count)
        size *= 2
        shown, keys = track.shown_at(at, last), _keys(track, at, last)
        # Frames that are shown before a key frame may be decoded after it, but not after two.
        after = keys[(shown + spread(track.steps(at, last)))[keys - at] >= end][: 2 - keys_after]
        keys_after += len(after)
        if keys_after == 2:
            last = int(after[-1]) + 1
        is_shown = (shown >= begin) & (shown < end)
        is_shown[last - at :] = False
        if np.any(is_shown):
            decoded = track.time(at + int(is_shown.argmax())) if decoded is None else decoded
            least = int(shown[is_shown].min())
            earliest = least if earliest is None else min(least, earliest)
    if decoded is None or earliest is None:
        return None
    later = start - decoded
    return Piece(first, last, begin, end, earliest + later, later)


def _keys(track: Track, first: int, last: int) -> Ints:
    """Return those of the packets ``[first, last)`` from which decoding can begin."""
    keys = track.keys(first, last)
    return np.arange(first, last) if keys is None else keys
