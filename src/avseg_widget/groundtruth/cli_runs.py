"""What the commands about Ground Truth do: they call the package's functions and print. Reads no arguments itself."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from ..errors import AvsegError, JobError
from ..media import make_proxy
from .cli_task import read_task
from .deployment import deploy as deploy_stack
from .job import Cost, JobStatus, LabelingJob
from .job_request import JobOptions
from .manifest import Manifest
from .places import is_s3, split_s3
from .preview import preview as open_preview
from .release import write_release
from .removal import cleanup as clean_up
from .results import Result, read_results
from .upload import Progress

#: What a manifest's name ends in.
_MANIFESTS = (".manifest", ".jsonl")


def preview(chosen: argparse.Namespace) -> int:
    """Serve a page until it is told to stop; print each answer."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    with open_preview(read_task(chosen.task), chosen.media, _metadata(chosen)) as page:
        # The usual end of it.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, stop)
        _say(chosen, {"url": page.url}, page.url)
        _tell("open it in a browser; stop with Ctrl-C")
        if chosen.open:
            page.open()
        stopped.wait()
        if page.annotation is not None:
            _say(chosen, {"answer": page.answer}, json.dumps(page.answer, indent=2))
    return 0


def manifest(chosen: argparse.Namespace) -> int:
    """Check a manifest, and write or upload it."""
    task = read_task(chosen.task) if chosen.task else None
    found = _listed(chosen)
    if chosen.out is None or chosen.dry_run:
        is_uploaded = chosen.out is not None and is_s3(chosen.out)
        problems = list(
            found.problems(
                task=task,
                region=chosen.region,
                local=chosen.local or is_uploaded,
                media=is_uploaded and not chosen.proxy,
            )
        )
        problems = [one for one in problems if one.kind != "inexact" or not chosen.allow_inexact]
        count = sum(1 for _ in found.entries())
        end = f"; would be written to {chosen.out}" if chosen.out and not problems else ""
        told = [msgspec.to_builtins(one) for one in problems]
        text = "\n".join([*map(str, problems), f"{count:,} items, {len(problems):,} problems{end}"])
        _say(chosen, {"items": count, "problems": told}, text)
        return 1 if problems else 0
    if is_s3(chosen.out):
        bucket, prefix = split_s3(chosen.out)
        place = found.upload(
            bucket,
            prefix,
            proxy=make_proxy if chosen.proxy else None,
            allow_inexact=chosen.allow_inexact,
            task=task,
            region=chosen.region,
            progress=_tell_upload,
        ).place
    else:
        place = str(found.write(chosen.out, task=task, region=chosen.region, local=chosen.local))
    _say(chosen, {"manifest": place}, place)
    return 0


def deploy(chosen: argparse.Namespace) -> int:
    """Create or update a stack, or write what one from the console fetches."""
    if chosen.release:
        if chosen.dry_run:
            _say(chosen, {"written": []}, f"would write a template and three files to {chosen.release}")
            return 0
        written = [str(path) for path in write_release(chosen.release)]
        _say(chosen, {"written": written}, "\n".join(written))
        return 0
    found = deploy_stack(
        chosen.bucket,
        name=chosen.name,
        input_prefix=chosen.input_prefix,
        output_prefix=chosen.output_prefix,
        functions=chosen.function,
        kms_key=chosen.kms_key,
        region=chosen.region,
        progress=_tell,
        dry_run=chosen.dry_run,
    )
    values = msgspec.to_builtins(found)
    verb = "would" if chosen.dry_run else "did"
    lines = [f"{verb}: {change}" for change in found.changes] or ["everything is there already"]
    shown = ("script_url", "style_url", "role_arn", "launcher_policy_arn", "pre_function_arn", "post_function_arn")
    lines += [f"{name}: {values[name]}" for name in shown if values[name]]
    _say(chosen, values, "\n".join(lines))
    return 0


def launch(chosen: argparse.Namespace) -> int:
    """Create a job."""
    options = {name: value for name, value in vars(chosen).items() if name in JobOptions.__struct_fields__}
    try:
        job = LabelingJob.create(
            chosen.name,
            read_task(chosen.task),
            chosen.manifest,
            chosen.team,
            deployment=chosen.stack,
            region=chosen.region,
            dry_run=chosen.dry_run,
            **options,
        )
    except JobError as error:
        if not error.problems:
            raise
        text = "\n".join([f"{chosen.name} cannot be created:", *(f"  {problem}" for problem in error.problems)])
        _say(chosen, {"name": chosen.name, "problems": error.problems}, text)
        return 2
    if chosen.dry_run:
        _say(chosen, {"name": chosen.name, "problems": []}, f"{chosen.name} would be created")
        return 0
    return _follow(chosen, job)


def status(chosen: argparse.Namespace) -> int:
    """Say how far a job is."""
    return _follow(chosen, LabelingJob(chosen.name, region=chosen.region))


def results(chosen: argparse.Namespace) -> int:
    """Print the results, one a line."""
    task = read_task(chosen.task) if chosen.task else None
    if is_s3(chosen.source) or Path(chosen.source).exists():
        found = read_results(chosen.source, task, attribute=chosen.attribute)
    else:
        found = LabelingJob(chosen.source, region=chosen.region).results(task)
    is_whole = True
    for result in found:
        is_whole = is_whole and result.status in {"answered", "consolidated"}
        _say(chosen, msgspec.to_builtins(result), _described(result))
    return 0 if is_whole else 1


def stop(chosen: argparse.Namespace) -> int:
    """Stop a job."""
    job = LabelingJob(chosen.name, region=chosen.region)
    found = job.status()
    if found.is_over or found.status == "Stopping":
        _say(chosen, msgspec.to_builtins(found), f"{found}; there is nothing to stop")
        return 0
    if not chosen.dry_run:
        job.stop()
        found = job.status()
    _say(chosen, msgspec.to_builtins(found), f"would stop {found}" if chosen.dry_run else str(found))
    return 0


def cleanup(chosen: argparse.Namespace) -> int:
    """Show or remove what a deployment has made."""
    found = clean_up(chosen.name, delete=chosen.delete, bucket=chosen.bucket, region=chosen.region, progress=_tell)
    hint = "" if chosen.delete or not found.removals else "\nremove it with --delete"
    _say(chosen, msgspec.to_builtins(found), f"{found}{hint}")
    return 0


def _follow(chosen: argparse.Namespace, job: LabelingJob) -> int:
    found: JobStatus = job.wait(every=chosen.every) if chosen.wait else job.status()
    cost: Cost | None = job.cost()
    paid = "" if cost is None else f"\npublic workforce: {cost.so_far} USD so far, {cost.at_most} USD at most"
    _say(chosen, {**msgspec.to_builtins(found), "cost": msgspec.to_builtins(cost)}, f"{found}{paid}")
    return 1 if found.status == "Failed" else 0


def _metadata(chosen: argparse.Namespace) -> dict[str, Any]:
    if not chosen.metadata:
        return {}
    try:
        return msgspec.json.decode(chosen.metadata, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise AvsegError(f"--metadata must be a JSON object, not {chosen.metadata!r:.80}: {error}") from None


def _listed(chosen: argparse.Namespace) -> Manifest:
    places: list[str] = chosen.places
    if len(places) == 1 and places[0].endswith(_MANIFESTS):
        return Manifest.read(places[0])
    more = _metadata(chosen)
    if len(places) == 1 and is_s3(places[0]):
        return Manifest.from_s3(places[0], metadata=more)
    if any(is_s3(place) for place in places):
        raise AvsegError("give one s3:// place, or files and folders of this machine")
    return Manifest.from_files(*places, metadata=more)


def _described(result: Result) -> str:
    name = str(result.line.get("source-ref", result.line.get("source", "")))
    if result.annotation is None:
        return f"{result.item} {result.status}: {result.reason} ({name})"
    who = result.annotation.provenance.annotator
    return f"{result.item} {result.status}: {len(result.annotation.segments)} segments, {who or 'all workers'} ({name})"


def _say(chosen: argparse.Namespace, values: Mapping[str, Any], text: str) -> None:
    print(msgspec.json.encode(values).decode() if chosen.json else _plain(text), flush=True)


def _tell(line: str) -> None:
    print(_plain(line), file=sys.stderr, flush=True)


def _tell_upload(progress: Progress) -> None:
    if progress.sent:
        _tell(f"[{progress.item}/{progress.items}] {progress.sent:,} of {progress.total:,} bytes, {progress.name}")


def _plain(text: str) -> str:
    """Show what would move the cursor as an escape, but for the ends of lines, which are ours."""
    return "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text)
