"""The command ``avseg convert``: formats for a shell. Knows how to read its arguments and print, nothing else."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from . import formats
from .cli_words import naming
from .errors import FormatError
from .formats import LossReport, Reading
from .groundtruth.cli_task import read_task
from .views.words import counted

_ABOUT = """Read annotations in one format and write them in another. Formats are found from the files; what OUT cannot
carry of IN is told on standard error, and with --dry-run nothing is written."""
_CODES = """Exit code: 0 done, whatever is lost; 2 could not be read or written. With --json standard output has one
object: annotations, segments, notes, and losses with the path, kind, before and after of each."""


def add_convert(commands: Any) -> None:
    """Add the command to those of ``avseg``."""
    convert = commands.add_parser(
        "convert", help="convert annotations between formats", description=_ABOUT, epilog=_CODES
    )
    convert.add_argument("source", metavar="IN", help="a file of annotations")
    convert.add_argument("target", metavar="OUT", help="the file to write; it is replaced as a whole")
    convert.add_argument("--task", metavar="TASK.JSON", help="what the annotations answer, as "
                         "msgspec.json.encode(task) writes it (a task that fits)")  # fmt: skip
    for name, of in (("from", "IN"), ("to", "OUT")):
        convert.add_argument(f"--{name}", dest=f"{name}_", choices=formats.names(), metavar="FORMAT",
                             help=f"the format of {of}, one of {', '.join(formats.names())}")  # fmt: skip
    convert.add_argument("--like", metavar="FILE", help="a file in the format of OUT, such as IN, whose tiers, "
                         "hierarchy and vocabularies OUT has too (ELAN only)")  # fmt: skip
    convert.add_argument("--dry-run", action="store_true", help="say what would be lost, write nothing")
    convert.add_argument("--json", action="store_true", help="one object of JSON on standard output")
    convert.set_defaults(run=_convert)


def _convert(chosen: argparse.Namespace) -> int:
    task = read_task(chosen.task) if chosen.task else None
    try:
        with naming(format="--from"):
            reading = formats.read(chosen.source, task, format=chosen.from_)
        with naming(format="--to", like="--like"):
            report = _write(chosen, reading)
    except ImportError as error:
        raise FormatError(str(error)) from None
    _tell(chosen, reading, report)
    return 0


def _write(chosen: argparse.Namespace, reading: Reading) -> LossReport:
    annotations, task = reading.annotations, reading.task
    if chosen.dry_run:
        return formats.find_losses(annotations, chosen.to_ or chosen.target, task=task, like=chosen.like)
    return formats.write(annotations, chosen.target, task=task, format=chosen.to_, like=chosen.like)


def _tell(chosen: argparse.Namespace, reading: Reading, report: LossReport) -> None:
    segments = sum(len(one.segments) for one in reading.annotations)
    if chosen.json:
        told = {
            "input": chosen.source,
            "from": reading.format,
            "output": None if chosen.dry_run else chosen.target,
            "to": report.format,
            "annotations": len(reading.annotations),
            "segments": segments,
            "notes": reading.notes,
            "losses": [
                {"path": one.path, "kind": one.kind, "before": one.before, "after": one.after} for one in report.losses
            ],
        }
        print(json.dumps(told))
        return
    for note in reading.notes:
        print(f"{reading.format}: {note}", file=sys.stderr)
    print(report, file=sys.stderr)
    did = "would be written" if chosen.dry_run else "written"
    annotations = counted(len(reading.annotations), "annotation")
    print(f"{annotations} with {counted(segments, 'segment')} {did} to {chosen.target}")
