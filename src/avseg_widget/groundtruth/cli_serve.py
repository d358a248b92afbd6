"""The command ``avseg serve``: a portal for a shell. Knows how to read its arguments and print, nothing else."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from typing import Any

from .cli_task import read_task
from .portal import Portal

_SECONDS = 1.0
#: How long the last workers may still ask, to be told that all is done.
_LINGER_SECONDS = 3.0
_ABOUT = """Serve a manifest's items to workers, on this machine, as Ground Truth would: each opens an invitation link,
takes tasks, submits or skips them. The results are in DIR, in Ground Truth's layout, and always whole. Stop it with
Ctrl+C; started again with the same DIR it goes on, with the same links."""
_CODES = """Exit code: 0 stopped when all was done, 2 could not start, 130 stopped before. With --json standard output
has one object a line: first the links, then the progress each time it changes."""


def add_serve(commands: Any) -> None:
    """Add the command to those of ``avseg``."""
    serve = commands.add_parser("serve", help="give a manifest's items to workers", description=_ABOUT, epilog=_CODES)
    serve.add_argument("task", metavar="TASK.JSON", help="the task, as msgspec.json.encode(task) writes it")
    serve.add_argument("manifest", metavar="MANIFEST.JSONL", help="the items; media may be files, http(s):// or s3://")
    serve.add_argument("--out", required=True, metavar="DIR", help="folder of the results and of the portal's state")
    serve.add_argument("--workers", type=int, default=1, metavar="N", help="how many workers answer each item (1)")
    serve.add_argument("--invite", action="append", default=[], metavar="NAME", help="invite somebody; may be repeated "
                       "(as many as answer each item, with made-up names)")  # fmt: skip
    serve.add_argument("--time-limit", type=float, default=3600.0, metavar="SECONDS", help="how long a worker may hold "
                       "a task before it may go to somebody else (3600)")  # fmt: skip
    serve.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1: this machine only)")
    serve.add_argument("--port", type=int, default=0, metavar="N", help="(the one of last time, at first a free one)")
    serve.add_argument("--url", default="", help="how browsers reach it, where that is not http://HOST:PORT")
    serve.add_argument("--until-done", action="store_true", help="stop when every item has all its answers")
    serve.add_argument("--json", action="store_true", help="one line of JSON on standard output for each event")
    serve.set_defaults(run=_serve)


def _serve(chosen: argparse.Namespace) -> int:
    options = {name: getattr(chosen, name) for name in ("workers", "invite", "time_limit", "host", "port", "url")}
    portal = Portal(read_task(chosen.task), chosen.manifest, chosen.out, **options)
    try:
        _tell_links(portal, as_json=chosen.json)
        _follow(portal, as_json=chosen.json, until_done=chosen.until_done)
    except KeyboardInterrupt:
        if portal.progress.done < portal.progress.items:
            raise
    finally:
        portal.close()
    return 0


def _tell_links(portal: Portal, *, as_json: bool) -> None:
    if as_json:
        found = {"event": "serving", "url": portal.url, "lead": portal.lead_link, "workers": portal.links}
        print(json.dumps({**found, "out": str(portal.out)}), flush=True)
        return
    print(f"Lead's page: {portal.lead_link}\nInvitations, one for each worker:")
    for name, link in portal.links.items():
        print(f"  {name}: {link}")
    print(f"Results: {portal.out}\nCtrl+C stops it; start it again to go on.", flush=True)


def _follow(portal: Portal, *, as_json: bool, until_done: bool) -> None:
    told: Any = None
    while True:
        progress, problems = portal.progress, portal.problems
        if (progress, problems) != told:
            told = (progress, problems)
            if as_json:
                print(json.dumps({"event": "progress", **asdict(progress), "problems": problems}), flush=True)
            else:
                _tell(progress, problems)
        if until_done and progress.done == progress.items:
            time.sleep(_LINGER_SECONDS)
            return
        time.sleep(_SECONDS)


def _tell(progress: Any, problems: list[str]) -> None:
    paused = ", paused" if progress.paused else ""
    text = f"{progress.done} of {progress.items} items done, {progress.submitted} of {progress.wanted} answers{paused}"
    for line in [text, *(f"problem: {problem}" for problem in problems)]:
        print(f"avseg: {line}", file=sys.stderr, flush=True)
