"""Order and names of tracks: what an annotation makes of positions, and diffs that move and rename tracks."""

from __future__ import annotations

import msgspec
import pytest

from avseg_widget import AnnotationError, Task
from avseg_widget.document import Document
from avseg_widget.model import Annotation, Diff, Segment, Track, TrackChange

TASK = Task(tracks={"speaker": ["A", "B", "C"], "other": ["A"]})
SHUFFLED = [Track("speaker", tag) for tag in "CAB"]


def tags(document: Document) -> str:
    return "".join(track.tag for track in document.tracks.values())


def put(*tracks: Track) -> Diff:
    return Diff(tracks=TrackChange({track.id: track for track in tracks}))


def test_tracks_without_positions_keep_the_order_of_their_list() -> None:
    annotation = Annotation(SHUFFLED)
    assert [(track.tag, track.position) for track in annotation.tracks] == [("C", 0), ("A", 1), ("B", 2)]
    assert Annotation(annotation.tracks) == annotation
    assert tags(Document(TASK, annotation=annotation)) == "CAB"


def test_positions_order_tracks_and_ties_are_ordered_by_id() -> None:
    assert [
        track.tag for track in Annotation([Track("speaker", "A", position=2), Track("speaker", "B", position=1)]).tracks
    ] == ["B", "A"]
    document = Document(TASK).apply(put(Track("speaker", "B"), Track("speaker", "A")))
    assert tags(document) == "AB"


@pytest.mark.parametrize("position", [float("nan"), float("inf"), "1", True, None])
def test_a_position_is_a_finite_number(position: object) -> None:
    with pytest.raises(AnnotationError, match="position must be a finite number"):
        Track("speaker", "A", position=position)  # type: ignore[arg-type]


def test_a_diff_moves_one_track_and_its_reverse_moves_it_back() -> None:
    document = Document(TASK, annotation=Annotation(SHUFFLED))
    track = document.tracks["speaker:B"]
    moved = document.apply(put(msgspec.structs.replace(track, position=0.5)))
    assert tags(moved) == "CBA"
    assert moved.apply(put(track)).annotation == document.annotation


def test_a_removed_track_comes_back_in_its_place() -> None:
    document = Document(TASK, annotation=Annotation(SHUFFLED))
    without = document.apply(Diff(tracks=TrackChange(remove=["speaker:A"])))
    assert tags(without) == "CB"
    assert without.apply(put(document.tracks["speaker:A"])).annotation == document.annotation


def test_python_adds_tracks_after_those_there_are() -> None:
    document = Document(TASK, annotation=Annotation(SHUFFLED[:2]))
    document = document.apply(document.diff_to([Segment("speaker:B", 0, 1), Segment("other: A", 0, 1)]))
    assert tags(document) == "CABA"
    document = Document(TASK, annotation=Annotation(SHUFFLED[:2]))
    wanted = Annotation([Track("speaker", "A"), Track("speaker", "C")], [Segment("speaker:B", 0, 1, id="s")])
    assert tags(document.apply(document.diff_to_annotation(wanted))) == "ACB"


def test_segments_find_a_renamed_track_by_its_name() -> None:
    document = Document(TASK, annotation=Annotation([Track("speaker", "A")]))
    document = document.apply(put(Track("speaker", "B", id="speaker:A")))
    for name in ("speaker:B", "speaker: B", "speaker:A"):
        after = document.apply(document.diff_to([Segment(name, 0, 1)]))
        assert [segment.track for segment in after.segments] == ["speaker:A"]
        assert tags(after) == "B"
