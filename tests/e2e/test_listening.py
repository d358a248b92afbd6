"""Listening and tracks through their real controls, on the worker page: what is played, followed, moved and refused."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Locator, Page, expect

from avseg_widget import Task, fields, groundtruth

from .editor import Editor, on_grid

RATE, LENGTH = 48_000, 12.0
CUSTOMER, AGENT, NOISE = "speaker:Customer", "speaker:Agent", "noise:Traffic"
TASK = Task(
    tracks={"speaker": ["Customer", "Agent"], "noise": ["Traffic", "Music"]},
    segment_fields=[fields.Text("text")],
    content_fields=[fields.Select("quality", ["good", "bad"], required=True)],
)

#: The times that are shown for a while, in seconds.
SEEN = """async () => {
  const clock = document.querySelector('[role=timer] b');
  const seen = [];
  for (const until = performance.now() + 1500; performance.now() < until;) {
    await new Promise(requestAnimationFrame);
    seen.push(Number(clock.textContent.split(':')[1]));
  }
  return seen;
}"""


@pytest.fixture(scope="module")
def stereo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return twelve seconds with another tone on each side."""
    times = np.arange(int(LENGTH * RATE)) / RATE
    path = tmp_path_factory.mktemp("sound") / "stereo.wav"
    soundfile.write(path, np.stack([np.sin(2 * np.pi * pitch * times) * 0.3 for pitch in (330, 660)], axis=1), RATE)
    return path


@pytest.fixture
def editor(page: Page, stereo: Path) -> Iterator[Editor]:
    with groundtruth.preview(TASK, stereo) as preview:
        page.goto(preview.url)
        editor = Editor(page, RATE)
        editor.wait()
        yield editor


def order(editor: Editor) -> list[str]:
    return list(editor.geometry().rows)


def seconds(editor: Editor) -> float:
    minutes, rest = editor.position().inner_text().split(":")
    return int(minutes) * 60 + float(rest)


def clock(time: float) -> str:
    """Write a time below a minute as the editor's clock does."""
    return f"0:{on_grid(time, 1000):06.3f}"


def options(editor: Editor, name: str) -> Locator:
    """Open the options of a track."""
    editor.button(f"Track options for {name}").click()
    return editor.page.get_by_role("dialog", name=f"Track options for {name}")


def go_to(editor: Editor, text: str) -> None:
    editor.button("Go to time").click()
    editor.page.get_by_role("form", name="Go to time").get_by_label("Time").fill(text)
    editor.button("Go").click()


def test_stretches_loop_and_places(editor: Editor, page: Page) -> None:
    editor.add_track("speaker", "Customer")
    first = editor.draw(CUSTOMER, 1, 2)
    second = editor.draw(CUSTOMER, 4, 4.6)

    # Times are typed in three ways; what is none of them is said.
    for text, shown in (("0:03.5", "0:03.500"), ("2.25", "0:02.250"), ("24000#", "0:00.500")):
        go_to(editor, text)
        expect(editor.position()).to_have_text(shown)
    go_to(editor, "soon")
    expect(page.get_by_role("alert").filter(has_text="1:02:03.456")).to_be_visible()
    page.keyboard.press("Escape")

    editor.button("Next segment").click()
    expect(editor.position()).to_have_text(clock(first[0]))
    editor.button("Next segment").click()
    expect(editor.position()).to_have_text(clock(second[0]))
    editor.button("Previous segment").click()
    editor.button("Next gap").click()
    expect(editor.position()).to_have_text(clock(first[1]))
    editor.button("Next problem").click()
    expect(editor.content.get_by_label("quality")).to_be_focused()

    # A segment plays to its exact end; looped, time stays inside of it until the loop is switched off.
    editor.button("Next segment").click()
    editor.button("Loop").click()
    speeds = editor.scope.get_by_role("combobox", name="Playback speed")
    speeds.select_option("2")
    editor.button("Hear the segment").click()
    expect(editor.button("Pause")).to_be_visible()
    for speed in ("2", "1", "4"):
        speeds.select_option(speed)
        seen = page.evaluate(SEEN)
        assert min(seen) >= second[0] - 0.0005
        assert max(seen) <= second[1] + 0.0005
        assert sum(after < before for before, after in pairwise(seen)) >= 1
    editor.button("Loop").click()
    expect(editor.button("Play")).to_be_visible()
    expect(editor.position()).to_have_text(clock(second[1]))

    # Time marked with Shift on the ruler is the selection; its end is exact too.
    place = editor.geometry()
    ruler = editor.scope.locator(".avseg-ruler").bounding_box()
    assert ruler
    page.keyboard.down("Shift")
    page.mouse.move(place.x_at(7), ruler["y"] + 10)
    page.mouse.down()
    page.mouse.move(place.x_at(7.4), ruler["y"] + 10, steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")
    end = on_grid(place.time_at(place.x_at(7.4)), RATE)
    editor.button("Hear the selection").click()
    expect(editor.position()).to_have_text(clock(end))
    expect(editor.button("Play")).to_be_visible()


def test_an_editor_that_is_hidden_and_shown_again_is_drawn_as_before(editor: Editor, page: Page) -> None:
    editor.add_track("speaker", "Customer")
    editor.draw(CUSTOMER, 1, 2)
    page.evaluate("() => document.activeElement?.blur()")
    drawn = editor.canvas.screenshot()
    # Notebooks hide what is in another tab; an error in between fails the test.
    for shown in ("none", ""):
        page.evaluate("(shown) => { document.querySelector('.avseg').style.display = shown; }", shown)
        page.evaluate("async () => { for (let n = 0; n < 4; n += 1) await new Promise(requestAnimationFrame); }")
    assert editor.canvas.screenshot() == drawn


def test_following_stops_for_a_hand_and_starts_with_the_next_play(editor: Editor, page: Page) -> None:
    for _ in range(3):
        editor.button("Zoom in").click()
    follow = page.get_by_role("combobox", name="Follow")
    follow.select_option("by centre")
    go_to(editor, "3")
    editor.button("Play").click()
    page.wait_for_function("Number(document.querySelector('[role=timer] b').textContent.split(':')[1]) > 3.3")
    view = editor.geometry()
    assert (view.start + view.end) / 2 == pytest.approx(seconds(editor), abs=0.3)

    ruler = editor.scope.locator(".avseg-ruler").bounding_box()
    assert ruler
    page.mouse.move(ruler["x"] + 50, ruler["y"] + 10)
    page.mouse.wheel(200, 0)
    held = editor.geometry()
    page.wait_for_timeout(300)
    assert editor.geometry().start == held.start
    editor.button("Pause").click()
    editor.button("Play").click()
    page.wait_for_timeout(200)
    view = editor.geometry()
    assert (view.start + view.end) / 2 == pytest.approx(seconds(editor), abs=0.3)
    follow.select_option("off")
    still = editor.geometry().start
    page.wait_for_timeout(300)
    assert editor.geometry().start == still
    editor.button("Pause").click()


def test_channels_mute_and_solo(editor: Editor, page: Page) -> None:
    # What goes to the speakers is measured on its way there.
    page.evaluate(
        """() => {
          const connect = AudioNode.prototype.connect;
          AudioNode.prototype.connect = function (to, ...rest) {
            if (to instanceof AudioDestinationNode) {
              const splitter = this.context.createChannelSplitter(2);
              connect.call(this, splitter);
              window.ears = [0, 1].map((side) => {
                const ear = this.context.createAnalyser();
                connect.call(splitter, ear, side);
                return ear;
              });
            }
            return connect.call(this, to, ...rest);
          };
          window.heard = () => window.ears.map((ear) => {
            const wave = new Float32Array(ear.fftSize);
            ear.getFloatTimeDomainData(wave);
            return Math.max(...wave) > 0.2;
          });
        }"""
    )
    mute, solo = editor.button("Mute channel 1"), editor.button("Solo channel 1")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "true")
    editor.button("Play").click()
    page.wait_for_function("String(window.heard()) === 'false,true'")
    solo.click()
    page.wait_for_function("String(window.heard()) === 'true,false'")
    solo.click()
    mute.click()
    page.wait_for_function("String(window.heard()) === 'true,true'")
    editor.button("Pause").click()


def test_track_options(editor: Editor, page: Page) -> None:
    for category, tag in (("speaker", "Customer"), ("speaker", "Agent"), ("noise", "Traffic")):
        editor.add_track(category, tag)
    kept = editor.draw(CUSTOMER, 1, 2)
    assert order(editor) == [CUSTOMER, AGENT, NOISE]

    # Order: by the options, by dragging a header, back with undo.
    options(editor, "noise: Traffic").get_by_role("button", name="Move up").click()
    page.keyboard.press("Escape")
    assert order(editor) == [CUSTOMER, NOISE, AGENT]
    headers = page.get_by_role("list", name="Tracks").get_by_role("listitem")
    boxes = [headers.nth(place).bounding_box() for place in range(3)]
    from_box, to_box = boxes[0], boxes[2]
    assert from_box
    assert to_box
    page.mouse.move(from_box["x"] + 60, from_box["y"] + 15)
    page.mouse.down()
    page.mouse.move(to_box["x"] + 60, to_box["y"] + to_box["height"] - 4, steps=4)
    page.mouse.up()
    assert order(editor) == [NOISE, AGENT, CUSTOMER]
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert order(editor) == [CUSTOMER, AGENT, NOISE]

    # Its lower edge gives a track another height, as one drag.
    top, height = editor.geometry().rows[CUSTOMER]
    page.mouse.move(to_box["x"] + 60, editor.geometry().top + top + height - 1)
    page.mouse.down()
    page.mouse.move(to_box["x"] + 60, editor.geometry().top + top + height + 19, steps=4)
    page.mouse.up()
    assert editor.geometry().rows[CUSTOMER] == (top, height + 20)
    assert order(editor) == [CUSTOMER, AGENT, NOISE]

    # Another name, the same segments.
    options(editor, "noise: Traffic").get_by_label("Name").select_option("noise: Music")
    page.keyboard.press("Escape")
    expect(editor.button("Track options for noise: Music")).to_be_visible()
    assert order(editor) == [CUSTOMER, AGENT, NOISE]

    # Locked: neither gestures nor fields nor delete change it.
    menu = options(editor, "speaker: Customer")
    menu.get_by_role("button", name="Lock").click()
    menu.get_by_role("radio", name="large").check()
    menu.get_by_role("radio", name="Violet").check(force=True)
    page.keyboard.press("Escape")
    assert editor.geometry().rows[CUSTOMER][1] == 64
    editor.move(CUSTOMER, kept, 5)
    expect(page.get_by_role("status", name="Notice")).to_contain_text("speaker: Customer is locked")
    editor.drag(CUSTOMER, 6, 7)
    text = editor.row(kept[0]).get_by_label("text")
    expect(text).not_to_be_editable()
    editor.button("Delete segment").click()
    expect(editor.rows()).to_have_count(1)
    assert editor.times_shown()[0] == pytest.approx(kept, abs=1e-6)
    options(editor, "speaker: Customer").get_by_role("button", name="Lock").click()
    page.keyboard.press("Escape")
    text.fill("yes")
    text.blur()
    expect(text).to_have_value("yes")

    # Hidden and shown; deleted and back.
    options(editor, "speaker: Agent").get_by_role("button", name="Hide").click()
    assert order(editor) == [CUSTOMER, NOISE]
    editor.button("Show 1 hidden track").click()
    assert order(editor) == [CUSTOMER, AGENT, NOISE]
    options(editor, "speaker: Customer").get_by_role("button", name="Delete track").click()
    expect(editor.rows()).to_have_count(0)
    editor.button("Undo: delete track").click()
    assert order(editor) == [CUSTOMER, AGENT, NOISE]
    expect(editor.rows()).to_have_count(1)


def test_a_muted_track_is_not_heard(browser: Browser, stereo: Path) -> None:
    page = browser.new_page()
    # The element is not in the page, so what it is told is noted where every such element passes.
    page.add_init_script(
        """const own = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'muted');
        window.told = [];
        Object.defineProperty(HTMLMediaElement.prototype, 'muted', { ...own, set(value) {
          window.told.push([value, this.currentTime]);
          own.set.call(this, value);
        } });"""
    )
    with groundtruth.preview(TASK, stereo) as preview:
        page.goto(preview.url)
        editor = Editor(page, RATE)
        editor.wait()
        editor.add_track("speaker", "Customer")
        editor.draw(CUSTOMER, 0.4, 0.8)
        options(editor, "speaker: Customer").get_by_role("button", name="Mute").click()
        page.keyboard.press("Escape")
        go_to(editor, "0")
        editor.button("Play").click()
        page.wait_for_function("Number(document.querySelector('[role=timer] b').textContent.split(':')[1]) > 1")
        told = page.evaluate("window.told")
    assert [value for value, _ in told] == [False, True, False]
    assert [time for _, time in told][1:] == pytest.approx([0.4, 0.8], abs=0.15)
    page.close()


def test_the_overview_moves_and_resizes_the_window(editor: Editor, page: Page) -> None:
    box = page.get_by_role("slider", name="Visible part").bounding_box()
    assert box

    def drag(start: float, end: float) -> tuple[float, float]:
        scale = box["width"] / LENGTH
        page.mouse.move(box["x"] + start * scale, box["y"] + 14)
        page.mouse.down()
        page.mouse.move(box["x"] + end * scale, box["y"] + 14, steps=3)
        page.mouse.up()
        view = editor.geometry()
        return view.start, view.end

    assert drag(LENGTH - 0.01, 8) == pytest.approx((0, 8), abs=0.05)
    assert drag(0.01, 2) == pytest.approx((2, 8), abs=0.05)
    assert drag(5, 6) == pytest.approx((3, 9), abs=0.05)
