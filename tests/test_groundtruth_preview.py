"""The preview over real HTTP: the page, ranges and origins, the answer, and what keeps others out."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import msgspec
import numpy as np
import pytest

import avseg_widget
from avseg_widget import presets, sample
from avseg_widget.errors import AnswerError, AvsegError, MediaError
from avseg_widget.groundtruth import preview
from avseg_widget.media import open_media
from avseg_widget.model import Annotation, Segment, Track

pytestmark = pytest.mark.skipif(
    not (Path(avseg_widget.__file__).parent / "static" / "worker.js").is_file(), reason="the bundle is not built"
)

ANNOTATION = Annotation(
    [Track("speaker", "Customer")], [Segment("speaker:Customer", 0.1, 0.3, {"text": "<b>"}, "a")], {"rate": 2}
)


@pytest.fixture
def page():
    with preview(presets.call_center(), sample.audio()) as opened:
        yield opened


def request(url, method="GET", data=None, **headers):
    asked = urllib.request.Request(url, data, {"Origin": "null", **headers}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=10) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def submit(page, content):
    return request(f"{page.url}answer", "POST", json.dumps(content).encode(), **{"Content-Type": "application/json"})


def test_serves_the_rendered_template(page):
    status, headers, body = request(page.url)
    text = body.decode()
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    assert "{{" not in text
    assert "{%" not in text
    assert "assets.crowd.aws" not in text
    assert f'data-media="{page.url}media"' in text
    assert f'data-peaks="{page.url}peaks"' in text
    for name in ("worker.js", "avseg.css", "crowd-standin.js"):
        assert f'"static/{name}"' in text
        assert request(f"{page.url}static/{name}")[0] == 200


def test_serves_media_by_ranges_to_any_origin(page):
    whole = sample.audio().read_bytes()
    status, headers, body = request(f"{page.url}media")
    assert (status, body) == (200, whole)
    assert headers["Content-Type"] == "audio/flac"
    status, headers, body = request(f"{page.url}media", Range="bytes=10-19")
    assert (status, body) == (206, whole[10:20])
    assert headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Range" in headers["Access-Control-Expose-Headers"]
    assert request(f"{page.url}media", Range=f"bytes={len(whole)}-")[0] == 416
    preflight = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    assert request(f"{page.url}media", "OPTIONS", **preflight)[0] == 200


def test_serves_the_peaks_file(page, tmp_path):
    open_media(sample.audio()).write_sidecar(tmp_path / "peaks")
    assert request(f"{page.url}peaks")[2] == (tmp_path / "peaks").read_bytes()


def test_serves_arrays_and_bytes():
    array = np.zeros((4000, 2), np.int16)
    with preview(presets.call_center(), (array, 8000)) as page:
        status, headers, body = request(f"{page.url}media")
    assert status == 200
    assert headers["Content-Type"] == "audio/wav"
    assert open_media(body).info().duration == 0.5
    data = sample.audio().read_bytes()
    with preview(presets.call_center(), data) as page:
        assert request(f"{page.url}media")[2] == data


def test_leaves_urls_to_the_browser():
    with preview(presets.call_center(), "https://media.invalid/a.wav?x=1&y=2") as page:
        text = request(page.url)[2].decode()
        assert 'data-media="https://media.invalid/a.wav?x=1&amp;y=2"' in text
        assert 'data-peaks=""' in text


def test_passes_the_rest_of_the_manifest_line():
    metadata = {"source-ref": "s3://b/k", "annotations": ANNOTATION, "id": "<b>"}
    with preview(presets.call_center(), sample.audio(), metadata) as page:
        text = request(page.url)[2].decode()
        assert f'data-media="{page.url}media"' in text
        assert "&lt;b&gt;" in text
        assert "s3://b/k" not in text


def test_keeps_the_answer_as_ground_truth_stores_it(page):
    assert page.answer is None
    assert page.annotation is None
    request(page.url)
    content = {"annotations": msgspec.json.encode(ANNOTATION).decode()}
    status, headers, body = submit(page, content)
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(body) == page.answer
    (answer,) = page.answer["answers"]
    assert sorted(answer) == [
        *["acceptanceTime", "answerContent", "submissionTime", "timeSpentInSeconds", "workerId", "workerMetadata"]
    ]
    assert answer["answerContent"] == content
    assert answer["acceptanceTime"].endswith("Z")
    assert answer["timeSpentInSeconds"] >= 0
    assert page.annotation == ANNOTATION


def test_says_when_an_answer_does_not_fit(page):
    assert request(f"{page.url}answer", "POST", b"[1]")[0] == 400
    assert request(f"{page.url}answer", "POST", b"\xff")[0] == 400
    assert page.answer is None
    submit(page, {"annotations": '{"content": {"rate": 9}}'})
    with pytest.raises(AnswerError, match="rate"):
        page.annotation  # noqa: B018


def test_keeps_others_out(page):
    origin = page.url.rsplit("/", 2)[0]
    for path in ("/", "/media", "/answer", "/static/worker.js", "/wrong-token/", "/wrong-token/media"):
        assert request(origin + path)[0] == 404
    assert request(f"{origin}/answer", "POST", b"{}")[0] == 404
    assert request(f"{page.url}static/../../model.py")[0] == 404
    assert request(f"{page.url}static/%2e%2e/model.py")[0] == 404
    assert page.answer is None
    assert page.url.startswith("http://127.0.0.1:")
    with preview(presets.call_center(), sample.audio()) as other:
        assert other.url.rsplit("/", 2)[1] != page.url.rsplit("/", 2)[1]


def test_shows_itself_in_a_sandbox(page):
    shown = page._repr_html_()
    assert f'<iframe src="{page.url}"' in shown
    assert 'sandbox="allow-scripts allow-forms"' in shown
    assert f'<a href="{page.url}" target="_blank"' in shown
    assert page.url in repr(page)


def test_closes():
    page = preview(presets.call_center(), sample.audio())
    request(page.url)
    submit(page, {"annotations": "{}"})
    page.close()
    page.close()
    assert page.answer is not None
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(page.url, timeout=2)


def test_says_what_is_wrong_with_the_media(tmp_path):
    with pytest.raises(MediaError):
        preview(presets.call_center(), tmp_path / "none.wav")
    with pytest.raises(MediaError):
        preview(presets.call_center(), b"no media")


@pytest.mark.parametrize("metadata", [{"x": object()}, {"x": "\ud800"}, [1], "text"])
def test_says_what_is_wrong_with_the_metadata(metadata):
    with pytest.raises(AvsegError, match="metadata"):
        preview(presets.call_center(), sample.audio(), metadata)


@pytest.mark.parametrize("name", ["liquid", "starlette", "uvicorn"])
def test_names_the_extra_when_it_is_missing(name):
    code = (
        f"import sys; sys.modules[{name!r}] = None\n"
        "from avseg_widget import AvsegError, groundtruth, presets, sample\n"
        "try: groundtruth.preview(presets.call_center(), sample.audio())\n"
        "except AvsegError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert 'pip install "avseg-widget[portal]"' in done.stdout
    assert len(done.stdout.splitlines()) == 1
