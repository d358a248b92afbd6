"""The worker page as it is deployed: its files from one server with checksums, the media from another, signed.

moto's server stands for S3, and for CloudFront in front of it, which moto has no data path of.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from playwright.sync_api import Page, expect

from avseg_widget import presets, sample
from avseg_widget.groundtruth import Manifest, build_template
from avseg_widget.groundtruth.bundle import CACHE_CONTROL, load_bundle
from avseg_widget.groundtruth.cors import merge_rules, read_rules, write_rules
from avseg_widget.groundtruth.liquid import liquid_environment

from .editor import Editor

STATIC = Path(presets.__file__).parent / "static"
THEIRS = {"ID": "theirs", "AllowedMethods": ["PUT"], "AllowedOrigins": ["https://app.example"]}
#: The page that a portal shows the task in, as closed as a frame may be.
PORTAL = '<iframe src="{}" sandbox="allow-scripts allow-forms" style="width: 98vw; height: 95vh"></iframe>'


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    for bucket in ("data", "assets"):
        client.create_bucket(Bucket=bucket)
    write_rules(client, "data", [THEIRS])
    for bucket in ("data", "assets"):
        write_rules(client, bucket, merge_rules(read_rules(client, bucket), "avseg"))
    yield client
    client.close()
    server.stop()


def signed(s3: Any, bucket: str, key: str) -> str:
    return s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=3600)


def publish(s3: Any, key: str, html: str) -> str:
    s3.put_object(Bucket="assets", Key=key, Body=html.encode(), ContentType="text/html; charset=utf-8")
    return signed(s3, "assets", key)


def show(page: Page, s3: Any, *, integrity: str | None = None) -> Editor:
    """Show the page of the sample's task, with the bundle in one bucket and the media in the other."""
    bundle = load_bundle()
    for asset in (bundle.script, bundle.style):
        s3.put_object(
            Bucket="assets", Key=asset.key, Body=asset.data, ContentType=asset.content_type, CacheControl=CACHE_CONTROL
        )
    text = build_template(
        presets.call_center(),
        script_url=signed(s3, "assets", bundle.script.key),
        style_url=signed(s3, "assets", bundle.style.key),
        script_integrity=integrity or bundle.script.integrity,
        style_integrity=bundle.style.integrity,
    )
    (line,) = Manifest.from_files(sample.audio()).upload("data", "calls", client=s3)

    def sign(uri: str) -> str:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return signed(s3, bucket, key)

    html = liquid_environment(sign).from_string(text).render(task={"input": line})
    portal = PORTAL.format(escape(publish(s3, "task.html", html)))
    standin = STATIC / "crowd-standin.js"
    page.route("https://assets.crowd.aws/**", lambda route: route.fulfill(path=standin, content_type="text/javascript"))
    page.goto(publish(s3, "portal.html", portal))
    return Editor(page, 16_000, page.frame_locator("iframe").locator("body"))


def test_the_page_takes_its_files_by_their_checksums_and_plays_signed_media(page: Page, s3: Any) -> None:
    """Defects 1, 2 and 21: a script that runs too early, that is not there, that is not the one that was tried."""
    editor = show(page, s3)
    editor.wait()
    editor.add_track("speaker", "Customer")
    editor.drag("speaker:Customer", 1, 2)
    expect(editor.table.get_by_role("row")).to_have_count(2)


def test_a_file_that_was_changed_is_not_run(page: Page, s3: Any, problems: list[str]) -> None:
    with page.expect_console_message(lambda message: "integrity" in message.text):
        editor = show(page, s3, integrity="sha384-" + "A" * 64)
    assert editor.button("Add new track").count() == 0
    problems.clear()


def test_the_data_bucket_answers_pages_of_any_origin_by_range(s3: Any) -> None:
    """Section 1.6: without CORS browsers do not load media, and a waveform needs ranges."""
    s3.put_object(Bucket="data", Key="a.wav", Body=bytes(range(100)))
    headers = {"Origin": "null", "Range": "bytes=10-19"}
    url = signed(s3, "data", "a.wav")
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as response:
        assert (response.status, response.read()) == (206, bytes(range(10, 20)))
        assert response.headers["Access-Control-Allow-Origin"] in {"*", "null"}
        assert "Content-Range" in response.headers["Access-Control-Expose-Headers"]
    assert read_rules(s3, "data")[0] == THEIRS
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url.split("?")[0])
