"""Functions that suggest: run with progress and errors in words, and in a Segmenter's background, up to its end."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import numpy as np
import pytest

from avseg_widget import AnnotationError, AssistError, Origin, Segment, Segmenter, assist
from avseg_widget.media import open_media

from .edits import TASK
from .recording import Browser

CUSTOMER, AGENT = "speaker:Customer", "speaker:Agent"
pytestmark = pytest.mark.usefixtures("recording")
MEDIA = open_media((np.zeros(60 * 8000, np.float32), 8000))
#: Seconds that no step of these tests takes.
LONG = 30


@pytest.fixture
def widget():
    return Segmenter(MEDIA, TASK)


@pytest.fixture
def browser(widget):
    return Browser(widget)


def dicts(media):
    assert media.info().duration == 60
    return [{"track": CUSTOMER, "start": 0, "end": 1}]


def found_on_the_way(media):
    for second in (0, 30, 59):
        yield Segment(AGENT, second, second + 1)


class Slow:
    """A function that goes on when it is told to."""

    def __init__(self):
        self.started, self.go_on = threading.Event(), threading.Event()
        self.__name__ = "slow"

    def __call__(self, _media, progress):
        progress(0.43)
        self.started.set()
        assert self.go_on.wait(LONG)
        progress(0.5)
        return [Segment(CUSTOMER, 0, 1)]


class TestRun:
    def test_a_function_gives_suggestions_by_its_name(self):
        assert [(item.end, item.origin) for item in assist.run(dicts, MEDIA)] == [(1, Origin("dicts"))]
        assert assist.run(dicts, MEDIA, source="mine")[0].origin == Origin("mine")
        assert assist.run(lambda given: [*dicts(given)], MEDIA)[0].origin == Origin("lambda")
        assert assist.run(partial(assist.silence, silence_track=AGENT), MEDIA)[0].origin == Origin("silence")
        own = [Segment(CUSTOMER, 0, 1, origin=Origin("own", confidence=0.5))]
        assert assist.run(lambda _: own, MEDIA)[0].origin == Origin("own", confidence=0.5)

    def test_a_generator_tells_its_progress_by_what_it_yields(self):
        told = []
        assert len(assist.run(found_on_the_way, MEDIA, progress=told.append)) == 3
        assert told == [1 / 60, 31 / 60, 1.0, 1.0]

    def test_options_and_progress_go_to_the_function(self):
        told = []
        found = assist.run(assist.silence, MEDIA, progress=told.append, silence_track=AGENT, source="quiet")
        assert [(item.start, item.end, item.origin) for item in found] == [(0, 60, Origin("quiet"))]
        assert told == sorted(told)
        assert told[-1] == 1.0

    def test_it_is_cancelled_at_the_next_step(self):
        cancel = threading.Event()
        seen = []

        def stopping(media):
            for item in found_on_the_way(media):
                seen.append(item)
                cancel.set()
                yield item

        with pytest.raises(assist.CancelledError, match="stopping was cancelled"):
            assist.run(stopping, MEDIA, cancel=cancel)
        assert len(seen) == 1

    @pytest.mark.parametrize(
        ("function", "message"),
        [
            (lambda _: 1 / 0, "lambda failed: ZeroDivisionError: division by zero"),
            (lambda _: None, "lambda failed: TypeError: 'NoneType' object is not iterable"),
            (lambda _: [3], "lambda failed: segments[0]: a segment is a Segment or a dict with its names, not 3"),
            (lambda _: [{"track": "a:b"}], "lambda failed: segments[0]: ['end', 'start'] missing"),
            (lambda _, progress: progress("x"), "lambda failed: TypeError"),
            (lambda: dicts(MEDIA), "lambda failed: TypeError: <lambda>() takes 0 positional arguments but 1 was given"),
        ],
    )
    def test_what_goes_wrong_is_told_with_its_cause(self, function, message):
        function.__qualname__ = "<lambda>"
        with pytest.raises(AssistError) as raised:
            assist.run(function, MEDIA)
        assert str(raised.value).startswith(message)
        assert raised.value.__cause__ is not None


class TestSuggest:
    def test_suggestions_are_one_change_with_their_tracks(self, widget, browser):
        browser.received()
        widget.suggest([{"track": CUSTOMER, "start": 0, "end": 1}, Segment(AGENT, 1, 2)], source="model")
        assert [message["type"] for message in browser.received()] == ["applied"]
        assert {item.origin for item in widget.segments} == {Origin("model")}
        assert {track.id for track in widget.tracks} == {CUSTOMER, AGENT}
        assert [problem.field for problem in widget.problems] == ["origin", "origin"]

    def test_an_unknown_tag_is_told_with_those_there_are(self, widget):
        with pytest.raises(
            AnnotationError, match="the task offers no track 'speaker:Bob'; it offers 'speaker:Customer'"
        ):
            widget.suggest([Segment("speaker:Bob", 0, 1)], source="model")
        assert widget.segments == []


def states(messages):
    return [
        (message["state"], message["progress"], message["message"])
        for message in messages
        if message.get("type") == "assist"
    ]


class TestInTheBackground:
    def test_it_tells_its_progress_and_then_suggests_in_one_step(self, widget, browser):
        browser.received()
        run = widget.assist(found_on_the_way)
        run.wait(LONG)
        messages = [message for message in browser.received() if "type" in message]
        assert states(messages) == [
            ("running", None, ""),
            ("running", 1 / 60, ""),
            ("running", 31 / 60, ""),
            ("running", 1.0, ""),
            ("done", 1.0, "found_on_the_way: 3 suggestions."),
        ]
        assert [message["type"] for message in messages].count("applied") == 1
        assert {item.origin for item in widget.segments} == {Origin("found_on_the_way")}
        assert repr(run) == "<AssistRun found_on_the_way: done, 100%>"

    def test_the_editor_cancels_it_and_nothing_is_suggested(self, widget, browser):
        slow = Slow()
        run = widget.assist(slow)
        assert slow.started.wait(LONG)
        answered = states(browser.send(type="cancel_assist"))
        assert answered[-1] == ("cancelling", 0.43, "")
        slow.go_on.set()
        run.wait(LONG)
        assert (run.state, widget.segments) == ("cancelled", [])
        assert states(browser.received())[-1] == ("cancelled", 0.43, "slow was cancelled.")

    def test_a_second_one_is_refused_while_the_first_goes_on(self, widget):
        slow = Slow()
        run = widget.assist(slow)
        assert slow.started.wait(LONG)
        with pytest.raises(
            AssistError, match=r"slow still runs, <AssistRun slow: running, 43%>: wait for it, or cancel"
        ):
            widget.assist(dicts)
        slow.go_on.set()
        run.wait(LONG)
        widget.assist(dicts).wait(LONG)
        assert len(widget.segments) == 2

    def test_errors_are_told_in_python_and_in_the_editor(self, widget, browser):
        def broken(media):
            raise ValueError("the weights are missing")

        run = widget.assist(broken)
        message = "broken failed: ValueError: the weights are missing"
        with pytest.raises(AssistError, match=message):
            run.wait(LONG)
        assert states(browser.received())[-1] == ("failed", None, message)
        assert widget.messages == [message]
        with pytest.raises(AssistError, match=r"silence failed: name a track"):
            widget.assist(assist.silence).wait(LONG)
        with pytest.raises(AssistError, match="mine failed: the task offers no track 'speaker:Bob'; it offers"):
            widget.assist(lambda _: [Segment("speaker:Bob", 0, 1)], source="mine").wait(LONG)
        assert widget.segments == []

    def test_an_observer_that_fails_and_a_function_that_exits_end_it(self, widget):
        def exits(_media):
            raise SystemExit(3)

        with pytest.raises(AssistError, match="exits failed: SystemExit"):
            widget.assist(exits).wait(LONG)
        widget.observe(lambda _: 1 / 0, "segments")
        run = widget.assist(dicts)
        with pytest.raises(ZeroDivisionError):
            run.wait(LONG)
        assert run.state == "failed"

    def test_closing_ends_it_without_a_word(self, widget, browser):
        slow = Slow()
        run = widget.assist(slow)
        assert slow.started.wait(LONG)
        browser.received()
        widget.close()
        slow.go_on.set()
        run.wait(LONG)
        assert (run.state, widget.segments, states(browser.received())) == ("cancelled", [], [])

    def test_an_editor_that_opens_hears_what_runs(self, widget, browser):
        slow = Slow()
        run = widget.assist(slow)
        assert slow.started.wait(LONG)
        browser.received()
        answers = browser.send(type="hello", client="c")
        assert [message["type"] for message in answers] == ["state", "assist"]
        slow.go_on.set()
        run.wait(LONG)

    def test_with_an_event_loop_the_document_changes_in_its_thread_only(self, widget):
        threads = []
        widget.observe(lambda _: threads.append(threading.current_thread()), "segments")

        async def work():
            run = widget.assist(dicts)
            while not run.is_over:
                await asyncio.sleep(0.01)
            return run.state

        assert asyncio.run(work()) == "done"
        assert threads == [threading.current_thread()]
