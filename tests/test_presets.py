"""The ready tasks: complete, consistent, and named as in the published sample."""

from __future__ import annotations

import msgspec
import pytest

from avseg_widget import presets
from avseg_widget.document import Document
from avseg_widget.fields import Checkboxes, Radio, Rating, Select, Text
from avseg_widget.model import Task

ALL = [presets.call_center, presets.video_gait, presets.tts_quality, presets.video_captioning]


@pytest.mark.parametrize("preset", ALL)
def test_travels_and_opens(preset):
    task = preset()
    assert msgspec.json.decode(msgspec.json.encode(task), type=Task) == task
    assert task.title
    assert task.instructions
    assert all(field.label and field.label != field.name for field in task.content_fields)
    Document(task)


def test_call_center():
    task = presets.call_center()
    assert task.tracks["speaker"] == ["Customer", "Representative"]
    assert {"English", "Hindi", "Spanish", "French"} <= set(task.tracks["language"])
    text, emotion = task.segment_fields
    assert isinstance(text, Text)
    assert isinstance(emotion, Select)
    assert emotion.options == ["Happy", "Angry", "Neutral", "Sad", "Worried"]
    fields = {field.name: field for field in task.content_fields}
    assert isinstance(fields["speechNonSpeech"], Radio)
    assert fields["speechNonSpeech"].options == ["speech", "non-speech"]
    assert isinstance(fields["backgroundNoise"], Checkboxes)
    assert fields["backgroundNoise"].options == ["traffic", "music", "ambient"]
    assert isinstance(fields["rate"], Rating)
    assert fields["rate"].max == 5
    assert fields["textTranslationFinal"].multiline


def test_video_gait():
    task = presets.video_gait()
    assert task.tracks == {
        "Gait": ["Walk", "Amble", "Pace", "Trot", "Canter", "Gallop"],
        "Dog": ["Dog #1", "Dog #2", "Dog #3"],
    }
    kinds = {field.name: type(field) for field in task.content_fields}
    assert kinds == {
        "videoQuality": Radio,
        "primaryIncidents": Select,
        "sceneChange": Radio,
        "presenceOfObjects": Checkboxes,
        "textTranslationFinal": Text,
    }


def test_tts_quality_asks_a_severity_of_each_segment():
    task = presets.tts_quality()
    assert set(task.tracks) == {"pronunciation", "emotion", "pacing"}
    assert next(field for field in task.segment_fields if field.name == "severity").required


def test_video_captioning_asks_for_events_setting_and_caption():
    task = presets.video_captioning()
    assert [field.name for field in task.segment_fields] == ["description"]
    assert [field.name for field in task.content_fields] == ["setting", "caption"]
    assert all(field.required for field in [*task.segment_fields, *task.content_fields])
