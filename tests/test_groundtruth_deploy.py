"""Deploying, deploying again, and cleaning up, against moto: what is there afterwards, and what never was touched."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from avseg_widget import presets
from avseg_widget.errors import AvsegError, StackError
from avseg_widget.groundtruth import Deployment, cleanup, deploy, find_deployment
from avseg_widget.groundtruth.bundle import CACHE_CONTROL, load_bundle
from avseg_widget.groundtruth.cors import MAX_RULES, merge_rules, write_rules
from avseg_widget.groundtruth.stack_template import console_template

from . import moto_stacks
from .aws_sessions import KeptSession

#: A rule of the data bucket's owner.
THEIRS = {
    "ID": "theirs",
    "AllowedMethods": ["PUT"],
    "AllowedOrigins": ["https://app.example"],
    "AllowedHeaders": ["x-theirs"],
    "ExposeHeaders": ["x-other"],
    "MaxAgeSeconds": 5,
}


@pytest.fixture
def session(s3) -> KeptSession:
    moto_stacks.install()
    return KeptSession()


def deployed(session: KeptSession, **options: Any) -> Deployment:
    return deploy("bucket", session=session, every=0, **options)


def rules(s3: Any) -> list[dict[str, Any]]:
    return s3.get_bucket_cors(Bucket="bucket")["CORSRules"]


def test_deploys_everything_a_template_needs(s3, session):
    """Defects 2, 21 and 25: a file of another name, one that may change, one that is kept when it has changed."""
    told: list[str] = []
    found = deployed(session, functions=["pre", "post"], progress=told.append)
    bundle = load_bundle()
    assert found.script_url.startswith("https://")
    assert found.script_url.endswith(f"/{bundle.script.name}")
    assert found.role_arn.startswith("arn:aws:iam::123456789012:role/")
    assert found.output == "s3://bucket/results"
    assert told == list(found.changes)
    for asset in bundle.assets:
        there = s3.get_object(Bucket=found.asset_bucket, Key=asset.key)
        assert there["Body"].read() == asset.data
        assert (there["ContentType"], there["CacheControl"]) == (asset.content_type, CACHE_CONTROL)
    functions = boto3.client("lambda").list_functions()["Functions"]
    assert {one["Handler"] for one in functions} == {"avseg_lambdas.pre.handler", "avseg_lambdas.post.handler"}
    assert {one["FunctionArn"] for one in functions} == {found.pre_function_arn, found.post_function_arn}
    assert zipfile.ZipFile(io.BytesIO(bundle.functions.data)).testzip() is None

    text = found.template(presets.call_center())
    assert f'src="{found.script_url}" integrity="{bundle.script.integrity}" crossorigin="anonymous"' in text
    assert f'href="{found.style_url}" integrity="{bundle.style.integrity}" crossorigin="anonymous"' in text
    again = find_deployment(session=session)
    assert again == Deployment(**{**vars_of(found), "changes": ()})


def vars_of(deployment: Deployment) -> dict[str, Any]:
    return {name: getattr(deployment, name) for name in deployment.__struct_fields__}


def test_deploying_again_changes_only_what_differs(s3, session):
    first = deployed(session)
    assert deployed(session).changes == ()
    assert deployed(session, dry_run=True).changes == ()
    s3.delete_object(Bucket=first.asset_bucket, Key=load_bundle().style.key)
    more = deployed(session, functions=["post"])
    assert [change.split(" (")[0] for change in more.changes] == [
        f"upload {load_bundle().style.key}",
        f"upload {load_bundle().functions.key}",
        "update the stack avseg",
    ]
    assert (bool(more.pre_function_arn), bool(more.post_function_arn)) == (False, True)
    assert deployed(session).post_function_arn == ""


def test_a_dry_run_says_what_it_would_do_and_does_nothing(s3, session):
    found = deployed(session, dry_run=True, functions=["pre"])
    assert [change.split(" ")[0] for change in found.changes] == ["create", "upload", "upload", "upload", "add"]
    assert found.script_url == ""
    assert len(s3.list_buckets()["Buckets"]) == 2
    with pytest.raises(s3.exceptions.ClientError, match="CORS"):
        rules(s3)


def test_the_data_buckets_cors_rules_are_merged(s3, session):
    """Section 6.1 and defect 25: the sample leaves CORS to the user, and a plain put would replace all rules."""
    s3.put_bucket_cors(Bucket="bucket", CORSConfiguration={"CORSRules": [THEIRS]})
    deployed(session)
    theirs, ours = rules(s3)
    assert theirs == THEIRS
    assert ours["ID"] == "avseg-avseg"
    assert {"Content-Range", "Accept-Ranges"} <= set(ours["ExposeHeaders"])
    assert ours["AllowedMethods"] == ["GET", "HEAD"]
    deployed(session)
    assert rules(s3) == [theirs, ours]


def test_a_rule_for_all_does_not_hide_ours_and_loses_nothing():
    for_all = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"], "ExposeHeaders": ["x-mine"]}
    merged = merge_rules([THEIRS, for_all], "a")
    assert [rule.get("ID") for rule in merged] == ["theirs", "avseg-a", None]
    assert "x-mine" in merged[1]["ExposeHeaders"]
    assert merge_rules(merged, "a") == merged
    assert [rule.get("ID") for rule in merge_rules(merged, "b")] == ["theirs", "avseg-b", "avseg-a", None]


def test_too_many_rules_are_refused():
    full = [{**THEIRS, "ID": str(number)} for number in range(MAX_RULES)]
    with pytest.raises(StackError, match="has 100 CORS rules already"):
        write_rules(None, "bucket", merge_rules(full, "a"))


@pytest.mark.parametrize(
    ("bucket", "options", "words"),
    [
        ("bucket", {"name": "no spaces"}, "a stack's name is"),
        ("bucket", {"name": "x" * 37}, "a stack's name is"),
        ("bucket", {"functions": ["both"]}, 'functions are "pre" and "post"'),
        ("bucket", {"kms_key": "alias/mine"}, "kms_key must be a key's ARN"),
        ("bucket", {"output_prefix": ""}, "output_prefix must not be empty"),
        ("far", {}, "give region='ap-south-1'"),
        ("not-there", {}, "there is no s3://not-there/"),
        ("B", {}, "write it as s3://bucket/key"),
    ],
)
def test_what_is_refused_before_anything_is_made(s3, session, bucket, options, words):
    with pytest.raises(AvsegError, match=words):
        deploy(bucket, session=session, **options)
    assert boto3.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_no_region_is_told(monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(AvsegError, match="there is no AWS region"):
        deploy("bucket")


def test_a_stack_of_somebody_else_is_left_alone(s3, session):
    topic = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    boto3.client("cloudformation").create_stack(StackName="avseg", TemplateBody=topic)
    with pytest.raises(StackError, match="was not made by deploy"):
        deployed(session)
    with pytest.raises(StackError, match="was not made by deploy"):
        cleanup(session=session, delete=True, every=0)
    with pytest.raises(StackError, match="is not one of this package"):
        find_deployment(session=session)
    with pytest.raises(StackError, match="there is no stack 'other' in eu-west-1: deploy it"):
        find_deployment("other", session=session)


# Stacks that fail or are busy, as CloudFormation tells it: moto's always succeed at once

STACK_ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/avseg/1"


class ToldStacks:
    """A CloudFormation that says what it is told to say; events carry the token of the last request."""

    def __init__(self, session: KeptSession) -> None:
        client = session.client("cloudformation", region_name="eu-west-1")
        self.stubber = Stubber(client)
        self.stubber.activate()
        self._events: list[dict[str, Any]] = []
        client.meta.events.register("before-parameter-build.cloudformation", self._keep_token)

    def _keep_token(self, params: dict[str, Any], **_: Any) -> None:
        if "ClientRequestToken" in params:
            for event in self._events:
                event["ClientRequestToken"] = params["ClientRequestToken"]

    def status(self, *statuses: str, tag: bool = True) -> None:
        tags = [{"Key": "avseg:stack", "Value": "avseg"}] if tag else []
        for status in statuses:
            stack = {"StackName": "avseg", "StackId": STACK_ID, "CreationTime": "2026-01-01", "StackStatus": status}
            self.stubber.add_response("describe_stacks", {"Stacks": [{**stack, "Tags": tags}]})

    def events(self, *events: tuple[str, str, str]) -> None:
        """Add an answer with events, the latest first."""
        base = {"StackId": STACK_ID, "StackName": "avseg", "Timestamp": "2026-01-01", "ClientRequestToken": "later"}
        found = [
            {**base, "EventId": name + status, "LogicalResourceId": name, "ResourceStatus": status,
             "ResourceStatusReason": reason}
            for name, status, reason in events
        ]  # fmt: skip
        self._events += found
        self.stubber.add_response("describe_stack_events", {"StackEvents": found})


FAILED = [
    ("Distribution", "CREATE_FAILED", "Resource creation cancelled"),
    ("AssetBucket", "CREATE_FAILED", "You have too many buckets"),
    ("AssetBucket", "CREATE_IN_PROGRESS", ""),
]


def test_a_failed_stack_says_why(s3, session):
    stacks = ToldStacks(session)
    stacks.stubber.add_client_error("describe_stacks", "ValidationError", "Stack with id avseg does not exist", 400)
    stacks.stubber.add_response("create_stack", {"StackId": STACK_ID})
    stacks.status("ROLLBACK_IN_PROGRESS")
    stacks.events(*FAILED)
    stacks.status("DELETE_COMPLETE")
    stacks.events(*FAILED)
    told: list[str] = []
    with pytest.raises(StackError) as caught:
        deployed(session, progress=told.append)
    assert str(caught.value) == "create_stack avseg failed (DELETE_COMPLETE): AssetBucket: You have too many buckets"
    assert told[1:] == ["CREATE_IN_PROGRESS AssetBucket", "CREATE_FAILED AssetBucket", "CREATE_FAILED Distribution"]
    stacks.stubber.assert_no_pending_responses()


def test_a_busy_stack_is_waited_for_and_a_broken_one_told(s3, session):
    stacks = ToldStacks(session)
    stacks.status("CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE")
    told: list[str] = []
    with pytest.raises(StackError, match=r"broken \(ROLLBACK_COMPLETE\): clean it up"):
        deployed(session, progress=told.append)
    assert told == ["waiting for the stack avseg, which is at CREATE_IN_PROGRESS"]


def test_a_stack_that_is_not_deleted_says_why(s3, session):
    stacks = ToldStacks(session)
    no_jobs(session)
    stacks.status("UPDATE_ROLLBACK_COMPLETE")
    stacks.stubber.add_response("list_stack_resources", {"StackResourceSummaries": []})
    stacks.stubber.add_response("delete_stack", {})
    stacks.status("DELETE_FAILED")
    stacks.events(("AssetBucket", "DELETE_FAILED", "The bucket is not empty"))
    stacks.events(("AssetBucket", "DELETE_FAILED", "The bucket is not empty"))
    with pytest.raises(StackError, match="could not be deleted: AssetBucket: The bucket is not empty"):
        cleanup(session=session, delete=True, every=0)


def test_a_stack_in_the_way_is_nobody_s_to_change(s3, session):
    stacks = ToldStacks(session)
    stacks.status("CREATE_COMPLETE", tag=False)
    with pytest.raises(StackError, match="was not made by deploy"):
        deployed(session)


# Cleaning up


def no_jobs(session: KeptSession, times: int = 1) -> None:
    for _ in range(times):
        for status in ("Initializing", "InProgress", "Stopping"):
            session.sagemaker.add_response(
                "list_labeling_jobs", {"LabelingJobSummaryList": []}, {"StatusEquals": status}
            )


def test_cleaning_up_shows_first_and_removes_only_what_is_tagged(s3, session):
    """Defect 25: objects were left behind, so that the stack could not be deleted."""
    s3.put_bucket_cors(Bucket="bucket", CORSConfiguration={"CORSRules": [THEIRS]})
    s3.put_object(Bucket="bucket", Key="results/job/manifests/output/output.manifest", Body=b"{}")
    place = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="avseg-of-somebody-else", CreateBucketConfiguration=place)
    found = deployed(session, functions=["pre"])
    s3.put_bucket_versioning(Bucket=found.asset_bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket=found.asset_bucket, Key="assets/x.js", Body=body)
    s3.delete_object(Bucket=found.asset_bucket, Key="assets/x.js")

    no_jobs(session, 4)
    shown = cleanup(session=session)
    assert [one.kind for one in shown.removals] == ["cors", "objects", "stack", "bucket"]
    assert not shown.done
    assert str(shown).startswith("would remove for 'avseg' in eu-west-1:\n  remove the CORS rule avseg-avseg")
    assert "6 objects and versions" in shown.removals[1].text
    assert cleanup(session=session) == shown

    told: list[str] = []
    done = cleanup(session=session, delete=True, progress=told.append, every=0)
    assert done.removals == shown.removals
    assert [line for line in told if not line.endswith("COMPLETE")] == [one.text for one in shown.removals]
    assert {one["Name"] for one in s3.list_buckets()["Buckets"]} == {"bucket", "far", "avseg-of-somebody-else"}
    assert rules(s3) == [THEIRS]
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 1
    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert boto3.client("iam").list_roles()["Roles"] == []
    assert cleanup(session=session).removals == ()


def test_cleaning_up_goes_on_where_it_broke_off(s3, session):
    place = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="avseg-logbucket-1", CreateBucketConfiguration=place)
    tags = {"TagSet": [{"Key": "avseg:stack", "Value": "avseg"}]}
    s3.put_bucket_tagging(Bucket="avseg-logbucket-1", Tagging=tags)
    s3.put_object(Bucket="avseg-logbucket-1", Key="cloudfront/1.gz", Body=b"log")
    s3.put_bucket_cors(Bucket="bucket", CORSConfiguration={"CORSRules": merge_rules([], "avseg")})
    no_jobs(session)
    done = cleanup(session=session, delete=True, bucket="bucket", every=0)
    assert [one.kind for one in done.removals] == ["cors", "bucket"]
    assert {one["Name"] for one in s3.list_buckets()["Buckets"]} == {"bucket", "far"}
    with pytest.raises(s3.exceptions.ClientError, match="CORS"):
        rules(s3)


def test_cleaning_up_stops_the_jobs_of_the_deployment_alone(s3, session):
    arns = {name: f"arn:aws:sagemaker:eu-west-1:123456789012:labeling-job/{name}" for name in ("ours", "theirs")}
    sagemaker = session.sagemaker
    for status in ("Initializing", "InProgress", "Stopping"):
        jobs = [
            {"LabelingJobName": name, "LabelingJobArn": arn, "LabelingJobStatus": "InProgress",
             "CreationTime": "2026-01-01", "LastModifiedTime": "2026-01-01", "WorkteamArn": "arn",
             "LabelCounters": {}}
            for name, arn in arns.items() if status == "InProgress"
        ]  # fmt: skip
        sagemaker.add_response("list_labeling_jobs", {"LabelingJobSummaryList": jobs}, {"StatusEquals": status})
        for job in jobs:
            value = "avseg" if job["LabelingJobName"] == "ours" else "other"
            sagemaker.add_response(
                "list_tags",
                {"Tags": [{"Key": "avseg:stack", "Value": value}]},
                {"ResourceArn": job["LabelingJobArn"]},
            )
    for status in ("InProgress", "Stopping", "Stopped"):
        described = {
            "LabelingJobName": "ours", "LabelingJobArn": arns["ours"], "LabelingJobStatus": status,
            "LabelCounters": {}, "CreationTime": "2026-01-01", "LastModifiedTime": "2026-01-01",
            "JobReferenceCode": "1", "InputConfig": {"DataSource": {}}, "RoleArn": "a" * 20,
            "OutputConfig": {"S3OutputPath": "s3://bucket/results"},
            "HumanTaskConfig": {
                "WorkteamArn": "arn", "UiConfig": {}, "TaskTitle": "t", "TaskDescription": "d",
                "NumberOfHumanWorkersPerDataObject": 1, "TaskTimeLimitInSeconds": 60,
            },
        }  # fmt: skip
        sagemaker.add_response("describe_labeling_job", described, {"LabelingJobName": "ours"})
        if status == "InProgress":
            sagemaker.add_response("stop_labeling_job", {}, {"LabelingJobName": "ours"})
    done = cleanup(session=session, delete=True, every=0)
    assert [(one.kind, one.name) for one in done.removals] == [("job", "ours")]
    sagemaker.assert_no_pending_responses()


def test_the_console_s_stack_is_found_too(s3, session):
    source = json.loads(console_template(functions=()))
    # moto would run the set-up function in a container; it is tested by itself.
    del source["Resources"]["Assets"]
    boto3.client("cloudformation").create_stack(
        StackName="from-console",
        TemplateBody=json.dumps(source),
        Parameters=[
            {"ParameterKey": "DataBucket", "ParameterValue": "bucket"},
            {"ParameterKey": "ReleaseUrl", "ParameterValue": "https://example.org/release"},
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    found = find_deployment("from-console", session=session)
    assert found.script_url.endswith(f".cloudfront.net/{load_bundle().script.name}")
    assert found.style_integrity == load_bundle().style.integrity
    assert (found.bucket, found.output) == ("bucket", "s3://bucket/results")
