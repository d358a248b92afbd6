"""Templates: Ground Truth's Liquid, every flow of the data, and text that must stay text."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import fields, presets
from avseg_widget.errors import TaskError
from avseg_widget.groundtruth import build_template
from avseg_widget.groundtruth.lambdas import pre
from avseg_widget.groundtruth.liquid import liquid_environment
from avseg_widget.groundtruth.template import CROWD_ELEMENTS, MAX_TEMPLATE
from avseg_widget.model import Task

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "{{ task.input | to_json }}",
    "{% assign x = 1 %}{% raw %}",
    "</script><script>alert(1)</script>",
    "\"'`&amp;&#39;<!--",
    "\u202eright to left \u05e9\u05dc\u05d5\u05dd",
    "@task@ @media@ \\1 \\g<0>",
    "\u0000\u0001\u007f\u0085\u2028\r\n\t",
    "x" * 10_000,
    "😀 𝄞",
]


class Page(HTMLParser):
    """What a browser would find in a page: start tags with their attributes, and the title."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags = []
        self.title = ""
        self._stack = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs), list(self._stack)))
        if tag not in {"meta", "link", "input"}:
            self._stack.append(tag)

    def handle_endtag(self, tag):
        while self._stack and self._stack.pop() != tag:
            pass

    def handle_data(self, data):
        if self._stack and self._stack[-1] == "title":
            self.title += data

    def only(self, tag):
        (found,) = [attrs for name, attrs, _ in self.tags if name == tag]
        return found


def template(task, **urls):
    return build_template(task, **{"script_url": "https://cdn.example/worker.js", "style_url": "style.css", **urls})


def sign(uri):
    return f"https://signed.example/{uri.removeprefix('s3://')}?a=1&b=%22{{{{ x }}}}"


@pytest.fixture(params=[False, True], ids=["raw-json", "escaped-json"])
def render(request):
    environment = liquid_environment(sign, escape_json=request.param)
    return lambda text, line: Page(environment.from_string(text).render(task={"input": line}))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ x }}", "Have you read &#39;James &amp; the Giant Peach&#39;?"),
        ("{{ x | escape }}", "Have you read &#39;James &amp; the Giant Peach&#39;?"),
        ("{{ x | skip_autoescape }}", "Have you read 'James & the Giant Peach'?"),
        ("{{ once }}", "1 &amp;lt; 2"),
        ("{{ once | escape_once }}", "1 &lt; 2"),
        ("{{ object | to_json }}", '{"a":["é",1.5,null,true]}'),
        ("{{ object | to_json | escape }}", "{&#34;a&#34;:[&#34;é&#34;,1.5,null,true]}"),
        ("{{ media | grant_read_access }}", "https://signed.example/b/k?a=1&amp;b=%22{{ x }}"),
        ("{{ media | s3_presign }}", "https://signed.example/b/k?a=1&amp;b=%22{{ x }}"),
        ("[{{ missing }}{{ missing.more }}]", "[]"),
        ('{{ line.source-ref }}{{ line["source-ref"] }}', "uu"),
    ],
)
def test_documented_filters(source, expected):
    values = {
        "x": "Have you read 'James & the Giant Peach'?",
        "once": "1 &lt; 2",
        "object": {"a": ["é", 1.5, None, True]},
        "media": "s3://b/k",
        "line": {"source-ref": "u"},
    }
    assert liquid_environment(sign).from_string(source).render(**values) == expected


@pytest.mark.parametrize(
    ("line", "media"),
    [
        ({"source-ref": "s3://bucket/a b.wav"}, sign("s3://bucket/a b.wav")),
        ({"source": "s3://bucket/a.mp3"}, sign("s3://bucket/a.mp3")),
        ({"source": "https://host/a.mp3?x=1&y=s3://"}, "https://host/a.mp3?x=1&y=s3://"),
        ({"taskObject": "s3://bucket/a.mp3"}, sign("s3://bucket/a.mp3")),
        ({"taskObject": "https://host/a.mp3"}, "https://host/a.mp3"),
        ({"source-ref": 'https://host/"><img src=x onerror=alert(1)>'}, 'https://host/"><img src=x onerror=alert(1)>'),
        ({}, ""),
    ],
)
def test_finds_the_media_in_every_flow(render, line, media):
    page = render(template(presets.call_center()), line)
    assert page.only("div")["data-media"] == media
    assert page.only("div")["data-peaks"] == ""
    assert page.only("div")["data-annotations"] == ""


def test_grants_access_to_the_peaks_file(render):
    line = {"source-ref": "s3://b/a.wav", "peaks-ref": "s3://b/a.peaks"}
    assert render(template(Task()), line).only("div")["data-peaks"] == sign("s3://b/a.peaks")
    line["peaks-ref"] = "https://host/a.peaks?x&y"
    assert render(template(Task()), line).only("div")["data-peaks"] == "https://host/a.peaks?x&y"


def test_grants_access_to_annotations_that_are_too_long_for_a_line(render):
    line = {"source-ref": "s3://b/a.wav", "annotations-ref": "s3://b/a.json"}
    assert render(template(Task()), line).only("div")["data-annotations-url"] == sign("s3://b/a.json")
    line["annotations-ref"] = "https://host/a.json?x&y"
    assert render(template(Task()), line).only("div")["data-annotations-url"] == "https://host/a.json?x&y"
    assert render(template(Task()), {}).only("div")["data-annotations-url"] == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(render, text):
    label = text.strip() or "x"
    task = Task(
        title=text,
        tracks={label[:200]: [label[:200]]},
        segment_fields=[fields.Text("text", label=text, help=text, default=text)],
        content_fields=[fields.Checkboxes("boxes", [text])],
        instructions=text,
    )
    annotations = {text: [text]}
    line = {"source-ref": text, "annotations": annotations, "peaks-ref": text, "annotations-ref": text, text: [text]}
    page = render(template(task), line)
    assert [tag for tag, _, _ in page.tags] == [
        *["html", "head", "meta", "meta", "meta", "title", "link", "script", "link", "script", "body"],
        *["div", "crowd-form", "crowd-button", "input"],
    ]
    attributes = page.only("div")
    names = {"task", "media", "peaks", "annotations", "annotations-url", "metadata"}
    assert set(attributes) == {"id", *(f"data-{name}" for name in names)}
    assert json.loads(attributes["data-metadata"]) == line
    assert attributes["data-annotations-url"] == text
    assert msgspec.json.decode(attributes["data-task"], type=Task) == task
    assert json.loads(attributes["data-annotations"]) == annotations
    assert page.title.strip() == text.strip()


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_arrives(text):
    task = Task(title="t", instructions=text)
    rendered = liquid_environment().from_string(template(task)).render(task={"input": {}})
    assert json.loads(Page(rendered).only("div")["data-task"])["instructions"] == text


@pytest.mark.parametrize("function", [False, True], ids=["no function", "pre-annotation function"])
def test_gives_the_whole_line_to_be_shown(render, function):
    line = {"source": "https://host/a.wav", "speaker": "S <7>", "prompt": {"text": "a & 'b'"}, "round": 2}
    given = pre.handler({"version": "2018-10-16", "dataObject": line})["taskInput"] if function else line
    assert ("taskObject" in given) == function
    page = render(template(Task()), given)
    assert page.only("div")["data-media"] == "https://host/a.wav"
    assert json.loads(page.only("div")["data-metadata"]) == given


def test_a_page_is_the_same_however_json_is_printed():
    line = {"source-ref": "s3://b/a.wav", "annotations": {"segments": []}, "prompt": HOSTILE}
    pages = {
        liquid_environment(sign, escape_json=escaped).from_string(template(Task())).render(task={"input": line})
        for escaped in (False, True)
    }
    assert len(pages) == 1


def test_annotations_may_be_a_string(render):
    page = render(template(Task()), {"annotations": json.dumps({"segments": []})})
    assert json.loads(json.loads(page.only("div")["data-annotations"])) == {"segments": []}


def test_the_editor_is_outside_the_form():
    text = template(Task())
    page = Page(liquid_environment().from_string(text).render(task={"input": {}}))
    parents = {tag: parents for tag, _, parents in page.tags}
    assert "crowd-form" not in parents["div"]
    assert parents["input"][-1] == parents["crowd-button"][-1] == "crowd-form"
    assert page.only("input") == {"type": "hidden", "name": "annotations"}
    assert page.only("crowd-button")["form-action"] == "submit"
    assert CROWD_ELEMENTS in text
    assert [attrs for tag, attrs, _ in page.tags if tag == "script"][1] == {
        "src": "https://cdn.example/worker.js",
        "defer": None,
    }


@pytest.mark.parametrize("url", ["https://h/a.js?b={{x}}&c='\"<", "static/a.js", "/a.js", "http://127.0.0.1:8000/a.js"])
def test_takes_urls(url):
    text = liquid_environment().from_string(template(Task(), script_url=url)).render(task={"input": {}})
    assert [attrs for tag, attrs, _ in Page(text).tags if tag == "script"][1]["src"] == url


@pytest.mark.parametrize(
    "url",
    [
        *[
            "",
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/javascript,1",
            "//host/a.js",
            "\\\\host\\a.js",
        ],
        *[
            "http://host/a.js",
            "https:///a.js",
            "ftp://host/a.js",
            "s3://bucket/a.js",
            " https://host/a.js",
            "https://[x/a",
        ],
    ],
)
@pytest.mark.parametrize("name", ["script_url", "style_url"])
def test_refuses_other_urls(name, url):
    with pytest.raises(TaskError, match=f"{name} must be an https URL"):
        template(Task(), **{name: url})


def test_refuses_what_ground_truth_would_not_render():
    template(Task(instructions="x" * (MAX_TEMPLATE - 3000)))
    with pytest.raises(TaskError, match="128,000: shorten"):
        template(Task(instructions="x" * MAX_TEMPLATE))


def test_needs_no_extra():
    """Only the preview needs Liquid and a server."""
    code = (
        "import sys, avseg_widget.groundtruth;"
        "assert not {'liquid', 'starlette', 'uvicorn', 'boto3'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
