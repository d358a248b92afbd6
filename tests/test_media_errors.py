"""Damage, lies, encryption, networks and files that go away: what is said, and that the rest goes on."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from avseg_widget.errors import MediaError
from avseg_widget.media import open_media
from avseg_widget.media.ranged import BLOCK_BYTES
from avseg_widget.widget.fetching import fetch
from avseg_widget.wire import FetchFragment, FetchFrames, FetchPeaks, FetchSpectrogram, SpectrogramAnalysis

from .media_makers import clicks, encode
from .media_servers import Served, serve

RATE = 16000
ANALYSIS = SpectrogramAnalysis()
HUGE = 1 << 62


def sound_bytes(kind: str = "WAV", seconds: float = 3.0) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, clicks(seconds, RATE), RATE, format=kind, subtype="PCM_16")
    return buffer.getvalue()


# Cut and damaged files.


@pytest.mark.parametrize("kind", ["WAV", "RF64", "AIFF"])
def test_a_cut_recording_says_how_much_is_missing(kind: str):
    media = open_media(sound_bytes(kind)[:-32000])
    assert media.info().duration == 2.0
    assert media.info().warnings[0] == "The file is damaged or cut: it plays until 2.0 s of 3.0 s."
    assert len(media.peak_tile(4, 0)) == 125 * 4


@pytest.mark.parametrize("movflags", ["faststart", "frag_keyframe+empty_moov"])
def test_encrypted_media_is_called_so(tmp_path: Path, movflags: str):
    options = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
        "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
        "movflags": movflags,
    }
    for name, video in (("a.m4a", None), ("a.mp4", "libx264")):
        path = encode(tmp_path / name, 2.0, video=video, file_options=options)
        with pytest.raises(MediaError, match=rf"{name} is encrypted: without its key"):
            open_media(path)


# Headers that lie. Each says how a sound file becomes one.


def patched(data: bytes, place: int, form: str, *values: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(form, changed, place, *values)
    return bytes(changed)


def rf64(frames: int) -> bytes:
    data = sound_bytes("RF64")
    place = data.index(b"ds64") + 8
    return patched(patched(data, place, "<QQQ", frames, frames, frames), data.index(b"data") + 4, "<I", 0xFFFFFFFF)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (patched(sound_bytes(), 22, "<H", 65535), "says it has 65,535 channels"),
        (patched(sound_bytes(), 22, "<H", 0), "says it has 0 channels"),
        (patched(sound_bytes(), 24, "<I", 4_000_000_000), "says it has 4,000,000,000 samples a second"),
        (patched(sound_bytes(), 24, "<I", 0), "says it has 0 samples a second"),
        (patched(sound_bytes("AIFF"), 20, ">H", 0), "not audio or video"),
        (patched(sound_bytes("AIFF"), 20, ">H", 500), "says it has 500 channels|not audio or video"),
    ],
)
def test_absurd_headers_are_refused(data: bytes, words: str):
    with pytest.raises(MediaError, match=words):
        open_media(data)


def test_more_frames_than_any_file_holds():
    media = open_media(rf64(HUGE))
    assert media.info().duration == 3.0
    assert "cut" in media.info().warnings[0]


def film(path: Path, codec: str) -> bytes:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, width=64, height=48, pix_fmt="yuv420p")
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number, np.uint8), format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    return path.read_bytes()


@pytest.mark.parametrize(("codec", "form"), [("libx264", "h264"), ("libx265", "hevc")])
def test_bare_video_without_times_is_refused_with_help(tmp_path: Path, codec: str, form: str):
    path = tmp_path / f"my film.{form}"
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(
            codec, rate=25, width=64, height=48, options={"bf": "2", "x265-params": "log-level=0"}
        )
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 9 * number, np.uint8), format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    words = rf"my film\.{form} is bare video.*ffmpeg -framerate 25 -i 'my film\.{form}' 'my film\.mp4'"
    with pytest.raises(MediaError, match=words):
        open_media(path)


@pytest.mark.parametrize("side", [100_000, 20_000])
def test_a_giant_picture_is_refused(tmp_path: Path, side: int):
    data = film(tmp_path / "a.avi", "ffvhuff")
    with pytest.raises(MediaError, match="no size, or more than the 67,108,864 pixels"):
        open_media(patched(data, data.index(b"strf") + 12, "<II", side, side))


#: Opens each file of a folder and reads it through, with little more memory than the interpreter has by itself.
CHILD = """
import resource, sys
from pathlib import Path
from avseg_widget.errors import MediaError
from avseg_widget.media import open_media
from avseg_widget.wire import SpectrogramAnalysis
import numpy, soundfile
open_media((numpy.zeros(1000), 8000)).peak_tile(4, 0)
pages = int(Path("/proc/self/statm").read_text().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (400 << 20),) * 2)
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        media = open_media(path)
        media.peak_tile(4, 0), media.peak_tile(0, 3), media.frame_times()
        media.spectrogram_tile(SpectrogramAnalysis(), 4, 0)
        print(path.name, "opened")
    except MediaError as error:
        print(path.name, error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_no_number_in_a_file_takes_memory(tmp_path: Path):
    folder = tmp_path / "files"
    folder.mkdir()
    (tmp_path / "a").mkdir()
    mp4 = encode(tmp_path / "a" / "a.mp4", 2.0, video="libx264").read_bytes()
    for box in (b"moov", b"mdat", b"trak", b"stsd", b"stts", b"stsz", b"stsc", b"stco", b"avc1", b"esds"):
        place = mp4.index(box)
        (folder / f"size-{box.decode()}.mp4").write_bytes(patched(mp4, place - 4, ">I", 0x7FFFFFF0))
        (folder / f"count-{box.decode()}.mp4").write_bytes(patched(mp4, place + 8, ">I", 0x3FFFFFFF))
    large = patched(mp4, mp4.index(b"mdat") - 4, ">I", 1)
    (folder / "large.mp4").write_bytes(patched(large, mp4.index(b"mdat") + 4, ">Q", HUGE))
    (folder / "late.mp4").write_bytes(patched(mp4, mp4.index(b"stts") + 12, ">I", 0x7FFFFFFF))
    (folder / "samples.mp4").write_bytes(patched(mp4, mp4.index(b"stsz") + 8, ">I", 0x7FFFFFFF))
    flac = encode(tmp_path / "a" / "a.flac", 1.0, audio="flac").read_bytes()
    (folder / "total.flac").write_bytes(patched(flac, flac.index(b"fLaC") + 21, ">BI", 0xFF, 0xFFFFFFFF))
    (folder / "block.flac").write_bytes(patched(flac, flac.index(b"fLaC") + 5, ">BH", 0xFF, 0xFFFF))
    mp3 = encode(tmp_path / "a" / "a.mp3", 1.0, audio="libmp3lame").read_bytes()
    (folder / "tag.mp3").write_bytes(b"ID3\4\0\0\x7f\x7f\x7f\x7f" + mp3)
    for name in ("Xing", "Info"):
        if name.encode() in mp3:
            (folder / "xing.mp3").write_bytes(patched(mp3, mp3.index(name.encode()) + 8, ">I", 0xFFFFFFF0))
    mkv = encode(tmp_path / "a" / "a.mkv", 1.0, video="libx264").read_bytes()
    for number in range(0, 400, 7):
        (folder / f"{number}.mkv").write_bytes(mkv[:number] + b"\x01\x7f\xff\xff\xff" + mkv[number + 5 :])
    (folder / "frames.wav").write_bytes(rf64(HUGE))
    (folder / "align.wav").write_bytes(patched(sound_bytes(), 32, "<H", 65535))
    (folder / "chunk.wav").write_bytes(patched(sound_bytes(), 16, "<I", 0xFFFFFFF0))
    caf = sound_bytes("CAF")
    (folder / "frames.caf").write_bytes(patched(caf, caf.index(b"data") + 4, ">Q", HUGE))
    w64 = sound_bytes("W64")
    (folder / "frames.w64").write_bytes(patched(w64, w64.index(b"data") + 16, "<Q", HUGE))
    done = subprocess.run([sys.executable, "-c", CHILD, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) == len(list(folder.iterdir()))


# Networks that stall, drop and come back.


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("avseg_widget.media.ranged._PAUSES", (0.0, 0.0))
    monkeypatch.setattr("avseg_widget.media.remote.TIMEOUT", 0.4)


def long_wav() -> bytes:
    values = np.random.default_rng(0).integers(-9999, 9999, 4 * BLOCK_BYTES, np.int16)
    buffer = io.BytesIO()
    soundfile.write(buffer, values, RATE, format="WAV")
    return buffer.getvalue()


@pytest.mark.parametrize("faults", [["500"], ["cut"], ["cut", "500"], ["stall"], ["page"]])
def test_a_network_that_fails_for_a_moment_is_asked_again(faults: list[str]):
    data = long_wav()
    with serve(data) as served:
        media = open_media(served.url)
        served.faults[:] = faults
        assert media.peak_tile(4, 0) == open_media(data).peak_tile(4, 0)
        assert served.faults == []
        # Parts are still asked for.
        assert all(served.requests)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("stall", "no answer within"),
        ("cut", "the connection was cut"),
        ("500", "the server answers 500"),
        ("page", "the server sent something else, as a page to log in"),
    ],
)
def test_a_network_that_fails_is_told_of_and_what_is_there_goes_on(fault: str, words: str):
    data = long_wav()
    with serve(data) as served:
        media = open_media(served.url)
        served.faults[:] = [fault] * 3
        late = FetchSpectrogram(client="c", request=1, analysis=ANALYSIS, level=4, tile=40 * RATE // 2048)
        answer, buffer = fetch(media, late)
        assert buffer is None
        assert words in answer.error
        assert "a b.wav cannot be read at byte" in answer.error
        assert "secret" not in answer.error
        # What was fetched before stays readable, and the network is asked anew for the rest.
        assert media.spectrogram_tile(ANALYSIS, 4, 0)
        served.faults[:] = [fault]
        requests = len(served.requests)
        assert fetch(media, late)[0].error
        assert len(served.requests) == requests + 1
        answer, buffer = fetch(media, late)
        assert (answer.error, buffer is not None) == ("", True)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_what_no_second_try_helps_is_asked_once(status: int):
    with serve(long_wav()) as served:
        media = open_media(served.url)
        served.status = status
        requests = len(served.requests)
        with pytest.raises(MediaError, match=f"the server answers {status}"):
            media.peak_tile(4, 0)
        assert len(served.requests) == requests + 1


def another_tag(served: Served) -> None:
    served.tag = '"2"'


def another_size(served: Served) -> None:
    served.data += b"more"


@pytest.mark.parametrize("change", [another_tag, another_size])
def test_a_url_whose_content_changes(change: Callable[[Served], None]):
    with serve(long_wav()) as served:
        media = open_media(served.url)
        change(served)
        with pytest.raises(MediaError, match=r"a b\.wav has changed since it was opened"):
            media.peak_tile(4, 0)


def test_servers_that_share_an_address_may_tag_the_same_content_differently():
    with serve(long_wav(), headers={"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}) as served:
        media = open_media(served.url)
        served.tag = '"2"'
        assert media.peak_tile(4, 0)


def test_what_a_server_packs_is_told():
    with serve(long_wav(), headers={"Content-Encoding": "gzip"}) as served:
        (warning,) = open_media(served.url).info().warnings
        assert "the server sends it compressed (gzip)" in warning


@pytest.mark.parametrize("coding", ["", "aws-chunked", "UTF-8"])
def test_what_is_not_packed_is_read(coding: str):
    with serve(long_wav(), headers={"Content-Encoding": coding}) as served:
        info = open_media(served.url).info()
        assert (info.duration is not None, info.warnings) == (True, [])


def test_a_recording_of_a_browser_says_why_it_has_no_waveform_from_far():
    found = bytearray()

    class Pipe:
        def write(self, data: bytes) -> int:
            found.extend(data)
            return len(data)

    with av.open(Pipe(), "w", format="matroska", options={"live": "1"}) as container:
        # That one of its sounds is not read is told, too, and is another matter.
        for sound in [container.add_stream("aac", rate=8000, layout="mono") for _ in range(2)]:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), format="fltp", layout="mono")
            frame.rate = 8000
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    with serve(bytes(found)) as served:
        media = open_media(served.url)
        assert media.info().duration is None
        with pytest.raises(MediaError, match="does not say how long it is, so there is no waveform"):
            media.peak_tile(4, 0)
        with pytest.raises(MediaError, match=r"does not say how long it is, so it cannot be aligned"):
            open_media([served.url, (np.zeros(8000, np.int16), 8000)])


def test_a_redirect_that_leads_nowhere_is_told_without_its_url():
    with serve(b"", status=302) as served:
        (warning,) = open_media(served.url).info().warnings
        assert "the server sends 302, to nowhere or in a circle" in warning


# Files that change or vanish while they are labeled.

REQUESTS = [
    FetchPeaks(client="c", request=1, level=4, tile=0),
    FetchPeaks(client="c", request=1, level=0, tile=1),
    FetchSpectrogram(client="c", request=1, analysis=ANALYSIS, level=4, tile=0),
    FetchFrames(client="c", request=1),
    FetchFragment(client="c", request=1, kind="sound", start=0.0, end=1.0, resume=False, codecs=[]),
]


def rewrite(path: Path) -> None:
    data = path.read_bytes()
    status = path.stat()
    path.write_bytes(data[:-1] + b"x")
    # A clock too coarse to see the change would make the test miss it.
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + bytes(100))


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize("name", ["a.wav", "a.mp4", "a.mp3"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (rewrite, "has changed since"),
        (shorten, "has changed since"),
        (lengthen, "has changed since it was opened, it grew: open it again when complete"),
        (Path.unlink, "cannot be read any"),
    ],
)
def test_a_file_that_changes_is_told_of_by_every_fetch(tmp_path: Path, name: str, change, words: str):
    audio, video = {"a.wav": ("pcm_s16le", None), "a.mp4": ("aac", "libx264"), "a.mp3": ("libmp3lame", None)}[name]
    path = encode(tmp_path / name, 2.0, audio=audio, video=video)
    media = open_media(path)
    kept = path.read_bytes()
    status = path.stat()
    change(path)
    for request in REQUESTS:
        if isinstance(request, FetchFrames):
            continue
        answer, buffer = fetch(media, request)
        assert buffer is None
        assert f"{name} {words}" in answer.error
        assert "open it again" in answer.error
    # Once the file is back as it was, so is everything.
    path.write_bytes(kept)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    for request in REQUESTS:
        assert fetch(media, request)[0].error == ""


def test_a_file_that_changes_in_the_middle_of_a_pass(tmp_path: Path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(3_000_000), RATE)
    reader = open_media(path)._reader()
    assert reader is not None
    blocks = reader.blocks()
    next(blocks)
    rewrite(path)
    with pytest.raises(MediaError, match="has changed since it was opened"):
        list(blocks)
