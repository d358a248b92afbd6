"""Tasks as Ground Truth templates, their manifests, and the answers read back. AWS is called only where it is named."""

from . import limits
from .answer import read_answer
from .line_checks import LineProblem
from .manifest import Manifest
from .portal import Portal
from .portal_records import PortalError
from .preview import Preview, preview
from .results import Result, read_results
from .results_folder import ResultsFolder
from .results_writer import write_results
from .template import build_template

__all__ = [
    "LineProblem",
    "Manifest",
    "Portal",
    "PortalError",
    "Preview",
    "Result",
    "ResultsFolder",
    "build_template",
    "limits",
    "preview",
    "read_answer",
    "read_results",
    "write_results",
]
