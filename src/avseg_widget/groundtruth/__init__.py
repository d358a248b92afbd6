"""Tasks as Ground Truth templates, their manifests, and the answers read back. AWS is called only where it is named."""

from ..formats.answer import read_answer
from . import limits
from .deployment import Deployment, deploy, find_deployment
from .job import Cost, JobStatus, LabelingJob
from .job_request import JobOptions
from .line_checks import LineProblem
from .manifest import Manifest
from .portal import Portal
from .portal_records import PortalError
from .preview import Preview, preview
from .removal import Cleanup, cleanup
from .results import Result, read_results
from .results_folder import ResultsFolder
from .results_writer import write_results
from .stack_template import console_template
from .template import build_template
from .workteams import WorkTeam, list_workteams

__all__ = [
    "Cleanup",
    "Cost",
    "Deployment",
    "JobOptions",
    "JobStatus",
    "LabelingJob",
    "LineProblem",
    "Manifest",
    "Portal",
    "PortalError",
    "Preview",
    "Result",
    "ResultsFolder",
    "WorkTeam",
    "build_template",
    "cleanup",
    "console_template",
    "deploy",
    "find_deployment",
    "limits",
    "list_workteams",
    "preview",
    "read_answer",
    "read_results",
    "write_results",
]
