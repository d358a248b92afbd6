"""Every kind of source gives the same media, and of what lies far away only what is needed is fetched."""

from __future__ import annotations

import io
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import numpy as np
import pytest
import soundfile
from moto.server import ThreadedMotoServer

from avseg_widget.errors import MediaError
from avseg_widget.media import Media, open_media
from avseg_widget.media.ranged import BLOCK_BYTES, Blocks, RangedFile
from avseg_widget.wire import SpectrogramAnalysis

from .media_makers import clicks, encode, interleaved
from .media_servers import serve

RATE = 16000


def wav_bytes(seconds: float = 2.5, channels: int = 2) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, clicks(seconds, RATE, channels), RATE, format="WAV")
    return buffer.getvalue()


def big_wav(minutes: float) -> bytes:
    values = np.random.default_rng(0).integers(-9999, 9999, round(minutes * 60 * 48000), np.int16)
    buffer = io.BytesIO()
    soundfile.write(buffer, values, 48000, format="WAV")
    return buffer.getvalue()


def spectra(media: Media, start: int) -> bytes:
    """A tile of spectra that begins near a time in seconds."""
    return media.spectrogram_tile(SpectrogramAnalysis(), 4, start * media.info().sample_rate // 2048)


# file: URLs and file objects.


def test_a_file_url_is_its_path(tmp_path: Path):
    path = tmp_path / "a b#1.wav"
    path.write_bytes(wav_bytes())
    for url in (path.as_uri(), f"file://localhost{path.as_uri().removeprefix('file://')}", f"file:{path}"):
        assert open_media(url).path == path
    with pytest.raises(MediaError, match="names the host elsewhere"):
        open_media("file://elsewhere/a.wav")
    with pytest.raises(MediaError, match="there is no file"):
        open_media((tmp_path / "nope.wav").as_uri())


def test_an_open_file_is_read_where_it_lies_and_not_closed(tmp_path: Path):
    data = wav_bytes()
    (tmp_path / "call.wav").write_bytes(data)
    with (tmp_path / "call.wav").open("rb") as file:
        file.seek(100)
        media = open_media(file)
        assert (media.info().name, media.info().duration, media.path) == ("call.wav", 2.5, None)
        assert media.peak_tile(4, 0) == open_media(data).peak_tile(4, 0)
        assert media.read_bytes(0) == data
        assert (file.tell(), file.closed) == (100, False)


def test_a_file_object_that_its_owner_closed():
    file = io.BytesIO(big_wav(0.2))
    media = open_media(file)
    file.close()
    with pytest.raises(MediaError, match="recording was closed: keep the file open"):
        media.peak_tile(4, 0)


@pytest.mark.parametrize("name", ["a.mp3", "a.mp4", "a.flac"])
def test_a_file_object_holds_any_format(tmp_path: Path, name: str):
    audio, video = {"a.mp3": ("libmp3lame", None), "a.mp4": ("aac", "libx264"), "a.flac": ("flac", None)}[name]
    path = encode(tmp_path / name, 2.0, audio=audio, video=video)
    found, expected = open_media(io.BytesIO(path.read_bytes())), open_media(path)
    assert found.info().duration == expected.info().duration
    assert found.peak_tile(2, 0) == expected.peak_tile(2, 0)
    np.testing.assert_array_equal(found.frame_times(), expected.frame_times())


class Pipe(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # noqa: ARG002
        return 0


def test_file_objects_that_do_not_do(tmp_path: Path):
    (tmp_path / "a.wav").write_bytes(wav_bytes())
    with (tmp_path / "a.wav").open(encoding="latin-1") as text, pytest.raises(MediaError, match="binary mode"):
        open_media(text)
    with pytest.raises(MediaError, match="cannot seek"):
        open_media(Pipe())
    with pytest.raises(MediaError, match="0 bytes"):
        open_media(io.BytesIO())
    closed = io.BytesIO(wav_bytes())
    closed.close()
    with pytest.raises(MediaError, match="the file object is closed: open it"):
        open_media(closed)


class Faulty(io.BytesIO):
    """A file object with errors of its own, from a number of reads on."""

    def __init__(self, data: bytes, reads: int, error: Exception) -> None:
        super().__init__(data)
        self.reads, self._error = reads, error

    def read(self, size: int | None = -1) -> bytes:
        self.reads -= 1
        if self.reads < 0:
            raise self._error
        return super().read(size)


@pytest.mark.parametrize(
    "error", [RuntimeError("no luck"), KeyError("no luck"), ValueError("no luck"), OSError("no luck")]
)
@pytest.mark.parametrize("reads", [0, 1, 2])
def test_a_file_object_that_raises(error: Exception, reads: int):
    file = Faulty(big_wav(0.5), 99, error)
    media = open_media(file)
    file.reads = reads
    with pytest.raises(MediaError, match=r"cannot be read .*no luck"):
        [*media.sound_blocks()]
    with pytest.raises(MediaError, match=r"cannot be read .*no luck"):
        open_media(Faulty(big_wav(0.5), min(reads, 1), error))


# http.


def test_of_a_big_file_little_is_fetched(tmp_path: Path):
    with serve(big_wav(4)) as served:
        media = open_media(served.url)
        assert (media.info().name, media.info().duration, media.source.url) == ("a b.wav", 240.0, served.url)
        assert media.info().warnings == []
        assert max(spectra(media, 200)) > 100
        assert all(served.requests)
        assert served.sent <= 4 * BLOCK_BYTES < len(served.data) / 20


@pytest.mark.parametrize(
    ("name", "audio", "video", "options"),
    [
        ("a.mp4", "alac", "libx264", {}),
        ("a.mp4", "alac", "libx264", {"movflags": "faststart"}),
        ("a.mp3", "libmp3lame", None, {}),
        ("a.flac", "flac", None, {}),
        ("a.mkv", "flac", "libx264", {}),
    ],
)
def test_probing_a_url_does_not_load_it_whole(tmp_path: Path, name, audio, video, options):
    bits = {"b": "320000"} if audio == "libmp3lame" else {}
    path = encode(tmp_path / name, 60.0, audio=audio, video=video, noise=0.3, file_options=options, audio_options=bits)
    with serve((interleaved(path, **options) if video else path).read_bytes()) as served:
        media = open_media(served.url)
        assert media.info().duration == pytest.approx(60.0, abs=0.06)
        assert served.sent <= 4 * BLOCK_BYTES < len(served.data) / 2
        # An MP3 has no list of places: it is looked through up to where it is read.
        start = 8 if name == "a.mp3" else 30
        assert spectra(media, start)
        assert served.sent < len(served.data) * 0.6


@pytest.mark.parametrize(("tag", "is_kept"), [('"1"', True), ('W/"1"', False), ("", False)])
def test_peaks_of_a_url_are_kept_by_its_tag(tag: str, *, is_kept: bool):
    with serve(big_wav(2), tag=tag) as served:
        first = open_media(served.url).peak_tile(4, 0)
        sent = served.sent
        assert open_media(served.url.replace("secret", "another")).peak_tile(4, 0) == first
        assert (served.sent - sent < len(served.data) / 4) == is_kept
        if is_kept:
            served.tag = '"2"'
            served.data = served.data[:5000] + bytes(100000) + served.data[105000:]
            assert open_media(served.url).peak_tile(4, 0) != first


def test_what_a_query_names_has_peaks_of_its_own():
    with serve(big_wav(2)) as served:
        url = served.url.partition("?")[0]
        first = open_media(f"{url}?id=1&sig=a").peak_tile(4, 0)
        served.data = served.data[:100_000] + bytes(100_000) + served.data[200_000:]
        assert open_media(f"{url}?id=1&sig=b").peak_tile(4, 0) == first
        assert open_media(f"{url}?id=2&sig=a").peak_tile(4, 0) != first


def test_a_server_without_ranges_is_warned_of_and_read_forward():
    data = wav_bytes(60.0)
    with serve(data, ranges=False) as served:
        media = open_media(served.url)
        assert (media.info().duration, len(media.info().warnings)) == (60.0, 1)
        assert "answers no Range requests" in media.info().warnings[0]
        assert "secret" not in media.info().warnings[0]
        assert media.peak_tile(4, 0) == open_media(data).peak_tile(4, 0)


def test_a_server_without_ranges_is_not_read_through_for_one_place(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("avseg_widget.media.remote.MOST_SKIPPED", 3 * BLOCK_BYTES)
    with serve(big_wav(2), ranges=False) as served:
        warning = open_media(served.url).info().warnings[0]
        assert "reading all that lies before would take too long" in warning
        assert len(served.requests) < 3


def test_user_and_password_are_sent_and_not_told():
    with serve(wav_bytes()) as served:
        media = open_media(served.url.replace("127.", "me:pass%20word@127."))
        assert media.info().duration == 2.5
        assert "pass" not in str(media.info())


@pytest.mark.parametrize("position", [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, 5 * BLOCK_BYTES + 7, 40 * BLOCK_BYTES])
def test_a_ranged_file_reads_like_a_file(position: int):
    data = np.random.default_rng(1).integers(0, 256, 20 * BLOCK_BYTES + 123, np.uint8).tobytes()
    with serve(data) as served:
        from avseg_widget.media.remote import HttpRanges

        blocks = Blocks("a", HttpRanges("a", served.url))
        with io.BufferedReader(RangedFile(blocks)) as file:
            for count in (1, 1000, BLOCK_BYTES, 3 * BLOCK_BYTES + 1):
                file.seek(position)
                assert file.read(count) == data[position : position + count]
            file.seek(-5, io.SEEK_END)
            assert file.read() == data[-5:]
        assert sum(len(block) for block in blocks._kept.values()) <= 64 * BLOCK_BYTES


def test_reading_on_asks_for_more_at_once_and_keeps_a_bounded_part():
    data = bytes(100 * BLOCK_BYTES)
    with serve(data) as served:
        from avseg_widget.media.remote import HttpRanges

        blocks = Blocks("a", HttpRanges("a", served.url))
        with io.BufferedReader(RangedFile(blocks)) as file:
            assert len(file.read()) == len(data)
        assert len(served.requests) < 12
        assert served.sent == len(data)
        assert sum(len(block) for block in blocks._kept.values()) <= 64 * BLOCK_BYTES


# S3 and other stores.


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    for name, value in {
        "AWS_ENDPOINT_URL": s3,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="calls")
    yield client
    client.close()


class Counted:
    """Counts what a body gives."""

    def __init__(self, source) -> None:
        self.source, self.far, self.warnings, self.bytes = source, source.far, source.warnings, 0
        self.version = source.version

    def fetch(self, start: int, stop: int) -> tuple[bytes, int]:
        data, size = self.source.fetch(start, stop)
        self.bytes += len(data)
        return data, size


def test_an_s3_object_is_read_in_parts(bucket):
    data = big_wav(4)
    bucket.put_object(Bucket="calls", Key="day 1/a?#b.wav", Body=data)
    media = open_media("s3://calls/day 1/a?#b.wav")
    assert (media.info().name, media.info().duration) == ("a?#b.wav", 240.0)
    assert (media.source.url, media.source.stream) == ("", True)
    counted = media._place.blocks.source = Counted(media._place.blocks.source)
    expected = open_media(data)
    assert spectra(media, 200) == spectra(expected, 200)
    assert counted.bytes <= 2 * BLOCK_BYTES
    assert media.peak_tile(4, 0) == expected.peak_tile(4, 0)


def test_a_small_s3_object_travels_in_chunks(bucket):
    data = wav_bytes()
    bucket.put_object(Bucket="calls", Key="a.wav", Body=data)
    assert open_media("s3://calls/a.wav").read_bytes(0) == data


def test_s3_objects_that_cannot_be_read(bucket):
    bucket.put_object(Bucket="calls", Key="empty.wav", Body=b"")
    with pytest.raises(MediaError, match=r"nope\.wav cannot be read from S3: there is no such object"):
        open_media("s3://calls/nope.wav")
    with pytest.raises(MediaError, match="there is no such bucket"):
        open_media("s3://no-bucket/nope.wav")
    with pytest.raises(MediaError, match="0 bytes"):
        open_media("s3://calls/empty.wav")
    with pytest.raises(MediaError, match="s3://bucket/key"):
        open_media("s3://calls")


def test_an_s3_object_that_is_written_anew_is_another(bucket):
    bucket.put_object(Bucket="calls", Key="a.wav", Body=big_wav(1))
    media = open_media("s3://calls/a.wav")
    bucket.put_object(Bucket="calls", Key="a.wav", Body=big_wav(1)[:-2] + b"ab")
    with pytest.raises(MediaError, match=r"a\.wav has changed since it was opened"):
        media.peak_tile(4, 0)


def test_peaks_of_an_s3_object_are_kept(bucket):
    data, other = big_wav(4), bytearray(big_wav(4))
    bucket.put_object(Bucket="calls", Key="a.wav", Body=data)
    first = open_media("s3://calls/a.wav").peak_tile(4, 0)
    media = open_media("s3://calls/a.wav")
    counted = media._place.blocks.source = Counted(media._place.blocks.source)
    assert media.peak_tile(4, 0) == first
    assert counted.bytes <= 2 * BLOCK_BYTES
    other[1000:3000] = bytes(2000)
    bucket.put_object(Bucket="calls", Key="a.wav", Body=bytes(other))
    assert open_media("s3://calls/a.wav").peak_tile(4, 0) != first


def test_one_version_of_an_s3_object(bucket):
    bucket.create_bucket(Bucket="kept")
    bucket.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    first = bucket.put_object(Bucket="kept", Key="a.wav", Body=wav_bytes(2.0))["VersionId"]
    bucket.put_object(Bucket="kept", Key="a.wav", Body=wav_bytes(3.0))
    assert open_media("s3://kept/a.wav").info().duration == 3.0
    media = open_media(f"s3://kept/a.wav?versionId={first}")
    assert (media.info().name, media.info().duration) == ("a.wav", 2.0)


def test_s3_that_is_not_reached_is_asked_again(bucket, monkeypatch: pytest.MonkeyPatch):
    bucket.put_object(Bucket="calls", Key="a.wav", Body=big_wav(0.5))
    media = open_media("s3://calls/a.wav")
    monkeypatch.setattr("avseg_widget.media.ranged._PAUSES", (0.0, 0.0))
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed}")
    with pytest.raises(MediaError, match=r"cannot be read at byte 0 \(EndpointConnectionError\): check the connection"):
        open_media("s3://calls/a.wav")
    assert media.peak_tile(4, 0)


def test_s3_without_credentials_says_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(MediaError, match=r"a\.wav cannot be read from S3: there are no AWS credentials: log in"):
        open_media("s3://calls/a.wav")


def test_any_store_of_fsspec():
    import fsspec

    data = wav_bytes(30.0)
    memory = fsspec.filesystem("memory")
    memory.pipe("/calls/a b.wav", data)
    media = open_media("memory://calls/a b.wav")
    assert (media.info().name, media.info().duration, media.source.stream) == ("a b.wav", 30.0, True)
    assert media.peak_tile(4, 0) == open_media(data).peak_tile(4, 0)
    memory.rm("/calls/a b.wav")
    with pytest.raises(MediaError, match="there is no object"):
        media._place.blocks._kept.clear() or spectra(media, 0)
    with pytest.raises(MediaError, match=r"there is no object nope\.wav"):
        open_media("memory://calls/nope.wav")


def test_a_store_whose_package_is_missing(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(MediaError, match=r"gs URLs cannot be read .*gcsfs"):
        open_media("gs://bucket/a.wav")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MediaError, match=r'pip install "avseg-widget\[remote\]"'):
        open_media("gs://bucket/a.wav")
