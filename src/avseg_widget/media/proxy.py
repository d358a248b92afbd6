"""Write a copy of media that every browser plays and seeks exactly, on the same time line. Knows no editor."""

from __future__ import annotations

import errno
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Protocol

import av
import av.error

from ..errors import MediaError
from ..replacing import replaced
from ..wire import MediaInfo
from .container import audio_stream, open_container, packets, video_stream
from .encode import MAX_TIMESCALE, Clock, CopiedStream, EncodedPictures, EncodedSound, clock_for, in_turns
from .in_order import is_guessed
from .layout import is_joined_mp4
from .probe import Facts
from .readers import reader_for
from .source import Place

Sound = Literal["flac", "aac", "opus"]

_ENCODERS = {"flac": "flac", "aac": "aac", "opus": "libopus"}
#: Sample rates that a codec holds; FLAC holds each that browsers play.
_RATES = {
    "aac": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000),
    "opus": (48000,),
}
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_MOST_CHANNELS = {"flac": 8, "aac": 2, "opus": 2}
_FLAC_RATES = (3000, 655350)
#: Sound alone: the suffix and the container.
_FILES = {"flac": (".flac", "flac"), "aac": (".m4a", "ipod"), "opus": (".opus", "ogg")}
#: Frames between key frames up to which a jump is quick enough for the pictures to be copied.
_LONGEST_GROUP = 300
_PLAIN_PICTURES = {"yuv420p", "yuvj420p"}


class CancelledError(MediaError):
    """The writing was cancelled; nothing of it is left."""


class Cancel(Protocol):
    """Tells whether to stop, as a ``threading.Event`` does."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True)
class Survey:
    """What a walk through the pictures' packets tells: whether they can be copied as they are, and on which clock."""

    clock: Clock
    fit_to_copy: bool


def suffix_of(info: MediaInfo, sound: Sound | None) -> str:
    """Give the suffix that the name of a media's proxy ends with."""
    return ".mp4" if info.kind == "video" else _FILES[sound or "flac"][0]


def write(
    place: Place,
    facts: Facts,
    path: Path,
    *,
    sound: Sound | None = None,
    max_height: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> None:
    """Write the proxy of media; see :meth:`Media.make_proxy`."""
    _check(place, facts, path, sound, max_height)
    is_video = facts.info.kind == "video"
    chosen: Sound = sound or ("aac" if is_video else "flac")
    form = "mp4" if is_video else _FILES[chosen][1]
    with replaced(path) as part, _told(path):
        survey = _survey(place, facts, max_height) if is_video else None
        options = _options(form, survey, _rate(chosen, facts.info.sample_rate))
        with av.open(str(part), "w", format=form, options=options) as container:
            tracks: list[Any] = []
            if survey is not None:
                tracks.append(_pictures(container, place, facts, survey, max_height))
            if facts.info.sample_rate:
                tracks.append(_sound(container, place, facts, chosen))
            for reached in in_turns([iter(track) for track in tracks]):
                if cancel is not None and cancel.is_set():
                    raise CancelledError(f"the proxy {path.name} was cancelled: nothing of it is left")
                if progress is not None:
                    progress(min(1.0, reached / (facts.info.duration or math.inf)))


def _check(place: Place, facts: Facts, path: Path, sound: Sound | None, max_height: int | None) -> None:
    info = facts.info
    if info.duration is None:
        raise MediaError(info.warnings[0])
    if sound is not None and sound not in _ENCODERS:
        raise MediaError(f"sound cannot be {sound!r}: choose one of {', '.join(_ENCODERS)}")
    if max_height is not None and max_height < 2:
        raise MediaError(f"the greatest height cannot be {max_height}: give 2 pixels or more")
    wanted = suffix_of(info, sound)
    if path.suffix.lower() != wanted:
        raise MediaError(f"the proxy {path.name} would be {wanted[1:].upper()}: end its name with {wanted}")
    if place.path is not None and path.exists() and path.samefile(place.path):
        raise MediaError(f"the proxy would overwrite its source {path}: choose another place")
    codec = sound or ("aac" if info.kind == "video" else "flac")
    if info.channels > _MOST_CHANNELS[codec]:
        better = "choose flac" if info.channels <= _MOST_CHANNELS["flac"] else "pick channels first"
        raise MediaError(
            f"{info.name} has {info.channels} channels, {codec.upper()} here holds {_MOST_CHANNELS[codec]}: {better}"
        )
    if codec == "flac" and info.sample_rate and not _FLAC_RATES[0] <= info.sample_rate <= _FLAC_RATES[1]:
        raise MediaError(
            f"{info.name} has {info.sample_rate} Hz, which browsers do not play as FLAC "
            f"({_FLAC_RATES[0]} to {_FLAC_RATES[1]} Hz): choose aac or opus, which are resampled"
        )


def _rate(sound: Sound, rate: int) -> int:
    """Choose the sample rate: the same, or else the next higher that the codec holds."""
    rates = _RATES.get(sound, (rate,))
    return next((held for held in rates if held >= rate), rates[-1])


def _options(form: str, survey: Survey | None, rate: int) -> dict[str, str]:
    if form in {"flac", "ogg"}:
        return {}
    timescale = rate or 1
    options = {"movflags": "+faststart"}
    if survey is not None:
        options["video_track_timescale"] = str(survey.clock.base.denominator)
        both = math.lcm(timescale, survey.clock.base.denominator)
        timescale = both if both <= MAX_TIMESCALE else timescale
    # An edit list is written in these units: in the usual milliseconds the last samples would be cut off.
    return {**options, "movie_timescale": str(timescale)}


def _sound(container: av.container.OutputContainer, place: Place, facts: Facts, sound: Sound) -> Any:
    if sound == "aac" and facts.origin == 0 and _has_exact_aac(place, facts):
        return CopiedStream(container, place, "audio", Clock(Fraction(1, facts.info.sample_rate)))
    reader = reader_for(place, facts)
    if reader is None:
        raise MediaError(f"{facts.info.name} has sound that Python cannot decode: convert it with another tool")
    return EncodedSound(container, reader, _ENCODERS[sound], _LAYOUTS[reader.channels], _rate(sound, reader.rate))


def _has_exact_aac(place: Place, facts: Facts) -> bool:
    """Whether the sound is AAC in an MP4, a unit of time for each sample, and in one piece to its end: it may stay."""
    if facts.movie is not None and facts.movie.is_edited:
        return False
    with open_container(place) as container:
        stream = audio_stream(container)
        return (
            stream is not None
            and container.format.name.startswith("mov,")
            and stream.codec_context.name == "aac"
            and stream.time_base == Fraction(1, stream.rate)
            and (stream.duration or 0) <= round((facts.info.duration or 0) * stream.rate)
        )


def _pictures(
    container: av.container.OutputContainer, place: Place, facts: Facts, survey: Survey, max_height: int | None
) -> Any:
    if survey.fit_to_copy:
        return CopiedStream(container, place, "video", survey.clock)
    width, height = facts.info.width, facts.info.height
    # H.264 of this kind has even sizes only.
    low = max(2, min(height, max_height or height) // 2 * 2)
    even = (max(2, round(width * low / height / 2) * 2), low)
    return EncodedPictures(container, place, survey.clock, even)


def _survey(place: Place, facts: Facts, max_height: int | None) -> Survey:
    with open_container(place) as container:
        stream: Any = video_stream(container)
        clock = clock_for(stream.time_base, facts.origin)
        fits = stream.codec_context.name == "h264" and stream.codec_context.pix_fmt in _PLAIN_PICTURES
        fits = fits and not is_guessed(container, stream) and not is_joined_mp4(place)
        if max_height is not None and facts.info.height > max_height:
            fits = False
        return Survey(clock, fits and _is_regular(packets(container, stream), clock))


def _is_regular(found: Iterator[Any], clock: Clock) -> bool:
    """Whether packets rise in time, are all shown, and have key frames often enough."""
    since_key, last = _LONGEST_GROUP, -math.inf
    for packet in found:
        if packet.size == 0:
            continue
        if packet.pts is None or packet.dts is None or packet.is_discard or packet.is_corrupt:
            return False
        since_key = 0 if packet.is_keyframe else since_key + 1
        if since_key > _LONGEST_GROUP or packet.dts <= last or clock.at(packet.pts) < 0:
            return False
        last = packet.dts
    return last > -math.inf


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except MediaError:
        raise
    except (av.error.FFmpegError, OSError) as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise MediaError(f"the disk is full: the proxy {path} was not written; free some space") from None
        reason = error.strerror or type(error).__name__
        raise MediaError(f"the proxy {path} cannot be written ({reason}): choose another place") from None
