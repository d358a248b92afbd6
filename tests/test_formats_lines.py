"""RTTM, CTM, UEM and Audacity's labels: what is written comes back as the loss report says, other readers agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings

from avseg_widget import Annotation, FormatError, Origin, Provenance, Segment, Task, Track, fields, formats
from avseg_widget.formats import audacity, ctm, rttm, uem
from avseg_widget.formats.lines import from_column, to_column

from .annotations_strategy import annotations, check_round_trip, comparable
from .choices import texts
from .format_checks import check_damaged

ANN, BOB = Track("speaker", "Ann Lee"), Track("speaker", "Bob", position=1)
ANNOTATION = Annotation(
    [ANN, BOB],
    [
        Segment(ANN.id, 0.1, 0.30000000000000004, {"text": "good day"}, id="a"),
        Segment(BOB.id, 0.2, 0.4, id="b", origin=Origin("vad", confidence=0.75)),
    ],
    provenance=Provenance(media="a call.wav"),
)


def read_as_pyannote_does(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read a file as ``pyannote.database.util`` does, numbers to the last bit."""
    table = pd.read_csv(path, names=columns, dtype=str, sep=r"\s+", keep_default_na=False, quoting=3)
    times = [name for name in columns if name in {"start", "duration", "end"}]
    return table.assign(**{name: table[name].map(float) for name in times})


RTTM = ["type", "uri", "NA1", "start", "duration", "NA2", "NA3", "speaker", "NA4", "NA5"]


@pytest.mark.parametrize("name", ["rttm", "ctm", "uem", "audacity"])
def test_random_annotations_come_back_as_the_report_says(tmp_path: Path, name: str) -> None:
    check_round_trip(name, tmp_path / f"labels.{name}", examples=1000)


@settings(max_examples=1000, deadline=None)
@given(texts)
def test_any_text_is_one_column(text: str) -> None:
    column = to_column(text)
    assert len(column.split()) == 1
    assert not column.startswith(";")
    assert from_column(column) == text


def test_pyannote_and_pandas_find_every_turn(tmp_path: Path) -> None:
    path = tmp_path / "labels.rttm"

    @settings(max_examples=300, deadline=None)
    @given(annotations())
    def check(annotation: Annotation) -> None:
        formats.write(annotation, path)
        table: Any = read_as_pyannote_does(path, RTTM) if annotation.segments else pd.DataFrame(columns=RTTM)
        found = list(zip(table.start, table.start + table.duration, strict=True))
        wanted = [(one.start, one.end) for one in annotation.segments]
        assert [start for start, _ in found] == [start for start, _ in wanted]
        # They add floats: the last bit may be another one. Read here, every bit comes back.
        assert [end for _, end in found] == pytest.approx([end for _, end in wanted], rel=1e-15)
        assert set(table.uri) <= {to_column(annotation.provenance.media)}
        assert len(set(table.speaker)) == len({one.track for one in annotation.segments})

    check()


def test_rttm_has_who_when_and_how_sure(tmp_path: Path) -> None:
    path = tmp_path / "labels.rttm"
    report = formats.write(ANNOTATION, path)
    assert path.read_text().splitlines() == [
        "SPEAKER a%20call.wav 1 0.1 0.20000000000000004 <NA> <NA> Ann%20Lee <NA> <NA>",
        "SPEAKER a%20call.wav 1 0.2 0.2 <NA> <NA> Bob 0.75 <NA>",
    ]
    assert report.counts() == {
        ("segments.id", "dropped"): 2,
        ("segments.fields['text']", "dropped"): 1,
        ("segments.origin", "changed"): 1,
    }
    [first, second] = formats.read(path).annotation.segments
    assert (first.start, first.end) == (0.1, 0.30000000000000004)
    assert second.origin == Origin("rttm", "suggested", 0.75)


def test_rttm_of_others(tmp_path: Path) -> None:
    path = tmp_path / "labels.rttm"
    path.write_text(
        ";; made by hand\n"
        "SPKR-INFO one 1 <NA> <NA> <NA> unknown ann <NA>\n"
        "SPEAKER one 1 6.690 0.430 <NA> <NA> ann <NA> <NA>\n"
        "SPEAKER two 2 0 0 <NA> <NA> ann <NA>\n"
        "\n"
        "SPEAKER two 2 1e1 .5 <NA> <NA> ann 1.5\n"
        "SPEAKER two <NA> 12 1 <NA> <NA> <NA> <NA> <NA>\r\n"
        "LEXEME one 1 6.7 0.1 h%20i lex ann 0.5\n"
        "NOSCORE one 1 8 1 <NA> <NA> <NA> <NA>\n"
    )
    reading = formats.read(path)
    one, two = reading.annotations
    assert (one.provenance.media, two.provenance.media) == ("one", "two")
    assert [(s.track, s.start, s.end, s.fields) for s in one.segments] == [
        ("speaker:ann", 6.69, 7.12, {}),  # 6.69 + 0.43 is 7.119999999999999 of floats
        ("lexeme:ann", 6.7, 6.8, {"text": "h i"}),
        ("noscore:noscore", 8, 9, {}),
    ]
    assert [(s.track, s.start, s.end) for s in two.segments] == [
        ("speaker 2:ann", 10, 10.5),
        ("speaker:speaker", 12, 13),
    ]
    assert reading.notes == [
        "1 SPKR-INFO lines without a time are left out",
        "1 lines without a duration are left out",
    ]
    with pytest.raises(FormatError, match="holds 2 annotations"):
        reading.annotation  # noqa: B018
    report = formats.write(reading.annotations, path)
    assert set(report.counts()) == {("segments.id", "dropped")}
    again = formats.read(path).annotations
    assert [comparable(a, rttm.FORMAT) for a in again] == [comparable(a, rttm.FORMAT) for a in reading.annotations]


def test_two_annotations_of_one_media_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"two are of 'a call\.wav'"):
        formats.write([ANNOTATION, ANNOTATION], tmp_path / "labels.rttm")


def test_ctm_and_uem(tmp_path: Path) -> None:
    formats.write(ANNOTATION, tmp_path / "labels.ctm")
    assert (tmp_path / "labels.ctm").read_text().splitlines() == [
        "a%20call.wav speaker:Ann%20Lee 0.1 0.20000000000000004 good%20day",
        "a%20call.wav speaker:Bob 0.2 0.2 <NA> 0.75",
    ]
    formats.write(ANNOTATION, tmp_path / "labels.uem")
    table = read_as_pyannote_does(tmp_path / "labels.uem", ["uri", "NA1", "start", "end"])
    assert list(zip(table.start, table.end, strict=True)) == [(0.1, 0.30000000000000004), (0.2, 0.4)]
    (tmp_path / "other.ctm").write_text(
        ";; LDC\nsw A <ALT_BEGIN> * *\n".replace("<ALT_BEGIN> * *", "* * <ALT_BEGIN>")
        + "sw A 11.34 0.2 YES -6.763217\nsw B 11.5 .25 <NA>\nsw A 12 0.5 no 0.9 lex ann\n"
    )
    reading = formats.read(tmp_path / "other.ctm")
    assert [(s.track, s.end, s.fields, s.origin) for s in reading.annotation.segments] == [
        ("channel:A", 11.54, {"text": "YES"}, None),
        ("channel:B", 11.75, {}, None),
        ("channel:A", 12.5, {"text": "no"}, Origin("ctm", confidence=0.9)),
    ]
    assert reading.notes == [
        "1 marks of alternatives are left out",
        "1 columns for a word's type or speaker are left out",
    ]


def test_audacity(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("0.100000\t0.500000\thello there\n\\\t100.0\t2000.0\n0.7\t0.7\tclick\n1.0\t2.0\n", "utf-8")
    reading = formats.read(path)
    assert reading.format == "audacity"
    assert [(s.track, s.start, s.end, s.fields) for s in reading.annotation.segments] == [
        ("label:label", 0.1, 0.5, {"text": "hello there"}),
        ("label:label", 1, 2, {}),
    ]
    assert reading.notes == [
        "1 labels are left out, as they have no length",
        "the frequencies of 1 labels are left out",
    ]
    task = Task(tracks={"event": ["door", "dog"]}, segment_fields=[fields.Text("words")])
    assert formats.read(path, task).annotation.segments[0].track == "event:door"
    report = formats.write(ANNOTATION, path)
    assert report.counts() == {
        ("tracks", "dropped"): 1,
        ("tracks.category", "changed"): 1,
        ("tracks.tag", "changed"): 1,
        ("segments.id", "dropped"): 2,
        ("segments.track", "changed"): 1,
        ("segments.origin", "dropped"): 1,
        ("provenance.media", "dropped"): 1,
    }


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        ("a.rttm", b"SPEAKER a 1 0 1 <NA> <NA>", "a line of RTTM has 9 or 10 columns, not 7"),
        ("a.rttm", b"SPOKEN a 1 0 1 <NA> <NA> b <NA>", "'SPOKEN' is no type"),
        ("a.rttm", b"SPEAKER a 1 -1 1 <NA> <NA> b <NA>", "a start of -1.0 s .* outside"),
        ("a.rttm", b"SPEAKER a 1 1 -1 <NA> <NA> b <NA>", "the end, 0.0 s, is before the start, 1.0 s"),
        ("a.rttm", b"SPEAKER a 1 nan 1 <NA> <NA> b <NA>", r"the start \(column 4\) is a number of seconds, not 'nan'"),
        ("a.rttm", b"SPEAKER a 1 0 1e999 <NA> <NA> b <NA>", ".* outside of any media"),
        ("a.rttm", b"SPEAKER a 1 0 1e9999 <NA> <NA> b <NA>", ".* not '1e9999'"),
        ("a.rttm", b"SPEAKER a 1 0 1_0 <NA> <NA> b <NA>", ".* not '1_0'"),
        (
            "a.rttm",
            b"SPEAKER a 1 0 1 <NA> <NA> " + b"b" * 300 + b" <NA>",
            "a track's category and tag are texts of 1 to 200 characters, not 'bbb.*",
        ),
        ("a.rttm", b"SPEAKER a 1 0 1 <NA> <NA> \xff <NA>", "this is not UTF-8"),
        ("a.ctm", b"a 1 0 1", "a line of CTM has 5 to 8 columns, not 4"),
        ("a.ctm", b"a 1 0 x word", r"the duration \(column 4\)"),
        ("a.uem", b"a 1 0", "a line of UEM has 4 columns, not 3"),
        ("a.uem", b"a 1 2 1", "the end, 1.0 s, is before the start"),
        ("a.txt", b"0.5 1.5 word", "a label is a start, an end and a text"),
        ("a.txt", b"0.5\t0.25\tword", "the end, 0.25 s, is before the start"),
        ("a.txt", b"-0.5\t0.25\tword", ".* outside of any media"),
    ],
)
def test_damage_is_said_with_its_line(tmp_path: Path, name: str, line: bytes, says: str) -> None:
    good = {
        "a.rttm": b"SPEAKER a 1 0 1 <NA> <NA> b <NA> <NA>\n",
        "a.ctm": b"a 1 0 1 word\n",
        "a.uem": b"a 1 0 1\n",
        "a.txt": b"0.5\t1.5\tword\n",
    }
    (tmp_path / name).write_bytes(good[name] + line + b"\n" + good[name])
    with pytest.raises(FormatError, match=f"{name}, line 2: {says}.*Mend or remove that line"):
        formats.read(tmp_path / name)


@pytest.mark.parametrize("chosen", [rttm.FORMAT, ctm.FORMAT, uem.FORMAT, audacity.FORMAT], ids=lambda one: one.name)
def test_files_are_known_by_what_is_in_them(tmp_path: Path, chosen: Any) -> None:
    formats.write(ANNOTATION, tmp_path / "labels", format=chosen.name)
    assert formats.read(tmp_path / "labels").format == chosen.name


def test_a_real_file_comes_back_and_damaged_ones_are_said(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "ami_sample.rttm"
    reading = formats.read(source)
    assert len(reading.annotation.segments) == 10
    path = tmp_path / "again.rttm"
    assert set(formats.write(reading.annotation, path).counts()) == {("segments.id", "dropped")}
    assert comparable(formats.read(path).annotation, rttm.FORMAT) == comparable(reading.annotation, rttm.FORMAT)
    wanted, found = read_as_pyannote_does(source, RTTM), read_as_pyannote_does(path, RTTM)
    pd.testing.assert_frame_equal(wanted, found)
    check_damaged(path, rounds=1000)


@pytest.mark.parametrize("name", ["ctm", "uem", "audacity"])
def test_damaged_files_are_read_or_said(shared_data: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / (f"labels.{name}" if name != "audacity" else "labels.txt")
    formats.write(formats.read(shared_data / "ami_sample.rttm").annotation, path)
    check_damaged(path, rounds=1000)
