"""Walk through a container's packets without decoding: frame times, where the data ends. Knows no browser."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from av.stream import Discard

from .clocks import TICKS, Clocks, is_clocked
from .container import UnreadableError, audio_stream, learn_stretches, open_container, packets, video_stream
from .mp3 import STEP, PacketIndex
from .mp3_frames import find_frames
from .source import Place
from .stretches import OddError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

FrameTimes = npt.NDArray[np.float64]

#: MP3 pads a packet by one byte to keep its bit rate constant.
_PADDING_BYTES = 1


@dataclass(frozen=True)
class Scan:
    """What the packets tell: times in seconds on the browser's timeline, ``end`` 0 when there are none."""

    frame_times: FrameTimes
    end: float
    #: The packets of the sound differ in size: the bit rate varies.
    variable: bool
    index: PacketIndex | None = None
    #: When another recording follows that is not read; None where all is read.
    unread: float | None = None
    #: When the last picture ends, 0 when there is none.
    picture_end: float = 0.0

    def with_last_frame(self, end: float) -> float:
        """Give a length, longer where the last frame would begin at its end: an AVI does not count what frames wait."""
        times = self.frame_times
        if not len(times) or times[-1] < end:
            return end
        return min(self.end, float(2 * times[-1] - times[-2])) if len(times) > 1 else self.end


def scan(place: Place, origin: float, *, most: int | None = None, sound: bool = True) -> Scan:
    """Demux sound and picture, at most ``most`` packets; ``origin`` is the container's time shown as 0, in seconds.

    Without ``sound`` only the picture, in a third of the time: the end is then that of the picture.

    Raises
    ------
    OddError
        where an AVI is not read in stretches as the whole is.
    """
    with open_container(place) as container:
        audio, video = audio_stream(container), video_stream(container)
        is_mp3, is_flv = (container.format.name == name for name in ("mp3", "flv"))
        if is_mp3 and audio is not None and video is None and most is None:
            found = _frames_of_mp3(place, packets(container, audio), audio, origin)
            if found is not None:
                return found
    if is_flv and place.is_file and not place.stretches and most is None:
        try:
            with learn_stretches(place) as container:
                return _demuxed(place, container, origin, most, sound=sound)
        except (OddError, UnreadableError):
            pass
    with open_container(place) as container:
        if is_clocked(container) and most is None and not place.is_far:
            return _of_recordings(place, container, origin, sound=sound)
        found = _demuxed(place, container, origin, most, sound=sound)
    if place.stretches.avi is not None and not place.stretches.avi.is_proved:
        raise OddError
    return found


def _of_recordings(place: Place, container: InputContainer, origin: float, *, sound: bool) -> Scan:
    """Look for recordings that follow one another: from then on the file has these as its stretches."""
    clocks = Clocks()
    found = _demuxed(place, container, origin, None, sound=sound, clocks=clocks)
    if not place.stretches and clocks.joined_at is not None:
        found = _joined(place, found, clocks, origin, sound=sound)
    return replace(found, unread=found.end) if found.unread is None and clocks.is_more(place.size) else found


def _joined(place: Place, found: Scan, clocks: Clocks, origin: float, *, sound: bool) -> Scan:
    try:
        clocks.cut(place, origin)
        proof = Clocks()
        with open_container(place) as joined:
            whole = _demuxed(place, joined, origin, None, sound=sound, clocks=proof)
        if proof.joined_at is None:
            return whole
    except (OddError, UnreadableError):
        pass
    place.stretches.clear()
    unread = (clocks.joined_at or 0) / TICKS - origin
    return replace(found, frame_times=found.frame_times[found.frame_times < unread], end=unread, unread=unread)


def _frames_of_mp3(place: Place, found: Iterator[Any], audio: AudioStream, origin: float) -> Scan | None:
    """Look through an MP3 without a demuxer where it is regular, else give nothing."""
    first = next((packet for packet in found if packet.pts is not None), None)
    if first is None or first.pos is None or not first.duration or not audio.rate or audio.time_base is None:
        return None
    with place.open() as file:
        frames = find_frames(file, first.pos, audio.rate, STEP)
    place.check()
    if frames is None:
        return None
    end = float((first.pts + frames.count * first.duration) * audio.time_base) - origin
    index = PacketIndex.of(frames, first.pts, first.duration)
    return Scan(np.empty(0), end, frames.most - frames.least > _PADDING_BYTES, index)


def _demuxed(
    place: Place,
    container: InputContainer,
    origin: float,
    most: int | None,
    *,
    sound: bool,
    clocks: Clocks | None = None,
) -> Scan:
    audio, video = audio_stream(container), video_stream(container)
    if audio is not None and not sound:
        audio.discard, audio = Discard.all, None
    base = video.time_base if video is not None else None
    up, down = (base.numerator, base.denominator) if base is not None else (0, 1)
    times = array("d")
    least, most_bytes = 1 << 62, 0
    ends: dict[Any, int] = {}
    count = 0
    index = PacketIndex() if container.format.name == "mp3" else None
    found = packets(container, [stream for stream in (audio, video) if stream is not None])
    for packet in found if clocks is None else clocks.watch(found):
        if index is not None:
            index.note(packet)
        stamp = packet.pts
        if stamp is None or not _is_shown(packet):
            continue
        stream, end = packet.stream, stamp + (packet.duration or 0)
        # What is asked of each packet is asked a million times.
        if end > ends.get(stream, 0):
            ends[stream] = end
        if stream is not audio:
            times.append(float(stamp) * up / down - origin)
        elif not least <= packet.size <= most_bytes:
            least, most_bytes = min(least, packet.size), max(most_bytes, packet.size)
        count += 1
        if count == most:
            break
    else:
        if index is not None:
            index.finish()
    place.check()
    seconds = {stream: max(0.0, float(last * stream.time_base) - origin) for stream, last in ends.items()}
    varies = most_bytes - least > _PADDING_BYTES
    end = max(seconds.values(), default=0.0)
    return Scan(_shown(times), end, varies, index, picture_end=seconds.get(video, 0.0))


def _shown(times: array[float]) -> FrameTimes:
    """Put times of frames in order, and leave out those before 0: in place, as they are many."""
    found = np.frombuffer(times)
    found.sort()
    found = found[np.searchsorted(found, 0.0) :]
    # Of frames that begin at the same time one is shown.
    return found[np.diff(found, prepend=-1) > 0] if np.any(found[1:] == found[:-1]) else found


def _is_shown(packet: Any) -> bool:
    # An edit list keeps packets that only the decoder needs: they are marked, and no browser shows them.
    return not packet.is_discard and not packet.is_corrupt
