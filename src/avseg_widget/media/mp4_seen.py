"""Compare an MP4's own tables with what decoders see of its beginning. Knows no place but that."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice

import av
import av.container
import av.stream

from .container import audio_stream, frames, open_container, packets
from .mp4_moov import movie_of
from .mp4_movie import Movie
from .source import Place

#: Packets of the beginning that are compared of what is far.
_FAR_PACKETS = 200


def tables_of(place: Place) -> Movie | None:
    """Give an MP4's own tables, where they are of use and decoders see the same in its beginning; else None."""
    movie = movie_of(place)
    if movie is None:
        return None
    with open_container(movie.head()) as container:
        return movie if _is_seen_as(place, movie, container) else None


def _is_seen_as(place: Place, movie: Movie, container: av.container.InputContainer) -> bool:
    covers = av.stream.Disposition.attached_pic
    streams = [
        stream
        for stream in (*container.streams.audio, *container.streams.video)
        if not stream.disposition & covers or stream.index < len(movie.tracks)
    ]
    seen: dict[int, list[tuple[int, int]]] = {stream.index: [] for stream in streams}
    for stream in streams:
        if stream.index >= len(movie.tracks):
            return False
        track = movie.tracks[stream.index]
        late = (stream.start_time or 0) - movie.begin(track)
        is_noted = movie.is_noted and track.kind == b"soun" and late > 0
        if (late and not is_noted) or stream.time_base != Fraction(1, track.rate):
            return False
    if movie.is_edited:
        # What is shown at 0 is the file's time 0.
        return (container.start_time or 0) >= 0 and _is_fine(movie, container)
    if not movie.is_in_fragments:
        return True
    # All that is looked at has to be fetched.
    found = islice(packets(container, streams), _FAR_PACKETS if place.is_far else None)
    for packet in found:
        if packet.pts is not None and not packet.is_corrupt:
            seen[packet.stream.index].append((packet.pts, packet.pos))
    return all(some == movie.tracks[index].seen(len(some)) for index, some in seen.items())


def _is_fine(movie: Movie, container: av.container.InputContainer) -> bool:
    """Return whether the time stamps of sound of several edits tell one sample from the next."""
    stream = audio_stream(container)
    if stream is None or not movie.tracks[stream.index].edits:
        return True
    sound = next(frames(container, stream), None)
    return sound is not None and sound.time_base * sound.sample_rate <= 1
