"""The same for many media: probe, peaks files or proxies, in parallel, resumable. Knows no shell and no widget.

A run of ``peaks`` or ``proxy`` keeps a manifest in the output folder (see ``manifest``): what is made already, of the
same content and with the same options, is skipped, so that a run which was stopped or killed goes on where it was.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from ...errors import MediaError
from . import cluster, local
from .inputs import SUFFIXES, Found, collect, fitting, without_secrets
from .manifest import Manifest, Record
from .work import Outcome, Status, Stop, TaskName, Work, is_unchanged

__all__ = ["Engine", "Found", "Outcome", "Status", "collect", "run", "without_secrets"]

Engine = Literal["local", "dask"]


def run(
    task: TaskName,
    inputs: Iterable[Found],
    *,
    out: str | os.PathLike[str] = ".",
    jobs: int | None = None,
    engine: Engine = "local",
    scheduler: str | None = None,
    overwrite: bool = False,
    **options: Any,
) -> Generator[Outcome, None, None]:
    """Do one task for many media; yields what became of each as it ends. Close the iterator to stop early.

    Parameters
    ----------
    task
        ``"probe"`` describes, ``"peaks"`` writes peaks files, ``"proxy"`` writes proxies.
    inputs
        from :func:`collect`; the output of ``calls/a.mp3`` is ``calls/a.mp3.flac`` below ``out``.
    out
        folder of the outputs and their manifest; made when it is not there.
    jobs
        how many at once; None is one for each core.
    engine, scheduler
        ``"local"`` uses processes, ``"dask"`` a cluster at the address ``scheduler``, or one made here when it is
        None; its workers must see the same paths.
    overwrite
        replace outputs that this command did not make.
    options
        ``sound`` and ``max_height`` of :meth:`Media.make_proxy`.

    Raises
    ------
    MediaError
        when the output folder cannot be written or the cluster is not reached. What is wrong with one media is in
        its outcome.
    """
    # What is left at its default is the same as what is not given: the manifest compares them.
    options = {name: value for name, value in options.items() if value is not None}
    workers = jobs or os.cpu_count() or 1
    with ExitStack() as stack:
        if task == "probe":
            folder, manifest = Path(stack.enter_context(tempfile.TemporaryDirectory())), None
        else:
            folder = Path(out).absolute()
            manifest = stack.enter_context(closing(_manifest(folder)))
        stop = Stop(str(folder / f".avseg-{secrets.token_hex(8)}.stop"))
        stack.callback(stop.clear)
        skipped: list[Outcome] = []
        works = _works(Work(task, str(folder), options, str(stop)), inputs, manifest, skipped, overwrite=overwrite)
        if engine == "dask":
            found = cluster.outcomes(works, stop, workers, scheduler)
        else:
            found = local.outcomes(works, stop, workers)
        stack.enter_context(closing(found))
        for outcome in found:
            yield from _drained(skipped)
            if manifest is not None and outcome.record is not None:
                manifest.add(outcome.record)
            yield outcome
        yield from _drained(skipped)


def _manifest(folder: Path) -> Manifest:
    try:
        return Manifest(folder)
    except OSError as error:
        raise MediaError(f"the folder {folder} cannot be written ({error.strerror}): choose another") from None


def _works(
    base: Work, inputs: Iterable[Found], manifest: Manifest | None, skipped: list[Outcome], *, overwrite: bool
) -> Iterator[Work]:
    """Make the items one by one as they are asked for, and note that each begins; what is made already is skipped."""
    for found in inputs:
        known = manifest.get(base.task, found.name) if manifest is not None else None
        work = replace(base, source=found.source, name=found.name, known=known)
        if known is not None and is_unchanged(work, by_content=False):
            skipped.append(Outcome(found.source, found.name, "skipped", str(Path(base.folder, known.output))))
            continue
        if manifest is not None:
            taken = () if overwrite else _taken(work)
            if not taken:
                manifest.add(Record(base.task, found.name, without_secrets(found.source), base.options))
            work = replace(work, taken=taken, again=known is not None and not known.output)
        yield work


def _taken(work: Work) -> tuple[str, ...]:
    if work.known is not None and work.known.source == without_secrets(work.source):
        return ()
    names = (fitting(work.name, suffix) for suffix in SUFFIXES[work.task])
    return tuple(name for name in names if os.path.lexists(Path(work.folder, name)))


def _drained(outcomes: list[Outcome]) -> Iterator[Outcome]:
    while outcomes:
        yield outcomes.pop(0)
