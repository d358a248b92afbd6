"""Find out what media is, by its content and never by its name. Knows no peaks and no way to the browser."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, replace
from typing import Any, Literal

import av
import msgspec
import numpy as np
import soundfile

from ..errors import MediaError
from ..wire import MediaInfo
from .avi_stretches import cut_avi
from .browser import Playing, family_of, playing
from .container import UnreadableError, open_container
from .cut_end import CUT, warnings_of_end
from .ends import MAX_SECONDS, end_of
from .layout import has_mp4_start, is_cut_mp4, wav_header
from .mp3 import PacketIndex
from .mp4_movie import Movie
from .mp4_seen import tables_of
from .mp4_segments import cut_segments
from .ogg_links import find_links
from .opened import PICTURE_HELP, Seen, check_sound, picture_of, seen_of
from .scan import FrameTimes, Scan, scan
from .sound_file import SoundFile, open_sound
from .source import Place
from .stretches import OddError

#: How many streams of a chain that are left out are told one by one.
_MOST_PROBLEMS = 3
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
#: Packets that tell whether the bit rate of an MP3 varies, without loading it whole.
_MOST_PACKETS_FAR = 200


@dataclass(frozen=True)
class Facts:
    """What is known of media: its description, who decodes its sound, and the container's time shown as 0."""

    info: MediaInfo
    decoder: Literal["soundfile", "av", "aligned", "chained", "none"]
    origin: float = 0.0
    #: Presentation times of the frames in seconds, None when they are still to be found.
    frame_times: FrameTimes | None = None
    #: Where the packets of an MP3 lie, as far as they were looked at.
    index: PacketIndex | None = None
    #: The recordings that lie side by side, in the order of their channels, or the streams that follow one another.
    parts: tuple[Part, ...] = ()
    #: The container's time of the first sample that decoders give, in seconds.
    sound_start: float = 0.0
    #: The number of the sound's stream, None where its time stamps are too coarse to tell one sample from the next.
    sound_stream: int | None = None
    #: The tables of a long MP4, which is read in parts, and the number of its picture's stream.
    movie: Movie | None = None
    picture_stream: int | None = None

    @property
    def last_picture(self) -> float:
        """When the last frame begins, in seconds, or where the media ends as long as that is still to be found."""
        times = self.frame_times
        return float(times[-1]) if times is not None and len(times) else self.info.duration or 0.0


@dataclass(frozen=True)
class Part:
    """One of several recordings or streams on a common time axis; ``offset`` is where it begins, in seconds."""

    place: Place
    facts: Facts
    offset: float


def probe(place: Place) -> Facts:
    """Describe media.

    Raises
    ------
    MediaError
        when it is not readable as audio or video. A URL that Python cannot open gives a warning instead, since the
        browser may reach what Python does not.
    """
    if not place.url:
        return _probe_bytes(place)
    try:
        # First of all whether there is anything: without an answer no decoder needs to try.
        with place.open() as file:
            file.read(1)
        facts = _probe_bytes(place)
    except MediaError as error:
        return _left_to_browser(place, str(error))
    met = place.blocks.source.warnings if place.blocks is not None else []
    info = msgspec.structs.replace(facts.info, warnings=[*met, *facts.info.warnings])
    return replace(facts, info=info)


def _left_to_browser(place: Place, reason: str) -> Facts:
    mime = mimetypes.guess_type(place.name)[0] or ""
    warning = f"Python could not open {place.name} ({reason}), so there is no waveform; the browser will try."
    kind: Literal["audio", "video"] = "video" if mime.startswith("video/") else "audio"
    return Facts(MediaInfo(name=place.name, kind=kind, mime=mime, warnings=[warning]), "none")


def _probe_bytes(place: Place) -> Facts:
    links = find_links(place)
    return _probe_chain(place, links) if len(links) > 1 else _probe_one(place)


def _probe_one(place: Place) -> Facts:
    try:
        facts = _probe_soundfile(place) or _probe_container(place)
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
    info = facts.info
    if any(text.startswith(CUT) for text in info.warnings):
        return facts
    warnings = [*info.warnings, *warnings_of_end(place, info.duration)]
    return replace(facts, info=msgspec.structs.replace(info, warnings=warnings))


def _probe_chain(place: Place, links: list[Place]) -> Facts:
    """Describe streams that follow one another; what cannot be read of them is left out, with a warning."""
    parts: list[Part] = []
    problems: list[str] = []
    end = 0.0
    for number, link in enumerate(links, 1):
        try:
            facts = _probe_one(link)
        except MediaError as error:
            # Without it all that follows would lie at other times when it is opened again.
            if error.gone:
                raise
            problems.append(f"Stream {number} of {len(links)}, at {end:.1f} s, is left out: {error}.")
            continue
        parts.append(Part(link, facts, end))
        # Some lengths are rounded to microseconds, which add up.
        end += round((facts.info.duration or 0.0) * facts.info.sample_rate) / max(1, facts.info.sample_rate)
    if any(part.facts.info.kind == "video" for part in parts):
        return _first_of_chain(place, len(links))
    if not parts or any(part.facts.decoder == "none" for part in parts):
        return _probe_one(place)
    shown = [part.facts.info for part in parts]
    codecs = list(dict.fromkeys(codec for info in shown for codec in info.codecs))
    info = _info(
        place,
        playing("ogg", codecs[0], "", shown[0].sample_rate, chained=True),
        kind="audio",
        container="ogg",
        codecs=codecs,
        duration=end,
        sample_rate=shown[0].sample_rate,
        channels=max(info.channels for info in shown),
        warnings=[*_few(problems), *dict.fromkeys(text for info in shown for text in info.warnings)],
    )
    return Facts(info, "chained", parts=tuple(parts))


def _few(problems: list[str]) -> list[str]:
    more = len(problems) - _MOST_PROBLEMS
    return problems if more <= 0 else [*problems[:_MOST_PROBLEMS], f"So are {more} more of its streams."]


def _first_of_chain(place: Place, count: int) -> Facts:
    facts = _probe_one(place)
    warning = (
        f"{count} recordings with a picture follow one another in this Ogg file, and what comes after the first, from "
        f"{facts.info.duration or 0.0:.1f} s on, may be missing: convert it to MP4."
    )
    return replace(facts, info=msgspec.structs.replace(facts.info, warnings=[warning, *facts.info.warnings]))


def _probe_soundfile(place: Place) -> Facts | None:
    """Describe what soundfile reads exactly from its beginning to its end; None for all else."""
    header = wav_header(place)
    if header is not None and header.channels is not None:
        check_sound(place, header.channels, header.rate or 0)
    try:
        with open_sound(place) as sound:
            file = sound.info
            family = _SOUNDFILE_FAMILIES.get(file.format, family_of(file.format))
            # Without a length in its header an MP3 is read to half or beyond its end.
            if family == "mp3":
                return None
            count, rate, channels, codec = file.frames, file.samplerate, file.channels, _codec(file, family)
            check_sound(place, channels, rate)
            is_unmeasured = count == 0 and header is not None and header.there > 0
            if is_unmeasured or (count and not _has_both_ends(sound)):
                return None
    except (soundfile.LibsndfileError, TypeError):
        return None
    if count == 0:
        raise MediaError(f"{place.name} holds no sound: it has a header, and 0 samples")
    how = playing(family, codec, "", rate)
    info = _info(
        place,
        how,
        kind="audio",
        container=family,
        codecs=[codec],
        duration=count / rate,
        sample_rate=rate,
        channels=channels,
    )
    # In Vorbis libsndfile 1.2 seeks to wrong samples, one time in ten; in Opus that begins late, at its beginning.
    start = _start_of(place) if codec in {"vorbis", "opus"} else 0.0
    return Facts(info, "av", start) if codec == "vorbis" or start > 0 else Facts(info, "soundfile")


def _start_of(place: Place) -> float:
    """Give the container's time of the first sample, in seconds."""
    with open_container(place) as container:
        return (container.start_time or 0) / av.time_base


def _codec(file: soundfile.SoundFile, family: str) -> str:
    subtype: str = file.subtype
    codec = "flac" if family == "flac" else _SOUNDFILE_CODECS.get(subtype, subtype.lower())
    return codec.replace("le", "be") if family == "aiff" else codec


def _has_both_ends(sound: SoundFile) -> bool:
    def is_there(frame: int) -> bool:
        sound.seek(frame)
        return len(sound.read(1)) == 1

    try:
        return is_there(0) and is_there(sound.info.frames - 1)
    except soundfile.LibsndfileError:
        return False


def _info(place: Place, how: Playing, **facts: Any) -> MediaInfo:
    warnings = list(facts.pop("warnings", ()))
    return MediaInfo(
        name=place.name, mime=how.mime, exact=how.exact, hindrances=list(how.hindrances), warnings=warnings, **facts
    )


def _probe_container(place: Place) -> Facts:
    cut_avi(place)
    cut_segments(place)
    try:
        return _probe_opened(place)
    except (OddError, MediaError) as error:
        if not place.stretches or getattr(error, "gone", False):
            raise
        place.stretches.clear()
        return _probe_opened(place)


def _probe_opened(place: Place) -> Facts:
    tables = tables_of(place)
    movie = tables if tables is not None and tables.is_in_parts else None
    head = place if movie is None else movie.head()
    seen = seen_of(place, head, tables)
    shown = seen.picture_stream
    picture = picture_of(head) if shown is not None else {}
    if seen.sound is None and not picture:
        reason = "nothing of it can be decoded" if seen.is_sized else PICTURE_HELP
        raise MediaError(f"{place.name} is damaged or cut: {reason}; copy or export it again")
    if movie is not None:
        listed = movie.frame_times(movie.tracks[shown], seen.origin) if picture and shown is not None else np.empty(0)
        found: Scan | None = Scan(listed, movie.there(seen.origin), variable=False)
    else:
        found = _scan_if_needed(place, seen.family, seen.origin, seen.stated, has_picture=bool(picture))
    end, warnings = end_of(place, seen, found)
    # The streams of another recording, of which that is said already, are not beside the first.
    is_joined = found is not None and found.unread is not None
    warnings += seen.left_out(place.name, has_picture=bool(picture), is_joined=is_joined)
    info = _container_info(place, seen, picture, found, movie, duration=end, warnings=warnings)
    return Facts(
        info,
        "av" if seen.sound else "none",
        seen.origin,
        found.frame_times if found is not None and (movie is not None or not place.is_far) else None,
        found.index if found is not None else None,
        sound_start=(seen.sound.time if seen.sound else None) or 0.0,
        sound_stream=seen.sound_stream,
        movie=movie,
        picture_stream=shown,
    )


def _container_info(
    place: Place, seen: Seen, picture: dict[str, int], found: Scan | None, movie: Movie | None, **facts: Any
) -> MediaInfo:
    edited = movie is not None and movie.is_edited
    how = playing(
        seen.family,
        seen.audio_codec if seen.sound else "",
        seen.video_codec if picture else "",
        seen.rate,
        variable=found is not None and found.variable,
        edited=edited,
        several=seen.several,
    )
    count = seen.frame_count if found is None else len(found.frame_times)
    return _info(
        place,
        how,
        kind="video" if picture else "audio",
        container=seen.family,
        codecs=seen.codecs,
        start=movie.start if movie is not None and edited else seen.start,
        sample_rate=seen.rate,
        channels=seen.sound.layout.nb_channels if seen.sound else 0,
        frame_count=count if picture else 0,
        **picture,
        **facts,
    )


def _scan_if_needed(
    place: Place, family: str, origin: float, stated: float | None, *, has_picture: bool
) -> Scan | None:
    if place.is_far:
        return scan(place, origin, most=_MOST_PACKETS_FAR) if family == "mp3" else None
    is_believed = stated is not None and stated <= MAX_SECONDS
    is_whole = family in {"wav", "mp4"} and is_believed and not is_cut_mp4(place)
    if is_whole and not has_picture:
        return None
    return scan(place, origin, sound=not is_whole)
