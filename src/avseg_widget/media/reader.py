"""Read the sound of media as int16, in order or at any place, never the whole. Knows no peaks and no browser."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .container import audio_stream, frames, open_container
from .mp3 import PacketIndex
from .probe import Facts
from .resample import ResampledReader
from .samples import Block, to_int16
from .side_by_side import AlignedReader
from .sound_file import open_sound
from .source import Place

if TYPE_CHECKING:
    import av.container

#: Samples of all channels together in one block, 1 MiB of int16.
_BLOCK_SAMPLES = 1 << 19
#: Seconds decoded before a place that is jumped to: decoders need some packets to be right again.
_PREROLL = 0.25
#: Seconds ahead up to which decoding on is cheaper than a jump.
_NEAR = 1.0
#: Seconds by which the time stamps of packets may differ from the count of samples: Matroska rounds them.
_JITTER = 0.01


class AudioReader(Protocol):
    """Sound on the browser's timeline: sample 0 is what a browser plays at 0 s."""

    rate: int
    channels: int

    def blocks(self) -> Iterator[Block]:
        """Yield all samples in order, in blocks of shape (frames, channels)."""

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[Block]:
        """Yield the samples ``[start, stop)`` of each span, zeros where there are none; ascending spans are fast."""


def reader_for(place: Place, facts: Facts) -> AudioReader | None:
    """Choose the reader of media; None when there is no sound."""
    if facts.decoder == "soundfile":
        return SoundFileReader(place, facts)
    if facts.decoder == "aligned":
        return _aligned(facts)
    return ContainerReader(place, facts) if facts.decoder == "av" else None


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


class SoundFileReader:
    """Reads what soundfile reads exactly."""

    def __init__(self, place: Place, facts: Facts) -> None:
        self.rate = facts.info.sample_rate
        self.channels = facts.info.channels
        self._place = place

    def blocks(self) -> Iterator[Block]:
        with open_sound(self._place) as file:
            count = max(1, _BLOCK_SAMPLES // self.channels)
            while len(block := file.read(count)):
                yield block

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[Block]:
        with open_sound(self._place) as file:
            for start, stop in spans:
                block = np.zeros((stop - start, self.channels), np.int16)
                first, last = max(start, 0), min(stop, file.info.frames)
                if first < last:
                    file.seek(first)
                    found = file.read(last - first)
                    block[first - start : first - start + len(found)] = found
                yield block


@dataclass(frozen=True)
class _Placed:
    """Decoded sound with the place of its first sample and the container's own time stamp."""

    start: int
    block: Block
    stamp: int

    @property
    def stop(self) -> int:
        return self.start + len(self.block)


class ContainerReader:
    """Reads what PyAV decodes, each frame placed by its time stamp."""

    def __init__(self, place: Place, facts: Facts) -> None:
        self.rate = facts.info.sample_rate
        self.channels = facts.info.channels
        self._place = place
        self._origin = facts.origin
        # Encoders fill up the last packet; a browser stops at the media's end.
        self._count = None if facts.info.duration is None else round(facts.info.duration * self.rate)
        self._stamps, self._starts = array("q"), array("q")
        self._index = (facts.index or PacketIndex()) if facts.info.container == "mp3" else None

    def blocks(self) -> Iterator[Block]:
        pending: list[Block] = []
        size = 0
        with open_container(self._place) as container:
            for block in self._without_gaps(self._indexed(container)):
                pending.append(block)
                size += block.size
                if size >= _BLOCK_SAMPLES:
                    yield np.concatenate(pending)
                    pending, size = [], 0
        if pending:
            yield np.concatenate(pending)

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[Block]:
        with open_container(self._place) as container:
            recent: list[_Placed] = []
            placed: Iterator[_Placed] | None = None
            for start, stop in spans:
                reached = recent[-1].stop if recent else 0
                if placed is None or not recent or not recent[0].start <= start <= reached + _NEAR * self.rate:
                    placed, recent = self._placed_from(container, start), []
                recent = [item for item in recent if item.stop > start]
                while not recent or recent[-1].stop < stop:
                    item = next(placed, None)
                    if item is None:
                        break
                    if item.stop > start:
                        recent.append(item)
                yield self._assembled(recent, start, stop)

    def _indexed(self, container: av.container.InputContainer) -> Iterator[_Placed]:
        """Place frames, and keep where each lies when its stamp is too coarse to find that again after a jump."""
        stream = audio_stream(container)
        is_coarse = stream is not None and stream.time_base is not None and stream.time_base * self.rate > 1
        self._stamps, self._starts = array("q"), array("q")
        for item in self._placed(container):
            if is_coarse:
                self._stamps.append(item.stamp)
                self._starts.append(item.start)
            yield item

    def _indexed_start(self, stamp: int) -> int | None:
        index = bisect_left(self._stamps, stamp)
        return self._starts[index] if index < len(self._stamps) and self._stamps[index] == stamp else None

    def _without_gaps(self, placed: Iterator[_Placed]) -> Iterator[Block]:
        position = 0
        longest = max(1, _BLOCK_SAMPLES // self.channels)
        for item in placed:
            while position < item.start:
                count = min(longest, item.start - position)
                yield np.zeros((count, self.channels), np.int16)
                position += count
            if item.stop > position:
                yield item.block[position - item.start :]
                position = item.stop

    def _placed_from(self, container: av.container.InputContainer, start: int) -> Iterator[_Placed]:
        target = start / self.rate - _PREROLL
        # At the beginning the demuxer knows what the encoder's delay is; after a jump it may not.
        stream = audio_stream(container)
        if target > _PREROLL and stream is not None and stream.time_base is not None:
            stamp = round((target + self._origin) / stream.time_base)
            if self._index is not None:
                return self._indexed_from(stamp, stream.time_base)
            container.seek(stamp, stream=stream, backward=True)
        return self._placed(container)

    def _indexed_from(self, stamp: int, time_base: Fraction) -> Iterator[_Placed]:
        if self._index is None:
            return
        for at, frame in self._index.frames(self._place, stamp):
            start = round((float(at * time_base) - self._origin) * self.rate)
            item = self._within(_Placed(start, self._samples(frame), at))
            if len(item.block):
                yield item

    def _placed(self, container: av.container.InputContainer) -> Iterator[_Placed]:
        expected: int | None = None
        note = None if self._index is None else self._index.note
        for frame in frames(container, audio_stream(container), note):
            if frame.pts is None or frame.time_base is None:
                start = expected or 0
            else:
                start = round((float(frame.pts * frame.time_base) - self._origin) * self.rate)
            if expected is None and self._stamps:
                known = self._indexed_start(frame.pts or 0)
                # The first frame after a jump may be shortened, with a stamp of its own.
                if known is None:
                    continue
                start = known
            elif expected is not None and abs(start - expected) <= _JITTER * self.rate:
                start = expected
            block = self._samples(frame)
            expected = start + len(block)
            item = self._within(_Placed(start, block, frame.pts or 0))
            if len(item.block):
                yield item

    def _within(self, item: _Placed) -> _Placed:
        first = max(0, -item.start)
        last = len(item.block) if self._count is None else max(first, self._count - item.start)
        return _Placed(item.start + first, item.block[first:last], item.stamp)

    def _samples(self, frame: Any) -> Block:
        found = frame.to_ndarray()
        values = to_int16(found.T if frame.format.is_planar else found.reshape(-1, frame.layout.nb_channels))
        missing = self.channels - values.shape[1]
        # A broadcast may change its channels on the way.
        return np.pad(values, ((0, 0), (0, missing))) if missing > 0 else values[:, : self.channels]

    def _assembled(self, items: Iterable[_Placed], start: int, stop: int) -> Block:
        result = np.zeros((stop - start, self.channels), np.int16)
        for item in items:
            first, last = max(item.start, start), min(item.stop, stop)
            if first < last:
                result[first - start : last - start] = item.block[first - item.start : last - item.start]
        return result
