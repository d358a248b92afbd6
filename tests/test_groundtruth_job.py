"""Labeling jobs: every limit checked before AWS is asked, then created, followed, stopped and read, against stubs."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from botocore.session import Session
from botocore.stub import ANY
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import Annotation, Provenance, Task, presets
from avseg_widget.errors import JobError, ManifestError
from avseg_widget.groundtruth import (
    Cost,
    Deployment,
    JobStatus,
    LabelingJob,
    Manifest,
    Result,
    list_workteams,
    write_results,
)
from avseg_widget.groundtruth.job_request import NO_PERSONAL_DATA, amount, job_problems
from avseg_widget.groundtruth.model_rules import _CLASSES, request_problems
from avseg_widget.groundtruth.progress_bar import ProgressBar

from .aws_sessions import KeptSession

REGION = "eu-west-1"
ACCOUNT = "123456789012"
TEAM = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:workteam/private-crowd/linguists"
PUBLIC = f"arn:aws:sagemaker:{REGION}:394669845002:workteam/public-crowd/default"
DEPLOYMENT = Deployment(
    name="avseg",
    region=REGION,
    bucket="bucket",
    output_prefix="results/",
    script_url="https://x.cloudfront.net/avseg-worker-0123456789abcdef.js",
    style_url="https://x.cloudfront.net/avseg-0123456789abcdef.css",
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/avseg-ExecutionRole",
)
FUNCTIONS = Deployment(
    **{
        **{name: getattr(DEPLOYMENT, name) for name in DEPLOYMENT.__struct_fields__},
        "pre_function_arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:pre",
        "post_function_arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:post",
    }
)


@pytest.fixture
def session(s3) -> KeptSession:
    return KeptSession()


@pytest.fixture
def manifest(s3) -> str:
    lines = "\n".join(json.dumps({"source-ref": f"s3://bucket/{number}.wav"}) for number in range(4))
    s3.put_object(Bucket="bucket", Key="input.manifest", Body=lines.encode())
    return "s3://bucket/input.manifest"


def create(session: KeptSession, manifest: Any, name: str = "calls-1", team: str = TEAM, **options: Any) -> LabelingJob:
    options = {"deployment": DEPLOYMENT, "session": session, **options}
    return LabelingJob.create(name, presets.call_center(), manifest, team, **options)


def request(**changes: Any) -> dict[str, Any]:
    """Return a request that is right but for the changes, whose names go down by two underscores."""
    found: dict[str, Any] = {
        "LabelingJobName": "calls-1",
        "LabelAttributeName": "avseg",
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://bucket/input.manifest"}}},
        "OutputConfig": {"S3OutputPath": "s3://bucket/results"},
        "RoleArn": DEPLOYMENT.role_arn,
        "HumanTaskConfig": {
            "WorkteamArn": TEAM,
            "UiConfig": {"UiTemplateS3Uri": "s3://bucket/templates/1.liquid.html"},
            "TaskTitle": "Calls",
            "TaskDescription": "Who speaks when?",
            "NumberOfHumanWorkersPerDataObject": 3,
            "TaskTimeLimitInSeconds": 3600,
        },
        "Tags": [{"Key": "avseg:stack", "Value": "avseg"}],
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner = found
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value
    return found


def problems(**changes: Any) -> list[str]:
    return job_problems(request(**changes), REGION, lambda bucket: {"far": "ap-south-1"}.get(bucket, REGION))


def test_what_is_right_has_no_problem():
    assert problems() == []
    public = {
        "HumanTaskConfig__WorkteamArn": PUBLIC,
        "InputConfig__DataAttributes": {"ContentClassifiers": [NO_PERSONAL_DATA]},
    }
    assert problems(**public, HumanTaskConfig__PublicWorkforceTaskPrice={"AmountInUsd": amount("0.36")}) == []


HUMAN = "HumanTaskConfig__"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        # By the service's model, which botocore itself does not hold a request against.
        ("LabelingJobName", "x" * 64, "takes 1 to 63"),
        ("LabelingJobName", "calls_1", "does not match"),
        ("LabelingJobName", None, "LabelingJobName is missing"),
        ("LabelingJobName", 3, "must be a text, not 3"),
        ("Unknown", 3, "Unknown is unknown; there are"),
        (HUMAN + "TaskTitle", "x" * 129, "takes 1 to 128"),
        (HUMAN + "TaskDescription", "x" * 256, "takes 1 to 255"),
        (HUMAN + "NumberOfHumanWorkersPerDataObject", 10, "is 10, and takes 1 to 9"),
        (HUMAN + "NumberOfHumanWorkersPerDataObject", 1.5, "must be a whole number"),
        (HUMAN + "TaskTimeLimitInSeconds", 29, "is 29, and takes at least 30"),
        (HUMAN + "MaxConcurrentTaskCount", 5001, "is 5,001, and takes 1 to 5,000"),
        (HUMAN + "TaskKeywords", ["a"] * 6, "has 6 items, and takes 1 to 5"),
        (HUMAN + "TaskKeywords", ["two  blanks"], r"TaskKeywords\[0\] is 'two  blanks', which does not match"),
        (HUMAN + "WorkteamArn", "linguists", "does not match"),
        (HUMAN + "UiConfig", {"UiTemplateS3Uri": "templates/1"}, "does not match"),
        ("RoleArn", "arn:aws:iam::1:role/short", "does not match"),
        ("InputConfig__DataAttributes", {"ContentClassifiers": ["FreeOfAnything"]}, "there are FreeOf"),
        ("StoppingConditions", {"MaxPercentageOfInputDatasetLabeled": 101}, "is 101, and takes 1 to 100"),
        ("Tags", [{"Key": "k" * 129, "Value": ""}], "takes 1 to 128"),
        ("Tags", [{"Key": "k", "Value": "bad\x00"}], "does not match"),
        (HUMAN + "TaskKeywords", "speech", "must be a list"),
        # By the documentation alone.
        ("LabelAttributeName", "audio-ref", "LabelAttributeName is 'audio-ref'"),
        ("LabelAttributeName", "audio-metadata", "LabelAttributeName is"),
        ("LabelAttributeName", "source", "LabelAttributeName is 'source'"),
        ("InputConfig__DataSource", {}, "must name a manifest"),
        ("InputConfig__DataSource", {"S3DataSource": {"ManifestS3Uri": "s3://bucket/folder/"}}, "not a folder"),
        ("InputConfig__DataSource", {"S3DataSource": {"ManifestS3Uri": "https://bucket/m"}}, "S3 URI"),
        ("OutputConfig__S3OutputPath", "https://bucket/results", "S3 URI"),
        (HUMAN + "UiConfig", {"HumanTaskUiArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:human-task-ui/x"}, "must"),
        (HUMAN + "TaskTimeLimitInSeconds", 28_801, "takes 30 to 28,800"),
        (HUMAN + "TaskAvailabilityLifetimeInSeconds", 2_592_001, "takes 60 to 2,592,000"),
        (HUMAN + "PublicWorkforceTaskPrice", {"AmountInUsd": {"Cents": 12}}, "leave the price out"),
        (HUMAN + "WorkteamArn", TEAM.replace(REGION, "us-east-1"), "WorkteamArn is in us-east-1"),
        (HUMAN + "PreHumanTaskLambdaArn", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", "LambdaArn is in us"),
        (HUMAN + "AnnotationConsolidationConfig",
         {"AnnotationConsolidationLambdaArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"}, "LambdaArn is in us"),
        ("OutputConfig__S3OutputPath", "s3://far/results", "the bucket far is in ap-south-1"),
        ("Tags", [{"Key": "AWS:x", "Value": ""}], "begins with aws:"),
    ],
)  # fmt: skip
def test_each_limit_is_found_before_aws_is_asked(field, value, words):
    (found,) = problems(**{field: value})
    assert re.search(words, found), found


def test_the_public_workforce_has_rules_of_its_own():
    found = problems(HumanTaskConfig__WorkteamArn=PUBLIC, HumanTaskConfig__TaskAvailabilityLifetimeInSeconds=43_201)
    assert [text[:30] for text in found] == [
        "TaskAvailabilityLifetimeInSeco",
        "the public workforce needs a p",
        "the public workforce may only ",
    ]
    (found_price,) = problems(
        HumanTaskConfig__WorkteamArn=PUBLIC,
        InputConfig__DataAttributes={"ContentClassifiers": [NO_PERSONAL_DATA]},
        HumanTaskConfig__PublicWorkforceTaskPrice={"AmountInUsd": {"Cents": 13}},
    )
    assert "is '0.130', and Ground Truth takes one of 0.012, 0.024" in found_price


def test_all_problems_are_told_at_once():
    found = problems(LabelingJobName="a_b", LabelAttributeName="x-ref", HumanTaskConfig__TaskTimeLimitInSeconds=99_999)
    assert len(found) == 3


def test_every_pattern_of_the_model_s_calls_can_be_read():
    """A pattern that Python does not read would raise where a request is checked."""
    model = Session().get_service_model("sagemaker")
    count = 0
    for operation in (
        "CreateLabelingJob", "DescribeLabelingJob", "StopLabelingJob", "ListLabelingJobs", "ListWorkteams", "ListTags",
    ):  # fmt: skip
        for shape in shapes(model.operation_model(operation).input_shape):
            pattern = shape.metadata.get("pattern", "")
            for java, python in _CLASSES.items():
                pattern = pattern.replace(java, python)
            re.compile(pattern)
            count += bool(pattern)
    assert count > 20


def shapes(shape: Any) -> Iterator[Any]:
    yield shape
    inner = [*getattr(shape, "members", {}).values()]
    inner += [one for one in (getattr(shape, name, None) for name in ("member", "key", "value")) if one is not None]
    for one in inner:
        yield from shapes(one)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(request())), ANYTHING)
def test_whatever_a_request_holds_is_told_and_not_raised(field, value):
    found = request_problems("sagemaker", "CreateLabelingJob", {**request(), field: value})
    assert all(isinstance(problem, str) for problem in found)
    if not isinstance(value, (str, dict, list)):
        assert found


def test_the_limits_of_maps_and_booleans_are_the_model_s():
    assert request_problems("lambda", "CreateFunction", {
        "FunctionName": "f", "Role": DEPLOYMENT.role_arn, "Code": {}, "Publish": "yes",
        "Environment": {"Variables": {"1": 2}}, "Tags": [],
    }) == [
        "Publish must be true or false, not 'yes'",
        "Environment.Variables key '1' is '1', which does not match [a-zA-Z]([a-zA-Z0-9_])+",
        "Environment.Variables.1 must be a text, not 2",
        "Tags must be an object, not []",
    ]  # fmt: skip


# Creating


def test_creates_a_job_with_what_was_checked(s3, session, manifest):
    expected = request(
        HumanTaskConfig__UiConfig={"UiTemplateS3Uri": ANY},
        HumanTaskConfig__TaskTitle="Call center",
        HumanTaskConfig__TaskDescription=ANY,
        Tags=[{"Key": "project", "Value": "x"}, {"Key": "avseg:stack", "Value": "avseg"}],
    )
    expected["HumanTaskConfig"]["TaskTitle"] = ANY
    expected["StoppingConditions"] = {"MaxHumanLabeledObjectCount": 2}
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:labeling-job/calls-1"
    session.sagemaker.add_response("create_labeling_job", {"LabelingJobArn": arn}, expected)
    job = create(session, manifest, workers=3, stop_after_items=2, tags={"project": "x"})
    assert repr(job) == "LabelingJob('calls-1', region='eu-west-1')"
    session.sagemaker.assert_no_pending_responses()
    (item,) = s3.list_objects_v2(Bucket="bucket", Prefix="templates/")["Contents"]
    assert item["Key"].endswith(".liquid.html")
    text = s3.get_object(Bucket="bucket", Key=item["Key"])["Body"].read().decode()
    assert text == DEPLOYMENT.template(presets.call_center())


def test_uses_the_functions_that_are_deployed(s3, session, manifest):
    sent: list[dict[str, Any]] = []
    session.client("sagemaker", region_name=REGION).meta.events.register(
        "provide-client-params.sagemaker.CreateLabelingJob", lambda params, **_: sent.append(params["HumanTaskConfig"])
    )
    for _ in range(2):
        session.sagemaker.add_response("create_labeling_job", {"LabelingJobArn": "arn:x"})
    create(session, manifest, deployment=FUNCTIONS)
    create(session, manifest, deployment=FUNCTIONS, functions=["pre"])
    assert sent[0]["PreHumanTaskLambdaArn"] == sent[1]["PreHumanTaskLambdaArn"] == FUNCTIONS.pre_function_arn
    assert sent[0]["AnnotationConsolidationConfig"] == {"AnnotationConsolidationLambdaArn": FUNCTIONS.post_function_arn}
    assert "AnnotationConsolidationConfig" not in sent[1]
    with pytest.raises(JobError, match="PreHumanTaskLambdaArn is 'pre', which does not match"):
        create(session, manifest, functions=["pre"])


def test_a_dry_run_checks_and_makes_nothing(s3, session, manifest):
    create(session, manifest, dry_run=True)
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 1
    with pytest.raises(JobError) as caught:
        create(session, manifest, "a_b", dry_run=True, workers=12, seconds=5)
    assert len(caught.value.problems) == 3
    assert str(caught.value).startswith("the job 'a_b' cannot be created:\n  LabelingJobName is 'a_b'")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"wokers": 3}, "unknown field `wokers`; there are workers, seconds"),
        ({"workers": "three"}, "Expected `int`"),
        ({"price": "much", "team": PUBLIC}, "the price 'much' is no amount"),
        ({"price": "0.0001", "team": PUBLIC}, "no amount in US dollars"),
        ({"price": "NaN", "team": PUBLIC}, "no amount in US dollars"),
    ],
)
def test_options_that_are_none_are_told(session, manifest, options, words):
    with pytest.raises(JobError, match=words):
        create(session, manifest, **options)


def test_lines_are_checked_before_anything_is_made(s3, session):
    def uploaded(text: str) -> str:
        s3.put_object(Bucket="bucket", Key="m", Body=text.encode())
        return "s3://bucket/m"

    for text, words in (
        ('{"source-ref": "a.wav"}', "line 1: source-ref must be an s3:// URI"),
        ('{"source-ref": "s3://far/a.wav"}', "ap-south-1"),
        ('{"source-ref": "s3://bucket/a.wav", "avseg": 1}', "line 1: 'avseg' is there, and no job's"),
        ("", "the manifest has 0 items"),
    ):
        with pytest.raises(JobError, match=words):
            create(session, uploaded(text))
    narrow = {**{name: getattr(DEPLOYMENT, name) for name in DEPLOYMENT.__struct_fields__}, "input_prefix": "in/"}
    with pytest.raises(JobError) as caught:
        create(session, uploaded('{"source-ref": "s3://bucket/in/a.wav"}'), deployment=Deployment(**narrow))
    assert caught.value.problems == (
        "the job's role may read s3://bucket/in/* or s3://bucket/results/* only, not s3://bucket/m",
    )
    # A manifest that a job has labeled is taken up where it ended.
    chained = '{"source-ref": "s3://bucket/a.wav", "avseg": {}, "avseg-metadata": {"human-annotated": "yes"}}'
    create(session, uploaded(chained), dry_run=True)
    with pytest.raises(JobError, match="call its method upload"):
        create(session, Manifest([{"source-ref": "a.wav"}]))
    with pytest.raises(ManifestError, match="there is no s3://bucket/none"):
        create(session, "s3://bucket/none")


def test_a_name_that_is_taken_and_other_refusals(session, manifest):
    session.sagemaker.add_client_error("create_labeling_job", "ResourceInUse", "exists")
    with pytest.raises(JobError, match="there is a job 'calls-1' already, or one that differs in case only"):
        create(session, manifest)
    session.sagemaker.add_client_error("create_labeling_job", "ResourceLimitExceeded", "20 jobs")
    with pytest.raises(JobError, match=r"creating the job calls-1: AWS refused \(ResourceLimitExceeded: 20 jobs\)"):
        create(session, manifest)


# Teams


def test_lists_the_teams_of_every_workforce(session):
    team = {
        "WorkteamName": "linguists", "WorkteamArn": TEAM, "Description": "Linguists", "MemberDefinitions": [{}],
        "SubDomain": "abc.labeling.eu-west-1.sagemaker.aws",
    }  # fmt: skip
    vendor = {"WorkteamArn": TEAM.replace("private", "vendor"), "MarketplaceTitle": "Firm"}
    session.sagemaker.add_response("list_workteams", {"Workteams": [team]})
    session.sagemaker.add_response("list_subscribed_workteams", {"SubscribedWorkteams": [vendor]})
    found = list_workteams(session=session)
    assert [(one.name, one.workforce) for one in found] == [
        ("linguists", "private"),
        ("Firm", "vendor"),
        ("public", "public"),
    ]
    assert found[0].portal == "https://abc.labeling.eu-west-1.sagemaker.aws"
    assert found[2].arn == PUBLIC


def test_a_team_is_found_by_its_name(session, manifest):
    team = {"WorkteamName": "linguists", "WorkteamArn": TEAM, "Description": "L", "MemberDefinitions": [{}]}
    for _ in range(2):
        session.sagemaker.add_response("list_workteams", {"Workteams": [team]})
    create(session, manifest, team="linguists", dry_run=True)
    with pytest.raises(JobError, match="there is no work team 'nobody' in eu-west-1; there are: linguists"):
        create(session, manifest, team="nobody", dry_run=True)


# Following


def described(status: str, **more: Any) -> dict[str, Any]:
    counters = more.pop("counters", (0, 0, 4))
    base = request()
    return {
        "LabelingJobName": "calls-1",
        "LabelingJobArn": "arn:x",
        "LabelAttributeName": "avseg",
        "LabelingJobStatus": status,
        "LabelCounters": dict(
            zip(("TotalLabeled", "FailedNonRetryableError", "Unlabeled"), counters, strict=True),
            HumanLabeled=counters[0],
        ),
        "CreationTime": "2026-01-01",
        "LastModifiedTime": "2026-01-01",
        "JobReferenceCode": "1",
        "InputConfig": base["InputConfig"],
        "OutputConfig": base["OutputConfig"],
        "RoleArn": base["RoleArn"],
        "HumanTaskConfig": {**base["HumanTaskConfig"], **more.pop("human", {})},
        **more,
    }


def answers(session: KeptSession, *given: dict[str, Any]) -> LabelingJob:
    for one in given:
        session.sagemaker.add_response("describe_labeling_job", one, {"LabelingJobName": "calls-1"})
    return LabelingJob("calls-1", session=session)


def test_waits_and_shows_how_far_it_is(session):
    job = answers(
        session,
        described("Initializing", counters=(0, 0, 0)),
        described("InProgress", counters=(1, 0, 3)),
        described("InProgress", counters=(1, 0, 3)),
        described("Completed", counters=(3, 1, 0)),
    )
    stream = io.StringIO()
    done = job.wait(every=0, progress=ProgressBar(stream))
    assert (done.status, done.labeled, done.failed, done.total, done.is_over) == ("Completed", 3, 1, 4, True)
    assert done.output == "s3://bucket/results/calls-1/manifests/output/output.manifest"
    assert str(done) == "calls-1: Completed, 3 of 4 labeled, 1 failed"
    assert stream.getvalue().splitlines() == [
        "calls-1: Initializing",
        "[#######.......................] 1 of 4, calls-1: InProgress",
        "[##############################] 4 of 4, calls-1: Completed, 1 failed",
    ]


def test_a_job_that_failed_says_why_and_one_that_is_late_is_told(session):
    job = answers(session, described("Failed", FailureReason="ClientError: no rights"), described("InProgress"))
    assert str(job.wait(every=0, progress=ProgressBar(io.StringIO()))).endswith("labeled: ClientError: no rights")
    with pytest.raises(JobError, match="is not over after 1 s"):
        job.wait(every=60, timeout=1, progress=ProgressBar(io.StringIO()))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_one_line_and_a_notebook_a_bar(monkeypatch):
    terminal = Terminal()
    bar = ProgressBar(terminal)
    bar.show(1, 2, "a")
    bar.show(2, 2, "a")
    bar.end()
    assert terminal.getvalue().count("\r\x1b[K") == 2
    assert terminal.getvalue().endswith("a\n")

    shown: list[str] = []

    class Handle:
        def update(self, value: Any) -> None:
            shown.append(value._repr_html_())

    def display(value: Any, display_id: bool) -> Handle:
        shown.append(value._repr_html_())
        return Handle()

    monkeypatch.setattr("avseg_widget.groundtruth.progress_bar._notebook_display", lambda: display)
    bar = ProgressBar()
    bar.show(0, 0, "<b>")
    bar.show(1, 2, "x")
    bar.end()
    assert "<b>" not in shown[0]
    assert 'value="1" max="2"' in shown[1]


def test_stops(session):
    session.sagemaker.add_response("stop_labeling_job", {}, {"LabelingJobName": "calls-1"})
    LabelingJob("calls-1", session=session).stop()
    session.sagemaker.add_client_error("stop_labeling_job", "ResourceNotFound", "none")
    with pytest.raises(JobError, match="stopping the job calls-1: AWS refused"):
        LabelingJob("calls-1", session=session).stop()


def test_reads_the_results(s3, session, tmp_path):
    provenance = Provenance(annotator="private.eu-west-1.a")
    result = Result(
        item=0,
        line={"source-ref": "s3://bucket/0.wav"},
        status="answered",
        annotation=Annotation(provenance=provenance),
    )
    write_results(tmp_path, [result], attribute="avseg")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            key = f"results/calls-1/{path.relative_to(tmp_path)}"
            text = path.read_text().replace(str(tmp_path), "s3://bucket/results/calls-1")
            s3.put_object(Bucket="bucket", Key=key, Body=text.encode())
    job = answers(session, described("Completed"), described("InProgress"))
    (found,) = job.results(Task())
    assert found.status == "answered"
    assert found.annotation is not None
    assert found.annotation.provenance.annotator == "private.eu-west-1.a"
    with pytest.raises(JobError, match="is InProgress: its results are there when it is over"):
        job.results()


def test_what_the_public_workforce_costs(session):
    price = {"PublicWorkforceTaskPrice": {"AmountInUsd": amount("0.012")}}
    job = answers(session, described("InProgress", counters=(3, 0, 7), human=price), described("Completed"))
    assert job.cost() == Cost(per_task=Decimal("0.012"), workers=3, so_far=Decimal("0.108"), at_most=Decimal("0.36"))
    assert job.cost() is None


def test_a_status_without_items():
    assert str(JobStatus(name="a", status="Initializing")) == "a: Initializing, 0 of 0 labeled"
