"""Find out what media is, by its content and never by its name. Knows no peaks and no way to the browser."""

from __future__ import annotations

import io
import mimetypes
from dataclasses import dataclass
from typing import Any, Literal

import av
import soundfile

from ..errors import MediaError
from ..wire import MediaInfo
from .browser import Playing, family_of, playing
from .container import (
    UnreadableError,
    audio_stream,
    frames,
    open_container,
    origin_of,
    video_stream,
)
from .layout import has_mp3_length, has_mp4_start, is_cut_mp4
from .scan import FrameTimes, Scan, scan
from .source import Place

_SOUNDFILE_FAMILIES = {"WAVEX": "wav", "RF64": "wav"}
_SOUNDFILE_CODECS = {
    "PCM_U8": "pcm_u8",
    "PCM_16": "pcm_s16le",
    "PCM_24": "pcm_s24le",
    "PCM_32": "pcm_s32le",
    "FLOAT": "pcm_f32le",
    "ULAW": "pcm_mulaw",
    "ALAW": "pcm_alaw",
}
#: How far, in seconds, the end of the data may lie before the length that the file states.
_CUT_TOLERANCE = 0.15
#: Packets that tell whether the bit rate of an MP3 varies, without loading it whole.
_MOST_PACKETS_OF_URL = 200


@dataclass(frozen=True)
class Facts:
    """What is known of media: its description, who decodes its sound, and the container's time shown as 0."""

    info: MediaInfo
    decoder: Literal["soundfile", "av", "none"]
    origin: float = 0.0
    #: Presentation times of the frames in seconds, None when they are still to be found.
    frame_times: FrameTimes | None = None


def probe(place: Place) -> Facts:
    """Describe media.

    Raises
    ------
    MediaError
        when it is not readable as audio or video. A URL that Python cannot open gives a warning instead, since the
        browser may reach what Python does not.
    """
    if place.url:
        return _probe_url(place)
    facts = _probe_soundfile(place)
    if facts is not None:
        return facts
    try:
        return _probe_container(place)
    except UnreadableError as error:
        if has_mp4_start(place) and is_cut_mp4(place) is None:
            raise MediaError(
                f"{place.name} is damaged or cut: an MP4 without its index (moov) cannot be played at all; "
                "copy or export it again"
            ) from None
        raise MediaError(
            f"{place.name} is not audio or video that can be read ({error}), whatever its name says: "
            "check the file, or convert it to WAV, FLAC or MP4"
        ) from None


def _probe_url(place: Place) -> Facts:
    try:
        return _probe_container(place)
    except MediaError as error:
        reason = str(error)
    mime = mimetypes.guess_type(place.name)[0] or ""
    warning = f"Python could not open {place.name} ({reason}), so there is no waveform; the browser will try."
    kind: Literal["audio", "video"] = "video" if mime.startswith("video/") else "audio"
    return Facts(MediaInfo(name=place.name, kind=kind, mime=mime, warnings=[warning]), "none")


def _probe_soundfile(place: Place) -> Facts | None:
    """Describe what soundfile reads exactly; None for all else."""
    try:
        with soundfile.SoundFile(place.path or io.BytesIO(place.data or b"")) as file:
            family = _SOUNDFILE_FAMILIES.get(file.format, family_of(file.format))
            # Without a length in its header an MP3 is read to half or beyond its end.
            if family == "mp3":
                return None
            count, rate, channels, codec = file.frames, file.samplerate, file.channels, _codec(file, family)
            if count and not _reads_to_end(file):
                return None
    except (soundfile.LibsndfileError, TypeError):
        return None
    if count == 0:
        raise MediaError(f"{place.name} holds no sound: it has a header, and 0 samples")
    how = playing(family, codec, "", rate)
    info = _info(place, how, kind="audio", duration=count / rate, sample_rate=rate, channels=channels)
    return Facts(info, "soundfile")


def _codec(file: soundfile.SoundFile, family: str) -> str:
    subtype: str = file.subtype
    return "flac" if family == "flac" else _SOUNDFILE_CODECS.get(subtype, subtype.lower())


def _reads_to_end(file: soundfile.SoundFile) -> bool:
    try:
        file.seek(file.frames - 1)
        return len(file.read(1, dtype="int16")) == 1
    except soundfile.LibsndfileError:
        return False


def _info(place: Place, how: Playing, **facts: Any) -> MediaInfo:
    warnings = [*facts.pop("warnings", ()), *how.warnings]
    return MediaInfo(name=place.name, mime=how.mime, exact=how.exact, warnings=warnings, **facts)


def _probe_container(place: Place) -> Facts:
    with open_container(place) as container:
        audio, video = audio_stream(container), video_stream(container)
        if audio is None and video is None:
            raise MediaError(f"{place.name} has neither sound nor picture: give an audio or video file")
        family, origin, stated = family_of(container.format.name), origin_of(container), _stated_end(container)
        audio_codec, video_codec = (stream.codec_context.name if stream else "" for stream in (audio, video))
        frame_count = video.frames if video else 0
        sound = next(frames(container, audio), None) if audio else None
    picture = _picture(place) if video else {}
    if sound is None and not picture:
        raise MediaError(f"{place.name} is damaged or cut: nothing of it can be decoded; copy or export it again")
    found = _scan_if_needed(place, family, origin, has_picture=bool(picture))
    if found is not None and picture:
        frame_count = len(found.frame_times)
    end, cut = _end(place, family, stated, found)
    rate = sound.sample_rate if sound else 0
    variable = found is not None and found.variable
    how = playing(family, audio_codec if sound else "", video_codec if picture else "", rate, variable=variable)
    info = _info(
        place,
        how,
        kind="video" if picture else "audio",
        duration=end,
        sample_rate=rate,
        channels=sound.layout.nb_channels if sound else 0,
        frame_count=frame_count if picture else 0,
        warnings=cut,
        **picture,
    )
    times = found.frame_times if found is not None and not place.url else None
    return Facts(info, "av" if sound else "none", origin, times)


def _picture(place: Place) -> dict[str, int]:
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


def _stated_end(container: av.container.InputContainer) -> float | None:
    """Give the end on the browser's timeline that the container states, in seconds."""
    audio = audio_stream(container)
    # One unit of these streams is one sample: no rounding to microseconds.
    if family_of(container.format.name) in {"wav", "flac"} and audio and audio.duration and audio.time_base:
        return float(audio.duration * audio.time_base)
    if container.duration is None:
        return None
    start = (container.start_time or 0) / av.time_base - origin_of(container)
    return start + container.duration / av.time_base


def _scan_if_needed(place: Place, family: str, origin: float, *, has_picture: bool) -> Scan | None:
    if place.url:
        return scan(place, origin, most=_MOST_PACKETS_OF_URL) if family == "mp3" else None
    if family in {"wav", "mp4"} and not has_picture and not is_cut_mp4(place):
        return None
    return scan(place, origin)


def _end(place: Place, family: str, stated: float | None, found: Scan | None) -> tuple[float | None, tuple[str, ...]]:
    """Choose the end between what is stated and what is there; with a warning when data is missing."""
    if found is None or (place.url and stated is not None):
        return stated, ()
    is_guess = family == "aac" or (family == "mp3" and not has_mp3_length(place))
    if stated is None or is_guess:
        return found.end, ()
    # Other streams, such as subtitles, may make an MP4 longer than its sound and picture.
    is_cut = found.end < stated - _CUT_TOLERANCE and (family != "mp4" or bool(is_cut_mp4(place)))
    if not is_cut:
        return stated, ()
    return found.end, (f"The file is damaged or cut: it plays until {found.end:.1f} s of {stated:.1f} s.",)
