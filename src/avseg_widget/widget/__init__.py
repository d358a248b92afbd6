"""The notebook host: widgets whose edits become traits. Knows no rule of editing."""

from .segmenter import Segmenter

__all__ = ["Segmenter"]
