"""The notebook host: widgets whose edits become traits. Knows no rule of editing."""

from .queue import LabelingQueue
from .segmenter import Segmenter

__all__ = ["LabelingQueue", "Segmenter"]
