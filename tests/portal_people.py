"""People at the portal, over HTTP: browsers that take, skip and submit, at a time that a test sets. Knows no page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

import avseg_widget
from avseg_widget import Task, fields
from avseg_widget.groundtruth import Portal
from avseg_widget.groundtruth.loopback import LoopbackServer
from avseg_widget.groundtruth.portal_app import PortalApp
from avseg_widget.groundtruth.portal_lead import lead_link

STATIC = Path(avseg_widget.__file__).parent / "static"
TASK = Task(title="Calls <b>", tracks={"speaker": ["A"]}, segment_fields=[fields.Text("text")])
ANSWER = {"annotations": '{"tracks":[],"segments":[],"content":{}}'}
needs_bundle = pytest.mark.skipif(not (STATIC / "portal.js").is_file(), reason="the bundle is not built")


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


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


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(portal: Portal, clock: Clock) -> Iterator[Served]:
    served = Served(portal, clock)
    yield served
    served.close()
