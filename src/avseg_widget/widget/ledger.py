"""Where the document of an editor is kept, in memory or in a store, and what answers an edit. Knows no traits."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..document import Change, Document
from ..errors import AnnotationError, StoreError
from ..media import Media
from ..model import Annotation, Diff, Provenance, Task
from ..wire import Applied, Edit, FromPython, Held, Rejected, State

if TYPE_CHECKING:
    from ..store import Store


class Ledger(Protocol):
    """A document, and all that was done to it; the store's Record is one."""

    document: Document
    revision: int
    #: The last edit of each client that was taken or refused.
    seen: dict[str, int]
    #: The document's name.
    identity: str
    #: The name of the store's file, empty where there is none.
    store: str

    def news(self) -> list[str]:
        """Return what happened to the store since it was asked last, in words."""

    def sync(self) -> list[Change]:
        """Take in what others did meanwhile; return it."""

    def apply(self, diff: Diff, client: str, seq: int, base: int, provenance: Provenance | None = None) -> list[Change]:
        """Take in an edit, or raise and change nothing; return it behind what others did before."""

    def refuse(self, client: str, seq: int, reason: str, diff: Diff | None = None) -> None:
        """Note that an edit was refused."""


class MemoryLedger:
    """A document in the kernel's memory."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.revision = 0
        self.seen: dict[str, int] = {}
        self.identity, self.store = uuid.uuid4().hex, ""

    def news(self) -> list[str]:
        return []

    def sync(self) -> list[Change]:
        return []

    def apply(
        self,
        diff: Diff,
        client: str,
        seq: int,
        base: int,  # noqa: ARG002 - the pages of one kernel take turns
        provenance: Provenance | None = None,
    ) -> list[Change]:
        signed = None if provenance == self.document.provenance else provenance
        if not client and signed is None and diff == Diff():
            return []
        change = Change(self.revision + 1, client, seq, diff, signed)
        self.document, self.revision = self.document.after(change), change.revision
        if client:
            self.seen[client] = seq
        return [change]

    def refuse(self, client: str, seq: int, reason: str, diff: Diff | None = None) -> None:  # noqa: ARG002
        self.seen[client] = seq


def open_ledger(
    media: Media,
    task: Task,
    annotation: Annotation | None,
    store: str | os.PathLike[str] | Store | None,
    key: tuple[str | None, str | None, int],
) -> tuple[Ledger, Store | None]:
    """Open the document of media in a store, by item, annotator and round; return the store where it is its only user.

    Raises
    ------
    AnnotationError, StoreError
        As those of :meth:`Store.open`.
    """
    duration = media.info().duration
    if store is None:
        return MemoryLedger(Document(task, duration, annotation)), None
    from ..store import Store, user_name

    opened = store if isinstance(store, Store) else Store(store)
    item, annotator, round_ = key
    try:
        record = opened.open(
            media.identity(opened.path.parent) if item is None else item,
            task,
            annotator=user_name() if annotator is None else annotator,
            round=round_,
            duration=duration,
            start=annotation,
        )
    except BaseException:
        if opened is not store:
            opened.close()
        raise
    return record, None if opened is store else opened


class Answer(NamedTuple):
    """What came of a message: what changed, what its sender is told behind that, and what the user is."""

    changes: list[Change]
    message: FromPython | None = None
    note: str = ""


def messages_of(ledger: Ledger, answer: Answer) -> Iterator[FromPython]:
    """Return what every page is told of changes, and behind that what the sender is."""
    for revision, client, seq, diff, provenance in answer.changes:
        if client or diff != Diff():
            yield Applied(revision=revision, client=client, seq=seq, diff=diff)
        if provenance:  # no diff holds it
            yield state_of(ledger)
    if answer.message:
        yield answer.message


def state_of(ledger: Ledger) -> State:
    """Return all of a document, for a page that opens."""
    return State(revision=ledger.revision, annotation=ledger.document.annotation, seen=ledger.seen)


def take(ledger: Ledger, edit: Edit) -> Answer:
    """Take an edit from a page: exactly once, in the order of its client's edits."""
    changes: list[Change] = []
    try:
        changes += ledger.sync()
        seen = ledger.seen.get(edit.client, 0)
        if edit.seq > seen + 1:  # one before it was lost; on the state the editor sends both again
            return Answer(changes, state_of(ledger))
        if edit.seq == seen + 1:
            base = ledger.revision if edit.base is None else edit.base
            changes += ledger.apply(edit.diff, edit.client, edit.seq, base)
    except StoreError as error:
        return Answer(changes, *_held(edit.client, edit.seq, error))
    except AnnotationError as error:
        with suppress(StoreError):
            changes += ledger.sync()
        answer = refuse(ledger, edit.client, edit.seq, error, edit.diff)
        return Answer(changes, answer.message, answer.note or f"An edit was refused: {error}")
    if any((change.client, change.seq) == (edit.client, edit.seq) for change in changes):
        return Answer(changes)
    # It was sent again after a lost connection.
    return Answer(changes, Applied(revision=ledger.revision, client=edit.client, seq=edit.seq, diff=Diff()))


def refuse(ledger: Ledger, client: str, seq: int, error: Exception, diff: Diff | None = None) -> Answer:
    """Refuse an edit, so that its client goes on with the next."""
    try:
        if seq == ledger.seen.get(client, 0) + 1:
            ledger.refuse(client, seq, str(error), diff)
    except StoreError as hindrance:
        return Answer([], *_held(client, seq, hindrance))
    return Answer([], Rejected(client=client, seq=seq, reason=str(error)))


def refuse_unread(ledger: Ledger, content: Any, error: Exception) -> Answer:
    """Refuse what could not be read, where it is an edit that says whose."""
    note = f"A message from the editor could not be read: {error}"
    client, seq = (content.get("client"), content.get("seq")) if isinstance(content, dict) else (None, None)
    if not (isinstance(client, str) and isinstance(seq, int)):
        return Answer([], None, note)
    answer = refuse(ledger, client, seq, error)
    return Answer([], answer.message, answer.note or note)


def _held(client: str, seq: int, error: Exception) -> tuple[FromPython, str]:
    return Held(client=client, seq=seq, reason=str(error)), f"Edits are kept in the editor, not stored: {error}"
