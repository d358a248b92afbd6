"""The stack's templates: clean, closed, and no wider than they must be; and the set-up function of the console's."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from avseg_widget.groundtruth import asset_setup
from avseg_widget.groundtruth.bundle import CACHE_CONTROL, load_bundle
from avseg_widget.groundtruth.stack_template import MAX_TEMPLATE, console_template, stack_template

#: Where Ground Truth is.
REGIONS = [
    "us-east-1", "us-east-2", "us-west-2", "ca-central-1", "eu-west-1", "eu-west-2", "eu-central-1", "ap-northeast-1",
    "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
]  # fmt: skip
TEMPLATES = {
    "first": stack_template(),
    "with functions": stack_template(["pre", "post"]),
    "with a key": stack_template(["pre"], "arn:aws:kms:eu-west-1:123456789012:key/1"),
    "console": console_template(),
    "console without functions": console_template(()),
}
both = pytest.mark.parametrize("text", TEMPLATES.values(), ids=TEMPLATES)


def resources(text: str, kind: str) -> dict[str, Any]:
    return {name: value["Properties"] for name, value in json.loads(text)["Resources"].items() if value["Type"] == kind}


def statements(value: Any) -> Iterator[dict[str, Any]]:
    """Find every statement of every policy."""
    if isinstance(value, dict):
        if "Effect" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from statements(item)


def texts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@both
def test_cfn_lint_finds_nothing(text):
    """Defect 25 and section 6.2: no deprecated runtime, nothing that CloudFront ignores."""
    # I4010 asks for descriptions meant for assistants.
    found = lint(text, config=ManualArgs(include_checks=["I"], ignore_checks=["I4010"], regions=REGIONS))
    assert [(match.rule.id, match.message) for match in found] == []
    assert len(text.encode()) < MAX_TEMPLATE


@both
def test_no_bucket_is_public_or_unencrypted(text):
    """Section 6.1: the sample's asset bucket blocks nothing and is not encrypted."""
    buckets = resources(text, "AWS::S3::Bucket")
    assert set(buckets) == {"AssetBucket", "LogBucket"}
    for bucket in buckets.values():
        block = bucket["PublicAccessBlockConfiguration"]
        assert len(block) == 4
        assert all(block.values())
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        assert "AccessControl" not in bucket
        # A stack's name may have capitals, a bucket's must not.
        assert "BucketName" not in bucket
    ownership = buckets["AssetBucket"]["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]


@both
def test_each_bucket_answers_over_tls_only_and_to_cloudfront_alone(text):
    policies = resources(text, "AWS::S3::BucketPolicy")
    assert {policy["Bucket"]["Ref"] for policy in policies.values()} == {"AssetBucket", "LogBucket"}
    for policy in policies.values():
        (deny,) = [one for one in statements(policy) if one["Effect"] == "Deny"]
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert (deny["Principal"], deny["Action"], len(deny["Resource"])) == ("*", "s3:*", 2)
    (allowed,) = [one for one in statements(policies) if one["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"].endswith("distribution/${Distribution}")
    # The functions' archive lies beside the served files.
    assert allowed["Resource"] == {"Fn::Sub": "${AssetBucket.Arn}/assets/*"}


@both
def test_no_right_is_wider_than_it_must_be(text):
    allowed = [one for one in statements(json.loads(text)) if one["Effect"] == "Allow"]
    for one in allowed:
        assert not [action for action in texts(one["Action"]) if "*" in action]
        assert "NotAction" not in one
        assert "NotResource" not in one
        if "*" in texts(one.get("Resource", [])):
            # These have no resource to name.
            assert one["Sid"] in {"Metrics", "Lists"}
    trusted = [one["Principal"] for one in allowed if one["Action"] == "sts:AssumeRole"]
    services = {service for one in trusted for service in one.values()}
    has_functions = bool(resources(text, "AWS::Lambda::Function"))
    assert services == {"sagemaker.amazonaws.com"} | ({"lambda.amazonaws.com"} if has_functions else set())
    invoked = [one["Resource"] for one in allowed if "lambda:InvokeFunction" in one["Action"]]
    there = [name for name in ("PostFunction", "PreFunction") if name in json.loads(text)["Resources"]]
    assert invoked == ([[{"Fn::GetAtt": [name, "Arn"]} for name in there]] if there else [])
    keys = [one["Resource"] for one in allowed if "kms:Decrypt" in one["Action"]]
    assert keys == ["arn:aws:kms:eu-west-1:123456789012:key/1"] * 3 * (text == TEMPLATES["with a key"])


@both
def test_only_the_jobs_role_can_be_passed_and_only_to_sagemaker(text):
    (one,) = [one for one in statements(json.loads(text)) if "iam:PassRole" in texts(one["Action"])]
    assert one["Action"] == ["iam:PassRole"]
    assert one["Resource"] == {"Fn::GetAtt": ["ExecutionRole", "Arn"]}
    assert one["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


@both
def test_logs_are_kept_90_days(text):
    """Section 6.1: the sample keeps old versions of logs for ever."""
    rules = resources(text, "AWS::S3::Bucket")["LogBucket"]["LifecycleConfiguration"]["Rules"]
    (old,) = [rule for rule in rules if rule["Id"] == "old"]
    assert (old["ExpirationInDays"], old["NoncurrentVersionExpiration"]["NoncurrentDays"]) == (90, 1)
    for group in resources(text, "AWS::Logs::LogGroup").values():
        assert group["RetentionInDays"] == 90


@both
def test_cloudfront_signs_its_requests_and_says_who_may_read(text):
    """Defect 25, section 6.2: access identity, CORS missing, a page that is not there, two cache settings."""
    (config,) = [one["DistributionConfig"] for one in resources(text, "AWS::CloudFront::Distribution").values()]
    behavior = config["DefaultCacheBehavior"]
    assert behavior["ViewerProtocolPolicy"] == "https-only"
    assert "ForwardedValues" not in behavior
    assert "DefaultRootObject" not in config
    (origin,) = config["Origins"]
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": ["OriginAccess", "Id"]}
    assert (origin["OriginPath"], origin["S3OriginConfig"]) == ("/assets", {"OriginAccessIdentity": ""})
    (headers,) = resources(text, "AWS::CloudFront::ResponseHeadersPolicy").values()
    headers = headers["ResponseHeadersPolicyConfig"]
    assert headers["CorsConfig"]["AccessControlAllowOrigins"] == {"Items": {"Fn::Split": [",", {"Ref": "PageOrigins"}]}}
    assert headers["SecurityHeadersConfig"]["ContentTypeOptions"] == {"Override": True}


@both
def test_what_can_be_tagged_is_tagged(text):
    untaggable = {
        "AWS::S3::BucketPolicy",
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::IAM::ManagedPolicy",
        "Custom::AvsegAssets",
    }
    for resource in json.loads(text)["Resources"].values():
        if resource["Type"] not in untaggable:
            assert resource["Properties"]["Tags"] == [{"Key": "avseg:stack", "Value": {"Ref": "AWS::StackName"}}]


def test_the_files_are_named_by_their_content_and_say_so():
    """Defects 2 and 25: wrong names, the same name for other content with a cache of a day."""
    bundle = load_bundle()
    for asset in bundle.assets:
        assert hashlib.sha256(asset.data).hexdigest()[:16] in asset.name
    assert bundle.script.content_type == "application/javascript;CHARSET=UTF-8"
    assert bundle.style.content_type == "text/css;CHARSET=UTF-8"
    (setup,) = resources(TEMPLATES["console"], "Custom::AvsegAssets").values()
    assert [(file["Key"], file["Sha256"]) for file in setup["Files"]] == [
        (asset.key, asset.sha256) for asset in bundle.assets
    ]
    assert {file["CacheControl"] for file in setup["Files"]} == {CACHE_CONTROL}
    outputs = json.loads(TEMPLATES["console"])["Outputs"]
    assert outputs["ScriptName"]["Value"] == bundle.script.name
    assert outputs["StyleIntegrity"]["Value"] == bundle.style.integrity


# The set-up function, as CloudFormation calls it


def test_the_set_up_function_is_the_template_s_and_needs_the_runtime_only():
    code = resources(TEMPLATES["console"], "AWS::Lambda::Function")["SetupFunction"]
    source = code["Code"]["ZipFile"]
    assert code["Handler"] == "index.handler"
    assert source == Path(asset_setup.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} - sys.stdlib_module_names == {"boto3"}
    # Lambda's time is longer than all that is waited for, and CloudFormation's longer still.
    (assets,) = resources(TEMPLATES["console"], "Custom::AvsegAssets").values()
    assert asset_setup.MARGIN < code["Timeout"] < assets["ServiceTimeout"]


class Web:
    """A server that has files, and takes the answers; https is what its address is said to be."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.answers: list[dict[str, Any]] = []
        self.hang = threading.Event()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/hang.js":
                    web.hang.wait(30)
                data = web.files.get(self.path)
                self.send_response(404 if data is None else 200)
                self.end_headers()
                self.wfile.write(data or b"")

            def do_PUT(self) -> None:
                size = int(self.headers["Content-Length"])
                web.answers.append({**json.loads(self.rfile.read(size)), "type": self.headers["Content-Type"]})
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    web = Web()
    thread = threading.Thread(target=web.server.serve_forever)
    thread.start()
    real = asset_setup.urllib.request.urlopen

    def over_tls(request: Any, timeout: float) -> Any:
        """Reach the server, which has no certificate, by its https address."""
        address = request if isinstance(request, str) else request.full_url
        if not isinstance(request, str):
            return real(request, timeout=timeout)
        response = real(address.replace("https://", "http://"), timeout=timeout)
        response.url = response.url.replace("http://", "https://")
        return response

    monkeypatch.setattr(asset_setup.urllib.request, "urlopen", over_tls)
    yield web
    web.hang.set()
    web.server.shutdown()
    web.server.server_close()
    thread.join()


def event(web: Web, kind: str = "Create", **more: Any) -> dict[str, Any]:
    files = [
        {
            "Name": name.lstrip("/"),
            "Key": f"assets/x-{number}.js",
            "Sha256": hashlib.sha256(data).hexdigest(),
            "ContentType": "application/javascript;CHARSET=UTF-8",
            "CacheControl": CACHE_CONTROL,
        }
        for number, (name, data) in enumerate(web.files.items())
    ]
    found = {
        "RequestType": kind,
        "ResponseURL": f"{web.url}/answer",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Assets",
        "ResourceProperties": {"Bucket": "bucket", "Source": web.url.replace("http:", "https:"), "Files": files},
    }
    if kind != "Create":
        found["PhysicalResourceId"] = "avseg-assets-bucket"
    return {**found, **more}


def call(given: dict[str, Any], seconds: float = 60) -> None:
    asset_setup.handler(given, SimpleNamespace(get_remaining_time_in_millis=lambda: seconds * 1000))


def test_set_up_fetches_the_released_files_and_answers(s3, web):
    web.files["/a.js"] = b"let a = 1;"
    call(event(web))
    assert web.answers == [
        {
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "Assets",
            "PhysicalResourceId": "avseg-assets-bucket",
            "Status": "SUCCESS",
            "Reason": "",
            "type": "",
        }
    ]
    found = s3.get_object(Bucket="bucket", Key="assets/x-0.js")
    assert found["Body"].read() == b"let a = 1;"
    assert (found["ContentType"], found["CacheControl"]) == ("application/javascript;CHARSET=UTF-8", CACHE_CONTROL)


def test_an_update_succeeds_under_the_same_name_and_keeps_what_jobs_use(s3, web):
    """Defect 25: an update was answered FAILED, or under another name, which deletes the old one."""
    s3.put_object(Bucket="bucket", Key="assets/old.js", Body=b"old")
    web.files["/a.js"] = b"let a = 2;"
    call(event(web, "Update"))
    (answer,) = web.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "avseg-assets-bucket")
    assert {item["Key"] for item in s3.list_objects_v2(Bucket="bucket")["Contents"]} == {
        "assets/old.js",
        "assets/x-0.js",
    }


def test_a_deletion_empties_the_bucket_with_all_versions(s3, web):
    """Defect 25: objects were left, and the stack could not be deleted."""
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket="bucket", Key="assets/a.js", Body=body)
    s3.delete_object(Bucket="bucket", Key="assets/a.js")
    call(event(web, "Delete"))
    assert web.answers[0]["Status"] == "SUCCESS"
    s3.delete_bucket(Bucket="bucket")
    call(event(web, "Delete"))
    assert [answer["Status"] for answer in web.answers] == ["SUCCESS"] * 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Source": "http://host"}, "must be an https URL"),
        ({"Files": [{"Name": "none.js", "Sha256": "0"}]}, "404"),
        ({"Bucket": "no-such-bucket"}, "NoSuchBucket"),
        ({"Files": [{"Name": "a.js", "Sha256": "0" * 64}]}, "is not the released file"),
        ({"Files": None}, "TypeError"),
    ],
)
def test_a_failure_is_answered_with_its_reason(s3, web, change, words):
    web.files["/a.js"] = b"let a = 1;"
    given = event(web)
    given["ResourceProperties"].update(change)
    call(given)
    (answer,) = web.answers
    assert answer["Status"] == "FAILED"
    assert words in answer["Reason"]
    assert "Contents" not in s3.list_objects_v2(Bucket="bucket")


def test_one_that_takes_too_long_is_answered_before_lambda_ends_it(s3, web):
    web.files["/hang.js"] = b"slow"
    given = event(web)
    # 0.1 s are left: the answer comes while the download still hangs, and it is the only one.
    thread = threading.Thread(target=call, args=(given, asset_setup.MARGIN + 0.1))
    thread.start()
    while not web.answers:
        thread.join(0.01)
    web.hang.set()
    thread.join()
    (answer,) = web.answers
    assert answer["Status"] == "FAILED"
    assert "was not done in" in answer["Reason"]
