"""The built-in recordings, made for this package, to try the editor on. Knows no editor."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "samples"


def audio() -> Path:
    """Give the path of a call between a customer and a representative: 16-bit mono FLAC.

    >>> audio().name
    'dialogue.flac'
    """
    return _FOLDER / "dialogue.flac"


def video() -> Path:
    """Give the path of a short film of a dog that walks, then trots, then gallops, with its steps: H.264 and AAC.

    >>> video().name
    'clip.mp4'
    """
    return _FOLDER / "clip.mp4"
