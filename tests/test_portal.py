"""A portal from its start to its results: manifests, faults, restarts, the notebook's view and the command."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import msgspec
import pytest

from avseg_widget import cli
from avseg_widget.errors import AvsegError, ManifestError
from avseg_widget.groundtruth import Manifest, Portal, PortalError, read_results

from .portal_people import ANSWER, TASK, Served, app, clock, folder, needs_bundle, portal

__all__ = ["app", "clock", "folder", "portal"]
pytestmark = needs_bundle


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
        with pytest.raises(PortalError, match="closed: open it again"):
            first.resume()
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
