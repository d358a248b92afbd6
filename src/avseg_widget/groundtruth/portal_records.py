"""What a portal says of its workers, their tasks and answers, and its refusals. Knows no file, page or server."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import AvsegError


class PortalError(AvsegError):
    """What a worker or the lead asked of the portal cannot be done; the message says why."""


@dataclass(frozen=True)
class Worker:
    """Somebody who was invited; ``sub`` is an id for the results, ``submitted`` counts their answers."""

    id: int
    name: str
    sub: str
    submitted: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Assignment:
    """An item that a worker holds until ``expires``; times in seconds of the epoch."""

    id: int
    item: int
    line: str
    taken: float
    expires: float


@dataclass(frozen=True)
class Submission:
    """One worker's answer to an item: JSON text, times in seconds of the epoch."""

    item: int
    worker: Worker
    answer: str
    taken: float
    submitted: float


@dataclass(frozen=True)
class Progress:
    """How far a job is: ``wanted`` answers in all, ``submitted`` so far, ``done`` items have all of theirs."""

    items: int
    done: int
    wanted: int
    submitted: int
    held: int
    paused: bool
