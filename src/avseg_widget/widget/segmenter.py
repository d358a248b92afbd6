"""Segmenter, the editor in a notebook cell: traits, message dispatch, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anywidget
import msgspec
import traitlets

from ..document import Document
from ..errors import AnnotationError
from ..keymap import KeymapChoice, read_keymap, show_keymap
from ..media import Way, open_media
from ..model import Annotation, Diff, Problem, Provenance, Task, find_problems
from ..values import FrozenDict, FrozenList
from ..views import mime_bundle
from ..wire import (
    Applied,
    CancelAssist,
    Edit,
    FromBrowser,
    FromPython,
    Hello,
    Rejected,
    Report,
    Setup,
    State,
    UseStream,
)
from .assisting import Assisted
from .fetching import fetch

if TYPE_CHECKING:
    import pandas

#: How many messages are kept.
MOST_MESSAGES = 100
STATIC: Final = Path(__file__).parent.parent / "static"


def _bundle(name: str) -> Path:
    path = STATIC / name
    if not path.is_file():
        raise ImportError(f"{path} is missing: build the editor's bundle with `make build`")
    return path


def _given(proposal: Any) -> Any:
    if proposal["value"] is None:
        raise AnnotationError(f"{proposal['trait'].name} cannot be None; assign an empty list or dict to clear it")
    return proposal["value"]


class Segmenter(anywidget.AnyWidget, Assisted):
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

    Raises
    ------
    MediaError
        When there is nothing to play: no such file, a folder, an empty file, a file that is no media.
    AnnotationError
        When the annotation does not fit the task or the media.
    KeymapError
        When the keymap names a preset or a keystroke that there is not.

    Notes
    -----
    ``segments`` (in the order of start, end, id), ``content``, ``tracks`` and ``annotation`` follow every edit, made
    in any view, and ``observe`` fires on each. The first two and ``annotation`` may be assigned; the editor then
    shows it as one step that can be undone. ``selected_ids`` and ``current_time`` (seconds) tell where the user is.
    ``messages`` holds what is wrong with the media or was refused, in words. ``keymap`` follows what the user changes
    in the editor's help; keep it and pass it to the next Segmenter.
    """

    _esm = _bundle("widget.js")
    _css = _bundle("avseg.css")
    _setup = traitlets.Dict().tag(sync=True)
    # Read when a new page asks for the whole state; as its value never changes, an edit never sends it.
    _document = traitlets.Any().tag(sync=True, to_json=lambda _, widget: widget.snapshot())

    # Not Any, which takes None without asking the validators below.
    segments: Any = traitlets.TraitType(FrozenList())
    content: Any = traitlets.TraitType(FrozenDict())
    annotation: Any = traitlets.TraitType(Annotation())
    tracks = traitlets.Any(FrozenList(), read_only=True)
    messages = traitlets.Any(FrozenList(), read_only=True)
    selected_ids = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)
    current_time = traitlets.Float(0.0, read_only=True).tag(sync=True)
    keymap = traitlets.Any().tag(
        sync=True,
        to_json=lambda value, _: msgspec.to_builtins(read_keymap(value)),
        from_json=lambda value, _: show_keymap(msgspec.convert(value, KeymapChoice)),
    )

    def __init__(
        self,
        media: Any,
        task: Task,
        *,
        annotation: Annotation | None = None,
        keymap: str | Mapping[str, Any] = "default",
        way: Way = "auto",
    ) -> None:
        self.media = open_media(media, way=way)
        self.task = task
        self._state = Document(task, self.media.info().duration, annotation)
        self._revision = 0
        self._seen: dict[str, int] = {}
        setup = Setup(task=task, media=self.media.source, keymap=read_keymap(keymap))
        super().__init__(_setup=msgspec.to_builtins(setup), keymap=keymap)
        self.set_trait("messages", FrozenList(self.media.info().warnings))
        self._show(self._state)
        self.on_msg(self._receive)

    @property
    def problems(self) -> list[Problem]:
        """Requirements that are not met yet: required fields without an answer."""
        return find_problems(self.annotation, self.task)

    def to_dataframe(self) -> pandas.DataFrame:
        """Return the segments as a table: id, track, category, tag, start, end (seconds), and a column a field.

        Raises
        ------
        ImportError
            When pandas is not installed.
        """
        import pandas as pd

        names = [field.name for field in self.task.segment_fields]
        rows = [
            [item.id, item.track, track.category, track.tag, item.start, item.end, *map(item.fields.get, names)]
            for item in self._state.segments
            for track in [self._state.tracks[item.track]]
        ]
        return pd.DataFrame(rows, columns=["id", "track", "category", "tag", "start", "end", *names])

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
        super().close()

    # Python to browser.

    @traitlets.validate("segments")
    def _assign_segments(self, proposal: Any) -> Any:
        if proposal["value"] is not self._state.segments:
            self._apply(self._state.diff_to(segments=_given(proposal)), client="", seq=0)
        return self._state.segments

    @traitlets.validate("content")
    def _assign_content(self, proposal: Any) -> Any:
        if proposal["value"] is not self._state.content:
            self._apply(self._state.diff_to(content=_given(proposal)), client="", seq=0)
        return self._state.content

    @traitlets.validate("annotation")
    def _assign_annotation(self, proposal: Any) -> Any:
        wanted = proposal["value"]
        if wanted is not self._state.annotation:
            self._apply(self._state.diff_to_annotation(wanted), "", 0, wanted.provenance)
        return self._state.annotation

    @traitlets.validate("keymap")
    def _assign_keymap(self, proposal: Any) -> Any:
        return show_keymap(read_keymap(proposal["value"]))

    def _apply(self, diff: Diff, client: str, seq: int, provenance: Provenance | None = None) -> None:
        """Take a diff into the document, tell every editor, then every observer; all or nothing."""
        state = self._state.apply(diff)
        provenance = provenance or state.provenance
        signed = provenance != state.provenance
        if not client and not signed and diff == Diff():
            return
        self._state = state.with_provenance(provenance) if signed else state
        if client or diff != Diff():
            self._revision += 1
            if client:
                self._seen[client] = seq
            self._tell(Applied(revision=self._revision, client=client, seq=seq, diff=diff))
        if signed:  # no diff holds it
            self.send(self.snapshot())
        self._show(self._state)

    def _show(self, state: Document) -> None:
        with self.hold_trait_notifications():
            self.segments, self.content, self.annotation = state.segments, state.content, state.annotation
            self.set_trait("tracks", FrozenList(state.tracks.values()))

    def snapshot(self) -> Any:
        """Return the document as a new page gets it: plain values with revision, annotation and what was seen."""
        return msgspec.to_builtins(State(revision=self._revision, annotation=self._state.annotation, seen=self._seen))

    def _tell(self, message: FromPython, data: bytes | None = None) -> None:
        self.send(msgspec.to_builtins(message), None if data is None else [data])

    # Browser to Python.

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        try:
            message = msgspec.convert(content, FromBrowser)
        except msgspec.ValidationError as error:
            client, seq = (content.get("client"), content.get("seq")) if isinstance(content, dict) else (None, None)
            if isinstance(client, str) and isinstance(seq, int):
                self._reject(client, seq, error)
            self._note(f"A message from the editor could not be read: {error}")
            return
        if isinstance(message, Hello):
            self.send(self.snapshot())
            self._tell_assist()
        elif isinstance(message, CancelAssist):
            self.cancel_assist()
        elif isinstance(message, Edit):
            self._edit(message)
        elif isinstance(message, Report):
            self._note(message.message)
        elif isinstance(message, UseStream):
            self.media.use_stream(message.reason)
        else:
            self._tell(*fetch(self.media, message))

    def _edit(self, edit: Edit) -> None:
        seen = self._seen.get(edit.client, 0)
        if edit.seq <= seen:  # sent again after a lost connection
            self._tell(Applied(revision=self._revision, client=edit.client, seq=edit.seq, diff=Diff()))
            return
        if edit.seq > seen + 1:  # one before it was lost; on the state the editor sends both again
            self.send(self.snapshot())
            return
        try:
            self._apply(edit.diff, edit.client, edit.seq)
        except AnnotationError as error:
            self._reject(edit.client, edit.seq, error)
            self._note(f"An edit was refused: {error}")

    def _reject(self, client: str, seq: int, error: Exception) -> None:
        if seq == self._seen.get(client, 0) + 1:
            self._seen[client] = seq
        self._tell(Rejected(client=client, seq=seq, reason=str(error)))

    def _note(self, message: str) -> None:
        self.set_trait("messages", FrozenList([*self.messages, message][-MOST_MESSAGES:]))
