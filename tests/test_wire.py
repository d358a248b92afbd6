"""The messages between editor and host: they survive JSON, stay small, and nothing else is taken for one."""

from __future__ import annotations

import json
import re

import msgspec
import pytest

from avseg_widget import wire
from avseg_widget.model import Annotation, ContentChange, Diff, Segment, SegmentChange, Track, TrackChange
from avseg_widget.wire import FromBrowser, FromPython

from .conftest import ROOT
from .edits import TASK

SEGMENT = Segment("speaker:Customer", 0.1 + 0.2, 14401 / 48000 + 1, {"text": "<b>", "flags": ["x"], "level": 0.5}, "a1")
DIFF = Diff(
    TrackChange({"speaker:Customer": Track("speaker", "Customer")}, ["old"]),
    SegmentChange({"a1": SEGMENT}, ["b2"]),
    ContentChange({"rate": 3, "sure": True, "notes": "👩‍🚀"}, ["sounds"]),
)
FROM_BROWSER = [
    wire.Hello(client="c"),
    wire.Edit(client="c", seq=1, diff=DIFF, base=7),
    wire.Report(message="The media does not play."),
    wire.UseStream(reason="it did not come"),
    wire.FetchFragment(client="c", request=1, kind="picture", start=1.5, end=3.0, resume=True, codecs=["h264"]),
    wire.FetchPeaks(client="c", request=2, level=0, tile=3),
    wire.FetchSpectrogram(client="c", request=3, level=8, tile=2, analysis=wire.SpectrogramAnalysis(scale="mel")),
    wire.FetchCurves(client="c", request=5, tile=1, floor=75.0, ceiling=600.0),
    wire.FetchFrames(client="c", request=4),
]
FROM_PYTHON = [
    wire.State(revision=3, annotation=Annotation([Track("speaker", "Customer")], [SEGMENT]), seen={"c": 2}),
    wire.Applied(revision=4, client="", seq=0, diff=DIFF),
    wire.Rejected(client="c", seq=2, reason="no"),
    wire.Held(client="c", seq=2, reason="the disk is full"),
    wire.Fetched(client="c", request=3),
    wire.Fetched(client="c", request=4, error="gone"),
]


def as_browser_has_it(value):
    return json.loads(json.dumps(msgspec.to_builtins(value), allow_nan=False))


@pytest.mark.parametrize(
    ("message", "union"),
    [*((message, FromBrowser) for message in FROM_BROWSER), *((message, FromPython) for message in FROM_PYTHON)],
    ids=lambda value: type(value).__name__,
)
def test_messages_come_back_as_they_were(message, union):
    plain = as_browser_has_it(message)
    assert plain["type"] == msgspec.inspect.type_info(type(message)).tag
    assert msgspec.convert(plain, union) == message


def test_a_setup_comes_back_as_it_was():
    info = wire.MediaInfo(name="a.wav", kind="audio", duration=1 / 3, sample_rate=48000, channels=2, warnings=["w"])
    setup = wire.Setup(task=TASK, media=wire.MediaSource(info=info, url="/files/a.wav", stream=False), document="d")
    assert msgspec.convert(as_browser_has_it(setup), wire.Setup) == setup


@pytest.mark.parametrize(
    ("plain", "error"),
    [
        ({}, "missing required field `type`"),
        ({"type": "format_disk"}, "Invalid value 'format_disk'"),
        ({"type": "applied", "revision": 1, "client": "", "seq": 0, "diff": {}}, "Invalid value 'applied'"),
        ({"type": "hello"}, "missing required field `client`"),
        ({"type": "hello", "client": 3}, "Expected `str`, got `int` - at `$.client`"),
        ({"type": "hello", "client": "c", "more": 1}, "unknown field `more`"),
        ({"type": "edit", "client": "c", "seq": 1.5, "diff": {}}, "at `$.seq`"),
        ({"type": "edit", "client": "c", "seq": 1}, "missing required field `diff`"),
        (
            {"type": "edit", "client": "c", "seq": 1, "base": 0, "diff": {"undo": 1}},
            "unknown field `undo` - at `$.diff`",
        ),
        (
            {"type": "edit", "client": "c", "seq": 1, "base": 0, "diff": {"segments": {"put": {"a": {"track": "t"}}}}},
            "missing required field `start` - at `$.diff.segments.put[...]`",
        ),
        ("hello", "Expected `object`, got `str`"),
        (None, "Expected `object`, got `null`"),
    ],
)
def test_nothing_else_is_taken_for_a_message(plain, error):
    with pytest.raises(msgspec.ValidationError, match=re.escape(error)):
        msgspec.convert(plain, FromBrowser)


def test_a_diff_holds_only_what_changes():
    assert msgspec.to_builtins(Diff()) == {}
    assert msgspec.to_builtins(Diff(content=ContentChange(remove=["rate"]))) == {"content": {"remove": ["rate"]}}


def test_both_languages_cut_peaks_into_the_same_tiles():
    port = (ROOT / "js" / "src" / "hosts" / "port.ts").read_text(encoding="utf-8")
    assert f"PEAK_TILE_COLUMNS = {wire.PEAK_TILE_COLUMNS};" in port
