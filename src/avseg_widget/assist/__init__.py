"""Programs that suggest segments: what is built in, results of others, and functions of one's own. Knows no widget."""

from __future__ import annotations

from .levels import silence
from .pyannote import from_pyannote
from .running import CancelledError, run
from .voice import vad
from .whisper import from_whisper

__all__ = ["CancelledError", "from_pyannote", "from_whisper", "run", "silence", "vad"]
