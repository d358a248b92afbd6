"""What all formats share: finding them, their loss reports, and JSON Lines, which loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import Annotation, FormatError, Segment, Task, Track, fields, formats

TASK = Task(tracks={"speaker": ["Ann", "Bob"]}, segment_fields=[fields.Text("text"), fields.Checkbox("loud")])
ANNOTATION = Annotation(
    [Track("speaker", "Ann")], [Segment("speaker:Ann", 0.1, 1 / 3, {"text": "hello", "loud": True}, id="a")]
)


def test_a_file_comes_back_as_it_was_with_or_without_its_task(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    assert not formats.write([ANNOTATION, ANNOTATION], path)
    assert formats.read(path, TASK).annotations == [ANNOTATION, ANNOTATION]
    proposed = formats.read(path).task
    assert proposed.tracks == {"speaker": ["Ann"]}
    assert [type(field).__name__ for field in proposed.segment_fields] == ["Text", "Checkbox"]


@settings(max_examples=1000, deadline=None)
@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_times_keep_their_bits(tmp_path_factory: pytest.TempPathFactory, one: float, other: float) -> None:
    start, end = sorted([one, other])
    if start == end:
        return
    path = tmp_path_factory.getbasetemp() / "times.jsonl"
    formats.write(Annotation([Track("a", "b")], [Segment("a:b", start, end)]), path)
    [segment] = formats.read(path).annotation.segments
    assert (segment.start.hex(), segment.end.hex()) == (start.hex(), end.hex())


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text("mine")
    with pytest.raises(FormatError, match="no format"):
        formats.write(ANNOTATION, path, format="word")
    assert path.read_text() == "mine"
    assert [one.name for one in tmp_path.iterdir()] == ["labels.jsonl"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.jsonl", None, "cannot be read"),
        ("labels.jsonl", b'{"tracks":[],"segments":[{"track":"a","start":"x"}]}', "line 1.*start"),
        ("labels.jsonl", b"\xff\xfe", "line 1"),
        ("labels.xyz", b"whatever", "in no format"),
        ("labels.xyz", b"", "in no format"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(tmp_path: Path, name: str, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=says):
        formats.read(tmp_path / name)


def test_an_annotation_that_does_not_fit_says_where(tmp_path: Path) -> None:
    formats.write(ANNOTATION, tmp_path / "labels.jsonl")
    with pytest.raises(FormatError, match=r"does not fit the task.*Ann"):
        formats.read(tmp_path / "labels.jsonl", Task(tracks={"speaker": ["Eve"]}))


def test_what_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    with pytest.raises(FormatError, match=r"segment 'a' is on a track 'speaker:Eve' that the annotation has not"):
        formats.write(Annotation([], [Segment("speaker:Eve", 0, 1, id="a")]), path)
    half = Annotation([Track("a", "b")], [Segment("a:b", 0, 1, {"text": "\ud83d"})])
    for name in ("jsonl", "textgrid", "audacity"):
        with pytest.raises(FormatError, match=r"a text has half a character \('\\ud83d'\)"):
            formats.write(half, tmp_path / "labels", format=name)
    with pytest.raises(
        FormatError, match=r"JSON Lines is written anew, not into labels\.jsonl, as only ELAN .*; leave out like="
    ):
        formats.write(ANNOTATION, path, like=path)
    assert not path.exists()
