"""Puts what jobs need on AWS: the stack, the bundle, the data bucket's CORS. Knows no job."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from ..errors import StackError
from ..model import Task
from . import cors
from .aws_session import Aws, asked
from .bundle import CACHE_CONTROL, Asset, Bundle, load_bundle
from .places import split_s3
from .stack import EVERY, Stack
from .stack_template import Function, stack_template
from .template import build_template

#: Of CloudFormation's 128 characters, so many that the names of the buckets still begin with all of them.
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{0,35}")
_KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[a-zA-Z0-9-]+")


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """What is there for jobs, and what was done to have it so.

    Parameters
    ----------
    name, region
        Of the stack.
    bucket, input_prefix, output_prefix
        Where media, manifests and templates are read, and where results are written.
    script_url, style_url, script_integrity, style_integrity
        The worker page's files; empty after a dry run for a stack that is not there.
    role_arn
        The role that Ground Truth takes for a job.
    launcher_policy_arn
        The policy that an administrator gives to those who launch jobs.
    pre_function_arn, post_function_arn
        The functions; empty where there are none.
    asset_bucket, log_bucket
        The stack's own buckets.
    changes
        What was done, or would be by a dry run; empty when everything was there.
    """

    name: str
    region: str
    bucket: str
    input_prefix: str = ""
    output_prefix: str = ""
    script_url: str = ""
    style_url: str = ""
    script_integrity: str = ""
    style_integrity: str = ""
    role_arn: str = ""
    launcher_policy_arn: str = ""
    pre_function_arn: str = ""
    post_function_arn: str = ""
    asset_bucket: str = ""
    log_bucket: str = ""
    changes: tuple[str, ...] = ()

    @property
    def output(self) -> str:
        """Where results go, as an ``s3://`` URI."""
        return f"s3://{self.bucket}/{self.output_prefix}".rstrip("/")

    def template(self, task: Task) -> str:
        """Return the template of a task, with the deployed files and their checksums."""
        return build_template(
            task,
            script_url=self.script_url,
            style_url=self.style_url,
            script_integrity=self.script_integrity,
            style_integrity=self.style_integrity,
        )


def find_deployment(name: str = "avseg", *, region: str = "", session: Any = None) -> Deployment:
    """Return what :func:`deploy`, or a stack launched from the console, has made.

    Raises
    ------
    StackError
        When there is no such stack, or it is not one of ours.
    """
    aws = Aws(session, region)
    found = Stack(aws, name, _tell_nobody).describe(name)
    if found is None:
        raise StackError(f"there is no stack {name!r} in {aws.region}: deploy it, or give its name and its region")
    return _deployment(name, aws.region, _outputs(found, name), ())


def deploy(
    bucket: str,
    *,
    name: str = "avseg",
    input_prefix: str = "",
    output_prefix: str = "results/",
    functions: Collection[Function] = (),
    kms_key: str = "",
    page_origins: Collection[str] = ("*",),
    region: str = "",
    session: Any = None,
    progress: Callable[[str], None] | None = None,
    dry_run: bool = False,
    every: float = EVERY,
) -> Deployment:
    """Create or update the stack, upload the bundle, and add a CORS rule to the data bucket; safe to run again.

    Parameters
    ----------
    bucket
        The data bucket, which is yours: media, manifests and results lie in it. It must be in the region of the jobs.
    name
        Of the stack: letters, digits and hyphens, at most 36.
    input_prefix, output_prefix
        What the keys begin with that jobs may read, and of those they may write.
    functions
        Which of the two functions to install: ``"pre"``, ``"post"``.
    kms_key
        ARN of the key that the bucket, or the results, are encrypted with, for the role to use.
    page_origins
        Origins that may read the worker page's files; any, unless the worker pages' own is known.
    region, session
        Where, and a boto3 session for another account than the default one.
    progress
        Called with a line for each step.
    dry_run
        Only look, and say in ``changes`` what would be done.
    every
        Seconds between two looks at the stack.

    Raises
    ------
    StackError
        When a name is not right, the bucket is elsewhere, AWS refuses, or the stack cannot be made, with the reason.
    """
    aws = Aws(session, region)
    _check(name, bucket, output_prefix, functions)
    if kms_key and not _KEY_ARN.fullmatch(kms_key):
        raise StackError(f"kms_key must be a key's ARN, such as arn:aws:kms:...:key/..., not {kms_key!r:.80}")
    there = aws.store.region(bucket)
    if there != aws.region:
        raise StackError(
            f"the bucket {bucket} is in {there}, and jobs would run in {aws.region}: give region={there!r}"
        )
    run = _Deploy(aws, name, bucket, progress or _tell_nobody, dry_run=dry_run, every=every)
    parameters = {
        "DataBucket": bucket,
        "InputPrefix": input_prefix,
        "OutputPrefix": output_prefix,
        "PageOrigins": ",".join(page_origins),
    }
    outputs = run.run(parameters, functions, kms_key)
    outputs = {"DataBucket": bucket, "InputPrefix": input_prefix, "OutputPrefix": output_prefix, **outputs}
    return _deployment(name, aws.region, outputs, tuple(run.changes))


def _check(name: str, bucket: str, output_prefix: str, functions: Collection[str]) -> None:
    if not _NAME.fullmatch(name):
        raise StackError(f"a stack's name is a letter, then at most 35 letters, digits and hyphens, not {name!r:.80}")
    if set(functions) - {"pre", "post"}:
        raise StackError(f'functions are "pre" and "post", not {sorted(functions)!r:.80}')
    if not output_prefix:
        raise StackError("output_prefix must not be empty: Ground Truth would get the right to write everywhere")
    split_s3(f"s3://{bucket}/")


class _Deploy:
    """One run of :func:`deploy`."""

    def __init__(
        self, aws: Aws, name: str, bucket: str, tell: Callable[[str], None], *, dry_run: bool, every: float
    ) -> None:
        self._aws = aws
        self._name = name
        self._bucket = bucket
        self._tell = tell
        self._dry_run = dry_run
        self._stack = Stack(aws, name, tell, every=every)
        self._bundle: Bundle = load_bundle()
        self.changes: list[str] = []

    def run(self, parameters: Mapping[str, str], functions: Collection[Function], kms_key: str) -> dict[str, str]:
        """Do everything; return the outputs of the stack, none where a dry run finds no stack."""
        bundle = self._bundle
        wanted = {
            **parameters,
            "ScriptName": bundle.script.name,
            "ScriptIntegrity": bundle.script.integrity,
            "StyleName": bundle.style.name,
            "StyleIntegrity": bundle.style.integrity,
        }
        found = self._stack.find()
        is_new = found is None
        if found is None and self._will(f"create the stack {self._name}"):
            # The functions' archive needs the bucket, and the functions need the archive.
            found = self._stack.create(stack_template(kms_key=kms_key), wanted)
        outputs = _outputs(found, self._name) if found is not None else {}
        for asset in bundle.assets if functions else (bundle.script, bundle.style):
            self._upload(asset, outputs.get("AssetBucket", ""))
        if functions:
            wanted["FunctionsKey"] = bundle.functions.key
        if found is not None and (functions or not is_new):
            outputs = self._update(found, stack_template(functions, kms_key), wanted) or outputs
        self._allow_pages()
        return outputs

    def _update(self, found: Mapping[str, Any], template: str, wanted: Mapping[str, str]) -> dict[str, str] | None:
        given = {item["ParameterKey"]: item.get("ParameterValue", "") for item in found.get("Parameters", [])}
        is_same = given == dict(wanted) and self._deployed_template() == json.loads(template)
        if is_same or not self._will(f"update the stack {self._name}"):
            return None
        updated = self._stack.update(template, wanted)
        return None if updated is None else _outputs(updated, self._name)

    def _deployed_template(self) -> Any:
        with asked(f"the template of the stack {self._name}", StackError):
            body = self._aws.stacks.get_template(StackName=self._name)["TemplateBody"]
        # botocore reads a template that is JSON.
        return json.loads(body) if isinstance(body, str) else body

    def _upload(self, asset: Asset, bucket: str) -> None:
        uri = f"s3://{bucket}/{asset.key}"
        there = self._aws.store.head(uri) if bucket else None
        if there is not None and there["Metadata"].get("sha256") == asset.sha256:
            return
        if self._will(f"upload {asset.key} ({len(asset.data):,} bytes)"):
            extra = {"CacheControl": CACHE_CONTROL, "Metadata": {"sha256": asset.sha256}}
            self._aws.store.put(uri, asset.data, ContentType=asset.content_type, **extra)

    def _allow_pages(self) -> None:
        rules = cors.read_rules(self._aws.s3, self._bucket)
        merged = cors.merge_rules(rules, self._name)
        if merged != rules and self._will(f"add the CORS rule {cors.rule_id(self._name)} to {self._bucket}"):
            cors.write_rules(self._aws.s3, self._bucket, merged)

    def _will(self, change: str) -> bool:
        """Note a change; tell whether it is to be made."""
        self.changes.append(change)
        if not self._dry_run:
            self._tell(change)
        return not self._dry_run


def _outputs(stack: Mapping[str, Any], name: str) -> dict[str, str]:
    found = {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}
    if not {"AssetUrl", "RoleArn", "ScriptName"} <= set(found):
        raise StackError(
            f"the stack {name!r} is not one of this package, or broken ({stack['StackStatus']}): clean it up, or wait"
        )
    for key in ("DataBucket", "InputPrefix", "OutputPrefix"):
        found[key] = found[key].removeprefix("s3://")
    return found


def _deployment(name: str, region: str, outputs: Mapping[str, str], changes: tuple[str, ...]) -> Deployment:
    base = outputs.get("AssetUrl", "")
    return Deployment(
        name=name,
        region=region,
        bucket=outputs["DataBucket"],
        input_prefix=outputs["InputPrefix"],
        output_prefix=outputs["OutputPrefix"],
        script_url=f"{base}/{outputs['ScriptName']}" if base else "",
        style_url=f"{base}/{outputs['StyleName']}" if base else "",
        script_integrity=outputs.get("ScriptIntegrity", ""),
        style_integrity=outputs.get("StyleIntegrity", ""),
        role_arn=outputs.get("RoleArn", ""),
        launcher_policy_arn=outputs.get("LauncherPolicyArn", ""),
        pre_function_arn=outputs.get("PreFunctionArn", ""),
        post_function_arn=outputs.get("PostFunctionArn", ""),
        asset_bucket=outputs.get("AssetBucket", ""),
        log_bucket=outputs.get("LogBucket", ""),
        changes=changes,
    )


def _tell_nobody(_line: str) -> None: ...
