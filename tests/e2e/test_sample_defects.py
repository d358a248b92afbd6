"""What goes wrong on the published sample's task page, done on ours: it goes right."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from avseg_widget import Annotation, Origin, Segment, Task, Track, fields, groundtruth, sample
from avseg_widget.groundtruth.preview import Preview

from ..media_servers import serve
from .editor import Editor
from .hosts import received

RATE = 16_000
KANJI, SPACE = "speaker:顧客", "speaker:A B"
TASK = Task(
    title="Voices",
    tracks={"speaker": ["顧客", "担当", "A B", "A-B"], "a: b": ["c: d: e"]},
    segment_fields=[fields.Text("text"), fields.Select("emotion", ["Happy", "Sad"])],
)
#: Segments that touch, that overlap, and one of 2 ms; times are of no round number of samples.
GIVEN = Annotation(
    [Track("speaker", "顧客")],
    [
        Segment(KANJI, 1.0000001, 2.3, {"text": "one", "emotion": "Sad"}, "1"),
        Segment(KANJI, 2.3, 3.1 + 0.2, {"text": "two", "emotion": "Happy"}, "2", Origin("vad", "accepted", 0.1)),
        Segment(KANJI, 3.0, 4.75, {"text": "three"}, "3"),
        Segment(KANJI, 10.0, 10.002, {"text": "four"}, "4"),
    ],
)
#: Counts how often anything is asked to play.
COUNT_PLAYS = """
window.plays = 0;
const { play } = HTMLMediaElement.prototype;
HTMLMediaElement.prototype.play = function () { window.plays += 1; return play.call(this); };
"""
#: What a page has at its top that an empty one has not.
GLOBALS = """() => {
  const frame = document.body.appendChild(document.createElement("iframe"));
  const own = new Set(Object.getOwnPropertyNames(frame.contentWindow));
  frame.remove();
  return Object.getOwnPropertyNames(window).filter((name) => !own.has(name));
}"""


@pytest.fixture
def preview(page: Page) -> Iterator[Preview]:
    with groundtruth.preview(TASK, sample.audio(), {"annotations": GIVEN}) as served:
        page.goto(served.url)
        yield served
        page.close()


@pytest.fixture
def editor(page: Page, preview: Preview) -> Editor:
    made = Editor(page, RATE)
    made.wait()
    return made


def submitted(editor: Editor, preview: Preview) -> Annotation:
    editor.button("Submit").click()
    return received(preview)


def go_to(editor: Editor, time: str) -> None:
    editor.button("Go to time").click()
    form = editor.scope.get_by_role("form", name="Go to time")
    form.get_by_label("Time").fill(time)
    form.get_by_label("Time").press("Enter")


def said(editor: Editor, text: str) -> None:
    region = editor.scope.get_by_role("region", name="Voices")
    expect(region.get_by_role("status", name="Notice")).to_contain_text(text)


def added(annotation: Annotation) -> list[Segment]:
    """Return what came to the segments that were given, which must all be as they were."""
    assert [one for one in annotation.segments if one in GIVEN.segments] == GIVEN.segments
    return [one for one in annotation.segments if one not in GIVEN.segments]


def test_what_was_given_is_handed_in_whole_with_what_was_added(editor: Editor, preview: Preview) -> None:
    assert [editor.row(one.start).get_by_label("text").input_value() for one in GIVEN.segments] == [
        one.fields["text"] for one in GIVEN.segments
    ]
    assert editor.times_shown()[0] == pytest.approx((1.0000001, 2.3), abs=1e-6)
    go_to(editor, "20")
    editor.scope.get_by_role("checkbox", name="Record on speaker: 顧客").check()
    editor.record(0.3)
    editor.button("Pause").click()
    [recorded] = added(submitted(editor, preview))
    assert (recorded.track, recorded.start) == (KANJI, 20)
    assert 20 < recorded.end < 23


def test_recordings_one_upon_the_other_delete_nothing(editor: Editor, preview: Preview) -> None:
    editor.scope.get_by_role("checkbox", name="Record on speaker: 顧客").check()
    # Without a moment between them in which the media tells a new time.
    editor.button("Begin recording").evaluate("(button) => { for (let time = 0; time < 8; time += 1) button.click(); }")
    expect(editor.button("Begin recording")).to_be_visible()
    for recorded in added(submitted(editor, preview)):
        assert 0 <= recorded.start < recorded.end


def test_going_back_ends_a_recording_where_it_was(editor: Editor, preview: Preview) -> None:
    editor.scope.get_by_role("checkbox", name="Record on speaker: 顧客").check()
    go_to(editor, "20")
    editor.button("Begin recording").click()
    editor.page.wait_for_function("!document.querySelector('[role=timer] b').textContent.startsWith('0:20.0')")
    go_to(editor, "5")
    expect(editor.button("Begin recording")).to_be_visible()
    [recorded] = added(submitted(editor, preview))
    assert recorded.start == 20
    assert recorded.end > 20


def test_recording_without_a_track_plays_nothing_and_says_why(editor: Editor) -> None:
    editor.scope.get_by_role("checkbox", name="Record on speaker: 顧客").uncheck()
    editor.button("Begin recording").click()
    said(editor, "Select a track to record on first.")
    expect(editor.button("Begin recording")).to_be_visible()
    expect(editor.button("Play")).to_be_visible()


def test_typing_goes_on_while_a_recording_ends_and_adds_its_row(editor: Editor, preview: Preview) -> None:
    editor.scope.get_by_role("checkbox", name="Record on speaker: 顧客").check()
    go_to(editor, "29.5")
    editor.button("Begin recording").click()
    text = editor.row(3.0).get_by_label("text")
    text.focus()
    text.press("Home")
    text.press_sequentially("ab")
    expect(editor.rows()).to_have_count(5)  # the media is over
    assert text.evaluate("(field) => [field === document.activeElement, field.selectionStart]") == [True, 2]
    editor.page.keyboard.type("c ")
    expect(text).to_have_value("abc three")
    annotation = submitted(editor, preview)
    assert [one.fields.get("text") for one in annotation.segments] == ["one", "two", "abc three", "four", None]


def test_a_task_with_nothing_to_label_is_handed_in(page: Page) -> None:
    with groundtruth.preview(TASK, sample.audio()) as preview:
        page.goto(preview.url)
        editor = Editor(page, RATE)
        editor.wait()
        annotation = submitted(editor, preview)
        assert (annotation.segments, annotation.content) == ([], {})
        assert preview.answer
        # Nothing beside the annotation: no times of the page's own, no list of what could be chosen.
        [answer] = preview.answer["answers"]
        assert list(answer["answerContent"]) == ["annotations"]
        assert set(msgspec.json.decode(answer["answerContent"]["annotations"])) == {
            *["tracks", "segments", "content", "provenance", "completion", "version"]
        }
        page.close()


def test_a_press_outside_of_the_editor_changes_nothing(editor: Editor) -> None:
    editor.row(1.0).get_by_label("text").click()
    box = editor.scope.get_by_role("region", name="Voices").bounding_box()
    assert box
    for x, y in ((box["x"] - 3, box["y"] + 100), (box["x"] + 100, box["y"] - 10)):
        editor.page.mouse.click(x, y)
    expect(editor.scope.locator("tr[aria-selected=true]")).to_have_count(1)
    expect(editor.rows()).to_have_count(4)


def test_names_that_differ_by_a_sign_have_tracks_of_their_own(editor: Editor, preview: Preview) -> None:
    names = [("speaker", "担当"), ("speaker", "A B"), ("speaker", "A-B"), ("a: b", "c: d: e")]
    ids = ["speaker:担当", SPACE, "speaker:A-B", "a%3A b:c%3A d%3A e"]
    for category, tag in names:
        editor.add_track(category, tag)
    times = {id_: editor.draw(id_, 12 + place, 14 + place) for place, id_ in enumerate(ids)}
    annotation = submitted(editor, preview)
    assert [(track.category, track.tag) for track in annotation.tracks] == [("speaker", "顧客"), *names]
    assert {one.track: (one.start, one.end) for one in added(annotation)} == times


def test_a_segment_is_heard_once_however_much_was_edited(page: Page) -> None:
    page.add_init_script(COUNT_PLAYS)
    with groundtruth.preview(TASK, sample.audio(), {"annotations": GIVEN}) as preview:
        page.goto(preview.url)
        editor = Editor(page, RATE)
        editor.wait()
        for place in range(6):
            editor.draw(KANJI, 12 + 2 * place, 13 + 2 * place)
        before = page.evaluate("window.plays")
        editor.row(10.0).get_by_role("button", name="Hear this segment").click()
        expect(editor.position()).to_have_text("0:10.002")
        expect(editor.button("Play")).to_be_visible()
        assert page.evaluate("window.plays") == before + 1
        page.close()


def test_nothing_is_logged_and_nothing_left_in_the_page(page: Page) -> None:
    logged: list[str] = []

    def note(message: ConsoleMessage) -> None:
        logged.append(message.text)

    page.on("console", note)
    with serve(sample.audio().read_bytes(), cors=True) as media, groundtruth.preview(TASK, media.url) as preview:
        assert "signature=secret" in media.url
        page.goto(preview.url)
        editor = Editor(page, RATE)
        editor.wait()
        editor.add_track("speaker", "顧客")
        editor.draw(KANJI, 1, 2)
        submitted(editor, preview)
        assert logged == []
        assert page.evaluate(GLOBALS) == []
        page.close()
