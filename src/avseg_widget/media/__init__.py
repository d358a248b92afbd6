"""Media for the editor: found, described and read block by block. Knows no widget and no trait."""

from __future__ import annotations

from .media import Media, open_media
from .spectrogram import Spectrogram
from .ways import Way

__all__ = ["Media", "Spectrogram", "Way", "open_media"]
