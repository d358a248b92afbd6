"""Run a batch over a Dask cluster whose workers see the same files. Knows no item's inside."""

from __future__ import annotations

import signal
from collections.abc import Collection, Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import islice
from multiprocessing import resource_tracker
from typing import Any

from ...errors import MediaError
from .work import Outcome, Stop, Work, clean, crashed, failed, perform

#: Items handed out ahead, for each thread of the cluster.
_AHEAD = 2
#: Seconds to wait for the scheduler, and for its first worker.
_PATIENCE = 30
#: Seconds that running items have to stop in.
_GRACE = 5
#: Seconds between looks at whether there are workers still.
_LOOK_EVERY = 1


def outcomes(works: Iterator[Work], stop: Stop, jobs: int, scheduler: str | None) -> Generator[Outcome, None, None]:
    """Do all items on the cluster of ``scheduler``, or on one of ``jobs`` processes here; yields as they end.

    Raises
    ------
    MediaError
        when Dask is not installed, or the cluster is not reached.
    """
    try:
        import distributed  # noqa: F401 - to say in plain words that it is missing
    except ImportError:
        raise MediaError('the engine dask needs Dask: pip install "avseg-widget[dask]"') from None
    with ExitStack() as stack:
        client = _client(stack, jobs, scheduler)
        suspects: list[Work] = []
        threads = sum(client.nthreads().values())
        yield from _round(client, works, stop, _AHEAD * threads, suspects)
        # A worker that died takes what waited on it under suspicion: alone, each is judged by itself.
        for work in suspects:
            again: list[Work] = []
            yield from _round(client, iter([replace(work, again=True)]), stop, 1, again)
            if again:
                yield crashed(work)


def _client(stack: ExitStack, jobs: int, scheduler: str | None) -> Any:
    from distributed import Client, LocalCluster

    try:
        address: Any = scheduler
        if scheduler is None:
            with _uninterrupted():
                local = LocalCluster(n_workers=jobs, threads_per_worker=1, processes=True, dashboard_address=None)
                address = stack.enter_context(local)
        client = stack.enter_context(Client(address, timeout=_PATIENCE, set_as_default=False))
        client.wait_for_workers(1, timeout=_PATIENCE)
    except (OSError, ValueError) as error:
        where = scheduler or "this machine"
        raise MediaError(f"no Dask cluster answers at {where} ({error}): check its address and workers") from None
    return client


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep Ctrl-C from the threads and processes that are started meanwhile: the one that runs the batch stops them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Starting it later would let the signal through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _round(client: Any, works: Iterator[Work], stop: Stop, ahead: int, suspects: list[Work]) -> Iterator[Outcome]:
    from distributed import KilledWorker

    pending = {client.submit(_perform, work, pure=False): work for work in islice(works, ahead)}
    try:
        while pending:
            for future in _finished(client, pending):
                work = pending.pop(future)
                for following in islice(works, 1):
                    pending[client.submit(_perform, following, pure=False)] = following
                try:
                    # Where a worker took its results with it, they are made again.
                    outcome = future.result()
                except KilledWorker:
                    suspects.append(work)
                except Exception as error:  # noqa: BLE001 - whatever the cluster's own trouble is
                    yield failed(work, f"the cluster lost it ({str(error) or future.status}): run it again")
                else:
                    yield outcome
    except BaseException:
        stop.set()
        # Ctrl-C in a terminal may have ended workers of this machine as well.
        with suppress(TimeoutError, OSError, CancelledError):
            _wait(client, pending, _GRACE, "ALL_COMPLETED")
        raise


def _perform(work: Work) -> Outcome:
    outcome = perform(work)
    # Where a worker died over it, the scheduler had it done again, and what was half written is still there.
    clean(work)
    return outcome


def _finished(client: Any, pending: Collection[Any]) -> Collection[Any]:
    """Wait for the first of them, as long as there are workers."""
    deserted = 0
    while True:
        try:
            return _wait(client, pending, _LOOK_EVERY, "FIRST_COMPLETED")
        except TimeoutError:  # noqa: PERF203 - it is waited on
            deserted = 0 if client.nthreads() else deserted + _LOOK_EVERY
            if deserted >= _PATIENCE:
                raise MediaError(
                    "the Dask cluster has lost all its workers: start it again, then run this again"
                ) from None


def _wait(client: Any, pending: Collection[Any], seconds: float, until: str) -> Collection[Any]:
    from distributed import wait

    with client.as_current():
        done: Collection[Any] = wait(list(pending), timeout=seconds, return_when=until).done
    return done
