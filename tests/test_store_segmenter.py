"""Segmenter with a store: cells that run again, two notebooks, disks that refuse; no browser but its messages."""

from __future__ import annotations

import asyncio
import gc
import getpass
import sqlite3
import weakref
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from avseg_widget import (
    Annotation,
    AnnotationError,
    ConflictError,
    Provenance,
    Segment,
    Segmenter,
    Store,
    StoreError,
    Track,
)
from avseg_widget.media import open_media
from avseg_widget.widget import watch
from avseg_widget.widget.home import Home

from .labeling import AGENT, TASK
from .recording import Browser

pytestmark = pytest.mark.usefixtures("recording")
SOUND = np.zeros(60 * 8000, np.float32)
SILENCE = open_media((SOUND, 8000))
TRACK = {"tracks": {"put": {AGENT: {"category": "speaker", "tag": "Agent", "id": AGENT, "position": 0.0}}}}


def put(id_, start=0.0, end=1.0, **answers):
    return {"segments": {"put": {id_: {"track": AGENT, "start": start, "end": end, "fields": answers, "id": id_}}}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.db"


@pytest.fixture
def opened(path):
    made = []

    def make(**arguments):
        widget = Segmenter(SILENCE, TASK, **{"store": path, "item": "call.wav", **arguments})
        made.append(widget)
        return widget, Browser(widget, f"page{len(made)}")

    yield make
    for widget in made:
        widget.close()


def kinds(messages):
    return [message["type"] for message in messages]


class TestOneNotebook:
    def test_a_cell_that_runs_again_shows_every_acknowledged_edit(self, opened):
        first, browser = opened()
        assert kinds(browser.edit(TRACK)) == ["applied"]
        browser.edit(put("a", 0.1 + 0.2, 1, text="hi"))
        browser.edit({"content": {"put": {"rate": 3}}})
        first.segments = [*first.segments, Segment(AGENT, 2, 3, id="b")]
        second, again = opened(annotation=Annotation(content={"rate": 1}))
        assert second.annotation == first.annotation
        assert [segment.id for segment in second.segments] == ["a", "b"]
        assert second.segments[0].start == 0.30000000000000004
        (state,) = again.send(type="hello", client="page2")
        assert (state["revision"], state["seen"]) == (4, {"page1": 3})

    def test_the_page_gets_the_documents_name_which_stays(self, opened):
        setups = [opened(annotator=name)[0].comm.sent[0][0]["state"]["_setup"] for name in ("ann", "ann", "bob")]
        assert [setup["store"] for setup in setups] == ["labels.db"] * 3
        one, again, other = [setup["document"] for setup in setups]
        assert one == again != other

    def test_without_a_store_each_has_a_name_of_its_own(self):
        setups = [Segmenter(SILENCE, TASK).comm.sent[0][0]["state"]["_setup"] for _ in range(2)]
        assert setups[0]["document"] != setups[1]["document"]
        assert {setup["store"] for setup in setups} == {""}

    def test_says_who_labeled_what(self, opened, path):
        widget, browser = opened(annotator=None)
        assert widget.annotation.provenance == Provenance(getpass.getuser(), "call.wav")
        browser.edit(TRACK)
        widget.annotation = Annotation([Track("speaker", "Agent")], [Segment(AGENT, 0, 1, id="a")])
        assert widget.annotation.provenance == Provenance(getpass.getuser(), "call.wav")
        with Store(path) as store:
            assert [entry.annotator for entry in store.items()] == [getpass.getuser()]

    def test_a_page_of_a_kernel_that_is_gone_sends_its_edits_once(self, opened):
        _, browser = opened()
        browser.edit(TRACK)
        browser.edit(put("bad", 0, 99))
        browser.edit(put("a"))
        assert browser.revision == 2
        widget, other = opened()
        other.client = browser.client
        assert kinds(other.edit(put("a"), seq=3, base=1)) == ["applied"]
        assert [segment.id for segment in widget.segments] == ["a"]
        (applied,) = other.edit(put("b"), seq=4, base=2)
        assert (applied["client"], applied["seq"], applied["revision"]) == ("page1", 4, 3)
        assert widget.snapshot()["seen"] == {"page1": 4}

    def test_a_store_that_is_given_stays_open(self, path):
        with Store(path) as store:
            widget = Segmenter(SILENCE, TASK, store=store, item="a", annotator="ann", round=2)
            widget.content = {"rate": 1}
            widget.close()
            assert store.annotation("a", "ann", 2).content == {"rate": 1}

    def test_what_happened_to_the_file_is_said(self, opened, path):
        _, browser = opened()
        for number in range(60):
            browser.edit({"content": {"put": {"notes": str(number)}}})
        path.write_bytes(b"damaged")
        for name in ("labels.db-wal", "labels.db-shm"):
            path.with_name(name).unlink(missing_ok=True)
        widget, _ = opened()
        assert widget.content == {"notes": "59"}
        assert any("was made again from" in message for message in widget.messages)

    def test_a_closed_widget_lets_go_of_its_store(self, opened, path):
        widget, browser = opened()
        browser.edit(TRACK)
        widget.close()
        assert not path.with_name("labels.db-wal").exists()
        assert widget.segments == []
        assert not path.with_name("labels.db-wal").exists()

    def test_a_widget_that_cannot_be_made_holds_no_store_open(self, opened, path):
        with pytest.raises(AnnotationError) as kept:
            opened(annotation=Annotation(content={"mood": "sunny"}))
        assert not path.with_name("labels.db-wal").exists(), kept


class TestItems:
    def test_are_named_by_the_place_of_their_media(self, tmp_path, path):
        recording = tmp_path / "calls" / "one.wav"
        recording.parent.mkdir()
        recording.write_bytes(SILENCE.read_bytes(0))
        far = tmp_path / "far" / "labels.db"
        far.parent.mkdir()
        for media, store in [(recording, path), (recording, far), ((SOUND, 8000), path)]:
            widget = Segmenter(media, TASK, store=store)
            widget.content = {"rate": 1}
            widget.close()
        with Store(path) as store, Store(far) as other:
            relative, checksum = (entry.item for entry in store.items())
            assert relative == "calls/one.wav"
            assert checksum.startswith("sha256:")
            assert [entry.item for entry in other.items()] == [str(recording)]

    def test_of_another_length_say_that_nothing_is_lost(self, opened, path):
        widget, browser = opened()
        browser.edit(TRACK)
        browser.edit(put("a", 0, 50))
        with pytest.raises(AnnotationError, match=r"media is 1\.0 s long and was 60\.0 s when it was labeled"):
            Segmenter((np.zeros(8000), 8000), TASK, store=path, item="call.wav")
        assert len(widget.segments) == 1


class TestTwoNotebooks:
    @pytest.fixture
    def both(self, opened):
        first, second = opened(), opened()
        first[1].edit(TRACK)
        first[1].edit(put("a", text="both"))
        second[0].look()
        second[1].received()
        return *first, *second

    def test_each_sees_the_others_edits_when_it_reads(self, both):
        first, browser, second, other = both
        seen = []
        second.observe(lambda change: seen.append(change["name"]), ["segments", "annotation", "content"])
        browser.edit(put("b"))
        assert [segment.id for segment in second.segments] == ["a", "b"]
        assert seen == ["segments", "annotation"]
        (applied,) = other.received()
        assert (applied["type"], applied["client"], applied["revision"]) == ("applied", "page1", 3)
        assert second.annotation == first.annotation

    def test_edits_of_other_things_merge(self, both):
        first, browser, second, other = both
        browser.edit(put("b"))
        theirs, own = other.edit(put("c"))
        assert [(message["client"], message["revision"]) for message in (theirs, own)] == [("page1", 3), ("page2", 4)]
        assert [segment.id for segment in first.segments] == ["a", "b", "c"]
        assert second.annotation == first.annotation

    def test_an_edit_that_would_overwrite_is_refused_with_words(self, both, path):
        _, browser, second, other = both
        browser.edit(put("a", text="theirs"))
        theirs, rejected = other.edit(put("a", text="mine"))
        assert theirs["diff"]["segments"]["put"]["a"]["fields"] == {"text": "theirs"}
        assert (rejected["type"], rejected["seq"]) == ("rejected", 1)
        assert "the segment “theirs” on speaker: Agent, 0.000 to 1.000 s, was changed by" in rejected["reason"]
        assert rejected["reason"] in second.messages[-1]
        assert second.segments[0].fields == {"text": "theirs"}
        assert kinds(other.edit(put("a", text="mine after all"))) == ["applied"]
        with Store(path) as store:
            (refused,) = store.refused("call.wav")
            assert refused.diff.segments.put["a"].fields == {"text": "mine"}

    def test_python_overwrites_nothing_it_did_not_read(self, both):
        first, browser, second, _ = both
        stale = [Segment(AGENT, 0, 1, {"text": "mine"}, "a")]
        browser.edit(put("a", text="theirs"))
        browser.edit(put("b"))
        with pytest.raises(ConflictError, match=r"the segment .* was changed by"):
            second.segments = stale
        assert second.segments == first.segments
        assert len(second.segments) == 2

    def test_provenance_comes_over(self, both):
        first, _, second, other = both
        first.annotation = Annotation(first.tracks, first.segments, {}, Provenance(seconds=4.0))
        assert second.annotation.provenance.seconds == 4.0
        assert kinds(other.received()) == ["state"]

    def test_the_kernels_event_loop_brings_the_others_edits(self, opened, monkeypatch):
        monkeypatch.setattr(watch, "INTERVAL", 0.001)

        async def label():
            (first, browser), (second, other) = opened(), opened()
            arrived = asyncio.Event()
            second.observe(lambda _: arrived.set(), "content")
            browser.edit({"content": {"put": {"rate": 2}}})
            await asyncio.wait_for(arrived.wait(), 60)
            assert kinds(other.received()) == ["applied"]
            for widget in (first, second):
                widget.close()

        asyncio.run(label())

    def test_a_watch_ends_with_what_it_watches(self, monkeypatch):
        monkeypatch.setattr(watch, "INTERVAL", 0.001)

        class Thing:
            calls = 0

            def look(self):
                Thing.calls += 1

        async def live():
            thing = Thing()
            kept = watch.Watch(thing.look, Home(), poll=True)
            while Thing.calls < 3:
                await asyncio.sleep(0)
            gone = weakref.ref(thing)
            del thing
            gc.collect()
            assert gone() is None
            calls = Thing.calls
            await asyncio.sleep(0.01)
            assert Thing.calls == calls
            kept.stop()

        asyncio.run(live())


class TestHindrances:
    @pytest.fixture
    def locked(self, path):
        """Return a widget whose store another program has locked, its browser, and what ends that."""
        with Store(path, patience=0.02) as store:
            widget = Segmenter(SILENCE, TASK, store=store, item="call.wav", annotator="ann")
            browser = Browser(widget)
            browser.edit(TRACK)
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                yield widget, browser, lambda: other.execute("ROLLBACK")
            widget.close()

    def test_an_edit_is_held_by_the_browser_and_taken_when_it_comes_again(self, locked):
        widget, browser, release = locked
        before = widget.annotation
        (held,) = browser.edit(put("a"))
        assert (held["type"], held["client"], held["seq"]) == ("held", "page", 2)
        assert "labels.db is locked by another program" in held["reason"]
        assert widget.annotation is before
        assert widget.messages[-1] == f"Edits are kept in the editor, not stored: {held['reason']}"
        count = len(widget.messages)
        assert kinds(browser.edit(put("a"), seq=2)) == ["held"]
        assert len(widget.messages) == count
        (state,) = browser.edit(put("b"), seq=3)
        assert (state["type"], state["seen"]) == ("state", {"page": 1})
        release()
        assert kinds(browser.edit(put("a"), seq=2)) == ["applied"]
        assert kinds(browser.edit(put("b"), seq=3)) == ["applied"]
        assert [segment.id for segment in widget.segments] == ["a", "b"]

    def test_a_refusal_that_cannot_be_noted_is_held_too(self, locked):
        widget, browser, release = locked
        assert kinds(browser.edit(put("a", 0, 99))) == ["held"]
        assert kinds(browser.send(type="edit", client="page", seq=2, base=1, diff="nonsense")) == ["held"]
        release()
        assert kinds(browser.edit(put("a", 0, 99), seq=2)) == ["rejected"]
        assert widget.segments == []

    def test_assigning_raises_and_changes_nothing(self, locked):
        widget, browser, release = locked
        seen = []
        widget.observe(seen.append, ["segments", "content", "tracks", "annotation"])
        before = widget.annotation
        for name, value in [
            ("segments", [Segment(AGENT, 0, 1)]),
            ("content", {"rate": 1}),
            ("annotation", Annotation(content={"rate": 2})),
        ]:
            with pytest.raises(StoreError, match="is locked by another program"):
                setattr(widget, name, value)
        assert (widget.annotation, seen, browser.received()) == (before, [], [])
        release()
        widget.content = {"rate": 1}
        assert widget.annotation.content == {"rate": 1}

    def test_a_file_that_is_gone_still_shows_what_was_there(self, opened, path):
        widget, browser = opened()
        browser.edit(TRACK)
        path.rename(path.with_name("taken"))
        assert len(widget.tracks) == 1
        assert "is not there any more: put it back" in widget.messages[-1]
        assert kinds(browser.edit(put("a"))) == ["held"]
        path.with_name("taken").rename(path)
        assert kinds(browser.edit(put("a"), seq=2)) == ["applied"]
