"""The CloudFormation templates, built as data. Knows what each resource is for; calls no AWS.

There are two: one for :func:`~avseg_widget.groundtruth.deploy`, which uploads the files itself, and one to launch from
the console, which fetches the released files by a function of its own.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

from .bundle import CACHE_CONTROL, SERVED, Bundle, load_bundle
from .lambda_archive import POST_HANDLER, PRE_HANDLER
from .stack_policies import (
    Plain,
    allow,
    bucket_policy,
    document,
    execution_statements,
    function_statements,
    key_statements,
    launcher_statements,
    setup_statements,
    trust,
)

Function = Literal["pre", "post"]

#: Most bytes of a template that is given with the request.
MAX_TEMPLATE = 51_200
#: What everything that belongs to a stack is tagged with; its value is the stack's name.
TAG = "avseg:stack"
#: Days that logs are kept.
LOG_DAYS = 90

_TAGS = [{"Key": TAG, "Value": {"Ref": "AWS::StackName"}}]
# Names that are the account's own must differ between stacks, and a stack's name may be too long.
_UNIQUE = {"Fn::Join": ["-", ["avseg", {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]]}
_RUNTIME = "python3.13"
#: CloudFront's managed policy CachingOptimized.
_CACHE_POLICY = "658327ea-f89d-4fab-a63d-7e88639e58f6"


def stack_template(functions: Collection[Function] = (), kms_key: str = "") -> str:
    """Return the template that ``deploy`` uses, as JSON; the files' names and checksums are its parameters."""
    template = _template(functions, {"Ref": "FunctionsKey"}, kms_key)
    files = [
        ("ScriptName", "Name of the worker page's script.", r"[a-z0-9.-]+"),
        ("ScriptIntegrity", "Its checksum, as a page states it.", r"sha384-[A-Za-z0-9+/=]{64}"),
        ("StyleName", "Name of the worker page's style sheet.", r"[a-z0-9.-]+"),
        ("StyleIntegrity", "Its checksum, as a page states it.", r"sha384-[A-Za-z0-9+/=]{64}"),
    ]
    for name, text, pattern in files:
        template["Parameters"][name] = _parameter(text, AllowedPattern=pattern)
        template["Outputs"][name] = _output(text, {"Ref": name})
    if functions:
        template["Parameters"]["FunctionsKey"] = _parameter(
            "Where in the asset bucket the functions are.", AllowedPattern=r"[a-z0-9./-]+"
        )
    return json.dumps(template)


def console_template(functions: Collection[Function] = ("pre", "post"), bundle: Bundle | None = None) -> str:
    """Return the template to launch from the console, as JSON; it takes the files of this version and no others.

    Parameters
    ----------
    functions
        Which of the two functions it installs.
    bundle
        The released files; those of this installation when None.
    """
    bundle = bundle or load_bundle()
    template = _template(functions, bundle.functions.key, "")
    for name, text, value in (
        ("ScriptName", "Name of the worker page's script.", bundle.script.name),
        ("ScriptIntegrity", "Its checksum, as a page states it.", bundle.script.integrity),
        ("StyleName", "Name of the worker page's style sheet.", bundle.style.name),
        ("StyleIntegrity", "Its checksum, as a page states it.", bundle.style.integrity),
    ):
        template["Outputs"][name] = _output(text, value)
    template["Parameters"]["ReleaseUrl"] = _parameter(
        "The https folder that has the released worker.js, avseg.css and avseg-lambdas.zip.",
        AllowedPattern=r"https://[^\s?#]+",
    )
    for kind in functions:
        template["Resources"][f"{kind.capitalize()}Function"]["DependsOn"] = ["Assets"]
    template["Resources"].update(_setup_resources(bundle))
    return json.dumps(template)


def _template(functions: Collection[Function], functions_key: Any, kms_key: str) -> Plain:
    """Return what both templates have."""
    key = key_statements(kms_key)
    names = [kind.capitalize() for kind in sorted(functions)]
    handlers = {"Pre": PRE_HANDLER, "Post": POST_HANDLER}
    installed: Plain = {}
    for name in names:
        installed.update(_function_resources(name, handlers[name], functions_key, key))
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Audio and video labeling with SageMaker Ground Truth: the worker page's files and the rights.",
        "Parameters": {
            "DataBucket": _parameter(
                "The bucket with media, manifests and results.", AllowedPattern="[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
            ),
            "InputPrefix": _parameter("What keys that jobs may read begin with; empty for all.", Default=""),
            "OutputPrefix": _parameter("What keys of results begin with.", Default="results/", AllowedPattern=".+"),
            # Any by default, since the frame of a worker page may have no origin of its own.
            "PageOrigins": _parameter(
                "Origins of worker pages that may read the files, which are public; with commas between.", Default="*"
            ),
        },
        "Resources": {
            **_asset_resources(),
            **_log_resources(),
            **_distribution_resources(),
            "ExecutionRole": _role("sagemaker.amazonaws.com", [*execution_statements(names), *key]),
            "LauncherPolicy": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "Description": "Launch and follow labeling jobs",
                    "PolicyDocument": document(*launcher_statements(), *key),
                },
            },
            **installed,
        },
        "Outputs": _outputs(names),
    }


def _parameter(description: str, **more: Any) -> Plain:
    return {"Type": "String", "Description": description, **more}


def _output(description: str, value: Any) -> Plain:
    return {"Description": description, "Value": value}


def _bucket(ownership: str, *, rules: list[Plain], **more: Any) -> Plain:
    # Objects of a broken upload cannot be seen, and cost.
    broken_off = {"Id": "broken-off", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
    return {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]},
            "LifecycleConfiguration": {"Rules": [broken_off, *rules]},
            "Tags": _TAGS,
        },
        **more,
    }


def _asset_resources() -> Plain:
    distribution = {"Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}"}
    served = allow(
        "CloudFront",
        ["s3:GetObject"],
        {"Fn::Sub": "${AssetBucket.Arn}/%s*" % SERVED},  # noqa: UP031  # the braces are CloudFormation's
        Principal={"Service": "cloudfront.amazonaws.com"},
        Condition={"StringEquals": {"AWS:SourceArn": distribution}},
    )
    return {
        "AssetBucket": _bucket("BucketOwnerEnforced", rules=[], DeletionPolicy="Delete", UpdateReplacePolicy="Delete"),
        "AssetBucketPolicy": bucket_policy("AssetBucket", served),
    }


def _log_resources() -> Plain:
    # CloudFront writes its logs with an access list of its own, and in any region; without one, the newer way is for
    # us-east-1 only. The bucket outlives the stack: one that holds logs cannot be deleted, and some come in late.
    old = {
        "Id": "old",
        "Status": "Enabled",
        "ExpirationInDays": LOG_DAYS,
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    }
    return {
        "LogBucket": _bucket(
            "BucketOwnerPreferred", rules=[old], DeletionPolicy="RetainExceptOnCreate", UpdateReplacePolicy="Retain"
        ),
        "LogBucketPolicy": bucket_policy("LogBucket"),
    }


def _distribution_resources() -> Plain:
    origin = {
        "Id": "assets",
        "DomainName": {"Fn::GetAtt": ["AssetBucket", "RegionalDomainName"]},
        "OriginPath": f"/{SERVED.rstrip('/')}",
        "OriginAccessControlId": {"Fn::GetAtt": ["OriginAccess", "Id"]},
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    config = {
        "Comment": {"Fn::Sub": "avseg: ${AWS::StackName}"},
        "Enabled": True,
        "HttpVersion": "http2and3",
        "IPV6Enabled": True,
        "PriceClass": "PriceClass_All",
        "Origins": [origin],
        "DefaultCacheBehavior": {
            "TargetOriginId": "assets",
            "ViewerProtocolPolicy": "https-only",
            "AllowedMethods": ["GET", "HEAD", "OPTIONS"],
            "Compress": True,
            "CachePolicyId": _CACHE_POLICY,
            "ResponseHeadersPolicyId": {"Ref": "ResponseHeaders"},
        },
        "Logging": {"Bucket": {"Fn::GetAtt": ["LogBucket", "DomainName"]}, "Prefix": "cloudfront/"},
    }
    return {
        "OriginAccess": {
            "Type": "AWS::CloudFront::OriginAccessControl",
            "Properties": {
                "OriginAccessControlConfig": {
                    "Name": _UNIQUE,
                    "OriginAccessControlOriginType": "s3",
                    "SigningBehavior": "always",
                    "SigningProtocol": "sigv4",
                }
            },
        },
        "ResponseHeaders": {
            "Type": "AWS::CloudFront::ResponseHeadersPolicy",
            "Properties": {"ResponseHeadersPolicyConfig": _response_headers()},
        },
        "Distribution": {
            "Type": "AWS::CloudFront::Distribution",
            "DependsOn": ["LogBucketPolicy"],
            "Properties": {"DistributionConfig": config, "Tags": _TAGS},
        },
    }


def _response_headers() -> Plain:
    # How long to keep a file is said by the file itself: said here, it would hold for an error too.
    return {
        "Name": _UNIQUE,
        "CorsConfig": {
            "AccessControlAllowCredentials": False,
            "AccessControlAllowHeaders": {"Items": ["*"]},
            "AccessControlAllowMethods": {"Items": ["GET", "HEAD", "OPTIONS"]},
            "AccessControlAllowOrigins": {"Items": {"Fn::Split": [",", {"Ref": "PageOrigins"}]}},
            "AccessControlMaxAgeSec": 86_400,
            "OriginOverride": True,
        },
        "SecurityHeadersConfig": {
            "ContentTypeOptions": {"Override": True},
            "StrictTransportSecurity": {"AccessControlMaxAgeSec": 31_536_000, "Override": True},
        },
        "CustomHeadersConfig": {
            "Items": [{"Header": "Cross-Origin-Resource-Policy", "Value": "cross-origin", "Override": True}]
        },
    }


def _role(service: str, statements: list[Plain]) -> Plain:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": trust(service),
            "Policies": [{"PolicyName": "avseg", "PolicyDocument": document(*statements)}],
            "Tags": _TAGS,
        },
    }


def _log_group() -> Plain:
    return {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {"RetentionInDays": LOG_DAYS, "Tags": _TAGS},
    }


def _function(handler: str, role: str, log: str, code: Plain, *, timeout: int = 60) -> Plain:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": _RUNTIME,
            "Handler": handler,
            "Role": {"Fn::GetAtt": [role, "Arn"]},
            "Code": code,
            "Timeout": timeout,
            "MemorySize": 512,
            "LoggingConfig": {"LogGroup": {"Ref": log}},
            "Tags": _TAGS,
        },
    }


def _function_resources(kind: str, handler: str, key: Any, more: list[Plain]) -> Plain:
    code = {"S3Bucket": {"Ref": "AssetBucket"}, "S3Key": key}
    return {
        f"{kind}Function": _function(handler, f"{kind}Role", f"{kind}Log", code),
        f"{kind}Role": _role("lambda.amazonaws.com", [*function_statements(f"{kind}Log"), *more]),
        f"{kind}Log": _log_group(),
    }


def _setup_resources(bundle: Bundle) -> Plain:
    files = [
        {
            "Name": asset.source,
            "Key": asset.key,
            "Sha256": asset.sha256,
            "ContentType": asset.content_type,
            "CacheControl": CACHE_CONTROL,
        }
        for asset in bundle.assets
    ]
    code = {"ZipFile": Path(__file__).with_name("asset_setup.py").read_text(encoding="utf-8")}
    return {
        "SetupFunction": _function("index.handler", "SetupRole", "SetupLog", code, timeout=180),
        "SetupRole": _role("lambda.amazonaws.com", setup_statements()),
        "SetupLog": _log_group(),
        "Assets": {
            "Type": "Custom::AvsegAssets",
            "Properties": {
                "ServiceToken": {"Fn::GetAtt": ["SetupFunction", "Arn"]},
                # What CloudFormation waits should the function not even start.
                "ServiceTimeout": 300,
                "Bucket": {"Ref": "AssetBucket"},
                "Source": {"Ref": "ReleaseUrl"},
                "Files": files,
            },
        },
    }


def _outputs(functions: list[str]) -> Plain:
    outputs = {
        "AssetUrl": _output("Where the files are served.", {"Fn::Sub": "https://${Distribution.DomainName}"}),
        "AssetBucket": _output("The bucket of the files.", {"Ref": "AssetBucket"}),
        "LogBucket": _output(f"The bucket of the logs, each kept {LOG_DAYS} days.", {"Ref": "LogBucket"}),
        "RoleArn": _output("The role of the jobs.", {"Fn::GetAtt": ["ExecutionRole", "Arn"]}),
        "LauncherPolicyArn": _output("The policy for those who launch jobs.", {"Ref": "LauncherPolicy"}),
    }
    for name in ("DataBucket", "InputPrefix", "OutputPrefix"):
        # An output may not be empty.
        outputs[name] = _output("As the stack was told.", {"Fn::Sub": f"s3://${{{name}}}"})
    for kind in functions:
        outputs[f"{kind}FunctionArn"] = _output("The function.", {"Fn::GetAtt": [f"{kind}Function", "Arn"]})
    return outputs
