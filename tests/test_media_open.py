"""What can be opened, what cannot, and what users are told: every kind of source, damage and mistake."""

from __future__ import annotations

import http.server
import io
import json
import os
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from avseg_widget.errors import MediaError
from avseg_widget.media import open_media
from avseg_widget.media.media import CHUNK_BYTES

from .media_makers import clicks, encode


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    path = tmp_path / "call.wav"
    soundfile.write(path, clicks(2.5, 16000, 2), 16000)
    return path


def all_bytes(media) -> bytes:
    data = b""
    while chunk := media.read_bytes(len(data)):
        data += chunk
    return data


# What opens.


def test_a_path_a_string_and_bytes_are_the_same_media(wav: Path):
    data = wav.read_bytes()
    for source in (wav, str(wav), data, bytearray(data), memoryview(data)):
        media = open_media(source)
        info = media.info()
        assert (info.kind, info.mime, info.duration) == ("audio", "audio/wav", 2.5)
        assert (info.sample_rate, info.channels, info.exact, info.warnings) == (16000, 2, True, [])
        assert media.source.url == ""
        assert all_bytes(media) == data
    assert open_media(media) is media
    assert open_media(wav).path == wav
    assert open_media(data).path is None


def test_a_long_file_comes_in_chunks(tmp_path: Path):
    values = np.random.default_rng(0).integers(-9999, 9999, CHUNK_BYTES, np.int16)
    media = open_media((values, 48000))
    assert len(media.read_bytes(0)) == CHUNK_BYTES
    assert len(media.read_bytes(2 * CHUNK_BYTES)) == 44
    assert media.read_bytes(2 * CHUNK_BYTES + 44) == b""
    with pytest.raises(MediaError, match="no bytes of a file from -1"):
        media.read_bytes(-1)


def test_content_counts_and_not_the_name(tmp_path: Path):
    path = encode(tmp_path / "a.mp3", 2.0, audio="libmp3lame").rename(tmp_path / "a.wav")
    info = open_media(path).info()
    assert (info.mime, info.exact) == ("audio/mpeg", False)
    assert info.duration == pytest.approx(2.0, abs=1e-6)


@pytest.mark.parametrize("count", [1, 7, 44101, 100003])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff"])
def test_durations_are_samples_by_rate_to_the_last_bit(tmp_path: Path, name: str, count: int):
    soundfile.write(tmp_path / name, np.full(count, 0.1), 44100)
    assert open_media(tmp_path / name).info().duration == count / 44100


@pytest.mark.parametrize(
    "name", ["späce #1?.wav", "%2e.wav", "call:12.wav", "<img onerror=x>.wav", "{{ x }}.wav", "سلام.wav"]
)
def test_any_file_name_is_only_a_name(tmp_path: Path, wav: Path, name: str):
    path = wav.rename(tmp_path / name)
    assert open_media(path).info().name == name


@pytest.mark.parametrize(
    ("name", "codecs", "exact", "words"),
    [
        ("a.m4a", ("aac", None), True, []),
        ("a.ogg", ("libopus", None), True, []),
        ("a.webm", ("libopus", "libvpx-vp9"), True, []),
        ("a.mp4", ("aac", "libx264"), True, []),
        ("a.mp3", ("libmp3lame", None), False, ["MP3", "0.06 s"]),
        ("a.aac", ("aac", None), False, ["AAC"]),
        ("a.mkv", ("aac", "libx264"), False, ["Matroska"]),
        ("b.m4a", ("alac", None), True, ["no sound for Apple Lossless"]),
        ("a.aiff", ("pcm_s16be", None), True, ["do not play AIFF"]),
        ("a.ts", ("aac", "libx264"), True, ["do not play MPEG-TS"]),
        ("b.mp4", ("aac", "mpeg4"), True, ["no picture for MPEG4"]),
    ],
)
def test_what_browsers_do_not_do_well_is_said(tmp_path: Path, name, codecs, exact, words):
    audio, video = codecs
    rate = 48000 if audio == "libopus" else 44100
    info = open_media(encode(tmp_path / name, 2.0, audio=audio, video=video, rate=rate)).info()
    assert info.exact is exact
    assert info.warnings == []
    for word in words or ["no address"]:
        assert word in info.way


def test_a_variable_bit_rate_is_found_with_and_without_an_index(tmp_path: Path):
    options = {"global_quality": "472", "flags": "+qscale"}
    indexed = encode(tmp_path / "a.mp3", 3.0, audio="libmp3lame", noise=0.02, audio_options=options)
    bare = encode(
        tmp_path / "b.mp3", 3.0, audio="libmp3lame", noise=0.02, audio_options=options, file_options={"write_xing": "0"}
    )
    for path in (indexed, bare):
        info = open_media(path).info()
        assert "variable bit rate" in info.way
        assert info.duration == pytest.approx(3.0, abs=0.06)


def test_ogg_vorbis_is_not_exact(tmp_path: Path):
    soundfile.write(tmp_path / "a.ogg", clicks(2.0), 44100, format="OGG", subtype="VORBIS")
    info = open_media(tmp_path / "a.ogg").info()
    assert (info.exact, info.mime) == (False, "audio/ogg")
    assert "Vorbis" in info.way


# Arrays.


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i2", "i4", "u1", "i1", ">i2", ">f4"])
def test_arrays_of_every_sample_type(dtype: str):
    scale = {"f": 1.0, "i": 2.0 ** (8 * np.dtype(dtype).itemsize - 1), "u": 128.0}[np.dtype(dtype).kind]
    offset = 128 if dtype == "u1" else 0
    array = (np.array([0.5, -0.5, 0.0]) * scale + offset).astype(dtype)
    data, rate = soundfile.read(io.BytesIO(all_bytes(open_media((array, 8000)))), dtype="int16")
    assert (data.tolist(), rate) == ([16384, -16384, 0], 8000)


def test_a_masked_array_of_which_nothing_is_masked_is_an_array():
    assert open_media((np.ma.array([0.1, 0.2]), 8000)).info().duration == 2 / 8000


@pytest.mark.parametrize("rate", [0, -5, 1.5, np.nan, "fast", 10**9])
def test_sound_at_a_rate_that_there_is_not(rate: object):
    with pytest.raises(
        MediaError, match=r"cannot be given at .* samples a second: give a whole number, 1 to 10,000,000"
    ):
        next(open_media((np.zeros(80), 8000)).sound_blocks(rate))


def test_values_beyond_full_scale_are_clipped_with_a_warning():
    media = open_media((np.array([[0.5, 1.5], [-2.0, 1.0]]), 8000.0))
    assert media.info().warnings == ["2 values of the array lie beyond -1 to 1 and are clipped."]
    assert media.info().channels == 2


class Tensor:
    """An array of another library that gives no NumPy array."""

    dtype = "float32"

    def __array__(self, *args: object, **options: object) -> np.ndarray:
        raise RuntimeError("move it to the CPU first")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ((np.zeros(0), 8000), "empty"),
        ((np.zeros((0, 2)), 8000), "empty"),
        ((np.array([0.0, np.nan]), 8000), "NaN"),
        ((np.array([0.0, -np.inf]), 8000), "infinity"),
        ((np.zeros((2, 48000)), 8000), r"pass array\.T"),
        ((np.zeros((2, 2, 2)), 8000), r"\(frames, channels\)"),
        ((np.array(0.5), 8000), "shape"),
        ((np.zeros(5), 0), "above 0"),
        ((np.zeros(5), -8000), "above 0"),
        ((np.zeros(5), 8000.5), "whole number"),
        ((np.zeros(5), np.nan), "whole number"),
        ((np.zeros(5), "fast"), "whole number"),
        ((8000, np.zeros(5)), "array first"),
        ((np.int64(8000), np.zeros(5)), "array first"),
        (("a.wav", 1.5), "the tuple holds no array, but a str.*a list of recordings"),
        ((Tensor(), 8000), r"the array cannot be read \(move it to the CPU first\)"),
        ((np.zeros(5),), "tuple of 1"),
        ((np.zeros(5, complex), 8000), "complex128"),
        ((np.array(["a"]), 8000), "not sound"),
        ((np.zeros(5, bool), 8000), "bool"),
        (([[0.1, 0.2], [0.3]], 8000), "rows are not of one length"),
        ((np.ma.array([0.1, 0.2], mask=[False, True]), 8000), r"masked samples: fill them.*array\.filled\(0\)"),
        (np.zeros(5), r"\(array, rate\)"),
        (None, "NoneType"),
        (b"", "0 bytes"),
        (b"RIFF", "not audio or video"),
    ],
)
def test_what_is_no_media_is_refused_with_help(source, words: str):
    with pytest.raises(MediaError, match=words):
        open_media(source)


# Files that do not open, and files that are cut.


def test_no_file(tmp_path: Path):
    with pytest.raises(MediaError, match=r"there is no file .*nope\.wav"):
        open_media(tmp_path / "nope.wav")


def test_names_that_look_like_something_else(wav: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(wav.parent)
    for name in ("call: Anna.wav", "data:1.wav", "~nobody.wav"):
        (wav.parent / name).write_bytes(wav.read_bytes())
        assert open_media(name).path == wav.parent / name
    with pytest.raises(MediaError, match=r"there is no file ~nobody/a\.wav"):
        open_media("~nobody/a.wav")


def test_media_is_given_another_way_and_other_peaks(wav: Path, tmp_path: Path):
    with open_media(wav) as media:
        media.write_peaks(tmp_path / "a.dat")
    assert open_media(media) is media
    assert open_media(media, way="stream").info().way == "stream: as was asked for"
    given = open_media(media, peaks=tmp_path / "a.dat")
    assert given.build_peaks().progress == 1.0
    assert open_media(given, way="stream")._peaks().is_given
    with pytest.raises(MediaError, match="nope"):
        open_media(media, peaks="nope.dat")


def test_a_name_that_is_no_text(tmp_path: Path):
    with pytest.raises(MediaError, match="is no text in UTF-8: give the file another name"):
        open_media(f"{tmp_path}/bad\udcff.wav")


def test_a_directory(tmp_path: Path):
    with pytest.raises(MediaError, match="is a directory"):
        open_media(tmp_path)


def test_a_pipe_does_not_hang(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MediaError, match="not a regular file"):
        open_media(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.wav", b"", "0 bytes"),
        ("a.wav", b"dear diary\n" * 100, r"a\.wav is not audio or video"),
        ("a.mp4", b"dear diary\n" * 100, r"a\.mp4 is not audio or video"),
        ("a.raw", b"\0" * 1000, r"a\.raw is not audio or video"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, r"not audio or video that .*\(its format is none of those"),
        # Such playlists would make a decoder open what they name.
        ("a.wav", b"ffconcat version 1.0\nfile /etc/passwd\n", "not audio or video"),
        ("a.wav", b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n", "not audio or video"),
    ],
)
def test_files_that_are_not_media(tmp_path: Path, name: str, content: bytes, words: str):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=words):
        open_media(tmp_path / name)


def test_a_header_without_sound(tmp_path: Path):
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 8000)
    with pytest.raises(MediaError, match="holds no sound"):
        open_media(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("name", "audio", "video"), [("a.mp3", "libmp3lame", None), ("a.mp4", "aac", "libx264"), ("a.flac", "flac", None)]
)
def test_a_cut_file_opens_up_to_where_it_is_cut(tmp_path: Path, name: str, audio: str, video: str | None):
    options = {"movflags": "faststart"} if video else {}
    path = encode(tmp_path / name, 5.3, audio=audio, video=video, noise=0.02, file_options=options)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    media = open_media(path)
    assert media.info().duration is not None
    assert 1.5 < media.info().duration < 5.0
    expected = f"The file is damaged or cut: it plays until {media.info().duration:.1f} s of 5.3 s."
    assert media.info().warnings[0] == expected
    tile = np.frombuffer(media.peak_tile(4, 0), "<i2")
    assert 0 < len(tile) // 2 <= media.info().duration * 44100 / 256 + 1
    assert np.abs(tile.astype(int)).max() > 6500
    if video:
        assert media.info().frame_count == len(media.frame_times())


def test_a_cut_mp4_without_its_index_cannot_be_opened(tmp_path: Path):
    path = encode(tmp_path / "a.mp4", 3.0, video="libx264")
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(MediaError, match=r"a\.mp4 is damaged or cut.*moov"):
        open_media(path)


def test_an_mp4_cut_before_its_first_frame(tmp_path: Path):
    path = encode(tmp_path / "a.mp4", 3.0, video="libx264", file_options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"mdat") + 4])
    with pytest.raises(MediaError, match="damaged or cut"):
        open_media(path)


def test_a_file_that_changes_or_goes_away_later(wav: Path):
    media = open_media(wav)
    wav.write_bytes(wav.read_bytes()[:-10])
    with pytest.raises(MediaError, match="changed"):
        media.read_bytes(0)
    wav.unlink()
    with pytest.raises(MediaError, match="cannot be read any more"):
        media.read_bytes(0)
    with pytest.raises(MediaError, match="cannot be read any more"):
        media.peak_tile(4, 0)


# URLs.


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=tmp_path))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_url_is_used_as_it_is(web: str, wav: Path):
    url = f"{web}/{wav.name}?signature=secret"
    media = open_media(url)
    assert (media.source.url, media.info().way) == (url, "url: the browser loads it by itself")
    assert (media.info().name, media.info().duration, media.info().channels) == ("call.wav", 2.5, 2)
    assert len(media.peak_tile(4, 0)) == -(-40000 // 256) * 2 * 2 * 2
    with pytest.raises(MediaError, match="no bytes of a file"):
        media.read_bytes(0)


def test_a_video_url(web: str, tmp_path: Path):
    encode(tmp_path / "a.mp4", 2.0, video="libx264", file_options={"movflags": "faststart"})
    media = open_media(f"{web}/a.mp4")
    assert (media.info().kind, media.info().frame_count, len(media.frame_times())) == ("video", 50, 50)


@pytest.mark.parametrize("path", ["missing.mp4?signature=secret", "text.mp4?signature=secret"])
def test_a_url_that_python_cannot_open_is_left_to_the_browser(web: str, tmp_path: Path, path: str):
    (tmp_path / "text.mp4").write_bytes(b"dear diary")
    media = open_media(f"{web}/{path}")
    assert (media.info().duration, media.info().kind, media.info().mime) == (None, "video", "video/mp4")
    (warning,) = media.info().warnings
    assert "Python could not open" in warning
    assert "secret" not in warning
    with pytest.raises(MediaError) as caught:
        media.peak_tile(4, 0)
    assert "secret" not in str(caught.value)
    assert len(media.frame_times()) == 0


def test_nothing_listens_at_the_url():
    media = open_media("https://user:password@127.0.0.1:9/a.wav?signature=secret")
    assert media.info().duration is None
    assert "password" not in media.info().warnings[0]
    assert "secret" not in media.info().warnings[0]


@pytest.mark.parametrize(
    "url",
    ["file://host/a.wav", "nope://host/a.wav", "concat:/etc/passwd|/etc/hosts", "s3://bucket", "data:audio/wav,x",
     "javascript:alert(1)", "pipe:0", "subfile,,start,0,end,9,,:/etc/passwd", "https://", "http:a.wav", "http://[::1",
     "http://.host/a.wav", f"http://{64 * 'a'}.org/a.wav"],
)  # fmt: skip
def test_no_other_scheme_is_opened(url: str):
    with pytest.raises(MediaError) as caught:
        open_media(url)
    assert "URL" in str(caught.value) or "no file" in str(caught.value)


# The way through the Jupyter server.


@pytest.fixture
def server_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Register a running Jupyter server, as it does itself, that is the parent of this process."""
    pytest.importorskip("jupyter_core")
    root, runtime = tmp_path / "root", tmp_path / "runtime"
    root.mkdir()
    runtime.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    entry = {"pid": os.getpid(), "root_dir": str(root), "base_url": "/user/x/", "url": "http://127.0.0.1:8888/user/x/"}
    (runtime / "jpserver-1.json").write_text(json.dumps(entry))
    return root


def test_a_file_under_the_servers_root_has_a_url(server_root: Path, wav: Path):
    folder = server_root / "day 1"
    folder.mkdir()
    (folder / "a#b?.wav").write_bytes(wav.read_bytes())
    media = open_media(folder / "a#b?.wav")
    assert media.source.url == "/user/x/files/day%201/a%23b%3F.wav"
    assert media.info().way == f"file: the Jupyter server sends it at {media.source.url}"
    assert open_media(folder / "a#b?.wav", way="stream").source.url == ""


def test_files_elsewhere_or_hidden_have_none(server_root: Path, wav: Path):
    assert open_media(wav).source.url == ""
    hidden = server_root / ".cache"
    hidden.mkdir()
    (hidden / "a.wav").write_bytes(wav.read_bytes())
    assert open_media(hidden / "a.wav").source.url == ""


def test_another_processs_server_is_not_ours(server_root: Path, wav: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    path = wav.rename(server_root / wav.name)
    assert open_media(path).source.url == ""
