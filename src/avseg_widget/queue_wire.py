"""What travels between a labeling queue and its page, beside what each item's own editor says. Values only."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from .wire import Setup, State

#: Columns of the small waveform of one row.
SMALL_COLUMNS = 48

#: How far an item is; being flagged is a mark beside that.
ItemStatus: TypeAlias = Literal["new", "started", "done"]


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    pass


class QueueRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One item as the list shows it; ``index`` is its place in the queue, from 0.

    ``seconds`` is the time spent on it without pauses, ``details`` are what else is known of it, ``problem`` says why
    it does not open.
    """

    index: int
    item: str
    status: ItemStatus = "new"
    flagged: bool = False
    note: str = ""
    seconds: float = 0.0
    segments: int = 0
    details: dict[str, str] = {}
    problem: str = ""


class Opened(_Message, frozen=True, tag="opened"):
    """The item that is open now, with all that its editor needs; or why it does not open, in ``problem``."""

    index: int
    setup: Setup | None = None
    state: State | None = None
    problem: str = ""


class QueueState(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole queue, for a page that opens; ``progress`` is for the user.

    ``id`` tells queues of a page apart, ``lasting`` is the same in every kernel.
    """

    id: str
    rows: list[QueueRow]
    opened: Opened
    progress: str
    annotator: str
    round: int
    store: str
    lasting: str


# From the browser to Python.


class Go(_Message, frozen=True, tag="go"):
    """Open another item; ``following`` is the one that the user goes on to, as far as the page can tell."""

    index: int
    following: int | None = None


class ForItem(_Message, frozen=True, tag="for_item"):
    """A message of the editor of one document, which need not be the one open now."""

    document: str
    message: Any


class MarkItem(_Message, frozen=True, tag="mark"):
    """Set an item's flag or note; what is None stays."""

    index: int
    flagged: bool | None = None
    note: str | None = None


class Spent(_Message, frozen=True, tag="spent"):
    """So many more seconds were spent on an item, pauses left out."""

    index: int
    seconds: float


class FetchPictures(_Message, frozen=True, tag="fetch_pictures"):
    """Ask for the small pictures of the rows in sight; the answer has those there are, and making the others begins."""

    indices: list[int]


FromQueuePage: TypeAlias = Go | ForItem | MarkItem | Spent | FetchPictures


# From Python to the browser.


class OfItem(_Message, frozen=True, tag="of_item"):
    """A message for the editor of one document, with its buffers."""

    document: str
    message: Any


class QueueRows(_Message, frozen=True, tag="rows"):
    """Rows that changed, and how far the whole is."""

    rows: list[QueueRow]
    progress: str


class Picture(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a row shows of its media: its length in seconds, and ``bytes`` of the message's buffer.

    These are SMALL_COLUMNS peaks of 0 to 255, or a JPEG; none where there is nothing to show.
    """

    index: int
    kind: Literal["wave", "jpeg", "none"]
    bytes: int = 0
    length: float | None = None
    problem: str = ""


class Pictures(_Message, frozen=True, tag="pictures"):
    """Small pictures, their bytes one after the other in the one buffer; ``waiting`` are still being made."""

    pictures: list[Picture]
    waiting: list[int]


class QueueNotice(_Message, frozen=True, tag="notice"):
    """What could not be done, in words for the user."""

    message: str


ToQueuePage: TypeAlias = Opened | OfItem | QueueRows | Pictures | QueueNotice
