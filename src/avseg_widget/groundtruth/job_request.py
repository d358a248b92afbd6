"""What is asked of Ground Truth for a job, and the documented rules that its service's model does not hold. No AWS."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from ..errors import JobError
from ..model import Task
from . import limits
from .deployment import Deployment
from .model_rules import request_problems
from .stack_template import TAG
from .workteams import workforce_of

Plain = dict[str, Any]
#: A field of the request, and what is wrong with it.
_Problem = tuple[str, str]

_PRICES = limits.TASK_PRICE.choices

#: What must be said of the data before anybody may see them.
NO_PERSONAL_DATA = "FreeOfPersonallyIdentifiableInformation"
NO_ADULT_CONTENT = "FreeOfAdultContent"


class JobOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a job is done, all of it optional.

    Parameters
    ----------
    workers
        How many people label each item, 1 to 9.
    seconds, available_seconds
        How long one person has for a task, and how long tasks are on offer; Ground Truth's own defaults when None.
    title, description, keywords
        What people see before they take a task; of the task itself when empty.
    attribute
        The label attribute: what the results are called in the output manifest.
    price
        What a person of the public workforce gets for a task, in US dollars, such as ``"0.36"``.
    content
        What is declared of the data: :data:`NO_PERSONAL_DATA`, :data:`NO_ADULT_CONTENT`.
    functions
        Which of the deployment's functions to use, ``"pre"`` and ``"post"``; all that there are when None.
    concurrent_items
        How many items may be on offer at once.
    stop_after_items, stop_after_percent
        When to stop early.
    kms_key
        The key to encrypt the results with.
    tags
        More tags of the job.
    """

    workers: int = 1
    seconds: int = 3600
    available_seconds: int | None = None
    title: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    attribute: str = "avseg"
    price: str | None = None
    content: tuple[str, ...] = ()
    functions: tuple[str, ...] | None = None
    concurrent_items: int | None = None
    stop_after_items: int | None = None
    stop_after_percent: int | None = None
    kms_key: str = ""
    tags: dict[str, str] = {}


def job_request(
    name: str, task: Task, options: JobOptions, *, manifest: str, team: str, template: str, deployment: Deployment
) -> Plain:
    """Return the parameters of CreateLabelingJob; what is not given is left out."""
    title = options.title or task.title or name
    human: Plain = {
        "WorkteamArn": team,
        "UiConfig": {"UiTemplateS3Uri": template},
        "TaskTitle": title,
        "TaskDescription": options.description or title,
        "TaskKeywords": list(options.keywords),
        "NumberOfHumanWorkersPerDataObject": options.workers,
        "TaskTimeLimitInSeconds": options.seconds,
        "TaskAvailabilityLifetimeInSeconds": options.available_seconds,
        "MaxConcurrentTaskCount": options.concurrent_items,
        **_functions(deployment, options.functions),
    }
    if options.price is not None:
        human["PublicWorkforceTaskPrice"] = {"AmountInUsd": amount(options.price)}
    stopping = {
        "MaxHumanLabeledObjectCount": options.stop_after_items,
        "MaxPercentageOfInputDatasetLabeled": options.stop_after_percent,
    }
    tags = {**options.tags, TAG: deployment.name}
    return _filled(
        {
            "LabelingJobName": name,
            "LabelAttributeName": options.attribute,
            "InputConfig": {
                "DataSource": {"S3DataSource": {"ManifestS3Uri": manifest}},
                "DataAttributes": _filled({"ContentClassifiers": list(options.content)}),
            },
            "OutputConfig": {"S3OutputPath": deployment.output, "KmsKeyId": options.kms_key},
            "RoleArn": deployment.role_arn,
            "HumanTaskConfig": human,
            "StoppingConditions": stopping,
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
    )


def _functions(deployment: Deployment, wanted: Collection[str] | None) -> Plain:
    there = {"pre": deployment.pre_function_arn, "post": deployment.post_function_arn}
    # One that is asked for and not there goes on as what it is asked for by, and is found by the check.
    arns = {kind: there[kind] or (kind if wanted else "") for kind in there if wanted is None or kind in wanted}
    found: Plain = {"PreHumanTaskLambdaArn": arns.get("pre", "")}
    if arns.get("post"):
        found["AnnotationConsolidationConfig"] = {"AnnotationConsolidationLambdaArn": arns["post"]}
    return found


def _filled(value: Plain) -> Plain:
    """Leave out what is None or empty, in objects within it too; a number stays, whatever it is."""
    inner = {key: _filled(item) if isinstance(item, dict) else item for key, item in value.items()}
    return {key: item for key, item in inner.items() if item is not None and item not in ("", [], {})}


def amount(price: str) -> Plain:
    """Return a price in US dollars as Ground Truth writes it.

    >>> amount("0.36")
    {'Dollars': 0, 'Cents': 36, 'TenthFractionsOfACent': 0}

    Raises
    ------
    JobError
        When it is no number, or finer than a tenth of a cent.
    """
    try:
        tenths = Decimal(price) * 1000
        whole = int(tenths)
    except (ArithmeticError, ValueError):
        tenths, whole = Decimal(-1), -1
    if whole != tenths or whole < 0:
        raise JobError(f"the price {price!r:.40} is no amount in US dollars: one of {', '.join(_PRICES)}")
    return {"Dollars": whole // 1000, "Cents": whole // 10 % 100, "TenthFractionsOfACent": whole % 10}


def price_of(human: Mapping[str, Any]) -> Decimal | None:
    """Return the price, in US dollars, in a job's configuration; None where there is none."""
    found = (human.get("PublicWorkforceTaskPrice") or {}).get("AmountInUsd")
    if not found:
        return None
    tenths = found.get("Dollars", 0) * 1000 + found.get("Cents", 0) * 10 + found.get("TenthFractionsOfACent", 0)
    return Decimal(tenths) / 1000


def job_problems(request: Mapping[str, Any], region: str, region_of: Callable[[str], str]) -> list[str]:
    """Return everything that Ground Truth would refuse, or fail for later.

    Parameters
    ----------
    request
        The parameters of CreateLabelingJob.
    region
        The job's region.
    region_of
        Says which region a bucket is in.
    """
    found = request_problems("sagemaker", "CreateLabelingJob", request)
    rules = [*_rules(request), *_team_rules(request), *_region_rules(request, region, region_of)]
    # What the model says of a field is not said twice.
    told = [text for field, text in rules if text and not any(problem.startswith(field) for problem in found)]
    return [*found, *told]


def _rules(request: Mapping[str, Any]) -> Iterator[_Problem]:
    human = request["HumanTaskConfig"]
    yield "LabelAttributeName", limits.LABEL_ATTRIBUTE.problem(request.get("LabelAttributeName", ""))
    seconds = human["TaskTimeLimitInSeconds"]
    yield "HumanTaskConfig.TaskTimeLimitInSeconds", limits.TASK_SECONDS.problem(seconds)
    manifest = _manifest(request)
    field = "InputConfig.DataSource"
    if not manifest and "SnsDataSource" not in request["InputConfig"]["DataSource"]:
        yield field, f"{field} must name a manifest"
    elif manifest:
        yield field, limits.S3_URI.problem(manifest)
    if manifest.endswith("/"):
        yield field, f"the manifest must be a file, not a folder: {manifest}"
    yield "OutputConfig", limits.S3_URI.problem(f"{request['OutputConfig']['S3OutputPath']}/")
    if set(human["UiConfig"]) != {"UiTemplateS3Uri"}:
        field = "HumanTaskConfig.UiConfig"
        yield field, f"{field} must have UiTemplateS3Uri, and nothing else, for a custom task"
    for tag in request.get("Tags", []):
        if tag["Key"].lower().startswith("aws:"):
            yield "Tags", f"the tag {tag['Key']!r} begins with aws:, which is AWS's own"


def _manifest(request: Mapping[str, Any]) -> str:
    source = request["InputConfig"]["DataSource"].get("S3DataSource") or {}
    return str(source.get("ManifestS3Uri", ""))


def _team_rules(request: Mapping[str, Any]) -> Iterator[_Problem]:
    human = request["HumanTaskConfig"]
    is_public = workforce_of(human["WorkteamArn"]) == "public"
    available = human.get("TaskAvailabilityLifetimeInSeconds")
    if available is not None:
        limit = limits.PUBLIC_AVAILABILITY_SECONDS if is_public else limits.AVAILABILITY_SECONDS
        yield "HumanTaskConfig.TaskAvailabilityLifetimeInSeconds", limit.problem(available)
    price, field = price_of(human), "HumanTaskConfig.PublicWorkforceTaskPrice"
    if not is_public:
        if price is not None:
            yield field, "PublicWorkforceTaskPrice is for the public workforce: leave the price out"
        return
    if price is None:
        yield field, f"the public workforce needs a price: one of {', '.join(_PRICES)}"
    else:
        yield field, limits.TASK_PRICE.problem(f"{price:.3f}")
    declared = request["InputConfig"].get("DataAttributes", {}).get("ContentClassifiers", [])
    if NO_PERSONAL_DATA not in declared:
        field = "InputConfig.DataAttributes"
        yield field, f"the public workforce may only get data declared as {NO_PERSONAL_DATA}: a job without it fails"


def _region_rules(request: Mapping[str, Any], region: str, region_of: Callable[[str], str]) -> Iterator[_Problem]:
    human = request["HumanTaskConfig"]
    merging = human.get("AnnotationConsolidationConfig", {})
    arns = {
        "WorkteamArn": human["WorkteamArn"],
        "PreHumanTaskLambdaArn": human.get("PreHumanTaskLambdaArn", ""),
        "AnnotationConsolidationConfig.AnnotationConsolidationLambdaArn": merging.get(
            "AnnotationConsolidationLambdaArn", ""
        ),
    }
    for field, arn in arns.items():
        there = "".join(arn.split(":")[3:4])
        if there and there != region:
            yield f"HumanTaskConfig.{field}", f"{field} is in {there}, and the job in {region}: {arn}"
    uris = [_manifest(request), request["OutputConfig"]["S3OutputPath"], human["UiConfig"].get("UiTemplateS3Uri", "")]
    for bucket in dict.fromkeys(uri.removeprefix("s3://").partition("/")[0] for uri in uris if uri.startswith("s3://")):
        if (there := region_of(bucket)) != region:
            yield f"bucket {bucket}", f"the bucket {bucket} is in {there}, and the job in {region}"
