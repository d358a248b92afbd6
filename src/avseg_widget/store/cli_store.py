"""The commands about stores: what is in one, whether it is whole, its backup and history. Knows how to print."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ..errors import StoreError
from ..views.words import counted
from .files import beside
from .queue import status_of
from .store import Store

_EXIT = "Exit code: 0 done, 1 the store is damaged, 2 nothing could be done."


def add_store(commands: Any) -> None:
    """Add ``avseg store`` to ``avseg``."""
    parser = commands.add_parser(
        "store", help="look after stores of labels", description="Look after stores of labels.", epilog=_EXIT
    )
    tasks = parser.add_subparsers(required=True, metavar="TASK")
    _add(tasks, "list", "say what was labeled, by whom, and how far", _list)
    _add(tasks, "check", "look whether all of it is whole, and mend what is not", _check)
    backup = _add(tasks, "backup", "copy it while it is in use", _backup)
    backup.add_argument("target", nargs="?", metavar="TO", help="a file (FILE.backup beside it)")
    compact = _add(tasks, "compact", "drop all but the last edits of the history, and give the space back", _compact)
    compact.add_argument("--keep", type=int, default=100, metavar="N", help="edits of each annotation that stay (100)")
    history = _add(tasks, "history", "say who changed what, and when", _history)
    history.add_argument("item", metavar="ITEM", help="as `avseg store list` names it")
    history.add_argument("--annotator", help="whose, where there are several")
    history.add_argument("--round", type=int, default=1, metavar="N", help="of which pass (1)")


def _add(tasks: Any, name: str, text: str, job: Callable[[Store, argparse.Namespace], int]) -> argparse.ArgumentParser:
    task: argparse.ArgumentParser = tasks.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=_EXIT
    )
    task.add_argument("file", metavar="FILE", help="the store")
    task.add_argument("--json", action="store_true", help="JSON on standard output, a line each")
    task.set_defaults(run=partial(_run, job))
    return task


def _run(job: Callable[[Store, argparse.Namespace], int], chosen: argparse.Namespace) -> int:
    path = Path(chosen.file)
    if not any(place.exists() for place in (path, beside(path, "backup"), beside(path, "journal"))):
        raise StoreError(f"there is no store {path}: check the path")
    with closing(Store(path)) as store:
        code = job(store, chosen)
        for notice in store.notices:
            _tell(chosen, {"notice": notice}, notice)
        return code


def _tell(chosen: argparse.Namespace, value: Any, text: str) -> None:
    print(msgspec.json.encode(value).decode() if chosen.json else text)


def _list(store: Store, chosen: argparse.Namespace) -> int:
    for entry in store.items():
        state = status_of(edited=entry.revision > 0, done=entry.done)
        flag = ", flagged" if entry.flagged else ""
        segments = counted(entry.segments, "segment")
        who = f"{entry.annotator or '-'}, round {entry.round}"
        _tell(chosen, entry, f"{entry.item} ({who}): {state}, {segments}, {entry.updated or '-'}{flag}")
    return 0


def _check(store: Store, chosen: argparse.Namespace) -> int:
    damage = store.check()
    for problem in damage:
        _tell(chosen, {"damage": problem}, problem)
    if not damage:
        _tell(chosen, {"damage": None}, f"{store.path} is whole")
    return 1 if damage else 0


def _backup(store: Store, chosen: argparse.Namespace) -> int:
    target = store.backup(chosen.target)
    _tell(chosen, {"backup": str(target)}, str(target))
    return 0


def _compact(store: Store, chosen: argparse.Namespace) -> int:
    before, after = store.compact(chosen.keep)
    _tell(chosen, {"before": before, "after": after}, f"{before:,} bytes before, {after:,} now")
    return 0


def _history(store: Store, chosen: argparse.Namespace) -> int:
    for edition in store.history(chosen.item, chosen.annotator, chosen.round):
        what = msgspec.json.encode(edition.diff).decode()
        _tell(chosen, edition, f"{edition.revision} {edition.made} {edition.annotator} ({edition.writer}): {what}")
    return 0
