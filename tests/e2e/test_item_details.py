"""What the worker page tells of its item: readable, plain text whatever it is, and reachable by everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from avseg_widget import Task, fields, groundtruth, sample

from .editor import Editor
from .test_accessibility import AXE, check

TASK = Task(
    title="Voices",
    tracks={"speaker": ["A"]},
    segment_fields=[fields.Text("text")],
    instructions="Mark who speaks.\nLeave out laughter.",
)
LINE = {
    "taskObject": "s3://bucket/a.wav",
    "annotations": {"segments": []},
    "earlier": {},
    "earlier-metadata": {"job_name": "labeling-job/earlier"},
    "speaker_id": "S-0117",
    "prompt": "Please say: “Good morning,\nhow can I help you?”",
    "recorded": "2026-01-31",
    "consent": True,
    "languages": ["de", "en"],
    "device": {"name": "headset", "rate": 48000, "filters": []},
    "turns": [{"from": "agent", "seconds": 3.5}, {"from": "caller", "seconds": None}],
}
HOSTILE = {
    "<img src=x onerror=window.harmed=1>": "</script><script>window.harmed = 1</script>",
    '"\'`> onload="window.harmed=1': "{{ task.input }}{% raw %}&amp;&lt;b&gt;",
    "javascript:window.harmed=1": ["../../../etc/passwd", "https://harm.invalid/x.png"],
    "__proto__": {"constructor": "c"},
    "\u202eright to left": "שלום \u202e abc",
    "x" * 300: "y" * 300,
}


@contextmanager
def opened(page: Page, line: dict[str, Any]) -> Iterator[Locator]:
    with groundtruth.preview(TASK, sample.audio(), line) as preview:
        page.goto(preview.url)
        Editor(page, 16000).wait()
        yield details(page)
        page.goto("about:blank")


def details(page: Page) -> Locator:
    return page.locator("details", has_text="About this item")


def test_names_and_values_can_be_read(page: Page) -> None:
    with opened(page, LINE) as shown:
        expect(shown).to_have_attribute("open", "")
        assert [text.strip() for text in shown.locator("> div > dl > div > dt").all_inner_texts()] == [
            *["speaker_id", "prompt", "recorded", "consent", "languages", "device", "turns"]
        ]
        values = shown.locator("> div > dl > div > dd")
        assert values.nth(1).inner_text() == LINE["prompt"]
        assert values.nth(4).inner_text() == "de, en"
        assert values.nth(5).inner_text().split("\n") == ["name", "headset", "rate", "48000", "filters", "(empty)"]
        assert values.nth(6).locator("> dl > div > dt").all_inner_texts() == ["1", "2"]
        assert values.nth(6).inner_text().split("\n")[-1] == "(none)"
        page.add_script_tag(path=AXE)
        check(page, "details of the item")
        shown.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(shown.locator("dl").first).to_be_hidden()
        for width in (1400, 480):
            page.set_viewport_size({"width": width, "height": 1000})
            page.keyboard.press("Enter")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.keyboard.press("Enter")


def test_there_is_nothing_where_there_is_nothing_to_tell(page: Page) -> None:
    own = ("taskObject", "annotations", "earlier", "earlier-metadata")
    with opened(page, {name: LINE[name] for name in own}) as shown:
        expect(shown).to_have_count(0)


def test_what_it_says_is_text_and_nothing_else(page: Page, problems: list[str]) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with opened(page, HOSTILE) as shown:
        assert shown.locator("dl > div > dt").all_text_contents() == [
            *[*list(HOSTILE)[:4], "constructor", *list(HOSTILE)[4:]]
        ]
        assert shown.locator("dd").first.text_content() == next(iter(HOSTILE.values()))
        assert shown.locator("img, script, a, b").count() == 0
        assert page.evaluate("window.harmed") is None
        assert not any("harm" in url or "passwd" in url for url in asked)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.add_script_tag(path=AXE)
        check(page, "hostile details")
    assert problems == []


def nested(levels: int) -> Any:
    return {"in": nested(levels - 1)} if levels else "deep"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ({"transcript": "word " * 20_000}, "word word"),
        ({f"key {number}": number for number in range(1000)}, "key 999"),
        ({"deep": nested(200)}, '{"in":{"in":'),
    ],
    ids=["one long value", "many keys", "many levels"],
)
def test_much_of_it_leaves_the_editor_in_sight(page: Page, line: dict[str, Any], seen: str) -> None:
    with opened(page, line) as shown:
        expect(shown).to_contain_text(seen)
        box = shown.bounding_box()
        assert box
        assert box["height"] < 250
        page.locator(".avseg-item-long").focus()
        page.keyboard.press("ArrowDown")
        page.wait_for_function("document.activeElement.scrollTop > 0")
        page.add_script_tag(path=AXE)
        check(page, "much to tell")
        Editor(page, 16000).add_track("speaker", "A")


def test_a_portal_tells_it_in_its_frame(page: Page, tmp_path: Path) -> None:
    lines = [{"source-ref": str(sample.audio()), "speaker_id": "S-0117"}]
    with groundtruth.Portal(TASK, lines, tmp_path / "out", invite=["Ada"]) as portal:
        page.goto(portal.links["Ada"])
        page.get_by_role("button", name="Start working").click()
        frame = page.frame_locator("iframe")
        expect(frame.get_by_text("S-0117")).to_be_visible()
        # Where the file is on the lead's machine is nobody's business.
        assert str(sample.audio()) not in frame.locator("html").inner_html()
        page.goto("about:blank")
