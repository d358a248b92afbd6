"""Ready tasks for common kinds of labeling. Pure: knows the model and the fields, nothing else."""

from __future__ import annotations

from . import fields
from .model import Task

__all__ = ["call_center", "tts_quality", "video_captioning", "video_gait"]

_EMOTIONS = ["Happy", "Angry", "Neutral", "Sad", "Worried"]
_SEVERITIES = ["Minor", "Major", "Critical"]


def call_center() -> Task:
    """Return the task for a customer's call: who speaks which language when, what they say and how it sounds.

    >>> call_center().tracks["speaker"]
    ['Customer', 'Representative']
    """
    return Task(
        title="Customer call",
        tracks={
            "language": ["English", "Hindi", "Spanish", "French", "Italian", "Portuguese", "German", "Dutch"],
            "speaker": ["Customer", "Representative"],
        },
        segment_fields=[
            fields.Text("text", label="Text"),
            fields.Select("emotion", _EMOTIONS, label="Emotion"),
        ],
        content_fields=[
            fields.Radio("speechNonSpeech", ["speech", "non-speech"], label="Speech or non-speech"),
            fields.Checkboxes("backgroundNoise", ["traffic", "music", "ambient"], label="Background noise"),
            fields.Radio("speakerGender", ["male", "female"], label="Speaker's gender"),
            fields.Checkboxes(
                "environmentalSounds", ["doorbell", "footsteps", "birdsChirping"], label="Environmental sounds"
            ),
            fields.Text("textTranslationFinal", multiline=True, label="Final transcription or translation"),
            fields.Rating("rate", 5, label="Overall quality"),
        ],
        instructions=(
            "Mark who speaks, and in which language, on the tracks.\n"
            "Write down what is said in each segment and choose its emotion.\n"
            "Then answer the questions about the whole recording."
        ),
    )


def video_gait() -> Task:
    """Return the task for the gaits of up to three dogs in a video.

    >>> tags = video_gait().tracks["Gait"]
    >>> tags[0], tags[-1]
    ('Walk', 'Gallop')
    """
    return Task(
        title="Gait of dogs",
        tracks={
            "Gait": ["Walk", "Amble", "Pace", "Trot", "Canter", "Gallop"],
            "Dog": ["Dog #1", "Dog #2", "Dog #3"],
        },
        segment_fields=[fields.Text("text", label="Remark")],
        content_fields=[
            fields.Radio("videoQuality", ["good", "average", "poor"], label="Video quality"),
            fields.Select("primaryIncidents", ["0", "1", "2", "3", "4", "5+"], label="Number of primary incidents"),
            fields.Radio("sceneChange", ["yes", "no"], label="Scene changes"),
            fields.Checkboxes(
                "presenceOfObjects",
                ["people", "vehicles", "animals", "structures", "other"],
                label="Presence of objects",
            ),
            fields.Text("textTranslationFinal", multiline=True, label="Notes"),
        ],
        instructions="Mark when each dog is in the picture, and when each gait begins and ends.",
    )


def tts_quality() -> Task:
    """Return the task for faults of synthetic speech, marked where they are heard.

    >>> list(tts_quality().tracks)
    ['pronunciation', 'emotion', 'pacing']
    """
    return Task(
        title="Quality of synthetic speech",
        tracks={
            "pronunciation": ["Mispronounced", "Wrong stress", "Unclear", "Skipped or added"],
            "emotion": ["Wrong emotion", "Flat", "Exaggerated"],
            "pacing": ["Too fast", "Too slow", "Missing pause", "Wrong pause"],
        },
        segment_fields=[
            fields.Select("severity", _SEVERITIES, label="Severity", required=True, default="Minor"),
            fields.Text("comment", label="Comment"),
        ],
        content_fields=[
            fields.Rating("naturalness", 5, label="Naturalness", required=True),
            fields.Rating("intelligibility", 5, label="Intelligibility", required=True),
            fields.Text("summary", multiline=True, label="Summary"),
        ],
        instructions="Mark each fault from where it begins to where it ends, and say how severe it is.",
    )


def video_captioning() -> Task:
    """Return the task for captions: the events with their times, the setting, and one caption of it all.

    >>> [field.name for field in video_captioning().content_fields]
    ['setting', 'caption']
    """
    return Task(
        title="Video captioning",
        tracks={"event": ["Action", "Speech", "Sound", "Scene change"]},
        segment_fields=[
            fields.Text("description", multiline=True, label="Description", required=True),
        ],
        content_fields=[
            fields.Text(
                "setting",
                multiline=True,
                label="Setting",
                help="Where and when it takes place, and what is around.",
                required=True,
            ),
            fields.Text(
                "caption",
                multiline=True,
                label="Final caption",
                help="One text that joins the events and the setting.",
                required=True,
            ),
        ],
        instructions=(
            "1. Mark each event and describe it.\n2. Describe the setting.\n3. Write the final caption out of both."
        ),
    )
