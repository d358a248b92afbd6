"""Media for the editor: found, described and read block by block. Knows no widget and no trait."""

from __future__ import annotations

from .media import Media, make_proxy, open_media
from .ways import Way

__all__ = ["Media", "Way", "make_proxy", "open_media"]
