"""One page that holds an annotation and its media: what is in it, what never is, and what is said when it can't be."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import (
    Annotation,
    AnnotationError,
    AvsegError,
    MediaError,
    Provenance,
    Segment,
    Segmenter,
    Task,
    Track,
    export_html,
    formats,
    presets,
)
from avseg_widget import sample as samples
from avseg_widget.media import open_media

from .media_makers import encode

TEXT = "</script><script>alert(1)</script><!-- \u2028 ]]> & \"'"
VARIABLE = {"global_quality": "472", "flags": "+qscale"}
ANNOTATION = Annotation(
    tracks=[Track("speaker", "Customer")],
    segments=[Segment("speaker:Customer", 0.1, 0.30000000000000004, {"text": TEXT, "emotion": "Happy"}, "a")],
    content={"rate": 4.0, "backgroundNoise": ["music"]},
    provenance=Provenance(annotator="<b>Maria</b>"),
)


class Page(HTMLParser):
    """What a browser finds in a page: the tags, and the texts of scripts by id."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str | None, str] = {}
        self._id: str | bool | None = False
        self.title = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._id = dict(attrs).get("id") if tag == "script" else False

    def handle_endtag(self, _tag: str) -> None:
        self._id = False

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "title":
            self.title = self.title or data
        if self._id is not False:
            self.scripts[self._id] = self.scripts.get(self._id, "") + data

    @property
    def data(self):
        return json.loads(self.scripts["avseg-data"])

    @property
    def media(self) -> bytes:
        return base64.b64decode(self.scripts["avseg-media"])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "page.html"


def test_a_page_holds_all_there_is(target: Path) -> None:
    made = export_html(ANNOTATION, target, samples.audio(), presets.call_center())
    page = Page(target)
    assert page.media == samples.audio().read_bytes()
    assert page.data["media"] == {"name": "dialogue.flac", "mime": "audio/flac"}
    assert msgspec.convert(page.data["annotation"], Annotation) == ANNOTATION
    assert page.data["task"] == msgspec.to_builtins(presets.call_center())
    assert page.title == "Customer call"
    assert (made.path, made.size, made.media_size) == (target, target.stat().st_size, len(page.media))
    assert str(made) == f"{target}: {made.size / 1e6:.1f} MB, 0.5 MB of it media"


def test_nothing_in_a_page_comes_from_elsewhere_or_runs_but_the_editor(target: Path) -> None:
    export_html(ANNOTATION, target, samples.audio())
    page = Page(target)
    policy = next(attributes["content"] for _, attributes in page.tags if "http-equiv" in attributes)
    script = page.scripts[None]
    checksum = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{checksum}';")
    assert [attributes for tag, attributes in page.tags if tag == "script" and "id" not in attributes] == [{}]
    assert not re.search(r"https?:|\*", policy)
    addresses = [value for _, found in page.tags for name, value in found.items() if name in {"src", "href"}]
    assert all(str(address).startswith("data:") for address in addresses)
    assert "</script" not in script
    assert "<!--" not in script
    assert {tag for tag, _ in page.tags} == {
        *("html", "head", "meta", "title", "link", "style", "body", "main", "noscript", "div", "img", "table"),
        *("thead", "tbody", "tr", "th", "td", "script"),
    }


@settings(max_examples=20, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])) | st.just(TEXT))
def test_any_text_comes_out_as_it_was(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    target = tmp_path_factory.mktemp("page") / "page.html"
    annotation = Annotation(content={"text": text}, provenance=Provenance(annotator=text))
    export_html(annotation, target, (np.zeros(8000), 8000), title=text)
    data = Page(target).data
    assert data["annotation"]["content"] == {"text": text}


def test_a_segmenter_brings_its_media_and_task(target: Path) -> None:
    w = Segmenter(samples.audio(), presets.call_center(), annotation=ANNOTATION)
    export_html(w, target)
    assert Page(target).data["task"]["title"] == "Customer call"
    assert msgspec.convert(Page(target).data["annotation"], Annotation) == w.annotation
    w.close()


def test_without_a_task_the_fields_are_those_with_answers(target: Path) -> None:
    export_html(ANNOTATION, target, samples.audio())
    task = Page(target).data["task"]
    assert task["title"] == "dialogue.flac"
    assert [field["name"] for field in task["segment_fields"]] == ["text", "emotion"]
    assert [(field["name"], field["kind"]) for field in task["content_fields"]] == [
        ("rate", "number"),
        ("backgroundNoise", "checkboxes"),
    ]


@pytest.mark.parametrize(
    ("name", "codecs", "mime"),
    [
        ("vbr.mp3", {"audio": "libmp3lame", "audio_options": VARIABLE}, "audio/mp4"),
        ("six.mkv", {"audio": "flac", "channels": 6}, "audio/flac"),
        ("film.avi", {"audio": "libmp3lame", "video": "mpeg4"}, "video/mp4"),
    ],
)
def test_what_browsers_do_not_play_exactly_is_a_copy_with_the_same_times(
    tmp_path: Path, target: Path, name: str, codecs: dict[str, Any], mime: str
) -> None:
    source = encode(tmp_path / name, 2, **codecs)
    export_html(Annotation(), target, source)
    page = Page(target)
    assert page.data["media"] == {"name": name, "mime": mime}
    copied = open_media(page.media).info()
    assert copied.duration == pytest.approx(open_media(source).info().duration, abs=0.05)
    assert copied.exact
    assert not copied.hindrances


def test_large_media_is_compressed_and_too_large_media_is_refused(target: Path) -> None:
    noise = (np.random.default_rng(1).uniform(-0.5, 0.5, (48_000 * 20, 2)), 48_000)
    told: list[float] = []
    made = export_html(Annotation(), target, noise, max_bytes=1_000_000, progress=told.append)
    assert made.media_size < 1_000_000
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1, abs=0.01)
    assert Page(target).data["media"]["mime"] == "audio/mp4"
    with pytest.raises(
        MediaError, match=r"has 0\.\d MB even compressed, and the page takes 0\.1 MB: give max_bytes=\d+ or"
    ):
        export_html(Annotation(), target, noise, max_bytes=100_000, overwrite=True)
    assert Page(target).data["media"]["mime"] == "audio/mp4"


def test_what_cannot_be_written_says_so(target: Path, tmp_path: Path) -> None:
    with pytest.raises(AvsegError, match=r"export_html\(annotation, path, media=\.\.\.\)"):
        export_html(ANNOTATION, target)
    with pytest.raises(AvsegError, match="takes an Annotation or a Segmenter, not dict"):
        export_html({}, target, samples.audio())
    with pytest.raises(AvsegError, match=r"page\.html cannot be written \(there is no folder .*no\)"):
        export_html(ANNOTATION, tmp_path / "no" / "page.html", samples.audio())
    with pytest.raises(AnnotationError, match="no field"):
        export_html(ANNOTATION, target, samples.audio(), Task(tracks={"speaker": ["Customer"]}))
    with pytest.raises(AvsegError, match=r"cannot be written \(.+\): choose another place"):
        export_html(ANNOTATION, tmp_path, samples.audio(), overwrite=True)
    target.write_text("mine")
    with pytest.raises(AvsegError, match="is there already"):
        export_html(ANNOTATION, target, samples.audio())
    assert target.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [target]


def test_the_command_writes_a_page(target: Path, tmp_path: Path) -> None:
    labels, task = tmp_path / "call.jsonl", tmp_path / "task.json"
    formats.write(ANNOTATION, labels)
    task.write_bytes(msgspec.json.encode(presets.call_center()))
    command = [sys.executable, "-m", "avseg_widget.cli", "export-html", labels, samples.audio(), "--out", target]
    done = subprocess.run([*command, "--task", task], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{target}: 1.0 MB")
    assert Page(target).data["task"]["title"] == "Customer call"
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert again.stderr.endswith("is there already: choose another name, or give --overwrite\n")
    unknown = subprocess.run([*command[:4], target, *command[5:]], capture_output=True, text=True, check=False)
    assert f"{target.name} is in no format known here; give --format if" in unknown.stderr
