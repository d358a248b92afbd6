"""Praat TextGrids: what is written comes back as the loss report says, Praat itself reads it, damage is said."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from avseg_widget import Annotation, FormatError, Segment, Task, Track, fields, formats
from avseg_widget.formats.textgrid import FORMAT
from avseg_widget.formats.textgrid_text import parse

from .annotations_strategy import annotations, check_round_trip, comparable, task_of
from .format_checks import check_damaged

parselmouth = pytest.importorskip("parselmouth", reason="needs the extra curves")

FILES = ["mary.TextGrid", "bobby_words.TextGrid", "bobby_phones_elan.TextGrid"]
ANN, BOB = Track("tier", "Ann"), Track("speaker", "Bob", position=1)
ANNOTATION = Annotation(
    [ANN, BOB],
    [
        Segment(ANN.id, 0.1, 0.30000000000000004, {"text": 'say "hi"\nthere'}, id="a"),
        Segment(ANN.id, 0.2, 0.4, {"text": "item [1]:"}, id="b"),
        Segment(BOB.id, 1 / 3, 1.5, id="c"),
    ],
)


def praat_tiers(path: Path) -> list[tuple[str, list[tuple[float, float, str]]]]:
    """Return the intervals that Praat itself finds in a file, tier by tier, all with a label."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it counts what it leaves out
        grid = parselmouth.read(str(path))

    def ask(question: str, *numbers: int) -> Any:
        return parselmouth.praat.call(grid, question, *numbers)

    tiers = []
    for tier in range(1, int(ask("Get number of tiers")) + 1):
        places = range(1, int(ask("Get number of intervals", tier)) + 1)
        found = [
            (
                ask("Get start time of interval", tier, place),
                ask("Get end time of interval", tier, place),
                ask("Get label of interval", tier, place),
            )
            for place in places
        ]
        # Praat has no gaps and no overlaps within a tier.
        assert [end for _, end, _ in found[:-1]] == [start for start, _, _ in found[1:]]
        tiers.append((ask("Get tier name", tier), [one for one in found if one[2]]))
    return tiers


@pytest.mark.parametrize("name", ["textgrid", "textgrid-short"])
def test_random_annotations_come_back_as_the_report_says(tmp_path: Path, name: str) -> None:
    check_round_trip(name, tmp_path / "labels.TextGrid", examples=1000)


def test_praat_finds_every_interval_that_was_written(tmp_path: Path) -> None:
    path = tmp_path / "labels.TextGrid"

    @settings(max_examples=300, deadline=None)
    @given(annotations())
    def check(annotation: Annotation) -> None:
        formats.write(annotation, path)
        wanted = comparable(FORMAT.carry(annotation, None), FORMAT)["segments"]
        spoken = [text.replace("\ufeff", "") for _, tier in praat_tiers(path) for _, _, text in tier]
        spans = [(start, end) for _, tier in praat_tiers(path) for start, end, _ in tier]
        # Praat leaves out byte order marks, so that a label of them alone is none to it.
        plain = [one for one in wanted if one["fields"].get("text", " ").replace("\ufeff", "")]
        assert sorted(spans) == sorted((one["start"], one["end"]) for one in plain)
        assert sorted(spoken) == sorted(one["fields"].get("text", " ").replace("\ufeff", "") for one in plain)

    check()


def test_overlaps_go_on_a_further_tier_of_the_name(tmp_path: Path) -> None:
    path = tmp_path / "labels.TextGrid"
    report = formats.write(ANNOTATION, path)
    assert report.counts() == {("segments.id", "dropped"): 3}
    assert praat_tiers(path) == [
        ("Ann", [(0.1, 0.30000000000000004, 'say "hi"\nthere')]),
        ("Ann", [(0.2, 0.4, "item [1]:")]),
        ("speaker:Bob", [(1 / 3, 1.5, " ")]),
    ]
    reading = formats.read(path)
    assert comparable(reading.annotation, FORMAT) == comparable(ANNOTATION, FORMAT)
    assert reading.notes == ["tier 2 has the name 'Ann' of one before it and is on the same track"]


@pytest.mark.parametrize(
    "command",
    ["Save as text file", "Save as short text file", "Save as chronological text file", "Save as binary file"],
)
def test_what_praat_writes_is_read_in_all_its_forms(tmp_path: Path, command: str) -> None:
    made, saved = tmp_path / "made.TextGrid", tmp_path / "saved.TextGrid"
    text = "語\U0001f600 ü"
    annotation = Annotation([ANN], [Segment(ANN.id, 0.1, 0.2, {"text": text}), Segment(ANN.id, 0.3, 1, {"text": "é"})])
    formats.write(annotation, made)
    parselmouth.praat.call(parselmouth.read(str(made)), command, str(saved))
    # Praat writes 17 digits of a number in text, which are enough for every bit.
    assert comparable(formats.read(saved).annotation, FORMAT) == comparable(annotation, FORMAT)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "labels.TextGrid"
    formats.write(Annotation([ANN], [Segment(ANN.id, 0, 1, {"text": "über"})]), path)
    path.write_bytes(path.read_text("utf-8").replace("\n", "\r\n").encode(encoding))
    reading = formats.read(path)
    assert [one.fields for one in reading.annotation.segments] == [{"text": "über"}]
    assert bool(reading.notes) == (encoding == "latin-1")


@pytest.mark.parametrize("name", FILES)
def test_real_files_come_back_and_damaged_ones_are_said(shared_data: Path, tmp_path: Path, name: str) -> None:
    reading = formats.read(shared_data / name)
    annotation = reading.annotation
    formats.write(annotation, tmp_path / name)
    assert comparable(formats.read(tmp_path / name).annotation, FORMAT) == comparable(annotation, FORMAT)
    labeled = [(tier, found) for tier, found in praat_tiers(tmp_path / name) if found]
    of_praat = [
        (tier.name, [one for one in tier.intervals if one[2]])
        for tier in parse((shared_data / name).read_bytes())[0]
        if not tier.points
    ]
    assert labeled == of_praat
    (tmp_path / name).write_bytes((shared_data / name).read_bytes())
    check_damaged(tmp_path / name, rounds=400)


def test_points_are_noted(shared_data: Path) -> None:
    reading = formats.read(shared_data / "mary.TextGrid")
    assert reading.notes == ["tier 'pitch': 4 points are left out, as they have no length"]
    assert [(track.id, track.position) for track in reading.annotation.tracks] == [("tier:phone", 0), ("tier:word", 1)]
    assert len(reading.annotation.segments) == 18
    assert reading.task.tracks == {"tier": ["phone", "word"]}


HEAD = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n1\n<exists>\n1\n"IntervalTier"\n"a"\n0\n1\n'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1: the file ends where a text is due"),
        (HEAD + "2\n0\n0.5\n", "line 15: the file ends where a text is due"),
        (HEAD + '1\n0.5\n0.25\n"x"', "line 15: an interval of tier 'a' ends at 0.25, before its start"),
        (HEAD + '1\n-1\n0.25\n"x"', "line 15: an interval of tier 'a' starts at -1.0, before the media"),
        (HEAD + '1\n0\n1e999\n"x"', "line 14: '1e999' is no number"),
        (HEAD + '1\n0\n1_0\n"x"', "line 14: '1_0' is no number"),
        (HEAD + '1\n0\n1\n"x', "line 15: a text begins here that does not end"),
        (HEAD + "9999999999999\n", "line 12: '9999999999999' is no count"),
        (HEAD.replace("IntervalTier", "Tier") + "0", "line 8: a tier is an IntervalTier or a TextTier, not 'Tier'"),
        (HEAD.replace("TextGrid", "Sound"), "line 2: the file holds a 'Sound', not a TextGrid"),
        (HEAD.encode("utf-16")[:-1], "byte .*: this is no UTF-16"),
        (b"ooBinaryFile\x08TextGrid\0\0", "byte 23: the file ends in the middle"),
        (b"ooBinaryFile\x08TextGrid" + b"\xff" * 40, "byte 29: nan is no number"),
    ],
)
def test_damage_is_said_with_its_place(tmp_path: Path, content: str | bytes, says: str) -> None:
    path = tmp_path / "labels.TextGrid"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(FormatError, match=f"labels.TextGrid, {says}"):
        formats.read(path)


def test_odd_names_and_intervals_without_length_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "labels.TextGrid"
    tiers = '"IntervalTier"\n""\n0\n1\n2\n0\n0\n"x"\n0\n1\n"y"\n'
    path.write_text(HEAD.replace("<exists>\n1\n", "<exists>\n2\n") + '1\n0\n1\n"z"\n' + tiers)
    reading = formats.read(path)
    assert reading.notes == ["tier 2 has no name", "tier '': intervals without a length are left out"]
    found = {(one.track, one.fields["text"]) for one in reading.annotation.segments}
    assert found == {("tier:a", "z"), ("tier:tier 2", "y")}


def test_a_task_says_the_field_of_the_text(tmp_path: Path) -> None:
    task = Task(tracks={"tier": ["Ann"]}, segment_fields=[fields.Text("words")])
    annotation = Annotation([ANN], [Segment(ANN.id, 0, 1, {"words": "hello"}, id="a")])
    path = tmp_path / "labels.TextGrid"
    assert formats.write(annotation, path, task=task).counts() == {("segments.id", "dropped"): 1}
    assert formats.read(path, task).annotation.segments[0].fields == {"words": "hello"}
    assert task_of(annotation).tracks == task.tracks
