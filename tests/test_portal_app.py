"""The portal over HTTP: who may do what, by ranges, within limits, over restarts; and its results, view and command."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest
import soundfile

import avseg_widget
from avseg_widget import Task, cli, fields
from avseg_widget.errors import AvsegError, ManifestError
from avseg_widget.groundtruth import Manifest, Portal, PortalError, read_results
from avseg_widget.groundtruth.loopback import LoopbackServer
from avseg_widget.groundtruth.portal_app import MOST_REQUESTS, MOST_STRANGE_REQUESTS, PortalApp
from avseg_widget.groundtruth.portal_lead import lead_link

STATIC = Path(avseg_widget.__file__).parent / "static"
pytestmark = pytest.mark.skipif(not (STATIC / "portal.js").is_file(), reason="the bundle is not built")

TASK = Task(title="Calls <b>", tracks={"speaker": ["A"]}, segment_fields=[fields.Text("text")])
ANSWER = {"annotations": '{"tracks":[],"segments":[],"content":{}}'}


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a manifest of four recordings."""
    lines = []
    for item in range(4):
        soundfile.write(tmp_path / f"{item} ü.wav", 0.3 * np.sin(np.arange(4000) / (5 + item)), 8000)
        lines.append({"source-ref": f"{item} ü.wav", "note": f"</script>{{{{ {item} }}}}"})
    (tmp_path / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "secret.txt").write_text("not in the manifest")
    return tmp_path


@pytest.fixture
def portal(folder: Path) -> Iterator[Portal]:
    with Portal(TASK, folder / "manifest.jsonl", folder / "out", workers=2, invite=["Ada", "Ben"]) as opened:
        yield opened


class Served:
    """The portal's application once more, at an address of its own and at a time that the test sets."""

    def __init__(self, portal: Portal, clock: Clock, url: str = "") -> None:
        self._server = LoopbackServer("test")
        self.portal, self.address = portal, self._server.origin
        self.origin = url or self.address
        hosts = frozenset({self.address.rpartition("/")[2]})
        around = replace(portal._around, origin=self.origin, hosts=hosts, clock=clock)
        self._server.start(PortalApp(portal._state, around).asgi)
        self.people: list[Person] = []

    def person(self, link: str) -> Person:
        """Return a browser that has opened a link."""
        person = Person(self, link.replace(self.portal.url, self.address))
        self.people.append(person)
        return person

    def join(self, name: str = "Ada") -> Person:
        return self.person(self.portal.links[name])

    def lead(self) -> Person:
        return self.person(lead_link(self.portal._state, self.address))

    def close(self) -> None:
        for person in self.people:
            person.client.close()
        self._server.close()


class Person:
    """A browser's requests."""

    def __init__(self, app: Served, link: str) -> None:
        self.app = app
        self.client = httpx.Client(base_url=app.address, timeout=60)
        self.joined = self.client.get(link)

    def post(self, path: str, content: object = None, origin: str | None = None) -> httpx.Response:
        headers = {"Origin": self.app.origin if origin is None else origin}
        return self.client.post(path, json=content or {}, headers=headers)

    def take(self) -> dict[str, Any]:
        found: dict[str, Any] = self.post("/take").json()
        return found

    def answer(self, task: dict[str, Any], content: object = ANSWER) -> httpx.Response:
        return self.client.post(f"{task['url']}answer", json=content, headers={"Origin": "null"})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(portal: Portal, clock: Clock) -> Iterator[Served]:
    served = Served(portal, clock)
    yield served
    served.close()


# Who may ask.


def test_an_invitation_becomes_a_cookie_and_leaves_the_address(app: Served, portal: Portal) -> None:
    ada = app.join()
    assert (ada.joined.status_code, ada.joined.headers["Location"]) == (303, f"{app.origin}/")
    cookie = ada.joined.headers["Set-Cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/"} <= set(cookie.split("; "))
    page = ada.client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert portal.links["Ada"].rpartition("/")[2] not in page.text
    assert "Calls &lt;b&gt;" in page.text
    assert ada.client.get("/state").json()["worker"] == "Ada"
    assert ada.post("/leave").status_code == 204
    assert ada.client.get("/state").status_code == 401


def test_a_secure_address_makes_secure_cookies(portal: Portal, clock: Clock) -> None:
    served = Served(portal, clock, url="https://portal.test")
    joined = served.join().joined
    assert joined.headers["Location"] == "https://portal.test/"
    assert "secure" in joined.headers["Set-Cookie"].lower().split("; ")
    served.close()


def test_strangers_get_a_page_that_says_what_to_do(app: Served, portal: Portal) -> None:
    stranger = app.person("/join/wrong")
    assert stranger.joined.status_code == 404
    for path in ("/", "/state", "/lead/", "/lead/state"):
        assert stranger.client.get(path).status_code == 401
    page = stranger.client.get("/", headers={"Accept": "text/html"})
    assert "Open your invitation link" in page.text
    assert page.headers["Content-Type"].startswith("text/html")
    assert stranger.post("/take").status_code == 401
    assert stranger.client.get("/t/1.wrong/").status_code == 404
    assert stranger.client.get("/t/99999999999999999999.x/").status_code == 404
    assert "not valid" in stranger.client.get("/lead/join/wrong").text


def test_a_renewed_link_ends_the_old_one_and_who_signed_in_by_it(app: Served, portal: Portal) -> None:
    ada, old = app.join(), portal.links["Ada"]
    assert portal.invite("Ada") == old
    new = portal.invite("Ada", renew=True)
    assert new != old
    assert ada.client.get("/state").status_code == 401
    assert app.person(old.replace(portal.url, app.address)).joined.status_code == 404
    assert app.join().client.get("/state").status_code == 200


@pytest.mark.parametrize("path", ["/take", "/skip", "/leave", "/lead/pause", "/lead/invite"])
@pytest.mark.parametrize("origin", ["null", "http://evil.test", "http://127.0.0.1:1", ""])
def test_pages_of_other_sites_change_nothing(app: Served, portal: Portal, path: str, origin: str) -> None:
    ada = app.lead()
    ada.client.get(portal.links["Ada"].replace(portal.url, app.address))
    refused = ada.post(path, {"assignment": 1, "paused": True, "name": "Eve"}, origin=origin)
    assert refused.status_code == 403
    assert app.origin in refused.text
    assert portal.progress.held == 0
    assert not portal.progress.paused
    assert "Eve" not in portal.links


def test_requests_by_another_name_are_refused(app: Served, portal: Portal) -> None:
    refused = app.join().client.get("/state", headers={"Host": "evil.test"})
    assert refused.status_code == 421
    assert app.origin in refused.text


def test_only_the_lead_sees_the_links(app: Served, portal: Portal) -> None:
    ada, boss = app.join(), app.lead()
    assert boss.joined.headers["Location"] == f"{app.origin}/lead/"
    assert ada.client.get("/lead/state").status_code == 401
    assert boss.client.get("/state").status_code == 401
    told = boss.client.get("/lead/state").json()
    links = {name: link.replace(portal.url, app.address) for name, link in portal.links.items()}
    assert {worker["name"]: worker["link"] for worker in told["workers"]} == links
    assert boss.post("/lead/invite", {"name": "Cleo"}).json()["workers"][2]["name"] == "Cleo"
    assert "printable" in boss.post("/lead/invite", {"name": "a\nb"}).text
    assert boss.post("/lead/invite", {"name": 7}).status_code == 400
    assert boss.post("/lead/pause", {"paused": 1}).status_code == 400


# Tasks.


def test_a_task_is_taken_shown_submitted_and_skipped(app: Served, portal: Portal) -> None:
    ada = app.join()
    task = ada.take()
    assert ada.take()["assignment"] == task["assignment"] == ada.client.get("/state").json()["assignment"]
    page = ada.client.get(task["url"]).text
    assert 'data-media="media"' in page
    assert 'data-told="avseg-submitted"' in page
    assert "assets.crowd.aws" not in page
    assert ada.answer(task).json() == {"submitted": True, "fresh": True}
    second = ada.take()
    assert (second["own"], second["submitted"]) == (1, 1)
    assert ada.post("/skip", {"assignment": second["assignment"]}).json().get("assignment") is None
    third = ada.take()
    assert len({task["url"], second["url"], third["url"]}) == 3
    assert ada.post("/skip", {"assignment": True}).status_code == 400
    assert ada.post("/skip", {"assignment": task["assignment"]}).status_code == 409
    assert ada.answer(second).status_code == 409


def test_an_answer_counts_once_however_often_it_is_sent(app: Served, portal: Portal) -> None:
    ada = app.join()
    task = ada.take()
    found = []
    threads = [threading.Thread(target=lambda: found.append(ada.answer(task).json()["fresh"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * 7 + [True]
    assert portal.submitted == {"Ada": 1, "Ben": 0}
    assert ada.answer(task, {"annotations": "another"}).json()["fresh"] is False
    portal.flush()
    [answered] = [result for result in read_results(portal.out) if result.status != "unlabeled"]
    assert answered.annotation is not None


def test_a_task_is_released_when_its_time_is_over(app: Served, portal: Portal, clock: Clock) -> None:
    people = [app.join(name) for name in ("Ada", "Ben")]
    portal.invite("Cleo")
    cleo = app.join("Cleo")
    late = [person.take() for person in people]
    assert cleo.take()["url"] != late[0]["url"]
    assert late[0]["left"] == 3600
    clock.now += 3599
    assert people[0].take()["left"] == 1
    clock.now += 1
    assert people[0].client.get("/state").json().get("assignment") is None
    assert app.lead().client.get("/lead/state").json()["held"] == 0
    # The first answer that comes in late still finds its place; Cleo then takes the other.
    assert people[0].answer(late[0]).status_code == 200
    taken = cleo.take()
    assert "note" not in taken
    assert (
        portal._state.item_of(portal._state.worker_of(portal.links["Cleo"].rpartition("/")[2]), taken["assignment"])
        == 0
    )
    refused = people[1].answer(late[1])
    assert (refused.status_code, "others have it now" in refused.text) == (409, True)


def test_pause_and_resume(app: Served, portal: Portal) -> None:
    ada, boss = app.join(), app.lead()
    held = ada.take()
    assert boss.post("/lead/pause", {"paused": True}).json()["paused"]
    assert app.join("Ben").take().get("assignment") is None
    assert ada.take()["assignment"] == held["assignment"]
    assert ada.answer(held).status_code == 200
    assert ada.take().get("assignment") is None
    assert ", paused" in repr(portal)
    portal.resume()
    assert ada.take()["assignment"] != held["assignment"]
    portal.pause()
    assert boss.client.get("/lead/state").json()["paused"]


def test_the_key_of_a_task_is_its_workers_alone(app: Served, portal: Portal) -> None:
    ada, ben = app.join(), app.join("Ben")
    mine, other = ada.take(), ben.take()
    key = str(other["url"]).split("/")[-2]
    forged = f"/t/{mine['assignment']}.{key.partition('.')[2]}/"
    assert ada.client.get(forged).status_code == 404
    assert ada.client.post(f"{forged}answer", json=ANSWER).status_code == 404
    assert ada.client.get(f"/t/{key}ü/").status_code == 404
    portal.invite("Cleo")
    assert app.join("Cleo").post("/skip", {"assignment": mine["assignment"]}).status_code == 409


# What is sent.


def test_what_is_no_answer_is_refused(app: Served, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = app.join()
    task = ada.take()
    for body in (
        b"",
        b"[1]",
        b"{",
        b'{"a": NaN}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ):
        refused = ada.client.post(f"{task['url']}answer", content=body)
        assert refused.status_code == 400, body[:20]
        assert "JSON" in refused.text
    assert ada.post("/skip", {"assignment": "x" * 5000}).status_code == 413
    monkeypatch.setattr("avseg_widget.groundtruth.server.MAX_ANSWER", 1)
    too_long = (b" " * 1024 * 1024 for _ in range(33))
    refused = ada.client.post(f"{task['url']}answer", content=too_long)
    assert (refused.status_code, refused.text) == (413, "the answer is larger than 32 MiB")
    assert portal.submitted["Ada"] == 0
    assert ada.answer(task, {"other": ["<b>", 1e300, {"ü": None}]}).status_code == 200


def test_media_comes_by_ranges_and_nothing_else_does(app: Served, portal: Portal, folder: Path) -> None:
    ada = app.join()
    url = ada.take()["url"]
    whole = (folder / "0 ü.wav").read_bytes()
    found = ada.client.get(f"{url}media")
    assert (found.status_code, found.content, found.headers["Content-Type"]) == (200, whole, "audio/wav")
    part = ada.client.get(f"{url}media", headers={"Range": "bytes=10-19", "Origin": "null"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole)}"
    assert part.headers["Access-Control-Allow-Origin"] == "*"
    assert ada.client.get(f"{url}media", headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert ada.client.get(f"{url}peaks").status_code == 200
    for path in ("../secret.txt", "..%2fsecret.txt", "%2e%2e/%2e%2e/secret.txt", "media/../../secret.txt", "secret.txt",
                 "..%5csecret.txt", "%2fetc%2fpasswd", "media%00", "1 ü.wav"):  # fmt: skip
        answer = ada.client.get(f"{url}{path}")
        assert answer.status_code in {401, 404}, path
        assert "not in the manifest" not in answer.text
    for path in ("/static/../cli.py", "/static/..%2fcli.py", "/static/%2e%2e/cli.py"):
        assert ada.client.get(path).status_code in {401, 404}


def test_paths_are_kept_in_over_a_plain_connection(portal: Portal) -> None:
    """Clients tidy paths up; what is sent as it is must be refused too."""
    with httpx.Client(base_url=portal.url, follow_redirects=True) as ada:
        ada.get(portal.links["Ada"])
        url = httpx.URL(ada.post("/take", json={}, headers={"Origin": portal.url}).json()["url"])
        for path in (b"../../secret.txt", b"..%2f..%2fsecret.txt", b"....//secret.txt"):
            raw = url.copy_with(raw_path=url.raw_path + path)
            assert ada.get(raw).status_code in {401, 404}
        assert "server" not in ada.get("/state").headers


def test_every_answer_has_safe_headers(app: Served, portal: Portal) -> None:
    ada = app.join()
    url = ada.take()["url"]
    paths = ["/", "/state", url, f"{url}media", "/static/worker.js", "/nowhere", "/t/1.x/", "/lead/", "/join/wrong"]
    for path in paths:
        headers = ada.client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == ("no-cache" if "static" in path else "no-store")
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert re.search(rf"frame-ancestors ('none'|{app.origin})(;|$)", policy)
        assert "unsafe-eval" not in policy
        assert "'unsafe-inline'" not in re.search(r"script-src [^;]*|$", policy)[0]
    assert "sandbox allow-scripts allow-forms" in ada.client.get(url).headers["Content-Security-Policy"]
    assert "allow-same-origin" not in ada.client.get(url).headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in ada.client.get("/state", headers={"Origin": "null"}).headers


def test_too_many_requests_have_to_wait(app: Served, portal: Portal, clock: Clock) -> None:
    ada = app.join()
    codes = [ada.client.get("/state").status_code for _ in range(MOST_REQUESTS + 1)]
    assert codes == [200] * MOST_REQUESTS + [429]
    refused = ada.client.get("/state")
    assert (refused.headers["Retry-After"], refused.text) == ("60", "Too many requests: wait 60 s.")
    assert app.join("Ben").client.get("/state").status_code == 200
    guesser = app.person("/join/0")
    codes = [guesser.client.get(f"/join/{number}").status_code for number in range(MOST_STRANGE_REQUESTS)]
    assert codes == [404] * (MOST_STRANGE_REQUESTS - 1) + [429]
    clock.now += 60
    assert ada.client.get("/state").status_code == 200


# What goes wrong with items.


def test_a_task_that_cannot_be_shown_says_so_to_worker_and_lead(app: Served, portal: Portal, folder: Path) -> None:
    (folder / "0 ü.wav").unlink()
    ada = app.join()
    task = ada.take()
    shown = ada.client.get(task["url"], headers={"Accept": "text/html"})
    assert shown.status_code == 500
    assert "Skip it" in shown.text
    assert "0 ü.wav" not in shown.text
    [problem] = app.lead().client.get("/lead/state").json()["problems"]
    assert problem.startswith("line 1: there is no file")
    assert portal.problems == [problem]
    assert ada.post("/skip", {"assignment": task["assignment"]}).status_code == 200
    assert ada.client.get(ada.take()["url"]).status_code == 200


def test_urls_are_left_to_the_browser_and_s3_is_signed(tmp_path: Path, s3: object) -> None:
    lines = [
        {"source": "https://media.test/a.mp3?a=1&b=2"},
        {"source-ref": "s3://bucket/calls/b c.wav", "peaks-ref": "s3://bucket/p"},
    ]
    with (
        Portal(TASK, lines, tmp_path / "out") as portal,
        httpx.Client(base_url=portal.url, follow_redirects=True) as ada,
    ):
        ada.get(portal.links["Worker 1"])
        pages = []
        for _ in lines:
            url = ada.post("/take", json={}, headers={"Origin": portal.url}).json()["url"]
            pages.append(ada.get(url).text)
            assert ada.get(f"{url}media").status_code == 404
            ada.post(f"{url}answer", json=ANSWER)
    assert 'data-media="https://media.test/a.mp3?a=1&amp;b=2"' in pages[0]
    assert re.search(r'data-media="https://[^"]*calls/b%20c.wav\?[^"]*X-Amz-Expires=43200', pages[1])
    assert re.search(r'data-peaks="https://[^"]*/p\?[^"]*X-Amz-Signature=', pages[1])


def test_lines_that_cannot_be_used_are_refused_at_the_start(folder: Path) -> None:
    for lines, message in (
        ([{"source-ref": str(folder / "none.wav")}], r"line 1: .*no file"),
        ([{"source-ref": str(folder / "secret.txt")}], r"line 1: .*secret.txt"),
        ([{"n": 1}], "neither source-ref nor source"),
        ([], "manifest"),
    ):
        with pytest.raises(ManifestError, match=message):
            Portal(TASK, lines, folder / "other")
        assert not (folder / "other" / "portal").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, "workers is how many"),
        ({"workers": True}, "workers is how many"),
        ({"time_limit": 0}, "time_limit is how many seconds"),
        ({"time_limit": float("nan")}, "time_limit is how many seconds"),
        ({"host": "0.0.0.0"}, "say by which address"),
        ({"host": "192.0.2.1"}, "cannot listen on 192.0.2.1:0"),
        ({"port": 70000}, "from 1 to 65535"),
        ({"url": "label.example.org"}, "url is where workers find"),
        ({"url": "https://label.example.org/path"}, "url is where workers find"),
        ({"invite": ["a\nb"]}, "printable"),
        ({"attribute": "a-ref"}, "a-ref"),
    ],
)
def test_options_that_make_no_sense_are_refused(folder: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(AvsegError, match=message):
        Portal(TASK, folder / "manifest.jsonl", folder / "out", **options)
    with Portal(TASK, folder / "manifest.jsonl", folder / "out"):
        pass


# Restarts, results, the view and the command.


def test_everything_survives_a_restart(folder: Path) -> None:
    arguments = (TASK, folder / "manifest.jsonl", folder / "out")
    with httpx.Client(follow_redirects=True) as ada:
        with Portal(*arguments, workers=2, invite=["Ada", "Ben"]) as first:
            url, links, lead_link_before = first.url, first.links, first.lead_link
            ada.get(links["Ada"])
            task = ada.post(f"{url}/take", json={}, headers={"Origin": url}).json()
            first.pause()
            with pytest.raises(PortalError, match="in use by another portal"):
                Portal(*arguments, workers=2)
        first.close()
        assert first.progress.held == 1
        assert "closed" in repr(first)
        with Portal(*arguments, workers=2) as again:
            assert (again.url, again.links, again.lead_link) == (url, links, lead_link_before)
            assert again.progress.paused
            assert ada.get(f"{url}/state").json()["url"] == task["url"]
            assert ada.post(f"{task['url']}answer", json=ANSWER).json()["fresh"]
    with pytest.raises(PortalError, match="2 workers an item, not 3"):
        Portal(*arguments, workers=3)
    with pytest.raises(PortalError, match="another manifest"):
        Portal(TASK, [{"source-ref": str(folder / "1 ü.wav")}], folder / "out", workers=2)


def test_another_port_is_taken_when_the_last_one_is_in_use(folder: Path) -> None:
    with Portal(TASK, folder / "manifest.jsonl", folder / "one") as one:
        with Portal(TASK, folder / "manifest.jsonl", folder / "two") as two:
            two._state.port = int(one.url.rpartition(":")[2])
        with Portal(TASK, folder / "manifest.jsonl", folder / "two") as two:
            assert two.url != one.url
            assert httpx.get(f"{two.url}/state").status_code == 401


def test_results_are_made_of_the_state_anew(app: Served, portal: Portal, folder: Path) -> None:
    ada, ben = app.join(), app.join("Ben")
    for person in (ada, ben):
        assert person.answer(person.take()).status_code == 200
    portal.close()
    assert [result.status for result in read_results(portal.out, TASK)] == ["answered"] * 2 + ["unlabeled"] * 3
    [response] = portal.out.glob("annotations/worker-response/iteration-1/0/*.json")
    whole = response.read_bytes()
    answers = json.loads(whole)["answers"]
    assert [answer["workerId"] for answer in answers] == ["Ada", "Ben"]
    assert answers[0]["answerContent"] == ANSWER
    line = json.loads(portal.manifest.read_text().splitlines()[0])
    assert line["avseg"] == {}
    assert line["avseg-metadata"]["worker-response-ref"] == response.relative_to(portal.out).as_posix()
    assert line["note"] == "</script>{{ 0 }}"
    before = portal.manifest.read_bytes()
    response.write_bytes(whole[:20])
    (response.parent / ".0123.part").write_bytes(b"half")
    portal.manifest.unlink()
    with Portal(TASK, folder / "manifest.jsonl", folder / "out", workers=2):
        pass
    assert (response.read_bytes(), portal.manifest.read_bytes()) == (whole, before)
    assert not list(portal.out.rglob(".*.part"))


def test_results_that_cannot_be_written_are_told_and_written_later(app: Served, portal: Portal) -> None:
    blocked = portal.out / "annotations"
    blocked.write_text("a file where a folder must be")
    ada = app.join()
    assert ada.answer(ada.take()).status_code == 200
    with pytest.raises(AvsegError, match="every answer is kept"):
        portal.flush()
    blocked.unlink()
    portal.flush()
    assert sum(result.status == "answered" for result in read_results(portal.out)) == 1


def test_the_view_is_escaped_and_follows_the_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from avseg_widget.groundtruth import portal_view

    monkeypatch.setattr(portal_view, "_SECONDS", 0.01)
    shown: list[dict[str, str]] = []
    followed = threading.Event()

    class Handle:
        def update(self, view: object) -> None:
            shown.append(view._repr_mimebundle_())
            followed.set()

    def display(view: object, **options: object) -> Handle:
        assert options == {"display_id": True}
        shown.append(view._repr_mimebundle_())
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    with Portal(TASK, folder / "manifest.jsonl", folder / "<i>out", invite=["<b>Ada"]) as portal:
        portal._ipython_display_()
        assert "0 of 4 items done" in shown[0]["text/plain"]
        assert "&lt;b&gt;Ada</a>" in shown[0]["text/html"]
        assert "<b>" not in shown[0]["text/html"]
        assert "<i>" not in shown[0]["text/html"]
        portal.pause()
        assert followed.wait(30)
        assert "paused" in shown[-1]["text/plain"]
    assert "closed" in shown[-1]["text/plain"]
    assert "/join/" not in shown[-1]["text/html"]
    assert portal._repr_html_() == shown[-1]["text/html"]


def serve(folder: Path, *options: str) -> list[str]:
    (folder / "task.json").write_bytes(msgspec.json.encode(TASK))
    return ["serve", str(folder / "task.json"), str(folder / "manifest.jsonl"), "--out", str(folder / "out"), *options]


def test_the_command_says_what_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = serve(folder)
    (folder / "broken.json").write_text('{"tracks": 7}')
    for place, name, message in (
        (1, "none.json", "cannot be read"),
        (1, "broken.json", "tracks"),
        (2, "none.jsonl", "there is no file"),
    ):
        changed = [*arguments]
        changed[place] = str(folder / name)
        assert cli.main(changed) == 2
        assert message in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        cli.main(["serve", "--help"])
    assert ended.value.code == 0
    assert "Exit code" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="ends the process by a signal")
def test_the_command_serves_until_it_is_stopped_or_done(folder: Path) -> None:
    command = [sys.executable, "-m", "avseg_widget.cli", *serve(folder, "--json", "--workers", "1", "--until-done")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        told = json.loads(running.stdout.readline())
        assert told["event"] == "serving"
        assert list(told["workers"]) == ["Worker 1"]
        assert json.loads(running.stdout.readline())["event"] == "progress"
        running.send_signal(signal.SIGTERM)
        assert "start it again to go on" in running.communicate(timeout=60)[1]
        assert running.returncode == 130
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running,
        httpx.Client(follow_redirects=True) as ada,
    ):
        assert running.stdout
        again = json.loads(running.stdout.readline())
        assert again == told
        ada.get(told["workers"]["Worker 1"])
        for _ in range(4):
            task = ada.post(f"{told['url']}/take", json={}, headers={"Origin": told["url"]}).json()
            assert ada.post(f"{task['url']}answer", json=ANSWER).json()["fresh"]
        last = json.loads(running.communicate(timeout=60)[0].splitlines()[-1])
        assert (last["done"], last["submitted"], running.returncode) == (4, 4, 0)
    assert [result.status for result in read_results(folder / "out", TASK)] == ["answered"] * 4


def test_the_portal_is_asked_for_by_name_when_its_extra_is_missing(folder: Path) -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['starlette', 'starlette.applications', 'liquid']))\n"
        "from avseg_widget import Task; from avseg_widget.groundtruth import Portal\n"
        f"Portal(Task(), [], {str(folder / 'out')!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'pip install "avseg-widget[portal]"' in done.stderr


def test_a_manifest_may_be_given_in_every_form(folder: Path) -> None:
    manifest = Manifest.read(folder / "manifest.jsonl")
    lines = [{**line, "source-ref": str(folder / line["source-ref"])} for line in manifest]
    digests = set()
    for number, given in enumerate((manifest, str(folder / "manifest.jsonl"), lines)):
        with Portal(TASK, given, folder / f"out{number}") as portal, httpx.Client(follow_redirects=True) as ada:
            ada.get(portal.links["Worker 1"])
            url = ada.post(f"{portal.url}/take", json={}, headers={"Origin": portal.url}).json()["url"]
            digests.add(hashlib.sha256(ada.get(f"{url}media").content).hexdigest())
    assert len(digests) == 1
