"""What an annotation shows where no editor runs: its timeline, its table and its text, whatever is in it."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import bleach
import nbformat
import pytest
from bleach.css_sanitizer import CSSSanitizer
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbconvert.preprocessors.sanitize import SanitizeHTML
from traitlets.config import Config

from avseg_widget import Annotation, Completion, Origin, Segment, Segmenter, Track, presets, sample
from avseg_widget.model import track_id
from avseg_widget.views import colors, mime_bundle
from avseg_widget.views.svg import timeline

ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"
TRACKS = [Track("speaker", "Anna"), Track("speaker", "Bo")]
LONG = Track("c" * 200, "t" * 200)
HOSTILE = [
    "<script>alert(1)</script>",
    "]]>",
    "a\x00\x08\ufffe\ud800b",
    '"/><g onload="x',
    "&amp;",
    "\u202egnp",
    "\x1b[2J",
]


def segment(start: float, end: float, text: str = "", track: str = "speaker:Anna", **more) -> Segment:
    return Segment(track, start, end, {"text": text} if text else {}, **more)


def drawn(annotation: Annotation, **options) -> ElementTree.Element:
    return ElementTree.fromstring(timeline(annotation, **options))


def titles(root: ElementTree.Element) -> list[str]:
    return [title.text or "" for title in root.iter(f"{SVG}title")]


def boxes(root: ElementTree.Element) -> list[ElementTree.Element]:
    return [rect for rect in root.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]


def test_a_timeline_has_names_boxes_texts_and_times() -> None:
    annotation = Annotation(tracks=TRACKS, segments=[segment(0.5, 4, "hello"), segment(5, 9, "you", "speaker:Bo")])
    root = drawn(annotation, duration=30.0)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"speaker: Anna", "speaker: Bo", "hello", "you", "0:00", "0:25"} <= set(texts)
    assert texts[-1] == "2 segments on 2 tracks · 0:30.000"
    assert titles(root) == ["0:00.500 to 0:04.000\nhello", "0:05.000 to 0:09.000\nyou"]
    first, second = boxes(root)
    assert float(first.get("width")) / float(second.get("width")) == pytest.approx(3.5 / 4, rel=0.01)


def test_overlaps_of_a_track_lie_in_rows_of_their_own() -> None:
    overlapping = [segment(0, 10), segment(5, 15), segment(10, 20)]
    first, second, third = sorted(boxes(drawn(Annotation(segments=overlapping))), key=lambda box: float(box.get("x")))
    assert first.get("y") == third.get("y") != second.get("y")


def test_a_suggestion_is_dashed_and_said_to_be_one() -> None:
    origins = [Origin("vad", confidence=0.5), Origin("vad", "accepted"), None]
    annotation = Annotation(segments=[segment(at, at + 1, "hm", origin=origin) for at, origin in enumerate(origins)])
    root = drawn(annotation)
    assert [box.get("stroke-dasharray") is not None for box in boxes(root)] == [True, False, False]
    assert titles(root)[0].endswith("suggested by vad, 50%")
    assert titles(root)[1].endswith("suggested by vad, accepted")
    lines = str(annotation).splitlines()
    assert lines[0] == "Annotation: 3 segments (1 suggested) on 1 track"
    assert lines[1].endswith("? hm (suggested by vad, 50%)")
    assert lines[3].endswith("hm")


def test_right_to_left_texts_begin_at_the_right() -> None:
    root = drawn(Annotation(segments=[segment(0, 10, "مرحبا"), segment(10, 20, "hello 1")]))
    assert [text.text for text in root.iter(f"{SVG}text") if text.get("direction") == "rtl"] == ["مرحبا"]


def test_the_colours_are_the_editors() -> None:
    source = (ROOT / "js/src/ui/track-colors.ts").read_text(encoding="utf-8")
    hues = re.findall(r'fill: "([\d ]+)", onLight: "([\d ]+)"', source)
    assert [tuple("#" + bytes(map(int, part.split())).hex() for part in hue) for hue in hues] == list(colors.HUES)
    assert f"light: {colors.FILL_SHARE}" in source
    for name in ("LANE", "LINE", "TEXT", "MUTED"):
        assert f'{name.lower()}: "{getattr(colors, name)}"' in (ROOT / "js/src/ui/theme.ts").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "annotation",
    [
        Annotation(),
        Annotation(tracks=TRACKS),
        Annotation(segments=[segment(0, 5e-324)]),
        Annotation(segments=[segment(1e300, 1.7e308)]),
        Annotation(segments=[segment(3, 3.000001, "one instant")]),
        Annotation([LONG], [segment(0, 1, "x" * 10_000, LONG.id)]),
        Annotation(tracks=[Track("many", str(place)) for place in range(500)]),
        Annotation(segments=[segment(0, 1) for _ in range(3000)]),
        *(Annotation([Track(it, it)], [segment(0, 9, it, track_id(it, it))], {it: it}) for it in HOSTILE),
        Annotation(completion=Completion(done=True, reason="<b>")),
    ],
)  # fmt: skip
def test_what_is_at_the_limits_is_valid_and_small(annotation: Annotation) -> None:
    bundle = mime_bundle(annotation)
    assert len(bundle["image/svg+xml"].encode()) < 300_000
    root = ElementTree.fromstring(bundle["image/svg+xml"])
    assert_plain(root)
    part = ElementTree.fromstring(bundle["text/html"])
    assert {element.tag for element in part.iter()} <= {"div", "img", "table", "thead", "tbody", "tr", "th", "td", "p"}
    assert all(line.isprintable() for line in bundle["text/plain"].splitlines())


def assert_plain(root: ElementTree.Element) -> None:
    """Fail on anything but shapes and texts in plain attributes."""
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {"svg", "g", "rect", "path", "text", "title"}
        names = set(element.attrib)
        assert not {name for name in names if name.startswith("on") or "href" in name or name in {"id", "style"}}


TEXTS = st.text(st.characters(), max_size=40) | st.sampled_from(HOSTILE)
TIMES = st.floats(0, 1e6) | st.floats(0, allow_infinity=False)
ORIGINS = st.none() | st.builds(Origin, st.just("<vad>"), st.sampled_from(["suggested", "accepted", "corrected"]))


@st.composite
def annotations(draw) -> Annotation:
    names = draw(st.lists(st.tuples(TEXTS, TEXTS).filter(lambda pair: all(map(str.strip, pair))), max_size=4))
    tracks = list({track.id: track for track in (Track(*pair) for pair in names)}.values())
    ids = st.sampled_from([*(track.id for track in tracks), "no track: of these"])
    answers = st.dictionaries(TEXTS, TEXTS | st.booleans() | st.floats() | st.lists(TEXTS, max_size=3), max_size=3)
    spans = draw(st.lists(st.tuples(TIMES, TIMES).filter(lambda pair: pair[0] != pair[1]), max_size=8))
    segments = [
        Segment(draw(ids), min(span), max(span), draw(answers), f"{place}", draw(ORIGINS))
        for place, span in enumerate(spans)
    ]
    return Annotation(tracks, segments, draw(answers))


@given(annotations(), st.none() | st.floats(0, 1e9))
def test_any_annotation_gives_valid_markup_and_plain_text(annotation: Annotation, duration: float | None) -> None:
    bundle = mime_bundle(annotation, duration=duration, title="<media>")
    assert_plain(ElementTree.fromstring(bundle["image/svg+xml"]))
    ElementTree.fromstring(bundle["text/html"])
    assert all(
        line.isprintable() for line in bundle["text/plain"].replace("\u200c", "").replace("\u200d", "").split("\n")
    )


def test_ten_thousand_segments_stay_small() -> None:
    text = "some & words <here> that go on and on, as people's do" * 3
    tracks = [Track("speaker", str(place)) for place in range(50)]
    segments = [segment(at / 7, at / 7 + at % 97 / 9 + 0.01, text, f"speaker:{at % 50}") for at in range(10_000)]
    bundle = mime_bundle(Annotation(tracks, segments))
    assert len(bundle["image/svg+xml"].encode()) < 300_000
    root = ElementTree.fromstring(bundle["image/svg+xml"])
    assert len(boxes(root)) <= 600
    many = [
        int(found[1].replace(",", ""))
        for text in titles(root)
        if (found := re.match(r"([\d,]+) segments? too short", text))
    ]
    assert len(boxes(root)) + sum(many) == 8000  # those on the 40 tracks that are drawn
    assert "10 more tracks not shown" in "".join(root.itertext())
    assert bundle["text/plain"].count("\n") == 41
    assert bundle["text/plain"].endswith("… and 9,960 more segments")
    assert bundle["text/html"].count("<tr>") == 21
    assert "… and 9,980 more segments" in bundle["text/html"]


def test_print_aligns_times_and_tracks() -> None:
    annotation = Annotation(
        tracks=[Track("speaker", "Anna"), Track("note", "日本")],
        segments=[segment(0.5, 1.25, "hello\nyou"), segment(3600, 3723.45, "\x1b[2Jred", "note:日本")],
        content={"noise": ["traffic", "music"], "clear": True, "none": []},
    )
    assert str(annotation).splitlines() == [
        "Annotation: 2 segments on 2 tracks",
        "   0:00.500     0:01.250  speaker: Anna  hello you",
        "1:00:00.000  1:02:03.450  note: 日本     \\x1b[2Jred",
        "content",
        "  noise: traffic, music",
        "  clear: yes",
    ]


def test_sanitisers_leave_the_picture_or_at_least_the_table() -> None:
    html = Annotation(tracks=TRACKS, segments=[segment(0, 1, "hello <b>you</b>")])._repr_html_()
    # What GitHub and JupyterLab let through of HTML that they do not trust, as far as it concerns this.
    tags = {"div", "img", "table", "thead", "tbody", "tr", "th", "td", "p"}
    kept = bleach.clean(
        html, tags, {"img": ["src", "alt"], "*": ["dir", "style"]}, ["data"], css_sanitizer=CSSSanitizer()
    )
    assert kept == html.replace("/>", ">")
    strict = bleach.clean(html, {"table", "tr", "td"}, {}, strip=True)
    assert "<td>speaker: Anna</td><td>hello &lt;b&gt;you&lt;/b&gt;</td>" in strict


@pytest.fixture
def widget() -> Iterator[Segmenter]:
    w = Segmenter(sample.audio(), presets.call_center())
    w.segments = [Segment("speaker:Customer", 1, 9, {"emotion": "Happy", "text": "hello"})]
    yield w
    w.close()


def test_a_widget_brings_its_timeline_as_of_now(widget: Segmenter) -> None:
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    root = ElementTree.fromstring(data["image/svg+xml"])
    assert "hello" in [text.text for text in root.iter(f"{SVG}text")]
    assert list(root.itertext())[-1].endswith("0:31.688")
    assert data["text/plain"].startswith("Annotation of dialogue.flac: 1 segment on 1 track")


SHOW = """w.segments = [{"track": "speaker:Customer", "start": 0.5, "end": 9.25, "fields": {"text": "hello <you>"}}]
w"""


@pytest.fixture(scope="module")
def executed() -> nbformat.NotebookNode:
    """Run the quickstart's first cells and one that shows the widget, as `nbconvert --execute` does."""
    notebook = nbformat.read(ROOT / "notebooks/01_quickstart.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "code"][:2]
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in (SHOW, "w.annotation", "print(w.annotation)")]
    return NotebookClient(notebook, timeout=60, kernel_name="python3").execute()


def pictures(html: str) -> list[str]:
    """Return the words in the timelines of a page."""
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    return [" ".join(ElementTree.fromstring(base64.b64decode(data)).itertext()) for data in found]


def test_nbconvert_shows_the_timeline_without_a_kernel(executed: nbformat.NotebookNode) -> None:
    notebook = copy.deepcopy(executed)
    assert notebook.metadata.pop("widgets")
    html, _ = HTMLExporter().from_notebook_node(notebook)
    empty, shown, annotation = pictures(html)
    assert "0 segments" not in empty
    assert "No tracks" in empty
    assert "speaker: Customer" in shown
    assert "hello <you>" in shown
    assert "hello <you>" in annotation
    assert html.count("hello &lt;you&gt;") == 4  # the cell, two tables, the print
    assert "<you>" not in html


def test_a_saved_widget_holds_the_annotation_as_of_when_it_was_shown(executed: nbformat.NotebookNode) -> None:
    states = executed.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    (document,) = [state["state"]["_document"] for state in states if "_document" in state["state"]]
    assert [item["fields"]["text"] for item in document["annotation"]["segments"]] == ["hello <you>"]


def test_a_strict_nbconvert_leaves_the_words(executed: nbformat.NotebookNode) -> None:
    notebook = copy.deepcopy(executed)
    notebook.metadata.pop("widgets")
    settings = Config({"HTMLExporter": {"preprocessors": [SanitizeHTML], "sanitize_html": True}})
    html, _ = HTMLExporter(config=settings).from_notebook_node(notebook)
    assert "hello &lt;you&gt;" in html
    assert "<svg" not in html
