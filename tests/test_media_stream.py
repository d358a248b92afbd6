"""Fragments for a MediaSource: every sample where it belongs, every picture at its time, and the way chosen."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avseg_widget import sample
from avseg_widget.errors import MediaError
from avseg_widget.media import Media, open_media
from avseg_widget.media.fragments import MOST_CHANNELS, without_header

from .media_makers import encode

SECONDS = 3.0
VARIABLE = {"global_quality": "472", "flags": "+qscale"}
CODECS = ["h264", "vp9", "av1"]


def boxes(data: bytes) -> list[str]:
    """Return the names of the boxes of an MP4; fail where they do not fill it exactly."""
    names, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        names.append(data[at + 4 : at + 8].decode())
        assert size >= 8
        at += size
    assert at == len(data)
    return names


def decoded(data: bytes) -> tuple[int, int, np.ndarray]:
    """Return the place of the first sample, the rate, and the samples as int16 of shape (frames, channels)."""
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        frames = list(container.decode(stream))
        blocks = [frame.to_ndarray().reshape(-1, stream.codec_context.layout.nb_channels) for frame in frames]
    for before, after in pairwise(frames):
        assert after.pts == before.pts + before.samples
    return frames[0].pts, frames[0].sample_rate, np.concatenate(blocks)


def shown(data: bytes, offset: float) -> list[float]:
    """Return the times of the pictures in a fragment, in seconds, ascending."""
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        return sorted(
            float(packet.pts * packet.time_base) + offset for packet in container.demux(stream) if packet.size
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


def make(folder: Path, name: str) -> Path:
    path = folder / name
    if path.exists():
        return path
    kind = path.suffix[1:]
    noise = (np.random.default_rng(1).normal(0, 5000, (round(SECONDS * 44100), 2))).clip(-32768, 32767).astype(np.int16)
    if kind in {"wav", "flac", "aiff", "ogg"}:
        soundfile.write(path, noise, 44100)
        return path
    how = {
        "vbr.mp3": {"audio": "libmp3lame", "audio_options": VARIABLE, "noise": 0.05},
        "cbr.mp3": {"audio": "libmp3lame", "noise": 0.05},
        "a.m4a": {"audio": "aac", "noise": 0.05},
        "alac.m4a": {"audio": "alac", "noise": 0.05},
        "a.aac": {"audio": "aac", "noise": 0.05},
        "a.opus": {"audio": "libopus", "rate": 48000, "noise": 0.05},
        "a.mka": {"audio": "aac", "noise": 0.05},
    }[name]
    return encode(path, SECONDS, **how)  # type: ignore[arg-type]


SOUNDS = [
    "a.wav", "a.flac", "a.aiff", "vbr.mp3", "cbr.mp3", "a.m4a", "alac.m4a", "a.aac", "a.opus", "a.ogg", "a.mka",
]  # fmt: skip


#: Decoded the same from the start and after a jump; others fill up with noise by chance.
EXACT = {"a.wav", "a.flac", "a.aiff", "vbr.mp3", "cbr.mp3", "alac.m4a"}


def samples_of(media: Media, first: int, last: int, *, in_order: bool) -> np.ndarray:
    """Return samples of a media, decoded from its start on or from a place near; zeros after the end."""
    reader = open_media(media.path)._reader()
    assert reader
    if not in_order:
        return next(iter(reader.windows([(first, last)])))
    found = np.concatenate(list(reader.blocks()))[first:last]
    return np.pad(found, ((0, last - first - len(found)), (0, 0)))


@pytest.mark.parametrize("name", SOUNDS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_fragment_holds_exactly_the_samples_of_its_stretch(name: str, folder: Path, data: st.DataObject) -> None:
    media = open_media(make(folder, name))
    rate, count = media.info().sample_rate, round((media.info().duration or 0) * media.info().sample_rate)
    start = data.draw(st.floats(0, count / rate - 0.01))
    end = data.draw(st.floats(start + 2 / rate, start + 2))
    fragment = media.sound_fragment(start, end)
    first, last = round(start * rate), min(round(end * rate), count)
    place, sent, found = decoded(fragment.bytes)
    assert (place, sent, fragment.start, fragment.end) == (first, rate, first / rate, last / rate)
    np.testing.assert_array_equal(found, samples_of(media, first, last, in_order=name in EXACT))


def test_the_boxes_are_those_a_media_source_takes() -> None:
    fragment = open_media(sample.audio()).sound_fragment(1, 2)
    names = boxes(fragment.bytes)
    assert names[:2] == ["ftyp", "moov"]
    assert names[2:] == ["moof", "mdat"] * ((len(names) - 2) // 2)
    assert boxes(without_header(fragment.bytes)) == names[2:]
    assert fragment.mime == 'audio/mp4; codecs="flac"'


@pytest.mark.parametrize(
    ("rate", "channels", "sent_rate", "sent_channels"),
    [
        (48000, 1, 48000, 1),
        (22050, 2, 22050, 2),
        (96000, 6, 96000, 6),
        (16000, 8, 16000, 8),
        (16000, 12, 16000, 1),
        (1000, 1, 8000, 1),
        (384000, 2, 192000, 2),
    ],
)
def test_arrays_of_any_rate_and_channels_are_sent_as_browsers_take_them(
    rate: int, channels: int, sent_rate: int, sent_channels: int
) -> None:
    array = np.random.default_rng(1).integers(-9000, 9000, (rate, channels), np.int16)
    media = open_media((array, rate))
    place, found_rate, found = decoded(media.sound_fragment(0.5, 1).bytes)
    assert (found_rate, found.shape[1], place) == (sent_rate, sent_channels, sent_rate // 2)
    assert len(found) == sent_rate // 2
    if (rate, channels) == (sent_rate, sent_channels):
        np.testing.assert_array_equal(found, array[rate // 2 :])


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (2, 1), (0, 31), (float("nan"), 1), (0, float("inf")), (99, 100)])
def test_a_stretch_that_is_none_is_refused(start: float, end: float) -> None:
    media = open_media(sample.video())
    for fetch in (media.sound_fragment, lambda a, b: media.picture_fragment(a, b, CODECS, resume=False)):
        with pytest.raises(MediaError, match="there is no stretch"):
            fetch(start, end)


@pytest.mark.parametrize("speed", [0.25, 0.5, 2, 4])
@pytest.mark.parametrize(("rate", "channels", "sent"), [(48000, 2, 48000), (1000, 1, 8000), (384000, 3, 192000)])
def test_stretched_sound_lasts_as_long_as_it_is_heard(rate: int, channels: int, sent: int, speed: float) -> None:
    array = np.random.default_rng(2).integers(-9000, 9000, (rate, channels), np.int16)
    media = open_media((array, rate))
    fragment = media.sound_fragment(0.25, 0.75, speed)
    place, found_rate, found = decoded(fragment.bytes)
    assert (fragment.start, fragment.end, place, found_rate) == (0.25, 0.75, sent // 4, sent)
    assert found.shape == (sent / 2 / speed, channels)
    if rate == sent:
        np.testing.assert_array_equal(found[:300], array[rate // 4 :][:300])
        np.testing.assert_array_equal(found[-300:], array[: rate * 3 // 4][-300:])


def test_pieces_of_stretched_sound_go_on_in_each_other() -> None:
    rate = 8000
    tone = np.rint(9000 * np.sin(np.arange(3 * rate) / 5)).astype(np.int16)
    media = open_media((tone, rate))
    for speed in (0.5, 0.7, 1.3, 3):
        cuts = [0.1, 1.4321, 1.7, 2.5]
        pieces = [decoded(media.sound_fragment(a, b, speed).bytes)[2][:, 0] for a, b in pairwise(cuts)]
        whole = np.concatenate(pieces).astype(int)
        assert len(whole) == np.floor(2.5 * rate / speed + 0.5) - np.floor(0.1 * rate / speed + 0.5)
        # Nowhere is a step larger than a tone's.
        assert np.abs(np.diff(whole)).max() <= 1.05 * np.abs(np.diff(tone.astype(int))).max()


@pytest.mark.parametrize("speed", [0, -1, 0.05, 17, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(MediaError, match=r"give a speed from 0\.0625 to 16"):
        open_media(sample.video()).sound_fragment(0, 1, speed)


def test_a_fragment_of_many_channels_is_bounded() -> None:
    array = np.zeros((192000 * 8, MOST_CHANNELS), np.int16)
    fragment = open_media((array, 192000)).sound_fragment(0, 8)
    assert fragment.end < 8
    assert decoded(fragment.bytes)[2].size <= 1 << 23
    slow = open_media((array, 192000)).sound_fragment(0, 8, 0.25)
    assert decoded(slow.bytes)[2].size <= 1 << 23


def test_a_file_that_changed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.zeros(8000), 8000)
    media = open_media(path)
    media.sound_fragment(0, 0.5)
    soundfile.write(path, np.zeros(9000), 8000)
    with pytest.raises(MediaError, match="changed"):
        media.sound_fragment(0, 0.5)


# Pictures.

FILMS = {
    "h264.mp4": {"video": "libx264"},
    "h264.mkv": {"video": "libx264"},
    "vp9.webm": {"video": "libvpx-vp9", "audio": "libopus", "rate": 48000},
}
#: The encoder of AV1 that PyAV has takes all of the machine for itself, where it may.
AV1 = Path(__file__).parent / "fixtures/av1.mp4"


def stretches(media: Media, codecs: list[str], length: float) -> list[float]:
    """Return the times of all pictures, asked for in stretches of a length in seconds, as a browser does."""
    duration = media.info().duration or 0
    at, header, times = 0.0, b"", []
    while at < duration - 0.01:
        fragment = media.picture_fragment(at, min(at + length, duration), codecs, resume=at > 0)
        data = fragment.bytes
        if boxes(data)[0] == "ftyp":
            header = data[: data.index(b"moof") - 4]
        else:
            data = header + data
        times += shown(data, fragment.offset)
        assert fragment.end > at
        at = fragment.end
    return sorted(times)


@pytest.mark.parametrize("name", [*FILMS, "av1", "sample"])
@pytest.mark.parametrize("length", [0.7, 2.0])
def test_copied_pictures_are_all_there_once_at_their_times(name: str, length: float, folder: Path) -> None:
    path = {"sample": sample.video(), "av1": AV1}.get(name, folder / name)
    if not path.exists():
        encode(path, 4, **FILMS[name])  # type: ignore[arg-type]
    media = open_media(path)
    np.testing.assert_allclose(stretches(media, CODECS, length), media.frame_times(), atol=1e-6)


@pytest.mark.parametrize("name", ["a.mp4", "a.flv"])
@pytest.mark.parametrize("frames", ["0", "2"])
def test_the_last_picture_is_there_up_to_the_end_of_longer_sound(frames: str, name: str, tmp_path: Path) -> None:
    options = {"bf": frames, "g": "10"}
    film = encode(tmp_path / name, 1.0, video="libx264", late=1.5, video_options=options)
    media = open_media(film)
    duration = media.info().duration or 0
    # What is decoded last may be a fragment of its own.
    ends = [at / 25 for at in range(22, 27)]
    for asked in [(0.0, duration), (2.0, duration), *((0.0, end, duration) for end in ends)]:
        fragment = media.picture_fragment(*asked[:2], ["h264"], resume=False)
        data = fragment.bytes
        if len(asked) == 3 and fragment.end < duration - 0.01:
            data += media.picture_fragment(fragment.end, duration, ["h264"], resume=True).bytes
        # A SourceBuffer has pictures up to the end of the one that is shown last.
        with av.open(io.BytesIO(data)) as container:
            times = {packet.pts: packet.duration for packet in container.demux(video=0) if packet.size}
            unit = container.streams.video[0].time_base
        last = max(times)
        assert float((last + times[last]) * unit) + fragment.offset == pytest.approx(duration, abs=0.01)


def test_pictures_of_any_place_begin_at_the_key_frame_before_it() -> None:
    media = open_media(sample.video())
    times = media.frame_times()
    for start in (0.0, 1.3, 4.44, 7.9):
        fragment = media.picture_fragment(start, min(start + 1, 8.0), CODECS, resume=False)
        found = shown(fragment.bytes, fragment.offset)
        assert fragment.start <= start
        assert found[0] == pytest.approx(fragment.start)
        wanted = [time for time in times if found[0] - 1e-6 <= time < start + 1]
        assert set(np.round(wanted, 6)) <= set(np.round(found, 6))


@pytest.mark.parametrize("codecs", [["h264"], ["vp9"]])
def test_what_a_browser_does_not_play_is_encoded_anew(codecs: list[str], folder: Path) -> None:
    path = folder / "old.mkv"
    if not path.exists():
        encode(path, 3, video="mpeg4")
    media = open_media(path)
    np.testing.assert_allclose(stretches(media, codecs, 1.1), media.frame_times(), atol=1e-3)
    fragment = media.picture_fragment(1.01, 2, codecs, resume=False)
    assert fragment.start == pytest.approx(1.0)
    with av.open(io.BytesIO(fragment.bytes)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="gray")
    # The test film's pictures grow brighter by one level with each.
    assert picture.mean() == pytest.approx(25, abs=4)


def test_a_picture_that_is_cut_is_not_sent(tmp_path: Path) -> None:
    whole = sample.video().read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    media = open_media(tmp_path / "cut.mp4")
    end = media.info().duration or 0
    data = media.picture_fragment(0, end, CODECS, resume=False).bytes
    assert len(shown(data, 0)) == len(media.frame_times())
    with av.open(io.BytesIO(data)) as container:
        assert len(list(container.decode(video=0))) == len(media.frame_times())


def test_a_browser_that_plays_no_codec_is_told() -> None:
    with pytest.raises(MediaError, match="another browser"):
        open_media(sample.video()).picture_fragment(0, 1, [], resume=False)


# Ways.


def test_the_way_and_its_reason_are_one_line(folder: Path) -> None:
    array = (np.zeros(800), 8000)
    assert "no address" in open_media(array).info().way
    for name, reason in (("vbr.mp3", "variable bit rate"), ("a.aiff", "do not play AIFF"), ("a.ogg", "Vorbis")):
        info = open_media(make(folder, name)).info()
        assert info.way.startswith("stream: ")
        assert reason in info.way
        assert info.warnings == []
        assert f"way      {info.way}" in str(info)
    media = open_media(array, way="stream")
    assert media.info().way == "stream: as was asked for"
    media.use_stream("it did not come")
    assert media.info().way == "stream: it did not come"
    with pytest.raises(MediaError, match="'auto' or 'stream'"):
        open_media(array, way="fax")  # type: ignore[arg-type]
