"""A browser's end of a widget's comm: it keeps what was sent, and sends what it is told. Knows no page."""

from __future__ import annotations

import json
from typing import Any

from comm.base_comm import BaseComm


class RecordingComm(BaseComm):
    """Takes the kernel's messages through JSON, as a websocket does."""

    def __init__(self, **arguments: Any) -> None:
        self.sent: list[tuple[dict[str, Any], list[bytes], int]] = []
        super().__init__(**arguments)

    def publish_msg(self, _type: str, data: Any = None, buffers: Any = None, **_: Any) -> None:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
        self.sent.append((json.loads(text), [bytes(buffer) for buffer in buffers or []], size))


class Browser:
    """One page that shows a widget."""

    def __init__(self, widget: Any, client: str = "page") -> None:
        self.client = client
        self._comm = widget.comm
        self._seen = len(self._comm.sent)
        self._seq = 0
        self.revision = 0

    def send(self, **message: Any) -> list[dict[str, Any]]:
        """Send a custom message; return what comes back."""
        return self._deliver({"method": "custom", "content": message})

    def set(self, **state: Any) -> list[dict[str, Any]]:
        """Set synced traits, as the editor does with the selection."""
        return self._deliver({"method": "update", "state": state, "buffer_paths": []})

    def edit(self, diff: dict[str, Any], seq: int | None = None, base: int | None = None) -> list[dict[str, Any]]:
        """Send an edit, by default the next one, made on what came last."""
        self._seq = self._seq + 1 if seq is None else seq
        base = self.revision if base is None else base
        return self.send(type="edit", client=self.client, seq=self._seq, diff=diff, base=base)

    def fetch(self, type_: str, request: int = 1, **arguments: Any) -> tuple[dict[str, Any], list[bytes]]:
        """Send a fetch; return its answer and the buffers."""
        self._comm.handle_msg(
            _envelope(
                {"method": "custom", "content": {"type": type_, "client": self.client, "request": request, **arguments}}
            )
        )
        message, buffers, _size = self._comm.sent[-1]
        self._seen = len(self._comm.sent)
        return message["content"], buffers

    def received(self) -> list[dict[str, Any]]:
        """Return what came since the last look: the contents of custom messages, and updates whole."""
        fresh, self._seen = self._comm.sent[self._seen :], len(self._comm.sent)
        contents = [message.get("content", message) for message, _buffers, _size in fresh]
        self.revision = max([self.revision, *(content.get("revision", 0) for content in contents)])
        return contents

    def _deliver(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        self._comm.handle_msg(_envelope(data))
        return self.received()


def _envelope(data: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"data": json.loads(json.dumps(data))}, "buffers": []}
