"""What browsers make of each format: the type they expect, and in plain words what they do not do well. Values only."""

from __future__ import annotations

from dataclasses import dataclass

_AUDIO_FIX = "convert it to WAV, FLAC or M4A"
_VIDEO_FIX = "convert it to MP4 with H.264 and AAC"

_MP4 = {"mov", "mp4", "m4a", "3gp", "3g2", "mj2"}
_MIME = {"wav": "wav", "flac": "flac", "mp3": "mpeg", "ogg": "ogg", "aac": "aac", "aiff": "aiff", "avi": "x-msvideo"}
_PLAYED_AUDIO = {"aac", "mp3", "mp3float", "opus", "vorbis", "flac"}
_PLAYED_VIDEO = {"h264", "vp8", "vp9", "av1", "libdav1d"}
_PLAYED_PCM = {"pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_mulaw", "pcm_alaw"}
_PLAYED_FORMATS = {"wav", "flac", "mp3", "ogg", "aac", "mp4", "matroska"}
_NAMES = {"aiff": "AIFF", "alac": "Apple Lossless", "hevc": "HEVC (H.265)", "mpegts": "MPEG-TS", "avi": "AVI"}
#: The lowest and highest sample rate that browsers play, in Hz.
RATES = (3000, 768000)


@dataclass(frozen=True)
class Playing:
    """How a browser plays a file: its MIME type, whether it lands where it is sent, and what hinders it, in words."""

    mime: str
    exact: bool
    hindrances: tuple[str, ...]


def family_of(format_name: str) -> str:
    """Reduce a demuxer's name to one of ours: ``mov,mp4,m4a,3gp,3g2,mj2`` is ``mp4``."""
    first = format_name.lower().split(",")[0]
    return "mp4" if first in _MP4 else first


def playing(
    family: str,
    audio: str,
    video: str,
    rate: int,
    *,
    variable: bool = False,
    edited: bool = False,
    chained: bool = False,
    several: str = "",
) -> Playing:
    """Say how browsers play a file.

    ``audio`` and ``video`` are codec names, empty when there is no such stream; ``variable`` is the bit rate of MP3,
    ``edited`` are several parts that are shown one after another, ``chained`` several streams of an Ogg file, and
    ``several`` names what there are several streams of at the same time, "" where there is one of each.
    """
    refused = _refused(family, audio, video)
    hindrances = list(refused)
    if rate and not RATES[0] <= rate <= RATES[1]:
        hindrances.append(
            f"Browsers play sample rates from {RATES[0]} to {RATES[1]} Hz, this is {rate} Hz: resample it."
        )
    inexact = "" if refused else _inexact(family, audio, video, variable=variable, edited=edited, chained=chained)
    if several and not refused:
        inexact = f"Of several streams of {several} browsers may play another than the first, which is read: keep one."
    if inexact:
        hindrances.append(inexact)
    return Playing(_mime(family, audio, video), not inexact, tuple(hindrances))


def _refused(family: str, audio: str, video: str) -> list[str]:
    fix = _VIDEO_FIX if video else _AUDIO_FIX
    if family not in _PLAYED_FORMATS:
        return [f"Browsers do not play {_name(family)}: {fix}."]
    found = []
    if video == "hevc":
        found.append(f"Most browsers show no picture for {_name(video)}: {_VIDEO_FIX}.")
    elif video and video not in _PLAYED_VIDEO:
        found.append(f"Browsers show no picture for {_name(video)}: {_VIDEO_FIX}.")
    played = _PLAYED_PCM if family == "wav" else _PLAYED_AUDIO
    if audio and audio not in played:
        found.append(f"Browsers play no sound for {_name(audio)}: {fix}.")
    return found


def _name(word: str) -> str:
    return _NAMES.get(word, word.upper())


def _inexact(family: str, audio: str, video: str, *, variable: bool, edited: bool, chained: bool) -> str:
    fix = _AUDIO_FIX
    if family == "mp3" and variable:
        beside = "This MP3 has a variable bit rate: after a jump browsers may play seconds away from the time shown"
    elif family == "mp3":
        beside = "In MP3 files browsers may play up to 0.06 s beside the time shown"
    elif chained:
        beside = "In Ogg files of several streams browsers may play the first alone, or beside the time shown"
    elif family == "ogg" and audio == "vorbis":
        beside = "In Ogg Vorbis files browsers may play some tenths of a second beside the time shown"
    elif family == "aac":
        beside = "In bare AAC files browsers may play 0.02 s beside the time shown"
    elif family == "matroska" and audio not in {"", "opus"}:
        beside = "In Matroska and WebM files browsers may play 0.02 s beside the time shown"
        fix = "convert it to MP4"
    elif edited:
        beside = "In MP4 files of several edits browsers may play beside the time shown"
        fix = _VIDEO_FIX if video else "convert it to WAV or FLAC"
    else:
        return ""
    return f"{beside}: {fix} for exact times."


def _mime(family: str, audio: str, video: str) -> str:
    kind = "video" if video else "audio"
    if family == "matroska":
        is_webm = video in {"", "vp8", "vp9", "av1", "libdav1d"} and audio in {"", "opus", "vorbis"}
        return f"{kind}/webm" if is_webm else f"{kind}/x-matroska"
    return f"{kind}/{_MIME.get(family, 'mp4' if family == 'mp4' else f'x-{family}')}"


def is_refusal(warning: str) -> bool:
    """Tell whether a warning of :func:`playing` says that browsers do not play the media, or not all of it.

    >>> [is_refusal(text) for text in playing("aiff", "pcm_s16be", "", 8000).hindrances]
    [True]
    >>> [is_refusal(text) for text in playing("mp3", "mp3", "", 8000).hindrances]
    [False]
    """
    return any(words in warning for words in ("rowsers show no picture", "rowsers play no", "rowsers play sample")) or (
        warning.startswith("Browsers do not play")
    )
