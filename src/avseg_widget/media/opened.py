"""What a container tells of its streams as it is opened. Knows no length but the one that is stated."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import av

from ..errors import MediaError
from .browser import family_of
from .container import (
    MAX_PIXELS,
    audio_stream,
    audio_streams,
    frames,
    open_container,
    origin_of,
    video_stream,
    video_streams,
)
from .layout import is_encrypted_mp4, sound_edit
from .mp4_movie import Movie
from .samples import MAX_CHANNELS, MAX_RATE
from .source import Place

if TYPE_CHECKING:
    from av.audio.stream import AudioStream

PICTURE_HELP = f"its picture has no size, or more than the {MAX_PIXELS:,} pixels that are decoded"
#: Demuxers of packets one after another that do not tell when they are shown.
_TIMELESS = {"h264", "hevc"}


class Seen(NamedTuple):
    """What a container tells as it is opened; times in seconds."""

    family: str
    start: float
    #: The container's time that is shown as 0, and where it says that its streams end.
    origin: float
    stated: float | None
    #: Of the sound and of the picture, "" without.
    audio_codec: str
    video_codec: str
    codecs: list[str]
    #: As the container tells it.
    frame_count: int
    is_sized: bool
    #: The first frame of the sound.
    sound: Any
    #: Places of the streams in the container; of sound only where its time stamps are as fine as its samples.
    sound_stream: int | None
    picture_stream: int | None
    #: How many streams of each there are that can be decoded.
    sound_count: int
    picture_count: int

    @property
    def rate(self) -> int:
        return self.sound.sample_rate if self.sound else 0

    @property
    def several(self) -> str:
        """What there is more than one stream of, "" where there is one of each at most."""
        return "sound" if self.sound_count > 1 else "pictures" if self.picture_count > 1 else ""

    def left_out(self, name: str, *, has_picture: bool, is_joined: bool) -> tuple[str, ...]:
        """Tell of the streams that are not read or shown, and how they can be."""
        found: tuple[str, ...] = ()
        if self.picture_stream is not None and not has_picture:
            found = ("Its picture cannot be decoded, and only its sound is shown.",)
        if not self.several or is_joined:
            return found
        count, letter = (self.sound_count, "a") if self.several == "sound" else (self.picture_count, "v")
        # What begins with a dash would be read as an option.
        source = f"./{name}" if name.startswith("-") else name
        command = shlex.join(
            [
                "ffmpeg",
                "-i",
                source,
                "-map",
                f"0:{letter}:1",
                "-c",
                "copy",
                f"{Path(source).stem.lstrip('-')}-2.mk{letter}",
            ]
        )
        return (
            *found,
            f"It has {count} streams of {self.several}, and the first is read. Take the second out with {command}"
            + (", and open both in a list." if letter == "a" else ", and open that."),
        )


def seen_of(place: Place, head: Place, tables: Movie | None) -> Seen:
    """Open ``head``, which is as the beginning of the media.

    Raises
    ------
    MediaError
        where there is nothing that can be decoded, or what is told is not believed.
    """
    with open_container(head) as container:
        audio, video = audio_stream(container), video_stream(container)
        if audio is None and video is None:
            raise MediaError(
                f"{place.name} has neither sound nor picture that can be decoded: convert it to FLAC or MP4"
            )
        if container.format.name in _TIMELESS:
            raise _timeless(place)
        family, edit = family_of(container.format.name), sound_edit(place)
        _check_streams(place, family, audio)
        sound = next(frames(container, audio), None) if audio else None
        unit = None if audio is None or sound is None else audio.time_base
        is_fine = unit is not None and sound is not None and 0 < unit * sound.sample_rate <= 1
        return Seen(
            family,
            # What lies before an edit is cut away.
            start=0.0 if edit is not None else (container.start_time or 0) / av.time_base,
            origin=0.0 if edit is not None else origin_of(container),
            stated=edit if edit is not None else _stated_end(container, tables),
            audio_codec=audio.codec_context.name if audio else "",
            video_codec=video.codec_context.name if video else "",
            codecs=[stream.codec_context.codec.canonical_name for stream in (video, audio) if stream],
            frame_count=video.frames if video else 0,
            is_sized=video is None or video.codec_context.width > 0,
            sound=sound,
            sound_stream=audio.index if audio is not None and is_fine else None,
            picture_stream=video.index if video is not None else None,
            sound_count=len(audio_streams(container)),
            picture_count=len(video_streams(container)),
        )


def _timeless(place: Place) -> MediaError:
    # Copied without decoding, libav would show frames in the order in which they are stored.
    name, copy = (shlex.quote(name) for name in (place.name, Path(place.name).with_suffix(".mp4").name))
    return MediaError(
        f"{place.name} is bare video: it does not say when its frames are shown. Make an MP4 of it with "
        f"ffmpeg -framerate 25 -i {name} {copy}, and for 25 give the frames a second that it was recorded with"
    )


def check_sound(place: Place, channels: int, rate: int) -> None:
    """Refuse what no recorder writes, before any memory is taken for it."""
    if not 1 <= channels <= MAX_CHANNELS:
        raise MediaError(
            f"{place.name} says it has {channels:,} channels (1 to {MAX_CHANNELS} can be labeled): "
            "its header is damaged, or leave out channels; export it again"
        )
    if not 1 <= rate <= MAX_RATE:
        raise MediaError(
            f"{place.name} says it has {rate:,} samples a second (1 to {MAX_RATE:,} can be read): "
            "its header is damaged; export it again"
        )


def _check_streams(place: Place, family: str, audio: AudioStream | None) -> None:
    if family == "mp4" and is_encrypted_mp4(place):
        raise MediaError(
            f"{place.name} is encrypted: without its key nothing can be decoded; give a copy that is not protected"
        )
    if audio is not None:
        context = audio.codec_context
        # Some decoders learn these from the first packet only.
        check_sound(place, context.channels or 1, context.sample_rate or 1)


def picture_of(place: Place) -> dict[str, int]:
    """Give width and height as a browser shows them, empty when no picture can be decoded."""
    with open_container(place) as container:
        video = video_stream(container)
        frame = next(frames(container, video), None) if video else None
        if video is None or frame is None:
            return {}
        width, height = frame.width, frame.height
        if video.sample_aspect_ratio:
            width = round(width * video.sample_aspect_ratio)
        return {"width": height, "height": width} if frame.rotation % 180 else {"width": width, "height": height}


def _stated_end(container: av.container.InputContainer, tables: Movie | None) -> float | None:
    """Give the end on the browser's timeline that the container states, in seconds."""
    audio = audio_stream(container)
    # One unit of these streams is one sample: no rounding to microseconds.
    if family_of(container.format.name) in {"wav", "flac"} and audio and audio.duration and audio.time_base:
        return float(audio.duration * audio.time_base)
    if tables is not None:
        return tables.end(origin_of(container))
    if family_of(container.format.name) == "asf":
        # libav adds to it where one stream begins later than another.
        lengths = [
            float(stream.duration * stream.time_base)
            for stream in container.streams
            if stream.duration and stream.time_base
        ]
        return max(lengths) - origin_of(container) if lengths else None
    if container.duration is None:
        return None
    is_from_zero = family_of(container.format.name) in {"matroska", "flv"}
    start = 0.0 if is_from_zero else (container.start_time or 0) / av.time_base - origin_of(container)
    return start + container.duration / av.time_base
