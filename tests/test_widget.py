"""Segmenter without a browser: traits, messages in and out, and what happens when an edit or an observer fails."""

from __future__ import annotations

import copy
import re

import msgspec
import numpy as np
import pytest

from avseg_widget import (
    Annotation,
    AnnotationError,
    Completion,
    Problem,
    Provenance,
    Segment,
    Segmenter,
    Task,
    Track,
    fields,
)
from avseg_widget.document import Document
from avseg_widget.media import open_media
from avseg_widget.wire import SPECTROGRAM_ROWS

from .edits import TASK, RandomEdits
from .recording import Browser

CUSTOMER, AGENT = "speaker:Customer", "speaker:Agent"
pytestmark = pytest.mark.usefixtures("recording")
SILENCE = open_media((np.zeros(60 * 8000, np.float32), 8000))
TRACK = {"tracks": {"put": {CUSTOMER: {"category": "speaker", "tag": "Customer", "id": CUSTOMER, "position": 0.0}}}}


def put(id_, start, end, track=CUSTOMER, **answers):
    segment = {"track": track, "start": start, "end": end, "fields": answers, "id": id_}
    return {"segments": {"put": {id_: segment}}}


@pytest.fixture
def widget():
    return Segmenter(SILENCE, TASK)


@pytest.fixture
def browser(widget):
    return Browser(widget)


def watch(widget):
    """Return a list that grows with each notification: the trait's name, and whether all traits tell the same."""
    seen = []

    def note(change):
        state = widget.annotation
        same = widget.segments == state.segments and widget.content == state.content
        seen.append((change["name"], same and list(widget.tracks) == list(state.tracks) and change["new"] is not None))

    widget.observe(note, ["segments", "content", "tracks", "annotation"])
    return seen


def agree(widget):
    state = widget.annotation
    assert widget.segments == state.segments
    assert widget.content == state.content
    assert widget.tracks == state.tracks
    assert widget.snapshot()["annotation"]["segments"] == [
        {"track": item.track, "start": item.start, "end": item.end, "fields": item.fields, "id": item.id}
        for item in state.segments
    ]


class TestOpening:
    def test_the_page_gets_the_task_the_media_and_the_document(self, widget):
        (message, _buffers, _size) = widget.comm.sent[0]
        state = message["state"]
        assert state["_setup"]["task"]["title"] == "Call"
        assert state["_setup"]["media"]["info"]["duration"] == 60.0
        assert state["_document"] == widget.snapshot()
        assert state["_document"]["revision"] == 0
        assert len(widget.comm.sent) == 1

    def test_starts_with_defaults_or_with_what_is_given(self):
        task = Task(content_fields=[fields.Rating("rate", default=2)])
        assert Segmenter(SILENCE, task).content == {"rate": 2}
        annotation = Annotation([Track("speaker", "Agent")], [Segment(AGENT, 1, 2, id="a")], {}, Provenance("Ann"))
        widget = Segmenter(SILENCE, TASK, annotation=annotation)
        assert widget.annotation == annotation
        agree(widget)
        with pytest.raises(AnnotationError, match=r"ends after the media, which is 60\.0 s long"):
            Segmenter(SILENCE, TASK, annotation=Annotation([Track("speaker", "Agent")], [Segment(AGENT, 1, 61)]))

    def test_hello_is_answered_with_the_state(self, widget, browser):
        browser.edit(TRACK)
        (state,) = browser.send(type="hello", client="page")
        assert state == widget.snapshot()
        assert (state["type"], state["revision"], state["seen"]) == ("state", 1, {"page": 1})


class TestFromPython:
    def test_segments_are_assigned_exactly_and_once(self, widget, browser):
        seen = watch(widget)
        widget.segments = [
            {"track": "speaker: Customer", "start": 0.1 + 0.2, "end": 1, "id": "b"},
            Segment(AGENT, 0, 1),
        ]
        assert [(item.track, item.start) for item in widget.segments] == [(AGENT, 0.0), (CUSTOMER, 0.30000000000000004)]
        assert [track.id for track in widget.tracks] == [CUSTOMER, AGENT]
        agree(widget)
        assert seen == [("segments", True), ("annotation", True), ("tracks", True)]
        (applied,) = browser.received()
        assert (applied["type"], applied["client"], applied["revision"]) == ("applied", "", 1)
        assert applied["diff"]["segments"]["put"]["b"]["start"] == 0.1 + 0.2

    def test_content_is_assigned_and_taken_back(self, widget, browser):
        seen = watch(widget)
        widget.content = {"rate": 4, "sounds": ["dog", "car"]}
        assert widget.content == {"rate": 4, "sounds": ["car", "dog"]}
        assert browser.received()[0]["diff"]["content"] == {"put": {"rate": 4, "sounds": ["car", "dog"]}}
        widget.content = {"sounds": ["car", "dog"]}
        assert browser.received()[0]["diff"]["content"] == {"remove": ["rate"]}
        agree(widget)
        assert seen == [("content", True), ("annotation", True)] * 2

    def test_an_annotation_is_assigned_with_its_tracks(self, widget, browser):
        widget.segments = [Segment(CUSTOMER, 0, 1, id="a")]
        wanted = Annotation(
            [Track("speaker", "Agent"), Track("speaker", "Customer")], [Segment(AGENT, 0, 1)], {"rate": 1}
        )
        browser.received()
        seen = watch(widget)
        widget.annotation = wanted
        assert widget.annotation == wanted
        agree(widget)
        assert sorted(seen) == [("annotation", True), ("content", True), ("segments", True), ("tracks", True)]
        assert len(browser.received()) == 1

    def test_an_annotation_brings_its_provenance_and_whether_it_is_done(self, widget, browser):
        ann = Annotation([Track("speaker", "Agent")], [Segment(AGENT, 0, 1, id="a")], {}, Provenance("Ann", "call.wav"))
        seen = watch(widget)
        widget.annotation = ann
        assert widget.annotation == ann
        assert seen == [("segments", True), ("annotation", True), ("tracks", True)]
        applied, state = browser.received()
        assert (applied["type"], applied["revision"]) == ("applied", 1)
        assert state == widget.snapshot()
        assert state["annotation"]["provenance"] == {"annotator": "Ann", "media": "call.wav"}
        seen.clear()
        widget.annotation = msgspec.structs.replace(ann, provenance=Provenance("Bob"))
        assert (widget.annotation.provenance.annotator, seen) == ("Bob", [("annotation", True)])
        assert browser.received() == [widget.snapshot()]
        widget.annotation = msgspec.structs.replace(widget.annotation, completion=Completion(True))
        assert widget.annotation.completion.done
        assert browser.received()[0]["diff"]["completion"] == {"done": True, "reason": ""}
        (applied,) = browser.edit({"content": {"put": {"rate": 1}}, "completion": {"done": False, "reason": ""}})
        assert applied["type"] == "applied"
        assert (widget.annotation.completion, widget.annotation.provenance) == (Completion(), Provenance("Bob"))
        agree(widget)

    def test_provenance_comes_with_what_fits_only(self, widget, browser):
        before = widget.annotation
        with pytest.raises(AnnotationError, match="ends after the media"):
            widget.annotation = Annotation([], [Segment(AGENT, 0, 99)], {}, Provenance("Ann"))
        assert widget.annotation == before
        assert browser.received() == []

    def test_the_same_again_is_no_edit(self, widget, browser):
        widget.segments = [Segment(CUSTOMER, 0, 1, {"level": 1}, id="a")]
        browser.received()
        seen = watch(widget)
        widget.segments = list(widget.segments)
        widget.segments = [{"track": CUSTOMER, "start": 0, "end": 1, "fields": {"level": 1}, "id": "a"}]
        widget.content = {}
        widget.annotation = copy.deepcopy(widget.annotation)
        assert seen == browser.received() == []
        assert widget.snapshot()["revision"] == 1

    @pytest.mark.parametrize(
        ("name", "value", "error"),
        [
            ("segments", None, "segments cannot be None"),
            ("content", None, "content cannot be None"),
            ("annotation", None, "an annotation is an Annotation, not None"),
            ("segments", 5, "segments is a list of Segments or dicts"),
            ("segments", [Segment("Bob", 0, 1)], "there is no track 'Bob'"),
            ("segments", [Segment(CUSTOMER, 0, 60.001)], "ends after the media"),
            ("segments", [Segment(CUSTOMER, 0, 1, {"colour": "x"})], "no field 'colour'"),
            ("content", {"rate": 6}, "content: rate must be a whole number from 1 to 5, not 6"),
            ("content", [1], "content is a dict of answers"),
            ("annotation", {}, "an annotation is an Annotation"),
        ],
    )
    def test_what_does_not_fit_is_refused_and_changes_nothing(self, widget, browser, name, value, error):
        widget.segments = [Segment(CUSTOMER, 0, 1, id="a")]
        browser.received()
        before = widget.annotation
        seen = watch(widget)
        with pytest.raises(AnnotationError, match=re.escape(error)):
            setattr(widget, name, value)
        assert widget.annotation == before
        agree(widget)
        assert seen == browser.received() == []

    def test_values_are_read_only_in_place(self, widget):
        with pytest.raises(TypeError, match="assign a new one"):
            widget.segments.append(Segment(CUSTOMER, 0, 1))
        with pytest.raises(TypeError, match="assign a new one"):
            widget.content["rate"] = 1


class TestFromBrowser:
    def test_edits_change_the_traits_and_are_acknowledged(self, widget, browser):
        seen = watch(widget)
        (applied,) = browser.edit(TRACK)
        assert applied == {"type": "applied", "revision": 1, "client": "page", "seq": 1, "diff": TRACK}
        browser.edit(put("a", 14401 / 48000, 1 / 3, text="hi"))
        assert widget.segments == [Segment(CUSTOMER, 14401 / 48000, 1 / 3, {"text": "hi"}, "a")]
        browser.edit({"content": {"put": {"rate": 2}}})
        agree(widget)
        assert [name for name, _ in seen] == ["annotation", "tracks", "segments", "annotation", "content", "annotation"]
        assert all(consistent for _, consistent in seen)

    def test_random_edits_keep_all_traits_equal_to_a_plain_rebuild(self, widget, browser):
        edits = RandomEdits(7)
        for _ in range(60):
            (applied,) = browser.edit(edits.next())
            assert applied["type"] == "applied"
        assert widget.snapshot()["annotation"] == edits.annotation
        agree(widget)

    @pytest.mark.parametrize(
        ("diff", "reason"),
        [
            (put("b", 2, 1), "0 <= start < end, not start=2.0 and end=1.0"),
            (put("b", 0, 99), "segment 'b' (0.0 to 99.0 s) ends after the media"),
            (put("b", 0, 1, "speaker:Bob"), "there is no track 'speaker:Bob'"),
            (put("b", 0, 1, level=10**400), "level must be a number"),
            (put("b", "0", 1), "Expected `float`, got `str`"),
            ({"segments": {"put": {"x": 3}}}, "Expected `object`, got `int`"),
            ({"content": {"put": {"rate": 9}}}, "rate must be a whole number"),
            ({"content": {"put": {"notes": "half \ud83d"}}}, "half characters"),
            ({"tracks": {"remove": [CUSTOMER]}}, "still has segments"),
            ("nothing", "Expected `object`, got `str`"),
        ],
    )
    def test_edits_that_do_not_fit_are_refused_and_the_next_goes_on(self, widget, browser, diff, reason):
        browser.edit(TRACK)
        browser.edit(put("a", 0, 1))
        before = widget.annotation
        (rejected,) = browser.edit(diff)
        assert (rejected["type"], rejected["client"], rejected["seq"]) == ("rejected", "page", 3)
        assert reason in rejected["reason"]
        assert reason in widget.messages[-1]
        assert widget.annotation == before
        (applied,) = browser.edit(put("a", 0, 2))
        assert (applied["type"], applied["seq"]) == ("applied", 4)
        assert widget.segments[0].end == 2

    def test_an_edit_sent_again_is_acknowledged_and_not_applied(self, widget, browser):
        browser.edit(TRACK)
        browser.edit(put("a", 0, 1))
        widget.segments = []
        browser.received()
        (applied,) = browser.edit(put("a", 0, 1), seq=2)
        assert applied == {"type": "applied", "revision": 3, "client": "page", "seq": 2, "diff": {}}
        assert widget.segments == []
        assert browser.send(type="hello", client="page")[0]["seen"] == {"page": 2}

    def test_after_a_lost_edit_the_later_one_waits_for_it(self, widget, browser):
        browser.edit(TRACK)
        (state,) = browser.edit(put("b", 1, 2), seq=3)
        assert (state["type"], state["seen"]) == ("state", {"page": 1})
        assert widget.segments == []
        browser.edit(put("a", 0, 1), seq=2)
        browser.edit(put("b", 1, 2), seq=3)
        assert [item.id for item in widget.segments] == ["a", "b"]

    def test_each_page_counts_its_own_edits(self, widget, browser):
        other = Browser(widget, "other")
        browser.edit(TRACK)
        other.edit(put("a", 0, 1))
        browser.edit(put("b", 0, 1))
        assert widget.snapshot()["seen"] == {"page": 2, "other": 1}
        assert [message["client"] for message in other.received()] == ["page"]

    @pytest.mark.parametrize("message", [{}, {"type": "format"}, {"type": "edit", "client": 1, "seq": "x"}])
    def test_what_is_no_message_is_noted(self, widget, browser, message):
        assert browser.send(**message) == []
        assert "could not be read" in widget.messages[-1]

    def test_reports_are_kept_but_not_without_end(self, widget, browser):
        for number in range(150):
            browser.send(type="report", message=f"<b>{number}</b>")
        assert len(widget.messages) == 100
        assert widget.messages[-1] == "<b>149</b>"

    def test_selection_and_time_come_from_the_page(self, widget, browser):
        browser.set(selected_ids=["a"], current_time=0.1 + 0.2)
        assert widget.selected_ids == ["a"]
        assert widget.current_time == 0.30000000000000004
        with pytest.raises(Exception, match="read-only"):
            widget.current_time = 3.0


class TestObservers:
    @pytest.mark.parametrize("name", ["segments", "annotation"])
    @pytest.mark.filterwarnings("ignore")
    def test_one_that_raises_loses_no_edit(self, widget, browser, name):
        def fail(_change):
            raise RuntimeError("an observer's own mistake")

        browser.edit(TRACK)
        widget.observe(fail, name)
        (applied,) = browser.edit(put("a", 0, 1))
        assert applied["type"] == "applied"
        agree(widget)
        with pytest.raises(RuntimeError, match="own mistake"):
            widget.segments = [*widget.segments, Segment(CUSTOMER, 1, 2, id="b")]
        assert [item.id for item in widget.segments] == ["a", "b"]
        agree(widget)
        assert browser.received()[-1]["diff"]["segments"]["put"].keys() == {"b"}
        widget.unobserve(fail, name)
        seen = watch(widget)
        browser.edit(put("c", 2, 3))
        assert seen == [("segments", True), ("annotation", True)]

    def test_one_may_edit_in_turn(self, widget, browser):
        def rate(change):
            if len(change["new"]) == 1:
                widget.content = {"rate": 5}

        widget.observe(rate, "segments")
        browser.edit(TRACK)
        assert [message["revision"] for message in browser.edit(put("a", 0, 1))] == [2, 3]
        assert widget.content == {"rate": 5}
        agree(widget)

    def test_widgets_are_linked_by_their_traits(self, widget):
        import traitlets

        other = Segmenter(SILENCE, TASK)
        traitlets.link((widget, "segments"), (other, "segments"))
        widget.segments = [Segment(CUSTOMER, 0, 1, id="a")]
        assert other.segments == widget.segments
        other.segments = []
        assert widget.segments == []


class TestWire:
    def test_an_edit_of_a_large_document_sends_a_few_bytes(self):
        segments = [Segment(CUSTOMER, place / 100, place / 100 + 0.5, {"text": "word"}) for place in range(5000)]
        widget = Segmenter(SILENCE, TASK, annotation=Annotation([Track("speaker", "Customer")], segments))
        browser = Browser(widget)
        before = len(widget.comm.sent)
        browser.edit(put(segments[2500].id, 25.123456789012345, 25.98765432109876, text="another word", mood="Sad"))
        browser.edit({"segments": {"remove": [segments[0].id]}})
        browser.edit({"content": {"put": {"rate": 3}}})
        widget.segments = widget.segments[1:]
        sizes = [size for _message, _buffers, size in widget.comm.sent[before:]]
        assert len(sizes) == 4
        assert max(sizes) <= 600

    def test_the_whole_state_is_fresh_when_asked_for_and_never_sent_by_an_edit(self, widget, browser):
        browser.edit(TRACK)
        browser.edit(put("a", 0, 1))
        state = widget.get_state()
        assert state["_document"]["revision"] == 2
        assert state["_document"]["annotation"]["segments"][0]["id"] == "a"
        methods = [message["method"] for message, _buffers, _size in widget.comm.sent[1:]]
        assert set(methods) == {"custom"}
        assert "segments" not in state


class TestFetches:
    def test_media_is_answered_to_the_one_who_asked(self, browser):
        answer, (data,) = browser.fetch("fetch_peaks", 7, level=0, tile=0)
        assert (answer["type"], answer["client"], answer["request"], answer["error"]) == ("fetched", "page", 7, "")
        assert len(data) == 2048 * 2 * 2
        answer, (data,) = browser.fetch("fetch_fragment", kind="sound", start=0.5, end=1.5)
        assert (answer["start"], answer["end"], answer["mime"]) == (0.5, 1.5, 'audio/mp4; codecs="flac"')
        assert data[4:8] == b"ftyp"
        analysis = {"scale": "mel", "window": "hann", "length": 0.03, "low": 0, "high": 4000}
        _answer, (data,) = browser.fetch("fetch_spectrogram", level=12, tile=0, analysis=analysis)
        assert len(data) % SPECTROGRAM_ROWS == 0 < len(data)
        _answer, (data,) = browser.fetch("fetch_curves", tile=0, floor=75, ceiling=600)
        assert len(data) % 24 == 0 < len(data)
        answer, buffers = browser.fetch("fetch_spectrogram", level=99, tile=0, analysis=analysis)
        assert "levels are 0 to 30" in answer["error"]
        assert not buffers
        assert browser.fetch("fetch_frames")[1] == [b""]

    def test_that_the_address_did_not_do_is_noted(self, widget, browser):
        browser.send(type="use_stream", reason="it did not come")
        assert widget.media.info().way == "stream: it did not come"

    def test_what_cannot_be_had_is_answered_with_the_reason(self, tmp_path):
        path = tmp_path / "gone.wav"
        path.write_bytes(SILENCE.read_bytes(0))
        browser = Browser(Segmenter(path, TASK))
        path.unlink()
        for kind, arguments in [
            ("fetch_fragment", {"kind": "sound", "start": 0, "end": 1}),
            ("fetch_peaks", {"level": 0, "tile": 0}),
        ]:
            answer, buffers = browser.fetch(kind, 3, **arguments)
            assert (answer["request"], buffers) == (3, [])
            assert "gone.wav cannot be read any more" in answer["error"]


def test_problems_and_table_follow_the_segments():
    task = Task(
        tracks={"speaker": ["Customer"]},
        segment_fields=[fields.Text("text", required=True), fields.Number("level")],
        content_fields=[fields.Rating("rate", required=True)],
    )
    widget = Segmenter(SILENCE, task)
    widget.segments = [Segment(CUSTOMER, 0, 1, {"text": "x"}, "a"), Segment(CUSTOMER, 1, 2, {"level": 1}, "b")]
    assert widget.problems == [Problem("text", "text is required", "b"), Problem("rate", "rate is required")]
    table = widget.to_dataframe()
    assert list(table.columns) == ["id", "track", "category", "tag", "start", "end", "text", "level", "origin"]
    assert table.iloc[0].tolist()[:7] == ["a", CUSTOMER, "speaker", "Customer", 0.0, 1.0, "x"]
    assert table.iloc[1]["level"] == 1.0
    widget.suggest([{"track": CUSTOMER, "start": 2, "end": 3}], source="vad")
    assert widget.to_dataframe()["origin"].fillna("").tolist() == ["", "", "suggested"]
    assert Document(task).segments == []
