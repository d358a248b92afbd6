"""An annotation as it shows itself where no editor runs: a timeline, a table, a text. Knows no widget and no file."""

from .shown import Shown, mime_bundle

__all__ = ["Shown", "mime_bundle"]
