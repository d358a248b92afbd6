"""WebVTT and SubRip: what was written comes back, players read it, and damage is told by its line."""

from __future__ import annotations

import html
from pathlib import Path

import av
import pysubs2
import pytest
import webvtt as webvtt_py
from hypothesis import settings

from avseg_widget import Annotation, FormatError, Segment, Task, Track, fields, formats
from avseg_widget.formats import subrip, webvtt
from avseg_widget.formats.format import Format

from . import annotations_strategy as some
from .format_checks import check_damaged

SUBTITLES = [webvtt.FORMAT, subrip.FORMAT]
EXAMPLES = settings(max_examples=1000, deadline=None)
#: Plain enough for any player, and with a place for each trap that one must not fall into.
PLAIN = Annotation(
    [Track("speaker", "Ann"), Track("speaker", "Bob"), Track("tier", "noise")],
    [
        Segment("speaker:Ann", 0.1, 1.5, {"text": "Hello & <welcome>"}, id="first"),
        Segment("speaker:Bob", 1.2, 2.25, {"text": "two\nlines"}, id="2"),
        Segment("tier:noise", 3, 3.0001, {"text": "knock"}, id="knock"),
        Segment("speaker:Ann", 360_000 / 2, 180_001.5, {"text": "50 hours on\n42"}, id="late"),
    ],
)


@pytest.mark.parametrize("chosen", SUBTITLES, ids=lambda one: one.name)
def test_what_is_read_is_what_was_said(tmp_path: Path, chosen: Format) -> None:
    some.check_round_trip(chosen.name, tmp_path / f"a{chosen.suffixes[0]}", examples=1000)


def _said(chosen: Format, texts: list[str]) -> list[str]:
    if chosen is webvtt.FORMAT:
        return texts
    return [f"{name}: {text}" for name, text in zip(["Ann", "Bob", "tier:noise", "Ann"], texts, strict=True)]


@pytest.mark.parametrize("chosen", SUBTITLES, ids=lambda one: one.name)
def test_players_show_it(tmp_path: Path, chosen: Format) -> None:
    path = tmp_path / f"a{chosen.suffixes[0]}"
    formats.write(PLAIN, path)
    with av.open(str(path)) as container:
        [stream] = container.streams.subtitles
        packets = [packet for packet in container.demux(stream) if packet.size]
        scale = float(stream.time_base) * 1000
    spans = [(round(packet.pts * scale), round(packet.duration * scale)) for packet in packets]
    assert spans == [(100, 1400), (1200, 1050), (3000, 1), (180_000_000, 1500)]
    assert b"42" in bytes(packets[3])


def test_each_library_reads_what_the_other_might(tmp_path: Path) -> None:
    texts = ["Hello & <welcome>", "two\nlines", "knock", "50 hours on\n42"]
    formats.write(PLAIN, tmp_path / "a.srt")
    formats.write(PLAIN, tmp_path / "a.vtt")
    read = pysubs2.load(str(tmp_path / "a.srt"), keep_html_tags=True)
    # It takes the last line of a file for the number of a cue to come.
    assert [event.plaintext for event in read] == [*_said(subrip.FORMAT, texts)[:3], "Ann: 50 hours on"]
    assert [(event.start, event.end) for event in read][:3] == [(100, 1500), (1200, 2250), (3000, 3001)]
    srt = webvtt_py.from_srt(str(tmp_path / "a.srt"))
    assert [caption.raw_text for caption in srt] == _said(subrip.FORMAT, texts)
    vtt = webvtt_py.WebVTT.read(str(tmp_path / "a.vtt"))
    assert [caption.voice for caption in vtt] == ["Ann", "Bob", "tier:noise", "Ann"]
    assert [caption.identifier for caption in vtt] == ["first", "2", "knock", "late"]
    strict = webvtt_py.WebVTT.from_string((tmp_path / "a.vtt").read_text(), strict=True)
    assert len(strict.captions) == 4
    assert len(pysubs2.load(str(tmp_path / "a.vtt"))) == 4


def test_signs_of_markup_stand_for_themselves(tmp_path: Path) -> None:
    said = "<b>5 < 6 && 7 > 6</b> &amp; so"
    formats.write(
        Annotation([Track("caption", "text")], [Segment("caption:text", 1, 2, {"text": said})]), tmp_path / "a.vtt"
    )
    written = (tmp_path / "a.vtt").read_text(encoding="utf-8")
    # What the standard's own rules make of it: https://www.w3.org/TR/webvtt1/#webvtt-cue-text-span
    line = "&lt;b&gt;5 &lt; 6 &amp;&amp; 7 &gt; 6&lt;/b&gt; &amp;amp; so"
    assert line in written
    assert html.unescape(line) == said
    assert formats.read(tmp_path / "a.vtt").annotation.segments[0].fields == {"text": said}


def test_every_change_is_told(tmp_path: Path) -> None:
    one = Annotation(
        [Track("speaker", "Ann")],
        [
            Segment("speaker:Ann", 0.0001, 0.0002, {"text": "a"}, id="short"),
            Segment("speaker:Ann", 1, 2, {"text": "b", "loud": True}, id="loud"),
            Segment("speaker:Ann", 359_999, 360_000, {"text": "c"}, id="late"),
        ],
    )
    counts = formats.find_losses(one, "srt").counts()
    assert counts[("segments", "dropped")] == 1
    assert counts[("segments.fields['loud']", "dropped")] == 1
    assert counts[("segments.end", "changed")] == 1
    assert counts[("segments.start", "changed")] == 1
    formats.write(one, tmp_path / "a.srt")
    assert [(one.start, one.end) for one in formats.read(tmp_path / "a.srt").annotation.segments] == [
        (0, 0.001),
        (1, 2),
    ]


def test_files_of_others(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_bytes(
        b"\xef\xbb\xbfWEBVTT - title\r\nKind: x\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\nNOTE remark\r\n\r\n"
        b"1\r\n00:01.000 --> 00:02.500 line:0 align:start\r\n"
        b"<v.loud Ann>Yes <i>or</i> no &amp; so</v>\r\n<v Bob>No</v>\r\n\r\n"
        b"1\r\n100:00:01.000 --> 100:00:02.000\r\nlate\r\n"
    )
    reading = formats.read(tmp_path / "a.vtt")
    assert [(one.id, one.track, one.fields["text"]) for one in reading.annotation.segments] == [
        ("1", "speaker:Ann", "Yes or no & so"),
        ("1-2", "speaker:Bob", "No"),
        ("1-3", "caption:text", "late"),
    ]
    assert reading.notes == [
        "left out: 1 comments (NOTE)", "left out: 1 styles (STYLE)", "left out: 1 cues with settings of their place",
    ]  # fmt: skip
    srt = "1\r\n00:00:01,000 --> 00:00:02,000 X1:0\r\n"
    srt += "Note: hi\r\n\r\nthere\r\n\r\n2\r\n0:00:03.5 --> 0:00:04,000\r\n1999\r\n"
    srt += "\r\n3\r\n00:00:05,000 --> 00:00:05,000\r\nnothing\r\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (tmp_path / "a.srt").write_bytes(srt.encode(encoding))
        read = formats.read(tmp_path / "a.srt", format="srt")
        assert [(one.track, one.start, one.fields["text"]) for one in read.annotation.segments] == [
            ("caption:text", 1.0, "Note: hi\n\nthere"),
            ("caption:text", 3.5, "1999"),
        ]
        assert read.notes == ["the cue in line 12 has no length and is left out"]
    task = Task(tracks={"caption": ["text"]}, segment_fields=[fields.Text("words")])
    assert formats.read(tmp_path / "a.srt", task, format="srt").annotation.segments[1].fields == {"words": "1999"}
    assert formats.read(tmp_path / "a.srt", Task(tracks={"caption": ["text"]}), format="srt").annotation.segments


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:00.500\nx\n", "a.vtt, line 3: a segment must have"),
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nx\n\n00:0x.000 --> 00:03.000\ny\n", "line 6: is not the timing"),
        ("a.vtt", b"WEBVTT\n\n00:61.000 --> 00:62.000\nx\n", "line 3: is not the timing"),
        ("a.vtt", b"1\n00:01.000 --> 00:02.000\n", "is not WebVTT.*first line"),
        ("a.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n\xff\xfe\n", "not UTF-8 text .byte 32"),
        ("a.srt", b"1\n00:00:02,000 --> 00:00:01,000\nx\n", "line 2: a segment must have"),
        ("a.srt", b"1\n00:00:02,000 -->\nx\n", "line 2: is not the timing"),
        ("a.srt", b"1\n-0:00:02,000 --> 00:00:03,000\nx\n", "line 2: is not the timing"),
        ("a.srt", b"hello", "line 1: is not the timing"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\né\n".encode("latin-1"), "not UTF-8 text"),
    ],
)
def test_damage_is_told_by_its_line(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=says):
        formats.read(tmp_path / name)


@pytest.mark.parametrize("chosen", SUBTITLES, ids=lambda one: one.name)
def test_damage_is_an_error_or_a_result(tmp_path: Path, chosen: Format) -> None:
    path = tmp_path / f"damaged{chosen.suffixes[0]}"
    formats.write(PLAIN, path)
    check_damaged(path, rounds=500)
