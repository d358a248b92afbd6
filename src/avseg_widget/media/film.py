"""The packets of a video from any time on, those of a long MP4 from parts that are opened in turn. Knows no picture."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from fractions import Fraction
from functools import cached_property, partial
from itertools import chain, count, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from av.stream import Discard

from ..errors import MediaError
from .container import open_container, packets, video_stream
from .in_order import InOrder, is_guessed
from .layout import is_joined_mp4
from .mp4_edits import key_shown_before
from .mp4_movie import Movie
from .mp4_track import Track
from .probe import Facts
from .source import Place

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

#: Packets of a part of a long MP4, which goes on to the next key frame: 5 minutes of film.
PART = 1 << 13
#: Packets at the end of which some may be shown last.
_LATEST = 100


def film_of(place: Place, facts: Facts) -> Callable[[], Film]:
    """Give what opens the video of media, or raises a MediaError when there is none any more."""
    if facts.movie is None or facts.picture_stream is None:
        return partial(Film, place)
    track = facts.movie.tracks[facts.picture_stream]
    if track.edits:
        return partial(EditedFilm, facts.movie, track)
    parts = _Parts(facts.movie, track)
    head = parts.head()
    if head.header and parts.are_all and parts.are_alike:
        with closing(PartedFilm(head, parts)) as film:
            if film.seeks_as_whole():
                return partial(PartedFilm, head, parts)
    return partial(Film, parts.whole())


class Film:
    """The video of one file, which stays open; times are in units of ``base`` seconds."""

    def __init__(self, place: Place) -> None:
        self._name = place.name
        self._stack = ExitStack()
        self._container, self.stream = self._opened(self._stack, place)
        self.base = self.stream.time_base or Fraction(1)
        self._in_order = InOrder(self._container, self.stream)
        #: Whether packets follow one another as in the file, tell when they are shown, and have one description.
        self.is_plain = not (is_joined_mp4(place.picture or place) or is_guessed(self._container, self.stream))

    @cached_property
    def first(self) -> Any:
        """The first packet that is shown; to be asked for before others are."""
        return self._timed(packets(self._container, self.stream))

    def close(self) -> None:
        """Close the file."""
        self._stack.close()

    def packets_from(self, time: int) -> Iterator[Any]:
        """Yield packets from the last key frame that is decoded at or before a time on, or from the first one.

        Raises
        ------
        av.error.FFmpegError
            where the file has no way there.
        """
        self._container.seek(time, stream=self.stream, backward=True)
        self._in_order.clear()
        return packets(self._container, self.stream)

    def shows(self, packet: Any) -> bool:
        """Return whether the frame of a packet is shown."""
        return not packet.is_discard

    def decode(self, packet: Any) -> list[Any]:
        """Return the frames that come out of the decoder with a packet, those that are shown.

        Raises
        ------
        av.error.FFmpegError
            where the packet is damaged.
        """
        return self._in_order.take(packet, self.stream.codec_context.decode(packet))

    def _opened(self, stack: ExitStack, place: Place) -> tuple[InputContainer, VideoStream]:
        container = stack.enter_context(open_container(place))
        stream = video_stream(container)
        if stream is None:
            raise self._missing()
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all
        return container, stream

    def _timed(self, found: Iterator[Any]) -> Any:
        """Return the first packet that is shown."""
        for packet in found:
            if packet.pts is not None:
                return packet
        raise self._missing()

    def _missing(self) -> MediaError:
        return MediaError(f"{self._name} has no pictures any more: open it again")


class PartedFilm(Film):
    """The video of a long MP4, of which the beginning and one other part are open."""

    def __init__(self, head: Place, parts: _Parts) -> None:
        super().__init__(head)
        self._parts = parts
        # An edit may cut the beginning away.
        found = chain([self.first], packets(self._container, self.stream))
        shown = self._timed(packet for packet in found if not packet.is_discard)
        decoded, late = parts.times(parts.packet(shown.pos - len(head.header)))
        #: By how much the film's times of decoding and of showing are later than those of its tables.
        self._later: tuple[int, int] = shown.dts - decoded, shown.pts - decoded - late
        #: How much before a time decoders look for a key frame, by when it is decoded.
        self._ahead = parts.empty - shown.dts
        self._head = self._part = _Part(0, self._container, self.stream, 0, 0, self._ahead)
        self._other = self._stack.enter_context(ExitStack())

    def packets_from(self, time: int) -> Iterator[Any]:
        self.stream.codec_context.flush_buffers()
        decoded = time - self._ahead
        part = self._at(self._parts.at(decoded - self._later[0]))
        part.seek(decoded)
        return self._from(part)

    def seeks_as_whole(self) -> bool:
        """Return whether decoders go to the second key frame from where its part would be looked for."""
        key = self._parts.second_key()
        if key is None:
            return True
        decoded = self._parts.times(key)[0] + self._later[0]
        found: list[int] = []
        for time in (decoded, decoded - 1):
            self._head.seek(time)
            found.append(self._timed(self._head.packets()).dts)
        return found[0] == decoded and found[1] < decoded

    def _from(self, part: _Part) -> Iterator[Any]:
        while (following := self._parts.after(part.number)) is not None:
            yield from (packet for packet in part.packets() if packet.pts is not None)
            part = self._at(following)
            part.seek(self._parts.times(self._parts.begin(following))[0] + self._later[0])
        yield from part.packets()

    def _at(self, number: int) -> _Part:
        if number == 0:
            return self._head
        if number != self._part.number:
            self._part = self._head
            self._other.close()
            container, stream = self._opened(self._other, self._parts.place(number))
            first = self._timed(packets(container, stream))
            decoded, late = self._parts.times(self._parts.begin(number))
            begin = decoded + self._later[0], decoded + late + self._later[1]
            shifts = begin[0] - first.dts, begin[1] - first.pts
            self._part = _Part(number, container, stream, *shifts, -first.dts)
        return self._part


class EditedFilm(Film):
    """The video of an MP4 that several edits show parts of; the packets of some minutes of it are open."""

    def __init__(self, movie: Movie, track: Track) -> None:
        self._movie, self._track = movie, track
        found = movie.pieces(track)
        # Where frames of two edits are shown at once, those of the later one are.
        ends = [min(one.end, other.start - one.later) for one, other in pairwise(found)]
        self._pieces = [piece._replace(end=end) for piece, end in zip(found, [*ends, found[-1].end], strict=True)]
        self._piece = self._pieces[0]
        super().__init__(movie.part(track, self._piece.first, self._after(self._piece.first)))
        self.is_plain = False
        self._other = self._stack.enter_context(ExitStack())

    @cached_property
    def first(self) -> Any:
        return self._timed(self.packets_from(self._pieces[0].start))

    def packets_from(self, time: int) -> Iterator[Any]:
        number = max(0, bisect_right(self._pieces, time, key=lambda piece: piece.start) - 1)
        piece = self._pieces[number]
        return self._from(number, key_shown_before(self._track, min(time - piece.later, piece.end - 1)))

    def shows(self, packet: Any) -> bool:
        time: int = packet.pts - self._piece.later
        return self._piece.begin <= time < self._piece.end

    def decode(self, packet: Any) -> list[Any]:
        return [frame for frame in super().decode(packet) if frame.pts is not None and self.shows(frame)]

    def _from(self, number: int, key: int) -> Iterator[Any]:
        for piece in self._pieces[number:]:
            self.stream.codec_context.flush_buffers()
            self._piece = piece
            first = max(key, piece.first)
            while first < piece.last:
                last = self._after(first)
                found = self._packets(first, last)
                # The last one of an edit flushes the decoder.
                yield from found if last == piece.last else (packet for packet in found if packet.pts is not None)
                first = last
            key = 0

    def _packets(self, first: int, last: int) -> Iterator[Any]:
        track, later = self._track, self._piece.later
        self._other.close()
        container, stream = self._opened(self._other, self._movie.part(track, first, last))
        shifts: tuple[int, int] | None = None
        for packet in packets(container, stream):
            if packet.pts is not None:
                if shifts is None:
                    shown = int(track.shown_at(first, first + 1)[0])
                    shifts = track.time(first) + later - packet.dts, shown + later - packet.pts
                packet.dts += shifts[0]
                packet.pts += shifts[1]
            yield packet

    def _after(self, first: int) -> int:
        """Return the end of the part that begins with a packet."""
        return min(self._track.key_after(first + PART), self._piece.last)


class _Part(NamedTuple):
    """A part that is open, and by how much the film's times of decoding and of showing are later than its own."""

    number: int
    container: InputContainer
    stream: VideoStream
    decoded: int
    shown: int
    #: How much before a time it looks for a key frame.
    ahead: int

    def seek(self, decoded: int) -> None:
        """Go to the last key frame that is decoded at or before a time of the film, or to the first one."""
        self.container.seek(decoded - self.decoded + self.ahead, stream=self.stream, backward=True)

    def packets(self) -> Iterator[Any]:
        for packet in packets(self.container, self.stream):
            if packet.pts is not None:
                packet.pts += self.shown
                packet.dts += self.decoded
            yield packet


class _Parts:
    """The parts of a track, each from a key frame to the first one after ``PART`` packets."""

    def __init__(self, movie: Movie, track: Track) -> None:
        self._movie = movie
        self._track = track
        self._begins = {0: 0}
        #: The first packet after which the parts are counted: all before are in the first one.
        self._shown = track.packet_at(track.first + track.empty)

    @property
    def are_all(self) -> bool:
        """Whether no edit cuts away what comes last."""
        track = self._track
        if track.shown is None:
            return True
        first = max(0, track.count - _LATEST)
        shown = track.shown_at(first, track.count) - track.first
        return int(shown.max()) < track.empty + track.shown

    @property
    def are_alike(self) -> bool:
        """Whether one description holds for all packets: a decoder hears of another one within a file only."""
        return self._track.kinds == 1

    @property
    def empty(self) -> int:
        """How long nothing is shown at the beginning."""
        return self._track.empty

    def second_key(self) -> int | None:
        """Return the first packet after what is shown first from which decoding can begin, if the first part has it."""
        key = self._track.key_after(self._shown + 2)
        return key if key < self.begin(1) else None

    def head(self) -> Place:
        """Return the first part as a file with the track's edits."""
        return self._movie.only(replace(self._track, count=self.begin(1)))

    def whole(self) -> Place:
        """Return all of the track as a file."""
        return self._movie.only(self._track)

    def place(self, number: int) -> Place:
        """Return a part as a file without edits."""
        return self._movie.part(self._track, self.begin(number), self.begin(number + 1))

    def begin(self, number: int) -> int:
        """Return the first packet of a part."""
        if number not in self._begins:
            self._begins[number] = self._track.key_after(self._shown + number * PART)
        return self._begins[number]

    def at(self, time: int) -> int:
        """Return the part of the last packet that is decoded at or before a time."""
        packet = self._track.packet_at(time)
        number = max(0, packet - self._shown) // PART
        while self.begin(number) > packet:
            number -= 1
        return number

    def after(self, number: int) -> int | None:
        """Return the part that follows one, None for the last one."""
        end = self.begin(number + 1)
        if end == self._track.count:
            return None
        return next(each for each in count(number + 1) if self.begin(each + 1) > end)

    def packet(self, place: int) -> int:
        """Return the packet of the first part that lies at a place."""
        return int(np.argmax(self._track.places(0, self.begin(1)) == place))

    def times(self, packet: int) -> tuple[int, int]:
        """Return when a packet is decoded, and by how much later it is shown."""
        late = self._track.late(packet, packet + 1)
        return self._track.time(packet), 0 if late is None else int(late[1][0])
