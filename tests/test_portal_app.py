"""The portal over HTTP: who may do what, by ranges, within limits, and the times of tasks."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import httpx
import pytest

from avseg_widget.groundtruth import Portal, read_results
from avseg_widget.groundtruth.portal_app import MOST_REQUESTS, MOST_STRANGE_REQUESTS

from .portal_people import ANSWER, Clock, Served, app, clock, folder, needs_bundle, portal

__all__ = ["app", "clock", "folder", "portal"]
pytestmark = needs_bundle


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
