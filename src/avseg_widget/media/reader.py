"""Read the sound of media as int16, in order or at any place, never the whole. Knows no peaks and no browser."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from math import inf
from typing import Any, Protocol, TypeAlias

import av.container
import av.error
import numpy as np

from .container import UnreadableError, audio_stream, frames, learn_stretches, open_container, packets, seek_sound
from .join import join_frames, samples_of
from .jumps import PREROLL, Jump, later
from .mp3 import FLOATS, PacketIndex
from .ogg_flac import paged
from .ogg_pages import counted, packets_from
from .probe import Facts
from .samples import Block
from .sound_file import open_sound
from .source import Place
from .steady import steadied
from .straight import decode_straight, decodes_straight
from .stretches import OddError

#: Samples of all channels together in one block: 256 KiB of int16, which a processor's cache holds.
_BLOCK_SAMPLES = 1 << 17
#: Seconds ahead up to which decoding on is cheaper than a jump.
_NEAR = 1.0
#: One in so many frames is in the index: after a jump decoding begins at the next one of them.
_INDEXED = 4
#: Seconds by which the time stamps of packets may differ from the count of samples: Matroska rounds them.
_JITTER = 0.01

_Index: TypeAlias = "tuple[array[int], array[int]]"


class AudioReader(Protocol):
    """Sound on the browser's timeline: sample 0 is what a browser plays at 0 s."""

    rate: int
    channels: int

    @property
    def is_exact(self) -> bool:
        """Whether windows are at their very samples: some containers need the index that reading all blocks makes."""

    @property
    def index(self) -> bytes:
        """That index, to be kept; empty when none is needed."""

    @index.setter
    def index(self, data: bytes) -> None: ...

    def blocks(self) -> Iterator[Block]:
        """Yield all samples in order, in blocks of shape (frames, channels)."""

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[Block]:
        """Yield the samples ``[start, stop)`` of each span, zeros where there are none; ascending spans are fast."""


class SoundFileReader:
    """Reads what soundfile reads exactly."""

    is_exact = True
    index = b""

    def __init__(self, place: Place, facts: Facts) -> None:
        self.rate = facts.info.sample_rate
        self.channels = facts.info.channels
        self._place = place
        self._facts = facts

    def blocks(self) -> Iterator[Block]:
        # The same samples, in half the time.
        is_flac = self._facts.info.container == "flac"
        return ContainerReader(self._place, self._facts).blocks() if is_flac else self._read_through()

    def _read_through(self) -> Iterator[Block]:
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


class _Placed:
    """A decoded frame, the place of its first sample, and the container's own time stamp."""

    __slots__ = ("_block", "frame", "stamp", "start", "stop")

    def __init__(self, start: int, stop: int, stamp: int, frame: Any) -> None:
        self.start, self.stop, self.stamp, self.frame = start, stop, stamp, frame
        self._block: Block | None = None

    @property
    def block(self) -> Block:
        if self._block is None:
            self._block = samples_of(self.frame)
        return self._block


class ContainerReader:
    """Reads what PyAV decodes, each frame placed by its time stamp."""

    def __init__(self, place: Place, facts: Facts) -> None:
        self.rate = facts.info.sample_rate
        self.channels = facts.info.channels
        self._place = place
        self._origin = facts.origin
        # Encoders fill up the last packet; a browser stops at the media's end.
        self._count = None if facts.info.duration is None else round(facts.info.duration * self.rate)
        #: Stamps of frames, ascending, and their places; whole or empty, as other threads read it.
        self._known: _Index = (array("q"), array("q"))
        self._is_coarse = False
        self._container = facts.info.container
        self._codec = facts.info.codecs[-1]
        self._jump = Jump.of(self._container, self._codec)
        self._is_ogg = self._container == "ogg" and len(facts.info.codecs) == 1
        self._is_vorbis, self._is_ogg_flac = (self._is_ogg and self._codec == codec for codec in ("vorbis", "flac"))
        is_plain = self._codec not in FLOATS and not self._jump.options
        is_straight = is_plain and decodes_straight(place, self._container)
        self._straight = facts.sound_stream if is_straight else None
        #: Where the packets of an MP3 lie, whose own seek is not exact.
        self._packets = (facts.index or PacketIndex()) if self._container == "mp3" else None
        self._is_by_packets = self._packets is not None and self._codec in FLOATS

    @property
    def is_exact(self) -> bool:
        return not self._is_coarse or len(self._known[0]) > 0

    @property
    def index(self) -> bytes:
        stamps, starts = self._known
        return b"".join((stamps, starts))

    @index.setter
    def index(self, data: bytes) -> None:
        stamps, starts = array("q"), array("q")
        stamps.frombytes(data[: len(data) // 2])
        starts.frombytes(data[len(data) // 2 :])
        self._known = (stamps, starts)

    def blocks(self) -> Iterator[Block]:
        for block in self._without_gaps(self._runs()):
            self._place.check()
            yield block

    def _runs(self) -> Iterator[tuple[int, Block]]:
        """Yield samples and their places; the same ones may come twice."""
        if self._straight is not None and (self._packets is None or self._packets.is_complete):
            size = _BLOCK_SAMPLES // self.channels
            blocks = decode_straight(self._place, self._container, self._straight, size)
            if (yield from self._followed(blocks)):
                return
        if self._container == "flv" and self._place.is_far and not self._place.stretches:
            # Opening it from far read no more than its beginning.
            try:
                with learn_stretches(self._place) as container:
                    yield from self._by_frames(container)
                    return
            except (OddError, UnreadableError):
                pass
        # Not before: of a long file each keeps a list of all packets.
        with open_container(self._place) as container:
            yield from self._by_frames(container)

    def _by_frames(self, container: av.container.InputContainer) -> Iterator[tuple[int, Block]]:
        stream = audio_stream(container)
        if stream is not None:
            stream.codec_context.thread_type = "AUTO"
        placed = self._placed_from(container, 0) if self._is_by_packets else self._indexed(container)
        yield from join_frames(placed, _BLOCK_SAMPLES)

    def _followed(self, blocks: Iterator[tuple[Fraction, Block]]) -> Generator[tuple[int, Block], None, bool]:
        """Yield blocks, each when the next one follows it; False when one does not, or the end is missing."""
        jitter = _JITTER * self.rate
        held: tuple[int, Block] | None = None
        try:
            for seconds, block in blocks:
                start = round((float(seconds) - self._origin) * self.rate)
                if held is not None:
                    expected = held[0] + len(held[1])
                    if abs(start - expected) > jitter or block.shape[1] != self.channels:
                        return False
                    yield held
                    start = expected
                held = start, block
        except (av.error.FFmpegError, OSError):
            # Such as a disk that is full, where a file of its own is needed.
            return False
        if held is None or (self._count is not None and held[0] + len(held[1]) < self._count - jitter):
            return False
        yield held
        return True

    def windows(self, spans: Iterable[tuple[int, int]]) -> Iterator[Block]:
        with ExitStack() as stack:
            container: av.container.InputContainer | None = None
            recent: list[_Placed] = []
            placed: Iterator[_Placed] = iter(())
            for start, stop in spans:
                reached = recent[-1].stop if recent else 0
                near = max(_NEAR, self._jump.preroll)
                if not recent or not recent[0].start <= start <= reached + near * self.rate:
                    # At the beginning the demuxer knows what the encoder's delay is; after a jump it may not.
                    if container is None or self._jump.reopens or self._is_near_start(start):
                        stack.close()
                        container = stack.enter_context(open_container(self._place))
                    placed, recent = self._placed_from(container, start), []
                recent = [item for item in recent if item.stop > start]
                while not recent or recent[-1].stop < stop:
                    item = next(placed, None)
                    if item is None:
                        break
                    if item.stop > start:
                        recent.append(item)
                self._place.check()
                yield self._assembled(recent, start, stop)

    def _is_near_start(self, start: int) -> bool:
        return start <= 2 * self._jump.preroll * self.rate

    def _indexed(self, container: av.container.InputContainer) -> Iterator[_Placed]:
        """Place frames, and keep where each lies when its stamp is too coarse to find that again after a jump."""
        stream = audio_stream(container)
        is_coarse = self._note_grain(stream)
        stamps, starts = array("q"), array("q")
        for number, item in enumerate(self._placed(self._stamped(container), known=None)):
            # Of long ones each: decoding begins no more than a preroll early.
            step = _INDEXED if item.frame.samples * _INDEXED < PREROLL * self.rate else 1
            if is_coarse and number % step == 0:
                stamps.append(item.stamp)
                starts.append(item.start)
            yield item
        self._known = (stamps, starts)

    def _note_grain(self, stream: Any) -> bool:
        self._is_coarse = stream is not None and stream.time_base is not None and stream.time_base * self.rate > 1
        return self._is_coarse

    def _without_gaps(self, runs: Iterator[tuple[int, Block]]) -> Iterator[Block]:
        position = 0
        longest = max(1, _BLOCK_SAMPLES // self.channels)
        for begin, samples in runs:
            start, block = self._within(begin, samples)
            while position < start and len(block):
                count = min(longest, start - position)
                yield np.zeros((count, self.channels), np.int16)
                position += count
            if start + len(block) > position:
                yield block[position - start :]
                position = start + len(block)

    def _placed_from(self, container: av.container.InputContainer, start: int) -> Iterator[_Placed]:
        target = start / self.rate - self._jump.preroll
        stream = audio_stream(container)
        self._note_grain(stream)
        is_jump = self._is_by_packets or not self._is_near_start(start)
        if is_jump and stream is not None and stream.time_base is not None:
            stamp = round((target + self._origin) / stream.time_base)
            if self._packets is not None:
                return self._packed_from(stamp, stream.time_base)
            if self._jump.reads_on:
                return self._placed(self._stamped(container, later(packets(container, stream), stamp)), None)
            if self._is_ogg:
                found = packets_from(container, stream, target + self._origin)
                return self._placed(self._stamped(container, found), None)
            seek_sound(container, stream, target + self._origin)
        return self._placed(self._stamped(container), self._known)

    def _packed_from(self, stamp: int, time_base: Fraction) -> Iterator[_Placed]:
        if self._packets is None:
            return
        for at, frame in self._packets.frames(self._place, stamp, self._codec):
            start = round((float(at * time_base) - self._origin) * self.rate)
            yield _Placed(start, start + frame.samples, at, frame)

    def _stamped(
        self, container: av.container.InputContainer, found: Iterator[Any] | None = None
    ) -> Iterator[tuple[int | None, Any]]:
        note = None if self._packets is None or self._packets.is_complete else self._packets.note
        stream = audio_stream(container)
        if stream is not None and self._jump.options:
            stream.codec_context.options = dict(self._jump.options)
        if self._is_ogg_flac:
            found = paged(packets(container, stream) if found is None else found, stream)
        if self._is_vorbis and stream is not None:
            found = counted(packets(container, stream) if found is None else found, round(self._origin * self.rate))
        decoded = frames(container, stream, note, found)
        return steadied(decoded) if self._is_vorbis else ((frame.pts, frame) for frame in decoded)

    def _placed(self, stamped: Iterator[tuple[int | None, Any]], known: _Index | None) -> Iterator[_Placed]:
        expected: int | None = None
        jitter = inf if self._jump.counts else _JITTER * self.rate
        for stamp, frame in stamped:
            base, count = frame.time_base, frame.samples
            if stamp is None or base is None:
                start = expected or 0
            else:
                start = round((stamp * base.numerator / base.denominator - self._origin) * self.rate)
            if expected is None and known and known[0]:
                found = _indexed_start(known, stamp or 0)
                # The first frame after a jump may be shortened, with a stamp of its own.
                if found is None:
                    continue
                start = found
            elif expected is not None and abs(start - expected) <= jitter:
                start = expected
            expected = start + count
            yield _Placed(start, expected, stamp or 0, frame)

    def _within(self, start: int, block: Block) -> tuple[int, Block]:
        """Cut what lies before the beginning or after the end, and bring it to the media's channels."""
        first = max(0, -start)
        last = len(block) if self._count is None else max(first, self._count - start)
        missing = self.channels - block.shape[1]
        # A broadcast may change its channels on the way.
        whole = np.pad(block, ((0, 0), (0, missing))) if missing > 0 else block[:, : self.channels]
        return start + first, whole[first:last]

    def _assembled(self, items: Iterable[_Placed], start: int, stop: int) -> Block:
        result = np.zeros((stop - start, self.channels), np.int16)
        for item in items:
            if item.start < stop and item.stop > start:
                begin, block = self._within(item.start, item.block)
                first, last = max(begin, start), min(begin + len(block), stop)
                if first < last:
                    result[first - start : last - start] = block[first - begin : last - begin]
        return result


def _indexed_start(known: _Index, stamp: int) -> int | None:
    stamps, starts = known
    place = bisect_left(stamps, stamp)
    return starts[place] if place < len(stamps) and stamps[place] == stamp else None
