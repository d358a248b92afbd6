"""CSV, Parquet and rows: what was written comes back, other programs read it, and no damage is worse than an error."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import Annotation, FormatError, Origin, Provenance, Segment, Task, Track, fields, formats
from avseg_widget.formats import csv_table, parquet
from avseg_widget.formats.format import Format
from avseg_widget.formats.tables import columns_of

from . import annotations_strategy as some
from .format_checks import check_damaged

TABLES = [csv_table.FORMAT, parquet.FORMAT]
EXAMPLES = settings(max_examples=700, deadline=None)
ANNOTATION = Annotation(
    [Track("speaker", "Ann"), Track("speaker", "Bob")],
    [
        Segment("speaker:Ann", 0.1, 1 / 3, {"text": "héllo\nthere", "loud": True, "marks": ["a", "b;c"]}, id="a"),
        Segment("speaker:Ann", 2, 3, {"text": "=1+1"}, id="b", origin=Origin("vad", confidence=0.5)),
    ],
    {"topics": ["x"]},
    Provenance(annotator="me", media="call.wav"),
)


@pytest.mark.parametrize("chosen", TABLES, ids=lambda one: one.name)
@EXAMPLES
@given(given=st.lists(some.annotations(), min_size=1, max_size=2), with_task=st.booleans())
def test_what_is_read_is_what_was_said(
    tmp_path_factory: pytest.TempPathFactory, chosen: Format, given: list[Annotation], with_task: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / f"table{chosen.suffixes[0]}"
    task = some.task_of(*given) if with_task else None
    formats.write(given, path, task=task)
    read = formats.read(path, task).annotations
    carried = chosen.carry_all(given, task)
    assert [some.comparable(one, chosen) for one in read] == [some.comparable(one, chosen) for one in carried]
    if chosen is parquet.FORMAT or with_task:
        lost = formats.find_losses(given, chosen.name, task=task).losses
        # Of a CSV file an empty text is no answer.
        assert all(chosen is csv_table.FORMAT and loss.before == "" for loss in lost)


@EXAMPLES
@given(given=st.lists(some.annotations(), min_size=1, max_size=2))
def test_rows_lose_nothing(given: list[Annotation]) -> None:
    read = formats.from_rows(formats.to_rows(given)).annotations
    assert [some.comparable(one, parquet.FORMAT) for one in read] == [
        some.comparable(one, parquet.FORMAT) for one in given
    ]


def test_a_data_set_knows_its_media(tmp_path: Path) -> None:
    made = formats.to_dataset([ANNOTATION, Annotation()], media=[tmp_path / "a.wav", "b.wav"])
    assert made.column_names[:7] == ["media", "annotator", "id", "category", "tag", "start", "end"]
    assert made[0]["audio"] == {"bytes": None, "path": str(tmp_path / "a.wav")}
    assert type(made.features["audio"]).__name__ == "Audio"
    assert made.features["start"].dtype == "float64"
    first, second = formats.from_rows(made).annotations
    assert first == ANNOTATION
    assert (second.provenance.media, second.segments) == ("b.wav", [])
    assert formats.from_rows(formats.to_dataset(ANNOTATION)).annotation == ANNOTATION


def test_pandas_reads_both(tmp_path: Path) -> None:
    for name in ("a.csv", "a.parquet"):
        formats.write(ANNOTATION, tmp_path / name)
    table = pd.read_csv(tmp_path / "a.csv")
    typed = pd.read_parquet(tmp_path / "a.parquet")
    for frame in (table, typed):
        segments = frame[frame["start"].notna()]
        assert [*segments["start"]] == [0.1, 2.0]
        assert [*segments["end"]] == [1 / 3, 3.0]
        assert segments["text"].iloc[0] == "héllo\nthere"
        assert [*segments["tag"]] == ["Ann", "Ann"]
        assert [*frame["media"].unique()] == ["call.wav"]
    # A track without segments is a row without times.
    assert [*table[table["start"].isna()]["tag"]] == ["Bob"]
    assert table["text"].iloc[2] == "'=1+1"
    assert typed["text"].iloc[2] == "=1+1"
    assert [*typed["marks"].iloc[1]] == ["a", "b;c"]
    # What pandas writes is read: NaN is an empty cell.
    typed["start"] = typed["start"].astype("float64")
    typed.to_parquet(tmp_path / "b.parquet")
    table.to_csv(tmp_path / "b.csv", index=False)
    for name in ("b.csv", "b.parquet"):
        assert formats.read(tmp_path / name).annotation == ANNOTATION


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''@", "=cmd|' /C calc'!A0", "＝1"]
)
def test_a_spreadsheet_sees_no_formula(tmp_path: Path, text: str) -> None:
    one = Annotation([Track(text, text)], [Segment(Track(text, text).id, 0, 1, {"text": text}, id=text)], {"t": text})
    formats.write(one, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            assert not [cell for cell in row if cell.startswith((*"=+-@\t\r＝",))]
    assert formats.read(tmp_path / "a.csv").annotation == one


def test_tables_of_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(
        "\ufeffstart;end;Spoken Text;loud;score\r\n0;1.5;Grüße;TRUE;1\r\n2;3;;false;2,5\r\n".encode()
    )
    reading = formats.read(tmp_path / "a.csv")
    first, second = reading.annotation.segments
    assert (first.track, first.fields) == ("label:segment", {"Spoken_Text": "Grüße", "loud": True, "score": "1"})
    assert (second.id, second.fields) == ("s2", {"loud": False, "score": "2,5"})
    assert "'Spoken Text'" in reading.notes[0]
    task = Task(tracks={"label": ["segment"]}, segment_fields=[fields.Text("text"), fields.Number("n")])
    (tmp_path / "b.csv").write_text("start,end,text,n\n0,1,007,3\n")
    assert formats.read(tmp_path / "b.csv", task).annotation.segments[0].fields == {"text": "007", "n": 3.0}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"start,end\n1,x\n", "line 2: end is a number, not 'x'"),
        (b"start,end\n-1,1\n", "line 2: a segment must have 0 <= start"),
        (b"start,end\n2,1\n", "line 2: a segment must have 0 <= start"),
        (b"start,end\n1e999,2\n", "line 2: start is a number"),
        (b"start,end\nnan,2\n", "line 2: start is a number"),
        (b"start,end\n1,2\n1\n", "line 3: has 1 cells, the header has 2"),
        (b'start,end,text\n1,2,"a\n', "line .*cut off"),
        (b"start,end,id\n1,2,a\n1,3,a\n", "line 3: another segment.*'a'"),
        (b"start,end,media,done\n1,2,m,true\n1,3,m,false\n", "line 3: done is False, but True"),
        (b"start,start,end\n", "two columns are called 'start'"),
        (b"begin,end\n", "there is no column 'start'"),
        (b"", "there is no column 'start'"),
        ("start,end,text\n1,2,é\n".encode("latin-1"), "not UTF-8.*save it as"),
        ("start,end\n1,2\n".encode("utf-16"), "not UTF-8.*save it as"),
        (b"start,end,origin.source,origin.status\n1,2,vad,maybe\n", "line 2: origin.status is"),
        (b"start,end,tag\n1,2," + b"x" * 300 + b"\n", "line 2: a track's category and tag"),
    ],
)
def test_a_damaged_table_is_told_by_its_line(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(FormatError, match=says):
        formats.read(tmp_path / "a.csv")


@pytest.mark.parametrize("chosen", TABLES, ids=lambda one: one.name)
def test_damage_is_an_error_or_a_result(tmp_path: Path, chosen: Format) -> None:
    path = tmp_path / f"damaged{chosen.suffixes[0]}"
    formats.write([ANNOTATION, Annotation(provenance=Provenance(media="b"))], path)
    check_damaged(path, rounds=500)


def test_long_cells_and_many_rows(tmp_path: Path) -> None:
    long = Annotation([Track("a", "b")], [Segment("a:b", 0, 1, {"text": "word " * 100_000}, id="x")])
    formats.write(long, tmp_path / "a.csv")
    assert formats.read(tmp_path / "a.csv").annotation == long
    assert csv.field_size_limit() < 200_000
    many = Annotation([Track("a", "b")], [Segment("a:b", n, n + 1, {"n": n}, id=f"{n}") for n in range(20_000)])
    for name in ("a.csv", "a.parquet"):
        formats.write(many, tmp_path / name)
        assert formats.read(tmp_path / name).annotation == many


def test_a_table_has_the_columns_of_its_task() -> None:
    task = Task(tracks={"a": ["b"]}, segment_fields=[fields.Text("media"), fields.Rating("stars")])
    assert columns_of([], task)["field:media"] == "text"
    assert columns_of([], task)["stars"] == "whole"
