"""Segmenter, the editor in a notebook cell: traits, message dispatch, nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import traitlets

from ..document import Document
from ..errors import StoreError
from ..keymap import read_keymap, show_keymap
from ..media import Way, open_media
from ..model import Annotation, Diff, Provenance, Task
from ..problems import Problem, find_problems
from ..values import FrozenDict, FrozenList
from ..views import mime_bundle
from ..wire import CancelAssist, Edit, FromBrowser, FromPython, Hello, Report, Setup, UseStream
from .assisting import Assisted
from .fetching import fetch, is_fetch
from .home import TURN, Home, HomeWidget
from .ledger import Answer, messages_of, open_ledger, refuse_unread, state_of, take
from .table import to_dataframe
from .traits import Live, bundle, given, keymap_trait
from .watch import Watch

if TYPE_CHECKING:
    import pandas

    from ..store import Store

#: How many messages are kept.
MOST_MESSAGES = 100


class Segmenter(HomeWidget, Assisted):
    """The segmentation editor for one media file, live in a notebook cell.

    Parameters
    ----------
    media
        A path, an http(s) URL, the bytes of a file, or ``(array, rate)`` with an array of shape (frames,) or
        (frames, channels) and a rate in Hz.
    task
        What is to be labeled.
    annotation
        Where to start from; by default nothing is labeled and content has its defaults.
    keymap
        Keys of the editor: a preset ("default", "cvat", "elan", "praat"), or a dict of keystrokes by the action's id,
        such as ``{"preset": "cvat", "split": "Alt+M", "play": ["Space", "K"]}``; help in the editor lists them all.
    way
        "stream" sends the media from Python even where the browser could load it; ``media.info().way`` says how it is.
    store
        A file, or a :class:`~avseg_widget.store.Store`, that every edit is written to before it is acknowledged; what
        it holds is shown, and ``annotation`` is only where to start while it holds nothing.
    item, annotator, round
        What is labeled, by whom and in which pass, to the store: by default the media's path from the store's folder
        (or URL, or checksum), the name of this machine's user, and 1.

    Raises
    ------
    MediaError
        When there is nothing to play: no such file, a folder, an empty file, a file that is no media.
    AnnotationError
        When the annotation does not fit the task or the media.
    KeymapError
        When the keymap names a preset or a keystroke that there is not.
    StoreError
        When the store cannot be opened; see :class:`~avseg_widget.store.Store`. Assigning raises it too, and changes
        nothing, when the store cannot be written.

    Notes
    -----
    ``segments`` (in the order of start, end, id), ``content``, ``tracks`` and ``annotation`` follow every edit, made
    in any view, and ``observe`` fires on each. The first two and ``annotation`` may be assigned; the editor then
    shows it as one step that can be undone. ``selected_ids`` and ``current_time`` (seconds) tell where the user is.
    Edits are taken between cells, as a notebook does all things in turn: a cell that reads ``segments`` and assigns
    them overwrites no edit that was made while it ran, and the editor keeps those until then. Media plays meanwhile,
    where the notebook hears pages in a thread of their own, as JupyterLab does with ipykernel 7.
    ``messages`` holds what is wrong with the media or was refused, in words. ``keymap`` follows what the user changes
    in the editor's help; keep it and pass it to the next Segmenter.
    """

    _esm = bundle("widget.js")
    _css = bundle("avseg.css")
    _setup = traitlets.Dict().tag(sync=True)
    # Read when a new page asks for the whole state; as its value never changes, an edit never sends it.
    _document = traitlets.Any().tag(sync=True, to_json=lambda _, widget: widget.snapshot())

    segments: Any = Live(FrozenList())
    content: Any = Live(FrozenDict())
    annotation: Any = Live(Annotation())
    tracks: Any = Live(FrozenList(), read_only=True)
    messages = traitlets.Any(FrozenList(), read_only=True)
    selected_ids = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    current_time = traitlets.Float(0.0, read_only=True).tag(sync=True)
    keymap = keymap_trait()

    def __init__(
        self,
        media: Any,
        task: Task,
        *,
        annotation: Annotation | None = None,
        keymap: str | Mapping[str, Any] = "default",
        way: Way = "auto",
        store: str | os.PathLike[str] | Store | None = None,
        item: str | None = None,
        annotator: str | None = None,
        round: int = 1,  # noqa: A002 - the word of the plan
    ) -> None:
        self._home = Home()
        self.media = open_media(media, way=way)
        self.task = task
        self._ledger, self._own_store = open_ledger(self.media, task, annotation, store, (item, annotator, round))
        self._watch = Watch(self._sync, self._home, poll=bool(self._ledger.store))
        names = {"document": self._ledger.identity, "store": self._ledger.store}
        setup = Setup(task=task, media=self.media.source, keymap=read_keymap(keymap), **names)
        super().__init__(_setup=msgspec.to_builtins(setup), keymap=keymap)
        self.set_trait("messages", FrozenList(self.media.info().warnings))
        self._show()
        self.look()
        self.on_msg(self._receive)

    @property
    def _state(self) -> Document:
        return self._ledger.document

    @property
    def problems(self) -> list[Problem]:
        """Requirements that are not met yet: required fields without an answer."""
        return find_problems(self.annotation, self.task)

    def to_dataframe(self) -> pandas.DataFrame:
        """Return a table of id, track, category, tag, start, end (seconds), a column a field, and the origin's status.

        Raises
        ------
        ImportError
            When pandas is not installed.
        """
        self.look()
        return to_dataframe(self._state)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        # What a notebook saves of the widget, and beside it for where no widget runs, is the annotation as it is now.
        self.send_state("_document")
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        info, names = self.media.info(), [field.name for field in self.task.segment_fields]
        static = mime_bundle(self.annotation, duration=info.duration, names=names, title=info.name)
        return {**data, **static}, metadata

    def close(self) -> None:
        """Take the editor out of every page, and end what goes on in the background for its media."""
        if "media" in self.__dict__:  # also called for what could not be made
            self._close_assist()
            self.media.close()
        if "_watch" in self.__dict__:
            self._watch.stop()
            if self._own_store is not None:
                self._own_store.close()
        super().close()

    # Python to browser.

    @traitlets.validate("segments")
    def _assign_segments(self, proposal: Any) -> Any:
        if proposal["value"] is not self._state.segments:
            self._assign(self._state.diff_to(segments=given(proposal)))
        return self._state.segments

    @traitlets.validate("content")
    def _assign_content(self, proposal: Any) -> Any:
        if proposal["value"] is not self._state.content:
            self._assign(self._state.diff_to(content=given(proposal)))
        return self._state.content

    @traitlets.validate("annotation")
    def _assign_annotation(self, proposal: Any) -> Any:
        wanted = proposal["value"]
        if wanted is not self._state.annotation:
            self._assign(self._state.diff_to_annotation(wanted), wanted.provenance)
        return self._state.annotation

    @traitlets.validate("keymap")
    def _assign_keymap(self, proposal: Any) -> Any:
        return show_keymap(read_keymap(proposal["value"]))

    def _assign(self, diff: Diff, provenance: Provenance | None = None) -> None:
        self._take(Answer(self._ledger.apply(diff, "", 0, self._ledger.revision, provenance)))

    def _take(self, answer: Answer) -> None:
        """Tell every editor of what changed, then its sender, then every observer."""
        for message in messages_of(self._ledger, answer):
            self._tell(message)
        if answer.changes:
            self._show()
        if answer.note:
            self._note(answer.note)

    def look(self) -> None:
        """Show what others changed in the store meanwhile."""
        if "_watch" in self.__dict__:
            self._watch.look()

    def _sync(self) -> None:
        try:
            self._take(Answer(self._ledger.sync()))
        except StoreError as error:
            self._note(str(error))
        for news in self._ledger.news():
            self._note(news)

    def _show(self) -> None:
        state = self._state
        with self._watch.quiet(), self.hold_trait_notifications():
            self.segments, self.content, self.annotation = state.segments, state.content, state.annotation
            self.set_trait("tracks", FrozenList(state.tracks.values()))

    def snapshot(self) -> Any:
        """Return the document as a new page gets it: plain values with revision, annotation and what was seen."""
        with TURN:
            return msgspec.to_builtins(state_of(self._ledger))

    def _tell(self, message: FromPython, data: bytes | None = None) -> None:
        self.send(msgspec.to_builtins(message), None if data is None else [data])

    # Browser to Python.

    def _is_reading(self, content: Any) -> bool:
        return is_fetch(content)

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        try:
            message = msgspec.convert(content, FromBrowser)
        except msgspec.ValidationError as error:
            self._take(refuse_unread(self._ledger, content, error))
            return
        if isinstance(message, Hello):
            self.look()
            self.send(self.snapshot())
            self._tell_assist()
        elif isinstance(message, CancelAssist):
            self.cancel_assist()
        elif isinstance(message, Edit):
            self._take(take(self._ledger, message))
        elif isinstance(message, Report):
            self._note(message.message)
        elif isinstance(message, UseStream):
            self.media.use_stream(message.reason)
        else:
            self._tell(*fetch(self.media, message))

    def _note(self, message: str) -> None:
        if [message] != self.messages[-1:]:
            self.set_trait("messages", FrozenList([*self.messages, message][-MOST_MESSAGES:]))
