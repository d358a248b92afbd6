"""pyannote's Annotation objects come and go, and what they do not carry is said."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from avseg_widget import Annotation, FormatError, Provenance, Segment, Task, Track, formats

from .annotations_strategy import annotations, task_of

core = pytest.importorskip("pyannote.core")


def test_random_annotations_come_back_but_for_what_is_said() -> None:
    @settings(max_examples=1000, deadline=None)
    @given(annotations())
    def check(annotation: Annotation) -> None:
        made, report = formats.to_pyannote(annotation)
        said = {loss.path for loss in report.losses}
        reading = formats.from_pyannote(made, task_of(annotation))
        back = {one.id: one for one in reading.annotation.segments}
        names = {track.id: (track.category, track.tag) for track in annotation.tracks}
        named = {track.id: (track.category, track.tag) for track in reading.annotation.tracks}
        for one in annotation.segments:
            where = f"segments[{one.id!r}]"
            kept = back.pop(one.id, None)
            if kept is None:
                assert where in said
                assert one.duration < 2e-6
                continue
            assert (kept.start, kept.end) == (one.start, one.end)
            assert named[kept.track] == names[one.track]
            assert {f"{where}.fields[{name!r}]" for name in one.fields} <= said
            assert one.origin is None or f"{where}.origin" in said
        assert not back
        assert reading.annotation.provenance == Provenance(media=annotation.provenance.media)
        rows = [names[track.id] for track in annotation.tracks if f"tracks[{track.id!r}]" not in said]
        if not any(path.endswith(".position") for path in said):
            assert list(named.values()) == rows

    check()


def test_what_pyannote_writes_itself_is_read(tmp_path: Path) -> None:
    annotation = Annotation(
        [Track("speaker", "Ann"), Track("speaker", "Bob", position=1)],
        [Segment("speaker:Ann", 0.5, 1.25, id="a"), Segment("speaker:Bob", 1, 2.5, id="b")],
        provenance=Provenance(media="call"),
    )
    made, report = formats.to_pyannote(annotation)
    assert not report
    assert formats.from_pyannote(made).annotation == annotation
    with (tmp_path / "labels.rttm").open("w") as file:
        made.write_rttm(file)
    spans = [(one.track, one.start, one.end) for one in formats.read(tmp_path / "labels.rttm").annotation.segments]
    assert spans == [("speaker:Ann", 0.5, 1.25), ("speaker:Bob", 1, 2.5)]


def test_tracks_that_are_no_ids_and_odd_labels() -> None:
    made = core.Annotation()
    made[core.Segment(0, 1)] = "SPEAKER_00"
    made[core.Segment(1, 2)] = 7
    made[core.Segment(2, 3)] = " "
    annotation = formats.from_pyannote(made).annotation
    assert [one.track for one in annotation.segments] == ["speaker:SPEAKER_00", "speaker:7", "speaker:unnamed"]
    assert len({one.id for one in annotation.segments}) == 3
    assert annotation.provenance.media == ""


@pytest.mark.parametrize(("start", "end"), [(-0.5, 1), (0, math.inf)])
def test_what_is_in_no_media_is_refused(start: float, end: float) -> None:
    made = core.Annotation()
    made[core.Segment(start, end)] = "Ann"
    with pytest.raises(FormatError, match=r"'Ann' goes from .* crop the annotation to the media first"):
        formats.from_pyannote(made)


def test_other_objects_long_labels_and_other_tasks_are_refused() -> None:
    stranger: Any = {"not": "pyannote"}
    with pytest.raises(FormatError, match="a pyannote Annotation is due"):
        formats.from_pyannote(stranger)
    made = core.Annotation()
    made[core.Segment(0, 1)] = "A" * 300
    with pytest.raises(FormatError, match=r"the label 'AAA.*rename_labels"):
        formats.from_pyannote(made)
    made = core.Annotation()
    made[core.Segment(0, 1)] = "Ann"
    with pytest.raises(FormatError, match="does not fit the task"):
        formats.from_pyannote(made, Task(tracks={"speaker": ["Bob"]}))


def test_without_pyannote_the_error_says_how_to_get_it() -> None:
    code = (
        "import sys; sys.modules['pyannote.core'] = None; from avseg_widget import Annotation, formats\n"
        "try: formats.to_pyannote(Annotation())\nexcept ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "avseg-widget[pyannote]"' in done.stdout
