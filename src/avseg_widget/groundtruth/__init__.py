"""Tasks as Ground Truth templates, their manifests, and the answers read back. AWS is called only where it is named."""

from . import limits
from .answer import read_answer
from .line_checks import LineProblem
from .manifest import Manifest
from .preview import Preview, preview
from .template import build_template

__all__ = ["LineProblem", "Manifest", "Preview", "build_template", "limits", "preview", "read_answer"]
