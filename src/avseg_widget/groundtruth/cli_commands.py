"""The arguments of the commands about Ground Truth; what they do is loaded when one is run. Knows no AWS."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

_EXIT = "Exit code: 0 done, 1 something is wrong with items or the job, 2 nothing was done, 130 stopped."
_TASK = "the task, in JSON, as msgspec.json.encode(task) writes it"


def add_commands(commands: Any) -> None:
    """Add them to ``avseg``."""
    for add in (_preview, _manifest, _deploy, _launch, _status, _results, _stop, _cleanup):
        add(partial(_command, commands))


def _run(name: str, chosen: argparse.Namespace) -> int:
    from . import cli_runs

    return int(getattr(cli_runs, name)(chosen))


_Add = Callable[..., argparse.ArgumentParser]


def _command(commands: Any, name: str, text: str, *, aws: bool = True) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=_EXIT
    )
    command.set_defaults(run=partial(_run, name))
    command.add_argument("--json", action="store_true", help="JSON on standard output, progress on standard error")
    if aws:
        command.add_argument("--region", default="", help="of AWS (AWS_DEFAULT_REGION)")
    return command


def _dry_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--dry-run", action="store_true", help="check, and say what would be done")


def _wait(command: argparse.ArgumentParser) -> None:
    command.add_argument("--wait", action="store_true", help="wait until it is over")
    command.add_argument(
        "--every", type=float, default=30.0, metavar="SECONDS", help="between two looks while waiting (30)"
    )


def _preview(add: _Add) -> None:
    command = add("preview", "serve a task's page on this machine, as annotators will see it", aws=False)
    command.add_argument("task", metavar="TASK", help=_TASK)
    command.add_argument("media", metavar="MEDIA", help="a file or URL")
    command.add_argument("--metadata", metavar="JSON", help="the other keys of the media's line, as an object")
    command.add_argument("--open", action="store_true", help="open it in the browser")


def _manifest(add: _Add) -> None:
    command = add("manifest", "check, write or upload a manifest")
    command.add_argument(
        "places", nargs="+", metavar="PLACE", help="one manifest (.manifest, .jsonl), or media: files, folders, s3://"
    )
    command.add_argument(
        "--out", metavar="WHERE", help="a file to write, or s3://bucket/prefix to upload media and manifest to"
    )
    command.add_argument("--task", metavar="TASK", help=f"{_TASK}; pre-labels must fit it")
    command.add_argument("--metadata", metavar="JSON", help="more keys of each line, as an object")
    command.add_argument("--local", action="store_true", help="media may be files of this machine, as for avseg serve")
    command.add_argument(
        "--proxy", action="store_true", help="upload copies of media that browsers do not play exactly"
    )
    command.add_argument("--allow-inexact", action="store_true", help="upload media that browsers do not seek exactly")
    _dry_run(command)


def _deploy(add: _Add) -> None:
    command = add("deploy", "create or update what jobs need on AWS")
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("bucket", nargs="?", metavar="BUCKET", help="the data bucket, which is there already")
    what.add_argument(
        "--release", metavar="DIR", help="write the template for the console, and the files that its stack fetches"
    )
    command.add_argument("--name", default="avseg", help="of the stack (avseg)")
    command.add_argument("--input-prefix", default="", metavar="PREFIX", help="what keys that jobs read begin with")
    command.add_argument("--output-prefix", default="results/", metavar="PREFIX", help="where results go (results/)")
    command.add_argument("--kms-key", default="", metavar="ARN", help="the key that the bucket is encrypted with")
    command.add_argument(
        "--function",
        action="append",
        default=[],
        choices=["pre", "post"],
        help="a function to install; may be repeated",
    )
    _dry_run(command)


def _launch(add: _Add) -> None:
    command = add("launch", "create a labeling job, after checking all of it")
    command.add_argument("name", metavar="JOB", help="1 to 63 letters, digits and hyphens")
    command.add_argument("task", metavar="TASK", help=_TASK)
    command.add_argument("manifest", metavar="MANIFEST", help="an uploaded manifest, s3://...")
    command.add_argument("--team", required=True, help="a work team's ARN, a private one's name, or public")
    command.add_argument("--stack", default="avseg", metavar="NAME", help="the deployed stack (avseg)")
    for name, kind, text in (
        ("workers", int, "people for each item (1)"),
        ("seconds", int, "time for a task (3600)"),
        ("available-seconds", int, "how long tasks are on offer"),
        ("title", str, "what people see first; the task's own title if not given"),
        ("description", str, "what they see next"),
        ("attribute", str, "what the results are called (avseg)"),
        ("price", str, "US dollars for a task, for the public workforce"),
        ("concurrent-items", int, "items on offer at once"),
        ("stop-after-items", int, "stop when so many are labeled"),
        ("kms-key", str, "to encrypt the results with"),
    ):
        command.add_argument(
            f"--{name}", type=kind, default=argparse.SUPPRESS, help=text, metavar=kind.__name__.upper()
        )
    command.add_argument("--keyword", action="append", dest="keywords", default=argparse.SUPPRESS, help="repeatable")
    command.add_argument(
        "--declare",
        action="append",
        dest="content",
        default=argparse.SUPPRESS,
        choices=["FreeOfPersonallyIdentifiableInformation", "FreeOfAdultContent"],
        help="what the public workforce needs to be told of the data",
    )
    _wait(command)
    _dry_run(command)


def _status(add: _Add) -> None:
    command = add("status", "say how far a job is")
    command.add_argument("name", metavar="JOB")
    _wait(command)


def _results(add: _Add) -> None:
    command = add("results", "read what annotators handed in")
    command.add_argument("source", metavar="SOURCE", help="a job's name, its folder, or its output manifest")
    command.add_argument("--task", metavar="TASK", help=f"{_TASK}; results must fit it")
    command.add_argument("--attribute", default="", help="the label, where a manifest holds several")


def _stop(add: _Add) -> None:
    command = add("stop", "stop a job, for good; what was labeled is kept")
    command.add_argument("name", metavar="JOB")
    _dry_run(command)


def _cleanup(add: _Add) -> None:
    command = add("cleanup", "show what deploy has made, and remove it with --delete")
    command.add_argument("--name", default="avseg", help="of the stack (avseg)")
    command.add_argument("--bucket", default="", help="the data bucket, when the stack is gone already")
    how = command.add_mutually_exclusive_group()
    how.add_argument("--delete", action="store_true", help="remove it")
    how.add_argument("--dry-run", action="store_true", help="show it only, which is done without --delete too")
