"""LabelingQueue, many items in one cell: traits, message dispatch, nothing else. Its logic is in the store's queue."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import traitlets

from ..errors import AvsegError, QueueError, StoreError
from ..keymap import read_keymap, show_keymap
from ..media import Media, Way, open_media
from ..model import Annotation, Task
from ..queue_wire import (
    FetchPictures,
    ForItem,
    FromQueuePage,
    Go,
    MarkItem,
    OfItem,
    Opened,
    Pictures,
    QueueNotice,
    QueueRows,
    QueueState,
    ToQueuePage,
)
from ..store import Mark, Store, user_name
from ..store.queue import (
    Order,
    Progress,
    QueueItem,
    Result,
    in_order,
    item_of,
    next_open,
    open_first,
    progress_of,
    queue_rows,
    results_of,
    status_of,
)
from ..store.queue_media import read_entries
from ..views.queue import queue_bundle
from .ahead import Ahead
from .fetching import is_fetch
from .home import TURN, Home, HomeWidget
from .item import ItemEditor
from .naming import is_near, item_name
from .table import results_to_dataframe
from .traits import bundle, keymap_trait

if TYPE_CHECKING:
    import pandas

#: Editors of items that were left and may still hear of an edit made before.
_MOST_KEPT = 4


class LabelingQueue(HomeWidget):
    """Hundreds of files to label, one after the other, in one notebook cell; all of it is kept in a store.

    Parameters
    ----------
    media
        A folder, a pattern such as ``"calls/*.wav"``, a list of media as :class:`Segmenter` takes them, a dict of
        media by item, or rows with a key ``"media"``, one ``"item"`` if wanted, and whatever else is known of it (a
        pandas DataFrame, too). What cannot be opened is an item that says why.
    task
        What is to be labeled, the same for all items.
    store
        Where the labels are kept: a :class:`Store` or its file's path, by default ``labels.db`` in the working folder.
        Every edit is stored as it is made: run the cell again after a restart, and the queue goes on where it was.
    annotator
        Who labels, by default the user of this machine. Each has annotations of their own, and sees nobody else's.
    round
        The pass over the items, from 1 on. A second pass starts from nothing, and shows nothing of the first.
    order
        ``"given"``, or ``"random"``: the same order for a ``seed`` on any machine.
    seed
        For ``order="random"``: a number or a text.
    name
        Tells queues of other items in the same store apart, so that each resumes where it stopped.
    annotation
        Where items start from that nobody labeled: one for all, such as tracks that are ready, or a dict by item.
    advance
        Whether marking an item as done leads to the next that is not; the user may change it.
    keymap, way
        As for :class:`Segmenter`.

    Raises
    ------
    QueueError
        When there is nothing to label, two entries are one item, or the order or round is none.
    StoreError
        When the store cannot be used; says why.
    KeymapError
        When the keymap names a preset or a keystroke that there is not.

    Notes
    -----
    ``current_item`` names the item that is open and ``progress`` says how far the queue is; ``observe`` fires on both.
    ``current`` is the open item's editor as Python sees it, None where its media does not open: its ``segments``,
    ``content`` and ``annotation`` may be read and assigned as those of a :class:`Segmenter`. ``items`` tells the status
    of each item.
    """

    _esm = bundle("queue.js")
    _css = bundle("queue.css")
    # Read when a page asks for the whole state; what changes then travels as messages.
    _queue = traitlets.Any().tag(sync=True, to_json=lambda _, widget: widget.state())
    _view = traitlets.Dict().tag(sync=True)
    advance = traitlets.Bool(True).tag(sync=True)
    selected_ids = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    current_time = traitlets.Float(0.0, read_only=True).tag(sync=True)
    current_item = traitlets.Unicode("", read_only=True)
    progress = traitlets.Any(Progress(done=0, total=0), read_only=True)
    keymap = keymap_trait()

    def __init__(
        self,
        media: Any,
        task: Task,
        store: Store | str | os.PathLike[str] = "labels.db",
        *,
        annotator: str | None = None,
        round: int = 1,  # noqa: A002 - the word of the plan
        order: Order = "given",
        seed: int | str = 0,
        name: str = "",
        annotation: Annotation | Mapping[str, Annotation] | None = None,
        advance: bool = True,
        keymap: str | Mapping[str, Any] = "default",
        way: Way = "auto",
    ) -> None:
        if not isinstance(store, (Store, str, os.PathLike)):
            raise QueueError(f"a queue keeps its labels in a store: give the path of its file, not {store!r}")
        if type(round) is not int or round < 1:
            raise QueueError(f"round is 1 for the first pass, 2 for the second ..., not {round!r}")
        read_keymap(keymap)
        self._home = Home()
        self.store = store if isinstance(store, Store) else Store(store)
        self._owns_store = self.store is not store
        self.task = task
        self.annotator = user_name() if annotator is None else annotator
        self.round = round
        self._title = f"LabelingQueue in {self.store.path.name}, {self.annotator}, round {round}"
        self._cursor = f"{name}:{round}"
        self._id = uuid.uuid4().hex
        self._way = way
        self._starts = annotation
        self._ahead = Ahead(self._open_media, lambda place: is_near(self._entries[place].media))
        self._editors: dict[int, ItemEditor] = {}
        self._documents: dict[str, int] = {}
        self.current: ItemEditor | None = None
        try:
            self._begin(media, order, seed)
        except BaseException:
            self._release()
            raise
        super().__init__(advance=advance, keymap=keymap)
        self.on_msg(self._receive)

    def _begin(self, media: Any, order: Order, seed: int | str) -> None:
        """Find the items and what is stored of them, and open where the annotator was."""
        folder, who = self.store.path.parent, (self.annotator, self.round)
        self._entries = in_order(read_entries(media, lambda one: item_name(one, folder)), order, seed)
        self._places = {entry.item: place for place, entry in enumerate(self._entries)}
        stored = [entry for entry in self.store.items() if (entry.annotator, entry.round) == who]
        marks = {entry.item: self.store.mark(entry.item, *who) for entry in stored}
        self._rows = queue_rows(self._entries, stored, marks)
        cursor = self._places.get(self.store.cursor(self._cursor, self.annotator) or "")
        open_first(self._rows, self._open) if cursor is None else self._open(cursor)
        self._prepare(next_open(self._rows, self._place))

    def __repr__(self) -> str:
        return f"<{self._title}: {self.progress}>"

    def __str__(self) -> str:
        return self._shown()["text/plain"]

    def _shown(self) -> dict[str, str]:
        return queue_bundle(self._title, str(self.progress), self._rows)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        # What a notebook saves of the widget, and beside it for where no widget runs, is the queue as it is now.
        self.send_state("_queue")
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**data, **self._shown()}, metadata

    @property
    def items(self) -> list[QueueItem]:
        """The items in their order, with status, flag, note, the seconds spent and why one does not open."""
        return [item_of(entry, row) for entry, row in zip(self._entries, self._rows, strict=True)]

    def go(self, item: str | int) -> None:
        """Open an item, by its name or its place in ``items``.

        Raises
        ------
        QueueError
            When there is no such item.
        """
        place = self._known(item)
        with TURN:
            self._show(place, next_open(self._rows, place))

    def _known(self, item: str | int) -> int:
        place = self._places.get(item) if isinstance(item, str) else item
        if place is None or not 0 <= place < len(self._entries):
            raise QueueError(f"there is no item {item!r}; queue.items lists all {len(self._entries)}")
        return place

    def results(self, annotator: str | None = None, round: int | None = None) -> dict[str, list[Result]]:  # noqa: A002
        """Return what was said of each item, by item in their order: of all annotators and rounds, or of those given.

        Items that nobody labeled are left out.

        Raises
        ------
        StoreError
            When the store cannot be read.
        """
        return results_of(self.store, self._places, annotator, round)

    def to_dataframe(self) -> pandas.DataFrame:
        """Return all segments as a table: item, annotator and round, then the columns of ``Segmenter.to_dataframe``.

        Raises
        ------
        ImportError
            When pandas is not installed.
        """
        return results_to_dataframe(self.results(), self.task)

    def close(self) -> None:
        """Take the queue out of every page, end its work in the background, and close a store that it opened itself."""
        if "_ahead" in self.__dict__:  # also called for what could not be made
            self._release()
        super().close()

    def _release(self) -> None:
        self._ahead.close()
        for editor in self._editors.values():
            editor.close()
        if self._owns_store:
            self.store.close()

    @traitlets.validate("keymap")
    def _assign_keymap(self, proposal: Any) -> Any:
        return show_keymap(read_keymap(proposal["value"]))

    # One item after the other.

    @property
    def _place(self) -> int:
        return self._places[self.current_item]

    def _show(self, place: int, following: int | None) -> None:
        self._open(place)
        self._tell(self._opened())
        self._prepare(following)

    def _open(self, place: int) -> None:
        entry, left, problem = self._entries[place], self.current, ""
        try:
            self.current = self._editor(place)
        except (AvsegError, OSError, ValueError) as error:
            self.current, problem = None, str(error)
        if left is not None and left is not self.current:
            left.media.close()
        self._amend(place, problem=problem)
        with suppress(StoreError):  # another notebook may have been here meanwhile
            self._noted(place, self.store.mark(entry.item, self.annotator, self.round))
        if self.current is not None:
            self.current.look()
            if self.current.is_edited:
                self._edited(place, self.current)
        self.set_trait("current_item", entry.item)
        with suppress(StoreError):  # then it does not resume here, and nothing worse
            self.store.set_cursor(self._cursor, self.annotator, entry.item)

    def _prepare(self, following: int | None) -> None:
        self._ahead.prepare(None if following == self._place else following)

    def _editor(self, place: int) -> ItemEditor:
        """Return an item's editor, opened anew when it was let go; the few used last are kept."""
        editor = self._editors.pop(place, None)
        if editor is None:
            item = self._entries[place].item
            editor = ItemEditor(
                self._ahead.take(place),
                self.task,
                say=self._say,
                annotation=self._starts.get(item) if isinstance(self._starts, Mapping) else self._starts,
                store=self.store,
                item=item,
                annotator=self.annotator,
                round=self.round,
            )
            editor.observe(lambda change: self._edited(place, change.owner), "annotation")
            self._documents[editor.document] = place
        self._editors[place] = editor
        for other in list(self._editors)[:-_MOST_KEPT]:
            if self._editors[other] is not self.current:  # it stays open, however many late edits of others come in
                self._editors.pop(other).close()
        return editor

    def _open_media(self, place: int) -> Media:
        return open_media(self._entries[place].media, way=self._way)

    def _edited(self, place: int, editor: ItemEditor) -> None:
        done = editor.annotation.completion.done
        self._amend(place, status=status_of(edited=editor.is_edited, done=done), segments=len(editor.segments))

    def _amend(self, place: int, **changes: Any) -> None:
        """Change a row, and tell every page and observer when that is another one."""
        row = msgspec.structs.replace(self._rows[place], **changes)
        if row == self._rows[place] and self.progress.total:
            return
        self._rows[place] = row
        self.set_trait("progress", progress_of(self._rows))
        self._tell(QueueRows(rows=[row], progress=str(self.progress)))

    # Python to browser.

    def state(self) -> Any:
        """Return the whole queue as a new page gets it, in plain values."""
        state = QueueState(
            id=self._id,
            rows=self._rows,
            opened=self._opened(),
            progress=str(self.progress),
            annotator=self.annotator,
            round=self.round,
            store=self.store.path.name,
            lasting=f"{self.store.identity} {self._cursor} {self.annotator}",
        )
        return msgspec.to_builtins(state)

    def _opened(self) -> Opened:
        place, editor = self._place, self.current
        if editor is None:
            return Opened(index=place, problem=self._rows[place].problem)
        return Opened(index=place, setup=editor.setup, state=editor.state)

    def _say(self, document: str, message: Any, buffers: Any) -> None:
        self.send(msgspec.to_builtins(OfItem(document=document, message=message)), buffers)

    def _tell(self, message: ToQueuePage, data: bytes | None = None) -> None:
        self.send(msgspec.to_builtins(message), None if data is None else [data])

    # Browser to Python.

    def _is_reading(self, content: Any) -> bool:
        is_open = isinstance(content, dict) and self._documents.get(str(content.get("document"))) in self._editors
        return is_open and is_fetch(content.get("message"))

    def _receive(self, _widget: Any, content: Any, buffers: Any) -> None:
        try:
            self._answer(msgspec.convert(content, FromQueuePage), buffers)
        except (AvsegError, msgspec.ValidationError) as error:
            self._tell(QueueNotice(message=str(error)))

    def _answer(self, message: FromQueuePage, buffers: Any) -> None:
        if isinstance(message, ForItem):
            place = self._documents.get(message.document)
            if place is not None:
                with TURN:
                    editor = self._editors.get(place) or self._editor(place)
                editor.receive(message.message, buffers)
        elif isinstance(message, Go):
            following = message.following
            self._show(self._known(message.index), None if following is None else self._known(following))
        elif isinstance(message, MarkItem):
            self._mark(message.index, flagged=message.flagged, note=message.note)
            self._tell(QueueRows(rows=[self._rows[message.index]], progress=str(self.progress)))
        elif isinstance(message, FetchPictures):
            self._send_pictures(message.indices)
        else:
            self._mark(message.index, spent=message.seconds)

    def _mark(self, place: int, **marks: Any) -> None:
        entry = self._entries[self._known(place)]
        self._noted(place, self.store.set_mark(entry.item, self.annotator, self.round, **marks))

    def _noted(self, place: int, mark: Mark) -> None:
        self._amend(place, flagged=mark.flagged, note=mark.note, seconds=mark.seconds)

    def _send_pictures(self, places: list[int]) -> None:
        found, waiting = self._ahead.pictures(place for place in places if 0 <= place < len(self._rows))
        for picture, _ in found:
            if picture.problem:
                self._amend(picture.index, problem=picture.problem)
        message = Pictures(pictures=[picture for picture, _ in found], waiting=waiting)
        self._tell(message, b"".join(data for _, data in found))
