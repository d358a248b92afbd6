"""The editor of one item of a queue: a Segmenter whose words go by the queue's own line. Knows no queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ..wire import Setup, State
from .ledger import state_of
from .segmenter import Segmenter


class ItemEditor(Segmenter):
    """A Segmenter that no page knows: what it says is handed to ``say`` with the name of its document."""

    # The queue's page has the bundle; no item brings it along.
    _esm: Any = ""
    _css: Any = ""

    def __init__(self, *arguments: Any, say: Callable[[str, Any, Any], None], **options: Any) -> None:
        self._say = say
        super().__init__(*arguments, **options)

    def open(self) -> None:
        """Open no line of its own."""

    def send(self, content: Any, buffers: Any = None) -> None:
        """Say something to the pages, by the queue."""
        self._say(self.document, content, buffers)

    def receive(self, content: Any, buffers: Any) -> None:
        """Hear what the item's editor in a page says."""
        self._receive(self, content, buffers)

    @property
    def document(self) -> str:
        """The name of the document, the same in every kernel."""
        return self.setup.document

    @property
    def setup(self) -> Setup:
        """What an editor in a page needs to open."""
        return msgspec.convert(self._setup, Setup)

    @property
    def state(self) -> State:
        """The document as a page gets it."""
        return state_of(self._ledger)

    @property
    def is_edited(self) -> bool:
        """Whether anything was ever done with it."""
        return self._ledger.revision > 0
