"""Tasks as Ground Truth templates, a preview of them, and the answers read back. Needs no account."""

from .answer import read_answer
from .preview import Preview, preview
from .template import build_template

__all__ = ["Preview", "build_template", "preview", "read_answer"]
