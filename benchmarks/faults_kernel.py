"""A kernel for the faults: a Segmenter with a store in a process of its own, which may be killed. Knows no fault."""

from __future__ import annotations

import json
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import comm
from comm.base_comm import BaseComm

from avseg_widget import Segmenter, Task, fields, sample

TASK = Task(title="Faults", tracks={"speaker": ["A", "B"]}, segment_fields=[fields.Text("text")])
ITEM, ANNOTATOR = "call", "ann"


class PipeComm(BaseComm):
    """Sends what the editor is told through a pipe, as JSON."""

    pipe: Connection

    def publish_msg(self, _type: str, data: Any = None, **_: Any) -> None:
        if data and data.get("method") == "custom":
            self.pipe.send_bytes(json.dumps(data["content"], allow_nan=False).encode())


def serve(pipe: Connection, store: Path) -> None:
    """Open the item of a store in an editor, say how long that took, and answer until the pipe ends."""
    began, began_cpu = time.perf_counter(), time.process_time()
    PipeComm.pipe = pipe
    comm.create_comm = PipeComm
    widget = Segmenter(sample.audio(), TASK, store=store, item=ITEM, annotator=ANNOTATOR)
    widget.snapshot()
    ms, cpu_ms = (time.perf_counter() - began) * 1000, (time.process_time() - began_cpu) * 1000
    pipe.send_bytes(json.dumps({"type": "ready", "ms": ms, "cpu_ms": cpu_ms}).encode())
    while True:
        try:
            content = json.loads(pipe.recv_bytes())
        except EOFError:
            return
        data = {"method": "custom", "content": content}
        widget.comm.handle_msg({"content": {"data": data}, "buffers": []})
