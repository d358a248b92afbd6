"""A long MP4 by its own tables: parts of it that decoders open as files, and its frame times. Knows no decoder.

libav keeps some 50 bytes for each packet of what it opens, and a film has 260,000 of them an hour. Here the tables, or
the lists of its fragments, stay in the file; a part is a header that lists some packets only, before the file's own
bytes. Times are in seconds; an ``origin`` is the decoders' time of what is shown at 0.
"""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from .boxes import exactly
from .mp4_edits import Piece, pieces_of, times_of
from .mp4_track import OddError, Track, box
from .source import Place

#: Packets from which on a file is read in parts: six hours of AAC, or four of a film.
LONG = 1_000_000
#: Packets of each track that tell what a file is.
HEAD = 5_000
#: Tracks of sound and pictures; how much later texts may end to count, in seconds.
_SEEN, _TEXT_AFTER = {b"soun", b"vide"}, 1.0


class Movie:
    """The tracks of an MP4, in its order. One in fragments has a ``stop``: its first packets end there.

    ``notes`` are where it tells decoders how much of its sound to leave out, both 0 where it does not.
    ``stated`` are the tracks as they are told to be, ``tracks`` what there is of them, as a file may be cut.
    """

    def __init__(
        self,
        place: Place,
        start: bytes,
        head: bytes,
        stated: list[Track],
        *,
        stop: int = 0,
        notes: tuple[int, int] = (0, 0),
    ) -> None:
        self._place = place
        self._start = start
        self._head = head
        self._stop = stop
        self._notes = notes
        self.stated = self.tracks = stated
        self._pieces: dict[int, list[Piece]] = {}

    def cut(self) -> None:
        """Leave out what is not in the file.

        Raises
        ------
        OddError
            where nothing is left.
        """
        self.tracks = [track.within(self._place.size) for track in self.stated]
        if not any(track.count for track in self.tracks):
            raise OddError

    @property
    def is_in_fragments(self) -> bool:
        """Whether its packets are listed in fragments."""
        return self._stop > 0

    @property
    def is_noted(self) -> bool:
        """Whether it tells decoders to leave out sound: for these it begins so much later, and ends so, too."""
        return self._notes != (0, 0)

    @property
    def is_long(self) -> bool:
        """Whether decoders would need much memory for its packets, so that it is read in parts."""
        return sum(track.count for track in self.tracks) >= LONG

    @property
    def is_in_parts(self) -> bool:
        """Whether it is read in parts: it is long, decoders would not follow its edits, or fetch all lists again."""
        return self.is_long or self.is_edited or (self.is_in_fragments and self._place.is_far)

    @property
    def is_edited(self) -> bool:
        """Whether a track is shown in several parts, one after another."""
        return any(track.edits for track in self.tracks)

    @property
    def start(self) -> float:
        """When it begins to show something, where it is edited."""
        seen = [track for track in self.tracks if track.kind in _SEEN and track.count]
        return min(round(_first_edit(track) if track.edits else _begin(track) / track.rate, 6) for track in seen)

    def end(self, origin: float = 0.0) -> float:
        """Return where what is shown ends, whether all of it is there or not."""
        return round(_latest([(track, self._end(track)) for track in self.stated]), 6) - origin

    def there(self, origin: float = 0.0) -> float:
        """Return where what is there ends."""
        if self.is_edited:
            return self.end(origin)
        ends = [
            (track, min(self._end(stated), max(self._end(track), track.last_shown / track.rate)))
            for track, stated in zip(self.tracks, self.stated, strict=True)
        ]
        return _latest(ends) - origin

    def _end(self, track: Track) -> float:
        if track.edits:
            return float(track.edits[-1].stop)
        length = track.end - track.time(0)
        shown = length if track.shown is None else track.shown
        return (_begin(track) + min(shown, length, track.stated or length)) / track.rate

    def begin(self, track: Track) -> int:
        """Return when decoders begin to show a track, in its units: what sound holds before 0 they leave out."""
        return max(0, _begin(track)) if track.kind == b"soun" else _begin(track)

    def is_begun(self, track: Track) -> bool:
        """Say whether what is shown begins in the head, so that this tells what the track is."""
        if not track.count:
            return True
        packet = track.packet_at(track.first + track.empty)
        if self.is_in_fragments:
            return int(track.places(packet, packet + 1)[0]) < self._stop
        return packet <= HEAD // 2

    def head(self) -> Place:
        """Return the beginning as a file: what all of it is, but for how long."""
        if self.is_in_fragments:
            return replace(self._place, stop=self._stop)
        return self._headed([(track, 0, min(track.count, HEAD)) for track in self.tracks], self._noted(), edited=True)

    def _noted(self) -> bytes:
        if not self.is_noted:
            return b""
        start, end = self._notes
        with self._place.open() as file:
            file.seek(start)
            return box(b"udta", exactly(file, end - start))

    def part(self, track: Track, first: int, last: int) -> Place:
        """Return the packets ``[first, last)`` of one track as a file, the first at 0 s."""
        return self._headed([(track, first, last)], edited=False)

    def only(self, track: Track) -> Place:
        """Return one track as a file of the same times; all of the file where an edit of fragments moves them."""
        if track.odd_keys or (self.is_in_fragments and (track.time(0) or track.first)):
            return self._place
        return self._headed([(track, 0, track.count)], edited=True)

    def pieces(self, track: Track) -> list[Piece]:
        """Return the edits of a track that show frames, which take long to find: they are kept.

        Raises
        ------
        OddError
            where they cannot be told.
        """
        number = next(at for at, each in enumerate(self.tracks) if each is track)
        if number not in self._pieces:
            self._pieces[number] = pieces_of(track)
        return self._pieces[number]

    def frame_times(self, track: Track, origin: float = 0.0) -> npt.NDArray[np.float64]:
        """Return when the frames of a track are shown, ascending."""
        times = times_of(track, self.pieces(track)) if track.edits else _times(track)
        times /= track.rate
        times -= origin
        times = times[np.searchsorted(times, 0.0) :]
        # Of frames that begin at the same time one is shown.
        return times[np.diff(times, prepend=-1) > 0] if np.any(times[1:] == times[:-1]) else times

    def _headed(self, parts: list[tuple[Track, int, int]], notes: bytes = b"", *, edited: bool) -> Place:
        def written(shift: int) -> bytes:
            tracks = [track.listed(first, last, shift, edited=edited) for track, first, last in parts]
            # All of the file is the content of one box, so that no decoder reads its tables.
            rest = struct.pack(">I4sQ", 1, b"mdat", 16 + self._place.size)
            return self._start + box(b"moov", self._head, *tracks, notes) + rest

        return replace(self._place, header=written(len(written(0))))


def _begin(track: Track) -> int:
    """Return when a track begins to be shown, in its units."""
    if track.shown is not None:
        return track.empty
    return int(next(track.stamps(1))[0]) if track.count else 0


def _times(track: Track) -> npt.NDArray[np.float64]:
    """Return when the frames of a track of one edit at most are shown, in its units, ascending."""
    found = np.empty(track.count)
    at = 0
    begin, end = track.empty, None if track.shown is None else track.empty + track.shown
    for stamps in track.stamps():
        kept = stamps if end is None else stamps[(stamps >= begin) & (stamps < end)]
        found[at : at + len(kept)] = kept
        at += len(kept)
    times = found[:at]
    times.sort()
    if end is not None:
        # An edit that begins between two frames is moved to the second, as decoders do.
        times -= times[:1] - begin
    return times


def _first_edit(track: Track) -> float:
    """Return when the first edit of a track shows something, in seconds."""
    return float(next(edit.start for edit in track.edits if edit.first is not None))


def _latest(ends: list[tuple[Track, float]]) -> float:
    seen = max((end for track, end in ends if track.kind in _SEEN), default=0.0)
    text = max((end for track, end in ends if track.kind not in _SEEN), default=0.0)
    return text if not seen or seen < text < seen + _TEXT_AFTER else seen
