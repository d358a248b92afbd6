"""The command ``avseg``: the package's functions for a shell. Knows how to read arguments and print, nothing else."""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from threading import Event
from types import FrameType
from typing import Any

from .cli_formats import add_convert
from .cli_words import naming
from .errors import AvsegError
from .formats import names, read
from .groundtruth.cli_commands import add_commands
from .groundtruth.cli_serve import add_serve
from .groundtruth.cli_task import read_task
from .media.batch import Engine, Outcome, collect, run, without_secrets
from .report import export_html
from .store.cli_store import add_store

_INPUTS = """PATH is a file, a folder (searched through for media), a pattern such as 'calls/**/*.mp3', a URL, @LIST
(a file with one of these in each line, or NUL between them) or - (such a list on standard input)."""
_RESUME = """What was made before, of the same input with the same options, is skipped: a run that was stopped goes on
when it is started again. Exit code: 0 all done, 1 some failed, 2 nothing could be done, 130 stopped."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    chosen = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # A file name need not be text.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    interrupted = Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        # The exception alone may be lost, where it comes up while an object is being deleted.
        interrupted.set()
        signal.default_int_handler(number, frame)

    # What ends a batch by the hand of a person and of a job's scheduler is the same: it may go on later.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        with naming(region="--region"):
            return int(chosen.run(chosen))
    except (AvsegError, KeyboardInterrupt) as error:
        if isinstance(error, AvsegError) and not interrupted.is_set():
            print(f"avseg: {error}", file=sys.stderr)
            return 2
        for child in multiprocessing.active_children():
            child.kill()
        print("\navseg: stopped; start it again to go on", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read the results has enough; the interpreter would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="avseg", description="Label moments of audio and video: for the shell.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_commands(commands)
    add_serve(commands)
    add_store(commands)
    add_convert(commands)
    _add_export(commands)
    media = commands.add_parser(
        "media", help="describe and prepare media", description="Describe and prepare media, one or thousands."
    )
    media.set_defaults(run=_media)
    tasks = media.add_subparsers(required=True, dest="task", metavar="TASK")
    _task(tasks, "probe", "say what media are: length, codecs, whether browsers play them exactly")
    for name, text in (
        ("peaks", "write peaks files (.peaks), which draw the waveform where no Python runs"),
        ("proxy", "write copies that every browser plays and seeks exactly"),
    ):
        task = _task(tasks, name, text)
        task.add_argument("--out", default=".", metavar="DIR", help="folder of the outputs and their manifest (.)")
        task.add_argument("--overwrite", action="store_true", help="replace files that this command did not make")
    task.add_argument("--sound", choices=["flac", "aac", "opus"], help="flac is exact, aac and opus are small "
                      "(flac for sound alone, aac beside pictures)")  # fmt: skip
    task.add_argument("--max-height", type=_positive, metavar="PIXELS", help="make higher pictures smaller")
    return parser


def _add_export(commands: Any) -> None:
    text = "write an annotation and its media as one page that plays anywhere, offline"
    page = commands.add_parser("export-html", help=text, description=f"{text[0].upper()}{text[1:]}.")
    page.add_argument("labels", metavar="LABELS", help="a file of one annotation, in any format that convert reads")
    page.add_argument("media", metavar="MEDIA", help="what was labeled: a file or a URL")
    page.add_argument("--out", required=True, metavar="PAGE.HTML", help="the page")
    page.add_argument("--task", metavar="TASK.JSON", help="the task, as msgspec.json.encode(task) writes it")
    page.add_argument("--format", choices=names(), metavar="FORMAT",
                      help=f"the format of LABELS (found from the file), one of {', '.join(names())}")  # fmt: skip
    page.add_argument("--overwrite", action="store_true", help="replace a page that is there already")
    page.set_defaults(run=_export)


def _export(chosen: argparse.Namespace) -> int:
    task = read_task(chosen.task) if chosen.task else None
    with naming(format="--format", overwrite="--overwrite"):
        reading = read(chosen.labels, task, format=chosen.format)
        print(export_html(reading.annotation, chosen.out, chosen.media, reading.task, overwrite=chosen.overwrite))
    return 0


def _task(tasks: Any, name: str, text: str) -> argparse.ArgumentParser:
    task: argparse.ArgumentParser = tasks.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}. {_INPUTS}", epilog=_RESUME
    )
    task.add_argument("paths", nargs="+", metavar="PATH", help="files, folders, patterns, URLs, @LIST or -")
    task.add_argument("--jobs", type=_positive, metavar="N", help="how many at once (one for each core)")
    task.add_argument("--engine", choices=["local", "dask"], help='dask needs: pip install "avseg-widget[dask]"')
    task.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, such as tcp://host:8786")
    task.add_argument("--json", action="store_true", help="one line of JSON on standard output for each input")
    return task


def _positive(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return value


def _media(chosen: argparse.Namespace) -> int:
    if chosen.scheduler and chosen.engine == "local":
        raise AvsegError("--scheduler is the address of a Dask cluster: leave out --engine local")
    makes = chosen.task != "probe"
    found = collect(chosen.paths, chosen.out if makes else None, apart=makes)
    if not found:
        raise AvsegError("there is no audio or video in what was given: check the folders")
    settings = {"out": chosen.out, "overwrite": chosen.overwrite} if makes else {}
    if chosen.task == "proxy":
        settings.update(sound=chosen.sound, max_height=chosen.max_height)
    engine: Engine = chosen.engine or ("dask" if chosen.scheduler else "local")
    progress = _Progress(len(found))
    outcomes = run(chosen.task, found, jobs=chosen.jobs, engine=engine, scheduler=chosen.scheduler, **settings)
    with closing(outcomes):
        for outcome in outcomes:
            progress.add(outcome)
            if chosen.json:
                print(_json(outcome), flush=True)
            elif outcome.info is not None:
                print(_described(outcome.name, outcome.info))
    return progress.end()


class _Progress:
    """Tells on standard error how far it is: one line that is written over on a terminal, else one for each input."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._counts = {"done": 0, "skipped": 0, "failed": 0}
        self._failed: list[Outcome] = []
        self._is_terminal = sys.stderr.isatty()
        if self._is_terminal:
            self._write_over(f"[0/{total}]")

    def add(self, outcome: Outcome) -> None:
        self._counts[outcome.status] = self._counts.get(outcome.status, 0) + 1
        if outcome.status == "failed":
            self._failed.append(outcome)
        count = f"[{sum(self._counts.values())}/{self._total}]"
        if self._is_terminal:
            self._write_over(f"{count} {len(self._failed)} failed, last: {_plain(outcome.name)}")
        else:
            print(f"{count} {outcome.status} {_plain(outcome.name)}", file=sys.stderr, flush=True)

    @staticmethod
    def _write_over(text: str) -> None:
        # Longer than the line it could not be written over; some terminals say they have no width.
        width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        print(f"\r\x1b[K{text[: width - 1]}", end="", file=sys.stderr, flush=True)

    def end(self) -> int:
        """Print the sum and every failure; returns the exit code."""
        start = "\r\x1b[K" if self._is_terminal else ""
        print(start + ", ".join(f"{count} {status}" for status, count in self._counts.items()), file=sys.stderr)
        for outcome in self._failed:
            print(f"  {_plain(without_secrets(outcome.source))}: {_plain(outcome.error)}", file=sys.stderr)
        return 1 if self._failed else 0


def _json(outcome: Outcome) -> str:
    values = {"input": outcome.source, "status": outcome.status}
    optional = {"output": outcome.output, "error": outcome.error, "info": outcome.info}
    return json.dumps({**values, **{name: value for name, value in optional.items() if value}})


def _described(name: str, info: dict[str, Any]) -> str:
    length = "unknown length" if info["duration"] is None else f"{info['duration']:.3f} s"
    parts = [info["kind"], length]
    if info["sample_rate"]:
        parts.append(f"{info['sample_rate']} Hz, {info['channels']} channel{'s' * (info['channels'] != 1)}")
    if info["kind"] == "video":
        parts.append(f"{info['width']}x{info['height']}, {info['frame_count']} frames")
    parts += [info["mime"], "exact" if info["exact"] else "not exact"]
    told = [f"  {text}" for text in [*info["hindrances"], *info["warnings"]]]
    return "\n".join([f"{_plain(name)}: {', '.join(filter(None, parts))}", *told])


def _plain(text: str) -> str:
    """Show what would move the cursor, or is no character at all, as an escape."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


if __name__ == "__main__":
    sys.exit(main())
