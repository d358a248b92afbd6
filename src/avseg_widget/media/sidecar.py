"""The peaks file that lies beside media, for pages without a kernel: written here, read by the page.

Little endian: uint32, the bytes of the header; the header, JSON padded with spaces so that 4 + bytes is a multiple
of 8: {"version", "info", "level", "columns", "frames"}; float64, the frame times in seconds; int16, lowest and
highest of each column, one channel after the other. Knows no reader.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ..replacing import replaced
from ..wire import MediaInfo
from .peaks import BASE_LEVEL, Columns
from .scan import FrameTimes

VERSION = 1


def write(path: Path, info: MediaInfo, columns: Columns, frame_times: FrameTimes) -> None:
    """Write a peaks file; a reader never sees half of it."""
    header: dict[str, Any] = {
        "version": VERSION,
        "info": msgspec.to_builtins(info),
        "level": BASE_LEVEL,
        "columns": columns.shape[1],
        "frames": len(frame_times),
    }
    text = msgspec.json.encode(header)
    text += b" " * (-(4 + len(text)) % 8)
    with replaced(path) as part, part.open("xb") as file:
        file.write(len(text).to_bytes(4, "little"))
        file.write(text)
        file.write(np.asarray(frame_times, "<f8").tobytes())
        file.write(np.asarray(columns, "<i2").tobytes())
