"""What travels between an editor and its host: the description of the media and the messages. Values only."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from .keymap import KeymapChoice
from .model import Annotation, Diff, Task

#: Columns of one peak tile; level n has 4**n samples in a column.
PEAK_TILE_COLUMNS = 2048
#: Columns of one spectrogram tile, and the levels of each; at level n a column stands for 2**n samples.
SPECTROGRAM_COLUMNS = 128
SPECTROGRAM_ROWS = 256
#: Seconds of one tile of pitch and intensity.
CURVE_TILE_SECONDS = 10


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    pass


class MediaInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is known of the media before it plays.

    ``duration`` is in seconds, None when it could not be found out; ``sample_rate`` in Hz (0: no sound);
    ``frame_count`` is 0 for sound; ``exact`` is False where a browser may play beside the place it shows.
    ``way`` says how it comes to the browser, and why, empty where a page loads it by itself;
    ``container`` and ``codecs`` (picture first) are FFmpeg's names; ``start`` is the file's own time, in seconds, of
    its first sample or frame; ``channel_names`` say which recording each channel is of, empty for one recording.
    ``hindrances`` are what browsers do not do well with the file itself: it is streamed, and annotators need a proxy.
    """

    name: str
    kind: Literal["audio", "video"]
    mime: str = ""
    duration: float | None = None
    sample_rate: int = 0
    channels: int = 0
    width: int = 0
    height: int = 0
    frame_count: int = 0
    exact: bool = True
    way: str = ""
    container: str = ""
    codecs: list[str] = []
    start: float = 0.0
    channel_names: list[str] = []
    hindrances: list[str] = []
    warnings: list[str] = []

    def __str__(self) -> str:
        """Describe the media in a few lines for reading."""
        format_of = ", ".join([self.container, *self.codecs]) or self.mime or "of unknown format"
        lines = [f"{self.name}: {self.kind}, {format_of}"]
        if self.duration is not None:
            lines.append(
                f"  length   {self.duration:,.3f} s" + (f", starts at {self.start:.3f} s" if self.start else "")
            )
        if self.way:
            lines.append(f"  way      {self.way}")
        if self.channels:
            named = f" ({', '.join(self.channel_names)})" if self.channel_names else ""
            lines.append(
                f"  sound    {self.sample_rate:,} Hz, {self.channels} channel{'s'[: self.channels > 1]}{named}"
            )
        if self.width:
            rate = f", {self.frame_count / self.duration:.3g} a second" if self.duration and self.frame_count else ""
            lines.append(f"  picture  {self.width} x {self.height}, {self.frame_count:,} frames{rate}")
        return "\n".join([*lines, *(f"  warning  {warning}" for warning in self.warnings)])


class MediaSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The ways to the sound and picture, in the order to try: ``url`` (empty: none), then the stream, where it is."""

    info: MediaInfo
    url: str = ""
    stream: bool = True


class Setup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an editor needs to open: task, media, and the keymap it was given; the document comes in State.

    ``document`` names the document, the same in every kernel where a store keeps it; ``store`` is the name of the
    store's file for the user, empty where edits live in the kernel's memory only.
    """

    task: Task
    media: MediaSource
    keymap: KeymapChoice = KeymapChoice()
    document: str
    store: str = ""


# From the browser to Python.


class Hello(_Message, frozen=True, tag="hello"):
    """An editor opened, or lost track: it asks for State."""

    client: str


class Edit(_Message, frozen=True, tag="edit"):
    """One change made in the browser; ``seq`` counts the client's edits from 1.

    ``base`` is the revision that the browser had confirmed when the edit was made; only a store asks for it. A page may
    send what another one that is gone could not, under that one's name and number.
    """

    client: str
    seq: int
    diff: Diff
    base: int | None = None


class Report(_Message, frozen=True, tag="report"):
    """Something the browser could not do, in words for the user."""

    message: str


class UseStream(_Message, frozen=True, tag="use_stream"):
    """The media did not come by its URL; it is streamed now, for a reason in words."""

    reason: str


class CancelAssist(_Message, frozen=True, tag="cancel_assist"):
    """End the program that looks for suggestions, at its next step."""


class FetchFragment(_Message, frozen=True, tag="fetch_fragment"):
    """Ask for a stretch of sound or pictures between two times in seconds, as fragmented MP4.

    Sound is as it is heard at ``speed``. Pictures begin at the key frame before ``start``, with ``resume`` where the
    fragment before ended; ``codecs`` are those that the browser plays, of h264, vp9 and av1.
    """

    client: str
    request: int
    kind: Literal["sound", "picture"]
    start: float
    end: float
    speed: float = 1.0
    resume: bool = False
    codecs: list[str] = []


class FetchPeaks(_Message, frozen=True, tag="fetch_peaks"):
    """Ask for a tile: PEAK_TILE_COLUMNS columns of 4**level samples from column ``tile`` x PEAK_TILE_COLUMNS on."""

    client: str
    request: int
    level: int
    tile: int


class SpectrogramAnalysis(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How spectra are made: the window's function and ``length`` in seconds, the rows from ``low`` to ``high`` Hz."""

    scale: Literal["linear", "log", "mel"] = "linear"
    window: Literal["hann", "hamming", "blackman", "gaussian"] = "hann"
    length: float = 0.03
    low: float = 0.0
    high: float = 8000.0


class BuildPeaks(_Message, frozen=True, tag="build_peaks"):
    """Have the pass that makes the peaks go on (again, after an error), or stop it."""

    client: str
    request: int
    run: bool


class FetchSpectrogram(_Message, frozen=True, tag="fetch_spectrogram"):
    """Ask for a tile: SPECTROGRAM_COLUMNS columns of 2**level samples from ``tile`` x SPECTROGRAM_COLUMNS on."""

    client: str
    request: int
    level: int
    tile: int
    analysis: SpectrogramAnalysis


class FetchCurves(_Message, frozen=True, tag="fetch_curves"):
    """Ask for pitch and intensity from ``tile`` x CURVE_TILE_SECONDS on; pitch from ``floor`` to ``ceiling`` Hz."""

    client: str
    request: int
    tile: int
    floor: float
    ceiling: float


class FetchFrames(_Message, frozen=True, tag="fetch_frames"):
    """Ask for the presentation times of the video's frames."""

    client: str
    request: int


class FetchThumbnails(_Message, frozen=True, tag="fetch_thumbnails"):
    """Ask for small pictures at times in seconds; a key frame at most ``within`` seconds before one will do."""

    client: str
    request: int
    times: list[float]
    within: float


#: What an editor fetches of the media.
Fetch: TypeAlias = (
    FetchFragment | FetchPeaks | BuildPeaks | FetchSpectrogram | FetchCurves | FetchFrames | FetchThumbnails
)
FromBrowser: TypeAlias = Hello | Edit | Report | UseStream | CancelAssist | Fetch


# From Python to the browser.


class PeakProgress(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How far the pass that makes the peaks is.

    ``progress`` is 0 to 1; ``running`` is False when it ended, was stopped, or failed, as ``problem`` says;
    ``complete`` says that the tile it came with will not change any more.
    """

    progress: float
    running: bool
    complete: bool = True
    problem: str = ""


class State(_Message, frozen=True, tag="state"):
    """The whole document, for an editor that opens; ``seen`` is the last edit applied of each client."""

    revision: int
    annotation: Annotation
    seen: dict[str, int] = {}


class Applied(_Message, frozen=True, tag="applied"):
    """A change is in the document; it acknowledges the client's own. ``client`` is empty for one made in Python."""

    revision: int
    client: str
    seq: int
    diff: Diff


class Rejected(_Message, frozen=True, tag="rejected"):
    """An edit was refused, or meets one that another notebook made after its base; the client drops it and says why."""

    client: str
    seq: int
    reason: str


class Held(_Message, frozen=True, tag="held"):
    """An edit could not be stored, for a reason in words; nobody has it but the client, which sends it again later."""

    client: str
    seq: int
    reason: str


class Fetched(_Message, frozen=True, tag="fetched"):
    """The answer to a fetch. The bytes are the message's one buffer; ``error`` is set when there are none.

    Fragment: fragmented MP4 from ``start`` to ``end`` seconds, for a SourceBuffer of the type ``mime`` with the
    timestampOffset ``offset`` in seconds. Peaks: int16, min and max of each column in turn, one channel after the
    other. Spectrogram: uint8, 0 to 255 for -124 to 3.5 dB, one column after the other, SPECTROGRAM_ROWS low to high
    frequencies in each. Curves: float64, all times, then all pitches in Hz (NaN: none), then all intensities in dB.
    Frames: float64 seconds. Thumbnails: one JPEG after the other, of these ``lengths``.
    ``peaks`` comes with peaks and with the answer to BuildPeaks.
    """

    client: str
    request: int
    lengths: list[int] = []
    peaks: PeakProgress | None = None
    start: float = 0.0
    end: float = 0.0
    offset: float = 0.0
    mime: str = ""
    error: str = ""


class Assist(_Message, frozen=True, tag="assist"):
    """How far the program is that looks for suggestions, and in the end, by ``message``, what came of it.

    ``progress`` is 0 to 1, None where the program does not tell. Its suggestions come in an Applied of their own.
    """

    source: str
    state: Literal["running", "cancelling", "done", "cancelled", "failed"]
    progress: float | None = None
    message: str = ""


FromPython: TypeAlias = State | Applied | Rejected | Held | Fetched | Assist
