"""Run a batch over the cores of this machine, in processes: a decoder that crashes takes one item down, no more."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import islice

from .work import Outcome, Stop, Work, crashed, perform

#: Items handed out ahead, for each process: none of them waits, and the rest need no memory.
_AHEAD = 2


def outcomes(works: Iterator[Work], stop: Stop, jobs: int) -> Generator[Outcome, None, None]:
    """Do all items, ``jobs`` at once; yields what became of each as it ends."""
    suspects: list[Work] = []
    first = next(works, None)
    while first is not None:
        yield from _round(first, works, stop, jobs, suspects)
        # Which of those under way made the process die is known when each is tried alone.
        while suspects:
            yield from _alone(replace(suspects.pop(), again=True), stop)
        first = next(works, None)


def _round(first: Work, works: Iterator[Work], stop: Stop, jobs: int, suspects: list[Work]) -> Iterator[Outcome]:
    """Do items until there are no more, or a process died; then ``suspects`` are those that were under way."""
    pool = _pool(jobs)
    pending: dict[Future[Outcome], Work] = {pool.submit(perform, first): first}
    try:
        for work in islice(works, _AHEAD * jobs - 1):
            _submit(pool, work, pending, suspects)
        while pending:
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                work = pending.pop(future)
                try:
                    found = future.result()
                except BrokenProcessPool:
                    suspects.append(work)
                    continue
                if not suspects:
                    for following in islice(works, 1):
                        _submit(pool, following, pending, suspects)
                yield found
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, work: Work, pending: dict[Future[Outcome], Work], suspects: list[Work]) -> None:
    try:
        pending[pool.submit(perform, work)] = work
    except BrokenProcessPool:
        suspects.append(work)


def _alone(work: Work, stop: Stop) -> Iterator[Outcome]:
    suspects: list[Work] = []
    yield from _round(work, iter(()), stop, 1, suspects)
    if suspects:
        yield crashed(work)


def _pool(jobs: int) -> ProcessPoolExecutor:
    # A process that is forked from one with threads may hang.
    return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_prepare)


def _prepare() -> None:
    # Ctrl-C reaches every process of a terminal: the one that runs the batch tells the others to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
