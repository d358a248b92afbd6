"""The built-in recordings: small, readable, and as they are described."""

from __future__ import annotations

import numpy as np

from avseg_widget import sample
from avseg_widget.media import open_media


def test_they_are_small():
    assert sample.audio().stat().st_size + sample.video().stat().st_size < 1_000_000


def test_the_dialogue():
    info = open_media(sample.audio()).info()
    assert (info.kind, info.mime, info.sample_rate, info.channels) == ("audio", "audio/flac", 16000, 1)
    assert info.duration is not None
    assert 20 < info.duration < 40
    assert (info.exact, info.warnings) == (True, [])


def test_the_clip():
    media = open_media(sample.video())
    info = media.info()
    assert (info.kind, info.mime, info.duration, info.frame_count) == ("video", "video/mp4", 8.0, 200)
    assert (info.width, info.height, info.channels, info.exact, info.warnings) == (480, 270, 1, True, [])
    np.testing.assert_array_equal(media.frame_times(), np.arange(200) / 25)
