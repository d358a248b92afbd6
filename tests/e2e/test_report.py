"""The page of export_html, opened from a disk with no network: it plays, it can be read, and nothing changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from avseg_widget import Annotation, Provenance, Segment, Task, Track, export_html, fields, presets, sample

from .editor import Editor
from .test_accessibility import AXE, check

LONG = "Hello, I have a question about my bill, and it is one that takes more than one line to ask."
CALL = Annotation(
    tracks=[Track("speaker", "Customer"), Track("speaker", "Representative")],
    segments=[
        Segment("speaker:Representative", 0.5, 3.5, {"text": "Good morning", "emotion": "Neutral"}, "a"),
        Segment("speaker:Customer", 4.5, 9.5, {"text": LONG}, "b"),
        Segment("speaker:Customer", 16, 17, {"text": "<img src=x onerror=alert(1)></script>"}, "c"),
    ],
    content={"speechNonSpeech": "speech", "rate": 4.0},
    provenance=Provenance(annotator="Maria"),
)
#: Keystrokes that change something in an editor.
CHANGING = [
    *("Delete", "n", "x", "e", "r", "y", "u", "i", "o", "d", "F2", "1", "2"),
    *("Shift+M", "Shift+D", "Control+z", "Control+x", "Control+v", "Alt+Shift+ArrowUp"),
]


def rows(page: Page) -> Locator:
    return page.locator("tr[data-segment]")


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> Iterator[Callable[..., Editor]]:
    """Return what opens an annotation's page from the disk; it fails when anything else is asked for."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith("blob:"):
            asked.append(request.url)

    def open_page(*arguments: object) -> Editor:
        made = export_html(arguments[0], tmp_path / "page.html", *arguments[1:])  # type: ignore[arg-type]
        page.context.set_offline(True)
        page.on("request", note)
        page.goto(made.path.as_uri())
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
        return Editor(page, 16000)

    yield open_page
    assert asked == [(tmp_path / "page.html").as_uri()]


def test_it_plays_and_a_click_plays_a_segment(opened: Callable[..., Editor], page: Page) -> None:
    editor = opened(CALL, sample.audio(), presets.call_center())
    expect(page).to_have_title("Customer call")
    expect(page.get_by_role("status", name="Notice")).to_contain_text("Labeled by Maria.")
    editor.button("Play").click()
    page.wait_for_function("() => Number(document.querySelector('.avseg-clock b').textContent.slice(2)) > 0.3")
    editor.button("Pause").click()
    place = editor.geometry()
    page.mouse.click(place.x_at(16.5), place.middle_of("speaker:Customer"))
    expect(rows(page).nth(2)).to_have_attribute("aria-selected", "true")
    page.wait_for_function("() => document.querySelector('.avseg-clock b').textContent === '0:17.000'")
    editor.button("Hear this segment").first.click()
    page.wait_for_function("() => document.querySelector('.avseg-clock b').textContent === '0:03.500'")


def test_it_is_searched_zoomed_and_looked_into(opened: Callable[..., Editor], page: Page) -> None:
    editor = opened(CALL, sample.audio(), presets.call_center())
    page.get_by_role("searchbox", name="Filter text").fill("question")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(LONG)
    editor.button("Clear filter").click()
    expect(rows(page)).to_have_count(3)
    before = editor.geometry()
    editor.button("Zoom in").click()
    after = editor.geometry()
    assert after.end - after.start < before.end - before.start
    editor.button("Spectrogram").click()
    page.wait_for_function("() => document.querySelector('.avseg-spectrogram canvas, canvas.avseg-spectrogram')")
    page.get_by_role("tab", name="Dialogue").click()
    expect(page.get_by_role("list", name="Dialogue")).to_contain_text("Good morning")


def test_nothing_changes_it(opened: Callable[..., Editor], page: Page) -> None:
    editor = opened(CALL, sample.audio(), presets.call_center())
    said = editor.table.inner_text()
    assert page.locator("input:not([type=search]), textarea").count() == 0
    for name in ("Begin recording", "Add new track", "Undo", "Delete segment", "Mark as done", "Split at playhead"):
        expect(editor.button(name)).to_have_count(0)
    place = editor.geometry()
    y = place.middle_of("speaker:Customer")
    page.mouse.click(place.x_at(5), y)
    page.keyboard.press("Space")
    for keys in CHANGING:
        page.keyboard.press(keys)
    for start, end in ((5, 20), (20, 25), (9.5, 12)):
        editor.drag("speaker:Customer", start, end)
    editor.button("Track options for speaker: Customer").click()
    menu = page.get_by_role("dialog", name="Track options for speaker: Customer")
    expect(menu.get_by_role("button")).to_have_text(["Mute", "Hide"])
    page.keyboard.press("Escape")
    assert editor.table.inner_text() == said
    assert page.locator(".avseg-message-error").count() == 0


def test_film_is_shown_and_plays(opened: Callable[..., Editor], page: Page) -> None:
    task = Task(tracks={"gait": ["walk"]}, segment_fields=[fields.Checkbox("sure"), fields.Rating("clear", 5)])
    film = Annotation([Track("gait", "walk")], [Segment("gait:walk", 0.5, 2, {"sure": True, "clear": 4.0})])
    editor = opened(film, sample.video(), task)
    expect(rows(page).first).to_contain_text("yes")
    expect(rows(page).first).to_contain_text("4 of 5")
    editor.button("Hear this segment").click()
    page.wait_for_function("() => document.querySelector('video').currentTime > 1")
    assert page.evaluate("() => document.querySelector('video').videoWidth") > 0


@pytest.mark.parametrize("width", [1400, 480])
def test_axe_finds_nothing(opened: Callable[..., Editor], page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    editor = opened(CALL, sample.audio(), presets.call_center())
    page.evaluate(AXE.read_text(encoding="utf-8"))
    check(page, "as it opens")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("tab", name="Dialogue").click()
    check(page, "dialogue")
    editor.button("Keyboard shortcuts").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog")).not_to_contain_text("Merge segments")
    check(page, "help")


def test_hundreds_of_segments_scroll(opened: Callable[..., Editor], page: Page) -> None:
    many = [Segment("speaker:A", at / 100, at / 100 + 0.01, {"text": f"number {at}"}) for at in range(3000)]
    editor = opened(Annotation([Track("speaker", "A")], many), sample.audio())
    page.locator(".avseg-table-box").evaluate("(box) => box.scrollTo(0, box.scrollHeight)")
    expect(editor.table).to_contain_text("number 2999")
    assert rows(page).count() < 40


def test_a_page_that_was_cut_says_so(page: Page, tmp_path: Path) -> None:
    made = export_html(CALL, tmp_path / "page.html", sample.audio())
    text = made.path.read_text(encoding="utf-8")
    start = text.index('<script type="text/plain" id="avseg-media">')
    made.path.write_text(text[:start] + text[text.index("</script>", start) + 9 :], encoding="utf-8")
    page.goto(made.path.as_uri())
    expect(page.get_by_role("alert")).to_have_text("This page was cut: parts of it are missing. Get it once more.")


def test_without_scripts_it_shows_the_timeline(browser, tmp_path: Path) -> None:
    made = export_html(CALL, tmp_path / "page.html", sample.audio())
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(made.path.as_uri())
    expect(page.get_by_role("img", name="Timeline of dialogue.flac: 3 segments on 2 tracks")).to_be_visible()
    expect(page.get_by_role("table").first).to_contain_text("Good morning")
    context.close()
