"""Labels in a store: kept edit by edit, shared, in conflict, with their history; all in one process."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from avseg_widget import (
    Annotation,
    AnnotationError,
    Completion,
    ConflictError,
    Provenance,
    Segment,
    Store,
    StoreError,
    Task,
    Track,
    fields,
)
from avseg_widget.document import Change
from avseg_widget.model import Diff, TrackChange
from avseg_widget.store import Mark
from avseg_widget.store import record as record_module

from .labeling import AGENT, TASK, WITH_TRACK, answer, begun, edit, put, remove, texts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.db"


def reopened(path, item="call.wav", annotator="ann", task=TASK, **more):
    with Store(path) as store:
        return store.open(item, task, annotator=annotator, **{"duration": 60.0, **more})


class TestOneAnnotation:
    def test_opens_at_what_the_task_starts_with_and_writes_nothing_before_the_first_edit(self, path):
        with Store(path) as store:
            record = store.open("call.wav", TASK, annotator="ann")
            assert (record.revision, record.document.segments, record.seen) == (0, [], {})
            assert record.document.provenance == Provenance("ann", "call.wav")
            assert store.items() == []
            with pytest.raises(StoreError, match=r"labels\.db holds no annotation of 'call\.wav' in round 1"):
                store.annotation("call.wav")

    def test_every_edit_is_there_when_it_is_opened_again(self, path):
        with Store(path) as store:
            record = begun(store)
            edit(record, put("a", 0.1 + 0.2, 14401 / 48000 + 1, "मैं 👩‍🚀 <b>\0"))
            edit(record, answer(rate=3, notes="n"))
            edit(record, Diff(completion=Completion(True, "as it is")))
            record.apply(put("b"), "", 0, record.revision)
            wanted = record.document.annotation
        again = reopened(path)
        assert again.document.annotation == wanted
        assert again.document.segments[1].start == 0.30000000000000004
        assert (again.revision, again.seen) == (5, {"page": 4})
        assert again.identity == record.identity

    def test_it_starts_from_what_is_given_where_nothing_is_stored(self, path):
        start = Annotation([Track("speaker", "Agent")], [Segment(AGENT, 0, 1, id="s")], {"rate": 2})
        assert texts(reopened(path, start=start)) == {"s": ""}
        with Store(path) as store:
            record = store.open("call.wav", TASK, annotator="ann", start=start)
            edit(record, remove("s"))
        again = reopened(path, start=start)
        assert again.document.segments == []
        assert again.document.content == {"rate": 2}

    def test_provenance_is_filled_in_and_kept(self, path):
        with Store(path) as store:
            record = store.open("a.wav", TASK, annotator="ann", start=Annotation(provenance=Provenance(seconds=3.0)))
            assert record.document.provenance == Provenance("ann", "a.wav", seconds=3.0)
            assert record.apply(Diff(), "", 0, 0, Provenance(seconds=3.0)) == []
            (change,) = record.apply(Diff(), "", 0, 0, Provenance(submitted="2026-01-01"))
            assert change.provenance == Provenance("ann", "a.wav", submitted="2026-01-01")
        assert reopened(path, "a.wav").document.provenance == change.provenance

    def test_what_does_not_fit_is_refused_and_nothing_happens(self, path):
        with Store(path) as store:
            record = begun(store)
            before = record.document
            for diff, reason in [
                (put("a", 0, 61), "ends after the media"),
                (put("a", track="speaker:Bob"), "there is no track"),
                (answer(notes="half \ud83d"), "half characters"),
                (Diff(TrackChange({"x": Track("speaker", "\ud83d", "x")})), "offers no tag"),
                (put("half \ud83d"), "cannot be stored"),
                (answer(rate=9), "whole number"),
            ]:
                with pytest.raises(AnnotationError, match=reason):
                    edit(record, diff)
                assert (record.document is before, record.revision) == (True, 1)
            edit(record, put("a"))
        assert texts(reopened(path)) == {"a": ""}

    def test_an_edit_that_comes_twice_is_made_once(self, path):
        with Store(path) as store:
            record = begun(store)
            edit(record, put("a", text="1"))
            record.apply(put("a", text="2"), "", 0, 2)
            assert record.apply(put("a", text="1"), "page", 2, 1) == []
            assert texts(record) == {"a": "2"}
        with Store(path) as store:
            again = store.open("call.wav", TASK, annotator="ann")
            assert again.apply(put("a", text="1"), "page", 2, 1) == []
            assert texts(again) == {"a": "2"}

    def test_refused_edits_are_kept_and_their_numbers_are_used_up(self, path):
        with Store(path) as store:
            record = store.open("call.wav", TASK, annotator="ann")
            record.refuse("page", 1, "it does not fit", put("a"))
            record.refuse("page", 2, "half \ud83d", put("\ud83d"))
            record.refuse("page", 3, "not read")
            assert [(item.reason, item.diff) for item in store.refused("call.wav")] == [
                ("it does not fit", put("a")),
                ("'half \\ud83d'", None),
                ("not read", None),
            ]
        again = reopened(path)
        assert (again.seen, again.revision) == ({"page": 3}, 0)

    def test_items_annotators_and_rounds_are_apart(self, path):
        with Store(path) as store:
            for item, annotator, round_ in [("a", "x", 1), ("a", "y", 1), ("a", "x", 2), ("b", "x", 1)]:
                record = store.open(item, TASK, annotator=annotator, round=round_)
                edit(record, Diff(TrackChange({AGENT: Track("speaker", "Agent")})))
                edit(record, put(f"{item}{annotator}{round_}"))
            assert store.annotation("b").segments[0].id == "bx1"
            assert store.annotation("a", round=2).segments[0].id == "ax2"
            assert store.annotation("a", "y").segments[0].id == "ay1"
            with pytest.raises(StoreError, match="by 'x', 'y': name the annotator"):
                store.annotation("a")
            with pytest.raises(StoreError, match="no annotation of 'b' by 'y' in round 1; it was labeled by 'x'"):
                store.annotation("b", "y")
            assert [(entry.item, entry.annotator, entry.round) for entry in store.items()] == [
                ("a", "x", 1),
                ("a", "x", 2),
                ("a", "y", 1),
                ("b", "x", 1),
            ]

    def test_names_of_files_need_not_be_text(self, path):
        with Store(path) as store:
            begun(store, "caf\udce9.wav")
            assert store.items()[0].item == "caf\\udce9.wav"
            assert begun(store, "caf\udce9.wav").revision == 1

    def test_a_list_of_what_there_is(self, path):
        with Store(path) as store:
            record = begun(store)
            edit(record, put("a"))
            edit(record, Diff(completion=Completion(True)))
            (entry,) = store.items()
            assert (entry.revision, entry.segments, entry.done, entry.media) == (3, 1, True, "call.wav")
            assert entry.created <= entry.updated
            assert not entry.flagged

    def test_marks_and_cursors_stay(self, path):
        with Store(path) as store:
            assert store.mark("a", "ann") == Mark()
            store.set_mark("a", "ann", flagged=True, opened="2026-01-01T00:00:00+00:00", seconds=3)
            store.set_mark("a", "ann", note="loud")
            begun(store, "b")
            assert store.cursor("q", "ann") is None
            store.set_cursor("q", "ann", "a")
            store.set_cursor("q", "ann", "b")
        with Store(path) as store:
            assert store.mark("a", "ann") == Mark(True, "loud", "2026-01-01T00:00:00+00:00", 3.0)
            assert store.cursor("q", "ann") == "b"
            assert [(entry.item, entry.revision, entry.flagged, entry.note) for entry in store.items()] == [
                ("a", 0, True, "loud"),
                ("b", 1, False, ""),
            ]


class TestHistory:
    def test_says_who_when_and_what(self, path):
        with Store(path) as store:
            record = begun(store)
            edit(record, put("a"))
            first, second = store.history("call.wav")
            assert (first.revision, first.diff, second.diff) == (1, WITH_TRACK, put("a"))
            assert (second.annotator, second.client) == ("ann", "page")
            assert re.fullmatch(r".+ on .+, process \d+", second.writer)
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", second.made)

    def test_snapshots_do_not_change_what_is_read(self, path, monkeypatch):
        monkeypatch.setattr(record_module, "SNAPSHOT_EVERY", 7)
        with Store(path) as store:
            record = begun(store)
            for number in range(40):
                edit(record, put(f"s{number % 11}", 0, 1 + number / 100, str(number)))
                with Store(path) as other:
                    assert other.annotation("call.wav") == record.document.annotation
            assert len(store.history("call.wav")) == 41

    def test_compacting_keeps_the_last_edits_and_all_labels(self, path):
        with Store(path) as store, Store(path) as other:
            record, sleeper = begun(store), None
            sleeper = other.open("call.wav", TASK, annotator="ann")
            for number in range(300):
                edit(record, put(f"s{number % 50}", text=str(number) * 40))
            wanted = record.document.annotation
            before, after = store.compact(keep=10)
            assert after < before / 2
            assert [edition.revision for edition in store.history("call.wav")] == [*range(292, 302)]
            assert sleeper.revision == 1
            (change,) = sleeper.sync()
            assert (change.revision, sleeper.document.annotation) == (301, wanted)
            with pytest.raises(ConflictError, match=r"made on revision 5.*make it again"):
                record.apply(put("s1"), "late page", 1, 5)
            edit(record, put("s1"))
            assert store.check() == []
        assert reopened(path).revision == 302


class TestTwoAtOnce:
    @pytest.fixture
    def both(self, path):
        with Store(path) as one, Store(path) as two:
            first = begun(one)
            edit(first, put("a", text="both"))
            yield first, begun(two)

    def test_each_sees_what_the_other_did(self, both):
        first, second = both
        edit(first, put("b"), "p1")
        edit(first, answer(rate=3), "p1")
        assert [(change.revision, change.client, change.seq) for change in second.sync()] == [
            (3, "p1", 1),
            (4, "p1", 2),
        ]
        assert second.document.annotation == first.document.annotation
        assert second.seen == first.seen
        assert second.sync() == []

    def test_edits_of_other_things_merge(self, both):
        first, second = both
        edit(first, put("b", text="first's"), "p1")
        changes = second.apply(put("c", text="second's"), "p2", 1, second.revision)
        assert [(change.revision, change.client) for change in changes] == [(3, "p1"), (4, "p2")]
        first.sync()
        assert texts(first) == texts(second) == {"a": "both", "b": "first's", "c": "second's"}

    @pytest.mark.parametrize(
        ("theirs", "mine", "words"),
        [
            (put("a", 1, 3, "theirs"), put("a", 1, 2, "mine"), "“theirs” on speaker: Agent, 1.000 to 3.000 s, was"),
            (put("a", text="theirs"), remove("a"), "the segment “theirs” on .* was changed by .* make this change"),
            (remove("a"), put("a", text="mine"), "the segment “mine” on .* was removed by"),
            (answer(rate=1), answer(rate=2, notes="n"), "the answer to “rate” was changed to 1 by"),
            (Diff(TrackChange({AGENT: Track("speaker", "Agent", position=3)})), Diff(TrackChange({AGENT: Track(
                "speaker", "Agent", position=4)})), "the track speaker: Agent was changed by"),
            (Diff(completion=Completion(True, "x")), Diff(completion=Completion(True, "y")), "it is done was changed"),
        ],
    )  # fmt: skip
    def test_what_the_other_changed_is_not_overwritten(self, both, theirs, mine, words):
        first, second = both
        edit(first, theirs, "p1")
        with pytest.raises(ConflictError, match=words):
            second.apply(mine, "p2", 1, 2)
        assert "p2" not in second.seen
        first.sync()
        second.sync()
        assert second.document.annotation == first.document.annotation
        second.refuse("p2", 1, "conflict", mine)
        edit(second, mine, "p2")  # knowing of it, it may be made

    def test_the_same_change_by_both_is_no_conflict(self, both):
        first, second = both
        edit(first, put("a", text="x"), "p1")
        second.apply(put("a", text="x"), "p2", 1, 2)
        assert second.revision == 4

    def test_what_does_not_fit_any_more_is_refused_in_words(self, both):
        first, second = both
        edit(first, Diff(TrackChange(remove=[AGENT]), remove("a").segments), "p1")
        with pytest.raises(AnnotationError, match="there is no track 'speaker:Agent'"):
            second.apply(put("b"), "p2", 1, 2)
        edit(second, WITH_TRACK, "p3")
        first.sync()
        edit(first, put("c"), "p1")
        with pytest.raises(AnnotationError, match="still has segments"):
            second.apply(Diff(TrackChange(remove=[AGENT])), "p3", 2, 4)

    def test_an_edit_made_before_the_other_said_done_opens_it_again(self, both):
        first, second = both
        edit(first, Diff(completion=Completion(True)), "p1")
        changes = second.apply(put("b"), "p2", 1, 2)
        assert changes[1:] == [
            Change(4, "p2", 1, put("b")),
            Change(5, "", 0, Diff(completion=Completion())),
        ]
        first.sync()
        assert not first.document.completion.done

    def test_a_page_goes_on_in_another_kernel(self, path):
        with Store(path) as one, Store(path) as two:
            first, second = begun(one), begun(two)
            edit(first, put("a", text="1"), "p")
            edit(first, put("a", text="2"), "p")
            # Not acknowledged before the first kernel ended, and sent on the revision the page knew.
            second.sync()
            assert second.apply(put("a", text="2"), "p", 2, 2) == []
            second.apply(put("a", text="3"), "p", 3, 2)
            assert texts(second) == {"a": "3"}

    def test_two_records_of_one_store_are_two_as_well(self, path):
        with Store(path) as store:
            first, second = begun(store), begun(store)
            edit(first, put("a", text="1"), "p1")
            with pytest.raises(ConflictError):
                second.apply(put("a", text="2"), "p2", 1, 1)

    def test_both_begin_the_same_item(self, path):
        with Store(path) as one, Store(path) as two:
            first = one.open("i", TASK, annotator="ann")
            second = two.open("i", TASK, annotator="ann", start=Annotation(content={"rate": 1}))
            edit(first, WITH_TRACK, "p1")
            edit(first, put("a"), "p1")
            (change,) = second.sync()
            assert change.revision == 2
            assert second.document.annotation == first.document.annotation
            assert Annotation(content={"rate": 1}) != first.document.annotation


class TestAnotherTask:
    def test_that_fits_takes_the_place_of_the_one_before(self, path):
        with Store(path) as store:
            edit(begun(store), put("a"))
        more = msgspec.structs.replace(TASK, tracks={"speaker": ["Agent", "Third"]})
        with Store(path) as store:
            record = store.open("call.wav", more, annotator="ann", duration=60)
            assert store.task("call.wav") == TASK
            edit(record, put("b"))
            assert store.task("call.wav") == more

    def test_that_does_not_fit_says_what_and_loses_nothing(self, path):
        with Store(path) as store:
            edit(begun(store), put("a", 0, 50, "x"))
        other = Task(tracks={"speaker": ["Agent"]}, segment_fields=[fields.Number("text")])
        with pytest.raises(AnnotationError) as caught:
            reopened(path, task=other, duration=60.0)
        assert "what ann labeled of call.wav in labels.db does not fit any more: segment 'a'" in str(caught.value)
        assert "text must be a number, not 'x' (the task is another one; the one before is Store(" in str(caught.value)
        with pytest.raises(AnnotationError, match=r"ends after.*media is 40\.0 s long and was 60\.0 s when it was"):
            reopened(path, duration=40.0)
        with Store(path) as store:
            task = store.task("call.wav", "ann")
        assert texts(reopened(path, task=task)) == {"a": "x"}

    def test_used_by_another_notebook_at_once(self, path):
        with Store(path) as one, Store(path) as two:
            first = begun(one)
            more = msgspec.structs.replace(TASK, content_fields=[*TASK.content_fields, fields.Text("new")])
            second = two.open("call.wav", more, annotator="ann")
            edit(second, answer(new="x"), "p2")
            with pytest.raises(StoreError, match=r"does not fit any more: content: the task has no field 'new'"):
                first.sync()
            with pytest.raises(StoreError, match="does not fit any more"):
                edit(first, put("a"))
