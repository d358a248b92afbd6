"""Choose how the sound of media is read: as one, in parts, side by side or one after another. Decodes nothing."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import cast

import msgspec

from .chained import chained
from .edited import EditedReader, Range
from .jumps import PREROLL
from .mp4_movie import Movie
from .mp4_track import Edit, Track
from .parted import PartedReader, PartOfSound
from .probe import Facts
from .reader import AudioReader, ContainerReader, SoundFileReader
from .resample import ResampledReader
from .side_by_side import AlignedReader
from .source import Place

#: Packets of a part that a long MP4 is read in: 1.5 hours of AAC. Samples are counted within a part, and each part lies
#: where its stamp says: where these differ, some packets more have sound up to the next part.
PART, _AFTER = 250_000, 8


def reader_for(place: Place, facts: Facts) -> AudioReader | None:
    """Choose the reader of media; None when there is no sound."""
    if facts.decoder == "soundfile":
        return SoundFileReader(place, facts)
    if facts.decoder == "aligned":
        return _aligned(facts)
    if facts.decoder == "chained":
        return chained(facts, _sounding)
    if facts.decoder != "av":
        return None
    track = None if facts.movie is None or facts.sound_stream is None else facts.movie.tracks[facts.sound_stream]
    parts = [] if facts.movie is None or track is None else _parts(facts, facts.movie, track)
    if track is None or not parts:
        return ContainerReader(place, facts)
    sound = PartedReader(parts, facts.info.sample_rate, facts.info.channels)
    return _edited(sound, track.edits) if track.edits else sound


def _sounding(place: Place, facts: Facts) -> AudioReader:
    return cast("AudioReader", reader_for(place, facts))


def _edited(sound: PartedReader, edits: list[Edit]) -> EditedReader:
    def sample(seconds: Fraction) -> int:
        return round(seconds * sound.rate)

    ranges = [
        Range(sample(edit.start), sample(edit.stop), sample(edit.first)) for edit in edits if edit.first is not None
    ]
    return EditedReader(sound, ranges, sample(edits[-1].stop))


def _parts(facts: Facts, movie: Movie, track: Track) -> list[PartOfSound]:
    rate = facts.info.sample_rate

    def sample(time: int) -> int:
        return round((time - track.first) * rate / track.rate - facts.origin * rate)

    def reader(first: int, last: int, frames: int) -> AudioReader:
        info = msgspec.structs.replace(facts.info, duration=frames / rate)
        part = Facts(info, "av", sound_stream=0)
        return ContainerReader(movie.part(track, first, last), part)

    end = round((track.end / track.rate if track.edits else facts.info.duration or 0.0) * rate)
    # Of the packet in which an edit ends decoders give all.
    shown = track.first + track.empty
    count = track.count if track.shown is None else track.packet_at(shown + track.shown - 1) + 1
    parts = []
    for first in range(0, count, PART):
        last = min(first + PART, count)
        ahead = track.key_before(min(first, track.packet_at(track.time(first) - round(2 * PREROLL * track.rate))))
        # The last packet may hold more than the table says.
        begin, stop = sample(track.time(ahead)), end if last == track.count else min(sample(track.time(last)), end)
        start = sample(track.time(first))
        if not first:
            start = max(0, round((facts.sound_start - facts.origin) * rate))
        if start < stop:
            parts.append(
                PartOfSound(begin, start, stop, partial(reader, ahead, min(last + _AFTER, track.count), stop - begin))
            )
    return parts


def _aligned(facts: Facts) -> AlignedReader:
    rate = facts.info.sample_rate
    readers: list[AudioReader] = []
    starts: list[int] = []
    for part in facts.parts:
        reader = reader_for(part.place, part.facts)
        if reader is None:
            continue
        frames = round((part.facts.info.duration or 0.0) * reader.rate)
        readers.append(reader if reader.rate == rate else ResampledReader(reader, rate, frames))
        starts.append(round(part.offset * rate))
    return AlignedReader(readers, starts, round((facts.info.duration or 0.0) * rate))
