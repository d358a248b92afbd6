"""WebVTT: cues with ids, each spoken by a voice. Knows the format's markup; webvtt-py knows its blocks."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import AnnotationError, FormatError
from ..model import Track
from .extras import load
from .format import name_of, track_named
from .subtitles import NOBODY, SPEAKER, Cue, Said, Subtitles, clock

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t\n]([^>]*)>")
_TAG = re.compile(r"<[^>]*>")
_TIMING = re.compile(r"\s*(?:\d{1,10}:)?[0-5]?\d:[0-5]?\d\.\d{1,3}\s*-->\s*(?:\d{1,10}:)?[0-5]?\d:[0-5]?\d\.\d{1,3}")
#: What an id cannot hold: ends of lines, what looks like a timing, the sign of this very escape; a space at its ends.
_NO_ID = re.compile("[\r\n%]|(?<=--)>|^[ \t]|[ \t]$")
_NO_NAME = re.compile("[\r\n]|^[ \t]|[ \t]$")
_ID_ESCAPE = re.compile(r"%(0D|0A|25|3E|20|09)")


class WebVtt(Subtitles):
    """The voice of a cue is its track; a text is kept as it is, without markup, and its empty lines with it."""

    name = "webvtt"
    title = "WebVTT"
    suffixes = (".vtt",)
    keeps_ids = True
    latest = 10**10 * 3_600_000 - 1

    def sniff(self, head: bytes) -> bool:
        return head.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT")

    def parse(self, text: str, name: str) -> tuple[list[Cue], list[str]]:
        library = load("webvtt", "formats")
        try:
            read = library.WebVTT.from_string(text)
        except (library.errors.MalformedFileError, library.errors.MalformedCaptionError) as error:
            raise FormatError(f"{name}: is not WebVTT ({error}); its first line must be WEBVTT") from None
        timings = [
            (number, line)
            for number, line in enumerate(re.split("\r\n|\r|\n", text), 1)
            if "-->" in line and not line.startswith("NOTE")
        ]
        if len(timings) != len(read.captions):
            number, line = next(
                (one for one in timings if not _TIMING.match(one[1])), timings[-1] if timings else (1, "")
            )
            raise FormatError(
                f"{name}, line {number}: is not the timing of a cue, 00:00.000 --> 00:01.000: {line:.100}"
            )
        cues = [
            Cue(
                one.start_time.in_milliseconds(),
                one.end_time.in_milliseconds(),
                _ID_ESCAPE.sub(lambda found: chr(int(found[1], 16)), one.identifier or ""),
                one.raw_text,
                line,
            )
            for one, (line, _) in zip(read.captions, timings, strict=True)
        ]
        return cues, _notes(read)

    def spell(self, said: Sequence[Said]) -> list[str]:
        return [_spell(track, text) for track, text in said]

    def understand(self, texts: Sequence[str]) -> list[list[Said]]:
        return [_understand(text) for text in texts]

    def layout(self, cues: Iterable[Cue]) -> str:
        made = (
            f"\n{_NO_ID.sub(lambda found: f'%{ord(found[0]):02X}', cue.id)}\n"
            f"{clock(cue.start, '.')} --> {clock(cue.end, '.')}\n{cue.text}\n"
            for cue in cues
        )
        return "WEBVTT\n" + "".join(made)


def _notes(read: Any) -> list[str]:
    comments = len(read.header_comments) + len(read.footer_comments)
    comments += sum(len(item.comments) for item in [*read.captions, *read.styles])
    counts = {
        "comments (NOTE)": comments,
        "styles (STYLE)": len(read.styles),
        "regions (REGION)": len(read.regions),
        "cues with settings of their place": sum(bool(str(one.settings)) for one in read.captions),
    }
    return [f"left out: {count} {what}" for what, count in counts.items() if count]


def _understand(text: str) -> list[Said]:
    voices = list(_VOICE.finditer(text))
    if not voices:
        return [(NOBODY, _plain(text))]
    said = [(NOBODY, _plain(text[: voices[0].start()]).strip())]
    for voice, following in zip(voices, [*voices[1:], None], strict=True):
        words = _plain(text[voice.end() : following.start() if following else None])
        name = html.unescape(voice[1].strip(" \t\n"))
        try:
            track = track_named(name, SPEAKER)
        except AnnotationError:
            track = NOBODY
        said.append((track, words if len(voices) == 1 else words.strip("\n")))
    return said if said[0][1] else said[1:]


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text))


def _spell(track: Track, text: str) -> str:
    voice = ""
    if (track.category, track.tag) != (NOBODY.category, NOBODY.tag):
        name = _escape(name_of(track, SPEAKER))
        voice = f"<v {re.sub(_NO_NAME, lambda found: f'&#{ord(found[0])};', name)}>"
    lines = re.split("\r\n|\r|\n", _escape(text.replace("\0", "\ufffd")))
    # An empty line would end the cue; a tag on it shows nothing.
    marked = [line if line.strip() or voice + text == "" else f"{line}<c></c>" for line in lines]
    return voice + "\n".join(marked)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


FORMAT = WebVtt()
